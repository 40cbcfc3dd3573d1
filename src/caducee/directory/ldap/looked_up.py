# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which entries of a file have a value, by its indexes, in small parts.

Each part is one look of a fraction of a millisecond, so that a long search never holds up others.
Texts that contain a piece are found by pieces of three characters; shorter ones by reading every
text once, however many entries have it.
"""

import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence

from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import SubstringPattern
from caducee.directory.ldap.layout import KINDS, index_key, opened

__all__ = ["LAST", "PART", "Many", "numbers", "values_of"]

LAST = "\U0010ffff"
"""Comes after every character that a value has."""

PART = 1000
"""Numbers that are read at a time."""

_WINDOW = 4000
"""Texts that are looked at, one by one, at a time."""

_WIDE_WINDOW = 100_000
"""Texts found by the substring index at a time."""

_GRAM = 3
_MOST_GRAMS = 8
_SPECIAL = re.compile(r"[*?\[]")


class Many(Collection[int]):
    """Entries with a value that many have, in the order of their numbers, looked up in parts."""

    def __init__(self, connection: sqlite3.Connection, kind: int, key: str, least: int) -> None:
        self._connection = connection
        self._of = kind, key
        self._least = least

    def __len__(self) -> int:
        """Return how many there are at least: to count them would take as long as to find them."""
        return self._least

    def __iter__(self) -> Iterator[int]:
        for part in self.parts():
            yield from part

    def parts(self) -> Iterator[Sequence[int]]:
        """Yield the numbers in small parts."""
        query = "SELECT entry FROM value WHERE kind = ? AND key = ? AND entry > ? LIMIT ?"
        return numbers(self._connection, query, self._of)

    def __contains__(self, number: object) -> bool:
        query = "SELECT 1 FROM value WHERE kind = ? AND key = ? AND entry = ?"
        return self._connection.execute(query, (*self._of, number)).fetchone() is not None


def numbers(
    connection: sqlite3.Connection, query: str, of: tuple[object, ...]
) -> Iterator[Sequence[int]]:
    """Yield numbers in parts; the query ends with the last number known, and how many at most."""
    last = 0
    while True:
        with opened():
            rows = connection.execute(query, (*of, last, PART)).fetchall()
        yield [number for (number,) in rows]
        if len(rows) < PART:
            return
        last = rows[-1][0]


def values_of(
    connection: sqlite3.Connection, key: str, asked: str | SubstringPattern
) -> Iterator[Sequence[int]] | None:
    """Give the entries with a value of a type; none without an index."""
    kind, of = KINDS.get(key), schema.attribute_type(key)
    if kind is None or of is None or of.equality is None:
        return None
    if isinstance(asked, SubstringPattern):
        if "\x00" in asked.initial + "".join(asked.middle) + asked.final:
            return None  # SQLite would take it for the end of the pattern
        return _with_pieces(connection, kind, asked)
    wanted = index_key(of.equality, asked)
    return None if wanted is None else Many(connection, kind, wanted, 0).parts()


def _with_pieces(
    connection: sqlite3.Connection, kind: int, pieces: SubstringPattern
) -> Iterator[Sequence[int]]:
    if pieces.initial:
        yield from _beginning(connection, kind, pieces)
        return
    literal = [_SPECIAL.sub(r"[\g<0>]", item) for item in ("", *pieces.middle, pieces.final)]
    pattern, grams = "*".join(literal), _grams(pieces.longest)
    window, query = (_WIDE_WINDOW, _BY_GRAMS) if grams else (_WINDOW, _BY_TERMS)
    with opened():
        (last,) = connection.execute("SELECT max(id) FROM term").fetchone()
    for first in range(0, last or 0, window):
        asked = (*grams, first, first + window, kind, pattern)
        with opened():
            cursor = connection.execute(query, asked)
            while rows := cursor.fetchmany(PART):
                yield [number for (number,) in rows]
        yield ()


# CROSS JOIN keeps the order of the tables: else SQLite would read all values of the type each time.
_BY_TERMS = """
SELECT entry FROM term
CROSS JOIN value ON value.kind = term.kind AND value.key = term.key
WHERE id > ? AND id <= ? AND +term.kind = ? AND term.key GLOB ?
"""
_BY_GRAMS = """
SELECT entry FROM gram CROSS JOIN term ON id = gram.rowid
CROSS JOIN value ON value.kind = term.kind AND value.key = term.key
WHERE gram MATCH ? AND gram.rowid > ? AND gram.rowid <= ? AND term.kind = ? AND term.key GLOB ?
"""


def _grams(piece: str) -> tuple[str, ...]:
    """Return what the index of pieces is asked; nothing for a piece that is too short."""
    found = dict.fromkeys(piece[at : at + _GRAM] for at in range(len(piece) - _GRAM + 1))
    some = list(found)[:_MOST_GRAMS]
    quoted = (item.replace('"', '""') for item in some)
    return (" AND ".join(f'"{item}"' for item in quoted),) if some else ()


def _beginning(
    connection: sqlite3.Connection, kind: int, pieces: SubstringPattern
) -> Iterator[Sequence[int]]:
    query = (
        "SELECT key, entry FROM value WHERE kind = ? AND key >= ? AND key < ? "
        "AND (key, entry) > (?, ?) ORDER BY key, entry LIMIT ?"
    )
    last: tuple[str, int] = pieces.initial, 0
    while True:
        with opened():
            asked = kind, last[0], pieces.initial + LAST, *last, PART
            rows = connection.execute(query, asked).fetchall()
        yield [number for key, number in rows if pieces.fit(key)]
        if len(rows) < PART:
            return
        last = rows[-1]
