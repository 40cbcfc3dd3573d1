# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of attributes, as we hold them and as a caller's memory does.

A CK_ULONG has the width of the caller, which the application reported when it attached.
"""

import datetime as dt

from caducee.spec.pkcs11 import UNAVAILABLE

__all__ = ["Value", "date_of", "encoded", "flag_of", "number_of", "numbers_of"]

type Value = bool | int | str | bytes | tuple[int, ...]
"""CK_BBOOL, CK_ULONG, UTF-8 text, bytes, or an array of CK_ULONG."""


def encoded(value: Value, ulong_size: int) -> bytes:
    """Return a value as a caller with that ``sizeof(CK_ULONG)`` holds it.

    >>> encoded(True, 8), encoded(3, 4), encoded("CPS", 8)
    (b'\\x01', b'\\x03\\x00\\x00\\x00', b'CPS')
    """
    match value:
        case bool():
            return b"\x01" if value else b"\x00"
        case int():
            return _number(value, ulong_size)
        case str():
            return value.encode()
        case bytes():
            return value
        case _:
            return b"".join(_number(item, ulong_size) for item in value)


def _number(value: int, size: int) -> bytes:
    if value == UNAVAILABLE:
        return b"\xff" * size
    return value.to_bytes(size, "little")


def number_of(value: bytes, ulong_size: int) -> int | None:
    """Return the CK_ULONG in a caller's value; None when it is none."""
    return int.from_bytes(value, "little") if len(value) == ulong_size else None


def numbers_of(value: bytes, ulong_size: int) -> tuple[int, ...] | None:
    """Return the array of CK_ULONG in a caller's value; None when it is none."""
    if len(value) % ulong_size:
        return None
    places = range(0, len(value), ulong_size)
    return tuple(int.from_bytes(value[place : place + ulong_size], "little") for place in places)


def flag_of(value: bytes) -> bool | None:
    """Return the CK_BBOOL in a caller's value; None when it is none."""
    return bool(value[0]) if len(value) == 1 and value[0] in (0, 1) else None


def date_of(moment: dt.datetime) -> bytes:
    """Return a CK_DATE: eight digits.

    >>> date_of(dt.datetime(2026, 1, 15, tzinfo=dt.UTC))
    b'20260115'
    """
    return moment.strftime("%Y%m%d").encode()
