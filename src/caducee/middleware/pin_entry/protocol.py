# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The lines between the daemon and whatever asks the holder: a window, or an agent without one.

In the manner of pinentry: the daemon starts a program and talks with it by its standard input and
output, one message a line, in UTF-8::

    VERSION 1                       daemon, first
    KIND login                      and LANGUAGE, PROGRAM, PID, SITE, CARD, HOLDER, READER, FOR,
    TRIES 3                         LENGTH 4 8, SECONDS 120: what is known, each at most once
    ASK                             now show the question
    CODE 31323334 -                 program: the code, and the new one (hex; - for none)
    CANCEL                          or: the holder does not want; TIMEOUT; ERROR and a text
    WRONG                           daemon: the card refused; TRIES and ASK follow
    DONE                            daemon: the end; the program leaves

``%``, control characters and everything that ends a line are written ``%XX``. A line has at most
2048 bytes. A verb that nobody knows is passed over, so that both ends may grow apart.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum, unique
from typing import Any
from urllib.parse import quote, unquote

from caducee.base.errors import FormatError
from caducee.base.secret import Secret
from caducee.cryptolib.model import EnteredPins
from caducee.middleware.pin_entry.model import PinKind, PinRequest, PinRequester

__all__ = ["MAX_LINE", "VERSION", "PinEntryLine", "PinQuestion", "Verb", "answer_of", "pin_line"]

VERSION = 1
MAX_LINE = 2048
"""Bytes of a line, its end counted."""

_MAX_CODE = 64
_HEX = b"0123456789abcdef0123456789ABCDEF"
_PLAIN = re.sub(r"[%\x7f]", "", "".join(map(chr, range(0x20, 0x7F))))
"""What stands as it is."""


@unique
class Verb(StrEnum):
    """The first word of a line."""

    VERSION = "VERSION"
    LANGUAGE = "LANGUAGE"
    KIND = "KIND"
    PROGRAM = "PROGRAM"
    PID = "PID"
    SITE = "SITE"
    CARD = "CARD"
    HOLDER = "HOLDER"
    READER = "READER"
    FOR = "FOR"
    TRIES = "TRIES"
    LENGTH = "LENGTH"
    SECONDS = "SECONDS"
    ASK = "ASK"
    WRONG = "WRONG"
    DONE = "DONE"
    CODE = "CODE"
    CANCEL = "CANCEL"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class PinEntryLine:
    """One message: a verb and its text."""

    verb: str
    text: str = ""

    @classmethod
    def from_bytes(cls, data: bytes) -> "PinEntryLine":
        """Read a line without its end. Raises `FormatError` (``pin.line_malformed``)."""
        if len(data) >= MAX_LINE:
            raise FormatError("pin.line_malformed")
        try:
            verb, _, text = data.decode().partition(" ")
            text = unquote(text, errors="strict")
        except UnicodeDecodeError as error:
            raise FormatError("pin.line_malformed") from error
        if not re.fullmatch(r"[A-Z][A-Z-]{0,30}", verb):
            raise FormatError("pin.line_malformed")
        return cls(verb, text)

    def to_bytes(self) -> bytes:
        """Return the line with its end; a text that is too long is cut."""
        text = quote(self.text, safe=_PLAIN, errors="replace")
        room = MAX_LINE - len(self.verb) - 3
        text = re.sub(r"%[0-9A-F]?$", "", text[:room]) if len(text) > room else text
        return f"{self.verb} {text}\n".encode("ascii") if text else f"{self.verb}\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class PinQuestion:
    """Everything that is shown to the holder."""

    request: PinRequest
    asker: PinRequester = field(default_factory=PinRequester)
    language: str = "en"
    seconds: int = 120
    """After which the question is withdrawn."""

    wrong: bool = False
    """The PIN that was entered last was refused by the card."""

    def to_lines(self) -> list[PinEntryLine]:
        """Return the messages that ask this, ``ASK`` last."""
        request, asker = self.request, self.asker
        known: dict[Verb, str] = {
            Verb.VERSION: str(VERSION),
            Verb.LANGUAGE: self.language,
            Verb.KIND: request.kind.value,
            Verb.PROGRAM: asker.program,
            Verb.PID: str(asker.pid) if asker.pid else "",
            Verb.SITE: asker.site,
            Verb.CARD: request.card,
            Verb.HOLDER: request.holder,
            Verb.READER: request.reader,
            Verb.FOR: request.for_what,
            Verb.TRIES: "" if request.tries_left is None else str(request.tries_left),
            Verb.LENGTH: f"{request.min_length} {request.max_length}",
            Verb.SECONDS: str(self.seconds),
        }
        lines = [PinEntryLine(verb.value, text) for verb, text in known.items() if text]
        return lines + ([PinEntryLine(Verb.WRONG)] if self.wrong else []) + [PinEntryLine(Verb.ASK)]

    def after(self, line: PinEntryLine) -> "PinQuestion":
        """Return the question with one more message of the daemon taken in.

        Raises `FormatError` for a known verb whose text makes no sense.
        """
        try:
            return self._after(line)
        except ValueError as error:
            raise FormatError("pin.line_malformed") from error

    def _after(self, line: PinEntryLine) -> "PinQuestion":
        if line.verb in _OF_REQUEST:
            return replace(self, request=replace(self.request, **_OF_REQUEST[line.verb](line.text)))
        if line.verb in _OF_ASKER:
            return replace(self, asker=replace(self.asker, **_OF_ASKER[line.verb](line.text)))
        if line.verb in _OF_QUESTION:
            return replace(self, **_OF_QUESTION[line.verb](line.text))
        return self


def _length(text: str) -> dict[str, Any]:
    least, most = map(int, text.split())
    return {"min_length": least, "max_length": most}


type _Fields = Mapping[str, Callable[[str], dict[str, Any]]]

_OF_REQUEST: _Fields = {
    Verb.KIND: lambda text: {"kind": PinKind(text)},
    Verb.CARD: lambda text: {"card": text},
    Verb.HOLDER: lambda text: {"holder": text},
    Verb.READER: lambda text: {"reader": text},
    Verb.FOR: lambda text: {"for_what": text},
    Verb.TRIES: lambda text: {"tries_left": int(text)},
    Verb.LENGTH: _length,
}
_OF_ASKER: _Fields = {
    Verb.PROGRAM: lambda text: {"program": text},
    Verb.PID: lambda text: {"pid": int(text)},
    Verb.SITE: lambda text: {"site": text},
}
_OF_QUESTION: _Fields = {
    Verb.LANGUAGE: lambda text: {"language": text},
    Verb.SECONDS: lambda text: {"seconds": int(text)},
    Verb.WRONG: lambda text: {"wrong": True},
}


def pin_line(pins: EnteredPins) -> bytearray:
    """Return the line that carries PINs; the caller wipes it."""
    made = bytearray(Verb.CODE.encode())
    for item in (pins.old, pins.new):
        made += b" "
        made += item.reveal().hex().encode() if item is not None else b"-"
    return made + b"\n"


def answer_of(data: bytes | bytearray) -> EnteredPins | Verb:
    """Return what the program answered to ``ASK``: the PINs, or why there is none.

    Raises `FormatError` (``pin.line_malformed``), which never quotes the line.
    """
    words = _words(data)
    try:
        verb = words[0].decode("ascii", "replace") if words else ""
        if verb in (Verb.CANCEL, Verb.TIMEOUT, Verb.ERROR):
            return Verb(verb)
        if verb != Verb.CODE or len(words) != 3:
            raise FormatError("pin.line_malformed")
        return EnteredPins(_pin(words[1]), _pin(words[2]))
    finally:
        for word in words:
            word[:] = bytes(len(word))


def _words(data: bytes | bytearray) -> list[bytearray]:
    line = bytearray(data)
    try:
        return line.split()
    finally:
        line[:] = bytes(len(line))


def _pin(word: bytearray) -> Secret | None:
    if word == b"-":
        return None
    made = bytearray(len(word) // 2)
    if not 0 < len(made) <= _MAX_CODE or len(word) % 2:
        raise FormatError("pin.line_malformed")
    for place in range(len(made)):
        high, low = (_HEX.find(word[2 * place + half]) for half in (0, 1))
        if min(high, low) < 0:
            raise FormatError("pin.line_malformed")
        made[place] = high % 16 << 4 | low % 16
    return Secret.taking(made)
