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
    "Component",
    "ComponentKind",
    "ComponentResult",
    "ComponentState",
    "InstallOutcome",
    "InstallableComponent",
    "own_entries",
    "state_of",
]


@unique
class ComponentKind(StrEnum):
    """What a browser is reported."""

    MODULE = "module"
    """The PKCS#11 module, for login by certificate."""

    HOST = "host"
    """The program beside the browser, for the extension."""


@unique
class ComponentState(StrEnum):
    """Where one thing stands."""

    INSTALLED = "installed"
    ABSENT = "absent"
    OTHER = "other"
    """Something of our name is there, and it leads elsewhere."""

    IMPOSSIBLE = "impossible"
    """This form of the browser does not allow it; the error says why."""


@unique
class InstallOutcome(StrEnum):
    """What was done, or would be."""

    NOTHING = "nothing"
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    IMPOSSIBLE = "impossible"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Component:
    """One thing in one place."""

    browser: str
    form: Form
    kind: ComponentKind
    path: Path
    """The file or folder that changes."""


@dataclass(frozen=True, slots=True)
class ComponentResult:
    """A part, where it stands, and what was done about it."""

    part: Component
    state: ComponentState
    outcome: InstallOutcome = InstallOutcome.NOTHING
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


def state_of(named: Mapping[str, str], module: Path) -> ComponentState:
    """Compare a list of modules with ours; an entry of ours with another library is `OTHER`."""
    own = own_entries(named, module)
    if any(library != str(module) for library in own.values()):
        return ComponentState.OTHER
    return ComponentState.INSTALLED if MODULE in own else ComponentState.ABSENT


class InstallableComponent(Protocol):
    """One part that can be looked at, made and undone; each method raises `CpsError`."""

    @property
    def part(self) -> Component:
        """What and where."""

    def state(self) -> ComponentState:
        """Look, and change nothing."""

    def install(self) -> None:
        """Make it so that `state` is installed."""

    def remove(self) -> None:
        """Undo it whole, what was there before stays."""
