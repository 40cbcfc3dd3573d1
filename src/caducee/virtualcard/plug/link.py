# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card's side of the wire between a virtual reader and a virtual card.

`CardSide` turns messages into answers and touches no socket; `serve` moves bytes between it and
a connected stream socket until the other end goes away.
"""

import logging
import socket
import sys
from typing import Protocol

from caducee.codec.virtual_reader import ReaderDeframer, frame
from caducee.spec.status import StatusWord
from caducee.spec.virtual_reader import MAX_MESSAGE, Control

__all__ = ["CardSide", "ServedChip", "serve"]

_log = logging.getLogger(__name__)
_RECEIVE_SIZE = 0x10000 + 2
_LOCAL = getattr(socket, "AF_UNIX", None)
_QUICK_ACK = getattr(socket, "TCP_QUICKACK", None) if sys.platform == "linux" else None


class ServedChip(Protocol):
    """What is plugged in; `caducee.virtualcard.card.VirtualCard` is one.

    A chip that can leave its reader by itself also has an attribute ``present``.
    """

    def power_on(self) -> bytes:
        """Give the chip current; return its answer to reset, empty when it is mute."""

    def power_off(self) -> None:
        """Take the current away."""

    def reset(self) -> bytes:
        """Reset the chip; return its answer to reset."""

    def transmit(self, command: bytes) -> bytes:
        """Execute one command APDU; return the response APDU."""


class CardSide:
    """Answers the messages of a virtual reader from a chip."""

    def __init__(self, chip: ServedChip) -> None:
        self._chip = chip
        self._atr: bytes | None = None

    def answer(self, message: bytes) -> bytes | None:
        """Return the answer to one message, or None where the reader expects none."""
        if len(message) != 1:
            return self._transmit(message)
        if message[0] == Control.GET_ATR:
            return self._power_on()
        if message[0] == Control.POWER_ON:
            self._power_on()
            return None
        if message[0] == Control.RESET:
            self._atr = self._chip.reset() if self._atr is not None else self._chip.power_on()
            return None
        if message[0] == Control.POWER_OFF:
            self.power_off()
            return None
        return int(StatusWord.WRONG_LENGTH).to_bytes(2)  # a command APDU of one byte

    def power_off(self) -> None:
        """Take the current away, if it is there."""
        if self._atr is not None:
            self._atr = None
            self._chip.power_off()

    @property
    def present(self) -> bool:
        """Whether the chip is still in the reader; a chip that cannot leave by itself does not
        say."""
        return bool(getattr(self._chip, "present", True))

    def _power_on(self) -> bytes:
        """A reader may ask for the answer to reset before it gives current: it still gets it."""
        if self._atr is None:
            self._atr = self._chip.power_on()
        return self._atr

    def _transmit(self, command: bytes) -> bytes:
        self._power_on()
        answer = self._chip.transmit(command)
        if len(answer) > MAX_MESSAGE:
            return int(StatusWord.NO_DIAGNOSIS).to_bytes(2)  # more than the wire can carry
        return answer


def serve(stream: socket.socket, chip: ServedChip, *, quick_ack: bool = True) -> None:
    """Serve a chip on a connected socket until the other end closes it, or the chip leaves; then
    current is off.

    Each answer is one send. On a TCP socket of Linux, delayed acknowledgement is switched off
    again before each receive (the kernel switches it back on by itself): vpcd 3.3 sends length
    and data apart, and each second part would otherwise wait some 40 ms for our acknowledgement.
    """
    side, messages = CardSide(chip), ReaderDeframer()
    quick = _QUICK_ACK if quick_ack and stream.family == socket.AF_INET else None
    try:
        while True:
            if quick is not None:
                stream.setsockopt(socket.IPPROTO_TCP, quick, 1)
            data = stream.recv(_RECEIVE_SIZE)
            if not data:
                return
            for message in messages.feed(data):
                answer = side.answer(message)
                if answer == b"" and (stream.family != _LOCAL or not side.present):
                    return  # vpcd would wait for ever for an answer of no bytes
                if answer is not None:
                    stream.sendall(frame(answer))
                if not side.present:
                    return
    except OSError as error:
        _log.debug("the reader went away: %s", error)
    finally:
        side.power_off()
