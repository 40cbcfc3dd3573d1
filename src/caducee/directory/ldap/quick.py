# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The short way for the commonest searches: those that find a few entries below a base.

It gives the answer that the long way (`caducee.directory.ldap.dialogue`) gives, in a third of the
time, or none: then the long way is gone. What is the same in the requests of a program is read
once. Tests compare both ways.
"""

from dataclasses import dataclass
from functools import lru_cache

from caducee.base.errors import FormatError
from caducee.codec.ber import read_length
from caducee.codec.ldap import encoded, filters
from caducee.codec.ldap.messages import Message
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import Found, Node, Searchable, union
from caducee.directory.ldap.matching import candidates, compiled, found_by_index
from caducee.directory.ldap.schema import MatchingRule
from caducee.directory.ldap.search import Selection, base_keys
from caducee.directory.ldap.values import asked_key
from caducee.spec.ldap import FilterTag, OperationTag, SearchScope

__all__ = ["quick_answer"]

_MOST_BYTES = 512
"""Of a request that is looked at here."""

_MOST_FOUND = 64
_MOST_TERMS = 8
_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04
_BEFORE_FILTER = 6
"""Parts of a search request before its filter."""

_heads: list[bytes] = []
"""The parts before the filter of the last requests that differed in them."""

_MOST_HEADS = 4


@dataclass(frozen=True, slots=True)
class _Form:
    """What requests of the same form have in common."""

    base: tuple[str, ...]
    selection: Selection
    size_limit: int


def quick_answer(data: bytes, tree: Searchable, size_limit: int) -> bytes | None:
    """Return the whole answer to a request, or none: it has to be looked at more closely."""
    if len(data) > _MOST_BYTES:
        return None
    try:
        return _answer(data, tree, size_limit)
    except (FormatError, IndexError):  # truncated, or another element
        return None


def _answer(data: bytes, tree: Searchable, size_limit: int) -> bytes | None:
    start, end = _inside(data, 0, _SEQUENCE)
    number_from, place = _inside(data, start, _INTEGER)
    at, operation_end = _inside(data, place, OperationTag.SEARCH_REQUEST)
    if not end == operation_end == len(data):  # controls, or more requests
        return None
    head = next((head for head in _heads if data.startswith(head, at)), b"")
    filter_from = at + len(head)
    if not head:
        for _ in range(_BEFORE_FILTER):
            filter_from = _end(data, filter_from)
        _heads[_MOST_HEADS - 1 :] = []
        _heads.insert(0, data[at:filter_from])
    tag = data[filter_from]
    inside, filter_end = _inside(data, filter_from, tag)
    form = _form(head or data[at:filter_from], data[filter_end:])
    number = int.from_bytes(data[number_from:place], signed=True)
    if form is None or number <= 0:
        return None
    base = tree.base(form.base)
    if base is None:
        return None
    if tag == FilterTag.EQUAL:
        nodes = _of_value(data, inside, filter_end, base, tree)
    else:
        nodes = _of_filter((tag, data[inside:filter_end]), base, tree)
    limit = min(filter(None, (size_limit, form.size_limit)), default=0)
    if nodes is None or (limit and len(nodes) > limit):
        return None
    return _written(number, nodes, form.selection, tree)


def _of_value(data: bytes, start: int, end: int, base: Node, tree: Searchable) -> list[Node] | None:
    """Return the entries with a value."""
    name_from, name_end = _inside(data, start, _OCTETS)
    value_from, value_end = _inside(data, name_end, _OCTETS)
    kind = _kind(data[name_from:name_end])
    if kind is None or value_end != end:
        return None
    key = asked_key(kind[0], data[value_from:value_end])
    if key is None:
        return None
    return _few(base, union([tree.equal(item, key) for item in kind[1]], tree.many), tree)


def _of_filter(item: tuple[int, bytes], base: Node, tree: Searchable) -> list[Node] | None:
    """Return the entries that a filter finds among a few."""
    try:
        wanted = filters.decode(item)
    except FormatError:
        return None
    if filters.terms(wanted) > _MOST_TERMS:
        return None
    found = _few(base, candidates(wanted, tree), tree)
    if not found or found_by_index(wanted):
        return found
    fits = compiled(wanted, tree.operational)
    return [entry for entry in found if fits(entry)]


def _few(base: Node, found: Found | None, tree: Searchable) -> list[Node] | None:
    if found is None or len(found) > _MOST_FOUND:
        return None
    return [item for item in tree.within(base, SearchScope.SUBTREE, found) if item is not None]


def _written(number: int, nodes: list[Node], selection: Selection, tree: Searchable) -> bytes:
    entries = [encoded.entry(number, node.name, selection.of(node, tree)) for node in nodes]
    return b"".join((*entries, encoded.done(number)))


def _inside(data: bytes, place: int, tag: int) -> tuple[int, int]:
    """Return where the content of an element begins and ends; `IndexError` for another one."""
    if data[place] != tag:
        raise IndexError
    size, start = read_length(data, place + 1)
    end = start + size
    if end > len(data):
        raise IndexError
    return start, end


def _end(data: bytes, place: int) -> int:
    return _inside(data, place, data[place])[1]


@lru_cache(256)
def _form(head: bytes, tail: bytes) -> _Form | None:
    """Read what stands around a filter, once; none unless it is a plain search below a base."""
    everything = b"\x87\x0bobjectClass"
    content = head + everything + tail
    size = len(content).to_bytes(2)
    inner = bytes((OperationTag.SEARCH_REQUEST, 0x82)) + size + content
    written = b"\x02\x01\x01" + inner
    whole = b"\x30\x82" + len(written).to_bytes(2) + written
    try:
        asked = Message.from_bytes(whole).operation
    except FormatError:
        return None
    if (
        not isinstance(asked, SearchRequest)
        or asked.scope is not SearchScope.SUBTREE
        or asked.extra
    ):
        return None
    base = base_keys(asked.base)
    if not base:
        return None
    return _Form(base, Selection(asked.attributes, asked.types_only), asked.size_limit)


@lru_cache(256)
def _kind(name: bytes) -> tuple[MatchingRule, frozenset[str]] | None:
    """Return how values of an attribute are compared, and the types that it stands for."""
    try:
        found = schema.described(name.decode("ascii"))
    except UnicodeDecodeError:
        return None
    if found is None or found.equality is None:
        return None
    return found.equality, schema.with_subtypes(found)
