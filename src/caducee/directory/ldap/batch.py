# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Changes of the entries in a file that are kept together (`caducee.directory.ldap.store`)."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from caducee.base.errors import StateError
from caducee.codec.ldap import encoded
from caducee.codec.ldap.names import Dn
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import LdapEntry, plain
from caducee.directory.ldap.layout import KINDS, decoded, encoding, index_key, path_of
from caducee.directory.ldap.schema import MatchingRule
from caducee.directory.ldap.values import stored_key

__all__ = ["Batch"]

_NOBODY = ""
"""Owner of the entries that stand on the way down to others."""

type _Known = dict[str, tuple[int, bytes]]
"""Number and digest of entries by their place."""


class Batch:
    """Changes that are kept together."""

    def __init__(self, connection: sqlite3.Connection, version: int) -> None:
        self._connection = connection
        self.version = version
        self.changed = 0
        """How many entries came, changed or went."""

        self._parents: dict[str, int] = {"": 0}
        self._forms: dict[tuple[str, str], int] = {}

    def note(self, key: str, value: str) -> None:
        """Keep a note with the changes."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def forget(self, key: str) -> None:
        """Forget a note."""
        self._connection.execute("DELETE FROM meta WHERE key = ?", (key,))

    def put(self, owner: str, entries: Iterable[LdapEntry]) -> None:
        """Let an owner have these entries and no others."""
        self.put_all({owner: tuple(entries)}, owner, owner)

    def put_all(self, wanted: Mapping[str, Iterable[LdapEntry]], first: str, last: str) -> None:
        """Let the owners from ``first`` to ``last`` have these entries and no others.

        Whatever stands above them is made, and taken away with the last entry below.
        """
        known: _Known = {
            path: (number, digest)
            for path, number, digest in self._connection.execute(
                "SELECT path, id, digest FROM entry WHERE owner BETWEEN ? AND ?", (first, last)
            )
        }
        for owner, entries in wanted.items():
            for entry in entries:
                self._put(owner, entry, known)
        for path, (number, _) in known.items():
            self._remove(path, number)

    def _put(self, owner: str, entry: LdapEntry, known: _Known) -> None:
        path, above, above_path = _place(entry.name)
        attributes = _attributes(entry)
        name = encoded.octets(entry.name.encode())
        data = encoding(attributes)
        digest = hashlib.blake2b(name + data, digest_size=16).digest()
        number, before = known.pop(path, (None, b""))
        if before == digest:
            return
        self.changed += 1
        if number is None:
            number = self._taken(path, owner, entry.name)
        before_keys = set[tuple[int, str]]()
        if number is not None:
            before_keys = self._keys(number)
            self._connection.execute(
                "UPDATE entry SET form = ?, owner = ?, version = ?, digest = ?, name = ?, "
                "attributes = ? WHERE id = ?",
                (self._form(attributes), owner, self.version, digest, name, data, number),
            )
        else:
            parent, form = self._parent(above, above_path), self._form(attributes)
            done = self._connection.execute(
                "INSERT INTO entry (path, parent, form, owner, version, digest, name, attributes) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (path, parent, form, owner, self.version, digest, name, data),
            )
            number = done.lastrowid or 0
            self._connection.execute("DELETE FROM gone WHERE path = ?", (path,))
        keys = set(_indexed(attributes))
        self._unindex(number, before_keys - keys)
        self._connection.executemany(
            "INSERT INTO value VALUES (?, ?, ?)",
            [(kind, key, number) for kind, key in keys - before_keys],
        )

    def _form(self, attributes: Mapping[str, bytes]) -> int:
        """Return the number of which attributes and classes an entry has."""
        classes = _classes(attributes["objectclass"])
        key = " ".join(sorted(attributes)), " ".join(sorted(classes))
        found = self._forms.get(key)
        if found is None:
            query = "SELECT id FROM form WHERE attributes = ? AND classes = ?"
            row = self._connection.execute(query, key).fetchone()
            if row is None:
                added = "INSERT INTO form (attributes, classes) VALUES (?, ?)"
                row = (self._connection.execute(added, key).lastrowid,)
            found = self._forms[key] = int(row[0])
        return found

    def _taken(self, path: str, owner: str, name: str) -> int | None:
        """Return the entry on the way down that stands in a place; another owner's is refused."""
        query = "SELECT id, owner FROM entry WHERE path = ?"
        row = self._connection.execute(query, (path,)).fetchone()
        if row is None:
            return None
        if row[1] not in (_NOBODY, owner):
            raise StateError("ldap.entry", name=name, reason="the name stands twice")
        return int(row[0])

    def _parent(self, name: str, path: str) -> int:
        """Return the number of the entry above; it is made when it is not there."""
        found = self._parents.get(path)
        if found is None:
            query = "SELECT id FROM entry WHERE path = ?"
            row = self._connection.execute(query, (path,)).fetchone()
            if row is None:
                self._put(_NOBODY, plain(Dn.parse(name)), {})
                row = self._connection.execute(query, (path,)).fetchone()
            found = self._parents[path] = int(row[0])
        return found

    def _remove(self, path: str, number: int) -> None:
        query = "SELECT parent, name FROM entry WHERE id = ?"
        parent, name = self._connection.execute(query, (number,)).fetchone()
        written = encoded.text(name)
        if self._has_below(number):  # it stays, on the way down, as nobody's
            self._put(_NOBODY, plain(Dn.parse(written)), {path: (number, b"")})
            return
        self.changed += 1
        self._parents.pop(path, None)
        self._unindex(number, self._keys(number))
        self._connection.execute("DELETE FROM entry WHERE id = ?", (number,))
        self._connection.execute(
            "INSERT OR REPLACE INTO gone VALUES (?, ?, ?)", (path, written, self.version)
        )
        if parent and not self._has_below(parent):
            query = "SELECT path, owner FROM entry WHERE id = ?"
            above, owner = self._connection.execute(query, (parent,)).fetchone()
            if owner == _NOBODY:
                self._remove(above, parent)

    def _has_below(self, number: int) -> bool:
        query = "SELECT 1 FROM entry WHERE parent = ? LIMIT 1"
        return self._connection.execute(query, (number,)).fetchone() is not None

    def _keys(self, number: int) -> set[tuple[int, str]]:
        """Return what the index has of an entry."""
        query = "SELECT attributes FROM entry WHERE id = ?"
        (data,) = self._connection.execute(query, (number,)).fetchone()
        return set(_indexed(decoded(data)))

    def _unindex(self, number: int, keys: set[tuple[int, str]]) -> None:
        self._connection.executemany(
            "DELETE FROM value WHERE kind = ? AND key = ? AND entry = ?",
            [(kind, key, number) for kind, key in keys],
        )


def _attributes(entry: LdapEntry) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for attribute in entry.attributes:
        kind = schema.described(attribute.description)
        if kind is None or not attribute.values or kind.key in found:
            raise StateError("ldap.entry", name=entry.name, reason=attribute.description)
        found[kind.key] = encoded.attribute(attribute)
    if "objectclass" not in found:
        raise StateError("ldap.entry", name=entry.name, reason="objectClass")
    return found


def _indexed(attributes: Mapping[str, bytes]) -> Iterator[tuple[int, str]]:
    for name, data in attributes.items():
        number = KINDS.get(name)
        kind = schema.attribute_type(name)
        if number is None or kind is None or kind.equality is None:
            continue
        for value in encoded.values(data):
            key = stored_key(kind.equality, value)
            kept = None if key is None else index_key(kind.equality, key)
            if kept is not None:
                yield number, kept


@lru_cache(1 << 10)
def _classes(data: bytes) -> frozenset[str]:
    """Return the OIDs of the object classes."""
    found = (stored_key(MatchingRule.OBJECT_ID, item) for item in encoded.values(data))
    return frozenset(item for item in found if item is not None)


@lru_cache(1 << 16)
def _path(name: str) -> str:
    return path_of(Dn.parse(name).keys())


def _place(name: str) -> tuple[str, str, str]:
    """Return the path of an entry, and the name and path of the one above."""
    first, comma, rest = name.partition(",")
    if "\\" in first or not comma:
        dn = Dn.parse(name)
        rest = dn.parent.text()
        first = Dn(dn.levels[:1]).text()
    above = _path(rest)
    return above + path_of(Dn.parse(first).keys()), rest, above
