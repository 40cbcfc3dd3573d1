# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What all PKCS#15 values have in common, and the ASN.1 pieces they are made of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Self

from caducee.base.errors import FormatError
from caducee.codec import ber, tlv
from caducee.codec.ber import write_bits, write_integer
from caducee.codec.tlv import Tlv
from caducee.spec.tags import Universal


@dataclass(frozen=True, slots=True)
class Pkcs15Record:
    """The object that a value was read from; two values are equal when these are."""

    TAGS: ClassVar[tuple[int, ...]] = (Universal.SEQUENCE,)

    tlv: Tlv = field(repr=False)
    """The object as it is written."""

    @classmethod
    def accepts(cls, tag: int) -> bool:
        """Tell whether an object with this tag is such a value."""
        return tag in cls.TAGS

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read exactly one such value. Raises `FormatError` (``codec.*``)."""
        return cls(Tlv.from_bytes(data))

    def to_bytes(self) -> bytes:
        """Return the value as it is written."""
        return self.tlv.to_bytes()

    def open_as_kind(self) -> tuple[Tlv, ...]:
        """Return the objects inside. Raises `FormatError` (``codec.pkcs15_kind``)."""
        if not self.accepts(self.tlv.tag):
            raise FormatError("codec.pkcs15_kind", tag=f"{self.tlv.tag:02X}")
        return self.tlv.children()

    def set_fields(self, **fields: object) -> None:
        """Set what was read; for ``__post_init__`` alone."""
        for name, value in fields.items():
            object.__setattr__(self, name, value)


def read_label(items: Iterable[Tlv]) -> str | None:
    """Return the first text among the objects, if there is one."""
    found = tlv.first_value(items, Universal.UTF8_STRING)
    return None if found is None else ber.read_label(found)


def read_path(items: Iterable[Tlv]) -> bytes | None:
    """Return the first path among the objects (section 6.1.5), if there is one."""
    found = tlv.first(items, Universal.SEQUENCE)
    return None if found is None else tlv.first_value(found.children(), Universal.OCTET_STRING)


def integer(number: int) -> Tlv:
    """Return an INTEGER."""
    return Tlv(Universal.INTEGER, write_integer(number))


def bit_string(flags: int) -> Tlv:
    """Return a BIT STRING."""
    return Tlv(Universal.BIT_STRING, write_bits(flags))


def one_byte(number: int) -> bytes:
    """Return a byte. Raises `FormatError` for what is none."""
    if not 0 <= number <= 0xFF:
        raise FormatError("codec.ber_integer", size=2)
    return bytes((number,))


def path_value(path: bytes) -> Tlv:
    """Return a Path (section 6.1.5)."""
    return Tlv.build(Universal.SEQUENCE, Tlv(Universal.OCTET_STRING, path))


def given(tag: int, value: bytes | None) -> list[Tlv]:
    """Return the object, or nothing without a value."""
    return [] if value is None else [Tlv(tag, value)]
