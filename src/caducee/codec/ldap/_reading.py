# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Operations out of bytes (RFC 4511 section 4)."""

from collections.abc import Callable

from caducee.base.errors import FormatError
from caducee.base.secret import Secret
from caducee.codec.ldap import _elements as ber
from caducee.codec.ldap import filters
from caducee.codec.ldap.operations import (
    SIMPLE,
    AbandonRequest,
    Attribute,
    BindRequest,
    BindResponse,
    CompareRequest,
    CompareResponse,
    ExtendedRequest,
    ExtendedResponse,
    Operation,
    OtherOperation,
    Result,
    SearchDone,
    SearchEntry,
    SearchReference,
    SearchRequest,
    UnbindRequest,
)
from caducee.spec.ldap import Dereference, OperationTag, SearchScope

__all__ = ["read", "read_result"]

_REFERRALS, _SERVER_SASL = 0xA3, 0x87
_REQUEST_NAME, _REQUEST_VALUE = 0x80, 0x81
_RESPONSE_NAME, _RESPONSE_VALUE = 0x8A, 0x8B


def read(item: ber.Element) -> Operation:
    """Return the operation of an element. Raises `FormatError` (``ldap.*``)."""
    tag, value = item
    reader = _READERS.get(tag)
    return OtherOperation(tag, value) if reader is None else reader(value)


def _read_bind(value: bytes) -> BindRequest:
    parts = ber.elements(value)
    if len(parts) < 3:
        raise FormatError("ldap.structure", part="bind")
    version = ber.number_of(parts[0], ber.INTEGER, "bind")
    name = ber.text_of(parts[1], ber.OCTETS, "bind")
    method, credentials = parts[2]
    if method == SIMPLE:
        return BindRequest(name, Secret(credentials), version, extra=tuple(parts[3:]))
    return BindRequest(name, None, version, method, credentials, tuple(parts[3:]))


def _read_search(value: bytes) -> SearchRequest:
    parts = ber.elements(value)
    if len(parts) < 8 or parts[7][0] != ber.SEQUENCE:
        raise FormatError("ldap.structure", part="search")
    scope = ber.number_of(parts[1], ber.ENUMERATED, "search")
    dereference = ber.number_of(parts[2], ber.ENUMERATED, "search")
    if scope not in SearchScope or dereference not in Dereference:
        raise FormatError("ldap.structure", part="search")
    return SearchRequest(
        base=ber.text_of(parts[0], ber.OCTETS, "search"),
        scope=SearchScope(scope),
        filter=filters.decode(parts[6]),
        attributes=_texts(parts[7][1], "search"),
        size_limit=ber.number_of(parts[3], ber.INTEGER, "search"),
        time_limit=ber.number_of(parts[4], ber.INTEGER, "search"),
        types_only=ber.truth_of(parts[5], ber.BOOLEAN, "search"),
        dereference=Dereference(dereference),
        extra=tuple(parts[8:]),
    )


def _texts(value: bytes, part: str) -> tuple[str, ...]:
    return tuple(ber.text_of(item, ber.OCTETS, part) for item in ber.elements(value))


def _read_entry(value: bytes) -> SearchEntry:
    parts = ber.elements(value)
    if len(parts) < 2 or parts[1][0] != ber.SEQUENCE:
        raise FormatError("ldap.structure", part="entry")
    name = ber.text_of(parts[0], ber.OCTETS, "entry")
    attributes = tuple(_read_attribute(item) for item in ber.elements(parts[1][1]))
    return SearchEntry(name, attributes, tuple(parts[2:]))


def _read_attribute(item: ber.Element) -> Attribute:
    parts = ber.elements(item[1]) if item[0] == ber.SEQUENCE else []
    if len(parts) != 2 or parts[1][0] != ber.SET:
        raise FormatError("ldap.structure", part="attribute")
    values = ber.elements(parts[1][1])
    if any(tag != ber.OCTETS for tag, _ in values):
        raise FormatError("ldap.structure", part="attribute")
    description = ber.text_of(parts[0], ber.OCTETS, "attribute")
    return Attribute(description, tuple(entry for _, entry in values))


def read_result(value: bytes) -> tuple[Result, list[ber.Element]]:
    """Return the result and what stands after it."""
    parts = ber.elements(value)
    if len(parts) < 3:
        raise FormatError("ldap.structure", part="result")
    code = ber.number_of(parts[0], ber.ENUMERATED, "result")
    matched = ber.text_of(parts[1], ber.OCTETS, "result")
    message = ber.text_of(parts[2], ber.OCTETS, "result")
    rest = parts[3:]
    referrals = _texts(rest.pop(0)[1], "result") if rest and rest[0][0] == _REFERRALS else ()
    return Result(code, matched, message, referrals), rest


def _optional(rest: list[ber.Element], tag: int) -> bytes | None:
    """Take the next part when it has this tag."""
    return rest.pop(0)[1] if rest and rest[0][0] == tag else None


def _read_bind_response(value: bytes) -> BindResponse:
    result, rest = read_result(value)
    return BindResponse(result, _optional(rest, _SERVER_SASL), tuple(rest))


def _read_done(value: bytes) -> SearchDone:
    result, rest = read_result(value)
    return SearchDone(result, tuple(rest))


def _read_compare(value: bytes) -> CompareRequest:
    parts = ber.elements(value)
    asserted = ber.elements(parts[1][1]) if len(parts) > 1 and parts[1][0] == ber.SEQUENCE else []
    if len(asserted) != 2 or asserted[1][0] != ber.OCTETS:
        raise FormatError("ldap.structure", part="compare")
    name = ber.text_of(parts[0], ber.OCTETS, "compare")
    attribute = ber.text_of(asserted[0], ber.OCTETS, "compare")
    return CompareRequest(name, attribute, asserted[1][1], tuple(parts[2:]))


def _read_compare_response(value: bytes) -> CompareResponse:
    result, rest = read_result(value)
    return CompareResponse(result, tuple(rest))


def _read_extended(value: bytes) -> ExtendedRequest:
    rest = ber.elements(value)
    if not rest:
        raise FormatError("ldap.structure", part="extended request")
    oid = ber.text_of(rest.pop(0), _REQUEST_NAME, "extended request")
    return ExtendedRequest(oid, _optional(rest, _REQUEST_VALUE), tuple(rest))


def _read_extended_response(value: bytes) -> ExtendedResponse:
    result, rest = read_result(value)
    oid = _optional(rest, _RESPONSE_NAME)
    name = None if oid is None else ber.text_of((0, oid), 0, "extended response")
    return ExtendedResponse(result, name, _optional(rest, _RESPONSE_VALUE), tuple(rest))


def _read_unbind(value: bytes) -> UnbindRequest:
    if value:
        raise FormatError("ldap.structure", part="unbind")
    return UnbindRequest()


_READERS: dict[int, Callable[[bytes], Operation]] = {
    OperationTag.BIND_REQUEST: _read_bind,
    OperationTag.BIND_RESPONSE: _read_bind_response,
    OperationTag.UNBIND_REQUEST: _read_unbind,
    OperationTag.SEARCH_REQUEST: _read_search,
    OperationTag.SEARCH_ENTRY: _read_entry,
    OperationTag.SEARCH_DONE: _read_done,
    OperationTag.SEARCH_REFERENCE: lambda value: SearchReference(_texts(value, "reference")),
    OperationTag.ABANDON_REQUEST: lambda value: AbandonRequest(
        ber.number_of((0, value), 0, "abandon")
    ),
    OperationTag.COMPARE_REQUEST: _read_compare,
    OperationTag.COMPARE_RESPONSE: _read_compare_response,
    OperationTag.EXTENDED_REQUEST: _read_extended,
    OperationTag.EXTENDED_RESPONSE: _read_extended_response,
}
