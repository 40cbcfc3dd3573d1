# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One search in a tree: where it looks, what it finds, and what of it is sent."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from caducee.base.errors import CpsError
from caducee.codec.ldap import encoded
from caducee.codec.ldap.filters import Equal, Present, terms
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import CompareRequest, Result, SearchRequest
from caducee.directory.ldap import schema
from caducee.directory.ldap.bitmaps import Bitmap, below, possible
from caducee.directory.ldap.entries import SUBSCHEMA, Node, Searchable
from caducee.directory.ldap.matching import (
    Predicate,
    candidates,
    comparable,
    compiled,
    found_by_index,
)
from caducee.spec.ldap import ResultCode, SearchScope

__all__ = ["SearchRefusal", "Selection", "base_keys", "compared", "matches"]

_SLICE = 256
"""Comparisons between two pauses of a search: less than a millisecond."""

_FEW_TERMS = 8
"""Parts of a filter for which the indexes are asked at once."""

_LOOKED_AT = 2000
"""Entries that a long search looks at before it asks the indexes."""

_SUBSCHEMA = Dn.parse(SUBSCHEMA).keys()


class SearchRefusal(Exception):
    """A search that ends before it begins, with its result."""

    def __init__(self, code: ResultCode, message: str = "", matched: str = "") -> None:
        super().__init__(code.name)
        self.result = Result(code, matched, message)


class Selection:
    """Which attributes of an entry a request selects (RFC 4511 section 4.5.1.8, RFC 4529)."""

    def __init__(self, wanted: tuple[str, ...], types_only: bool) -> None:
        self._types_only = types_only
        self._all = not wanted or "*" in wanted
        self._all_operational = "+" in wanted
        kinds = [kind for item in wanted if (kind := schema.described(item)) is not None]
        classes = [schema.attributes_of(item[1:]) for item in wanted if item.startswith("@")]
        self._keys = frozenset[str]().union(*map(schema.with_subtypes, kinds), *classes)
        self._operational = self._all_operational or any(item.operational for item in kinds)

    @classmethod
    @lru_cache(128)
    def of_request(cls, wanted: tuple[str, ...], types_only: bool) -> "Selection":
        """Return the selection of a request; the same for the same."""
        return cls(wanted, types_only)

    def of(self, node: Node, tree: Searchable) -> list[bytes]:
        """Return the attributes of an entry that are sent."""
        kept = node.attributes
        if self._all:  # operational ones among them, as the subschema has, have to be asked for
            found = [data for key, data in kept.items() if self._selects(key)]
        else:
            found = [kept[key] for key in kept.keys() & self._keys]
            if self._all_operational:
                found += [kept[key] for key in kept.keys() & schema.OPERATIONAL - self._keys]
        if self._operational:
            known = tree.operational(node)
            found += [data for key, data in known.items() if self._selects(key)]
        return [encoded.bare(item) for item in found] if self._types_only else found

    def _selects(self, key: str) -> bool:
        if key in self._keys:
            return True
        return self._all_operational if key in schema.OPERATIONAL else self._all


def matches(asked: SearchRequest, tree: Searchable, most_terms: int) -> Iterator[Node | None]:
    """Yield the entries that a request finds; ``None`` where the search pauses.

    Raises `SearchRefusal` at once for what cannot be searched.
    """
    count = terms(asked.filter)
    if count > most_terms:
        raise SearchRefusal(ResultCode.ADMIN_LIMIT_EXCEEDED, "the filter has too many parts")
    base = base_keys(asked.base)
    if base is None:
        raise SearchRefusal(ResultCode.INVALID_DN_SYNTAX, "the base is no name")
    fits = compiled(asked.filter, tree.operational)
    special = _special(base, asked.scope, tree)
    if special is not None:
        return _found(special, fits, _SLICE)
    place = tree.find(base) if asked.scope is SearchScope.BASE else tree.base(base)
    if place is None:
        above = tree.nearest(Dn.parse(asked.base)).text()
        raise SearchRefusal(ResultCode.NO_SUCH_OBJECT, matched=above)
    pause = max(1, _SLICE // count)
    if asked.scope is SearchScope.BASE:
        return _found(tree.within(place, asked.scope, None), fits, pause)
    found = candidates(asked.filter, tree) if count <= _FEW_TERMS else None
    if found is None:
        return _long(asked, place, tree, fits, pause)
    nodes = tree.within(place, asked.scope, found)
    if asked.scope is not SearchScope.ONE_LEVEL and found_by_index(asked.filter):
        return iter(nodes)
    return _found(nodes, fits, pause)


def _long(
    asked: SearchRequest, place: Node, tree: Searchable, fits: Predicate, pause: int
) -> Iterator[Node | None]:
    """Search where the indexes give no few candidates.

    Some entries are looked at in their order, for the many searches that end soon by their limits;
    then the indexes tell which of the others may match.
    """
    yield None
    seen = set[int]()
    first = _watched(tree.within(place, asked.scope, None), seen)
    yield from _found(first, fits, pause)
    if len(seen) < _LOOKED_AT:
        return
    bits = yield from possible(asked.filter, tree)
    if bits.bit_count() > _LOOKED_AT and place.parent >= 0:
        bits &= yield from below(place, asked.scope, tree)
    rest = tree.within(place, asked.scope, Bitmap(bits))
    yield from _found(
        (item for item in rest if item is None or item.number not in seen), fits, pause
    )


def _watched(nodes: Iterator[Node | None], seen: set[int]) -> Iterator[Node | None]:
    """Yield some entries, and remember them."""
    for node in nodes:
        if node is not None:
            seen.add(node.number)
        yield node
        if len(seen) >= _LOOKED_AT:
            return


def compared(asked: CompareRequest, tree: Searchable) -> Result:
    """Return the result of a comparison."""
    name = base_keys(asked.name)
    if name is None:
        return Result(ResultCode.INVALID_DN_SYNTAX, "", "the entry is no name")
    code = comparable(asked.attribute, asked.value)
    if code is not ResultCode.SUCCESS:
        return Result(code)
    special = _special(name, SearchScope.BASE, tree)
    node = next(iter(special), None) if special is not None else tree.find(name)
    if node is None:
        return Result(ResultCode.NO_SUCH_OBJECT, tree.nearest(Dn.parse(asked.name)).text())
    if not compiled(Present(asked.attribute), tree.operational)(node):
        return Result(ResultCode.NO_SUCH_ATTRIBUTE)
    same = compiled(Equal(asked.attribute, asked.value), tree.operational)(node)
    return Result(ResultCode.COMPARE_TRUE if same else ResultCode.COMPARE_FALSE)


@lru_cache(128)
def base_keys(written: str) -> tuple[str, ...] | None:
    """Return the name of a base as it is compared, none when it is none."""
    try:
        return Dn.parse(written).keys()
    except CpsError:
        return None


def _special(base: tuple[str, ...], scope: SearchScope, tree: Searchable) -> Iterable[Node] | None:
    """Return the entry by which the server describes itself, or its schema, when one is meant."""
    if not base and scope is SearchScope.BASE:
        return (tree.root,)
    if base == _SUBSCHEMA:
        return () if scope is SearchScope.ONE_LEVEL else (tree.subschema,)
    return None


def _found(nodes: Iterable[Node | None], fits: Predicate, pause: int) -> Iterator[Node | None]:
    left = pause
    for node in nodes:
        left -= 1
        if not left:
            left = pause
            yield None
        if node is None or fits(node):
            yield node
