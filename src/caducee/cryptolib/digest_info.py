# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""DigestInfo, the block that PKCS#1 v1.5 pads (RFC 8017 section 9.2, note 1)."""

from cryptography.hazmat.primitives import hashes

from caducee.base.errors import CardError
from caducee.codec.tlv import Tlv
from caducee.spec.hashes import HASHES
from caducee.spec.tags import Universal

__all__ = ["check_digest", "digest_info", "hash_object"]


def digest_info(digest: bytes, algorithm: str) -> bytes:
    """Return the DigestInfo of a digest; ``algorithm`` as hashlib spells it, e.g. ``sha256``.

    Raises `CardError`: ``cryptolib.hash_not_supported``, ``cryptolib.digest_invalid``.

    >>> digest_info(bytes(20), "sha1").hex()[:30]
    '3021300906052b0e03021a05000414'
    """
    check_digest(digest, algorithm)
    oid = Tlv(Universal.OBJECT_IDENTIFIER, HASHES[algorithm].oid)
    named = Tlv.build(Universal.SEQUENCE, oid, Tlv(Universal.NULL))
    whole = Tlv.build(Universal.SEQUENCE, named, Tlv(Universal.OCTET_STRING, digest))
    return whole.to_bytes()


def check_digest(digest: bytes, algorithm: str) -> None:
    """Refuse a digest that cannot be one of ``algorithm``; raises as `digest_info`."""
    if algorithm not in HASHES:
        raise CardError("cryptolib.hash_not_supported", hash=algorithm)
    size = HASHES[algorithm].size
    if len(digest) != size:
        raise CardError("cryptolib.digest_invalid", size=len(digest), expected=size, hash=algorithm)


def hash_object(algorithm: str) -> hashes.HashAlgorithm:
    """Return a hash function of `caducee.spec.hashes` as ``cryptography`` takes it."""
    found: hashes.HashAlgorithm = getattr(hashes, algorithm.upper())()
    return found
