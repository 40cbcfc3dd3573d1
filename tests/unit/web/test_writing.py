# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Joined writes over the transport of asyncio's TLS."""

import asyncio
import ssl
from asyncio import sslproto

from caducee.services.web.writing import JoinedWrites


def test_a_connection_that_the_client_closed_is_closed_again_without_an_error() -> None:
    async def closed() -> list[str]:
        loop = asyncio.get_running_loop()
        wrong: list[str] = []
        loop.set_exception_handler(lambda _, context: wrong.append(str(context)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls = sslproto.SSLProtocol(
            loop, asyncio.Protocol(), context, loop.create_future(), server_side=True
        )
        inner = tls._get_app_transport()  # type: ignore[attr-defined]
        joined = JoinedWrites(inner, loop)
        inner.close()  # the client left
        joined.write(b"too late")
        joined.close()
        assert joined.is_closing()
        await asyncio.sleep(0)
        return wrong

    assert asyncio.run(closed()) == []
