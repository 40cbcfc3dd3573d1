# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One side of a card: its command sets, by class byte."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from caducee.spec.status import StatusWord
from caducee.virtualcard.core import Core, Handler

__all__ = ["CommandSet", "Face"]


def _open(_core: Core, _ins: int, _p1: int) -> None:
    """Let every command through."""


def _whole(_core: Core, _cla: int) -> bool:
    """Say that a card has all dialogues of its face."""
    return True


@dataclass(frozen=True, slots=True)
class CommandSet:
    """What is understood under one class byte."""

    commands: Mapping[int, Handler]
    """By instruction byte; GET RESPONSE is not among them."""

    chained: frozenset[int] = frozenset()
    """Instructions that may come in several parts."""

    longest: int = 255
    """Bytes of data of a command at most, all parts together."""

    more: int | None = StatusWord.MORE_DATA
    """The status word that announces bytes to fetch; None where none are ever fetched."""

    admit: Callable[[Core, int, int], None] = field(default=_open)
    """Raises `Refused` for a command, by instruction and P1, that cannot come now."""


@dataclass(frozen=True, slots=True)
class Face:
    """One side of a card."""

    dialogues: Mapping[int, CommandSet]
    """By class byte, without the bit of chaining."""

    present: Callable[[Core, int], bool] = field(default=_whole)
    """Whether this very card has the dialogue of a class."""
