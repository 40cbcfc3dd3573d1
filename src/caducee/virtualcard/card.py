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
from caducee.virtualcard.faces import FACES, CommandSet
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.session import CommandChain
from caducee.virtualcard.status_error import Answer, StatusWordError
from caducee.virtualcard.store import MemoryStore, Store

__all__ = ["VirtualCard"]

_log = logging.getLogger(__name__)

_GET_RESPONSE = 0xC0
_HEADER = 4
_MORE_PARTS = 0x10
_PROPRIETARY = 0x80
_MAX_ANSWER = 0x100


class VirtualCard:
    """Executes APDUs on the image in a store, as one face of the card.

    An image that is given without a store is kept in memory.

    ``face`` is ``contact`` or ``contactless``. Two cards on one store are two faces of one card:
    what one writes (tries, PINs, CPS_DATA) the other has, and each keeps its own session; they
    may be used by two threads. ``random`` makes the bytes of GET CHALLENGE and of PSS. Raises
    `StateError` when the image cannot be used or has no such face.
    """

    def __init__(
        self,
        store: Store | CardImage,
        *,
        face: str = "contact",
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        kept = MemoryStore(store) if isinstance(store, CardImage) else store
        self._core = Core(kept, face, random)
        self._face = FACES[self._core.view.name]
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
        return self._core.view.atr

    def transmit(self, command: bytes) -> bytes:
        """Execute a command APDU; return data and status word.

        Never raises. A card without current is mute: it returns nothing.
        """
        if not self._powered:
            return b""
        try:
            with self._core.lock:
                answer = self._execute(command)
        except StatusWordError as refusal:
            answer = Answer(sw=refusal.sw)
        except Exception:  # whatever happens inside, a reader gets a status word
            _log.exception("the card failed inside a command")
            answer = Answer(sw=StatusWord.NO_DIAGNOSIS)
        return answer.data + answer.sw.to_bytes(2)

    def _execute(self, data: bytes) -> Answer:
        session = self._core.session
        waiting, session.waiting = session.waiting, b""
        chain, session.chain = session.chain, None
        dialogue, command = self._read(data)
        if command.ins == _GET_RESPONSE:
            return self._get_response(dialogue, command, waiting)
        if self._is_part(command):
            session.chain = self._extend(dialogue, command, chain)
            return Answer()
        if chain is not None and chain.header == _header(command):
            command = self._join(dialogue, command, chain)
        session.waiting_class = command.cla
        answer = dialogue.commands[command.ins](self._core, command)
        return self._deliver(dialogue, answer, command.le)

    def _read(self, data: bytes) -> tuple[CommandSet, CommandApdu]:
        """Read a command; class and instruction are judged before its lengths."""
        if len(data) < _HEADER:
            raise StatusWordError(StatusWord.WRONG_LENGTH)
        dialogue, ins = self._dialogue(data[0]), data[1]
        dialogue.admit(self._core, ins, data[2])
        fetches = ins == _GET_RESPONSE and dialogue.more is not None
        if not fetches and ins not in dialogue.commands:
            raise StatusWordError(StatusWord.INS_NOT_SUPPORTED)
        if data[0] not in self._face.dialogues and ins not in dialogue.chained:
            raise StatusWordError(StatusWord.CHAINING_NOT_SUPPORTED)
        try:
            command = CommandApdu.from_bytes(data)
        except FormatError:
            raise StatusWordError(StatusWord.WRONG_LENGTH) from None
        if command.extended:
            # EF.ATR announces buffers of 260 bytes: no extended length.
            raise StatusWordError(StatusWord.WRONG_LENGTH)
        return dialogue, command

    def _dialogue(self, cla: int) -> CommandSet:
        """Return the dialogue of a class, which may have the bit of chaining."""
        whole = cla if cla & _PROPRIETARY else cla & ~_MORE_PARTS
        dialogue = self._face.dialogues.get(whole)
        if dialogue is None or not self._face.present(self._core, whole):
            known = any(item < _PROPRIETARY for item in self._face.dialogues)
            raise StatusWordError(_class_refusal(cla) if known else StatusWord.CLA_NOT_SUPPORTED)
        return dialogue

    def _is_part(self, command: CommandApdu) -> bool:
        return command.cla not in self._face.dialogues

    def _extend(
        self, dialogue: CommandSet, command: CommandApdu, chain: CommandChain | None
    ) -> CommandChain:
        """Keep one part of a command; a part with another header begins a chain of its own."""
        if chain is None or chain.header != _header(command):
            chain = CommandChain(_header(command), bytearray())
        if len(chain.data) + len(command.data) > dialogue.longest:
            raise StatusWordError(StatusWord.WRONG_LENGTH)
        chain.data += command.data
        return chain

    def _join(self, dialogue: CommandSet, command: CommandApdu, chain: CommandChain) -> CommandApdu:
        """Return the whole command of which the last part came."""
        data = bytes(self._extend(dialogue, command, chain).data)
        return CommandApdu(command.cla, command.ins, command.p1, command.p2, data, command.le)

    def _deliver(self, dialogue: CommandSet, answer: Answer, le: int | None) -> Answer:
        """Give as much of an answer as the command asked for, and keep the rest for GET RESPONSE.

        Without Le a card of T=0 gives nothing yet (61xx); an image may ask for data at once.
        """
        if not answer.data or dialogue.more is None:
            return answer
        if le is None:
            le = _MAX_ANSWER if self._core.view.direct else 0
        given, rest = answer.data[:le], answer.data[le:]
        if not rest:
            return answer
        self._core.session.waiting = rest
        return Answer(given, dialogue.more | min(len(rest), _MAX_ANSWER) & 0xFF)

    def _get_response(self, dialogue: CommandSet, command: CommandApdu, waiting: bytes) -> Answer:
        """Return bytes that wait; asking for more than there are gets those there are."""
        if command.p1 or command.p2:
            raise StatusWordError(StatusWord.WRONG_P1_P2)
        if command.data:
            raise StatusWordError(StatusWord.WRONG_LENGTH)
        if not waiting or command.cla != self._core.session.waiting_class:
            raise StatusWordError(StatusWord.CONDITIONS_NOT_SATISFIED)
        le = command.le or _MAX_ANSWER
        if le > len(waiting) and le != _MAX_ANSWER and self._core.view.strict_le:
            self._core.session.waiting = waiting
            raise StatusWordError(StatusWord.WRONG_LE | len(waiting) & 0xFF)
        return self._deliver(dialogue, Answer(waiting), le)


def _header(command: CommandApdu) -> tuple[int, int, int, int]:
    return command.cla & ~_MORE_PARTS, command.ins, command.p1, command.p2


def _class_refusal(cla: int) -> int:
    """Return the status word for a class that the card has not.

    Secure messaging 6882, another logical channel 6881, anything else 6E00 (ISO/IEC 7816-4
    section 5.4.1).
    """
    if (cla & 0xE0 == 0x00 and cla & 0x0C) or cla & 0xE0 == 0x60:
        return StatusWord.SECURE_MESSAGING_NOT_SUPPORTED
    if cla & 0xE0 in (0x00, 0x40):
        return StatusWord.CHANNEL_NOT_SUPPORTED
    return StatusWord.CLA_NOT_SUPPORTED
