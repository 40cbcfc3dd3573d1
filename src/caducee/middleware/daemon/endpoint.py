# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the daemon listens, and that there is one of it: the socket, its folder, the lock.

The socket is ``CADUCEE_CRYPTOLIBD_SOCKET``, else ``cryptolibd.sock`` in the run-time folder of the
user (`caducee.base.runtime`). The lock is a file beside it, held by ``flock`` as long as the daemon
lives: whatever kills the daemon frees it.
"""

import fcntl
import os
import socket
import time
from pathlib import Path

from caducee.base.errors import StateError
from caducee.base.peer_credentials import peer_credentials
from caducee.base.runtime import user_socket
from caducee.middleware.daemon.peers import has_ended

__all__ = ["DaemonLock", "bind", "listening", "socket_path", "unbind"]

_BACKLOG = 512
_PAUSE = 0.05


def socket_path() -> Path:
    """Return where programs look for the daemon of this user."""
    return user_socket("CADUCEE_CRYPTOLIBD_SOCKET", "cryptolibd.sock")


def listening(path: Path) -> bool:
    """Tell whether somebody accepts connections at a socket.

    The socket of a process that was killed takes them for a moment longer, and nobody answers.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
            peer = peer_credentials(probe)
        except OSError:
            return False
    return peer is None or not has_ended(peer.pid)


class DaemonLock:
    """The right to be the one daemon of a socket."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_suffix(".lock")
        self._socket = path
        self._handle: int | None = None

    def take(self, patience: float = 10.0) -> None:
        """Take the lock, or find out that another daemon serves.

        One that is just ending (it still holds the lock, and serves nobody) is waited for. Raises
        `StateError`: ``daemon.running``, ``daemon.lock_held``, ``daemon.socket_unusable``.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            handle = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise _unusable(self._path, error) from error
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if listening(self._socket):
                    os.close(handle)
                    raise StateError("daemon.running", path=str(self._socket)) from None
                if time.monotonic() > deadline:
                    os.close(handle)
                    raise StateError("daemon.lock_held", path=str(self._path)) from None
                time.sleep(_PAUSE)
            else:
                self._handle = handle
                return

    def release(self) -> None:
        """Let another daemon begin. The file stays: removing it would let two in."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


def bind(path: Path) -> socket.socket:
    """Return a socket that listens at a path, for this user alone; the lock is held.

    It gets its name when it listens already, so that nobody meets one that does not. Raises
    `StateError` (``daemon.socket_unusable``).
    """
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    begun = path.with_name(f".{path.name[:40]}.{os.getpid()}")
    before = os.umask(0o177)
    try:
        begun.unlink(missing_ok=True)
        made.bind(str(begun))
        made.listen(_BACKLOG)
        os.replace(begun, path)
    except OSError as error:
        made.close()
        begun.unlink(missing_ok=True)
        raise _unusable(path, error) from error
    finally:
        os.umask(before)
    made.setblocking(False)
    return made


def unbind(path: Path, inode: int) -> None:
    """Remove the name of the socket, if it still is ours."""
    try:
        if os.lstat(path).st_ino == inode:
            path.unlink()
    except OSError:
        return


def _unusable(path: Path, error: OSError) -> StateError:
    return StateError("daemon.socket_unusable", path=str(path), reason=error)
