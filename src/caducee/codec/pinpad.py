# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands to a reader with a PIN pad, and its features (PC/SC part 10; `caducee.spec.pinpad`).

A structure holds the command with an empty place for the PIN, which the reader fills with what is
typed there. Numbers of 16 and 32 bits are little endian, as on every machine that we run on.

>>> plan = PinVerify(bytes.fromhex("0020000108 FFFFFFFFFFFFFFFF"), PinFormat(8), 4, 8)
>>> plan.to_bytes().hex()
'1e1e820800080402010904000000000d0000000020000108ffffffffffffffff'
>>> PinVerify.from_bytes(plan.to_bytes()) == plan
True
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from caducee.base.errors import FormatError
from caducee.spec.pinpad import EntryEnd, MessageLanguage, PadProperty, PinEncoding

__all__ = [
    "PadProperties",
    "PinFormat",
    "PinModify",
    "PinVerify",
    "read_features",
    "write_features",
]

_VERIFY: Final = struct.Struct("<9BHB3sI")
_MODIFY: Final = struct.Struct("<12BH3B3sI")
_FEATURE = 6
"""Tag, length, and the control code, which is big endian."""

_BYTES, _RIGHT = 0x80, 0x04  # bmFormatString: positions in bytes; the PIN stands at the right
_MOST = 0xFF
_SECONDS = 30


def _fail(what: str, size: int) -> FormatError:
    return FormatError("codec.pinpad", what=what, size=size)


@dataclass(frozen=True, slots=True)
class PinFormat:
    """Where and how the PIN goes into the data of the command."""

    block: int
    """Bytes that the PIN fills with its padding; 0: as many as there are digits."""

    encoding: int = PinEncoding.ASCII
    """A `PinEncoding`."""

    offset: int = 0
    """Bytes between Lc and the PIN."""

    right: bool = False
    """The PIN stands at the right end of its block."""

    length_bits: int = 0
    """Bits of a length of the PIN in the command; 0: none."""

    length_format: int = 0
    """Where that length stands (bmPINLengthFormat)."""

    def to_bytes(self) -> bytes:
        """Return bmFormatString, bmPINBlockString, bmPINLengthFormat."""
        if not (0 <= self.block < 16 and 0 <= self.offset < 16 and 0 <= self.length_bits < 16):
            raise _fail("place", self.block)
        form = _BYTES | self.offset << 3 | (_RIGHT if self.right else 0) | self.encoding
        return bytes((form, self.length_bits << 4 | self.block, self.length_format))

    @classmethod
    def from_bytes(cls, data: bytes) -> "PinFormat":
        """Read the three bytes. Raises `FormatError` for positions in bits, which no card needs."""
        form, block, length = data
        encoding = form & 0x03
        if not form & _BYTES or encoding not in frozenset(PinEncoding):
            raise _fail("format", form)
        return cls(
            block & 0x0F, encoding, form >> 3 & 0x0F, bool(form & _RIGHT), block >> 4, length
        )


@dataclass(frozen=True, slots=True)
class PinVerify:
    """PIN_VERIFY_STRUCTURE: ask for a PIN once, and send it."""

    command: bytes
    """The command APDU, with bytes of padding in the place of the PIN."""

    place: PinFormat
    least: int
    most: int
    """Digits of the PIN."""

    language: int = MessageLanguage.ENGLISH
    """A `MessageLanguage`, or another number of Windows' list."""

    end: int = EntryEnd.KEY_PRESSED
    seconds: int = _SECONDS
    """Until the first key, and between two keys."""

    message: int = 0
    """Which of its messages the reader shows."""

    messages: int = 1
    prologue: bytes = bytes(3)
    """T=1 alone; the driver fills it."""

    def to_bytes(self) -> bytes:
        """Return the structure. Raises `FormatError` (``codec.pinpad``)."""
        _check(self.least, self.most, self.seconds)
        return (
            _VERIFY.pack(
                self.seconds,
                self.seconds,
                *self.place.to_bytes(),
                self.most,
                self.least,
                self.end,
                self.messages,
                self.language,
                self.message,
                self.prologue,
                len(self.command),
            )
            + self.command
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "PinVerify":
        """Read a structure whole. Raises `FormatError` (``codec.pinpad``)."""
        found, command = _parts(_VERIFY, data)
        first, second, *place, most, least, end, messages, language, message, prologue, _ = found
        if first != second:
            raise _fail("seconds", second)
        _check(least, most, first)
        return cls(
            command,
            PinFormat.from_bytes(bytes(place)),
            least,
            most,
            language,
            end,
            first,
            message,
            messages,
            prologue,
        )


@dataclass(frozen=True, slots=True)
class PinModify:
    """PIN_MODIFY_STRUCTURE: ask for the PIN, or not, and for a new one, and send both."""

    command: bytes
    """The command APDU, with bytes of padding in the places of the PINs."""

    place: PinFormat
    least: int
    most: int
    old_offset: int = 0
    new_offset: int = 0
    """Bytes from the begin of the data to each PIN."""

    asks_old: bool = True
    asks_twice: bool = True
    """The new PIN is typed twice."""

    language: int = MessageLanguage.ENGLISH
    end: int = EntryEnd.KEY_PRESSED
    seconds: int = _SECONDS
    messages: tuple[int, int, int] = (0, 1, 2)
    prologue: bytes = bytes(3)

    def to_bytes(self) -> bytes:
        """Return the structure. Raises `FormatError` (``codec.pinpad``)."""
        _check(self.least, self.most, self.seconds)
        if max(self.old_offset, self.new_offset) > _MOST:
            raise _fail("offset", max(self.old_offset, self.new_offset))
        return (
            _MODIFY.pack(
                self.seconds,
                self.seconds,
                *self.place.to_bytes(),
                self.old_offset,
                self.new_offset,
                self.most,
                self.least,
                self.asks_twice | self.asks_old << 1,
                self.end,
                1 + self.asks_old + self.asks_twice,
                self.language,
                *self.messages,
                self.prologue,
                len(self.command),
            )
            + self.command
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "PinModify":
        """Read a structure whole. Raises `FormatError` (``codec.pinpad``)."""
        found, command = _parts(_MODIFY, data)
        first, second, *place = found[:5]
        old, new, most, least, confirm, end, count, language, *messages = found[5:16]
        prologue = found[16]
        asks_twice, asks_old = bool(confirm & 1), bool(confirm & 2)
        if first != second or confirm > 3 or count != 1 + asks_old + asks_twice:
            raise _fail("confirm", confirm)
        _check(least, most, first)
        return cls(
            command,
            PinFormat.from_bytes(bytes(place)),
            least,
            most,
            old,
            new,
            asks_old,
            asks_twice,
            language,
            end,
            first,
            (messages[0], messages[1], messages[2]),
            prologue,
        )


def _check(least: int, most: int, seconds: int) -> None:
    if not 0 <= least <= most <= _MOST:
        raise _fail("digits", most)
    if not 0 <= seconds <= _MOST:
        raise _fail("seconds", seconds)


def _parts(form: struct.Struct, data: bytes) -> tuple[tuple[Any, ...], bytes]:
    if len(data) < form.size:
        raise _fail("structure", len(data))
    found, command = form.unpack(data[: form.size]), bytes(data[form.size :])
    if found[-1] != len(command):
        raise _fail("command", len(command))
    return found, command


# Features of a reader


def read_features(data: bytes) -> dict[int, int]:
    """Return the whole control code of each feature, by its tag (`Feature`, or an unknown one).

    Raises `FormatError` (``codec.pinpad``).

    >>> {hex(tag): hex(code) for tag, code in read_features(bytes.fromhex("060442330006")).items()}
    {'0x6': '0x42330006'}
    """
    if len(data) % _FEATURE:
        raise _fail("features", len(data))
    found = {}
    for at in range(0, len(data), _FEATURE):
        if data[at + 1] != _FEATURE - 2:
            raise _fail("features", data[at + 1])
        found[data[at]] = int.from_bytes(data[at + 2 : at + _FEATURE])
    return found


def write_features(features: Mapping[int, int]) -> bytes:
    """Return features as a reader gives them."""
    return b"".join(
        bytes((tag, _FEATURE - 2)) + code.to_bytes(_FEATURE - 2) for tag, code in features.items()
    )


@dataclass(frozen=True, slots=True)
class PadProperties:
    """What a PIN pad can do; what a reader does not tell is missing."""

    values: Mapping[int, bytes] = field(default_factory=dict)
    """By `PadProperty`, or an unknown tag, as the reader gave them."""

    @classmethod
    def from_bytes(cls, data: bytes) -> "PadProperties":
        """Read the answer to GET_TLV_PROPERTIES. Raises `FormatError` (``codec.pinpad``)."""
        return cls(dict(_properties(data)))

    def to_bytes(self) -> bytes:
        """Return them as a reader gives them."""
        return b"".join(bytes((tag, len(item))) + item for tag, item in self.values.items())

    def number(self, tag: PadProperty) -> int | None:
        """Return a number; None for one that the reader does not tell."""
        found = self.values.get(tag)
        return int.from_bytes(found, "little") if found is not None else None

    @property
    def lines(self) -> int:
        """Lines of the reader's display; 0 without one, or when the reader does not tell."""
        layout = self.number(PadProperty.LCD_LAYOUT) or 0
        return self.number(PadProperty.LCD_LINES) or layout >> 8

    @property
    def firmware(self) -> str:
        """Which firmware, in the maker's words."""
        return self.values.get(PadProperty.FIRMWARE, b"").decode("latin-1")


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        end = at + 2 + data[at + 1] if at + 1 < len(data) else len(data) + 1
        if end > len(data):
            raise _fail("properties", len(data))
        yield data[at], bytes(data[at + 2 : end])
        at = end
