# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Filters made ready for a tree: which entries may match, and whether one does.

A filter is true, false or undefined (RFC 4511 section 4.5.1.7): undefined is what asks for unknown
attributes or for comparisons that an attribute does not have, and only what is true is found.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

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
from caducee.codec.ldap.names import Dn
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import Asked, Found, Node, Searchable, SubstringPattern, union
from caducee.directory.ldap.schema import AttributeType, MatchingRule
from caducee.directory.ldap.values import asked_key, stored_key, text_key
from caducee.spec.ldap import ResultCode

__all__ = [
    "Indexed",
    "Predicate",
    "candidates",
    "comparable",
    "compiled",
    "found_by_index",
    "indexed",
]

type Predicate = Callable[[Node], bool | None]
"""True, false, or none for undefined."""


type Operational = Callable[[Node], Mapping[str, bytes]]
"""What a server knows of an entry (`Searchable.operational`)."""


def _nothing(_: Node) -> Mapping[str, bytes]:
    return {}


def compiled(wanted: Filter, operational: Operational = _nothing) -> Predicate:
    """Return a function that matches an entry."""
    match wanted:
        case And(parts):
            return _all([compiled(item, operational) for item in parts])
        case Or(parts):
            return _any([compiled(item, operational) for item in parts])
        case Not(part):
            return _not(compiled(part, operational))
        case Present(attribute):
            return _present(schema.described(attribute), operational)
        case Substrings():
            return _substrings(wanted)
    equality = _equality(wanted)
    return _undefined if equality is None else _equal(equality, operational)


def _undefined(_: Node) -> bool | None:
    return None


def _all(parts: list[Predicate]) -> Predicate:
    def check(node: Node) -> bool | None:
        found: bool | None = True
        for part in parts:
            item = part(node)
            if item is False:
                return False
            if item is None:
                found = None
        return found

    return check


def _any(parts: list[Predicate]) -> Predicate:
    def check(node: Node) -> bool | None:
        found: bool | None = False
        for part in parts:
            item = part(node)
            if item:
                return True
            if item is None:
                found = None
        return found

    return check


def _not(part: Predicate) -> Predicate:
    def check(node: Node) -> bool | None:
        found = part(node)
        return None if found is None else not found

    return check


def _present(kind: AttributeType | None, operational: Operational) -> Predicate:
    if kind is None:
        return _undefined
    keys = schema.with_subtypes(kind)
    if kind.operational:
        return lambda node: not keys.isdisjoint(operational(node))
    return lambda node: not keys.isdisjoint(node.attributes)


@dataclass(frozen=True, slots=True)
class _Equality:
    """Values that are compared for equality."""

    keys: frozenset[str]
    """Of the types whose values are compared."""

    rule: MatchingRule
    key: str
    """What is asked for, as the rule compares it."""

    in_name: bool = False
    """Whether the values in the name of the entry count too."""


@lru_cache(128)
def _equality(wanted: Filter) -> _Equality | None:
    """Return what a filter compares for equality; none when that is not defined.

    What is about the same is what is equal, as the standard allows.
    """
    match wanted:
        case Extensible():
            return _extensible(wanted)
        case Equal(attribute) | Approximate(attribute):
            kind = schema.described(attribute)
        case _:
            return None
    if kind is None or kind.equality is None:
        return None
    key = asked_key(kind.equality, wanted.value)
    return None if key is None else _Equality(schema.with_subtypes(kind), kind.equality, key)


def _extensible(wanted: Extensible) -> _Equality | None:
    """Return what is compared by a named rule, or by that of the attribute itself."""
    rule = None if wanted.rule is None else MatchingRule.of(wanted.rule)
    if wanted.attribute is None:
        keys = frozenset(
            attribute_kind.key
            for attribute_kind in schema.ATTRIBUTE_TYPES
            if _usable(rule, attribute_kind) and not attribute_kind.operational
        )
    else:
        kind = schema.described(wanted.attribute)
        if kind is None:
            return None
        if wanted.rule is None:
            rule = kind.equality
        keys = schema.with_subtypes(kind) if _usable(rule, kind) else frozenset()
    if rule is None or not keys:
        return None
    key = asked_key(rule, wanted.value)
    return None if key is None else _Equality(keys, rule, key, wanted.in_name)


def _usable(rule: MatchingRule | None, kind: AttributeType) -> bool:
    """Tell whether a rule compares values of a type."""
    return rule is not None and kind.equality is not None and rule.indexed_as is kind.equality


def _equal(wanted: _Equality, operational: Operational) -> Predicate:
    keys, rule, key = wanted.keys, wanted.rule, wanted.key
    of_server = not keys.isdisjoint(schema.OPERATIONAL)

    def check(node: Node) -> bool | None:
        known = operational(node) if of_server else node.attributes
        return any(key in _stored_keys(rule, known[item]) for item in keys if item in known)

    def check_name_too(node: Node) -> bool | None:
        return check(node) or any(
            item in keys and stored_key(rule, value) == key for item, value in _in_name(node.name)
        )

    return check_name_too if wanted.in_name else check


def _in_name(name: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the types and values in the name of an entry."""
    written = encoded.text(name)
    first, _, above = written.partition(",")
    if "\\" in first:  # maybe the comma belongs to the value
        return iter(_values_of_name(written))
    return chain(_values_of_name(first), _values_above(above))


def _values_of_name(written: str) -> tuple[tuple[str, bytes], ...]:
    avas = (ava for level in Dn.parse(written).levels for ava in level)
    known = ((schema.attribute_type(ava.canonical_type), ava.value) for ava in avas)
    return tuple(
        (kind.key, value.encode()) for kind, value in known if kind and isinstance(value, str)
    )


_values_above = lru_cache(1024)(_values_of_name)


def comparable(attribute: str, value: bytes) -> ResultCode:
    """Tell whether a value can be compared with those of an attribute (RFC 4511 section 4.10)."""
    kind = schema.described(attribute)
    if kind is None:
        return ResultCode.UNDEFINED_ATTRIBUTE_TYPE
    if kind.equality is None:
        return ResultCode.INAPPROPRIATE_MATCHING
    if _equality(Equal(attribute, value)) is None:
        return ResultCode.INVALID_ATTRIBUTE_SYNTAX
    return ResultCode.SUCCESS


def _stored_keys(rule: MatchingRule, data: bytes) -> frozenset[str | None]:
    """Return the keys of all values; those of a short attribute, as classes are, are known."""
    return (_known_keys if len(data) < _SHORT else _read_keys)(rule, data)


def _read_keys(rule: MatchingRule, data: bytes) -> frozenset[str | None]:
    return frozenset(stored_key(rule, value) for value in encoded.values(data))


_SHORT = 256
_known_keys = lru_cache(4096)(_read_keys)


@lru_cache(128)
def _pieces(wanted: Substrings) -> tuple[frozenset[str], SubstringPattern] | None:
    """Return the keys of types, and the pieces as they are compared; none: it is not defined."""
    kind = schema.described(wanted.attribute)
    if kind is None or not (kind.substrings and kind.equality):
        return None
    found = [
        None if item is None else _piece(item)
        for item in (wanted.initial, *wanted.middle, wanted.final)
    ]
    if "" in found:
        return None
    middle = tuple(item for item in found[1:-1] if item is not None)
    return schema.with_subtypes(kind), SubstringPattern(found[0] or "", middle, found[-1] or "")


def _piece(value: bytes) -> str:
    """Return a piece as it is compared: a space at its end counts as one (RFC 4518)."""
    key = text_key(value)
    if key is None:
        return ""
    text = value.decode()
    return (" " if text[:1].isspace() else "") + key + (" " if text[-1:].isspace() else "")


def _substrings(wanted: Substrings) -> Predicate:
    found = _pieces(wanted)
    if found is None:
        return _undefined
    keys, pieces = found

    def fits(value: bytes) -> bool:
        text = text_key(value)
        return text is not None and pieces.fit(text)

    def check(node: Node) -> bool | None:
        return any(fits(item) for key in keys for item in node.values(key))

    return check


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the indexes are asked for a part of a filter."""

    keys: frozenset[str]
    """Of the types."""

    asked: Asked
    exact: bool = True
    """Whether an entry that they name matches; else it has to be compared."""

    in_name: bool = False
    """Whether others match too, by their names."""


def indexed(wanted: Filter) -> Indexed | None:
    """Return what the indexes are asked for a part of a filter; none when it is undefined."""
    match wanted:
        case Present(attribute):
            kind = schema.described(attribute)
            return None if kind is None else Indexed(schema.with_subtypes(kind), None)
        case Substrings():
            found = _pieces(wanted)
            return None if found is None else Indexed(*found)
    equality = _equality(wanted)
    if equality is None:
        return None
    rule, key = equality.rule, equality.key
    if rule.indexed_as is rule:
        return Indexed(equality.keys, key, in_name=equality.in_name)
    return Indexed(equality.keys, text_key(key.encode()), False, equality.in_name)


def candidates(wanted: Filter, tree: Searchable) -> Found | None:
    """Return the numbers of entries among which all matches are, in order; none: any entry."""
    match wanted:
        case And(parts):
            found = [item for part in parts if (item := candidates(part, tree)) is not None]
            few = [item for item in found if len(item) <= tree.many]
            return min(few, key=len, default=None)
        case Or(parts):
            return union([candidates(part, tree) for part in parts], tree.many)
        case Not():
            return None
    part = indexed(wanted)
    return () if part is None else _few(part, tree)


def _few(part: Indexed, tree: Searchable) -> Found | None:
    """Return the entries that the indexes name; none when they cannot, or they are too many."""
    asked = part.asked
    if part.in_name:
        return None
    if isinstance(asked, str):
        return union([tree.equal(key, asked) for key in part.keys], tree.many)
    if asked is None or not asked.initial:
        return None
    return union([tree.beginning(key, asked.initial) for key in part.keys], tree.many)


def found_by_index(wanted: Filter) -> bool:
    """Tell whether the candidates, if there are such, are all matches: no second look is needed."""
    if isinstance(wanted, Substrings):
        return wanted.final is None and not wanted.middle
    return isinstance(wanted, Equal)
