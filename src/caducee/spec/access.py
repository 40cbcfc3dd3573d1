# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may do what: access modes and conditions (ISO/IEC 7816-4 section 5.4.3, IAS-ECC 1.0.1).

A compact access rule is a byte of modes and one byte of condition for each bit that is set, from
the highest down. Which bit means what depends on the kind of object.
"""

from enum import IntFlag, unique
from typing import Final

__all__ = ["ALWAYS", "NEVER", "USER_BY_FIRST_SE", "DfMode", "EfMode", "KeyMode", "PinMode"]

ALWAYS: Final = 0x00
NEVER: Final = 0xFF

USER_BY_FIRST_SE: Final = 0x11
"""After the PIN that security environment 1 names (bit 5 user authentication, low bits SE)."""


@unique
class EfMode(IntFlag):
    """Modes of an elementary file."""

    READ = 0x01
    UPDATE = 0x02
    WRITE = 0x04
    DEACTIVATE = 0x08
    ACTIVATE = 0x10
    TERMINATE = 0x20
    DELETE = 0x40


@unique
class DfMode(IntFlag):
    """Modes of a folder."""

    DELETE_CHILD = 0x01
    CREATE_EF = 0x02
    CREATE_DF = 0x04
    DEACTIVATE = 0x08
    ACTIVATE = 0x10
    TERMINATE = 0x20
    DELETE_SELF = 0x40


@unique
class PinMode(IntFlag):
    """Modes of a PIN object (IAS-ECC; card bytes, found by trial: map 67)."""

    GET = 0x01
    PUT = 0x02
    RESET = 0x04
    VERIFY = 0x20
    CHANGE = 0x40


@unique
class KeyMode(IntFlag):
    """Modes of a private key object (IAS-ECC; card bytes, found by trial: map 73)."""

    GET = 0x01
    PUT = 0x02
    GENERATE = 0x04
    DECIPHER = 0x10
    AUTHENTICATE = 0x20
    SIGN = 0x40
