# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Digits and dates, two digits a byte.

An odd number of digits ends with the filler F, as in EF.SN.ICC. Dates are YYYYMMDD, moments
YYYYMMDDhhmmss in UTC.

>>> to_bcd("29009").hex(), from_bcd(bytes.fromhex("29009F"))
('29009f', '29009')
>>> date_from_bcd(bytes.fromhex("20260115"))
datetime.date(2026, 1, 15)
"""

import datetime as dt

from caducee.base.errors import FormatError

__all__ = [
    "date_from_bcd",
    "date_to_bcd",
    "from_bcd",
    "moment_from_bcd",
    "moment_to_bcd",
    "to_bcd",
]

_DATE_BYTES = 4
_MOMENT_BYTES = 7
_FILLER = "f"


def to_bcd(digits: str) -> bytes:
    """Return digits two a byte, with the filler F after an odd number of them.

    Raises `FormatError` (``codec.bcd_digits``) for anything but the digits 0 to 9.
    """
    if digits and not (digits.isascii() and digits.isdecimal()):
        raise FormatError("codec.bcd_digits", size=len(digits))
    return bytes.fromhex(digits + _FILLER * (len(digits) % 2))


def from_bcd(data: bytes) -> str:
    """Return the digits; one filler F may end them. Raises `FormatError` (``codec.bcd_digits``)."""
    digits = data.hex().removesuffix(_FILLER)
    if digits and not digits.isdecimal():
        raise FormatError("codec.bcd_digits", size=len(data))
    return digits


def date_to_bcd(day: dt.date) -> bytes:
    """Return a date in 4 bytes."""
    return bytes.fromhex(f"{day.year:04d}{day.month:02d}{day.day:02d}")


def date_from_bcd(data: bytes) -> dt.date:
    """Read a date of 4 bytes. Raises `FormatError` (``codec.bcd_date``)."""
    if len(data) != _DATE_BYTES:
        raise FormatError("codec.bcd_date", size=len(data))
    return _moment(data + b"\x00\x00\x00").date()


def moment_to_bcd(moment: dt.datetime) -> bytes:
    """Return an aware moment in 7 bytes, to the second below.

    Raises `FormatError` (``codec.bcd_date``) for a moment without a time zone.
    """
    if moment.tzinfo is None:
        raise FormatError("codec.bcd_date", size=0)
    return bytes.fromhex(f"{moment.astimezone(dt.UTC):%Y%m%d%H%M%S}".rjust(14, "0"))


def moment_from_bcd(data: bytes) -> dt.datetime:
    """Read a moment of 7 bytes, in UTC. Raises `FormatError` (``codec.bcd_date``)."""
    if len(data) != _MOMENT_BYTES:
        raise FormatError("codec.bcd_date", size=len(data))
    return _moment(data)


def _moment(data: bytes) -> dt.datetime:
    digits = data.hex()
    try:
        month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(4, 14, 2))
        return dt.datetime(int(digits[:4]), month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        raise FormatError("codec.bcd_date", size=len(data)) from None
