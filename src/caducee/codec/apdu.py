# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Command and response APDUs, short and extended (ISO/IEC 7816-3 section 12.1, 7816-4 section 5).

The four cases: neither data nor an answer (1), an answer (2), data (3), both (4). A command of
case 4 that comes without Le, as T=0 sends it, is read as case 3: nothing else can be known from
its bytes. Likewise five bytes that end in 00 are case 2 with 256 bytes wanted.

>>> command = CommandApdu.from_bytes(bytes.fromhex("00 A4 09 04 04 3F00D003 00"))
>>> command.ins, command.data.hex(), command.le
(164, '3f00d003', 256)
"""

from dataclasses import dataclass, replace

from caducee.base.errors import FormatError
from caducee.base.secret import Secret
from caducee.spec.instructions import PinInstruction

__all__ = ["CommandApdu", "ResponseApdu"]

_HEADER = 4
_MAX_SHORT_DATA = 0xFF
_MAX_SHORT_LE = 0x100
_MAX_DATA = 0xFFFF
_MAX_LE = 0x10000
_MAX_CHANNEL = 19
_FIRST_FURTHER_CHANNEL = 4
_PIN_COMMANDS = frozenset(PinInstruction)


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """A command to a card. Raises `FormatError` (``codec.apdu_*``) for what cannot be written."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    """0 to 65535 bytes."""

    le: int | None = None
    """How many bytes are wanted at most, 1 to 65536; None: the field is absent."""

    extended: bool = False
    """Whether lengths take the extended form. Set by itself when they need it, and never set
    where no length is written."""

    def __post_init__(self) -> None:
        if not all(0 <= item <= 0xFF for item in (self.cla, self.ins, self.p1, self.p2)):
            raise FormatError("codec.apdu_header")
        if len(self.data) > _MAX_DATA:
            raise FormatError("codec.apdu_length", size=len(self.data))
        if self.le is not None and not 0 < self.le <= _MAX_LE:
            raise FormatError("codec.apdu_expected", le=self.le)
        needed = len(self.data) > _MAX_SHORT_DATA or (self.le or 0) > _MAX_SHORT_LE
        bare = not self.data and self.le is None
        object.__setattr__(self, "extended", (self.extended or needed) and not bare)

    def __repr__(self) -> str:
        """Return the fields, a PIN left out: tracebacks may show local values."""
        data = "<Secret>" if self.data and self.ins in _PIN_COMMANDS else repr(self.data)
        head = f"cla={self.cla:#04x}, ins={self.ins:#04x}, p1={self.p1:#04x}, p2={self.p2:#04x}"
        return f"CommandApdu({head}, data={data}, le={self.le}, extended={self.extended})"

    @classmethod
    def from_bytes(cls, data: bytes) -> "CommandApdu":
        """Read a command. Raises `FormatError` (``codec.apdu_length``)."""
        data = bytes(data)
        if len(data) < _HEADER:
            raise FormatError("codec.apdu_length", size=len(data))
        body = data[_HEADER:]
        extended = len(body) >= 3 and body[0] == 0
        sent, le = (_read_extended if extended else _read_short)(body)
        return cls(data[0], data[1], data[2], data[3], sent, le, extended)

    def to_bytes(self) -> bytes:
        """Return the command as it is sent."""
        parts = [bytes((self.cla, self.ins, self.p1, self.p2))]
        width = 2 if self.extended else 1
        if self.extended:
            parts.append(b"\x00")
        if self.data:
            parts += (len(self.data).to_bytes(width), self.data)
        if self.le is not None:
            parts.append((self.le % (1 << 8 * width)).to_bytes(width))
        return b"".join(parts)

    def carrying(self, code: Secret) -> bytearray:
        """Return a command of case 1 as it is sent with a code of at most 255 bytes as its data.

        Who sends it overwrites it afterwards.
        """
        if self.data or self.le is not None or len(code) > _MAX_SHORT_DATA:
            raise FormatError("codec.apdu_length", size=len(code))
        made = bytearray(_HEADER + 1 + len(code))
        made[: _HEADER + 1] = bytes((self.cla, self.ins, self.p1, self.p2, len(code)))
        with code.opened() as data:
            made[_HEADER + 1 :] = data
        return made

    @property
    def case(self) -> int:
        """The case of ISO/IEC 7816-3: 1 nothing, 2 answer, 3 data, 4 data and answer."""
        return (3 if self.data else 1) + (self.le is not None)

    @property
    def proprietary(self) -> bool:
        """Whether the class is outside the standard, so that its other bits mean nothing here."""
        return bool(self.cla & 0x80)

    @property
    def chained(self) -> bool:
        """Whether another command of the same chain follows."""
        return not self.proprietary and bool(self.cla & 0x10)

    @property
    def channel(self) -> int:
        """The logical channel, 0 to 19; 0 for a proprietary class."""
        if self.proprietary:
            return 0
        if self.cla & 0x40:
            return _FIRST_FURTHER_CHANNEL + (self.cla & 0x0F)
        return self.cla & 0x03

    @property
    def secure_messaging(self) -> bool:
        """Whether the class announces secure messaging."""
        if self.proprietary:
            return False
        return bool(self.cla & (0x20 if self.cla & 0x40 else 0x0C))

    def with_chaining(self, more: bool) -> "CommandApdu":
        """Return the command with the chaining bit set or cleared."""
        return replace(self, cla=self.cla & ~0x10 | (0x10 if more else 0))

    def on_channel(self, channel: int) -> "CommandApdu":
        """Return the command for another channel, 0 to 19, without secure messaging.

        Raises `FormatError` (``codec.apdu_header``), also for a proprietary class.
        """
        if self.proprietary or not 0 <= channel <= _MAX_CHANNEL:
            raise FormatError("codec.apdu_header")
        bits = channel if channel < _FIRST_FURTHER_CHANNEL else 0x40 | channel - 4
        return replace(self, cla=bits | self.cla & 0x10)


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """An answer of a card: data and the status word, of which every value is kept."""

    data: bytes
    sw: int

    def __post_init__(self) -> None:
        if not 0 <= self.sw <= 0xFFFF or len(self.data) > _MAX_LE:
            raise FormatError("codec.response_length", size=len(self.data) + 2)

    @classmethod
    def from_bytes(cls, data: bytes) -> "ResponseApdu":
        """Read an answer of 2 to 65538 bytes. Raises `FormatError` (``codec.response_length``)."""
        if len(data) < 2:
            raise FormatError("codec.response_length", size=len(data))
        return cls(bytes(data[:-2]), int.from_bytes(data[-2:]))

    def to_bytes(self) -> bytes:
        """Return the answer as it is sent."""
        return self.data + self.sw.to_bytes(2)

    @property
    def sw1(self) -> int:
        """The first byte of the status word."""
        return self.sw >> 8

    @property
    def sw2(self) -> int:
        """The second byte of the status word."""
        return self.sw & 0xFF

    @property
    def ok(self) -> bool:
        """Whether the status word is 9000."""
        return self.sw == 0x9000


def _read_short(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    size = body[0]
    if len(body) == 1:
        return b"", size or _MAX_SHORT_LE
    rest = body[1 + size :]
    if not size or len(body) < 1 + size or len(rest) > 1:
        raise FormatError("codec.apdu_length", size=_HEADER + len(body))
    return body[1 : 1 + size], (rest[0] or _MAX_SHORT_LE) if rest else None


def _read_extended(body: bytes) -> tuple[bytes, int | None]:
    size = int.from_bytes(body[1:3])
    if len(body) == 3:
        return b"", size or _MAX_LE
    rest = body[3 + size :]
    if not size or len(body) < 3 + size or len(rest) not in (0, 2):
        raise FormatError("codec.apdu_length", size=_HEADER + len(body))
    return body[3 : 3 + size], (int.from_bytes(rest) or _MAX_LE) if rest else None
