# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The private extensions of card certificates: each the value of one DER object.

>>> PROFESSION.build("10").hex(), PROFESSION.read(bytes.fromhex("02010A"))
('02010a', '10')
"""

from collections.abc import Callable
from dataclasses import dataclass

from caducee.base.errors import FormatError
from caducee.codec.ber import read_integer, read_text, write_integer
from caducee.codec.tlv import Tlv, build, every, parse_all
from caducee.spec import oids
from caducee.spec.tags import Universal

__all__ = [
    "CARD_ID",
    "CARD_TYPE",
    "FUTURE_PROFESSION",
    "PRODUCT_CATEGORY",
    "PROFESSION",
    "SPECIALTIES",
    "CardExtension",
]


@dataclass(frozen=True, slots=True)
class CardExtension[T]:
    """One kind of extension: its OID, and the type and value of its object."""

    oid: str
    tag: Universal
    decode: Callable[[bytes], T]
    encode: Callable[[T], bytes]

    def read(self, content: bytes, *, strict: bool = True) -> T:
        """Return the value; not ``strict``: also of another type, or the first of several.

        Raises `FormatError` (``codec.tlv_*``, ``codec.ber_*``).
        """
        item = Tlv.from_bytes(content)
        if item.tag != self.tag:
            if strict:
                raise FormatError("codec.tlv_tag", offset=0)
            item = next(iter(item.children()), item) if item.constructed else item
        if not item.value and item.tag != Universal.SEQUENCE:
            raise FormatError("codec.tlv_length", offset=1)
        return self.decode(item.value)

    def build(self, value: T) -> bytes:
        """Return the content of the extension (extnValue)."""
        return Tlv(self.tag, self.encode(value)).to_bytes()


def _read_printable(value: bytes) -> str:
    if not (value.isascii() and value.decode().isprintable()):
        raise FormatError("codec.ber_text", offset=0)
    return value.decode()


def _read_texts(value: bytes) -> tuple[str, ...]:
    return tuple(read_text(it.value) for it in every(parse_all(value), Universal.UTF8_STRING))


def _write_texts(values: tuple[str, ...]) -> bytes:
    return build(*(Tlv(Universal.UTF8_STRING, text.encode()) for text in values))


def _profession(oid: str) -> CardExtension[str]:
    """The code is an INTEGER in certificates, and two digits everywhere else."""
    return CardExtension(
        oid,
        Universal.INTEGER,
        lambda value: f"{read_integer(value):02d}",
        lambda code: write_integer(int(code)),
    )


PRODUCT_CATEGORY = CardExtension(
    oids.PRODUCT_CATEGORY,
    Universal.OCTET_STRING,
    lambda value: int.from_bytes(value[:4]),
    lambda code: bytes((code,)),
)
CARD_TYPE = CardExtension(oids.CARD_TYPE, Universal.INTEGER, read_integer, write_integer)
CARD_ID = CardExtension(oids.CARD_ID, Universal.PRINTABLE_STRING, _read_printable, str.encode)
PROFESSION = _profession(oids.PROFESSION)
FUTURE_PROFESSION = _profession(oids.FUTURE_PROFESSION)
SPECIALTIES = CardExtension(oids.SPECIALTIES, Universal.SEQUENCE, _read_texts, _write_texts)
