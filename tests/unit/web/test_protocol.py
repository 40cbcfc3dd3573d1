# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Clients that misbehave, on real sockets: they are given up, and the others are answered."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from caducee.relying.uvicorn_tls import server_config
from caducee.services.web import protocol
from caducee.services.web.listening import listen
from caducee.services.web.protocol import BoundedProtocol
from caducee.services.web.writing import JoinedWrites

LARGE = 16_000_000
SHORT = 0.2
ASK = b"GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n"

type Connect = Callable[[bytes], socket.socket]


async def app(scope: Any, receive: Any, send: Any) -> None:
    body = bytes(LARGE) if scope["path"] == "/large" else b"small"
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A server that lets ten connections be open, and clients of it that have said something."""
    config = server_config(app)
    config.http = BoundedProtocol
    config.limit_concurrency = 10
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(listen("127.0.0.1", 0))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()

        def end() -> None:
            server.should_exit = True
            thread.join()

        stack.callback(end)

        def opened(said: bytes) -> socket.socket:
            made = socket.socket()
            # A client that reads nothing has little room for what is sent to it.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            made.settimeout(60)
            made.connect(listening.getsockname())
            stack.callback(made.close)
            made.sendall(said)
            return made

        yield opened


def ended(client: socket.socket) -> bool:
    """Read to the end; wait until the server closes the connection, politely or not."""
    with contextlib.suppress(ConnectionResetError):
        while client.recv(65536):
            pass
    return True


def answered(client: socket.socket) -> bool:
    return client.recv(65536).endswith(b"\r\n\r\nsmall")


def test_head_and_body_of_an_answer_arrive_together(connect: Connect) -> None:
    client = connect(ASK)
    for _ in range(5):
        assert answered(client)
        client.sendall(ASK)


def test_a_large_answer_arrives_whole_to_a_slow_reader(connect: Connect) -> None:
    client = connect(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    found = 0
    while part := client.recv(100_000):
        found += len(part)
    assert found > LARGE


def test_many_connections_that_say_nothing_keep_nobody_out(connect: Connect) -> None:
    silent = [connect(b"G") for _ in range(60)]
    for _ in range(5):
        assert answered(connect(ASK))
    assert ended(silent[0])


def test_connections_that_were_answered_make_room_too(connect: Connect) -> None:
    for _ in range(60):
        assert answered(connect(ASK))


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "])
def test_a_head_that_never_ends_is_given_up(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(protocol, "_HEAD_SECONDS", SHORT)
    client = connect(said)
    assert ended(client)


def test_a_head_larger_than_any_is_refused(connect: Connect) -> None:
    client = connect(b"GET / HTTP/1.1\r\n")
    with contextlib.suppress(ConnectionError):
        for _ in range(10_000):
            client.sendall(b"X-Long: " + b"a" * 1000 + b"\r\n")
    assert answered(connect(ASK))


@pytest.mark.parametrize("ending", [b"", b"Connection: close\r\n"])
def test_a_client_that_reads_nothing_is_cut_off(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, ending: bytes
) -> None:
    cut = threading.Event()

    class Watched(JoinedWrites):
        def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
            super().__init__(inner, loop, stalled_seconds=SHORT)

        def _look(self, before: int) -> None:
            super()._look(before)
            if self._watched is None:
                cut.set()

    monkeypatch.setattr(protocol, "JoinedWrites", Watched)
    client = connect(b"GET /large HTTP/1.1\r\nHost: localhost\r\n" + ending + b"\r\n")
    assert cut.wait(60)
    assert answered(connect(ASK))
    found = 0
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(1_000_000):
            found += len(part)
    assert found < LARGE


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the beginning of TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\nHost: localhost\r\n\r\n",
        b"GET /small HTTP/1.1\r\nHost: localhost\r\nhost: elsewhere.test\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_ends_nothing(connect: Connect, said: bytes) -> None:
    client = connect(said)
    first = client.recv(65536)
    assert first == b"" or b" 400 " in first.partition(b"\r\n")[0]
    assert answered(connect(ASK))
