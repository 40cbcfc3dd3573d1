# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How each kind of argument is read and written, in calls and in replies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from caducee.base.errors import FormatError
from caducee.codec.pkcs11._stream import WireReader, write_bytes, write_flag, write_number
from caducee.codec.pkcs11.values import (
    Attribute,
    AttributeBuffer,
    AttributeOutput,
    Mechanism,
    OutputBuffer,
    OutputBytes,
    OutputNumbers,
    PssParameters,
    UnreadParameter,
)
from caducee.spec.pkcs11.functions import Kind
from caducee.spec.pkcs11.sizes import LABEL, UNAVAILABLE
from caducee.spec.pkcs11.wire import MAX_ATTRIBUTES, MAX_PIN, BufferForm, MechanismForm

__all__ = ["CALL", "REPLY", "ValueCodec"]


@dataclass(frozen=True, slots=True)
class ValueCodec:
    """How values of one kind are read and written."""

    read: Callable[[WireReader], Any]
    write: Callable[[Any], bytes]


def _optional[T](way: ValueCodec) -> ValueCodec:
    """Return the way of a value that may be absent: a flag before it."""
    return ValueCodec(
        lambda source: way.read(source) if source.flag() else None,
        lambda value: b"\x00" if value is None else b"\x01" + way.write(value),
    )


_U64 = ValueCodec(WireReader.u64, write_number)
_FLAG = ValueCodec(WireReader.flag, write_flag)
_BYTES = ValueCodec(WireReader.counted, write_bytes)
_PIN = ValueCodec(
    lambda source: source.secret(MAX_PIN), lambda secret: write_bytes(secret.reveal())
)


def _read_label(source: WireReader) -> bytes:
    found = source.counted()
    if len(found) != LABEL:
        raise source.fail()
    return found


def _write_label(value: bytes) -> bytes:
    if len(value) != LABEL:
        raise FormatError("codec.pkcs11_characters", size=len(value), expected=LABEL)
    return write_bytes(value)


# --- mechanisms -----------------------------------------------------------------------------------


def _read_mechanism(source: WireReader) -> Mechanism:
    number, form = source.u64(), source.u8()
    match form:
        case MechanismForm.NONE:
            return Mechanism(number)
        case MechanismForm.UNREAD:
            return Mechanism(number, UnreadParameter(source.u64()))
        case MechanismForm.PSS:
            return Mechanism(number, PssParameters(source.u64(), source.u64(), source.u64()))
        case _:
            raise source.fail()


def _write_mechanism(value: Mechanism) -> bytes:
    return write_number(value.type) + _write_parameter(value.parameter)


def _write_parameter(value: PssParameters | UnreadParameter | None) -> bytes:
    match value:
        case None:
            return bytes((MechanismForm.NONE,))
        case UnreadParameter():
            return bytes((MechanismForm.UNREAD,)) + write_number(value.length)
        case PssParameters():
            numbers = value.hash, value.mgf, value.salt
            return bytes((MechanismForm.PSS,)) + b"".join(map(write_number, numbers))


# --- lists of attributes --------------------------------------------------------------------------


def _several(way: ValueCodec) -> ValueCodec:
    def read(source: WireReader) -> tuple[Any, ...]:
        count = source.u32()
        if count > MAX_ATTRIBUTES:
            raise source.fail()
        return tuple(way.read(source) for _ in range(count))

    def write(values: tuple[Any, ...]) -> bytes:
        if len(values) > MAX_ATTRIBUTES:
            raise FormatError("codec.pkcs11_template", count=len(values))
        return write_number(len(values), 4) + b"".join(map(way.write, values))

    return ValueCodec(read, write)


_ATTRIBUTE = ValueCodec(
    lambda source: Attribute(source.u64(), source.counted()),
    lambda item: write_number(item.type) + write_bytes(item.value),
)
_OPTIONAL_U64 = _optional(_U64)
_ATTRIBUTE_ROOM = ValueCodec(
    lambda source: AttributeBuffer(source.u64(), _OPTIONAL_U64.read(source)),
    lambda item: write_number(item.type) + _OPTIONAL_U64.write(item.capacity),
)


def _read_attribute_filled(source: WireReader) -> AttributeOutput:
    length, present = source.u64(), source.flag()
    if length == UNAVAILABLE:
        if present:
            raise source.fail()
        return AttributeOutput(None)
    return AttributeOutput(length, source.take(length) if present else None)


def _write_attribute_filled(filled: AttributeOutput) -> bytes:
    if filled.length is None:
        return _write_filled(OutputBytes(UNAVAILABLE))
    return _write_filled(OutputBytes(filled.length, filled.value))


# --- rooms, and what fills them -------------------------------------------------------------------


def _read_room(source: WireReader) -> OutputBuffer:
    form = source.u8()
    if form == BufferForm.CAPACITY:
        return OutputBuffer(source.u64())
    if form != BufferForm.QUERY:
        raise source.fail()
    return OutputBuffer(None)


def _write_room(room: OutputBuffer) -> bytes:
    if room.capacity is None:
        return bytes((BufferForm.QUERY,))
    return bytes((BufferForm.CAPACITY,)) + write_number(room.capacity)


def _read_optional_room(source: WireReader) -> OutputBuffer | None:
    form = source.u8()
    if form == BufferForm.CAPACITY:
        return OutputBuffer(source.u64())
    if form > BufferForm.NOTHING:
        raise source.fail()
    return OutputBuffer(None) if form == BufferForm.QUERY else None


def _write_optional_room(room: OutputBuffer | None) -> bytes:
    return bytes((BufferForm.NOTHING,)) if room is None else _write_room(room)


def _read_filled(source: WireReader) -> OutputBytes:
    length = source.u64()
    return OutputBytes(length, source.take(length) if source.flag() else None)


def _write_filled(filled: OutputBytes) -> bytes:
    if filled.value is None:
        return write_number(filled.length) + b"\x00"
    if len(filled.value) != filled.length:
        raise FormatError("codec.pkcs11_characters", size=len(filled.value), expected=filled.length)
    return write_number(filled.length) + b"\x01" + filled.value


def _read_listed(source: WireReader) -> OutputNumbers:
    count = source.u64()
    if not source.flag():
        return OutputNumbers(count)
    if count > source.left // 8:
        raise source.fail()
    return OutputNumbers(count, tuple(source.u64() for _ in range(count)))


def _write_listed(listed: OutputNumbers) -> bytes:
    if listed.values is None:
        return write_number(listed.count) + b"\x00"
    if len(listed.values) != listed.count:
        raise FormatError("codec.pkcs11_characters", size=len(listed.values), expected=listed.count)
    return write_number(listed.count) + b"\x01" + b"".join(map(write_number, listed.values))


# --- the tables -----------------------------------------------------------------------------------

_ROOM = ValueCodec(_read_room, _write_room)

CALL: Final[dict[Kind, ValueCodec]] = {
    Kind.ULONG: _U64,
    Kind.FLAG: _FLAG,
    Kind.BYTES: _BYTES,
    Kind.DATA: _optional(_BYTES),
    Kind.OPTIONAL_BYTES: _optional(_BYTES),
    Kind.PIN: _optional(_PIN),
    Kind.LABEL: ValueCodec(_read_label, _write_label),
    Kind.MECHANISM: _optional(ValueCodec(_read_mechanism, _write_mechanism)),
    Kind.TEMPLATE: _several(_ATTRIBUTE),
    Kind.PARAMETER: _OPTIONAL_U64,
    Kind.BYTES_ROOM: _ROOM,
    Kind.OPTIONAL_BYTES_ROOM: ValueCodec(_read_optional_room, _write_optional_room),
    Kind.LIST_ROOM: _ROOM,
    Kind.FOUND_ROOM: _ROOM,
    Kind.TEMPLATE_ROOM: _several(_ATTRIBUTE_ROOM),
    Kind.RANDOM: _U64,
}
"""Arguments in a CALL."""

_FILLED, _LISTED = ValueCodec(_read_filled, _write_filled), ValueCodec(_read_listed, _write_listed)

REPLY: Final[dict[Kind, ValueCodec]] = {
    Kind.ULONG_OUT: _U64,
    Kind.BYTES_ROOM: _FILLED,
    Kind.OPTIONAL_BYTES_ROOM: _FILLED,
    Kind.LIST_ROOM: _LISTED,
    Kind.FOUND_ROOM: _LISTED,
    Kind.TEMPLATE_ROOM: _several(ValueCodec(_read_attribute_filled, _write_attribute_filled)),
    Kind.RANDOM: _BYTES,
}
"""Results in a REPLY; `Kind.STRUCTURE_OUT` depends on the structure."""
