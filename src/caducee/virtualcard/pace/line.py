# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How long bytes take between a reader and a card, as its answer to reset says.

Three lines: characters of T=0 and blocks of T=1 (ISO/IEC 7816-3), frames of a contactless card
(ISO/IEC 14443-4). Only the line is counted: what the chip, the reader's cable and the host take
comes on top.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from caducee.base.errors import FormatError
from caducee.codec.apdu import CommandApdu
from caducee.codec.atr import Atr
from caducee.spec.pace import pace

__all__ = ["Frames", "T0Line", "T1Line", "TransmissionLine", "line_of"]

_DEFAULT_RATE = (372, 1)
_CHARACTER = 12
"""Etu of one character: start, 8 bits, parity, 2 of guard time (ISO/IEC 7816-3 section 7.2)."""

_T1_SHORT = 11
_T1_GUARD = 22
"""Etu between two blocks of opposite directions (section 11.2)."""

_T1_FRAME = 4
"""NAD, PCB, LEN and a check byte (section 11.3)."""

_T1_SIZE = 32
"""Bytes of information that a card takes in a block unless its answer to reset says more."""

_PPS = 8
"""Characters of PPS, both ways, when the rate is not the default one (section 9)."""

_STATUS = 2
_HEADER = 5
_PROCEDURE = 1


class TransmissionLine(Protocol):
    """What counts the time of a line, in seconds."""

    def activation(self) -> float:
        """Return what the answer to reset, and what follows from it, takes."""

    def exchange(self, command: bytes, answer: bytes) -> float:
        """Return what a command APDU and its response APDU take."""


@dataclass(frozen=True, slots=True)
class T0Line:
    """Characters one by one; an answer to a command with data is fetched by GET RESPONSE."""

    start: float
    """Seconds of the answer to reset and PPS."""

    character: float
    """Seconds of one character."""

    def activation(self) -> float:
        """Return what the answer to reset takes."""
        return self.start

    def exchange(self, command: bytes, answer: bytes) -> float:
        """Return what a command and its answer take (section 12.2)."""
        sent, got = _sizes(command, answer)
        count = _HEADER + _STATUS + (_PROCEDURE if sent or got else 0) + max(sent, got)
        if sent and got:
            count += _STATUS + _HEADER + _PROCEDURE + min(sent, got)
        return count * self.character


@dataclass(frozen=True, slots=True)
class T1Line:
    """Blocks, each but the last of a chain acknowledged by an empty one."""

    start: float
    character: float
    guard: float
    """Seconds between two blocks."""

    to_card: int
    """Bytes of information in a block to the card at most."""

    from_card: int

    def activation(self) -> float:
        """Return what the answer to reset, and the reader's S(IFS request), take."""
        return self.start

    def exchange(self, command: bytes, answer: bytes) -> float:
        """Return what a command and its answer take (section 11.6)."""
        blocks = math.ceil(len(command) / self.to_card), math.ceil(len(answer) / self.from_card)
        acknowledged = sum(max(0, block - 1) for block in blocks)
        all_blocks = sum(blocks) + acknowledged
        characters = len(command) + len(answer) + _T1_FRAME * all_blocks
        return characters * self.character + all_blocks * self.guard


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames through the air."""

    byte: float
    """Seconds of one byte with its parity bit."""

    delay: float
    """Seconds between two frames."""

    size: int
    """Bytes in a frame at most, with the 3 that each has of its own."""

    def activation(self) -> float:
        """Return nothing: the reader makes this answer to reset itself."""
        return 0.0

    def exchange(self, command: bytes, answer: bytes) -> float:
        """Return what a command and its answer take (ISO/IEC 14443-4 section 7)."""
        room = self.size - 3
        frames = math.ceil(len(command) / room), math.ceil(len(answer) / room)
        acknowledged = sum(max(0, frame - 1) for frame in frames)
        count = sum(frames) + acknowledged
        return (len(command) + len(answer) + 3 * count) * self.byte + count * self.delay


def line_of(atr: bytes) -> TransmissionLine:
    """Return the line of an answer to reset; the default one for an invalid one."""
    values = pace()
    if _is_contactless(atr):
        air = values.contactless
        bit = air.bit_periods / (air.carrier * 1000)
        return Frames(9 * bit, air.frame_delay / 1e6, air.frame)
    try:
        read = Atr.from_bytes(atr)
    except FormatError:
        read = Atr.from_bytes(b"\x3b\x00")
    default = _etu(_DEFAULT_RATE)
    rate = read.rate or _DEFAULT_RATE
    etu = _etu(rate)
    start = len(atr) * _CHARACTER * default
    if rate != _DEFAULT_RATE:
        start += _PPS * _CHARACTER * default
    extra = read.groups[0].tc or 0
    if 1 in read.protocols:  # PC/SC takes T=1 where both are offered (pcsc-lite, prothandler.c)
        return _t1(read, etu, extra, start)
    return T0Line(start, (_CHARACTER + (0 if extra == 0xFF else extra)) * etu)


def _t1(read: Atr, etu: float, extra: int, start: float) -> T1Line:
    character = (_T1_SHORT if extra == 0xFF else _CHARACTER + extra) * etu
    size = next(_block_sizes(read), _T1_SIZE)
    setting = 2 * ((_T1_FRAME + 1) * character + _T1_GUARD * etu)
    return T1Line(start + setting, character, _T1_GUARD * etu, size, pace().reader.block)


def _block_sizes(read: Atr) -> Iterator[int]:
    """Yield TA3 and following, where they belong to T=1 (section 11.4.2)."""
    for before, group in pairwise(read.groups[1:]):
        if before.protocol == 1 and group.ta is not None:
            yield group.ta


def _sizes(command: bytes, answer: bytes) -> tuple[int, int]:
    """Return how many bytes of data go and come."""
    try:
        sent = len(CommandApdu.from_bytes(command).data)
    except FormatError:
        sent = max(0, len(command) - _HEADER)
    return sent, max(0, len(answer) - _STATUS)


def _etu(rate: tuple[int, int]) -> float:
    f, d = rate
    return f / d / (pace().reader.clock * 1000)


def _is_contactless(atr: bytes) -> bool:
    """Tell the answer to reset that a reader makes for a contactless card (PC/SC part 3, 3.1.3)."""
    return len(atr) > 4 and atr[0] == 0x3B and atr[1] >> 4 == 8 and atr[2:4] == b"\x80\x01"
