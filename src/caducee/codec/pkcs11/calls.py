# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls and replies: the functions of PKCS#11 on the wire (`caducee.codec.pkcs11`)."""

from dataclasses import dataclass, field
from typing import Any, Final

from caducee.base.errors import FormatError
from caducee.codec.pkcs11._kinds import CALL, REPLY, ValueCodec
from caducee.codec.pkcs11._stream import WireReader, write_number
from caducee.codec.pkcs11.frames import Frame
from caducee.codec.pkcs11.structures import read_structure, write_structure
from caducee.spec.pkcs11.functions import FUNCTIONS, Argument, Function, by_name, by_number
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.wire import FrameKind

__all__ = ["Call", "Reply"]


@dataclass(frozen=True, slots=True)
class Call:
    """A function that a program calls, with what goes in.

    >>> call = Call.build("C_Logout", 7, session=3)
    >>> call.named(), Call.from_frame(call.to_frame()) == call
    ({'session': 3}, True)
    """

    function: Function
    trace: int
    """A random number of 64 bits by which traces are joined."""

    arguments: tuple[Any, ...] = field(repr=False)
    """One value for each of ``function.ins``, in that order; types: `Kind`."""

    @classmethod
    def build(cls, name: str, trace: int = 0, /, **named: Any) -> "Call":  # noqa: ANN401 (by kind)
        """Make a call of a function by its name in C and its arguments by theirs."""
        function = by_name(name)
        return cls(function, trace, _in_order(function.ins, named))

    def named(self) -> dict[str, Any]:
        """Return the arguments by name, as methods of an engine take them."""
        return {
            item.name: value for item, value in zip(self.function.ins, self.arguments, strict=True)
        }

    @classmethod
    def from_frame(cls, frame: Frame) -> "Call":
        """Read a CALL. Raises `FormatError` (``codec.pkcs11_function``, ``…_message``)."""
        function = by_number(frame.code)
        if frame.kind != FrameKind.CALL or function is None or function.local is not None:
            raise FormatError("codec.pkcs11_function", number=frame.code)
        source = WireReader(frame.payload)
        trace = source.u64()
        arguments = tuple([read(source) for read in _READ_CALL[function.number]])
        source.end()
        return cls(function, trace, arguments)

    def to_frame(self) -> Frame:
        """Return the frame to send. Raises `FormatError` for what cannot be written."""
        pairs = zip(_WRITE_CALL[self.function.number], self.arguments, strict=True)
        payload = write_number(self.trace) + b"".join([write(value) for write, value in pairs])
        return Frame(FrameKind.CALL, self.function.number, payload)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a function returns, and what comes out; nothing comes out of most failures."""

    function: Function
    rv: int
    """A number of `Ckr`, or a vendor's."""

    results: tuple[Any, ...] = field(default=(), repr=False)
    """One value for each of ``function.outs``, in that order, or none at all."""

    @classmethod
    def build(cls, name: str, rv: int = Ckr.OK, /, **named: Any) -> "Reply":  # noqa: ANN401
        """Make the reply of a function by its name in C and its results by theirs."""
        function = by_name(name)
        return cls(function, rv, _in_order(function.outs, named) if named else ())

    def named(self) -> dict[str, Any]:
        """Return the results by name; empty where nothing came out."""
        return {item.name: value for item, value in zip(self.function.outs, self.results)}  # noqa: B905

    @classmethod
    def from_frame(cls, frame: Frame, function: Function) -> "Reply":
        """Read the REPLY to a call of this function. Raises `FormatError`."""
        source = WireReader(frame.payload)
        if frame.kind != FrameKind.REPLY or (
            frame.code == Ckr.OK and function.outs and not source.left
        ):
            raise source.fail()
        results: tuple[Any, ...] = ()
        if source.left:
            results = tuple([read(source) for read in _READ_REPLY[function.number]])
        source.end()
        return cls(function, frame.code, results)

    def to_frame(self) -> Frame:
        """Return the frame to send. Raises `FormatError` for what cannot be written."""
        outs = self.function.outs
        if len(self.results) != len(outs) and (self.results or self.rv == Ckr.OK):
            raise FormatError("codec.pkcs11_results", function=self.function.name)
        pairs = zip(_WRITE_REPLY[self.function.number], self.results)  # noqa: B905 (or none)
        payload = b"".join([write(value) for write, value in pairs])
        return Frame(FrameKind.REPLY, self.rv, payload)


def _in_order(expected: tuple[Argument, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """Return values in the order of the table; a name too many or too few is a fault of ours."""
    values = tuple(named.pop(item.name) for item in expected)
    if named:
        raise LookupError(f"no such argument: {', '.join(named)}")
    return values


def _result(argument: Argument) -> ValueCodec:
    """Return how a result is read and written."""
    structure = argument.structure
    if structure is None:
        return REPLY[argument.kind]
    return ValueCodec(
        lambda source: read_structure(source, structure),
        lambda value: write_structure(value, structure),
    )


_READ_CALL: Final = {item.number: [CALL[each.kind].read for each in item.ins] for item in FUNCTIONS}
_WRITE_CALL: Final = {
    item.number: [CALL[each.kind].write for each in item.ins] for item in FUNCTIONS
}
_READ_REPLY: Final = {item.number: [_result(each).read for each in item.outs] for item in FUNCTIONS}
_WRITE_REPLY: Final = {
    item.number: [_result(each).write for each in item.outs] for item in FUNCTIONS
}
"""How the values of each function are read and written, by its number."""
