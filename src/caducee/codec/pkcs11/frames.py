# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames, and the first two of each connection. The wire: `caducee.codec.pkcs11`."""

from dataclasses import dataclass, field

from caducee.base.errors import FormatError
from caducee.codec.pkcs11._stream import WireReader, write_bytes, write_flag, write_number
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.wire import (
    APPLICATION_ID,
    MAX_FRAME,
    MAX_TOKEN,
    PROTOCOL_VERSION,
    FrameKind,
)

__all__ = ["Frame", "FrameDeframer", "Hello", "Welcome"]

_LENGTH = 4
_HEAD = 5
"""Kind and code."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. Its payload may hold a PIN: it is not shown, and can be wiped."""

    kind: int
    """A `FrameKind`, or a number that this version does not know."""

    code: int
    """Function, return code or version, 32 bits."""

    payload: bytes | bytearray = field(default=b"", repr=False)

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> "Frame":
        """Read one whole frame with its length. Raises `FormatError` (``codec.pkcs11_frame``)."""
        if len(data) < _LENGTH + _HEAD or _size(data) != len(data) - _LENGTH:
            raise FormatError("codec.pkcs11_frame", size=len(data))
        code = int.from_bytes(data[_LENGTH + 1 : _LENGTH + _HEAD], "little")
        with memoryview(data) as view, view[_LENGTH + _HEAD :] as payload:
            return cls(view[_LENGTH], code, bytearray(payload))

    def to_bytes(self) -> bytes:
        """Return the frame with its length. Raises `FormatError` for one that is too long."""
        size = _HEAD + len(self.payload)
        if size > MAX_FRAME:
            raise FormatError("codec.pkcs11_frame", size=size)
        head = write_number(size, _LENGTH) + write_number(self.kind, 1) + write_number(self.code, 4)
        return head + self.payload

    def wipe(self) -> None:
        """Overwrite the payload with zeros, if it is a bytearray (as from `FrameDeframer`)."""
        if isinstance(self.payload, bytearray):
            self.payload[:] = bytes(len(self.payload))


class FrameDeframer:
    """Cuts a stream into frames; holds at most one unfinished frame, and no trace of others.

    What is held lies in a room of its own, which is overwritten before it is given up.
    """

    def __init__(self) -> None:
        self._room = bytearray()
        self._size = 0

    @property
    def unfinished(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._size)

    def feed(self, data: bytes | bytearray | memoryview) -> list[Frame]:
        """Take more of the stream; return the frames that are whole now, oldest first.

        Raises `FormatError` (``codec.pkcs11_frame``) for a length that cannot be; the stream is
        of no use any more then.
        """
        if not self._size and len(data) >= _LENGTH and _size(data) == len(data) - _LENGTH:
            return [Frame.from_bytes(data)]  # as nearly always: one frame, whole
        self._take(data)
        found = []
        start = 0
        with memoryview(self._room) as view:
            while self._size - start >= _LENGTH:
                end = start + _LENGTH + _size(view, start)
                if end > self._size:
                    break
                with view[start:end] as whole:
                    found.append(Frame.from_bytes(whole))
                start = end
        if found:
            self._move(start, bytearray(self._size - start))
        return found

    def wipe(self) -> None:
        """Overwrite and forget a frame that has not ended."""
        self._room[:] = bytes(len(self._room))
        self._size = 0

    def _take(self, data: bytes | bytearray | memoryview) -> None:
        size = self._size + len(data)
        if size > len(self._room):
            usual = min(2 * len(self._room), _LENGTH + MAX_FRAME)
            self._move(0, bytearray(max(size, usual)))
        self._room[self._size : size] = data
        self._size = size

    def _move(self, start: int, room: bytearray) -> None:
        """Move what waits, from ``start`` on, to another room; overwrite the one before."""
        old, self._room = self._room, room
        with memoryview(old) as view, view[start : self._size] as left:
            self._size = len(left)
            room[: self._size] = left
            view[:] = bytes(len(view))


def _size(data: bytes | bytearray | memoryview, at: int = 0) -> int:
    size = int.from_bytes(data[at : at + _LENGTH], "little")
    if not _HEAD <= size <= MAX_FRAME:
        raise FormatError("codec.pkcs11_frame", size=size)
    return size


def _expect(frame: Frame, kind: FrameKind) -> WireReader:
    source = WireReader(frame.payload)
    if frame.kind != kind:
        raise source.fail()
    return source


@dataclass(frozen=True, slots=True)
class Hello:
    """Who connects: the first frame of a façade."""

    ulong_size: int
    """sizeof(CK_ULONG) of the caller, 4 or 8."""

    application: bytes
    """16 random bytes, one value for all connections of one C_Initialize."""

    pid: int
    """The caller's process; the daemon compares it with the peer's credentials."""

    flags: int = 0
    """``flags`` of CK_C_INITIALIZE_ARGS; 0 without them."""

    reserved: bool = False
    """Whether ``pReserved`` was not NULL; where it points to stays unread."""

    own_locks: bool = False
    """Whether the caller brings functions for locks and does not set CKF_OS_LOCKING_OK."""

    token: bytes = field(default=b"", repr=False)
    """For transports without credentials of the peer (tests), else empty."""

    version: int = PROTOCOL_VERSION

    @classmethod
    def from_frame(cls, frame: Frame) -> "Hello":
        """Read a HELLO. Raises `FormatError` (``codec.pkcs11_message``)."""
        source = _expect(frame, FrameKind.HELLO)
        ulong_size = source.u8()
        if ulong_size not in (4, 8):
            raise source.fail()
        found = cls(
            ulong_size,
            source.take(APPLICATION_ID),
            source.u64(),
            source.u64(),
            source.flag(),
            source.flag(),
            source.counted(MAX_TOKEN),
            frame.code,
        )
        source.end()
        return found

    def to_frame(self) -> Frame:
        """Return the frame to send."""
        payload = (
            write_number(self.ulong_size, 1)
            + self.application
            + write_number(self.pid)
            + write_number(self.flags)
            + write_flag(self.reserved)
            + write_flag(self.own_locks)
            + write_bytes(self.token)
        )
        return Frame(FrameKind.HELLO, self.version, payload)


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to `Hello`: what C_Initialize returns, and the daemon's version of the wire."""

    rv: int = Ckr.OK
    version: int = PROTOCOL_VERSION

    @classmethod
    def from_frame(cls, frame: Frame) -> "Welcome":
        """Read a WELCOME. Raises `FormatError` (``codec.pkcs11_message``)."""
        source = _expect(frame, FrameKind.WELCOME)
        version = source.u32()
        source.end()
        return cls(frame.code, version)

    def to_frame(self) -> Frame:
        """Return the frame to send."""
        return Frame(FrameKind.WELCOME, self.rv, write_number(self.version, 4))
