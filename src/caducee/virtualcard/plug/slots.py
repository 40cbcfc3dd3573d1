# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards of this machine that are in virtual readers, each served by a process of its own.

A card process notes itself in a file per slot; a note whose process is gone counts for nothing,
so that a killed card never stands in the way of the next. Notes, lock and logs lie in a folder of
this user alone; only a process of this user that holds the card of the note is ever ended.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from caducee.base import errors
from caducee.base.errors import CpsError, ReaderError
from caducee.base.private_folder import PrivateFolder
from caducee.base.processes import ProcessFacts, process_facts, signal_process
from caducee.base.runtime import runtime_folder
from caducee.spec.virtual_reader import SLOTS
from caducee.virtualcard.pace.chip import CardSpeed
from caducee.virtualcard.plug.pcscd import RUN_FOLDER

__all__ = ["Inserted", "eject", "find", "insert", "inserted"]

_END_SECONDS = 5.0
_PAUSE = 0.01
_REASON_LIMIT = 200
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_PROGRAM = "caducee.virtualcard.plug.process"

_RUNNING: list[subprocess.Popen[bytes]] = []
"""Kept, for a process object that is forgotten while its process runs complains."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """A card that a process of ours holds in a slot of a virtual reader."""

    slot: int
    pid: int
    born: str
    """Start time of the process in ticks since boot: its pid may be reused."""

    card: str
    """The absolute path of the card image."""

    pcscd: str
    """The folder of the pcscd."""

    face: str = "contact"
    """The face of the card that the reader meets."""


def inserted(pcscd: Path = RUN_FOLDER) -> list[Inserted]:
    """Return the cards that our processes hold in the readers of one pcscd, by slot.

    Raises `StateError`: ``base.folder_unsafe``, ``base.file_unsafe``.
    """
    folder = PrivateFolder.find(runtime_folder())
    if folder is None:
        return []
    with folder:
        return _inserted(folder, pcscd)


def _inserted(folder: PrivateFolder, pcscd: Path) -> list[Inserted]:
    found = (_read(folder, _note(pcscd, slot)) for slot in range(SLOTS))
    return [item for item in found if item is not None]


def find(card: Path, pcscd: Path = RUN_FOLDER) -> tuple[Inserted, ...]:
    """Return where the faces of a card image are inserted; empty when it is not.

    Raises `StateError` as `inserted` does.
    """
    wanted = str(card.resolve())
    return tuple(item for item in inserted(pcscd) if item.card == wanted)


def insert(
    card: Path,
    *,
    faces: Sequence[str] = ("contact",),
    busy: Collection[int] = (),
    pcscd: Path = RUN_FOLDER,
    pace: CardSpeed = CardSpeed.INSTANT,
) -> tuple[Inserted, ...]:
    """Start a process that holds a card, each face in a free slot; return when it is connected.

    ``busy`` are slots that hold another card. Raises what the process met (`ReaderError`,
    `StateError`), ``reader.slots_taken``, ``reader.card_process_failed``.
    """
    with PrivateFolder.make(runtime_folder()) as folder, folder.locked("lock"):
        taken = {entry.slot for entry in _inserted(folder, pcscd)} | set(busy)
        free = [index for index in range(SLOTS) if index not in taken]
        if len(free) < len(faces):
            raise ReaderError("reader.slots_taken")
        places = list(zip(faces, free, strict=False))
        notes = [_note(pcscd, slot) for _, slot in places]
        for note in notes:
            folder.remove(note)
        argument = ",".join(f"{face}:{slot}" for face, slot in places)
        name = str(card.resolve())
        log = notes[0].removesuffix(".json") + ".log"
        pid = _start([name, argument, str(pcscd), pace.value], folder, log)
        facts = process_facts(pid)
        born = str(facts.start) if facts else ""
        inserted = tuple(Inserted(slot, pid, born, name, str(pcscd), face) for face, slot in places)
        for item, note in zip(inserted, notes, strict=True):
            folder.write(note, json.dumps(asdict(item)).encode())
        return inserted


def eject(item: Inserted) -> None:
    """End the process of a card, politely at first; returns when it is gone.

    Raises `StateError` as `inserted` does.
    """
    with PrivateFolder.make(runtime_folder()) as folder:
        process = _process(item)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process is None or not signal_process(process, number) or _ended(process):
                break
        folder.remove(_note(Path(item.pcscd), item.slot))


def _ended(process: ProcessFacts) -> bool:
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            os.waitpid(process.pid, os.WNOHANG)  # it may be a child of ours
        if process_facts(process.pid) != process:
            return True
        time.sleep(_PAUSE)
    return False


def _process(item: Inserted) -> ProcessFacts | None:
    """Return the process of a note if it lives, is this user's, and holds the card of the note."""
    found = process_facts(item.pid)
    if found is None or str(found.start) != item.born or found.user != os.geteuid():
        return None
    return found if {_PROGRAM, item.card} <= set(found.command) else None


def _note(pcscd: Path, slot: int) -> str:
    if pcscd == RUN_FOLDER:
        return f"slot-{slot}.json"
    place = pcscd.resolve().as_posix().strip("/").replace("/", "-")
    return f"slot-{slot}-{place}.json"


def _read(folder: PrivateFolder, note: str) -> Inserted | None:
    """Read a note; None when there is none, or its process is gone."""
    try:
        found = Inserted(**json.loads(folder.read(note) or b""))
        return found if _process(found) is not None else None
    except (ValueError, TypeError):
        return None


def _start(where: list[str], folder: PrivateFolder, log: str) -> int:
    """Start the card process; return its number when it says that it is connected."""
    ours, theirs = os.pipe()
    command = [sys.executable, "-m", _PROGRAM]
    command += [str(theirs), *where]
    try:
        with open(folder.open_file(log, _FRESH), "wb") as out:
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
    raise _failure(said, folder.read(log) or b"")


def _failure(said: bytes, log: bytes) -> CpsError:
    """Rebuild the error that a card process met, from what it reported."""
    try:
        failure = json.loads(said)
        kind = getattr(errors, failure["kind"])
        if issubclass(kind, CpsError):
            error: CpsError = kind(failure["code"], **failure["facts"])
            return error
    except (ValueError, TypeError, KeyError, AttributeError, LookupError):
        pass
    lines = log.decode(errors="replace").split("\n")
    reason = next((line for line in reversed(lines) if line.strip()), "it said nothing")
    return ReaderError("reader.card_process_failed", reason=reason[:_REASON_LIMIT])
