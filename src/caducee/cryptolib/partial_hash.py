# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""SHA-1 and SHA-256 up to the last block: the card hashes the end itself (FIPS 180-4, section 6).

``hashlib`` does not give its inner state, so the rounds are written out here. They are slow, and
used only when the caller asks for the last round on the card.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from caducee.cryptolib.model import Hash

__all__ = ["PartialHash", "partial_hash"]

_BLOCK = 64
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class PartialHash:
    """A digest that lacks its last block."""

    state: bytes
    """The inner state after the whole blocks; 20 bytes for SHA-1, 32 for SHA-256."""

    bits: int
    """How many bits went into the state."""

    rest: bytes
    """What the card hashes: 1 to 64 bytes, or none for an empty message."""


def partial_hash(data: bytes, algorithm: Hash) -> PartialHash:
    """Hash all but the last 1 to 64 bytes of ``data``."""
    whole = max(0, (len(data) - 1) // _BLOCK * _BLOCK)
    start, compress = _ALGORITHMS[algorithm]
    state = start()
    for place in range(0, whole, _BLOCK):
        state = compress(state, data[place : place + _BLOCK])
    written = b"".join(word.to_bytes(4) for word in state)
    return PartialHash(written, whole * 8, data[whole:])


def _words(block: bytes) -> list[int]:
    return [int.from_bytes(block[place : place + 4]) for place in range(0, _BLOCK, 4)]


def _left(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _MASK


def _right(word: int, by: int) -> int:
    return _left(word, 32 - by)


def _sha1(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    w = _words(block)
    for t in range(16, 80):
        w.append(_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1))
    a, b, c, d, e = state
    for t in range(80):
        if t < 20:
            f, k = b & c | ~b & d, 0x5A827999
        elif t < 40:
            f, k = b ^ c ^ d, 0x6ED9EBA1
        elif t < 60:
            f, k = b & c | b & d | c & d, 0x8F1BBCDC
        else:
            f, k = b ^ c ^ d, 0xCA62C1D6
        a, b, c, d, e = (_left(a, 5) + f + e + k + w[t]) & _MASK, a, _left(b, 30), c, d
    return _added(state, (a, b, c, d, e))


def _sha256(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    w = _words(block)
    for t in range(16, 64):
        s0 = _right(w[t - 15], 7) ^ _right(w[t - 15], 18) ^ w[t - 15] >> 3
        s1 = _right(w[t - 2], 17) ^ _right(w[t - 2], 19) ^ w[t - 2] >> 10
        w.append((w[t - 16] + s0 + w[t - 7] + s1) & _MASK)
    a, b, c, d, e, f, g, h = state
    for word, k in zip(w, _constants(64, 3), strict=True):
        big1 = _right(e, 6) ^ _right(e, 11) ^ _right(e, 25)
        t1 = h + big1 + (e & f ^ ~e & g) + k + word
        big0 = _right(a, 2) ^ _right(a, 13) ^ _right(a, 22)
        t2 = big0 + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & _MASK, a, b, c, (d + t1) & _MASK, e, f, g
    return _added(state, (a, b, c, d, e, f, g, h))


def _added(old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
    return tuple((item + other) & _MASK for item, other in zip(old, new, strict=True))


@cache
def _constants(count: int, root: int) -> tuple[int, ...]:
    """The first 32 bits of the fractions of square (2) or cube (3) roots of the first primes."""
    primes: list[int] = []
    number = 2
    while len(primes) < count:
        if all(number % prime for prime in primes):
            primes.append(number)
        number += 1
    return tuple(_whole_root(prime << 32 * root, root) & _MASK for prime in primes)


def _whole_root(value: int, root: int) -> int:
    low, high = 0, 1 << value.bit_length() // root + 1
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**root <= value else (low, middle)
    return low


def _start_sha1() -> tuple[int, ...]:
    return (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)


def _start_sha256() -> tuple[int, ...]:
    return _constants(8, 2)


type _State = tuple[int, ...]
_ALGORITHMS: dict[Hash, tuple[Callable[[], _State], Callable[[_State, bytes], _State]]] = {
    Hash.SHA1: (_start_sha1, _sha1),
    Hash.SHA256: (_start_sha256, _sha256),
}
