# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The answer to reset of a card (ISO/IEC 7816-3 section 8.2).

>>> atr = Atr.from_bytes(bytes.fromhex("3BAC00402A001225006480000310009000"))
>>> atr.protocols, atr.rate, atr.historical.hex()
((0,), (372, 1), '001225006480000310009000')
"""

from dataclasses import dataclass
from functools import reduce
from operator import xor

from caducee.base.errors import FormatError

__all__ = ["Atr", "InterfaceBytes"]

_DIRECT, _INVERSE = 0x3B, 0x3F
_MAX = 33
_MAX_HISTORICAL = 15
_F = (372, 372, 558, 744, 1116, 1488, 1860, None, None, 512, 768, 1024, 1536, 2048, None, None)
_D = (None, 1, 2, 4, 8, 16, 32, 64, 12, 20, None, None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class InterfaceBytes:
    """One group of interface bytes; None where a byte is absent."""

    ta: int | None = None
    tb: int | None = None
    tc: int | None = None
    protocol: int | None = None
    """The T of the byte TD, 0 to 15, which announces another group; None in the last group."""


@dataclass(frozen=True, slots=True)
class Atr:
    """An answer to reset. Raises `FormatError` (``codec.atr``) for what cannot be one."""

    groups: tuple[InterfaceBytes, ...]
    """At least one; every group but the last has a protocol."""

    historical: bytes
    """0 to 15 bytes."""

    inverse: bool = False
    """The convention of the bits on the line."""

    def __post_init__(self) -> None:
        more = [group.protocol is not None for group in self.groups]
        limits = [(item, 0xFF) for g in self.groups for item in (g.ta, g.tb, g.tc)]
        limits += [(group.protocol, 0x0F) for group in self.groups]
        chain = more[-1:] == [False] and all(more[:-1])
        fits = all(item is None or 0 <= item <= most for item, most in limits)
        if not (chain and fits and len(self.historical) <= _MAX_HISTORICAL):
            raise FormatError("codec.atr", size=0)
        if len(self.to_bytes()) > _MAX:
            raise FormatError("codec.atr", size=len(self.to_bytes()))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Atr":
        """Read an answer to reset with its check byte. Raises `FormatError` (``codec.atr``)."""
        data = bytes(data)
        if len(data) not in range(2, _MAX + 1) or data[0] not in (_DIRECT, _INVERSE):
            raise FormatError("codec.atr", size=len(data))
        groups, place = _read_groups(data)
        historical = data[place : place + (data[1] & 0x0F)]
        made = cls(groups, historical, data[0] == _INVERSE)
        if made.to_bytes() != data:  # too short, too long, or a wrong check byte
            raise FormatError("codec.atr", size=len(data))
        return made

    def to_bytes(self) -> bytes:
        """Return the answer to reset as the card sends it, with the check byte it needs."""
        body = [_presence(self.groups[0]) << 4 | len(self.historical)]
        for group, following in zip(self.groups, (*self.groups[1:], None), strict=True):
            body += [item for item in (group.ta, group.tb, group.tc) if item is not None]
            if following is not None:
                body.append(_presence(following) << 4 | (group.protocol or 0))
        body += self.historical
        if self.protocols != (0,):
            body.append(reduce(xor, body))
        return bytes((_INVERSE if self.inverse else _DIRECT, *body))

    @property
    def protocols(self) -> tuple[int, ...]:
        """The T values offered, each once, in their order; T=0 alone when none is written.

        T=15 is not a protocol, but stands here when the card gives global interface bytes.
        """
        found = [group.protocol for group in self.groups if group.protocol is not None]
        return tuple(dict.fromkeys(found)) or (0,)

    @property
    def rate(self) -> tuple[int, int] | None:
        """The F and D of TA1 (372 and 1 when absent); None for reserved values."""
        coded = 0x11 if self.groups[0].ta is None else self.groups[0].ta
        f, d = _F[coded >> 4], _D[coded & 0x0F]
        return None if f is None or d is None else (f, d)


def _presence(group: InterfaceBytes) -> int:
    written = (group.ta, group.tb, group.tc, group.protocol)
    return sum(1 << bit for bit, item in enumerate(written) if item is not None)


def _read_groups(data: bytes) -> tuple[tuple[InterfaceBytes, ...], int]:
    """Read the interface bytes; return them and the place after them."""
    groups, place, present = [], 2, data[1] >> 4
    while True:
        values: list[int | None] = []
        for bit in range(4):
            here = present >> bit & 1
            if here and place >= len(data):
                raise FormatError("codec.atr", size=len(data))
            values.append(data[place] if here else None)
            place += here
        ta, tb, tc, td = values
        groups.append(InterfaceBytes(ta, tb, tc, None if td is None else td & 0x0F))
        if td is None:
            return tuple(groups), place
        present = td >> 4
