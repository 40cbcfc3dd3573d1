# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages on the wire between a virtual reader and a virtual card (`caducee.spec.virtual_reader`).

>>> frame(bytes.fromhex("00 84 00 00 08")).hex()
'00050084000008'
>>> messages = ReaderDeframer()
>>> messages.feed(bytes.fromhex("0001 04 0005 0084"))
[b'\\x04']
>>> messages.feed(bytes.fromhex("0000 08"))
[b'\\x00\\x84\\x00\\x00\\x08']
"""

from caducee.base.errors import FormatError
from caducee.spec.virtual_reader import LENGTH_SIZE, MAX_MESSAGE

__all__ = ["ReaderDeframer", "frame"]


def frame(message: bytes | bytearray) -> bytearray:
    """Return a message with its length before it; at most 65535 bytes, else `FormatError`.

    Who sends one with a code overwrites it then.
    """
    if len(message) > MAX_MESSAGE:
        raise FormatError("reader.message_oversized", size=len(message))
    made = bytearray(LENGTH_SIZE + len(message))
    made[:LENGTH_SIZE] = len(message).to_bytes(LENGTH_SIZE)
    made[LENGTH_SIZE:] = message
    return made


class ReaderDeframer:
    """Cuts a stream of bytes into messages; holds at most one unfinished message."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._waiting)

    def feed(self, data: bytes) -> list[bytes]:
        """Take more of the stream; return the messages that are whole now, oldest first."""
        self._waiting += data
        found = []
        start = 0
        while len(self._waiting) - start >= LENGTH_SIZE:
            end = start + LENGTH_SIZE + int.from_bytes(self._waiting[start : start + LENGTH_SIZE])
            if end > len(self._waiting):
                break
            found.append(bytes(self._waiting[start + LENGTH_SIZE : end]))
            start = end
        del self._waiting[:start]
        return found
