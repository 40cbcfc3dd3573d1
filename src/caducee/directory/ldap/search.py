# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One search in a tree: where it looks, what it finds, and what of it is sent."""

from collections.abc import Iterable, Iterator, Sequence

from caducee.base.errors import CpsError
from caducee.codec.ldap import encoded
from caducee.codec.ldap.filters import terms
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Result, SearchRequest
from caducee.directory.ldap import schema
from caducee.directory.ldap.matching import Predicate, candidates, compiled
from caducee.directory.ldap.tree import SUBSCHEMA, Node, Tree
from caducee.spec.ldap import ResultCode, Scope

__all__ = ["Refused", "Selection", "matches"]

_SLICE = 2000
"""Comparisons between two pauses of a search: about a millisecond."""

_SUBSCHEMA = Dn.parse(SUBSCHEMA)


class Refused(Exception):
    """A search that ends before it begins, with its result."""

    def __init__(self, code: ResultCode, message: str = "", matched: str = "") -> None:
        super().__init__(code.name)
        self.result = Result(code, matched, message)


class Selection:
    """Which attributes of an entry a request wants (RFC 4511 section 4.5.1.8)."""

    def __init__(self, asked: SearchRequest) -> None:
        wanted = asked.attributes
        self._types_only = asked.types_only
        self._all = not wanted or "*" in wanted
        self._operational = "+" in wanted
        keys: set[str] = set()
        for one in wanted:
            kind = schema.described(one)
            if kind is not None:
                keys |= schema.with_subtypes(kind)
        self._keys = keys
        self._simple = keys and not (self._all or self._operational)

    def of(self, node: Node, tree: Tree) -> list[bytes]:
        """Return the attributes of an entry that are sent."""
        if self._simple and self._keys <= node.attributes.keys():
            found = [node.attributes[key] for key in node.attributes if key in self._keys]
        else:
            both = (node.attributes.items(), tree.operational(node).items())
            found = [data for part in both for key, data in part if self._wants(key)]
        return [encoded.bare(one) for one in found] if self._types_only else found

    def _wants(self, key: str) -> bool:
        kind = schema.attribute_type(key)
        operational = kind is not None and kind.operational
        return key in self._keys or (self._operational if operational else self._all)


def matches(asked: SearchRequest, tree: Tree, most_terms: int) -> Iterator[Node | None]:
    """Yield the entries that a request finds; ``None`` where the search pauses.

    Raises `Refused` at once for what cannot be searched.
    """
    count = terms(asked.filter)
    if count > most_terms:
        raise Refused(ResultCode.ADMIN_LIMIT_EXCEEDED, "the filter has too many parts")
    try:
        base = Dn.parse(asked.base)
    except CpsError:
        raise Refused(ResultCode.INVALID_DN_SYNTAX, "the base is no name") from None
    nodes = _special(base, asked.scope, tree)
    if nodes is None:
        place = tree.place(base)
        if place is None:
            above = tree.nearest(base).text()
            raise Refused(ResultCode.NO_SUCH_OBJECT, matched=above)
        found = candidates(asked.filter, tree) if asked.scope is not Scope.BASE else None
        nodes = _within(tree, tree.nodes[place], asked.scope, found)
    return _found(nodes, compiled(asked.filter), max(1, _SLICE // count))


def _special(base: Dn, scope: Scope, tree: Tree) -> Iterable[Node] | None:
    """Return the entry by which the server describes itself, or its schema, when one is meant."""
    if not base.levels and scope is Scope.BASE:
        return (tree.root,)
    if base.same(_SUBSCHEMA):
        return () if scope is Scope.ONE_LEVEL else (tree.subschema,)
    return None


def _within(tree: Tree, base: Node, scope: Scope, found: Sequence[int] | None) -> Iterator[Node]:
    nodes = tree.nodes
    if scope is Scope.BASE:
        return iter((base,))
    if scope is Scope.ONE_LEVEL:
        if found is None or len(found) > len(base.children):
            return (nodes[one] for one in base.children)
        return (nodes[one] for one in found if nodes[one].parent == base.number)
    if found is None:
        return (nodes[one] for one in range(base.number, base.end))
    return (nodes[one] for one in found if base.number <= one < base.end)


def _found(nodes: Iterable[Node], fits: Predicate, pause: int) -> Iterator[Node | None]:
    left = pause
    for node in nodes:
        left -= 1
        if not left:
            left = pause
            yield None
        if fits(node):
            yield node
