# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries, as they are given to a directory and as one has them, and what a search needs of it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import methodcaller
from typing import Protocol

from caducee.codec.ldap import encoded
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Attribute
from caducee.directory.ldap import schema
from caducee.spec.ldap import VERSION, Oid, SearchScope

__all__ = [
    "INDEXED",
    "ORDERED",
    "SUBSCHEMA",
    "Asked",
    "Found",
    "LdapEntry",
    "Node",
    "Searchable",
    "SubstringPattern",
    "operational",
    "plain",
    "root",
    "subschema",
    "union",
]

SUBSCHEMA = "cn=Subschema"
"""Where the schema is read."""

INDEXED = (
    *("objectclass", "cn", "sn", "givenname", "uid", "serialnumber", "mail", "ou", "o"),
    *("usercertificate", "cacertificate", "certauth", "certsign"),
    *("title", "description", "st", "l", "c", "name"),
)
"""Keys of the types whose values are looked up."""

ORDERED = ("cn", "sn", "givenname", "uid")
"""Of these the beginning of a value is looked up too."""

type Found = Collection[int]
"""Numbers of entries."""


@dataclass(frozen=True, slots=True)
class SubstringPattern:
    """What a value begins with, holds in this order, and ends with, as it is compared."""

    initial: str = ""
    middle: tuple[str, ...] = ()
    final: str = ""

    def fit(self, text: str) -> bool:
        """Tell whether a value has the pieces, none of them inside another."""
        if not text.startswith(self.initial):
            return False
        place = len(self.initial)
        for piece in self.middle:
            place = text.find(piece, place)
            if place < 0:
                return False
            place += len(piece)
        return len(text) - len(self.final) >= place and text.endswith(self.final)

    def test(self) -> Callable[[str], bool]:
        """Return a function that matches a value; for a single substring, a method of str."""
        if not self.middle and not self.final:
            return methodcaller("startswith", self.initial)
        if not self.middle and not self.initial:
            return methodcaller("endswith", self.final)
        if len(self.middle) == 1 and not self.initial and not self.final:
            return methodcaller("__contains__", self.middle[0])
        return self.fit

    @property
    def longest(self) -> str:
        """The longest of the pieces."""
        return max((self.initial, *self.middle, self.final), key=len)


type Asked = str | SubstringPattern | None
"""What is asked of the values of a type: one that is equal, one with these pieces, or any."""


@dataclass(frozen=True, slots=True)
class LdapEntry:
    """An entry as it is given to a directory."""

    name: str
    """RFC 4514."""

    attributes: tuple[Attribute, ...]
    """With descriptions of the schema; ``objectClass`` is needed."""


@dataclass(slots=True)
class Node:
    """An entry in its place, its attributes as they are sent."""

    number: int
    """What a directory knows it by; below zero: no entry, but the directory itself."""

    parent: int
    """Number of the entry above; -1 for a naming context."""

    name: bytes
    """The name as an element of a message."""

    attributes: dict[str, bytes]
    """By key of the type: the attribute as an element of a message."""

    end: int = 0
    """In a tree in memory: number after the last entry below."""

    children: list[int] = field(default_factory=list)
    """In a tree in memory: numbers of the entries one level below."""

    path: str = ""
    """In a file: its place there."""

    def values(self, key: str) -> tuple[bytes, ...]:
        """Return the values of an attribute by the key of its type."""
        data = self.attributes.get(key)
        return () if data is None else encoded.values(data)


class Searchable(Protocol):
    """A directory as the server searches it: in memory (`Tree`) or in a file (`StoredTree`)."""

    many: int
    """Where the indexes name more entries than this, every entry is looked at in its turn."""

    @property
    def root(self) -> Node:
        """What the directory says of itself."""

    @property
    def subschema(self) -> Node:
        """Its schema."""

    def find(self, name: tuple[str, ...]) -> Node | None:
        """Return the entry of that name (`Dn.keys`)."""

    def base(self, name: tuple[str, ...]) -> Node | None:
        """Return the entry of that name to search below it, perhaps as it was a moment ago."""

    def nearest(self, name: Dn) -> Dn:
        """Return the name of the lowest entry that exists above a name; else the root."""

    def equal(self, key: str, value: str) -> Found | None:
        """Return the entries with that value; none when the type has no index."""

    def beginning(self, key: str, start: str) -> Found | None:
        """Return the entries with a value that begins so; none: too many, or no such index."""

    @property
    def numbers(self) -> int:
        """Greater than the number of every entry."""

    def valued(self, key: str, asked: Asked) -> Iterable[Sequence[int]] | None:
        """Give the numbers of entries with such a value, in small parts, none without an index.

        An entry may come more than once.
        """

    def below(self, base: Node, scope: SearchScope) -> Iterable[Sequence[int]]:
        """Give the numbers of the entries below a base, in small parts."""

    def within(self, base: Node, scope: SearchScope, found: Found | None) -> Iterator[Node | None]:
        """Yield the entries at a base or below it, of all or of those ``found``.

        ``None`` where the others may have their turn.
        """

    def operational(self, node: Node) -> Mapping[str, bytes]:
        """Return what the server knows of an entry, as attributes of messages by key."""


def union(found: Sequence[Found | None], many: int) -> Found | None:
    """Return the entries of all in order; none when one is not known, or they are too many."""
    present = [item for item in found if item is not None]
    if len(present) < len(found):
        return None
    if len(present) == 1:
        return present[0]
    if sum(map(len, present)) > many:
        return None
    return sorted({number for item in present for number in item})


def operational(node: Node, below: bool) -> Mapping[str, bytes]:
    """Return what a server knows of an entry; ``below``: whether others stand below it."""
    name = encoded.text(node.name)
    return _of_form(node.attributes["objectclass"]) | dict(
        (
            _attribute("entryDN", name.encode()),
            _attribute("hasSubordinates", b"TRUE" if below else b"FALSE"),
        )
    )


@lru_cache(1024)
def _of_form(classes: bytes) -> dict[str, bytes]:
    """Return what all entries of the same object classes share."""
    names = (item.decode("ascii", "replace") for item in encoded.values(classes))
    found = [_attribute("subschemaSubentry", SUBSCHEMA.encode())]
    if (own := schema.structural(names)) is not None:
        found.append(_attribute("structuralObjectClass", own.encode()))
    return dict(found)


def _attribute(name: str, *values: bytes) -> tuple[str, bytes]:
    return name.lower(), encoded.attribute(Attribute(name, values))


def root(contexts: tuple[str, ...]) -> Node:
    """Return the entry without a name, by which a server describes itself (RFC 4512 section 5)."""
    extensions = (Oid.START_TLS, Oid.WHO_AM_I)
    features = (
        Oid.ALL_OPERATIONAL_ATTRIBUTES,
        Oid.ATTRIBUTES_BY_CLASS,
        Oid.TRUE_FALSE_FILTERS,
    )
    attributes = [
        _attribute("objectClass", b"top"),
        _attribute("supportedLDAPVersion", str(VERSION).encode()),
        _attribute("supportedControl", Oid.PAGED_RESULTS.encode()),
        _attribute("supportedExtension", *(extension.encode() for extension in extensions)),
        _attribute("supportedFeatures", *(feature.encode() for feature in features)),
        _attribute("subschemaSubentry", SUBSCHEMA.encode()),
        _attribute("vendorName", b"caducee"),
    ]
    if contexts:
        attributes.append(_attribute("namingContexts", *(context.encode() for context in contexts)))
    return Node(-1, -1, encoded.octets(b""), dict(attributes))


def subschema() -> Node:
    """Return the entry with the schema."""
    found: dict[str, list[bytes]] = {}
    for name, text in schema.definitions():
        found.setdefault(name, []).append(text.encode())
    attributes = [
        _attribute("objectClass", b"top", b"subschema"),
        _attribute("cn", b"Subschema"),
        *(_attribute(name, *texts) for name, texts in found.items()),
    ]
    return Node(-2, -1, encoded.octets(SUBSCHEMA.encode()), dict(attributes))


_PLAIN = {
    "c": "country",
    "o": "organization",
    "ou": "organizationalUnit",
    "l": "locality",
    "cn": "organizationalRole",
}


def plain(name: Dn, *more: Attribute, classes: tuple[str, ...] = ()) -> LdapEntry:
    """Return an entry with the class and attribute of its own level, and ``more``."""
    ava = name.levels[0][0]
    kind = ava.canonical_type
    of = tuple(item.encode() for item in ("top", _PLAIN[kind], *classes))
    own = Attribute(kind, (str(ava.value).encode(),))
    return LdapEntry(name.text(), (Attribute("objectClass", of), own, *more))
