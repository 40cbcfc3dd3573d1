# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""EMSA-PSS (RFC 8017 section 9.1.1) with a salt that the caller gives.

The library draws the salt itself; a card draws it from its own randomness, which may be a fixed
one so that a dialogue can be replayed.
"""

import hashlib

__all__ = ["encode"]


def encode(algorithm: str, digest: bytes, salt: bytes, bits: int) -> bytes:
    """Return the encoded message of ``bits`` bits at most; MGF1 uses the same hash."""
    size = (bits + 7) // 8
    inner = hashlib.new(algorithm, bytes(8) + digest + salt).digest()
    zeros = bytes(size - len(salt) - len(inner) - 2)
    block = zeros + b"\x01" + salt
    mask = _mask(algorithm, inner, len(block))
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
    masked[0] &= 0xFF >> 8 * size - bits
    return bytes(masked) + inner + b"\xbc"


def _mask(algorithm: str, seed: bytes, size: int) -> bytes:
    """Return MGF1 of a seed (RFC 8017 section B.2.1)."""
    mask, counter = b"", 0
    while len(mask) < size:
        mask += hashlib.new(algorithm, seed + counter.to_bytes(4)).digest()
        counter += 1
    return mask[:size]
