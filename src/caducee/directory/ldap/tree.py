# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The entries of a directory in memory, in the order of the tree, with indexes.

A tree never changes: a newer one takes its place, while a search under way ends on the old one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from caducee.base.errors import StateError
from caducee.codec.ldap import encoded
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Attribute
from caducee.directory.ldap import schema
from caducee.directory.ldap.values import stored_key
from caducee.spec.ldap import VERSION, Oid

__all__ = ["SUBSCHEMA", "Entry", "Node", "Tree"]

SUBSCHEMA = "cn=Subschema"
"""Where the schema is read."""

_INDEXED = (
    *("objectclass", "cn", "sn", "givenname", "uid", "serialnumber", "mail", "ou", "o"),
    *("usercertificate", "cacertificate", "certauth", "certsign"),
)
_ORDERED = ("cn", "sn", "givenname", "uid")
"""Indexed so that the beginning of a value finds it too."""


_LAST = "\U0010ffff"
"""Comes after every character that a value has."""

_MANY = 1000
_SHARED = 256
"""Attributes below this size are kept once when they are the same."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is put into a tree."""

    name: str
    """RFC 4514."""

    attributes: tuple[Attribute, ...]
    """With descriptions of the schema; ``objectClass`` is needed."""


@dataclass(slots=True)
class Node:
    """An entry in its place, its attributes as they are sent."""

    number: int
    """Place in the order of the tree; what is below an entry follows it at once."""

    parent: int
    """Number of the entry above; -1 for a naming context."""

    name: bytes
    """The name as an element of a message."""

    attributes: dict[str, bytes]
    """By key of the type: the attribute as an element of a message."""

    end: int = 0
    """Number after the last entry below."""

    children: list[int] = field(default_factory=list)

    def values(self, key: str) -> tuple[bytes, ...]:
        """Return the values of an attribute by the key of its type."""
        data = self.attributes.get(key)
        return () if data is None else encoded.values(data)


type _Index = dict[str, int | list[int]]


class Tree:
    """All entries of a server. Raises `StateError` (``ldap.entry``) for entries without a place.

    ``contexts`` names the entries that stand at the top; every other entry stands below another.
    Where the indexes would name more than ``many`` entries at once, every entry is looked at in
    its turn: a search never holds up the others.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        contexts: Sequence[str] = (),
        *,
        many: int = _MANY,
    ) -> None:
        self.contexts = tuple(contexts)
        self.many = many
        self.nodes: list[Node] = []
        self._places: dict[tuple[str, ...], int] = {}
        self._kept: dict[bytes, bytes] = {}
        self._indexes: dict[str, _Index] = {key: {} for key in _INDEXED}
        tops = {Dn.parse(one).keys() for one in contexts}
        for names, entry in _ordered(entries):
            self._append(names, entry, names in tops)
        self._kept.clear()
        self._sorted = {key: sorted(self._indexes[key]) for key in _ORDERED}
        self.root = _root(self.contexts)
        self.subschema = _subschema()

    def __len__(self) -> int:
        return len(self.nodes)

    def _append(self, names: tuple[str, ...], entry: Entry, top: bool) -> None:
        parent = -1 if top else self._places.get(names[1:], -1)
        if parent < 0 and not top:
            raise StateError("ldap.entry", name=entry.name, reason="no entry above it")
        if names in self._places:
            raise StateError("ldap.entry", name=entry.name, reason="the name stands twice")
        node = self._node(entry, parent)
        self.nodes.append(node)
        self._places[names] = node.number
        if parent >= 0:
            self.nodes[parent].children.append(node.number)
        while parent >= 0:
            self.nodes[parent].end = node.end
            parent = self.nodes[parent].parent
        for attribute in entry.attributes:
            self._enter(attribute, node.number)

    def _node(self, entry: Entry, parent: int) -> Node:
        attributes = {}
        for one in entry.attributes:
            kind = schema.described(one.description)
            if kind is None or not one.values or kind.key in attributes:
                raise StateError("ldap.entry", name=entry.name, reason=one.description)
            data = encoded.attribute(one)
            if len(data) < _SHARED:  # the classes of a person are those of all persons
                data = self._kept.setdefault(data, data)
            attributes[kind.key] = data
        if "objectclass" not in attributes:
            raise StateError("ldap.entry", name=entry.name, reason="objectClass")
        number = len(self.nodes)
        name = encoded.octets(entry.name.encode())
        return Node(number, parent, name, attributes, number + 1)

    def _enter(self, attribute: Attribute, number: int) -> None:
        kind = schema.described(attribute.description)
        index = self._indexes.get(kind.key) if kind else None
        if kind is None or index is None or kind.equality is None:
            return
        for value in attribute.values:
            key = stored_key(kind.equality, value)
            if key is not None:
                _add(index, key, number)

    def place(self, name: tuple[str, ...]) -> int | None:
        """Return the number of the entry of that name (`Dn.keys`)."""
        return self._places.get(name)

    def nearest(self, name: Dn) -> Dn:
        """Return the name of the lowest entry that exists above a name; else the root."""
        while name.levels and self.place(name.keys()) is None:
            name = name.parent
        return name

    def equal(self, key: str, value: str) -> Sequence[int] | None:
        """Return the entries with that value in order; none when the type has no index."""
        index = self._indexes.get(key)
        if index is None:
            return None
        found = index.get(value, ())
        return (found,) if isinstance(found, int) else found

    def beginning(self, key: str, start: str) -> Sequence[int] | None:
        """Return the entries with a value that begins so; none: too many, or no such index."""
        ordered = self._sorted.get(key)
        if ordered is None:
            return None
        first = bisect_left(ordered, start)
        last = bisect_left(ordered, start + _LAST, first)
        if last - first > self.many:
            return None
        index = self._indexes[key]
        numbers = [index[one] for one in ordered[first:last]]
        return self.union([(one,) if isinstance(one, int) else one for one in numbers])

    def union(self, found: Sequence[Sequence[int] | None]) -> Sequence[int] | None:
        """Return the entries of all in order; none when one is not known, or they are too many."""
        present = [one for one in found if one is not None]
        if len(present) < len(found):
            return None
        if len(present) == 1:
            return present[0]
        if sum(map(len, present)) > self.many:
            return None
        return sorted({number for one in present for number in one})

    def operational(self, node: Node) -> Mapping[str, bytes]:
        """Return what the server knows of an entry, as attributes of messages by key."""
        if node.number < 0:
            return {}
        name = encoded.text(node.name)
        below = b"TRUE" if node.children else b"FALSE"
        return dict(
            (
                _attribute("entryDN", name.encode()),
                _attribute("subschemaSubentry", SUBSCHEMA.encode()),
                _attribute("hasSubordinates", below),
            )
        )


def _add(index: _Index, key: str, number: int) -> None:
    known = index.get(key)
    if known is None:
        index[key] = number  # nearly all values stand once: no list for them
    elif isinstance(known, list):
        if known[-1] != number:
            known.append(number)
    elif known != number:
        index[key] = [known, number]


def _ordered(entries: Iterable[Entry]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Return entries with their compared names, what is below an entry right after it."""
    named = [(Dn.parse(entry.name).keys(), entry) for entry in entries]
    return iter(sorted(named, key=lambda one: one[0][::-1]))


def _attribute(name: str, *values: bytes) -> tuple[str, bytes]:
    return name.lower(), encoded.attribute(Attribute(name, values))


def _root(contexts: tuple[str, ...]) -> Node:
    """Return the entry without a name, by which a server describes itself (RFC 4512 section 5)."""
    extensions = (Oid.START_TLS, Oid.WHO_AM_I)
    features = (Oid.ALL_OPERATIONAL_ATTRIBUTES, Oid.TRUE_FALSE_FILTERS)
    attributes = [
        _attribute("objectClass", b"top"),
        _attribute("supportedLDAPVersion", str(VERSION).encode()),
        _attribute("supportedControl", Oid.PAGED_RESULTS.encode()),
        _attribute("supportedExtension", *(one.encode() for one in extensions)),
        _attribute("supportedFeatures", *(one.encode() for one in features)),
        _attribute("subschemaSubentry", SUBSCHEMA.encode()),
        _attribute("vendorName", b"caducee"),
    ]
    if contexts:
        attributes.append(_attribute("namingContexts", *(one.encode() for one in contexts)))
    return Node(-1, -1, encoded.octets(b""), dict(attributes))


def _subschema() -> Node:
    found: dict[str, list[bytes]] = {}
    for name, text in schema.definitions():
        found.setdefault(name, []).append(text.encode())
    attributes = [
        _attribute("objectClass", b"top", b"subschema"),
        _attribute("cn", b"Subschema"),
        *(_attribute(name, *texts) for name, texts in found.items()),
    ]
    return Node(-2, -1, encoded.octets(SUBSCHEMA.encode()), dict(attributes))
