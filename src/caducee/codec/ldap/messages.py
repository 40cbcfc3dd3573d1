# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""LDAPv3 messages: bytes and frozen values (RFC 4511 section 4.1).

What is not known stays as it is: other operations, other ways to bind, controls, and what stands
after the known parts.

>>> message = Message(1, ExtendedRequest(Oid.WHO_AM_I))
>>> Message.from_bytes(message.to_bytes()) == message
True
"""

from dataclasses import dataclass
from typing import Final

from caducee.base.errors import FormatError
from caducee.codec.ldap import _elements as ber
from caducee.codec.ldap._reading import read
from caducee.codec.ldap._writing import write, written_result
from caducee.codec.ldap.operations import (
    ExtendedRequest,
    ExtendedResponse,
    Extra,
    Operation,
    OtherOperation,
    Result,
)
from caducee.spec.ldap import Oid, OperationTag, ResultCode

__all__ = [
    "MAX_SIZE",
    "Control",
    "ExtendedRequest",
    "Message",
    "PagedResults",
    "message_size",
    "notice_of_disconnection",
    "refusal",
]

MAX_SIZE: Final = 16 << 20
"""Bytes of one message that are taken where the caller does not say."""

_CONTROLS = 0xA0
_ANSWERS: dict[int, int] = {
    OperationTag.MODIFY_REQUEST: 0x67,
    OperationTag.ADD_REQUEST: 0x69,
    OperationTag.DELETE_REQUEST: 0x6B,
    OperationTag.MODIFY_DN_REQUEST: 0x6D,
}


@dataclass(frozen=True, slots=True)
class Control:
    """A control of a message (RFC 4511 section 4.1.11)."""

    oid: str
    critical: bool = False
    value: bytes | None = None


@dataclass(frozen=True, slots=True)
class PagedResults:
    """The value of the control for results in pages (RFC 2696)."""

    size: int
    """Entries wanted in the next page; in an answer, an estimate of all, or 0."""

    cookie: bytes = b""
    """Where to go on; empty in the first request and in the last answer."""

    @classmethod
    def from_bytes(cls, data: bytes) -> "PagedResults":
        """Read the value. Raises `FormatError`."""
        outer = ber.elements(data)
        parts = ber.elements(outer[0][1]) if [tag for tag, _ in outer] == [ber.SEQUENCE] else []
        if [tag for tag, _ in parts] != [ber.INTEGER, ber.OCTETS]:
            raise FormatError("ldap.structure", part="paged results")
        return cls(ber.number_of(parts[0], ber.INTEGER, "paged results"), parts[1][1])

    def to_bytes(self) -> bytes:
        """Return the value."""
        parts = ber.integer(self.size), ber.element(ber.OCTETS, self.cookie)
        return ber.element(ber.SEQUENCE, *parts)

    def control(self, *, critical: bool = False) -> Control:
        """Return the control with this value."""
        return Control(Oid.PAGED_RESULTS, critical, self.to_bytes())


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its number; the answers bear the number of the request."""

    id: int
    operation: Operation
    controls: tuple[Control, ...] = ()
    extra: Extra = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Message":
        """Read exactly one message. Raises `FormatError` (``ldap.*``)."""
        outer = ber.elements(data)
        if len(outer) != 1 or outer[0][0] != ber.SEQUENCE:
            raise FormatError("ldap.structure", part="message")
        parts = ber.elements(outer[0][1])
        if len(parts) < 2:
            raise FormatError("ldap.structure", part="message")
        number = ber.number_of(parts[0], ber.INTEGER, "message id")
        operation = read(parts[1])
        rest = parts[2:]
        if not rest:
            return cls(number, operation)
        controls = _read_controls(rest.pop(0)[1]) if rest[0][0] == _CONTROLS else ()
        return cls(number, operation, controls, tuple(rest))

    def to_bytes(self) -> bytes:
        """Return the message as it is written."""
        parts = [ber.integer(self.id), write(self.operation)]
        if self.controls:
            parts.append(ber.element(_CONTROLS, *map(_write_control, self.controls)))
        parts += [ber.element(tag, value) for tag, value in self.extra]
        return ber.element(ber.SEQUENCE, *parts)

    def paged_results(self) -> PagedResults | None:
        """Return the value of its control for pages. Raises `FormatError` when it has no value."""
        for control in self.controls:
            if control.oid == Oid.PAGED_RESULTS:
                return PagedResults.from_bytes(control.value or b"")
        return None


def message_size(head: bytes, most: int = MAX_SIZE) -> int | None:
    """Return how many bytes the message has that begins so; ``None``: more bytes are needed.

    Raises `FormatError`: ``ldap.element`` when no message begins so, ``ldap.size`` above ``most``.
    """
    size = ber.total_size(head)
    if size is not None and size > most:
        raise FormatError("ldap.size", size=size, most=most)
    return size


def refusal(asked: OtherOperation, result: Result) -> OtherOperation | None:
    """Return the answer to a request that is not read here; none when it is not a request."""
    tag = _ANSWERS.get(asked.tag)
    return None if tag is None else OtherOperation(tag, written_result(result))


def notice_of_disconnection(code: ResultCode, why: str) -> Message:
    """Return what a server says before it closes the connection (RFC 4511 section 4.4.1)."""
    return Message(0, ExtendedResponse(Result(code, "", why), Oid.NOTICE_OF_DISCONNECTION))


def _read_controls(value: bytes) -> tuple[Control, ...]:
    return tuple(_read_control(tag, inside) for tag, inside in ber.elements(value))


def _read_control(tag: int, value: bytes) -> Control:
    parts = ber.elements(value)
    if tag != ber.SEQUENCE or not parts:
        raise FormatError("ldap.structure", part="control")
    oid = ber.text_of(parts.pop(0), ber.OCTETS, "control")
    critical = False
    if parts and parts[0][0] == ber.BOOLEAN:
        critical = ber.truth_of(parts.pop(0), ber.BOOLEAN, "control")
    content = parts.pop(0)[1] if parts and parts[0][0] == ber.OCTETS else None
    if parts:
        raise FormatError("ldap.structure", part="control")
    return Control(oid, critical, content)


def _write_control(control: Control) -> bytes:
    parts = [ber.element(ber.OCTETS, control.oid.encode())]
    if control.critical:
        parts.append(ber.boolean(True))
    if control.value is not None:
        parts.append(ber.element(ber.OCTETS, control.value))
    return ber.element(ber.SEQUENCE, *parts)
