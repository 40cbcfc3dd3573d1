# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""File control parameters, the answer to SELECT (ISO/IEC 7816-4 sections 5.3.3, 5.4.3.1).

>>> fcp = Fcp.from_bytes(bytes.fromhex("6212 8002000C 820101 8302D003 A1058C0303FF00"))
>>> fcp.size, hex(fcp.file_id or 0), fcp.condition(EfMode.READ), fcp.condition(EfMode.UPDATE)
(12, '0xd003', 0, 255)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from caducee.base.errors import FormatError
from caducee.codec import tlv
from caducee.codec.tlv import Tlv
from caducee.spec.access import EfMode
from caducee.spec.tags import FcpTag

__all__ = ["AccessRule", "EfMode", "Fcp", "read_rules", "write_rules"]

_TEMPLATES = (FcpTag.FCP, FcpTag.FMD, FcpTag.FCI)
_LIMITS = {
    FcpTag.SIZE: (1, 4),
    FcpTag.DESCRIPTOR: (1, 6),
    FcpTag.FILE_ID: (2, 2),
    FcpTag.NAME: (1, 16),
    FcpTag.SHORT_ID: (0, 1),
    FcpTag.LIFE_CYCLE: (1, 1),
}
_DF_DESCRIPTOR = 0x38
_EF_TRANSPARENT = 0x01
_ACTIVATED = 0x05
_MODES = 7


@dataclass(frozen=True, slots=True)
class AccessRule:
    """A compact access rule: which modes it is about, and the condition of each."""

    modes: int
    """A byte of bits, e.g. of `EfMode`; bit 8 marks modes of other commands."""

    conditions: tuple[int, ...]
    """One byte for each of the seven low bits that is set, from the highest down."""

    def __post_init__(self) -> None:
        counted = (self.modes & 0x7F).bit_count()
        if not 0 <= self.modes <= 0xFF or counted != len(self.conditions):
            raise FormatError("codec.fcp_access", size=len(self.conditions))
        if not all(0 <= condition <= 0xFF for condition in self.conditions):
            raise FormatError("codec.fcp_access", size=len(self.conditions))

    def condition(self, mode: int) -> int | None:
        """Return the condition of one mode bit; None when the rule does not speak of it."""
        set_bits = [1 << bit for bit in reversed(range(_MODES)) if self.modes >> bit & 1]
        return dict(zip(set_bits, self.conditions, strict=True)).get(int(mode))


def read_rules(data: bytes) -> tuple[AccessRule, ...]:
    """Read compact access rules standing one after the other.

    Raises `FormatError` (``codec.fcp_access``).
    """
    found, place = [], 0
    while place < len(data):
        end = place + 1 + (data[place] & 0x7F).bit_count()
        found.append(AccessRule(data[place], tuple(data[place + 1 : end])))
        place = end
    return tuple(found)


def write_rules(rules: Iterable[AccessRule]) -> bytes:
    """Return compact access rules as they are written."""
    return b"".join(bytes((rule.modes, *rule.conditions)) for rule in rules)


@dataclass(frozen=True, slots=True)
class Fcp:
    """What a card says of a file. What is not known stays in ``tlv``.

    Raises `FormatError` (``codec.fcp_*``, ``codec.tlv_*``).
    """

    tlv: Tlv = field(repr=False)
    """The object as it is written: 62, 64 or 6F."""

    size: int | None = field(init=False, compare=False)
    """Bytes of an elementary file."""

    descriptor: bytes | None = field(init=False, compare=False)
    file_id: int | None = field(init=False, compare=False)
    name: bytes | None = field(init=False, compare=False)
    """The application identifier of a folder."""

    short_id: int | None = field(init=False, compare=False)
    """1 to 30; None when absent or when the file has none."""

    life_cycle: int | None = field(init=False, compare=False)
    rules: tuple[AccessRule, ...] = field(init=False, compare=False)
    """The access rules for the contact face."""

    def __post_init__(self) -> None:
        if self.tlv.tag not in _TEMPLATES:
            raise FormatError("codec.fcp_template", tag=f"{self.tlv.tag:02X}")
        items = self.tlv.children()
        short_id = _number(items, FcpTag.SHORT_ID)
        fields = {
            "size": _number(items, FcpTag.SIZE),
            "descriptor": _value(items, FcpTag.DESCRIPTOR),
            "file_id": _number(items, FcpTag.FILE_ID),
            "name": _value(items, FcpTag.NAME),
            "short_id": None if not short_id else short_id >> 3,
            "life_cycle": _number(items, FcpTag.LIFE_CYCLE),
            "rules": _rules(items),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read exactly one object. Raises `FormatError`."""
        return cls(Tlv.from_bytes(data))

    def to_bytes(self) -> bytes:
        """Return the object as it is written."""
        return self.tlv.to_bytes()

    @classmethod
    def ef(
        cls,
        file_id: int,
        size: int,
        rules: Iterable[AccessRule],
        *,
        short_id: int = 0,
        template: int = FcpTag.FCP,
    ) -> Self:
        """Make the parameters of a transparent file; ``short_id`` 0 means none."""
        return cls(
            Tlv.build(
                template,
                _fixed(FcpTag.SIZE, size, 2),
                Tlv(FcpTag.DESCRIPTOR, bytes((_EF_TRANSPARENT,))),
                _fixed(FcpTag.FILE_ID, file_id, 2),
                _fixed(FcpTag.SHORT_ID, short_id << 3, 1 if short_id else 0),
                _access(rules),
                Tlv(FcpTag.LIFE_CYCLE, bytes((_ACTIVATED,))),
            )
        )

    @classmethod
    def df(
        cls,
        file_id: int,
        rules: Iterable[AccessRule],
        *,
        name: bytes | None = None,
        template: int = FcpTag.FCP,
    ) -> Self:
        """Make the parameters of a folder; ``name`` is its application identifier."""
        return cls(
            Tlv.build(
                template,
                Tlv(FcpTag.DESCRIPTOR, bytes((_DF_DESCRIPTOR,))),
                _fixed(FcpTag.FILE_ID, file_id, 2),
                *([] if name is None else [Tlv(FcpTag.NAME, name)]),
                Tlv(FcpTag.LIFE_CYCLE, bytes((_ACTIVATED,))),
                _access(rules),
            )
        )

    @property
    def is_df(self) -> bool:
        """Whether the file is a folder (descriptor 38 under the shareable bit)."""
        return self.descriptor is not None and self.descriptor[0] & 0xBF == _DF_DESCRIPTOR

    def condition(self, mode: int) -> int | None:
        """Return the condition of one mode bit, from the first rule that speaks of it."""
        found = (rule.condition(mode) for rule in self.rules if not rule.modes & 0x80)
        return next((item for item in found if item is not None), None)


def _fixed(tag: FcpTag, number: int, size: int) -> Tlv:
    if not 0 <= number < 1 << 8 * size:
        raise FormatError("codec.fcp_value", tag=f"{tag:02X}", size=size)
    return Tlv(tag, number.to_bytes(size))


def _access(rules: Iterable[AccessRule]) -> Tlv:
    return Tlv.build(FcpTag.SECURITY, Tlv(FcpTag.COMPACT_CONTACT, write_rules(rules)))


def _value(items: tuple[Tlv, ...], tag: FcpTag) -> bytes | None:
    value = tlv.first_value(items, tag)
    least, most = _LIMITS[tag]
    if value is not None and not least <= len(value) <= most:
        raise FormatError("codec.fcp_value", tag=f"{tag:02X}", size=len(value))
    return value


def _number(items: tuple[Tlv, ...], tag: FcpTag) -> int | None:
    value = _value(items, tag)
    return None if value is None else int.from_bytes(value)


def _rules(items: tuple[Tlv, ...]) -> tuple[AccessRule, ...]:
    security = tlv.first(items, FcpTag.SECURITY)
    inside = items if security is None else security.children()
    return read_rules(tlv.first_value(inside, FcpTag.COMPACT_CONTACT) or b"")
