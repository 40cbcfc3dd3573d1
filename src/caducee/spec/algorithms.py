# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Algorithm references of the cards, and the PKCS#11 mechanisms that TokenInfo names."""

from enum import IntEnum, unique

__all__ = ["Cps3Algorithm", "Cps4Algorithm", "Mechanism"]


@unique
class Cps3Algorithm(IntEnum):
    """References in MSE SET of a CPS3 (IAS-ECC 1.0.1; issuer's library, ``card-cps3.c``)."""

    AUTHENTICATE = 0x02
    """INTERNAL AUTHENTICATE: PKCS#1 v1.5 padding around the given DigestInfo."""

    HASH_SHA1 = 0x10
    SIGN_SHA1 = 0x12
    DECIPHER = 0x1A
    """RSA PKCS#1 v1.5; the card takes the padding off."""

    HASH_SHA256 = 0x40
    SIGN_SHA256 = 0x42


@unique
class Cps4Algorithm(IntEnum):
    """References in object 91 of MSE SET of a CPS4 (issuer's library, ``card-cps4.c``)."""

    SHA1_PKCS1 = 0x0A
    SHA1_PSS = 0x15
    SHA256_PKCS1 = 0x28
    SHA256_PSS = 0x2C


@unique
class Mechanism(IntEnum):
    """CKM numbers (PKCS#11 v2.20 section 12) in supportedAlgorithms."""

    RSA_PKCS = 0x0001
    SHA1_RSA_PKCS = 0x0006
    SHA256_RSA_PKCS = 0x0040
    SHA1 = 0x0220
    SHA256 = 0x0250
