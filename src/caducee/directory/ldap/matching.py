# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Filters made ready for a tree: which entries may match, and whether one does.

A filter is true, false or undefined (RFC 4511 section 4.5.1.7): undefined is what asks for unknown
attributes or for comparisons that an attribute does not have, and only what is true is found.
"""

from collections.abc import Callable
from functools import lru_cache

from caducee.codec.ldap import encoded
from caducee.codec.ldap.filters import (
    And,
    Approximate,
    Equal,
    Extensible,
    Filter,
    Not,
    Or,
    Present,
    Substrings,
)
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import Found, Node, Searchable, union
from caducee.directory.ldap.schema import AttributeType, Rule
from caducee.directory.ldap.values import asked_key, stored_key, text_key

__all__ = ["Predicate", "candidates", "compiled", "found_by_index"]

type Predicate = Callable[[Node], bool | None]
"""True, false, or none for undefined."""


def compiled(wanted: Filter) -> Predicate:
    """Return what tells whether an entry matches."""
    match wanted:
        case And(parts):
            return _all([compiled(one) for one in parts])
        case Or(parts):
            return _any([compiled(one) for one in parts])
        case Not(part):
            return _not(compiled(part))
        case Present(attribute):
            return _present(schema.described(attribute))
        case Substrings():
            return _substrings(wanted)
    equality = _equality(wanted)
    return _undefined if equality is None else _equal(*equality)


def _undefined(_: Node) -> bool | None:
    return None


def _all(parts: list[Predicate]) -> Predicate:
    def check(node: Node) -> bool | None:
        found: bool | None = True
        for part in parts:
            one = part(node)
            if one is False:
                return False
            if one is None:
                found = None
        return found

    return check


def _any(parts: list[Predicate]) -> Predicate:
    def check(node: Node) -> bool | None:
        found: bool | None = False
        for part in parts:
            one = part(node)
            if one:
                return True
            if one is None:
                found = None
        return found

    return check


def _not(part: Predicate) -> Predicate:
    def check(node: Node) -> bool | None:
        found = part(node)
        return None if found is None else not found

    return check


def _present(kind: AttributeType | None) -> Predicate:
    if kind is None:
        return _undefined
    keys = schema.with_subtypes(kind)
    return lambda node: not keys.isdisjoint(node.attributes)


@lru_cache(128)
def _equality(wanted: Filter) -> tuple[AttributeType, Rule, str] | None:
    """Return what a filter compares for equality; none when that is not defined.

    What is about the same is what is equal, as the standard allows. Of the named rules only that
    of the attribute itself is taken.
    """
    match wanted:
        case Equal(attribute) | Approximate(attribute) | Extensible(_, str(attribute), _, False):
            kind = schema.described(attribute)
        case _:
            return None
    if kind is None or kind.equality is None:
        return None
    if isinstance(wanted, Extensible) and wanted.rule not in (None, kind.equality):
        return None
    key = asked_key(kind.equality, wanted.value)
    return None if key is None else (kind, kind.equality, key)


def _equal(kind: AttributeType, rule: Rule, key: str) -> Predicate:
    keys = schema.with_subtypes(kind)

    def check(node: Node) -> bool | None:
        return any(
            key in _stored_keys(rule, node.attributes[one])
            for one in keys
            if one in node.attributes
        )

    return check


def _stored_keys(rule: Rule, data: bytes) -> frozenset[str | None]:
    """Return the keys of all values; those of a short attribute, as classes are, are known."""
    return (_known_keys if len(data) < _SHORT else _read_keys)(rule, data)


def _read_keys(rule: Rule, data: bytes) -> frozenset[str | None]:
    return frozenset(stored_key(rule, value) for value in encoded.values(data))


_SHORT = 256
_known_keys = lru_cache(4096)(_read_keys)


def _pieces(wanted: Substrings) -> tuple[AttributeType, str | None, list[str], str | None] | None:
    """Return type and pieces as they are compared; none when that is not defined."""
    kind = schema.described(wanted.attribute)
    if kind is None or not (kind.substrings and kind.equality):
        return None
    found = [
        None if one is None else _piece(one)
        for one in (wanted.initial, *wanted.middle, wanted.final)
    ]
    if "" in found:
        return None
    middle = [one for one in found[1:-1] if one is not None]
    return kind, found[0], middle, found[-1]


def _piece(value: bytes) -> str:
    """Return a piece as it is compared: a space at its end counts as one (RFC 4518)."""
    key = text_key(value)
    if key is None:
        return ""
    text = value.decode()
    return (" " if text[:1].isspace() else "") + key + (" " if text[-1:].isspace() else "")


def _substrings(wanted: Substrings) -> Predicate:
    pieces = _pieces(wanted)
    if pieces is None:
        return _undefined
    kind, initial, middle, final = pieces
    keys = schema.with_subtypes(kind)

    def fits(value: bytes) -> bool:
        text = text_key(value)
        if text is None or not text.startswith(initial or ""):
            return False
        place = len(initial or "")
        for piece in middle:
            place = text.find(piece, place)
            if place < 0:
                return False
            place += len(piece)
        return final is None or (len(text) - len(final) >= place and text.endswith(final))

    def check(node: Node) -> bool | None:
        return any(fits(one) for key in keys for one in node.values(key))

    return check


def candidates(wanted: Filter, tree: Searchable) -> Found | None:
    """Return the numbers of entries among which all matches are, in order; none: any entry."""
    match wanted:
        case And(parts):
            found = [one for part in parts if (one := candidates(part, tree)) is not None]
            return min(found, key=len, default=None)
        case Or(parts):
            return union([candidates(part, tree) for part in parts], tree.many)
        case Substrings():
            return _beginning(wanted, tree)
        case Equal() | Approximate() | Extensible():
            return _indexed(wanted, tree)
    return None


def found_by_index(wanted: Filter) -> bool:
    """Tell whether the candidates, if there are such, are all matches: no second look is needed."""
    return isinstance(wanted, Equal)


def _indexed(wanted: Filter, tree: Searchable) -> Found | None:
    equality = _equality(wanted)
    if equality is None:
        return ()
    kind, _, key = equality
    return union([tree.equal(one, key) for one in schema.with_subtypes(kind)], tree.many)


def _beginning(wanted: Substrings, tree: Searchable) -> Found | None:
    pieces = _pieces(wanted)
    if pieces is None:
        return ()
    kind, initial, *_ = pieces
    if initial is None:
        return None
    kinds = schema.with_subtypes(kind)
    return union([tree.beginning(one, initial) for one in kinds], tree.many)
