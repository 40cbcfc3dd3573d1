# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Searches in the entries of a file (`caducee.directory.ldap.store`), for one server.

Memory stays that of a page, however many entries there are. What changes meanwhile is seen by the
next look; a search under way holds nothing up.
"""

import sqlite3
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import batched
from pathlib import Path

from caducee.base.closing import Closing
from caducee.codec.ldap.names import Dn
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import (
    ORDERED,
    Asked,
    Found,
    Node,
    operational,
    root,
    subschema,
)
from caducee.directory.ldap.layout import (
    BUSY_SECONDS,
    KINDS,
    decoded,
    index_key,
    opened,
    path_of,
)
from caducee.directory.ldap.looked_up import LAST, PART, Many, numbers, values_of
from caducee.spec.ldap import SearchScope

__all__ = ["StoredTree"]

_MANY = 1000
_AT_ONCE = 100
"""Entries of one look: a fraction of a millisecond."""

_MAPPED = 1 << 30
_COLUMNS = "SELECT id, parent, name, attributes, path FROM entry WHERE"
_PATH = 4
_FEW = 8
_FEW_OF = (
    "SELECT id, parent, name, attributes, path FROM value JOIN entry ON id = entry "
    "WHERE kind = ? AND key = ? LIMIT 9"
)
_FEW_BEGINNING = (
    "SELECT id, parent, name, attributes, path FROM value JOIN entry ON id = entry "
    "WHERE kind = ? AND key >= ? AND key < ? LIMIT 33"
)
_FEW_BEGIN = 32
_KNOWN, _KNOWN_SECONDS = 1000, 1.0
type _Row = tuple[int, int, bytes, bytes, str]


class _Rows(Collection[int]):
    """A few entries, looked up with their numbers."""

    def __init__(self, rows: list[_Row]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[int]:
        return (row[0] for row in self.rows)

    def __contains__(self, number: object) -> bool:
        return any(row[0] == number for row in self.rows)


class StoredTree(Closing):
    """The entries of a file as a server searches them. Raises `StateError` (``ldap.store``).

    Where the indexes would name more than ``many`` entries of several values, every entry is
    looked at in its turn.
    """

    def __init__(self, path: Path, contexts: Sequence[str], *, many: int = _MANY) -> None:
        self.root = root(tuple(contexts))
        self.subschema = subschema()
        self.many = many
        self._bases: dict[tuple[str, ...], Node] = {}
        self._known_until = 0.0
        with opened():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            for pragma in ("query_only=ON", f"mmap_size={_MAPPED}"):
                self._connection.execute(f"PRAGMA {pragma}").close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __len__(self) -> int:
        with opened():
            return int(self._connection.execute("SELECT count(*) FROM entry").fetchone()[0])

    def find(self, name: tuple[str, ...]) -> Node | None:
        """Return the entry of that name (`Dn.keys`)."""
        found = self._rows("path = ?", path_of(name))
        return _node(found[0]) if found else None

    def base(self, name: tuple[str, ...]) -> Node | None:
        """Return the entry of that name to search below it, as it was a second ago at most."""
        now = time.monotonic()
        if now > self._known_until:
            self._bases.clear()
            self._known_until = now + _KNOWN_SECONDS
        found = self._bases.get(name)
        if found is None and (found := self.find(name)) is not None and len(self._bases) < _KNOWN:
            self._bases[name] = found
        return found

    def nearest(self, name: Dn) -> Dn:
        """Return the name of the lowest entry that exists above a name; else the root."""
        while name.levels and self.find(name.keys()) is None:
            name = name.parent
        return name

    def equal(self, key: str, value: str) -> Found | None:
        """Return the entries with that value; none when it has no index."""
        kind, of = KINDS.get(key), schema.attribute_type(key)
        if kind is None or of is None or of.equality is None:
            return None
        wanted = index_key(of.equality, value)
        if wanted is None:
            return None
        with opened():
            few = self._connection.execute(_FEW_OF, (kind, wanted)).fetchall()
            if len(few) <= _FEW:  # nearly always: they are here already
                return _Rows(few)
            query = "SELECT entry FROM value WHERE kind = ? AND key = ? LIMIT ?"
            found = self._connection.execute(query, (kind, wanted, self.many + 1)).fetchall()
        if len(found) > self.many:
            return Many(self._connection, kind, wanted, len(found))
        return [number for (number,) in found]

    def beginning(self, key: str, start: str) -> Found | None:
        """Return the entries with a value that begins so; none: too many, or no such index."""
        if key not in ORDERED:
            return None
        query = "SELECT entry FROM value WHERE kind = ? AND key >= ? AND key < ? LIMIT ?"
        asked = KINDS[key], start, start + LAST
        with opened():
            few = self._connection.execute(_FEW_BEGINNING, asked).fetchall()
            if len(few) <= _FEW_BEGIN:
                return _Rows(list({row[0]: row for row in sorted(few)}.values()))
            found = self._connection.execute(query, (*asked, self.many + 1)).fetchall()
        return None if len(found) > self.many else sorted({number for (number,) in found})

    @property
    def numbers(self) -> int:
        """Greater than the number of every entry."""
        with opened():
            (last,) = self._connection.execute("SELECT max(id) FROM entry").fetchone()
        return 1 + (last or 0)

    def valued(self, key: str, asked: Asked) -> Iterator[Sequence[int]] | None:
        """Give the numbers of entries with such a value, in parts; none when it has no index."""
        if key in schema.OPERATIONAL:
            return None
        if asked is None:
            return self._formed(key, of_class=False)
        if key == "objectclass" and isinstance(asked, str):
            return self._formed(asked, of_class=True)
        return values_of(self._connection, key, asked)

    def _formed(self, word: str, *, of_class: bool) -> Iterator[Sequence[int]]:
        """Give the entries with an attribute or an object class."""
        with opened():
            forms = self._connection.execute("SELECT id, attributes, classes FROM form").fetchall()
        query = "SELECT id FROM entry WHERE form = ? AND id > ? ORDER BY id LIMIT ?"
        for form, *words in forms:
            if word in words[of_class].split():
                yield from numbers(self._connection, query, (form,))

    def below(self, base: Node, scope: SearchScope) -> Iterator[Sequence[int]]:
        """Give the numbers of the entries below a base, in parts."""
        if scope is SearchScope.ONE_LEVEL:
            query = "SELECT id FROM entry WHERE parent = ? AND id > ? ORDER BY id LIMIT ?"
            yield from numbers(self._connection, query, (base.number,))
            return
        query = "SELECT id, path FROM entry WHERE path < ? AND path > ? ORDER BY path LIMIT ?"
        last = base.path
        while True:
            with opened():
                asked = base.path + LAST, last, PART
                rows = self._connection.execute(query, asked).fetchall()
            yield [number for number, _ in rows]
            if len(rows) < PART:
                return
            last = rows[-1][1]

    def within(self, base: Node, scope: SearchScope, found: Found | None) -> Iterator[Node | None]:
        """Yield the entries at a base or below it, of all or of those ``found``."""
        if scope is SearchScope.BASE:
            yield base
        elif found is not None:
            yield from self._of_these(base, scope, found)
        elif scope is SearchScope.ONE_LEVEL:
            yield from self._walk("parent = ? AND id > ?", 0, base.number, 0)
        else:
            if scope is not SearchScope.CHILDREN:
                yield base
            yield from self._walk("path < ? AND path > ?", _PATH, base.path + LAST, base.path)

    def operational(self, node: Node) -> Mapping[str, bytes]:
        """Return what the server knows of an entry, as attributes of messages by key."""
        if node.number < 0:
            return {}
        return operational(node, bool(self._rows("parent = ? LIMIT 1", node.number)))

    def _rows(self, where: str, *values: object) -> list[_Row]:
        with opened():
            return self._connection.execute(f"{_COLUMNS} {where}", values).fetchall()

    def _of_these(self, base: Node, scope: SearchScope, found: Found) -> Iterator[Node | None]:
        if isinstance(found, _Rows):
            yield from (_node(row) for row in found.rows if _below(row, base, scope))
            return
        for some in batched(found, _AT_ONCE):
            marks = ", ".join("?" * len(some))
            rows = self._rows(f"id IN ({marks}) ORDER BY id", *some)
            yield from (_node(row) for row in rows if _below(row, base, scope))
            if len(some) == _AT_ONCE:
                yield None

    def _walk(self, where: str, place: int, *values: object) -> Iterator[Node]:
        """Yield entries in the order of the last value, which is that column of the line."""
        order = ("id", "path")[place > 0]
        while True:
            found = self._rows(f"{where} ORDER BY {order} LIMIT {_AT_ONCE}", *values)
            yield from map(_node, found)
            if len(found) < _AT_ONCE:
                return
            values = (*values[:-1], found[-1][place])


def _below(row: _Row, base: Node, scope: SearchScope) -> bool:
    if scope is SearchScope.ONE_LEVEL:
        return row[1] == base.number
    return row[4].startswith(base.path) and not (
        scope is SearchScope.CHILDREN and row[4] == base.path
    )


def _node(row: _Row) -> Node:
    return Node(row[0], row[1] or -1, row[2], decoded(row[3]), path=row[4])
