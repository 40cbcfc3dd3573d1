# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One shared connection to a card, through PC/SC."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from caducee.base.errors import CardMute, CardRemoved, CpsError, ReaderError
from caducee.reader.masking import carries_code
from caducee.reader.pcsc.failures import as_lost
from caducee.reader.pcsc.native import WinScard
from caducee.reader.transport import Apdu, CardProtocol, Ending
from caducee.spec.pcsc import Disposition, PcscProtocol, PcscResult, ReaderState, ShareMode

__all__ = ["PcscTransport"]

_BEGIN_TRIES = 10
_HEADER = 4
_SILENT = PcscResult.name_of(PcscResult.E_NOT_TRANSACTED)
_NOTICE_SECONDS = 1.0
_NOTICE_PAUSE = 0.02
_DISPOSITIONS = {
    Ending.RESET: Disposition.RESET,
    Ending.LEAVE: Disposition.LEAVE,
    Ending.KEEP: Disposition.LEAVE,
}
_PROTOCOLS = {int(PcscProtocol.T0): CardProtocol.T0, int(PcscProtocol.T1): CardProtocol.T1}


class PcscTransport:
    """A connection to the card in a reader of PC/SC.

    Each has a context of its own: calls on one context wait for each other, so that a transaction
    that waits for another could never see it end.
    """

    def __init__(self, native: WinScard, reader: str) -> None:
        self._native = native
        self._reader = reader
        self._context = native.establish()
        self._open = False
        self._code_sent = False
        self._we_reset = False
        try:
            self._handle, self._active = native.connect(self._context, reader, ShareMode.SHARED)
            self._open = True
            self._atr = native.atr(self._handle, reader)
        except CpsError:
            self._give_up(Disposition.LEAVE)
            raise

    @property
    def atr(self) -> bytes:
        """The answer to reset of the card."""
        return self._atr

    @property
    def protocol(self) -> CardProtocol:
        """The protocol that the service chose."""
        return _PROTOCOLS.get(self._active, CardProtocol.RAW)

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU and return the response APDU.

        When another program has reset the card, raises `ReaderError` (``reader.card_reset``); the
        connection is then good again, and the card in the state after a reset.
        """
        handle = self._usable()
        if len(command) < _HEADER:  # vpcd 3.3 would take one byte for its own and never answer
            raise ReaderError("reader.command_malformed", size=len(command))
        if carries_code(command):
            self._code_sent = True
        try:
            answer = self._native.transmit(handle, self._active, command, self._reader)
        except ReaderError as error:
            if error.facts.get("name") == _SILENT:
                raise self._silence() from error
            if error.code != "reader.card_reset":
                raise as_lost(error) from None
            self._resume()
            if not self._we_reset:
                raise
            answer = self._native.transmit(handle, self._active, command, self._reader)
        self._we_reset = False
        if not answer:
            raise self._silence()
        if len(answer) < 2:
            raise ReaderError("reader.answer_malformed", reader=self._reader)
        return answer

    def reset(self) -> bytes:
        """Reset the card and return its answer to reset."""
        self._resume(Disposition.RESET)
        self._code_sent = False
        return self._atr

    @contextmanager
    def transaction(self, ending: Ending = Ending.RESET) -> Iterator[None]:
        """Hold the card alone. At the end it is reset, or left as it is.

        A card that another program has reset before is no error here: its state is unknown at the
        begin of every transaction.
        """
        self._begin()
        try:
            yield
        except BaseException:
            with suppress(CpsError):
                self._end(ending)
            raise
        with suppress(CardRemoved):  # a card without current has forgotten its codes
            self._end(ending)

    def undisturbed(self) -> bool:
        """Tell whether PC/SC knows of no removal and no reset since the last command."""
        if self._we_reset or not self._open:
            return False  # a reset of our own hides one of another program
        try:
            self._native.atr(self._handle, self._reader)
        except ReaderError:
            return False
        return True

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        """Send a control command to the reader.

        Where the reader gave the code itself, the holder may enter the code of the card there: the
        card is then reset when the connection ends.
        """
        handle = self._usable()
        self._code_sent = self._code_sent or whole
        number = code if whole else self._native.control_code(code)
        return self._native.control(handle, number, data, self._reader, f"{code:#x}")

    def close(self) -> None:
        """End the connection; the card is reset when it may hold a verified code."""
        self._give_up(Disposition.RESET if self._code_sent else Disposition.LEAVE)

    def _silence(self) -> ReaderError:
        """Return the error of a card that gave no answer: it left, or it is mute.

        The service notices a removal when it looks at the reader next, some 0.4 s later.
        """
        deadline = time.monotonic() + _NOTICE_SECONDS
        while time.monotonic() < deadline:
            now = self._native.status_change(self._context, [(self._reader, 0)], 0)
            if not now or not now[0].state & ReaderState.PRESENT:
                return CardRemoved("reader.card_removed", reader=self._reader)
            time.sleep(_NOTICE_PAUSE)
        return CardMute("reader.card_mute", reader=self._reader)

    def _usable(self) -> int:
        if not self._open:
            raise ReaderError("reader.closed", reader=self._reader)
        return self._handle

    def _resume(self, disposition: Disposition = Disposition.LEAVE) -> None:
        self._active = self._native.reconnect(self._usable(), disposition, self._reader)
        self._atr = self._native.atr(self._handle, self._reader)

    def _begin(self) -> None:
        for last in range(1, _BEGIN_TRIES + 1):
            try:
                return self._native.begin(self._usable(), self._reader)
            except ReaderError as error:
                if error.code != "reader.card_reset" or last == _BEGIN_TRIES:
                    raise as_lost(error) from None
                self._resume()

    def _end(self, ending: Ending) -> None:
        if self._open:
            self._native.end(self._handle, _DISPOSITIONS[ending], self._reader)
            if ending is Ending.RESET:
                self._code_sent = False
                self._we_reset = True  # PC/SC tells this connection of it too, at its next call

    def _give_up(self, disposition: Disposition) -> None:
        if self._open:
            self._open = False
            with suppress(CpsError):
                self._native.disconnect(self._handle, disposition)
        context, self._context = self._context, 0
        if context:
            with suppress(CpsError):
                self._native.release(context)
