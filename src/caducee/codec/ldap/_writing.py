# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Operations into bytes (RFC 4511 section 4)."""

from caducee.codec.ldap import _elements as ber
from caducee.codec.ldap import filters
from caducee.codec.ldap.operations import (
    AbandonRequest,
    Attribute,
    BindRequest,
    BindResponse,
    CompareRequest,
    CompareResponse,
    ExtendedRequest,
    ExtendedResponse,
    Extra,
    Operation,
    OtherOperation,
    Result,
    SearchDone,
    SearchEntry,
    SearchReference,
    SearchRequest,
    UnbindRequest,
)
from caducee.spec.ldap import OperationTag

__all__ = ["write", "written_result"]

_REFERRALS, _SERVER_SASL = 0xA3, 0x87
_REQUEST_NAME, _REQUEST_VALUE = 0x80, 0x81
_RESPONSE_NAME, _RESPONSE_VALUE = 0x8A, 0x8B

type _Constructed = (
    BindRequest
    | BindResponse
    | SearchRequest
    | SearchEntry
    | SearchReference
    | SearchDone
    | CompareRequest
    | CompareResponse
    | ExtendedRequest
    | ExtendedResponse
)


def _text(written: str, tag: int = ber.OCTETS) -> bytes:
    return ber.element(tag, written.encode())


def _write_extra(extra: Extra) -> bytes:
    return b"".join(ber.element(tag, value) for tag, value in extra)


def written_result(result: Result) -> bytes:
    """Return the parts of a result, one after the other."""
    parts = [
        ber.integer(result.code, ber.ENUMERATED),
        _text(result.matched_name),
        _text(result.message),
    ]
    if result.referrals:
        parts.append(ber.element(_REFERRALS, *map(_text, result.referrals)))
    return b"".join(parts)


def _maybe(tag: int, value: bytes | None) -> bytes:
    return b"" if value is None else ber.element(tag, value)


def _write_search(asked: SearchRequest) -> tuple[bytes, ...]:
    return (
        _text(asked.base),
        ber.integer(asked.scope, ber.ENUMERATED),
        ber.integer(asked.dereference, ber.ENUMERATED),
        ber.integer(asked.size_limit),
        ber.integer(asked.time_limit),
        ber.boolean(asked.types_only),
        filters.encode(asked.filter),
        ber.element(ber.SEQUENCE, *map(_text, asked.attributes)),
        _write_extra(asked.extra),
    )


def _write_bind(asked: BindRequest) -> tuple[bytes, ...]:
    credentials = asked.credentials if asked.password is None else asked.password.reveal()
    return (
        ber.integer(asked.version),
        _text(asked.name),
        ber.element(asked.method, credentials),
        _write_extra(asked.extra),
    )


def _write_attribute(attribute: Attribute) -> bytes:
    values = ber.element(ber.SET, *(ber.element(ber.OCTETS, value) for value in attribute.values))
    return ber.element(ber.SEQUENCE, _text(attribute.description), values)


def _write_entry(entry: SearchEntry) -> tuple[bytes, ...]:
    attributes = ber.element(ber.SEQUENCE, *map(_write_attribute, entry.attributes))
    return _text(entry.name), attributes, _write_extra(entry.extra)


def _write_extended_response(answer: ExtendedResponse) -> tuple[bytes, ...]:
    return (
        written_result(answer.result),
        b"" if answer.oid is None else _text(answer.oid, _RESPONSE_NAME),
        _maybe(_RESPONSE_VALUE, answer.value),
        _write_extra(answer.extra),
    )


def _write_reference(reference: SearchReference) -> tuple[bytes, ...]:
    return tuple(map(_text, reference.urls))


def _write_extended(asked: ExtendedRequest) -> tuple[bytes, ...]:
    name = _text(asked.oid, _REQUEST_NAME)
    return name, _maybe(_REQUEST_VALUE, asked.value), _write_extra(asked.extra)


def _write_compare(asked: CompareRequest) -> tuple[bytes, ...]:
    asserted = _text(asked.attribute), ber.element(ber.OCTETS, asked.value)
    return _text(asked.name), ber.element(ber.SEQUENCE, *asserted), _write_extra(asked.extra)


def _write_done(done: SearchDone | CompareResponse) -> tuple[bytes, ...]:
    return written_result(done.result), _write_extra(done.extra)


def _write_bind_response(answer: BindResponse) -> tuple[bytes, ...]:
    credentials = _maybe(_SERVER_SASL, answer.credentials)
    return written_result(answer.result), credentials, _write_extra(answer.extra)


def write(operation: Operation) -> bytes:
    """Return an operation as it is written. Raises `FormatError` for what cannot be."""
    match operation:
        case OtherOperation(tag, value):
            return ber.element(tag, value)
        case AbandonRequest(number):
            return ber.integer(number, OperationTag.ABANDON_REQUEST)
        case UnbindRequest():
            return ber.element(OperationTag.UNBIND_REQUEST)
    tag, parts = _parts(operation)
    return ber.element(tag, *parts)


def _parts(operation: _Constructed) -> tuple[OperationTag, tuple[bytes, ...]]:
    match operation:
        case BindRequest():
            found = OperationTag.BIND_REQUEST, _write_bind(operation)
        case BindResponse():
            found = OperationTag.BIND_RESPONSE, _write_bind_response(operation)
        case SearchRequest():
            found = OperationTag.SEARCH_REQUEST, _write_search(operation)
        case SearchEntry():
            found = OperationTag.SEARCH_ENTRY, _write_entry(operation)
        case SearchReference():
            found = OperationTag.SEARCH_REFERENCE, _write_reference(operation)
        case SearchDone():
            found = OperationTag.SEARCH_DONE, _write_done(operation)
        case CompareRequest():
            found = OperationTag.COMPARE_REQUEST, _write_compare(operation)
        case CompareResponse():
            found = OperationTag.COMPARE_RESPONSE, _write_done(operation)
        case ExtendedRequest():
            found = OperationTag.EXTENDED_REQUEST, _write_extended(operation)
        case _:
            found = OperationTag.EXTENDED_RESPONSE, _write_extended_response(operation)
    return found
