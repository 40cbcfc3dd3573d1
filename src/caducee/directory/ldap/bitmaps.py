# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which entries a filter may find, computed from the indexes alone, in bounded pieces of work.

A set of entries is a number, in which bit *n* stands for the entry of number *n*: sets of a million
entries are combined in microseconds. For each part of a filter there are two sets: the entries for
which it may be true, and those for which it may be false (for the others it is undefined, RFC 4511
section 4.5.1.7). So *not* exchanges them. Both may hold entries too many without an index,
never too few; whoever reads the entries compares them once more.
"""

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence

from caducee.codec.ldap.filters import And, Filter, Not, Or
from caducee.directory.ldap.entries import Node, Searchable
from caducee.directory.ldap.matching import indexed
from caducee.spec.ldap import SearchScope

__all__ = ["Bitmap", "below", "possible"]

type _Work[T] = Generator[None, None, T]
"""Yields where others may have their turn, then returns."""

_NONZERO = re.compile(rb"[^\x00]")


class Bitmap(Collection[int]):
    """Numbers of entries, in order."""

    def __init__(self, bits: int) -> None:
        self._bits = bits

    def __len__(self) -> int:
        return self._bits.bit_count()

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and bool(self._bits >> number & 1)

    def __iter__(self) -> Iterator[int]:
        data = self._bits.to_bytes((self._bits.bit_length() + 7) // 8, "little")
        for found in _NONZERO.finditer(data):
            place = found.start()
            byte = data[place]
            yield from (place * 8 + bit for bit in range(8) if byte >> bit & 1)


def possible(wanted: Filter, tree: Searchable) -> _Work[int]:
    """Return the set of the entries for which a filter may be true."""
    found, _ = yield from _sets(wanted, tree, (1 << tree.numbers) - 1)
    return found


def below(base: Node, scope: SearchScope, tree: Searchable) -> _Work[int]:
    """Return the set of the entries that a scope has, without the base itself."""
    return (yield from _gathered(tree.below(base, scope), tree.numbers))


def _sets(wanted: Filter, tree: Searchable, every: int) -> _Work[tuple[int, int]]:
    """Return where a filter may be true, and where it may be false."""
    match wanted:
        case Not(part):
            true, false = yield from _sets(part, tree, every)
            return false, true
        case And(parts):
            true, false = every, 0
            for part in parts:
                item = yield from _sets(part, tree, every)
                true, false = true & item[0], false | item[1]
            return true, false
        case Or(parts):
            true, false = 0, every
            for part in parts:
                item = yield from _sets(part, tree, every)
                true, false = true | item[0], false & item[1]
            return true, false
    return (yield from _set_of_part(wanted, tree, every))


def _set_of_part(wanted: Filter, tree: Searchable, every: int) -> _Work[tuple[int, int]]:
    part = indexed(wanted)
    if part is None:
        return 0, 0
    found = 0
    for key in part.keys:
        batches = tree.valued(key, part.asked)
        if batches is None:
            return every, every
        found |= yield from _gathered(batches, tree.numbers)
    if part.in_name:
        return every, every
    return found, every & ~found if part.exact else every


def _gathered(batches: Iterable[Sequence[int]], numbers: int) -> _Work[int]:
    data = bytearray(numbers // 8 + 1)
    for batch in batches:
        for number in batch:
            if number < numbers:  # else it came meanwhile
                data[number >> 3] |= 1 << (number & 7)
        yield
    return int.from_bytes(data, "little")
