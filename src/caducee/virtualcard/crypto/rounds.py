# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""SHA-1 and SHA-256 continued from an intermediate state (FIPS 180-4).

The host hashes all but the end of a message and gives the card the state between two blocks; the
card finishes. No library lets a state be put in, so the compression functions stand here.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["BLOCK", "HASHES", "HashFunction"]

BLOCK = 64
"""Bytes of a block, for both functions."""

_MASK = 0xFFFFFFFF

_SHA256_CONSTANTS = struct.unpack(
    ">64I",
    bytes.fromhex(
        "428A2F98 71374491 B5C0FBCF E9B5DBA5 3956C25B 59F111F1 923F82A4 AB1C5ED5"
        "D807AA98 12835B01 243185BE 550C7DC3 72BE5D74 80DEB1FE 9BDC06A7 C19BF174"
        "E49B69C1 EFBE4786 0FC19DC6 240CA1CC 2DE92C6F 4A7484AA 5CB0A9DC 76F988DA"
        "983E5152 A831C66D B00327C8 BF597FC7 C6E00BF3 D5A79147 06CA6351 14292967"
        "27B70A85 2E1B2138 4D2C6DFC 53380D13 650A7354 766A0ABB 81C2C92E 92722C85"
        "A2BFE8A1 A81A664B C24B8B70 C76C51A3 D192E819 D6990624 F40E3585 106AA070"
        "19A4C116 1E376C08 2748774C 34B0BCB5 391C0CB3 4ED8AA4A 5B9CCA4F 682E6FF3"
        "748F82EE 78A5636F 84C87814 8CC70208 90BEFFFA A4506CEB BEF9A3F7 C67178F2"
    ),
)

type State = tuple[int, ...]


def _left(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & _MASK


def _right(word: int, by: int) -> int:
    return (word >> by | word << 32 - by) & _MASK


def compress_sha1(state: State, block: bytes) -> State:
    """Return the state after one block of 64 bytes (FIPS 180-4 section 6.1.2)."""
    words = list(struct.unpack(">16I", block))
    for t in range(16, 80):
        words.append(_left(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1))
    a, b, c, d, e = state
    for t, word in enumerate(words):
        mixed, constant = _sha1_step(t, b, c, d)
        a, b, c, d, e = _left(a, 5) + mixed + e + constant + word & _MASK, a, _left(b, 30), c, d
    return tuple(x + y & _MASK for x, y in zip(state, (a, b, c, d, e), strict=True))


def _sha1_step(t: int, b: int, c: int, d: int) -> tuple[int, int]:
    if t < 20:
        return b & c | ~b & d, 0x5A827999
    if t < 40:
        return b ^ c ^ d, 0x6ED9EBA1
    if t < 60:
        return b & c | b & d | c & d, 0x8F1BBCDC
    return b ^ c ^ d, 0xCA62C1D6


def compress_sha256(state: State, block: bytes) -> State:
    """Return the state after one block of 64 bytes (FIPS 180-4 section 6.2.2)."""
    words = list(struct.unpack(">16I", block))
    for t in range(16, 64):
        x, y = words[t - 15], words[t - 2]
        small0 = _right(x, 7) ^ _right(x, 18) ^ x >> 3
        small1 = _right(y, 17) ^ _right(y, 19) ^ y >> 10
        words.append(words[t - 16] + small0 + words[t - 7] + small1 & _MASK)
    a, b, c, d, e, f, g, h = state
    for word, constant in zip(words, _SHA256_CONSTANTS, strict=True):
        big1 = _right(e, 6) ^ _right(e, 11) ^ _right(e, 25)
        first = h + big1 + (e & f ^ ~e & g) + constant + word
        big0 = _right(a, 2) ^ _right(a, 13) ^ _right(a, 22)
        second = big0 + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = first + second & _MASK, a, b, c, d + first & _MASK, e, f, g
    return tuple(x + y & _MASK for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True))


@dataclass(frozen=True, slots=True)
class HashFunction:
    """A hash function of the card."""

    name: str
    size: int
    """Bytes of the digest, and of the intermediate state."""

    start: bytes
    compress: Callable[[State, bytes], State]

    def finish(self, state: bytes, hashed: int, rest: bytes) -> bytes:
        """Return the digest of a message of which ``hashed`` bytes led to ``state``.

        ``hashed`` is a multiple of 64; ``rest`` is what follows.
        """
        words = struct.unpack(f">{len(state) // 4}I", state)
        bits = (hashed + len(rest)) * 8 & 0xFFFFFFFFFFFFFFFF
        zeros = bytes(-(len(rest) + 9) % BLOCK)
        padded = rest + b"\x80" + zeros + bits.to_bytes(8)
        for at in range(0, len(padded), BLOCK):
            words = self.compress(words, padded[at : at + BLOCK])
        return struct.pack(f">{len(words)}I", *words)


HASHES = {
    item.name: item
    for item in (
        HashFunction(
            "sha1",
            20,
            bytes.fromhex("67452301 EFCDAB89 98BADCFE 10325476 C3D2E1F0"),
            compress_sha1,
        ),
        HashFunction(
            "sha256",
            32,
            bytes.fromhex(
                "6A09E667 BB67AE85 3C6EF372 A54FF53A 510E527F 9B05688C 1F83D9AB 5BE0CD19"
            ),
            compress_sha256,
        ),
    )
}
