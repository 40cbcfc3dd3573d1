# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Hash functions by all the names that standards give them: RFC 8017 appendix B.1, PKCS#11 2.40."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from caducee.spec.pkcs11 import Ckg, Ckm

__all__ = ["HASHES", "HashFunction"]


@dataclass(frozen=True, slots=True)
class HashFunction:
    """What is known of one hash function."""

    oid: bytes
    """Content of its OBJECT IDENTIFIER."""

    size: int
    """Bytes of a digest."""

    mechanism: Ckm
    mask: Ckg
    """MGF1 by this function."""


_NIST: Final = bytes.fromhex("60 86 48 01 65 03 04 02")

HASHES: Final[Mapping[str, HashFunction]] = {
    "sha1": HashFunction(bytes.fromhex("2B 0E 03 02 1A"), 20, Ckm.SHA_1, Ckg.MGF1_SHA1),
    "sha224": HashFunction(_NIST + b"\x04", 28, Ckm.SHA224, Ckg.MGF1_SHA224),
    "sha256": HashFunction(_NIST + b"\x01", 32, Ckm.SHA256, Ckg.MGF1_SHA256),
    "sha384": HashFunction(_NIST + b"\x02", 48, Ckm.SHA384, Ckg.MGF1_SHA384),
    "sha512": HashFunction(_NIST + b"\x03", 64, Ckm.SHA512, Ckg.MGF1_SHA512),
}
"""By the name that hashlib and ``cryptography`` use."""
