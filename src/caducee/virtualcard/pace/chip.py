# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A chip that takes its time as a real one does."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique

from caducee.spec.atrs import CardFace, resembles
from caducee.spec.instructions import Instruction, PinInstruction, SecurityOperation
from caducee.spec.pace import ChipPace
from caducee.spec.pace import chip as pace_of
from caducee.virtualcard.pace.line import TransmissionLine, line_of
from caducee.virtualcard.plug.link import ServedChip

__all__ = ["CardSpeed", "PacedChip", "Spent", "at_pace"]

_PIN_COMMANDS = frozenset(int(member) for member in PinInstruction)
_KEY_OPERATIONS = (SecurityOperation.COMPUTE_SIGNATURE, SecurityOperation.DECIPHER)

_MORE_PARTS = 0x10
_DONE = 0x90, 0x61


@unique
class CardSpeed(StrEnum):
    """How fast a virtual card is."""

    INSTANT = "instant"
    """As fast as this machine."""

    REAL = "real"
    """As fast as the real card."""


@dataclass(slots=True)
class Spent:
    """Where the time of a card went, in seconds, and what was moved for it."""

    line: float = 0.0
    keys: float = 0.0
    """RSA operations."""

    chip: float = 0.0
    """Everything else inside the chip."""

    commands: int = 0
    moved: int = 0
    """Bytes of command and response APDUs."""

    @property
    def total(self) -> float:
        """All of it."""
        return self.line + self.keys + self.chip


class PacedChip:
    """A chip around another that answers when a real card would have answered.

    What this machine needed for the answer counts. ``clock`` and ``sleep`` are those of the
    machine, or of a measurement that counts without waiting.
    """

    def __init__(
        self,
        chip: ServedChip,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._chip = chip
        self._clock = clock
        self._sleep = sleep
        self._line: TransmissionLine = line_of(b"")
        self._pace = pace_of(CardFace.CPS3_CONTACT)
        self.spent = Spent()
        """What a real card would have needed so far."""

    @property
    def present(self) -> bool:
        """Whether the chip is still in its reader."""
        return bool(getattr(self._chip, "present", True))

    def power_on(self) -> bytes:
        """Give the chip current; return its answer to reset."""
        return self._started(self._chip.power_on)

    def power_off(self) -> None:
        """Take the current away."""
        self._chip.power_off()

    def reset(self) -> bytes:
        """Reset the chip; return its answer to reset."""
        return self._started(self._chip.reset)

    def transmit(self, command: bytes) -> bytes:
        """Execute a command APDU, as fast as a real card."""
        began = self._clock()
        answer = self._chip.transmit(command)
        line = self._line.exchange(command, answer)
        keys, other = _inside(self._pace, command, answer)
        spent = self.spent
        spent.line, spent.keys, spent.chip = (
            spent.line + line,
            spent.keys + keys,
            spent.chip + other,
        )
        spent.commands, spent.moved = spent.commands + 1, spent.moved + len(command) + len(answer)
        self._wait(began, line + keys + other)
        return answer

    def _started(self, start: Callable[[], bytes]) -> bytes:
        began = self._clock()
        atr = start()
        self._line = line_of(atr)
        self._pace = pace_of(resembles(atr) or CardFace.CPS3_CONTACT)
        self.spent.line += self._line.activation()
        self._wait(began, self._line.activation())
        return atr

    def _wait(self, began: float, needed: float) -> None:
        left = began + needed - self._clock()
        if left > 0:
            self._sleep(left)


def at_pace(chip: ServedChip, pace: CardSpeed) -> ServedChip:
    """Return a chip at a pace."""
    return PacedChip(chip) if pace is CardSpeed.REAL else chip


def _inside(pace: ChipPace, command: bytes, answer: bytes) -> tuple[float, float]:
    """Return the seconds of RSA and of the rest that a command takes inside the chip."""
    if len(command) < 4 or len(answer) < 2:
        return 0.0, 0.0
    ins, operation = command[1], int.from_bytes(command[2:4])
    other = pace.command
    if ins in _PIN_COMMANDS and len(command) > 5:
        other += pace.code
    if ins == Instruction.UPDATE_BINARY:
        other += pace.write
    if answer[-2] not in _DONE or command[0] & _MORE_PARTS:
        return 0.0, other / 1000
    signs = ins == Instruction.PERFORM_SECURITY_OPERATION and operation in _KEY_OPERATIONS
    keys = pace.rsa if signs or ins == Instruction.INTERNAL_AUTHENTICATE else 0.0
    return keys / 1000, other / 1000
