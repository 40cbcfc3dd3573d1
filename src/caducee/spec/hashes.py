# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Hash functions: their object identifiers and sizes (RFC 8017 appendix B.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["HASHES", "HashFunction"]


@dataclass(frozen=True, slots=True)
class HashFunction:
    """What is known of one hash function."""

    oid: bytes
    """Content of its OBJECT IDENTIFIER."""

    size: int
    """Bytes of a digest."""


_NIST: Final = bytes.fromhex("60 86 48 01 65 03 04 02")

HASHES: Final[Mapping[str, HashFunction]] = {
    "sha1": HashFunction(bytes.fromhex("2B 0E 03 02 1A"), 20),
    "sha224": HashFunction(_NIST + b"\x04", 28),
    "sha256": HashFunction(_NIST + b"\x01", 32),
    "sha384": HashFunction(_NIST + b"\x02", 48),
    "sha512": HashFunction(_NIST + b"\x03", 64),
}
"""By the name that hashlib and ``cryptography`` use."""
