# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The BER of LDAP (RFC 4511 section 5.1): one-byte tags, definite lengths, nothing else.

That is so much less than `caducee.codec.tlv` takes that a pair of tag and value is enough; a
server reads fifteen of them for one search.
"""

from functools import lru_cache

from caducee.base.errors import FormatError
from caducee.codec.ber import read_length, write_length

__all__ = [
    "BOOLEAN",
    "ENUMERATED",
    "INTEGER",
    "OCTETS",
    "SEQUENCE",
    "SET",
    "Element",
    "boolean",
    "element",
    "elements",
    "head",
    "integer",
    "number_of",
    "text_of",
    "total_size",
    "truth_of",
]

type Element = tuple[int, bytes]

BOOLEAN, INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x0A, 0x30, 0x31
_MAX_INTEGER = 0x7FFFFFFF
"""maxInt of RFC 4511 section 4.1.1."""


def elements(data: bytes) -> list[Element]:
    """Read elements until the end. Raises `FormatError` (``ldap.element``)."""
    found: list[Element] = []
    place, end = 0, len(data)
    while place < end:
        tag = data[place]
        if place + 1 >= end or tag & 0x1F == 0x1F:
            raise FormatError("ldap.element", offset=place)
        size, start = data[place + 1], place + 2
        if size >= 0x80:
            try:
                size, start = read_length(data, place + 1)
            except FormatError:
                raise FormatError("ldap.element", offset=place) from None
        place = start + size
        if place > end:
            raise FormatError("ldap.element", offset=start)
        found.append((tag, data[start:place]))
    return found


def total_size(head: bytes) -> int | None:
    """Return the size of the SEQUENCE that begins so, ``None`` when the head is not whole.

    Raises `FormatError` (``ldap.element``) when it is not a SEQUENCE of a definite length.
    """
    if head and head[0] != SEQUENCE:
        raise FormatError("ldap.element", offset=0)
    try:
        size, start = read_length(head, 1)
    except FormatError as error:
        if error.code == "codec.tlv_truncated":
            return None
        raise FormatError("ldap.element", offset=1) from None
    return start + size


def element(tag: int, *parts: bytes) -> bytes:
    """Write one element with the shortest length."""
    value = b"".join(parts)
    return head(tag, len(value)) + value


@lru_cache(maxsize=4096)
def head(tag: int, size: int) -> bytes:
    """Write what stands before the content of an element."""
    return bytes((tag,)) + write_length(size)


def integer(number: int, tag: int = INTEGER) -> bytes:
    """Write an INTEGER or ENUMERATED from 0 to maxInt; else `FormatError`."""
    if not 0 <= number <= _MAX_INTEGER:
        raise FormatError("ldap.structure", part="number")
    return element(tag, number.to_bytes(number.bit_length() // 8 + 1))


def boolean(value: bool, tag: int = BOOLEAN) -> bytes:
    """Write a BOOLEAN; true is FF."""
    return element(tag, b"\xff" if value else b"\x00")


def number_of(item: Element, tag: int, part: str) -> int:
    """Return a number from 0 to maxInt. Raises `FormatError` (``ldap.structure``)."""
    if item[0] != tag or not 1 <= len(item[1]) <= 5:
        raise FormatError("ldap.structure", part=part)
    number = int.from_bytes(item[1], signed=True)
    if not 0 <= number <= _MAX_INTEGER:
        raise FormatError("ldap.structure", part=part)
    return number


def truth_of(item: Element, tag: int, part: str) -> bool:
    """Return a BOOLEAN; as all LDAP servers do, any byte but 00 is true."""
    if item[0] != tag or len(item[1]) != 1:
        raise FormatError("ldap.structure", part=part)
    return item[1] != b"\x00"


def text_of(item: Element, tag: int, part: str) -> str:
    """Return an LDAPString. Raises `FormatError` (``ldap.structure``)."""
    try:
        if item[0] == tag:
            return item[1].decode()
    except UnicodeDecodeError:
        pass
    raise FormatError("ldap.structure", part=part)
