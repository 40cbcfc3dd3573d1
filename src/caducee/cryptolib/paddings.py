# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Paddings of RSA that a CPS4 leaves to its host (RFC 8017 sections 7.2, 9.1, 9.2)."""

import hashlib
import os
from typing import Final

from caducee.base.errors import CardError

__all__ = ["LEAST_PADDING", "padded_pkcs1", "padded_pss", "unpadded_pkcs1"]

LEAST_PADDING: Final = 11
"""How many bytes of a block PKCS#1 v1.5 takes at least."""

_ENCRYPTED = 0x02
_TRAILER = 0xBC


def padded_pkcs1(block: bytes, size: int) -> bytes:
    """Pad a block for a signature by PKCS#1 v1.5 (EMSA-PKCS1-v1_5).

    ``size`` is that of the modulus. Raises `CardError` (``cryptolib.data_too_long``).

    >>> padded_pkcs1(b"ab", 13).hex()
    '0001ffffffffffffffff006162'
    """
    if len(block) > size - LEAST_PADDING:
        limit = size - LEAST_PADDING
        raise CardError("cryptolib.data_too_long", size=len(block), limit=limit, what="block")
    return b"\x00\x01" + b"\xff" * (size - 3 - len(block)) + b"\x00" + block


def unpadded_pkcs1(block: bytes) -> bytes:
    """Return the message in a block that was encrypted by PKCS#1 v1.5 (EME-PKCS1-v1_5).

    Every byte is looked at in the same way, whatever it holds, and all that can be wrong is one
    error. Raises `CardError` (``cryptolib.padding_wrong``).
    """
    wrong = 0
    for place, wanted in enumerate((0x00, _ENCRYPTED)):
        wrong |= (block[place] if place < len(block) else ~wanted) ^ wanted
    start, searching = 0, 1
    for place in range(2, len(block)):
        # Bit 8 of the negative number is set when the byte is zero.
        zero = (block[place] - 1) >> 8 & 1
        start |= -(searching & zero) & (place + 1)
        searching &= ~zero
    wrong |= searching | (start - LEAST_PADDING) >> 16 & 1
    if wrong:
        raise CardError("cryptolib.padding_wrong")
    return block[start:]


def padded_pss(digest: bytes, hash: str, bits: int, salt: bytes | None = None) -> bytes:
    """Pad a digest by PSS (EMSA-PSS), MGF1 by the same hash, the salt as long as the digest.

    ``hash`` as hashlib spells it; ``bits`` is the length of the modulus. ``salt`` is for tests.
    Returns as many bytes as the modulus has. Raises `CardError` (``cryptolib.data_too_long``).
    """
    size = (bits + 6) // 8  # one bit less than the modulus
    salt = os.urandom(len(digest)) if salt is None else salt
    room = size - len(digest) - len(salt) - 2
    if room < 0:
        raise CardError("cryptolib.data_too_long", size=len(digest), limit=size, what="PSS")
    hashed = _hash(hash, bytes(8) + digest + salt)
    clear = bytes(room) + b"\x01" + salt
    mask = _mask(hashed, len(clear), hash)
    hidden = bytearray(item ^ other for item, other in zip(clear, mask, strict=True))
    hidden[0] &= 0xFF >> 8 * size - (bits - 1)
    return (bytes(hidden) + hashed + bytes((_TRAILER,))).rjust(bits + 7 >> 3, b"\x00")


def _mask(seed: bytes, size: int, hash: str) -> bytes:
    """MGF1 (RFC 8017 section B.2.1)."""
    found = bytearray()
    count = 0
    while len(found) < size:
        found += _hash(hash, seed + count.to_bytes(4))
        count += 1
    return bytes(found[:size])


def _hash(name: str, data: bytes) -> bytes:
    return hashlib.new(name, data, usedforsecurity=False).digest()
