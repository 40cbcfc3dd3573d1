# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""DigestInfo, the block that PKCS#1 v1.5 pads (RFC 8017 section 9.2, note 1)."""

from caducee.base.errors import CardError

__all__ = ["check_digest", "digest_info"]

_PREFIXES = {
    "sha1": bytes.fromhex("30 21 30 09 06 05 2B0E03021A 05 00 04 14"),
    "sha224": bytes.fromhex("30 2D 30 0D 06 09 608648016503040204 05 00 04 1C"),
    "sha256": bytes.fromhex("30 31 30 0D 06 09 608648016503040201 05 00 04 20"),
    "sha384": bytes.fromhex("30 41 30 0D 06 09 608648016503040202 05 00 04 30"),
    "sha512": bytes.fromhex("30 51 30 0D 06 09 608648016503040203 05 00 04 40"),
}


def digest_info(digest: bytes, algorithm: str) -> bytes:
    """Return the DigestInfo of a digest; ``algorithm`` as hashlib spells it, e.g. ``sha256``.

    Raises `CardError`: ``cryptolib.hash_not_supported``, ``cryptolib.digest_invalid``.

    >>> digest_info(bytes(20), "sha1").hex()[:30]
    '3021300906052b0e03021a05000414'
    """
    check_digest(digest, algorithm)
    return _PREFIXES[algorithm] + digest


def check_digest(digest: bytes, algorithm: str) -> None:
    """Refuse a digest that cannot be one of ``algorithm``; raises as `digest_info`."""
    prefix = _PREFIXES.get(algorithm)
    if prefix is None:
        raise CardError("cryptolib.hash_not_supported", hash=algorithm)
    size = prefix[-1]
    if len(digest) != size:
        raise CardError("cryptolib.digest_invalid", size=len(digest), expected=size, hash=algorithm)
