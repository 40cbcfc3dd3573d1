# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How answers leave: head and body together, and not to a client that has stopped reading.

uvicorn writes the head of an answer and its body one after the other, which are two system calls
and two packets. And what a client does not read, it keeps in memory for ever.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

__all__ = ["JoinedWrites"]

_LARGE = 65_536
"""Bytes from which a part is sent as it is: joining would copy it."""

_STALLED_SECONDS = 20.0
"""How long a client may take nothing at all of what waits for it."""


class JoinedWrites(asyncio.Transport):
    """A transport that sends together what is written in one turn of the loop.

    A client that takes nothing of its answer for ``stalled_seconds`` is cut off.
    """

    def __init__(
        self,
        inner: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        *,
        stalled_seconds: float = _STALLED_SECONDS,
    ) -> None:
        super().__init__()
        self._inner = inner
        self._loop = loop
        self._stalled_seconds = stalled_seconds
        self._held: list[bytes | bytearray | memoryview] = []
        self._closing = False
        self._watched: asyncio.TimerHandle | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send data at the end of this turn of the loop, or at once when it is large."""
        if self._closing:
            return
        if len(data) >= _LARGE:
            self._flush()
            self._inner.write(data)
            self._watch()
            return
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send several parts."""
        for item in list_of_data:
            self.write(item)

    def close(self) -> None:
        """End the connection once everything is sent."""
        if self._closing:
            return
        self._flush()
        self._closing = True
        if not self._inner.is_closing():  # asyncio's TLS forgets its buffer at a second close
            self._inner.close()
            self._watch()

    def abort(self) -> None:
        """Cut the connection off; what fits into the kernel's buffer is there before."""
        self._flush()
        self._closing = True
        self._inner.abort()

    def is_closing(self) -> bool:
        """Tell whether the end has begun."""
        return self._closing or self._inner.is_closing()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait to be sent."""
        return sum(map(len, self._held)) + self._inner.get_write_buffer_size()

    # What the transport inside does

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (as asyncio)
        """Return what is known of the connection."""
        return self._inner.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Give the connection to another protocol."""
        self._inner.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the protocol of the connection."""
        return self._inner.get_protocol()

    def pause_reading(self) -> None:
        """Read nothing for now."""
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._inner.resume_reading()

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._inner.write(b"".join(held))
            self._watch()

    def _watch(self) -> None:
        if self._watched is None and self._inner.get_write_buffer_size():
            self._look_later()

    def _look_later(self) -> None:
        left = self._inner.get_write_buffer_size()
        self._watched = self._loop.call_later(self._stalled_seconds, self._look, left)

    def _look(self, before: int) -> None:
        """Cut off a client that took nothing since the last look."""
        self._watched = None
        left = self._inner.get_write_buffer_size()
        if left and left >= before:
            self._inner.abort()
        elif left:
            self._look_later()
