# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Wrappers around a `Transport`, each a `Transport` itself: what every dialogue with a card needs.

`standard` puts them together. From the driver to the reader: long data are cut into chained
commands, T=0 loses the Le of commands that also carry data, ``61xx`` and ``6Cxx`` are followed,
and each APDU is logged at level TRAFFIC with the PINs masked.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from caducee.base.errors import CardError, FormatError, ReaderError
from caducee.codec.apdu import CommandApdu
from caducee.reader.masking import masked
from caducee.reader.transport import Apdu, CardProtocol, Ending, Transport

__all__ = [
    "TRAFFIC",
    "Chaining",
    "GetResponse",
    "ResetRecorder",
    "ShortT0",
    "TrafficLog",
    "Wrapper",
    "standard",
]

TRAFFIC: Final = 5
"""The level of logging, below DEBUG, at which APDUs are written."""

logging.addLevelName(TRAFFIC, "TRAFFIC")
_log = logging.getLogger(__name__)

_MORE_DATA = 0x61
_WRONG_LE = 0x6C
_GET_RESPONSE = 0xC0
_PROPRIETARY = 0x80
_CHAIN = 0x10
_MAX_ANSWER = 0x10000
_MAX_ROUNDS = 0x10000
_BLOCK = 0xFF
_OK = b"\x90\x00"


class Wrapper:
    """A transport around another; passes everything through."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    @property
    def atr(self) -> bytes:
        """The answer to reset of the card."""
        return self.inner.atr

    @property
    def protocol(self) -> CardProtocol:
        """The transmission protocol in use."""
        return self.inner.protocol

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU and return the response APDU."""
        return self.inner.transmit(command)

    def reset(self) -> bytes:
        """Reset the card and return its answer to reset."""
        return self.inner.reset()

    def transaction(self, ending: Ending = Ending.RESET) -> AbstractContextManager[None]:
        """Hold the card alone."""
        return self.inner.transaction(ending)

    def undisturbed(self) -> bool:
        """Tell whether nothing is known to have happened to the card since the last command."""
        return self.inner.undisturbed()

    def shared(self) -> bool:
        """Tell whether another program is connected to the card now."""
        return self.inner.shared()

    def leave(self, *, verified: bool = False) -> None:
        """Leave the card as it is at the end of the open transaction."""
        self.inner.leave(verified=verified)

    def rest(self) -> None:
        """Let the card go until it is used next."""
        self.inner.rest()

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        """Send a control command to the reader."""
        return self.inner.control(code, data, whole=whole)

    def close(self) -> None:
        """End the connection."""
        self.inner.close()


class ResetRecorder(Wrapper):
    """Notes each reset of the card, also the one at the end of a transaction."""

    _left = False

    def note_reset(self) -> None:
        """Note a reset; for a subclass."""
        raise NotImplementedError

    @contextmanager
    def transaction(self, ending: Ending = Ending.RESET) -> Iterator[None]:
        """Hold the card alone; the reset at the end is noted."""
        begun = self._left = False
        try:
            with self.inner.transaction(ending):
                begun = True
                yield
        finally:
            if begun and ending is Ending.RESET and not self._left:
                self.note_reset()

    def leave(self, *, verified: bool = False) -> None:
        """Leave the card as it is at the end of the open transaction; no reset is noted."""
        self._left = True
        self.inner.leave(verified=verified)


class GetResponse(Wrapper):
    """Fetches what the card announces by ``61xx``, and repeats with the length of ``6Cxx``.

    ISO 7816-3 section 10.3.4, ISO 7816-4 section 5.6. GET RESPONSE goes in the class of the
    command, without its chaining bit; commands of a proprietary class pass as they are. An answer
    of more than 65536 bytes raises `CardError` (``reader.answer_endless``).
    """

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU and return the whole response."""
        answer = self.inner.transmit(command)
        if len(command) < 5 or command[0] & _PROPRIETARY:
            return answer
        if answer[-2] == _WRONG_LE and len(answer) == 2 and _has_short_le(command):
            answer = self.inner.transmit(command[:-1] + answer[-1:])
        return self._collect(command[0] & ~_CHAIN, answer) if answer[-2] == _MORE_DATA else answer

    def _collect(self, cla: int, answer: bytes) -> bytes:
        collected = bytearray()
        for _ in range(_MAX_ROUNDS):
            collected += answer[:-2]
            if len(collected) > _MAX_ANSWER:
                break
            if answer[-2] == _WRONG_LE and len(answer) == 2:
                answer = self.inner.transmit(_get_response(cla, answer[-1]))
            elif answer[-2] == _MORE_DATA:
                answer = self.inner.transmit(_get_response(cla, answer[-1]))
            else:
                return bytes(collected) + answer[-2:]
        raise CardError("reader.answer_endless", size=len(collected))


def _get_response(cla: int, size: int) -> bytes:
    return bytes((cla, _GET_RESPONSE, 0, 0, size))


def _has_short_le(command: Apdu) -> bool:
    """Tell whether a command ends in a short Le: after the header, or after its data."""
    return len(command) == 5 or (command[4] != 0 and len(command) == 6 + command[4])


class ShortT0(Wrapper):
    """Leaves out the Le of a short command that carries data, as T=0 requires.

    ISO 7816-3 section 12.2.1: in T=0 the answer of such a command is fetched by GET RESPONSE.
    """

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU, without Le when it has data."""
        if len(command) > 6 and command[4] and len(command) == 6 + command[4]:
            command = command[:-1]
        return self.inner.transmit(command)


class Chaining(Wrapper):
    """Cuts a command with extended lengths into a chain of short ones (ISO 7816-4, section 5.3.3).

    For cards without extended lengths: ``transmit`` takes up to 65535 bytes of data. A link that
    the card refuses ends the chain, and its status word is returned.
    """

    def __init__(self, inner: Transport, block: int = _BLOCK) -> None:
        super().__init__(inner)
        self._block = block

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU, as a chain when its data do not fit into a short one."""
        if len(command) < 7 or command[4]:
            return self.inner.transmit(command)
        try:
            whole = CommandApdu.from_bytes(bytes(command))
        except FormatError as error:
            raise ReaderError("reader.command_malformed", size=len(command)) from error
        le = None if whole.le is None else min(whole.le, 0x100)
        links = [whole.data[at : at + self._block] for at in range(0, len(whole.data), self._block)]
        for link in links[:-1]:
            cla = whole.cla | _CHAIN
            answer = self._send(CommandApdu(cla, whole.ins, whole.p1, whole.p2, link))
            if answer[-2:] != _OK:
                return answer
        data = links[-1] if links else b""
        return self._send(CommandApdu(whole.cla, whole.ins, whole.p1, whole.p2, data, le))

    def _send(self, command: CommandApdu) -> bytes:
        return self.inner.transmit(command.to_bytes())


class TrafficLog(Wrapper):
    """Logs each APDU at level TRAFFIC, PINs masked, with the time it took."""

    def __init__(self, inner: Transport, log: logging.Logger = _log) -> None:
        super().__init__(inner)
        self._log = log

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU; log it and its answer."""
        if not self._log.isEnabledFor(TRAFFIC):
            return self.inner.transmit(command)
        self._log.log(TRAFFIC, "> %s", masked(command))
        start = time.perf_counter()
        answer = self.inner.transmit(command)
        spent = (time.perf_counter() - start) * 1000
        self._log.log(TRAFFIC, "< %s (%.2f ms)", answer.hex().upper(), spent)
        return answer

    def reset(self) -> bytes:
        """Reset the card; log it."""
        self._log.log(TRAFFIC, "! reset")
        return self.inner.reset()


def standard(transport: Transport) -> Transport:
    """Return a transport with all that a driver expects of it, around a bare one."""
    logged: Transport = TrafficLog(transport)
    if transport.protocol is CardProtocol.T0:
        logged = ShortT0(logged)
    return Chaining(GetResponse(logged))
