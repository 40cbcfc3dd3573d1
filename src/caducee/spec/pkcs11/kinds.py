# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Classes and kinds: CKO, CKK, CKC, CKH, CKU, CKS of PKCS#11 2.40 and 3.0 (header pkcs11t.h)."""

from enum import IntEnum, unique

__all__ = ["Ckc", "Ckh", "Ckk", "Cko", "Cks", "Cku"]


@unique
class Cko(IntEnum):
    """Classes of objects."""

    DATA = 0
    CERTIFICATE = 1
    PUBLIC_KEY = 2
    PRIVATE_KEY = 3
    SECRET_KEY = 4
    HW_FEATURE = 5
    DOMAIN_PARAMETERS = 6
    MECHANISM = 7
    OTP_KEY = 8
    PROFILE = 9


@unique
class Ckk(IntEnum):
    """Types of keys."""

    RSA = 0x00
    DSA = 0x01
    DH = 0x02
    EC = 0x03
    X9_42_DH = 0x04
    KEA = 0x05
    GENERIC_SECRET = 0x10
    RC2 = 0x11
    RC4 = 0x12
    DES = 0x13
    DES2 = 0x14
    DES3 = 0x15
    CAST = 0x16
    CAST3 = 0x17
    CAST128 = 0x18
    RC5 = 0x19
    IDEA = 0x1A
    SKIPJACK = 0x1B
    BATON = 0x1C
    JUNIPER = 0x1D
    CDMF = 0x1E
    AES = 0x1F
    BLOWFISH = 0x20
    TWOFISH = 0x21
    SECURID = 0x22
    HOTP = 0x23
    ACTI = 0x24
    CAMELLIA = 0x25
    ARIA = 0x26
    MD5_HMAC = 0x27
    SHA_1_HMAC = 0x28
    RIPEMD128_HMAC = 0x29
    RIPEMD160_HMAC = 0x2A
    SHA256_HMAC = 0x2B
    SHA384_HMAC = 0x2C
    SHA512_HMAC = 0x2D
    SHA224_HMAC = 0x2E
    SEED = 0x2F
    GOSTR3410 = 0x30
    GOSTR3411 = 0x31
    GOST28147 = 0x32
    CHACHA20 = 0x33
    POLY1305 = 0x34
    SALSA20 = 0x3E
    EC_EDWARDS = 0x40
    EC_MONTGOMERY = 0x41


@unique
class Ckc(IntEnum):
    """Types of certificates."""

    X_509 = 0
    X_509_ATTR_CERT = 1
    WTLS = 2


@unique
class Ckh(IntEnum):
    """Types of hardware features."""

    MONOTONIC_COUNTER = 1
    CLOCK = 2
    USER_INTERFACE = 3


@unique
class Cku(IntEnum):
    """Who logs in."""

    SO = 0
    USER = 1
    CONTEXT_SPECIFIC = 2


@unique
class Cks(IntEnum):
    """States of a session."""

    RO_PUBLIC_SESSION = 0
    RO_USER_FUNCTIONS = 1
    RW_PUBLIC_SESSION = 2
    RW_USER_FUNCTIONS = 3
    RW_SO_FUNCTIONS = 4
