# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The socket of a listener."""

import socket

__all__ = ["listen"]

_BACKLOG = 256


def listen(address: str, port: int) -> socket.socket:
    """Return a TCP socket that listens; port 0 lets the system choose. Raises `OSError`.

    Its protocol is named, which ``socket.create_server`` does not do: asyncio sets TCP_NODELAY
    only on such sockets, and without it the second half of every answer on a connection that stays
    open waits some 40 ms for an acknowledgement.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made
