# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Tries a reader out with the card in it: connect, answer to reset, a new start, some commands.

The command is SELECT of the master file (ISO/IEC 7816-4 section 11.1.1): it changes nothing on any
card, and a card that refuses it has answered, too.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from caducee.reader.transport import CardProtocol, Ending, Reader

__all__ = ["COMMANDS", "Checkup", "CheckupStep", "check_reader"]

COMMANDS: Final = 20
"""How many commands are timed."""

_SELECT: Final = bytes.fromhex("00 A4 00 0C 02 3F 00")


@unique
class CheckupStep(StrEnum):
    """What is done, in this order."""

    CONNECT = "connect"
    RESTART = "restart"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True)
class Checkup:
    """What a reader and its card did. Times are seconds as they passed here."""

    reader: str
    atr: bytes
    protocol: CardProtocol
    connected: float
    """Until the card was connected and its answer to reset was there."""

    restarted: float
    """Until the card had started anew."""

    atr_again: bytes
    """The answer to reset after the new start."""

    commands: tuple[float, ...]
    """One time for each command."""

    answer: bytes
    """The last answer, status word included."""

    @property
    def same(self) -> bool:
        """Whether the card came back as it was."""
        return self.atr == self.atr_again

    @property
    def median(self) -> float:
        """The time that half of the commands took at most."""
        return statistics.median(self.commands)

    @property
    def longest(self) -> float:
        """The time of the slowest command."""
        return max(self.commands)


def check_reader(
    reader: Reader, tell: Callable[[CheckupStep, int], None] = lambda step, number: None
) -> Checkup:
    """Try a reader out; ``tell`` hears each step, and the number of each command.

    The card is held against other programs meanwhile, and starts anew: they have to give the PIN
    again. Raises `CardRemovedError`, `MuteCardError`, `ReaderError`.
    """
    tell(CheckupStep.CONNECT, 0)
    begun = time.perf_counter()
    transport = reader.connect()
    connected = time.perf_counter() - begun
    try:
        atr, protocol = transport.atr, transport.protocol
        with transport.transaction(Ending.LEAVE):
            tell(CheckupStep.RESTART, 0)
            begun = time.perf_counter()
            again = transport.reset()
            restarted = time.perf_counter() - begun
            times, answer = [], b""
            for number in range(COMMANDS):
                tell(CheckupStep.COMMANDS, number)
                begun = time.perf_counter()
                answer = transport.transmit(_SELECT)
                times.append(time.perf_counter() - begun)
    finally:
        transport.close()
    return Checkup(reader.name, atr, protocol, connected, restarted, again, tuple(times), answer)
