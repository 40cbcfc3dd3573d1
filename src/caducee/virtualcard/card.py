# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card that runs: bytes of a command in, bytes of an answer out, whatever the bytes are."""

import logging
import os
from collections.abc import Callable

from caducee.base.errors import FormatError
from caducee.codec.apdu import CommandApdu
from caducee.spec.status import StatusWord
from caducee.virtualcard.core import Core
from caducee.virtualcard.faces import CONTACT
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.refusal import Answer, Refused
from caducee.virtualcard.session import Chain
from caducee.virtualcard.store import Store

__all__ = ["VirtualCard"]

_log = logging.getLogger(__name__)

_GET_RESPONSE = 0xC0
_HEADER = 4
_MORE_PARTS = 0x10
_MAX_ANSWER = 0x100


class VirtualCard:
    """Executes APDUs on the image in a store.

    ``random`` makes the bytes of GET CHALLENGE. Raises `StateError` when the image cannot be
    used. One card is used by one thread at a time.
    """

    def __init__(self, store: Store, *, random: Callable[[int], bytes] = os.urandom) -> None:
        self._core = Core(store, random)
        self._face = CONTACT[self._core.image.contact.generation]
        self._powered = False

    @property
    def image(self) -> CardImage:
        """The image as it is now."""
        return self._core.image

    def power_on(self) -> bytes:
        """Give the card current; return its answer to reset."""
        self._powered = True
        return self.reset()

    def power_off(self) -> None:
        """Take the current away: everything but the image is forgotten."""
        self._powered = False
        self._core.reset()

    def reset(self) -> bytes:
        """Reset the card; return its answer to reset."""
        self._core.reset()
        return bytes(self._core.image.contact.atr)

    def transmit(self, command: bytes) -> bytes:
        """Execute a command APDU; return data and status word.

        Never raises. A card without current is mute: it returns nothing.
        """
        if not self._powered:
            return b""
        try:
            answer = self._execute(command)
        except Refused as refusal:
            answer = Answer(sw=refusal.sw)
        except Exception:  # whatever happens inside, a reader gets a status word
            _log.exception("the card failed inside a command")
            answer = Answer(sw=StatusWord.NO_DIAGNOSIS)
        return answer.data + answer.sw.to_bytes(2)

    def _execute(self, data: bytes) -> Answer:
        session = self._core.session
        waiting, session.waiting = session.waiting, b""
        chain, session.chain = session.chain, None
        command = self._read(data)
        if command.ins == _GET_RESPONSE:
            return self._get_response(command, waiting)
        if command.cla & _MORE_PARTS:
            session.chain = self._extend(command, chain)
            return Answer()
        if chain is not None and chain.header == _header(command):
            command = self._join(command, chain)
        answer = self._face.commands[command.ins](self._core, command)
        return self._deliver(answer, command.le)

    def _read(self, data: bytes) -> CommandApdu:
        """Read a command; class and instruction are judged before its lengths."""
        if len(data) < _HEADER:
            raise Refused(StatusWord.WRONG_LENGTH)
        _check_class(data[0])
        ins = data[1]
        if ins != _GET_RESPONSE and ins not in self._face.commands:
            raise Refused(StatusWord.INS_NOT_SUPPORTED)
        if data[0] & _MORE_PARTS and ins not in self._face.chained:
            raise Refused(StatusWord.CHAINING_NOT_SUPPORTED)
        try:
            command = CommandApdu.from_bytes(data)
        except FormatError:
            raise Refused(StatusWord.WRONG_LENGTH) from None
        if command.extended:
            # EF.ATR announces buffers of 260 bytes: no extended length on T=0.
            raise Refused(StatusWord.WRONG_LENGTH)
        return command

    def _extend(self, command: CommandApdu, chain: Chain | None) -> Chain:
        """Keep one part of a command; a part with another header begins a chain of its own."""
        if chain is None or chain.header != _header(command):
            chain = Chain(_header(command), bytearray())
        if len(chain.data) + len(command.data) > self._face.longest:
            raise Refused(StatusWord.WRONG_LENGTH)
        chain.data += command.data
        return chain

    def _join(self, command: CommandApdu, chain: Chain) -> CommandApdu:
        """Return the whole command of which the last part came."""
        data = bytes(self._extend(command, chain).data)
        return CommandApdu(command.cla, command.ins, command.p1, command.p2, data, command.le)

    def _deliver(self, answer: Answer, le: int | None) -> Answer:
        """Give as much of an answer as the command asked for, and keep the rest for GET RESPONSE.

        Without Le a card of T=0 gives nothing yet (61xx); an image may ask for data at once.
        """
        if not answer.data:
            return answer
        if le is None:
            le = 0 if self._core.image.contact.answers == "61xx" else _MAX_ANSWER
        given, rest = answer.data[:le], answer.data[le:]
        if not rest:
            return answer
        self._core.session.waiting = rest
        return Answer(given, StatusWord.MORE_DATA | min(len(rest), _MAX_ANSWER) & 0xFF)

    def _get_response(self, command: CommandApdu, waiting: bytes) -> Answer:
        """Return bytes that wait; asking for more than there are gets those there are."""
        if command.p1 or command.p2:
            raise Refused(StatusWord.WRONG_P1_P2)
        if command.data:
            raise Refused(StatusWord.WRONG_LENGTH)
        if not waiting:
            raise Refused(StatusWord.CONDITIONS_NOT_SATISFIED)
        le = command.le or _MAX_ANSWER
        if le > len(waiting) and le != _MAX_ANSWER and self._strict:
            self._core.session.waiting = waiting
            raise Refused(StatusWord.WRONG_LE | len(waiting) & 0xFF)
        return self._deliver(Answer(waiting), le)

    @property
    def _strict(self) -> bool:
        return self._core.image.contact.wrong_le == "6Cxx"


def _header(command: CommandApdu) -> tuple[int, int, int]:
    return command.ins, command.p1, command.p2


def _check_class(cla: int) -> None:
    """Raise `Refused` unless the class is 00, or 10 for a part of a command.

    Secure messaging 6882, another logical channel 6881, anything else 6E00 (ISO/IEC 7816-4
    section 5.4.1).
    """
    if cla & ~_MORE_PARTS == 0x00:
        return
    if (cla & 0xE0 == 0x00 and cla & 0x0C) or cla & 0xE0 == 0x60:
        raise Refused(StatusWord.SECURE_MESSAGING_NOT_SUPPORTED)
    if cla & 0xE0 in (0x00, 0x40):
        raise Refused(StatusWord.CHANNEL_NOT_SUPPORTED)
    raise Refused(StatusWord.CLA_NOT_SUPPORTED)
