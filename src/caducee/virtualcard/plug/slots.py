# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards of this machine that are in virtual readers, each served by a process of its own.

A card process notes itself in a file per slot; a note whose process is gone counts for nothing,
so that a killed card never stands in the way of the next.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from caducee.base import errors
from caducee.base.errors import CpsError, ReaderError
from caducee.base.files import write_atomic
from caducee.spec.virtual_reader import SLOTS
from caducee.virtualcard.pace.chip import Pace
from caducee.virtualcard.plug.pcscd import RUN_FOLDER

__all__ = ["Inserted", "eject", "find", "insert", "inserted", "state_folder"]

_END_SECONDS = 5.0
_PAUSE = 0.01
_REASON_LIMIT = 200

_RUNNING: list[subprocess.Popen[bytes]] = []
"""Kept, for a process object that is forgotten while its process runs complains."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """A card that a process of ours holds in a slot of a virtual reader."""

    slot: int
    pid: int
    born: str
    """When the process began, in ticks since the machine did: tells it from a later namesake."""

    card: str
    """The absolute path of the card image."""

    pcscd: str
    """The folder of the pcscd."""

    face: str = "contact"
    """The face of the card that the reader meets."""


def state_folder() -> Path:
    """Return the folder for notes of this user's cards: XDG_RUNTIME_DIR, or /run for root."""
    place = os.environ.get("XDG_RUNTIME_DIR") or ("/run" if os.geteuid() == 0 else None)
    return Path(place or f"/tmp/caducee-{os.geteuid()}") / "caducee"  # noqa: S108 (0700, checked)


def _own_folder() -> Path:
    """Make the folder of notes, for this user alone; refuse one that others could write to."""
    folder = state_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o022 or folder.is_symlink():
        raise ReaderError(
            "reader.socket_unusable", place=str(folder), reason="others can write to it"
        )
    return folder


def inserted(pcscd: Path = RUN_FOLDER) -> list[Inserted]:
    """Return the cards that our processes hold in the readers of one pcscd, by slot."""
    found = (_read(_note(state_folder(), pcscd, slot)) for slot in range(SLOTS))
    return [one for one in found if one is not None]


def find(card: Path, pcscd: Path = RUN_FOLDER) -> tuple[Inserted, ...]:
    """Return where the faces of a card image are inserted; empty when it is not."""
    wanted = str(card.resolve())
    return tuple(one for one in inserted(pcscd) if one.card == wanted)


def insert(
    card: Path,
    *,
    faces: Sequence[str] = ("contact",),
    busy: Collection[int] = (),
    pcscd: Path = RUN_FOLDER,
    pace: Pace = Pace.INSTANT,
) -> tuple[Inserted, ...]:
    """Start a process that holds a card, each face in a free slot; return when it is connected.

    ``busy`` are slots where somebody else's card is. Raises what the process met (`ReaderError`,
    `StateError`), ``reader.slots_taken``, ``reader.card_process_failed``.
    """
    folder = _own_folder()
    with _one_at_a_time(folder):
        taken = {one.slot for one in inserted(pcscd)} | set(busy)
        free = [one for one in range(SLOTS) if one not in taken]
        if len(free) < len(faces):
            raise ReaderError("reader.slots_taken")
        places = list(zip(faces, free, strict=False))
        notes = [_note(folder, pcscd, slot) for _, slot in places]
        for note in notes:
            note.unlink(missing_ok=True)
        told = ",".join(f"{face}:{slot}" for face, slot in places)
        pid = _start(
            [str(card.resolve()), told, str(pcscd), pace.value], notes[0].with_suffix(".log")
        )
        born, name = _born(pid) or "", str(card.resolve())
        made = tuple(Inserted(slot, pid, born, name, str(pcscd), face) for face, slot in places)
        for one, note in zip(made, notes, strict=True):
            write_atomic(note, json.dumps(asdict(one)).encode())
        return made


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other process inserts a card; the system frees the lock of a killed one."""
    import fcntl

    with open(folder / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def eject(one: Inserted) -> None:
    """End the process of a card, politely at first; returns when it is gone."""
    if _born(one.pid) == one.born:
        for kind in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(one.pid, kind)
            if _ended(one):
                break
    _note(state_folder(), Path(one.pcscd), one.slot).unlink(missing_ok=True)


def _ended(one: Inserted) -> bool:
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            os.waitpid(one.pid, os.WNOHANG)  # it may be a child of ours
        if _born(one.pid) != one.born:
            return True
        time.sleep(_PAUSE)
    return False


def _note(folder: Path, pcscd: Path, slot: int) -> Path:
    if pcscd == RUN_FOLDER:
        return folder / f"slot-{slot}.json"
    place = pcscd.resolve().as_posix().strip("/").replace("/", "-")
    return folder / f"slot-{slot}-{place}.json"


def _read(note: Path) -> Inserted | None:
    """Read a note; None when there is none, or its process is gone."""
    try:
        found = Inserted(**json.loads(note.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return found if _born(found.pid) == found.born else None


def _born(pid: int) -> str | None:
    """Return when a process began (field 22 of /proc/PID/stat), None when it is gone or dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def _start(where: list[str], log: Path) -> int:
    """Start the card process; return its number when it says that it is connected."""
    ours, theirs = os.pipe()
    command = [sys.executable, "-m", "caducee.virtualcard.plug.process"]
    command += [str(theirs), *where]
    try:
        with open(log, "wb") as out:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                pass_fds=(theirs,),
                start_new_session=True,
            )
    finally:
        os.close(theirs)
    with open(ours, "rb") as report:
        said = report.read()
    if said == b"{}":
        _RUNNING.append(process)
        return process.pid
    process.wait(_END_SECONDS)
    raise _failure(said, log)


def _failure(said: bytes, log: Path) -> CpsError:
    """Rebuild the error that a card process met, from what it reported."""
    try:
        told = json.loads(said)
        kind = getattr(errors, told["kind"])
        if issubclass(kind, CpsError):
            error: CpsError = kind(told["code"], **told["facts"])
            return error
    except (ValueError, TypeError, KeyError, AttributeError, LookupError):
        pass
    lines = log.read_text(errors="replace").split("\n")
    reason = next((line for line in reversed(lines) if line.strip()), "it said nothing")
    return ReaderError("reader.card_process_failed", reason=reason[:_REASON_LIMIT])
