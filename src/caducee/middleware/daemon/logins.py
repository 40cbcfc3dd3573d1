# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Asks the daemon of this user to end every login: what "log out of everything" of a desktop does.

After it no program can use a key of the card without the PIN: the daemon has overwritten its
copies, and the sessions of programs are as after C_Logout. No program is ended, no card is asked.
"""

import os
import socket
from pathlib import Path

from caducee.base.errors import FormatError, StateError
from caducee.codec.pkcs11 import Frame, FrameDeframer
from caducee.middleware.daemon.endpoint import socket_path
from caducee.middleware.daemon.peers import peer_of
from caducee.spec.pkcs11.wire import DesktopKind

__all__ = ["log_out"]

_SECONDS = 10.0
_MOST = 64


def log_out(path: Path | None = None) -> int | None:
    """End the logins at the daemon that listens at a socket (this user's); return how many.

    None where no daemon runs. Raises `StateError` (``daemon.peer_refused`` for one of another user,
    ``daemon.not_logged_out`` for one that does not do it).
    """
    place = path or socket_path()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_SECONDS)
        try:
            link.connect(str(place))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            raise _failed(place, error) from error
        peer_of(link)
        try:
            link.sendall(Frame(DesktopKind.LOG_OUT, os.getpid() & 0xFFFFFFFF).to_bytes())
            return _count(link, place)
        except (OSError, FormatError) as error:
            raise _failed(place, getattr(error, "strerror", None) or "no answer in time") from error


def _count(link: socket.socket, place: Path) -> int:
    deframer, frames = FrameDeframer(), list[Frame]()
    while not frames:
        data = link.recv(_MOST)
        if not data:
            raise _failed(place, "no answer in time")
        frames = deframer.feed(data)
    if frames[0].kind != DesktopKind.LOGGED_OUT:
        raise _failed(place, "no answer in time")
    return frames[0].code


def _failed(place: Path, reason: str | OSError) -> StateError:
    return StateError("daemon.not_logged_out", path=str(place), reason=reason)
