# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The socket of a listener."""

import socket

from caducee.base.errors import ConfigError
from caducee.services.web.bounded import BoundedListener

__all__ = ["listen", "listen_or_tell"]

_BACKLOG = 256


_MOST, _MOST_EACH = 1000, 250


def listen(
    address: str, port: int, *, most: int = _MOST, most_each: int = _MOST_EACH
) -> BoundedListener:
    """Return a TCP socket that listens; port 0 lets the system choose. Raises `OSError`.

    ``most`` and ``most_each`` bound its connections, as `BoundedListener` says.

    Its protocol is named, which ``socket.create_server`` does not do: asyncio sets TCP_NODELAY
    only on such sockets, and without it the second half of every answer on a connection that stays
    open waits some 40 ms for an acknowledgement.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = BoundedListener(family, most=most, most_each=most_each)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def listen_or_tell(
    address: str, port: int, taken: str, *, most: int = _MOST, most_each: int = _MOST_EACH
) -> BoundedListener:
    """Return a socket as `listen` does. Raises `ConfigError` with the code ``taken``."""
    try:
        return listen(address, port, most=most, most_each=most_each)
    except OSError as error:
        raise ConfigError(taken, address=f"{address}:{port}", reason=error) from error
