# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is at the other end of an AF_UNIX connection, as the kernel reports it."""

import socket
import struct
from typing import NamedTuple

__all__ = ["PeerCredentials", "peer_credentials"]

_UCRED = struct.Struct("=iII")
"""``struct ucred`` of Linux (unix(7))."""


class PeerCredentials(NamedTuple):
    """The process that connected, or that listens, and its user."""

    pid: int
    """0 for a process that this name space does not see."""

    uid: int
    gid: int


def peer_credentials(connection: socket.socket) -> PeerCredentials | None:
    """Return who is at the other end; None where the system does not report it.

    Raises `OSError`.
    """
    option = getattr(socket, "SO_PEERCRED", None)  # Linux alone has this option and this structure
    if option is None or connection.family != socket.AF_UNIX:
        return None
    return PeerCredentials(
        *_UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
    )
