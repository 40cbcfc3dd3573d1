# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Little-endian numbers and counted bytes, read strictly and written."""

import struct

from caducee.base.errors import FormatError
from caducee.base.secret import Secret

__all__ = ["WireReader", "write_bytes", "write_flag", "write_number"]

_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")


class WireReader:
    """Bytes that are read once from front to end; `FormatError` (``codec.pkcs11_message``)."""

    def __init__(self, data: bytes | bytearray) -> None:
        self._data = data
        self._at = 0

    def fail(self) -> FormatError:
        """Return the error that names the place reached."""
        return FormatError("codec.pkcs11_message", offset=self._at)

    @property
    def left(self) -> int:
        """How many bytes are not read yet."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """Read so many bytes."""
        if size > self.left:
            raise self.fail()
        start, self._at = self._at, self._at + size
        return bytes(self._data[start : self._at])

    def u8(self) -> int:
        """Read one byte."""
        return self.take(1)[0]

    def u32(self) -> int:
        """Read four bytes."""
        return self._number(_U32)

    def u64(self) -> int:
        """Read eight bytes."""
        return self._number(_U64)

    def _number(self, form: struct.Struct) -> int:
        try:
            (found,) = form.unpack_from(self._data, self._at)
        except struct.error:
            raise self.fail() from None
        self._at += form.size
        return found  # type: ignore[no-any-return]

    def flag(self) -> bool:
        """Read a byte that is 0 or 1."""
        found = self.u8()
        if found > 1:
            raise self.fail()
        return bool(found)

    def counted(self, most: int | None = None) -> bytes:
        """Read a u32 length and so many bytes."""
        size = self.u32()
        if most is not None and size > most:
            raise self.fail()
        return self.take(size)

    def secret(self, most: int) -> Secret:
        """Read a u32 length and so many bytes, of which no copy is left behind."""
        size = self.u32()
        if size > min(most, self.left):
            raise self.fail()
        start, self._at = self._at, self._at + size
        with memoryview(self._data) as view, view[start : self._at] as part:
            return Secret(part)

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self.left:
            raise self.fail()


_SIZES = {1: struct.Struct("<B"), 4: _U32, 8: _U64}


def write_number(value: int, size: int = 8) -> bytes:
    """Return a number in 1, 4 or 8 bytes. Raises `FormatError` (``codec.pkcs11_number``)."""
    try:
        return _SIZES[size].pack(value)
    except struct.error:
        raise FormatError("codec.pkcs11_number", value=value, bits=8 * size) from None


def write_flag(value: bool) -> bytes:
    """Return one byte, 0 or 1."""
    return b"\x01" if value else b"\x00"


def write_bytes(value: bytes) -> bytes:
    """Return a u32 length and the bytes."""
    return write_number(len(value), 4) + value
