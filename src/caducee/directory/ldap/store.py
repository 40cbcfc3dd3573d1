# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The entries of a directory in a file, with indexes, changed in place: for any number of them.

The file is SQLite. One process or thread writes at a time, in transactions; others read meanwhile
(`caducee.directory.ldap.stored.StoredTree`). It holds nothing that cannot be made again: one of
another version is made anew.

Every transaction has a number that grows, and each entry bears that of its last change; what is
gone is remembered with its number too. So whoever follows (`caducee.directory.ldap.follower`) asks
for what came after the number that they know.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caducee.base.closing import Closing
from caducee.codec.ldap import encoded
from caducee.codec.ldap.operations import Attribute
from caducee.directory.ldap.batch import Batch
from caducee.directory.ldap.layout import BUSY_SECONDS, FORMAT, decoded, opened, tables

__all__ = ["EntryStore", "StoredEntry"]

_CACHE_KIB = 128 << 10
_TABLE = """
SELECT name FROM pragma_table_list WHERE type IN ('table', 'virtual') AND name NOT LIKE 'sqlite%'
"""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as the store has it."""

    path: str
    """Its place (`path_of`)."""

    name: str
    """RFC 4514."""

    attributes: tuple[Attribute, ...]


class EntryStore(Closing):
    """The file, to be written. Raises `StateError` (``ldap.store``)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with opened():
            self._connection = self._open()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", f"cache_size=-{_CACHE_KIB}"):
                connection.execute(f"PRAGMA {pragma}").close()
            connection.execute("BEGIN IMMEDIATE")
            (known,) = connection.execute("PRAGMA user_version").fetchone()
            if known != FORMAT:
                _make(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def identity(self) -> str:
        """What distinguishes this file from another: versions of two files cannot be compared."""
        return self.meta("identity") or ""

    @property
    def version(self) -> int:
        """Number of the last transaction that changed an entry."""
        return int(self.meta("version") or 0)

    def meta(self, key: str) -> str | None:
        """Return a note that was kept."""
        with opened():
            found = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,))
            row = found.fetchone()
        return None if row is None else str(row[0])

    @contextmanager
    def changes(self) -> Iterator[Batch]:
        """Change entries: all of the block is kept, or nothing of it."""
        with opened():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                batch = Batch(self._connection, self.version + 1)
                yield batch
                if batch.changed:
                    batch.note("version", str(batch.version))
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    # For those who follow

    def entry(self, path: str) -> StoredEntry | None:
        """Return the entry of a place."""
        with opened():
            query = "SELECT path, name, attributes FROM entry WHERE path = ?"
            row = self._connection.execute(query, (path,)).fetchone()
        return None if row is None else _kept(*row)

    def paths(self) -> Iterator[str]:
        """Yield the places of all entries, parents first."""
        last = ""
        while True:
            with opened():
                query = "SELECT path FROM entry WHERE path > ? ORDER BY path LIMIT 1000"
                found = self._connection.execute(query, (last,)).fetchall()
            yield from (path for (path,) in found)
            if not found:
                return
            last = found[-1][0]

    def all(self) -> Iterator[StoredEntry]:
        """Yield all entries, parents first, as one moment has them."""
        with opened():
            reader = sqlite3.connect(self.path, timeout=BUSY_SECONDS, check_same_thread=False)
            try:
                query = "SELECT path, name, attributes FROM entry ORDER BY path"
                for row in reader.execute(query):
                    yield _kept(*row)
            finally:
                reader.close()

    def changed(self, version: int, path: str, most: int) -> list[tuple[int, str]]:
        """Return the next entries that changed after a version and place, with their versions."""
        query = (
            "SELECT version, path FROM entry WHERE (version, path) > (?, ?) "
            "ORDER BY version, path LIMIT ?"
        )
        with opened():
            return self._connection.execute(query, (version, path, most)).fetchall()

    def gone(self, version: int) -> list[tuple[str, str]]:
        """Return places and names of what went after a version, what was below first."""
        query = "SELECT path, name FROM gone WHERE version > ? ORDER BY path DESC"
        with opened():
            return self._connection.execute(query, (version,)).fetchall()


def _make(connection: sqlite3.Connection) -> None:
    for (name,) in connection.execute(_TABLE).fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    for statement in tables():
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('identity', ?)", (secrets.token_hex(8),))
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def _kept(path: str, name: bytes, attributes: bytes) -> StoredEntry:
    found = decoded(attributes).values()
    parts = tuple(Attribute(encoded.description(item), encoded.values(item)) for item in found)
    return StoredEntry(path, encoded.text(name), parts)
