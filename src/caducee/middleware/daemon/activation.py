# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Socket activation and readiness, as systemd offers them (sd_listen_fds(3), sd_notify(3))."""

import os
import socket
from collections.abc import MutableMapping

from caducee.base.errors import StateError

__all__ = ["handed_over", "notify"]

_FIRST = 3
"""SD_LISTEN_FDS_START."""


def handed_over(environ: MutableMapping[str, str] = os.environ) -> socket.socket | None:
    """Return the listening socket that the system handed to this process, or None.

    The variables are removed: what this process starts is not meant. Raises `StateError`
    (``daemon.activation_wrong``).
    """
    pid, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdigit() or int(count) < 1:
        return None
    handles = range(_FIRST, _FIRST + min(int(count), 64))
    try:
        found = [socket.socket(fileno=handle) for handle in handles]
    except OSError as error:
        raise StateError("daemon.activation_wrong") from error
    for item in found:
        item.set_inheritable(False)
    listens = [entry for entry in found if _listens(entry)]
    if len(found) != 1 or not listens:
        for item in found:
            item.close()
        raise StateError("daemon.activation_wrong")
    found[0].setblocking(False)
    return found[0]


def _listens(item: socket.socket) -> bool:
    local = item.family == socket.AF_UNIX and item.type == socket.SOCK_STREAM
    return local and bool(item.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def notify(text: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """Tell the system the state (``READY=1``, ``STOPPING=1``); nothing where nobody listens."""
    place = environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    address = "\0" + place[1:] if place.startswith("@") else place
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.settimeout(1.0)
        try:
            notifier.sendto(text.encode(), address)
        except OSError:
            return
