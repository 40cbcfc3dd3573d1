# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Lets "log out of everything" reach pages: each host that watches a card for a page has an ear.

The ear is a datagram socket in a folder of this user alone (``CADUCEE_LOGOUT_SOCKETS``, else
``caducee/logouts`` in the run-time folder); what comes says nothing, that it comes says all.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from caducee.base.errors import StateError
from caducee.base.private_folder import PrivateFolder, prepare_folder
from caducee.base.runtime import user_socket

__all__ = ["LogoutListener", "logout_folder", "tell_pages"]

_log = logging.getLogger(__name__)
_OUT, _STOP = b"log-out", b"stop"


def logout_folder() -> Path:
    """Return where the ears of this user are."""
    return user_socket("CADUCEE_LOGOUT_SOCKETS", "logouts")


class LogoutListener:
    """Hears that the user logs out of everything, between `listen` and `stop`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or logout_folder()
        self._lock = threading.Lock()
        self._path: Path | None = None

    def listen(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` once when the user logs out; nothing is done while it listens already.

        Where no socket can be made, nothing is heard, which the log states.
        """
        with self._lock:
            if self._path is not None:
                return
            path = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}.sock"
            link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                prepare_folder(self._folder.parent)
                prepare_folder(self._folder)
                link.bind(str(path))
            except (OSError, StateError) as error:
                link.close()
                _log.info("a logout of everything is not heard: %s", error)
                return
            self._path = path
        thread = threading.Thread(
            target=self._hear, args=(link, path, tell), name="webhost-logouts", daemon=True
        )
        thread.start()

    def stop(self) -> None:
        """Hear nothing any more."""
        with self._lock:
            path, self._path = self._path, None
        if path is not None:
            _send(path, _STOP)

    def _hear(self, link: socket.socket, path: Path, tell: Callable[[], None]) -> None:
        with link:
            said = link.recv(16)
        path.unlink(missing_ok=True)
        with self._lock:
            if self._path == path:
                self._path = None
        if said == _OUT:
            tell()


def tell_pages(folder: Path | None = None) -> int:
    """Have the pages that watch a card end their sessions; return how many were informed.

    Ears of processes that are gone are removed.
    """
    place = folder or logout_folder()
    try:
        found = PrivateFolder.find(place)
    except StateError as error:
        _log.warning("no page hears of the logout: %s", error)
        return 0
    if found is None:
        return 0
    with found:
        names = [name for name in found.names() if name.endswith(".sock")]
    return sum(_send(place / name, _OUT) for name in names)


def _send(path: Path, what: bytes) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.setblocking(False)
        try:
            link.connect(str(path))
            link.send(what)
        except ConnectionRefusedError:
            with suppress(OSError):
                path.unlink()
            return False
        except OSError:
            return False
    return True
