# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a card said, put together again from the pieces in which it was read.

A file comes in several READ BINARY commands, an answer in several GET RESPONSE: a name may be cut
anywhere. A `Stream` is whole, knows where each of its bytes stands in the trace, and writes
changed bytes back there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from caducee.middleware.tracing.record import RecordKind, TraceRecord
from caducee.spec.instructions import Instruction

__all__ = ["Stream", "StreamSegment", "Traffic", "streams_of"]

_HEADER = 4
_SHORT = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_SFI = 0x80
_CHAIN = 0x10
_BY_NAME, _FROM_MF, _FROM_HERE = 0x04, 0x08, 0x09
_CLA2TER = 0xA0


@dataclass(frozen=True, slots=True)
class StreamSegment:
    """Where some bytes of a stream stand in the trace."""

    at: int
    """Place in the stream."""

    size: int
    record: int
    """Number of the record."""

    field: str
    """``command`` or ``response``."""

    offset: int
    """Place in the bytes of that field."""


@dataclass(slots=True)
class Stream:
    """Bytes that belong together."""

    path: str
    """Hex path of the file; empty when it is not a file."""

    data: bytearray = field(default_factory=bytearray)
    pieces: list[StreamSegment] = field(default_factory=list)
    made: bool = False
    """A signature, a deciphered message or random bytes: what a key made of what it got."""

    def put(self, at: int, data: bytes, record: int, name: str, offset: int) -> bool:
        """Take bytes in; False when they differ from what is there."""
        known = self.data[at : at + len(data)]
        if bytes(known) != data[: len(known)] and any(known):
            return False
        if len(self.data) < at + len(data):
            self.data.extend(bytes(at + len(data) - len(self.data)))
        self.data[at : at + len(data)] = data
        self.pieces.append(StreamSegment(at, len(data), record, name, offset))
        return True


@dataclass(frozen=True, slots=True)
class Traffic:
    """One command and answer of a trace, as bytes; None where a PIN is masked."""

    record: int
    command: bytes | None
    response: bytes | None

    @classmethod
    def of(cls, number: int, record: TraceRecord) -> "Traffic":
        """Read the hex of a record."""
        return cls(number, _bytes(record.command), _bytes(record.response))


def _bytes(text: str) -> bytes | None:
    return bytes.fromhex(text) if _SHORT.fullmatch(text) else None


def streams_of(records: Sequence[TraceRecord]) -> list[Stream]:
    """Return the files and answers of every card in a trace, and all answers one after the other.

    Records are in order of time; each reader has its own conversation.
    """
    readers: dict[tuple[str, int, str], _Conversation] = {}
    for number, record in enumerate(records):
        key = record.source, record.process, record.reader
        if record.kind == RecordKind.APDU:
            readers.setdefault(key, _Conversation()).take(Traffic.of(number, record))
        elif record.kind in (RecordKind.CARD, RecordKind.RESET):
            readers.setdefault(key, _Conversation()).restart()
    return [stream for reader in readers.values() for stream in reader.streams()]


class _Conversation:
    """Follows what is selected and read."""

    def __init__(self) -> None:
        self._files: dict[str, list[Stream]] = {}
        self._answers = Stream("")
        self._sent = Stream("")
        self._made: list[Stream] = []
        self._path = ""
        self._last: tuple[Stream, int] | None = None
        """Where the answer goes on that GET RESPONSE fetches."""

    def streams(self) -> Iterator[Stream]:
        """Yield what was put together."""
        for several in self._files.values():
            yield from several
        yield from self._made
        yield self._answers
        yield self._sent

    def restart(self) -> None:
        """Nothing is selected any more."""
        self._path, self._last = "", None

    def take(self, traffic: Traffic) -> None:
        """Follow one command."""
        command, response = traffic.command, traffic.response
        if response is None or len(response) < 2:
            return
        body = response[:-2]
        self._answers.put(len(self._answers.data), body, traffic.record, "response", 0)
        if command is None or len(command) < _HEADER:
            self._last = None
            return
        data, offset = _data_of(command)
        self._sent.put(len(self._sent.data), data, traffic.record, "command", offset)
        self._follow(traffic.record, command, data, offset, body)

    def _follow(self, record: int, command: bytes, data: bytes, offset: int, body: bytes) -> None:
        place = command[2] << 8 | command[3]
        match command[1]:
            case Instruction.SELECT:
                self._select(command, data)
                self._last = None
            case Instruction.READ_BINARY if not command[2] & _SFI:
                self._last = self._put(self._path, place, body, record, "response", 0)
            case Instruction.UPDATE_BINARY if not command[2] & _SFI:
                self._put(self._path, place, data, record, "command", offset)
            case Instruction.GET_RESPONSE if self._last is not None:
                stream, at = self._last
                stream.put(at, body, record, "response", 0)
                self._last = stream, at + len(body)
            case (
                Instruction.PERFORM_SECURITY_OPERATION
                | Instruction.INTERNAL_AUTHENTICATE
                | Instruction.GET_CHALLENGE
            ):
                self._make(record, data, offset, body)
            case Instruction.READER_GET_DATA:
                self._make(record, b"", offset, body)  # the identifier of the chip
            case _:
                self._last = None

    def _make(self, record: int, data: bytes, offset: int, body: bytes) -> None:
        """Note what went to a key and what it made."""
        sent, made = Stream("", made=True), Stream("", made=True)
        sent.put(0, data, record, "command", offset)
        made.put(0, body, record, "response", 0)
        self._made += [sent, made]
        self._last = made, len(body)

    def _put(
        self, path: str, at: int, data: bytes, record: int, name: str, offset: int
    ) -> tuple[Stream, int]:
        several = self._files.setdefault(path, [])
        if not several or not several[-1].put(at, data, record, name, offset):
            several.append(Stream(path))
            several[-1].put(at, data, record, name, offset)
        return several[-1], at + len(data)

    def _select(self, command: bytes, data: bytes) -> None:
        name = data.hex().upper()
        if command[0] & _CLA2TER == _CLA2TER:
            self._path = "2TER" + name
        elif command[2] == _BY_NAME:
            self._path = "AID" + name
        elif command[2] in (_FROM_MF, _FROM_HERE):
            self._path = name
        else:
            self._path = self._path[: -4 * (len(self._path) > _HEADER)] + name


def _data_of(command: bytes) -> tuple[bytes, int]:
    """Return the data field of a command, and where it begins."""
    if len(command) <= _HEADER + 1:
        return b"", len(command)
    size, start = command[_HEADER], _HEADER + 1
    if not size and len(command) > start + 2:
        size, start = int.from_bytes(command[start : start + 2]), start + 2
    return command[start : start + size], start
