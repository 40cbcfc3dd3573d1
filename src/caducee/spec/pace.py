# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How long real cards take: ``data/pace.toml``, where each value has its source.

>>> chip(CardFace.CPS4).rsa
53.23
"""

import tomllib
from functools import cache
from importlib import resources

import msgspec

from caducee.spec.atrs import CardFace

__all__ = ["ChipPace", "ContactlessPace", "Pace", "ReaderPace", "chip", "pace"]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; every key is known."""


class ReaderPace(_Table, frozen=True, kw_only=True):
    """What the reader gives to a card with contacts."""

    clock: int
    """kHz."""

    block: int
    """Bytes of information that a card may send in one block of T=1."""


class ContactlessPace(_Table, frozen=True, kw_only=True):
    """The air at 106 kbit/s."""

    carrier: int
    """kHz."""

    bit_periods: int
    """Periods of the carrier in one bit."""

    frame: int
    """Bytes in one frame at most."""

    frame_delay: int
    """Microseconds between two frames."""


class ChipPace(_Table, frozen=True, kw_only=True):
    """What the chip takes for itself, in milliseconds."""

    rsa: float
    """One RSA-2048 private operation."""

    rsa_source: str
    command: float
    """Any command, beside what follows."""

    code: float
    """Comparing a code."""

    write: float
    """Writing what one command carries."""


class Pace(_Table, frozen=True, kw_only=True):
    """The whole file."""

    reader: ReaderPace
    contactless: ContactlessPace
    sources: dict[str, str]
    chip: dict[CardFace, ChipPace]


@cache
def pace() -> Pace:
    """Return the values of the file."""
    source = resources.files("caducee.spec") / "data" / "pace.toml"
    return msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), Pace)


def chip(face: CardFace) -> ChipPace:
    """Return what the chip of a face takes."""
    return pace().chip[face]
