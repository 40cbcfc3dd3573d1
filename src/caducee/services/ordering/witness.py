# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The copy of the trail outside the database: signed checkpoints, and the newest line.

One JSON file for each checkpoint, named by the number of its line, never changed or removed.
The folder can be copied to another machine, and checked from there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from caducee.base.errors import StateError
from caducee.base.files import make_folder, write_atomic, write_new
from caducee.services.ordering.audit import Checkpoint

__all__ = ["Note", "Witness"]

_NEWEST = "newest.json"
_FILES = "[0-9]*.json"


@dataclass(frozen=True, slots=True)
class Note:
    """A line that the trail had: its number and hash. Not signed."""

    number: int
    digest: bytes


class Witness:
    """A folder of checkpoints.

    Files that cannot be read raise `StateError` (``ordering.checkpoint_unreadable``).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """Return all checkpoints, oldest first."""
        return tuple(_read(path, Checkpoint) for path in sorted(self._folder.glob(_FILES)))

    def keep(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Keep checkpoints; one whose number is there already stays as it is."""
        make_folder(self._folder)
        for checkpoint in checkpoints:
            path = self._folder / f"{checkpoint.number:012d}.json"
            if not path.exists():
                write_new(path, msgspec.json.encode(checkpoint))

    def newest(self) -> Note | None:
        """Return the newest line that was noted; none when nothing was."""
        path = self._folder / _NEWEST
        return _read(path, Note) if path.exists() else None

    def note(self, note: Note) -> None:
        """Note the newest line, in the place of the one before."""
        make_folder(self._folder)
        write_atomic(self._folder / _NEWEST, msgspec.json.encode(note))


def _read[Kept: (Checkpoint, Note)](path: Path, kind: type[Kept]) -> Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise StateError("ordering.checkpoint_unreadable", path=str(path)) from error
