# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 with bounds: on the head of a request, on clients that do not read, on connections."""

import asyncio

from caducee.relying.uvicorn_tls import TlsHttpToolsProtocol
from caducee.services.web.writing import JoinedWrites

__all__ = ["BoundedProtocol"]

_LARGEST_HEAD = 65_536
_HEAD_SECONDS = 20.0


class BoundedProtocol(TlsHttpToolsProtocol):
    """Refuses a head that is too large or names two hosts; ends a client that finishes none.

    uvicorn bounds neither: its parser would keep an endless header in memory. When nearly as many
    connections are open as there may be (``limit_concurrency``), the one that has been idle for
    longest makes room, so that nobody keeps others out by opening many and saying nothing.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        self._in_head = True
        self._head_size = 0
        self._since = self.loop.time()
        self._make_room()
        super().connection_made(JoinedWrites(transport, self.loop))
        self._deadline = self.loop.call_later(_HEAD_SECONDS, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        """Count what arrives before a head is complete."""
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and self._head_size > _LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head = True
        self._deadline.cancel()
        self._deadline = self.loop.call_later(_HEAD_SECONDS, self.timeout_keep_alive_handler)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End a head."""
        self._in_head = False
        self._head_size = 0
        self._deadline.cancel()
        if sum(name == b"host" for name, _ in self.headers) > 1:  # RFC 9112, 3.2
            self.send_400_response("More than one Host header.")
            return
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Be idle from now on."""
        self._since = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._deadline.cancel()
        super().connection_lost(exc)

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> None:
        most = self.limit_concurrency
        if most is None or len(self.connections) < most - 1:
            return
        alive = [
            connection
            for connection in self.connections
            if isinstance(connection, BoundedProtocol) and not connection.transport.is_closing()
        ]
        idle = [item for item in alive if item._idle]
        if len(alive) >= most - 1 and idle:
            longest = min(idle, key=lambda item: item._since)
            longest.transport.abort()
            self.connections.discard(longest)  # uvloop reports the loss only after more have come
