# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""BER lengths, and the few ASN.1 values of card files: INTEGER, BIT STRING, UTF8String (X.690).

>>> read_integer(bytes.fromhex("0081")), write_integer(0x81).hex()
(129, '0081')
>>> bin(read_bits(bytes.fromhex("062040"))), write_bits(0b1000000100).hex()
('0b1000000100', '062040')
"""

from mmap import mmap

from caducee.base.errors import FormatError

__all__ = [
    "read_bits",
    "read_integer",
    "read_label",
    "read_length",
    "read_reference",
    "read_text",
    "write_bits",
    "write_integer",
    "write_length",
]

_MAX_BYTES = 16
_MAX_LENGTH_BYTES = 4


def read_length(data: bytes | mmap, offset: int) -> tuple[int, int]:
    """Return a definite length and the offset after it (X.690 section 8.1.3).

    Raises `FormatError` (``codec.tlv_truncated``, ``codec.tlv_length``).
    """
    if offset >= len(data):
        raise FormatError("codec.tlv_truncated", offset=offset)
    size, end = data[offset], offset + 1
    if size < 0x80:
        return size, end
    start, end = end, end + (size & 0x7F)
    if not start < end <= start + _MAX_LENGTH_BYTES:
        raise FormatError("codec.tlv_length", offset=offset)
    if end > len(data):
        raise FormatError("codec.tlv_truncated", offset=len(data))
    return int.from_bytes(data[start:end]), end


def write_length(size: int, count: int = 0) -> bytes:
    """Return a definite length in its shortest form, or in ``count`` bytes after the first."""
    if size < 0x80 and not count:
        return bytes((size,))
    count = count or (size.bit_length() + 7) // 8
    return bytes((0x80 | count,)) + size.to_bytes(count)


def read_integer(value: bytes) -> int:
    """Return a signed INTEGER of 1 to 16 bytes. Raises `FormatError` (``codec.ber_integer``)."""
    if not 1 <= len(value) <= _MAX_BYTES:
        raise FormatError("codec.ber_integer", size=len(value))
    return int.from_bytes(value, signed=True)


def read_reference(value: bytes) -> int:
    """Return the INTEGER of a key or PIN reference, where a lone byte has no sign.

    Some cards write the reference byte 81 as it is, others as 00 81 (PKCS#15 v1.1 section 6.1.8).
    Raises `FormatError` (``codec.ber_integer``), also for other negative numbers.
    """
    if len(value) == 1:
        return value[0]
    found = read_integer(value)
    if found < 0:
        raise FormatError("codec.ber_integer", size=len(value))
    return found


def write_integer(number: int) -> bytes:
    """Return the shortest INTEGER of a number. Raises `FormatError` above 16 bytes."""
    size = (number if number >= 0 else ~number).bit_length() // 8 + 1
    if size > _MAX_BYTES:
        raise FormatError("codec.ber_integer", size=size)
    return number.to_bytes(size, signed=True)


def read_bits(value: bytes) -> int:
    """Return a BIT STRING as a number in which bit n of the string weighs 2 to the n.

    Unused bits are not looked at. Raises `FormatError` (``codec.ber_bits``).
    """
    if not 1 <= len(value) <= _MAX_BYTES or value[0] > (7 if len(value) > 1 else 0):
        raise FormatError("codec.ber_bits", size=len(value))
    count = 8 * (len(value) - 1)
    text = f"{int.from_bytes(value[1:]):0{count}b}" if count else ""
    return int("0" + text[: count - value[0]][::-1], 2)


def write_bits(flags: int) -> bytes:
    """Return the shortest BIT STRING of such a number (X.690 section 11.2.2).

    Raises `FormatError` (``codec.ber_bits``) for a negative one or more than 120 bits.
    """
    count = (flags.bit_length() + 7) // 8
    if flags < 0 or count >= _MAX_BYTES:
        raise FormatError("codec.ber_bits", size=count)
    if not flags:
        return b"\x00"
    text = f"{flags:0{8 * count}b}"[::-1]
    return bytes((8 * count - flags.bit_length(),)) + int(text, 2).to_bytes(count)


def read_text(value: bytes) -> str:
    """Return a UTF8String. Raises `FormatError` (``codec.ber_text``)."""
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise FormatError("codec.ber_text", offset=error.start) from None


def read_label(value: bytes) -> str:
    """Return a text that is shown to people: UTF-8, or ISO-8859-1 as old cards may have it."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("iso-8859-1")
