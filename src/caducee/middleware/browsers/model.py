# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is installed where, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Protocol

from caducee.base.errors import CpsError
from caducee.spec.browsers import MODULE, Form

__all__ = [
    "Kind",
    "Outcome",
    "Part",
    "Piece",
    "Result",
    "State",
    "own_entries",
    "state_of",
]


@unique
class Kind(StrEnum):
    """What a browser is told."""

    MODULE = "module"
    """The PKCS#11 module, for login by certificate."""

    HOST = "host"
    """The program beside the browser, for the extension."""


@unique
class State(StrEnum):
    """Where one thing stands."""

    INSTALLED = "installed"
    ABSENT = "absent"
    OTHER = "other"
    """Something of our name is there, and it leads elsewhere."""

    IMPOSSIBLE = "impossible"
    """This form of the browser does not allow it; the error says why."""


@unique
class Outcome(StrEnum):
    """What was done, or would be."""

    NOTHING = "nothing"
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    IMPOSSIBLE = "impossible"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in one place."""

    browser: str
    form: Form
    kind: Kind
    path: Path
    """The file or folder that changes."""


@dataclass(frozen=True, slots=True)
class Result:
    """A part, where it stands, and what was done about it."""

    part: Part
    state: State
    outcome: Outcome = Outcome.NOTHING
    error: CpsError | None = None
    """Why it is impossible, or why it failed."""


def own_entries(named: Mapping[str, str], module: Path) -> dict[str, str]:
    """Return the entries of a list of modules (names, libraries) that are ours: by their name, or
    by the name of the library's file.
    """
    return {
        name: library
        for name, library in named.items()
        if name == MODULE or (library and Path(library).name == module.name)
    }


def state_of(named: Mapping[str, str], module: Path) -> State:
    """Compare a list of modules with ours; an entry of ours with another library is `OTHER`."""
    own = own_entries(named, module)
    if any(library != str(module) for library in own.values()):
        return State.OTHER
    return State.INSTALLED if MODULE in own else State.ABSENT


class Piece(Protocol):
    """One part that can be looked at, made and undone; each method raises `CpsError`."""

    @property
    def part(self) -> Part:
        """What and where."""

    def state(self) -> State:
        """Look, and change nothing."""

    def install(self) -> None:
        """Make it so that `state` is installed."""

    def remove(self) -> None:
        """Undo it whole, what was there before stays."""
