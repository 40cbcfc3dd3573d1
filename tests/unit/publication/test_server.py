# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The socket of a listener, clients that say nothing, and moments as HTTP writes them."""

import asyncio
import contextlib
import datetime as dt
import socket

import pytest
from tests.unit.publication.conftest import FORT_PP, Get, Points

from caducee.services.web.dates import http_date, read_http_date
from caducee.services.web.listening import listen


def test_answers_do_not_wait_for_acknowledgements() -> None:
    found: list[int] = []

    class Server(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted = transport.get_extra_info("socket")
            found.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def once() -> None:
        with listen("127.0.0.1", 0) as listening:
            server = await asyncio.get_running_loop().create_server(Server, sock=listening)
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            await reader.read()
            writer.close()
            await writer.wait_closed()
            server.close()
            await server.wait_closed()

    asyncio.run(once())
    assert found == [1]


def test_an_address_in_use_is_refused_and_no_socket_is_left() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", first.getsockname()[1])


def test_a_thousand_connections_that_say_nothing_keep_nobody_out(points: Points, get: Get) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(socket.create_connection((points.host, points.port), timeout=60))
        assert [get(f"/CRL/{FORT_PP.file}.crl").status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("text", ["", "yesterday", "Tue, 99 Nov 2026 21:30:05 GMT", "\x00"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_http_date(text) is None


def test_a_date_comes_back() -> None:
    moment = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)
    assert read_http_date(http_date(moment)) == moment
