# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Ends connections that ask for a certificate when it was proven too long ago, or never.

A browser proves a card once, in the handshake, and Chromium goes on using the connection when the
card has left. The only way to learn it by TLS alone is another handshake: so an answer on a
connection with a certificate that has reached its age says ``Connection: close``, and the next
request comes on a new one. A connection without a certificate ends with its first answer: who
puts the card in and tries again is asked for it at once. Behind a front, the front must do both
(nginx: ``keepalive_time``).
"""

import datetime as dt
import threading
from collections import OrderedDict

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from caducee.base.clock import Clock
from caducee.relying.asgi import client_connection
from caducee.relying.client import TlsEndpoint
from caducee.services.web.listeners import Listener

__all__ = ["HandshakeAgeMiddleware"]

_MOST = 10_000


_ASKING = (Listener.TLS12, Listener.TLS13)


class HandshakeAgeMiddleware:
    """Lets no connection with a client certificate live longer than ``age``, nor one without."""

    def __init__(self, app: ASGIApp, *, clock: Clock, age: dt.timedelta) -> None:
        self._app = app
        self._clock = clock
        self._age = age
        self._begun: OrderedDict[str, dt.datetime] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not self._is_old(scope):
            await self._app(scope, receive, send)
            return

        async def send_the_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self._app(scope, receive, send_the_last)

    def _is_old(self, scope: Scope) -> bool:
        connection = client_connection(scope)
        if connection.source is not TlsEndpoint.LISTENER or not _asks(scope):
            return False
        if connection.certificate is None:
            return True
        now = self._clock.now()
        with self._lock:
            begun = self._begun.setdefault(connection.id, now)
            while len(self._begun) > _MOST:
                self._begun.popitem(last=False)
        return abs(now - begun) >= self._age


def _asks(scope: Scope) -> bool:
    return scope.get("state", {}).get("listener") in _ASKING
