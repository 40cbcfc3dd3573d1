# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames of native messaging: a length in the machine's byte order, then JSON in UTF-8."""

import json
import struct
from collections.abc import Mapping
from typing import Final

from caducee.base.errors import FormatError
from caducee.spec.native_messaging import MOST_FROM_BROWSER, MOST_TO_BROWSER

__all__ = ["MessageDeframer", "frame"]

_LENGTH: Final = struct.Struct("=I")


def frame(message: Mapping[str, object], most: int = MOST_TO_BROWSER) -> bytes:
    """Return a message as it goes over the pipe.

    Raises `FormatError` (``codec.native_size``) for one of more than ``most`` bytes.

    >>> frame({"id": 1})[4:]
    b'{"id":1}'
    """
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    if len(text) > most:
        raise FormatError("codec.native_size", size=len(text), most=most)
    return _LENGTH.pack(len(text)) + text


class MessageDeframer:
    """Cuts what comes over the pipe into messages (JSON, not read yet)."""

    def __init__(self, most: int = MOST_FROM_BROWSER) -> None:
        self._most = most
        self._waiting = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return the messages that are whole now.

        Raises `FormatError` (``codec.native_size``) as soon as a length says too much.
        """
        self._waiting += data
        found = []
        while len(self._waiting) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._waiting)
            if size > self._most:
                raise FormatError("codec.native_size", size=size, most=self._most)
            end = _LENGTH.size + size
            if len(self._waiting) < end:
                break
            found.append(bytes(self._waiting[_LENGTH.size : end]))
            del self._waiting[:end]
        return found
