# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PIN pad of a reader that is a local socket: a second socket beside the card's.

One connection is one control command: its code in four bytes and its data, in one message of the
card's own wire; the answer is one message, its first byte 1, or 0 alone for what is not known.
"""

import socket
import time
from pathlib import Path

from caducee.base.errors import CardRemovedError, MuteCardError, ReaderError
from caducee.codec.virtual_reader import ReaderDeframer, frame
from caducee.spec.virtual_reader import PIN_PAD_SUFFIX

__all__ = ["ask_pin_pad"]

_KNOWN = b"\x01"
_TYPING = 90.0
"""Seconds beyond an answer's usual time: for PIN entry, up to three times."""


def ask_pin_pad(card: Path, code: int, data: bytes, patience: float) -> bytes | None:
    """Return the answer of the PIN pad beside a card's socket; None for what it does not know.

    Raises `CardRemovedError` when the card's process ends, `MuteCardError` after the time.
    """
    deadline = time.monotonic() + patience + _TYPING
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        try:
            stream.connect(str(card.with_suffix(PIN_PAD_SUFFIX)))
        except OSError:
            return None
        try:
            stream.settimeout(patience)
            stream.sendall(frame(code.to_bytes(4) + data))
            answer = _receive(stream, deadline)
        except TimeoutError as error:
            raise MuteCardError("reader.card_mute", reader=f"socket:{card}") from error
        except OSError as error:
            raise CardRemovedError("reader.card_removed", reader=f"socket:{card}") from error
    if answer[:1] not in (_KNOWN, b"\x00"):
        raise ReaderError("reader.wire_malformed", place=str(card))
    return answer[1:] if answer[:1] == _KNOWN else None


def _receive(stream: socket.socket, deadline: float) -> bytes:
    messages = ReaderDeframer()
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        stream.settimeout(left)
        data = stream.recv(0x10000)
        if not data:
            raise ConnectionResetError
        if found := messages.feed(data):
            return found[0]
