# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A listening socket that bounds its connections from the moment they are accepted.

A connection counts before TLS begins: whoever opens many and says nothing holds file descriptors
too. asyncio accepts through `BoundedListener.accept`, so nothing of its servers changes.
"""

import contextlib
import socket
import sys
from collections import Counter
from typing import Any, Final

from caducee.services.web.clients import network_of

__all__ = ["BoundedListener", "raise_file_limit"]

_ENOUGH_FILES: Final = 65_536
"""File descriptors a server asks for; the hard limit of the system may be lower."""


class BoundedListener(socket.socket):
    """A TCP socket for listening that accepts at most ``most`` connections at a time.

    Of one client network at most ``most_each`` are open; a further one is closed at once. When
    ``most`` is reached, the oldest connection of the network that has the most makes room.
    """

    def __init__(self, family: int, *, most: int, most_each: int) -> None:
        super().__init__(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._most = most
        self._most_each = most_each
        self._open: dict[_Accepted, str] = {}
        self._counts: Counter[str] = Counter()

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection. Raises `ConnectionAbortedError` when its network has too many.

        asyncio takes that error as a client that left before it was accepted, and tries again.
        """
        descriptor, address = self._accept()  # type: ignore[attr-defined]  # as socket.accept
        made = _Accepted(self, descriptor)
        network = network_of(address[0])
        if self._counts[network] >= self._most_each:
            made.close()
            raise ConnectionAbortedError
        if len(self._open) >= self._most:
            self._make_room()
        self._open[made] = network
        self._counts[network] += 1
        return made, address

    def released(self, connection: "_Accepted") -> None:
        """Count a connection out; called when its socket is closed."""
        network = self._open.pop(connection, None)
        if network is not None:
            self._counts[network] -= 1
            if not self._counts[network]:
                del self._counts[network]

    def _make_room(self) -> None:
        """End the oldest connection of the busiest network: its owner then closes the socket."""
        busiest = self._counts.most_common(1)[0][0]
        oldest = next(item for item, network in self._open.items() if network == busiest)
        self.released(oldest)
        with contextlib.suppress(OSError):  # the client has left already
            oldest.shutdown(socket.SHUT_RDWR)


class _Accepted(socket.socket):
    """An accepted connection, which notifies its listener when it is closed."""

    def __init__(self, listener: BoundedListener, descriptor: int) -> None:
        super().__init__(listener.family, listener.type, listener.proto, fileno=descriptor)
        self._listener = listener

    def close(self) -> None:
        """Close, and make room for another."""
        super().close()
        self._listener.released(self)


def raise_file_limit() -> None:
    """Let this process open as many files as it may, up to 65,536; it never lowers the limit."""
    if sys.platform == "win32":  # no such limit there
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # a container may refuse
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
