# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keeps a directory of others, OpenLDAP's slapd, as the entries in a file are, by changes.

How far the directory has come stands in a small file, written after the change it records. A
change states the entry as it is now, not a step: done twice it does no harm, so that one that
was killed, or whose connection broke, goes on. A directory that is new, or another one than the
last time, is compared whole.
"""

import ipaddress
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from caducee.base.errors import ConfigError, CpsError, DirectoryError
from caducee.base.files import write_atomic
from caducee.base.secret import Secret
from caducee.codec.ldap import changes
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Attribute, SearchEntry, SearchRequest
from caducee.directory.ldap import schema
from caducee.directory.ldap.client import LdapLimits
from caducee.directory.ldap.layout import path_of
from caducee.directory.ldap.openldap import WRITER
from caducee.directory.ldap.publication import CONTEXT
from caducee.directory.ldap.store import EntryStore, StoredEntry
from caducee.directory.ldap.writer import DirectoryWriter
from caducee.spec.ldap import ResultCode, SearchScope

__all__ = ["Address", "Follower", "FollowerProgress", "Following"]

_BOUNDS = LdapLimits(seconds=60, most_bytes=1 << 30)
_AT_ONCE = 200
_PAGE = 500
_MARK = "entryUUID"
"""Given by the directory to its topmost entry: another one, another directory."""


class FollowerProgress(msgspec.Struct, frozen=True):
    """How far a directory has come."""

    store: str
    """Identity of the file of entries."""

    mark: str
    """What distinguishes the directory from another one at the same address."""

    version: int
    """Everything up to this version is there."""

    path: str = ""
    """And of the next version everything up to this place."""


class Follower:
    """Brings what changes in an `EntryStore` to a directory, through a connection that may write.

    Raises `DirectoryError` (``ldap.*``) when the directory cannot be reached or refuses; the next
    call goes on. ``progress`` is the file that keeps how far it has come.
    """

    def __init__(self, store: EntryStore, progress: Path) -> None:
        self._store = store
        self._progress = progress

    def follow(self, client: DirectoryWriter) -> int:
        """Do all that is to be done; returns how many entries were changed there."""
        mark = _mark(client)
        at = self._read()
        if at is None or at.store != self._store.identity or at.mark != mark:
            return self.compare(client)
        try:
            return self._changes(client, at)
        except DirectoryError as error:
            if error.code != "ldap.refused":
                raise
            return self.compare(client)  # somebody else changed it

    def compare(self, client: DirectoryWriter) -> int:
        """Compare the directory entry by entry, and mend what differs; returns how many did."""
        version = self._store.version
        with _Seen() as seen:
            surplus: list[tuple[str, str]] = []
            different: list[str] = []
            for there in _everything(client):
                path = path_of(Dn.parse(there.name).keys())
                here = self._store.entry(path)
                if here is None:
                    surplus.append((path, there.name))
                else:
                    seen.add(path)
                    if _values(here.attributes) != _values(there.attributes):
                        different.append(path)
            count = 0
            for _path, name in sorted(surplus, reverse=True):
                count += _delete(client, name)
            for path in (*different, *(item for item in self._store.paths() if item not in seen)):
                count += self._put(client, path)
        self._write(FollowerProgress(self._store.identity, _mark(client), version))
        return count

    def loaded(self, client: DirectoryWriter, version: int) -> None:
        """Say that the directory was filled from a file as it was at a version."""
        self._write(FollowerProgress(self._store.identity, _mark(client), version))

    # Changes

    def _changes(self, client: DirectoryWriter, at: FollowerProgress) -> int:
        version = self._store.version
        if version == at.version:
            return 0
        count = sum(_delete(client, name) for _, name in self._store.gone(at.version))
        while found := self._store.changed(at.version + 1, at.path, _AT_ONCE):
            count += sum(self._put(client, path) for _, path in found)
            last, path = found[-1]
            at = FollowerProgress(at.store, at.mark, last - 1, path)
            self._write(at)
        self._write(FollowerProgress(at.store, at.mark, version))
        return count

    def _put(self, client: DirectoryWriter, path: str) -> bool:
        """Let the directory have an entry as it is now; return whether it had another."""
        here = self._store.entry(path)
        if here is None:  # gone meanwhile; reported later
            return False
        there = _entry(client, here.name)
        if there is None:
            self._add(client, here)
            return True
        wanted, had = _values(here.attributes), _values(there.attributes)
        if wanted == had:
            return False
        replaced = [
            attribute
            for attribute in here.attributes
            if had.get(_key(attribute)) != wanted[_key(attribute)]
        ]
        replaced += [
            Attribute(attribute.description)
            for attribute in there.attributes
            if _key(attribute) not in wanted
        ]
        done = client.change(changes.replace(here.name, replaced))
        if done.code == ResultCode.OBJECT_CLASS_MODS_PROHIBITED:  # another kind of entry now
            _delete(client, here.name)
            self._add(client, here)
        else:
            client.require(done)
        return True

    def _add(self, client: DirectoryWriter, here: StoredEntry) -> None:
        done = client.change(changes.add(here.name, here.attributes))
        if done.code == ResultCode.NO_SUCH_OBJECT and here.path.count("\x00") > 1:
            self._put(client, here.path[: here.path.rindex("\x00", 0, -1) + 1])
            done = client.change(changes.add(here.name, here.attributes))
        client.require(done)

    # How far

    def _read(self) -> FollowerProgress | None:
        try:
            return msgspec.json.decode(self._progress.read_bytes(), type=FollowerProgress)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def _write(self, at: FollowerProgress) -> None:
        write_atomic(self._progress, msgspec.json.encode(at))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a directory is that takes changes, and as whom."""

    host: str
    port: int
    password: Secret
    user: str = WRITER
    secure: bool = False
    """LDAPS."""

    start_tls: bool = False
    context: ssl.SSLContext | None = None
    """TLS: whom to trust."""


class Following:
    """Follows again and again, over one connection as long as it holds.

    Raises `DirectoryError` as `Follower` does, and connects anew the next time.
    """

    def __init__(self, follower: Follower, address: Address) -> None:
        """Raises `ConfigError` (``ldap.password_in_clear``)."""
        if not (address.secure or address.start_tls or _is_here(address.host)):
            raise ConfigError("ldap.password_in_clear", host=address.host)
        self._follower = follower
        self._address = address
        self._client: DirectoryWriter | None = None

    def turn(self) -> int:
        """Do all that is to be done; returns how many entries were changed there."""
        return self._with(self._follower.follow)

    def compare(self) -> int:
        """Compare the directory entry by entry; returns how many were mended."""
        return self._with(self._follower.compare)

    def loaded(self, version: int) -> None:
        """Say that the directory was filled from a file as it was at a version."""
        self._with(lambda client: self._follower.loaded(client, version))

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _with[T](self, work: Callable[[DirectoryWriter], T]) -> T:
        try:
            if self._client is None:
                self._client = self._connected()
            return work(self._client)
        except CpsError:
            self.close()
            raise

    def _connected(self) -> DirectoryWriter:
        where = self._address
        client = DirectoryWriter(
            where.host, where.port, context=where.context, secure=where.secure, bounds=_BOUNDS
        )
        try:
            if where.start_tls:
                client.start_tls()
            client.bind(where.user, where.password)
        except BaseException:
            client.close()
            raise
        return client


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Seen:
    """Which places were seen; on disk when they are many."""

    def __enter__(self) -> "_Seen":
        self._connection = sqlite3.connect("")
        self._connection.execute("CREATE TABLE seen (path TEXT PRIMARY KEY) WITHOUT ROWID")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, path: str) -> None:
        self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", (path,))

    def __contains__(self, path: str) -> bool:
        query = "SELECT 1 FROM seen WHERE path = ?"
        return self._connection.execute(query, (path,)).fetchone() is not None


def _delete(client: DirectoryWriter, name: str) -> bool:
    done = client.change(changes.delete(name))
    if done.code == ResultCode.NO_SUCH_OBJECT:
        return False
    client.require(done)
    return True


def _entry(client: DirectoryWriter, name: str, *wanted: str) -> SearchEntry | None:
    try:
        found = client.search(SearchRequest(name, SearchScope.BASE, attributes=wanted))
    except DirectoryError as error:
        if error.facts.get("result") == ResultCode.NO_SUCH_OBJECT.name:
            return None
        raise
    return next(iter(found.entries), None)


def _everything(client: DirectoryWriter) -> Iterator[SearchEntry]:
    if _entry(client, CONTEXT) is None:
        return
    for page in client.pages(SearchRequest(CONTEXT), _PAGE):
        yield from page.entries


def _mark(client: DirectoryWriter) -> str:
    found = _entry(client, CONTEXT, _MARK)
    values = found.attributes[0].values if found is not None and found.attributes else ()
    return values[0].decode(errors="replace") if values else ""


def _key(attribute: Attribute) -> str:
    kind = schema.described(attribute.description)
    return attribute.description.lower() if kind is None else kind.key


def _values(attributes: tuple[Attribute, ...]) -> dict[str, frozenset[bytes]]:
    return {_key(attribute): frozenset(attribute.values) for attribute in attributes}
