# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the program says that asks the holder, read into a room that is overwritten.

asyncio's own reading leaves pieces of a stream in memory that nobody can overwrite.
"""

import asyncio
import os
from typing import Self

from caducee.base.errors import FormatError
from caducee.middleware.pin_entry.protocol import MAX_LINE

__all__ = ["AnswerPipe"]


class AnswerPipe:
    """The lines of a pipe. It is closed with the block it stands in."""

    def __init__(self, handle: int) -> None:
        os.set_blocking(handle, False)
        self._handle = handle
        self._room = bytearray(MAX_LINE)
        self._size = 0

    async def line(self) -> bytearray | None:
        """Return the next line with its end, to be overwritten by the caller; None at the end.

        Raises `FormatError` (``pin.line_malformed``) for a line that is too long.
        """
        while (end := self._room.find(b"\n", 0, self._size)) < 0:
            if self._size == MAX_LINE:
                raise FormatError("pin.line_malformed")
            if not await self._receive():
                return None
        size = end + 1
        made = bytearray(size)
        with memoryview(self._room) as room:
            made[:] = room[:size]
            room[: self._size - size] = room[size : self._size]
            room[self._size - size : self._size] = bytes(size)
        self._size -= size
        return made

    async def end(self) -> None:
        """Wait until the program has said all it says; it is passed over."""
        self._wipe()
        while await self._receive():
            self._wipe()

    async def _receive(self) -> int:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._handle, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._handle)
        with memoryview(self._room) as room, room[self._size :] as free:
            received = os.readv(self._handle, [free])
        self._size += received
        return received

    def _wipe(self) -> None:
        self._room[:] = bytes(MAX_LINE)
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wipe()
        os.close(self._handle)
