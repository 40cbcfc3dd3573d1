# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How the entries of a directory lie in a file (`caducee.directory.ldap.store`)."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from caducee.base.errors import StateError
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import INDEXED
from caducee.directory.ldap.schema import MatchingRule

__all__ = [
    "BUSY_SECONDS",
    "FORMAT",
    "KINDS",
    "decoded",
    "encoding",
    "index_key",
    "opened",
    "path_of",
    "tables",
]

FORMAT = 3
"""Version of the tables; a file of another one is made anew."""

BUSY_SECONDS = 60
"""How long a writer waits for another one."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE form (id INTEGER PRIMARY KEY, attributes TEXT NOT NULL, classes TEXT NOT NULL);

CREATE TABLE entry (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, parent INTEGER NOT NULL,
    form INTEGER NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL,
    name BLOB NOT NULL, attributes BLOB NOT NULL
);

CREATE INDEX entry_parent ON entry (parent);

CREATE INDEX entry_form ON entry (form);

CREATE INDEX entry_owner ON entry (owner);

CREATE INDEX entry_version ON entry (version, path);

CREATE TABLE value (
    kind INTEGER NOT NULL, key TEXT NOT NULL, entry INTEGER NOT NULL,
    PRIMARY KEY (kind, key, entry)
) WITHOUT ROWID;

CREATE TABLE term (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key TEXT NOT NULL, UNIQUE (kind, key)
);

CREATE VIRTUAL TABLE gram USING fts5 (
    key, content = '', contentless_delete = 1, detail = none,
    tokenize = 'trigram case_sensitive 1'
);

CREATE TRIGGER value_came AFTER INSERT ON value WHEN new.kind IN ({texts}) BEGIN
    INSERT OR IGNORE INTO term (kind, key) VALUES (new.kind, new.key);
END;

CREATE TRIGGER value_went AFTER DELETE ON value WHEN old.kind IN ({texts}) AND NOT EXISTS (
    SELECT 1 FROM value WHERE kind = old.kind AND key = old.key
) BEGIN
    DELETE FROM term WHERE kind = old.kind AND key = old.key;
END;

CREATE TRIGGER term_came AFTER INSERT ON term BEGIN
    INSERT INTO gram (rowid, key) VALUES (new.id, new.key);
END;

CREATE TRIGGER term_went AFTER DELETE ON term BEGIN
    DELETE FROM gram WHERE rowid = old.id;
END;

CREATE TABLE gone (path TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL)
    WITHOUT ROWID;

CREATE INDEX gone_version ON gone (version, path);
"""
"""Statements with empty lines between.

A form is which attributes and object classes an entry has: few forms, many entries. A term is a
text that some entry has, once; its pieces of three characters are in ``gram``, for substrings.
"""

KINDS = {key: number for number, key in enumerate(INDEXED)}
"""Numbers of the indexes, by the keys of the types."""

_TEXT_RULES = MatchingRule.CASE_IGNORE, MatchingRule.CASE_IGNORE_IA5
_TEXTS = [
    number
    for key, number in KINDS.items()
    if (kind := schema.attribute_type(key)) is not None and kind.equality in _TEXT_RULES
]

_EVERYBODY = ("top", "person", "organizationalPerson", "inetOrgPerson", "cpsPersonne")
_COMMON = frozenset(map(schema.class_oid, (*_EVERYBODY, "cpsStructuralPerson")))
"""Classes of nearly all entries: no index of them would help."""

_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(dict[str, bytes])


def tables() -> Iterator[str]:
    """Yield the statements that make the tables."""
    texts = ", ".join(map(str, _TEXTS))
    return (word.replace("{texts}", texts) for word in _TABLES.split("\n\n"))


def index_key(rule: MatchingRule, key: str) -> str | None:
    """Return what an index keeps of a value that is compared so; none: it is not indexed."""
    if rule is MatchingRule.CERTIFICATE:  # a number and the name of an issuer: long, compared whole
        return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
    return None if rule is MatchingRule.OBJECT_ID and key in _COMMON else key


def encoding(attributes: dict[str, bytes]) -> bytes:
    """Return the attributes of an entry, by their keys, each as it is sent, in one piece."""
    return _ENCODER.encode(attributes)


def decoded(data: bytes) -> dict[str, bytes]:
    """Return the attributes of such a piece."""
    return _DECODER.decode(data)


def path_of(keys: Iterable[str]) -> str:
    """Return the place of the entry of a name (`Dn.keys`): what is below begins with it."""
    return "\x00".join([*reversed(tuple(keys)), ""])


@contextmanager
def opened() -> Iterator[None]:
    """Turn an error of the file into one of our tree."""
    try:
        yield
    except sqlite3.Error as error:
        raise StateError("ldap.store", reason=str(error)) from error
