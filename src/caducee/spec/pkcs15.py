# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Kinds and flags of PKCS#15 v1.1; section numbers are that document's.

Bit n of an ASN.1 BIT STRING weighs 2 to the n here. Bits without a name are kept.
"""

from enum import IntEnum, IntFlag, unique

__all__ = [
    "DirectoryKind",
    "KeyAccess",
    "KeyUsage",
    "ObjectFlags",
    "Operations",
    "PinFlags",
    "PinType",
    "TokenFlags",
]


@unique
class DirectoryKind(IntEnum):
    """The directory files that an ODF names (section 6.2)."""

    PRIVATE_KEYS = 0xA0
    PUBLIC_KEYS = 0xA1
    TRUSTED_PUBLIC_KEYS = 0xA2
    SECRET_KEYS = 0xA3
    CERTIFICATES = 0xA4
    TRUSTED_CERTIFICATES = 0xA5
    USEFUL_CERTIFICATES = 0xA6
    DATA_OBJECTS = 0xA7
    AUTHENTICATION_OBJECTS = 0xA8


class ObjectFlags(IntFlag):
    """What may be done with an object (section 6.1.8)."""

    NONE = 0
    PRIVATE = 1
    MODIFIABLE = 2


class KeyUsage(IntFlag):
    """What a key is for (section 6.1.9, KeyUsageFlags)."""

    ENCRYPT = 1
    DECRYPT = 2
    SIGN = 4
    SIGN_RECOVER = 8
    WRAP = 0x10
    UNWRAP = 0x20
    VERIFY = 0x40
    VERIFY_RECOVER = 0x80
    DERIVE = 0x100
    NON_REPUDIATION = 0x200


class KeyAccess(IntFlag):
    """How a key is kept (section 6.1.9, KeyAccessFlags)."""

    SENSITIVE = 1
    EXTRACTABLE = 2
    ALWAYS_SENSITIVE = 4
    NEVER_EXTRACTABLE = 8
    LOCAL = 0x10


class PinFlags(IntFlag):
    """What holds for a PIN (section 6.9.1, PinFlags)."""

    CASE_SENSITIVE = 1
    LOCAL = 2
    CHANGE_DISABLED = 4
    UNBLOCK_DISABLED = 8
    INITIALIZED = 0x10
    NEEDS_PADDING = 0x20
    UNBLOCKING_PIN = 0x40
    SO_PIN = 0x80
    DISABLE_ALLOWED = 0x100
    INTEGRITY_PROTECTED = 0x200
    CONFIDENTIALITY_PROTECTED = 0x400
    EXCHANGE_REFERENCE_DATA = 0x800


@unique
class PinType(IntEnum):
    """How a PIN is written (section 6.9.1). Other values stay plain numbers."""

    BCD = 0
    ASCII_NUMERIC = 1
    UTF8 = 2
    HALF_NIBBLE_BCD = 3
    ISO9564_1 = 4


class TokenFlags(IntFlag):
    """What holds for the token (section 6.10)."""

    READ_ONLY = 1
    LOGIN_REQUIRED = 2
    PRN_GENERATION = 4
    EID_COMPLIANT = 8


class Operations(IntFlag):
    """What an algorithm does on the card (section 6.10)."""

    COMPUTE_CHECKSUM = 1
    COMPUTE_SIGNATURE = 2
    VERIFY_CHECKSUM = 4
    VERIFY_SIGNATURE = 8
    ENCIPHER = 0x10
    DECIPHER = 0x20
    HASH = 0x40
    GENERATE_KEY = 0x80
