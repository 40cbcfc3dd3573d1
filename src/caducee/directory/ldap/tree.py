# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The entries of a directory in memory, in the order of the tree, with indexes.

A tree never changes: a newer one takes its place, while a search under way ends on the old one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched

from caducee.base.errors import StateError
from caducee.codec.ldap import encoded
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Attribute
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import (
    INDEXED,
    ORDERED,
    Asked,
    Found,
    LdapEntry,
    Node,
    SubstringPattern,
    operational,
    root,
    subschema,
    union,
)
from caducee.directory.ldap.values import stored_key
from caducee.spec.ldap import SearchScope

__all__ = ["Tree"]

_LAST = "\U0010ffff"
"""Comes after every character that a value has."""

_MANY = 1000
_PART = 2000
"""Values of an index, or entries, that are looked at in one piece of work: below a millisecond."""

_SHARED = 256
"""Attributes below this size are kept once when they are the same."""


type _Index = dict[str, int | list[int]]


class Tree:
    """All entries of a server. Raises `StateError` (``ldap.entry``) for entries without a place.

    ``contexts`` names the entries that stand at the top; every other entry stands below another.
    Where the indexes would name more than ``many`` entries at once, every entry is looked at in
    its turn: a search never holds up the others.
    """

    def __init__(
        self,
        entries: Iterable[LdapEntry] = (),
        contexts: Sequence[str] = (),
        *,
        many: int = _MANY,
    ) -> None:
        self.contexts = tuple(contexts)
        self.many = many
        self.nodes: list[Node] = []
        self._places: dict[tuple[str, ...], int] = {}
        self._kept: dict[bytes, bytes] = {}
        self._indexes: dict[str, _Index] = {key: {} for key in INDEXED}
        self._forms: dict[frozenset[str], list[int]] = {}
        tops = {Dn.parse(context).keys() for context in contexts}
        for names, entry in _ordered(entries):
            self._append(names, entry, names in tops)
        self._kept.clear()
        self._sorted = {key: sorted(self._indexes[key]) for key in ORDERED}
        self.root = root(self.contexts)
        self.subschema = subschema()

    def __len__(self) -> int:
        return len(self.nodes)

    def _append(self, names: tuple[str, ...], entry: LdapEntry, top: bool) -> None:
        parent = -1 if top else self._places.get(names[1:], -1)
        if parent < 0 and not top:
            raise StateError("ldap.entry", name=entry.name, reason="no entry above it")
        if names in self._places:
            raise StateError("ldap.entry", name=entry.name, reason="the name stands twice")
        node = self._node(entry, parent)
        self.nodes.append(node)
        self._places[names] = node.number
        self._forms.setdefault(frozenset(node.attributes), []).append(node.number)
        if parent >= 0:
            self.nodes[parent].children.append(node.number)
        while parent >= 0:
            self.nodes[parent].end = node.end
            parent = self.nodes[parent].parent
        for attribute in entry.attributes:
            self._enter(attribute, node.number)

    def _node(self, entry: LdapEntry, parent: int) -> Node:
        attributes = {}
        for attribute in entry.attributes:
            kind = schema.described(attribute.description)
            if kind is None or not attribute.values or kind.key in attributes:
                raise StateError("ldap.entry", name=entry.name, reason=attribute.description)
            data = encoded.attribute(attribute)
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

    def find(self, name: tuple[str, ...]) -> Node | None:
        """Return the entry of that name (`Dn.keys`)."""
        place = self._places.get(name)
        return None if place is None else self.nodes[place]

    base = find

    def nearest(self, name: Dn) -> Dn:
        """Return the name of the lowest entry that exists above a name; else the root."""
        while name.levels and self.place(name.keys()) is None:
            name = name.parent
        return name

    def equal(self, key: str, value: str) -> Found | None:
        """Return the entries with that value in order; none when the type has no index."""
        index = self._indexes.get(key)
        if index is None:
            return None
        found = index.get(value, ())
        return (found,) if isinstance(found, int) else found

    def beginning(self, key: str, start: str) -> Found | None:
        """Return the entries with a value that begins so; none: too many, or no such index."""
        ordered = self._sorted.get(key)
        if ordered is None:
            return None
        first = bisect_left(ordered, start)
        last = bisect_left(ordered, start + _LAST, first)
        if last - first > self.many:
            return None
        index = self._indexes[key]
        numbers = [index[item] for item in ordered[first:last]]
        return union(
            [(number,) if isinstance(number, int) else number for number in numbers], self.many
        )

    @property
    def numbers(self) -> int:
        """Greater than the number of every entry."""
        return len(self.nodes)

    def valued(self, key: str, asked: Asked) -> Iterator[Sequence[int]] | None:
        """Give the numbers of entries with such a value, in parts; none when it has no index."""
        if key in schema.OPERATIONAL:
            return None
        if asked is None:
            forms = [found for keys, found in self._forms.items() if key in keys]
            return (part for found in forms for part in _parts(found))
        index = self._indexes.get(key)
        if index is None:
            return None
        if isinstance(asked, str):
            found = index.get(asked, ())
            return _parts((found,) if isinstance(found, int) else found)
        return _fitting(index, asked)

    def below(self, base: Node, scope: SearchScope) -> Iterator[Sequence[int]]:
        """Give the numbers of the entries below a base, in parts."""
        if scope is SearchScope.ONE_LEVEL:
            return _parts(base.children)
        return _parts(range(base.number + 1, base.end))

    def within(self, base: Node, scope: SearchScope, found: Found | None) -> Iterator[Node | None]:
        """Yield the entries at a base or below it, of all or of those ``found``."""
        nodes = self.nodes
        if scope is SearchScope.BASE:
            return iter((base,))
        if scope is SearchScope.ONE_LEVEL:
            if found is None or len(found) > len(base.children):
                return (nodes[child] for child in base.children)
            return (nodes[item] for item in found if nodes[item].parent == base.number)
        first = base.number + (scope is SearchScope.CHILDREN)
        if found is None:
            return (nodes[index] for index in range(first, base.end))
        return (nodes[item] for item in found if first <= item < base.end)

    def operational(self, node: Node) -> Mapping[str, bytes]:
        """Return what the server knows of an entry, as attributes of messages by key."""
        return {} if node.number < 0 else operational(node, bool(node.children))


def _parts(found: Sequence[int]) -> Iterator[Sequence[int]]:
    return (found[place : place + _PART] for place in range(0, len(found), _PART))


def _fitting(index: _Index, pieces: SubstringPattern) -> Iterator[Sequence[int]]:
    """Give the entries of the values with these pieces, one part of the index at a time."""
    fits = pieces.test()
    for some in batched(index, _PART):
        found: list[int] = []
        for key in filter(fits, some):
            numbers = index[key]
            if isinstance(numbers, int):
                found.append(numbers)
            else:
                yield from _parts(numbers)
        yield found


def _add(index: _Index, key: str, number: int) -> None:
    known = index.get(key)
    if known is None:
        index[key] = number  # nearly all values stand once: no list for them
    elif isinstance(known, list):
        if known[-1] != number:
            known.append(number)
    elif known != number:
        index[key] = [known, number]


def _ordered(entries: Iterable[LdapEntry]) -> Iterator[tuple[tuple[str, ...], LdapEntry]]:
    """Return entries with their compared names, what is below an entry right after it."""
    named = [(Dn.parse(entry.name).keys(), entry) for entry in entries]
    return iter(sorted(named, key=lambda item: item[0][::-1]))
