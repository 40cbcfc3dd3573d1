# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which process of this user is at the other end of a connection, and whose an application is.

Linux: ``/proc`` reports start time and program of a process. A process number that is used again
has another start time.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from caducee.base.errors import ReaderError, StateError
from caducee.base.peer_credentials import peer_credentials

__all__ = ["Claims", "Peer", "has_ended", "peer_of"]

_START_TIME = 19
"""Place of field 22 of proc_pid_stat(5), counted from the state, which is field 3."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One process of this user."""

    pid: int
    start: int
    """Ticks since the machine started; 0 when the process was gone already."""

    program: str = ""
    """The path of its program; empty when the system does not tell."""

    inner_pid: int = 0
    """The number by which the process knows itself, when it lives in a name space of its own."""

    def is_named(self, pid: int) -> bool:
        """Tell whether the process may call itself by this number."""
        return pid in (self.pid, self.inner_pid)


def peer_of(connection: socket.socket, proc: Path = Path("/proc")) -> Peer:
    """Return who connected. Raises `StateError`: ``daemon.peer_refused`` for another user (also
    for root), ``daemon.peer_unknown``.
    """
    try:
        found = peer_credentials(connection)
    except OSError as error:
        raise StateError("daemon.peer_unknown") from error
    if found is not None and found.uid != os.geteuid():
        raise StateError("daemon.peer_refused", uid=found.uid, pid=found.pid)
    if found is None or found.pid <= 0:
        raise StateError("daemon.peer_unknown")
    folder = proc / str(found.pid)
    return Peer(found.pid, _start(folder), _program(folder), _inner(folder))


def has_ended(pid: int, proc: Path = Path("/proc")) -> bool:
    """Tell whether a process is dead, and only waits for its parent to look."""
    try:
        return _stat(proc / str(pid))[0] in (b"Z", b"X")
    except (OSError, ValueError, IndexError):
        return False


def _stat(folder: Path) -> list[bytes]:
    """Return the fields of proc_pid_stat(5) from the state on."""
    text = (folder / "stat").read_bytes()
    return text[text.rindex(b")") + 1 :].split()


def _start(folder: Path) -> int:
    try:
        return int(_stat(folder)[_START_TIME])
    except (OSError, ValueError, IndexError):
        return 0


def _program(folder: Path) -> str:
    try:
        return os.readlink(folder / "exe").removesuffix(" (deleted)")
    except OSError:
        return ""


def _inner(folder: Path) -> int:
    """Return the process number in its innermost name space (proc_pid_status(5), NSpid)."""
    try:
        for line in (folder / "status").read_text(errors="replace").splitlines():
            if line.startswith("NSpid:"):
                return int(line.split()[-1])
    except (OSError, ValueError):
        return 0
    return 0


class Claims:
    """Which process each application id belongs to: the first that comes with it."""

    def __init__(self) -> None:
        self._owners: dict[bytes, Peer] = {}

    def __len__(self) -> int:
        return len(self._owners)

    def claim(self, application: bytes, peer: Peer, pid: int) -> bool:
        """Bind an id to a process; return whether it is new.

        ``pid`` is what the process says of itself. Raises `ReaderError`
        (``daemon.identity_claimed``) when the id, or that number, is another's.
        """
        owner = self._owners.get(application)
        if not peer.is_named(pid):
            raise ReaderError("daemon.identity_claimed", pid=peer.pid, owner=pid)
        if owner is not None and (owner.pid, owner.start) != (peer.pid, peer.start):
            raise ReaderError("daemon.identity_claimed", pid=peer.pid, owner=owner.pid)
        self._owners[application] = peer
        return owner is None

    def drop(self, application: bytes) -> None:
        """Forget an id."""
        self._owners.pop(application, None)
