# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Search filters: RFC 4515 text, frozen values, and the BER of RFC 4511 section 4.5.1.

>>> parse("(&(objectClass=cpsPersonne)(sn=DUP*T))")
And(parts=(Equal(attribute='objectClass', value=b'cpsPersonne'), \
Substrings(attribute='sn', initial=b'DUP', middle=(), final=b'T')))
>>> text(Not(Present("mail")))
'(!(mail=*))'
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from caducee.base.errors import FormatError
from caducee.codec.ldap import _elements as ber
from caducee.spec.ldap import FilterTag

__all__ = [
    "EVERYTHING",
    "MAX_DEPTH",
    "And",
    "Approximate",
    "Equal",
    "Extensible",
    "Filter",
    "GreaterOrEqual",
    "LessOrEqual",
    "Not",
    "Or",
    "Present",
    "Substrings",
    "UnknownFilter",
    "decode",
    "encode",
    "parse",
    "terms",
    "text",
]

MAX_DEPTH = 200
"""How many filters may stand inside each other."""


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; without parts it is true (RFC 4526)."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the parts at least; without parts it is false (RFC 4526)."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Filter"


@dataclass(frozen=True, slots=True)
class _Compared:
    attribute: str
    """Attribute description, with options: ``cn``, ``userCertificate;binary``."""

    value: bytes
    """What a value of the attribute is compared with."""


@dataclass(frozen=True, slots=True)
class Equal(_Compared):
    """A value equals the given one."""


@dataclass(frozen=True, slots=True)
class GreaterOrEqual(_Compared):
    """A value is the same or comes later."""


@dataclass(frozen=True, slots=True)
class LessOrEqual(_Compared):
    """A value is the same or comes earlier."""


@dataclass(frozen=True, slots=True)
class Approximate(_Compared):
    """A value is about the given one, by a rule of the server."""


@dataclass(frozen=True, slots=True)
class Present:
    """The attribute has a value."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Substrings:
    """A value begins, continues and ends so. One piece at least, none empty."""

    attribute: str
    initial: bytes | None = None
    middle: tuple[bytes, ...] = ()
    final: bytes | None = None

    def __post_init__(self) -> None:
        pieces = [item for item in (self.initial, *self.middle, self.final) if item is not None]
        if not pieces or not all(pieces):
            raise FormatError("ldap.structure", part="substrings")


@dataclass(frozen=True, slots=True)
class Extensible:
    """A value matches by a named rule (RFC 4511 section 4.5.1.7.7)."""

    value: bytes
    attribute: str | None = None
    rule: str | None = None
    in_name: bool = False
    """Whether the attributes of the entry's name count too (``:dn``)."""

    def __post_init__(self) -> None:
        if self.attribute is None and self.rule is None:
            raise FormatError("ldap.structure", part="extensible")


@dataclass(frozen=True, slots=True)
class UnknownFilter:
    """A kind of filter that is not known; kept as it is. It has no text."""

    tag: int
    value: bytes

    def __post_init__(self) -> None:
        if self.tag in FilterTag or not 0 < self.tag <= 0xFF or self.tag & 0x1F == 0x1F:
            raise FormatError("ldap.structure", part="filter")


type Filter = (
    And
    | Or
    | Not
    | Equal
    | GreaterOrEqual
    | LessOrEqual
    | Approximate
    | Present
    | Substrings
    | Extensible
    | UnknownFilter
)

EVERYTHING = Present("objectClass")
"""Holds for every entry."""

_COMPARED: dict[int, type[Equal | GreaterOrEqual | LessOrEqual | Approximate]] = {
    FilterTag.EQUAL: Equal,
    FilterTag.GREATER_OR_EQUAL: GreaterOrEqual,
    FilterTag.LESS_OR_EQUAL: LessOrEqual,
    FilterTag.APPROXIMATE: Approximate,
}
_COMPARED_TAGS = {kind: tag for tag, kind in _COMPARED.items()}
_INITIAL, _MIDDLE, _FINAL = 0x80, 0x81, 0x82
_RULE, _TYPE, _VALUE, _IN_NAME = 0x81, 0x82, 0x83, 0x84


def terms(wanted: Filter) -> int:
    """Return how many filters stand in this one, itself included."""
    match wanted:
        case And(parts) | Or(parts):
            return 1 + sum(terms(item) for item in parts)
        case Not(part):
            return 1 + terms(part)
    return 1


# BER


def encode(wanted: Filter) -> bytes:
    """Return the BER of a filter."""
    match wanted:
        case And(parts):
            found = ber.element(FilterTag.AND, *map(encode, parts))
        case Or(parts):
            found = ber.element(FilterTag.OR, *map(encode, parts))
        case Not(part):
            found = ber.element(FilterTag.NOT, encode(part))
        case Present(attribute):
            found = ber.element(FilterTag.PRESENT, attribute.encode())
        case Substrings():
            found = _encode_substrings(wanted)
        case Extensible():
            found = _encode_extensible(wanted)
        case UnknownFilter(tag, value):
            found = ber.element(tag, value)
        case _:
            name = ber.element(ber.OCTETS, wanted.attribute.encode())
            against = ber.element(ber.OCTETS, wanted.value)
            found = ber.element(_COMPARED_TAGS[type(wanted)], name, against)
    return found


def _encode_substrings(wanted: Substrings) -> bytes:
    pieces = [ber.element(_MIDDLE, item) for item in wanted.middle]
    if wanted.initial is not None:
        pieces.insert(0, ber.element(_INITIAL, wanted.initial))
    if wanted.final is not None:
        pieces.append(ber.element(_FINAL, wanted.final))
    attribute = ber.element(ber.OCTETS, wanted.attribute.encode())
    return ber.element(FilterTag.SUBSTRINGS, attribute, ber.element(ber.SEQUENCE, *pieces))


def _encode_extensible(wanted: Extensible) -> bytes:
    parts = []
    if wanted.rule is not None:
        parts.append(ber.element(_RULE, wanted.rule.encode()))
    if wanted.attribute is not None:
        parts.append(ber.element(_TYPE, wanted.attribute.encode()))
    parts.append(ber.element(_VALUE, wanted.value))
    if wanted.in_name:
        parts.append(ber.boolean(True, _IN_NAME))
    return ber.element(FilterTag.EXTENSIBLE, *parts)


def decode(item: ber.Element, depth: int = 0) -> Filter:
    """Return the filter of a BER element. Raises `FormatError` (``ldap.*``)."""
    if depth >= MAX_DEPTH:
        raise FormatError("ldap.depth", most=MAX_DEPTH)
    tag, value = item
    if tag in _COMPARED:
        return _COMPARED[tag](*_pair(value))
    found: Filter
    match tag:
        case FilterTag.AND:
            found = And(tuple(decode(entry, depth + 1) for entry in ber.elements(value)))
        case FilterTag.OR:
            found = Or(tuple(decode(entry, depth + 1) for entry in ber.elements(value)))
        case FilterTag.NOT:
            found = _decode_not(value, depth)
        case FilterTag.PRESENT:
            found = Present(ber.text_of(item, tag, "filter"))
        case FilterTag.SUBSTRINGS:
            found = _decode_substrings(value)
        case FilterTag.EXTENSIBLE:
            found = _decode_extensible(value)
        case _:
            found = UnknownFilter(tag, value)
    return found


def _decode_not(value: bytes, depth: int) -> Not:
    parts = ber.elements(value)
    if len(parts) != 1:
        raise FormatError("ldap.structure", part="filter")
    return Not(decode(parts[0], depth + 1))


def _pair(value: bytes) -> tuple[str, bytes]:
    parts = ber.elements(value)
    if len(parts) != 2 or parts[1][0] != ber.OCTETS:
        raise FormatError("ldap.structure", part="filter")
    return ber.text_of(parts[0], ber.OCTETS, "filter"), parts[1][1]


def _decode_substrings(value: bytes) -> Substrings:
    parts = ber.elements(value)
    if len(parts) != 2 or parts[1][0] != ber.SEQUENCE:
        raise FormatError("ldap.structure", part="substrings")
    pieces = ber.elements(parts[1][1])
    initial = pieces.pop(0)[1] if pieces and pieces[0][0] == _INITIAL else None
    final = pieces.pop()[1] if pieces and pieces[-1][0] == _FINAL else None
    if any(tag != _MIDDLE for tag, _ in pieces):
        raise FormatError("ldap.structure", part="substrings")
    attribute = ber.text_of(parts[0], ber.OCTETS, "substrings")
    return Substrings(attribute, initial, tuple(piece for _, piece in pieces), final)


def _decode_extensible(value: bytes) -> Extensible:
    parts = ber.elements(value)
    found = dict(parts)
    if [tag for tag, _ in parts] != [
        index for index in range(_RULE, _IN_NAME + 1) if index in found
    ]:
        raise FormatError("ldap.structure", part="extensible")
    if _VALUE not in found:
        raise FormatError("ldap.structure", part="extensible")

    def optional(tag: int) -> str | None:
        return ber.text_of((tag, found[tag]), tag, "extensible") if tag in found else None

    flag = (_IN_NAME, found.get(_IN_NAME, b"\x00"))
    in_name = ber.truth_of(flag, _IN_NAME, "extensible")
    return Extensible(found[_VALUE], optional(_TYPE), optional(_RULE), in_name)


# Text

_ATTRIBUTE = r"[A-Za-z0-9][A-Za-z0-9.;_-]*"
_ITEM = re.compile(rf"({_ATTRIBUTE})(=|>=|<=|~=)([^()]*)")
_EXTENSIBLE = re.compile(rf"({_ATTRIBUTE})?(:dn)?(?::({_ATTRIBUTE}))?:=([^()*]*)", re.IGNORECASE)
_ESCAPE = re.compile(rb"\\([0-9a-fA-F]{2})|\\")
_SIGNS: dict[str, type[Equal | GreaterOrEqual | LessOrEqual | Approximate]] = {
    "=": Equal,
    ">=": GreaterOrEqual,
    "<=": LessOrEqual,
    "~=": Approximate,
}
_KIND_SIGNS = {kind: sign for sign, kind in _SIGNS.items()}


def parse(written: str) -> Filter:
    """Read a filter. Raises `FormatError` (``ldap.filter``, ``ldap.depth``)."""
    found, end = _parse(written, 0, 0)
    if end != len(written):
        raise FormatError("ldap.filter", offset=end)
    return found


def _parse(written: str, place: int, depth: int) -> tuple[Filter, int]:
    """Read the filter in parentheses at ``place``; return it and the place after it."""
    if depth >= MAX_DEPTH:
        raise FormatError("ldap.depth", most=MAX_DEPTH)
    if written[place : place + 1] != "(":
        raise FormatError("ldap.filter", offset=place)
    sign = written[place + 1 : place + 2]
    found: Filter
    if sign in ("&", "|"):
        parts, end = _parse_parts(written, place + 2, depth + 1)
        found = And(parts) if sign == "&" else Or(parts)
    elif sign == "!":
        part, end = _parse(written, place + 2, depth + 1)
        found = Not(part)
    else:
        found, end = _parse_item(written, place + 1)
    if written[end : end + 1] != ")":
        raise FormatError("ldap.filter", offset=end)
    return found, end + 1


def _parse_parts(written: str, place: int, depth: int) -> tuple[tuple[Filter, ...], int]:
    parts = []
    while written[place : place + 1] == "(":
        part, place = _parse(written, place, depth)
        parts.append(part)
    return tuple(parts), place


def _parse_item(written: str, place: int) -> tuple[Filter, int]:
    if (long := _EXTENSIBLE.match(written, place)) is not None:
        attribute, in_name, rule, value = long.groups()
        if attribute is None and rule is None:
            raise FormatError("ldap.filter", offset=place)
        against = _unescaped(value, long.start(4))
        return Extensible(against, attribute, rule, in_name is not None), long.end()
    item = _ITEM.match(written, place)
    if item is None:
        raise FormatError("ldap.filter", offset=place)
    attribute, sign, value = item.groups()
    pieces = [_unescaped(word, item.start(3)) for word in value.split("*")]
    if len(pieces) == 1:
        return _SIGNS[sign](attribute, pieces[0]), item.end()
    if sign != "=" or not all(pieces[1:-1]):
        raise FormatError("ldap.filter", offset=item.start(3))
    if not any(pieces):
        return Present(attribute), item.end()
    first, *middle, last = pieces
    return Substrings(attribute, first or None, tuple(middle), last or None), item.end()


def _unescaped(written: str, offset: int) -> bytes:
    def byte(found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            raise FormatError("ldap.filter", offset=offset)
        return bytes.fromhex(found[1].decode())

    try:
        return _ESCAPE.sub(byte, written.encode())
    except UnicodeEncodeError:
        raise FormatError("ldap.filter", offset=offset) from None


def text(wanted: Filter) -> str:
    """Return the text of a filter. Raises `FormatError` for one of an unknown kind."""
    return "".join(_written(wanted))


def _written(wanted: Filter) -> Iterator[str]:
    yield "("
    match wanted:
        case And(parts) | Or(parts):
            yield "&" if isinstance(wanted, And) else "|"
            for item in parts:
                yield from _written(item)
        case Not(part):
            yield "!"
            yield from _written(part)
        case Present(attribute):
            yield f"{attribute}=*"
        case Substrings(attribute, initial, middle, final):
            pieces = [initial or b"", *middle, final or b""]
            yield f"{attribute}=" + "*".join(map(_escaped, pieces))
        case Extensible(value, kind, rule, in_name):
            yield (kind or "") + (":dn" if in_name else "") + (f":{rule}" if rule else "")
            yield f":={_escaped(value)}"
        case UnknownFilter(tag):
            raise FormatError("ldap.structure", part=f"filter {tag:02X}")
        case _:
            yield f"{wanted.attribute}{_KIND_SIGNS[type(wanted)]}{_escaped(wanted.value)}"
    yield ")"


def _escaped(value: bytes) -> str:
    """Return a value as text; bytes that are no UTF-8 are all escaped."""
    try:
        written = value.decode()
    except UnicodeDecodeError:
        return "".join(f"\\{byte:02x}" for byte in value)
    return re.sub(r"[\x00()*\\]", lambda found: f"\\{ord(found[0]):02x}", written)
