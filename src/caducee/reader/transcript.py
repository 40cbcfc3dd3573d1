# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Dialogues with a card as text that people read, programs replay, and anyone may see.

::

    # caducee transcript
    atr: 3BAC00402A001225006480000310009000
    protocol: T=0
    origin: detection by OpenSC 0.26.1

    # SELECT 3F00/2F01 EF.ATR
    > 00A40904043F002F01
    < 6F1880020021820101 9000
    > 0020000104********
    < 9000
    ! reset
    > 00B09C00C0
    < 5A0A8025000001 ... 6282

Header lines (``name: value``, the name in small letters) come first and end at an empty line.
``>`` is a command APDU, ``<`` its response, ``! reset`` a reset, ``! removed`` the end of the
card, and ``#`` begins a comment. Spaces in hex mean nothing. ``**`` stands for one byte that is
masked, ``...`` for any number of bytes that do not matter. `Recorder` writes such a text and masks
every PIN; `Player` answers from one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, unique

from caducee.base.errors import CardRemovedError, FormatError, ReaderError
from caducee.reader.exchange import ResetRecorder
from caducee.reader.masking import MASK, masked
from caducee.reader.transport import Apdu, CardProtocol, Ending, Transport
from caducee.spec.files import FileId

__all__ = [
    "Exchange",
    "Pattern",
    "Player",
    "Recorder",
    "Transcript",
    "TranscriptEvent",
    "TranscriptEventKind",
]

_TITLE = "# caducee transcript"
_ANY = "..."
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}|\*\*|\.\.\.)*")
_HEADER = re.compile(r"([a-z][a-z0-9-]*):\s*(.*)")
_SELECT = 0xA4
_BY_NAME = 0x04


@dataclass(frozen=True, slots=True)
class Pattern:
    """Bytes as a transcript writes them: hex, ``**`` for a masked byte, ``...`` for any bytes."""

    text: str

    def __post_init__(self) -> None:
        if not _HEX.fullmatch(self.text):
            raise FormatError("reader.transcript_malformed", line=0, reason="no hex")

    @property
    def exact(self) -> bytes | None:
        """The bytes, or None when some are masked or left out."""
        return bytes.fromhex(self.text) if _is_exact(self.text) else None

    def shown(self) -> str:
        """Return the text, a PIN of the holder masked even where the transcript has it."""
        return self.text if self.exact is None else masked(self.exact)

    def matches(self, data: bytes) -> bool:
        """Tell whether bytes are what the pattern says."""
        parts = re.findall(r"[0-9A-Fa-f]{2}|\*\*|\.\.\.", self.text)
        kinds = {MASK: b".", _ANY: b".*"}
        wanted = b"".join(kinds.get(part) or re.escape(bytes.fromhex(part)) for part in parts)
        return re.fullmatch(wanted, data, re.DOTALL) is not None


def _is_exact(text: str) -> bool:
    return "*" not in text and "." not in text


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command and its response."""

    line: int
    command: Pattern
    response: Pattern
    comment: str = ""
    """The comment right above the command."""


@unique
class TranscriptEventKind(Enum):
    """What can happen between two commands."""

    RESET = "reset"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class TranscriptEvent:
    """Something that happened between two commands."""

    line: int
    what: TranscriptEventKind


@dataclass(frozen=True, slots=True)
class Transcript:
    """A dialogue that was read from its text."""

    headers: Mapping[str, str]
    steps: tuple[Exchange | TranscriptEvent, ...]

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The commands with their responses, in order."""
        return tuple(step for step in self.steps if isinstance(step, Exchange))

    @property
    def atr(self) -> bytes:
        """The answer to reset, empty when the header does not give it."""
        return bytes.fromhex(self.headers.get("atr", ""))

    @property
    def protocol(self) -> CardProtocol:
        """The protocol that the header gives; T=0 when it gives none."""
        return CardProtocol(self.headers.get("protocol", CardProtocol.T0.value))

    @classmethod
    def parse(cls, text: str) -> "Transcript":
        """Read a transcript. Raises `FormatError` (``reader.transcript_malformed``)."""
        return _Parser().parse(text)


class _Parser:
    def __init__(self) -> None:
        self._headers: dict[str, str] = {}
        self._steps: list[Exchange | TranscriptEvent] = []
        self._command: tuple[int, Pattern] | None = None
        self._comment = ""
        self._in_header = True

    def parse(self, text: str) -> Transcript:
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            self._take(number, line.strip())
        if self._command is not None:
            raise _malformed(len(lines), "a command without a response")
        _check_header(self._headers)
        return Transcript(self._headers, tuple(self._steps))

    def _take(self, number: int, line: str) -> None:
        kind, rest = line[:1], line[1:].strip()
        if kind == "#":
            self._comment = rest
        elif not line:
            self._in_header = self._in_header and not self._headers
            self._comment = ""
        elif kind == ">":
            self._take_command(number, rest)
        elif kind == "<":
            self._take_response(number, rest)
        elif kind == "!":
            self._take_event(number, rest)
        else:
            self._take_header(number, line)

    def _take_command(self, number: int, rest: str) -> None:
        self._in_header = False
        if self._command is not None:
            raise _malformed(number, "a second command before the response")
        self._command = number, _pattern(number, rest)

    def _take_response(self, number: int, rest: str) -> None:
        if self._command is None:
            raise _malformed(number, "a response without a command")
        line, command = self._command
        self._steps.append(Exchange(line, command, _pattern(number, rest), self._comment))
        self._command, self._comment = None, ""

    def _take_event(self, number: int, rest: str) -> None:
        self._in_header = False
        if self._command is not None or rest not in {
            member.value for member in TranscriptEventKind
        }:
            raise _malformed(number, "an unknown event, or one before the response")
        self._steps.append(TranscriptEvent(number, TranscriptEventKind(rest)))

    def _take_header(self, number: int, line: str) -> None:
        found = _HEADER.fullmatch(line)
        if not self._in_header or found is None:
            raise _malformed(number, "neither header, command, response, event nor comment")
        self._headers[found[1]] = found[2]


def _pattern(number: int, text: str) -> Pattern:
    joined = "".join(text.replace("…", _ANY).split())
    if not _HEX.fullmatch(joined):
        raise _malformed(number, "no hex")
    return Pattern(joined.upper())


def _check_header(headers: Mapping[str, str]) -> None:
    try:
        bytes.fromhex(headers.get("atr", ""))
        CardProtocol(headers.get("protocol", CardProtocol.T0.value))
    except ValueError as error:
        raise _malformed(1, "the header's atr is no hex, or its protocol is unknown") from error


def _malformed(line: int, reason: str) -> FormatError:
    return FormatError("reader.transcript_malformed", line=line, reason=reason)


class Recorder(ResetRecorder):
    """Writes what passes through a transport as a transcript, the PINs masked."""

    def __init__(
        self,
        inner: Transport,
        sink: Callable[[str], object],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Record to ``sink``, which takes text, e.g. the ``write`` of a file."""
        super().__init__(inner)
        self._sink = sink
        lines = {"atr": inner.atr.hex().upper(), "protocol": inner.protocol.value}
        self._write(_TITLE)
        for name, value in {**lines, **(headers or {})}.items():
            self._write(f"{name}: {' '.join(value.split())}")
        self._write("")

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU; write it and its answer."""
        try:
            answer = self.inner.transmit(command)
        except CardRemovedError:
            self._write(f"! {TranscriptEventKind.REMOVED.value}")
            raise
        comment = _selected(command)
        if comment:
            self._write(f"# {comment}")
        self._write(f"> {masked(command)}")
        self._write(
            f"< {answer[:-2].hex().upper()} {answer[-2:].hex().upper()}".replace("<  ", "< ")
        )
        return answer

    def reset(self) -> bytes:
        """Reset the card; write it."""
        atr = self.inner.reset()
        self.note_reset()
        return atr

    def note_reset(self) -> None:
        """Write a reset."""
        self._write(f"! {TranscriptEventKind.RESET.value}")

    def _write(self, line: str) -> None:
        self._sink(line + "\n")


def _selected(command: Apdu) -> str:
    """Return the name of the file that a SELECT names by its ids, if it is one."""
    if len(command) < 7 or command[1] != _SELECT or command[2] == _BY_NAME:
        return ""
    path = command[5 : 5 + command[4]]
    if not path or len(path) % 2:
        return ""
    ids = [int.from_bytes(path[at : at + 2]) for at in range(0, len(path), 2)]
    name = FileId(ids[-1]).name if ids[-1] in set(FileId) else ""
    return f"SELECT {'/'.join(f'{identifier:04X}' for identifier in ids)} {name}".rstrip()


class Player:
    """A transport that answers from a transcript, and raises at the first deviation from it."""

    def __init__(self, transcript: Transcript | str) -> None:
        parsed = Transcript.parse(transcript) if isinstance(transcript, str) else transcript
        self._transcript = parsed
        self._place = 0
        self._open = True
        self._left = False

    @property
    def name(self) -> str:
        """The name of the reader that the player stands for."""
        return "transcript"

    @property
    def atr(self) -> bytes:
        """The answer to reset of the recorded card."""
        return self._transcript.atr

    @property
    def protocol(self) -> CardProtocol:
        """The protocol of the recorded connection."""
        return self._transcript.protocol

    @property
    def finished(self) -> bool:
        """Whether every step was played."""
        return self._place == len(self._transcript.steps)

    def transmit(self, command: Apdu) -> bytes:
        """Return the recorded response.

        Raises `ReaderError` (``reader.transcript_deviates``, ``reader.transcript_ended``), and
        `CardRemovedError` where the card left.
        """
        step = self._next(masked(command))
        if isinstance(step, TranscriptEvent):
            if step.what is TranscriptEventKind.REMOVED:
                raise CardRemovedError("reader.card_removed", reader=self.name)
            raise _deviates(step.line, step.what.value, masked(command))
        if not step.command.matches(bytes(command)):
            raise _deviates(step.line, step.command.shown(), masked(command))
        if step.response.exact is None:
            raise _deviates(step.line, "a response written in full", step.response.text)
        return step.response.exact

    def reset(self) -> bytes:
        """Play a reset, and return the answer to reset."""
        self._expect(TranscriptEventKind.RESET)
        return self.atr

    @contextmanager
    def transaction(self, ending: Ending = Ending.RESET) -> Iterator[None]:
        """Play a transaction: where it resets the card, the transcript must have the reset."""
        self._usable()
        self._left = False
        yield
        if ending is Ending.RESET and not self._left:
            self._expect(TranscriptEventKind.RESET)

    def undisturbed(self) -> bool:
        """A played card has no other users."""
        return self._open

    def shared(self) -> bool:
        """Return False: a played card has no other users."""
        return False

    def leave(self, *, verified: bool = False) -> None:
        """Expect no reset at the end of the open transaction."""
        self._left = True

    def rest(self) -> None:
        """Do nothing."""

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        """Refuse: transcripts hold no control commands."""
        raise ReaderError("reader.feature_absent", reader=self.name, feature=f"{code:#x}")

    def close(self) -> None:
        """End the connection."""
        self._open = False

    def _usable(self) -> None:
        if not self._open:
            raise ReaderError("reader.closed", reader=self.name)

    def _next(self, got: str) -> Exchange | TranscriptEvent:
        self._usable()
        if self.finished:
            raise ReaderError("reader.transcript_ended", got=got)
        self._place += 1
        return self._transcript.steps[self._place - 1]

    def _expect(self, what: TranscriptEventKind) -> None:
        step = self._next(what.value)
        if not isinstance(step, TranscriptEvent) or step.what is not what:
            expected = (
                step.what.value if isinstance(step, TranscriptEvent) else step.command.shown()
            )
            raise _deviates(step.line, expected, what.value)


def _deviates(line: int, expected: str, got: str) -> ReaderError:
    return ReaderError("reader.transcript_deviates", line=line, expected=expected, got=got)
