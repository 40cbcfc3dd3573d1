# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One shared connection to a card, through PC/SC."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from caducee.base.errors import CardRemovedError, CpsError, MuteCardError, ReaderError
from caducee.reader.masking import carries_pin
from caducee.reader.pcsc.failures import as_lost
from caducee.reader.pcsc.native import WinScard
from caducee.reader.pcsc.turns import AccessTurns, call_within
from caducee.reader.transport import Apdu, CardProtocol, Ending
from caducee.spec.pcsc import Disposition, PcscProtocol, PcscResult, ReaderState, ShareMode

__all__ = ["PcscTransport"]

_LOOK_PAUSE = 0.01
"""Seconds between two looks whether another program has let the card go."""

_COUNT_SHIFT = 16
"""Where `ReaderState` counts the cards that came and went."""

_HEADER = 4
_SILENT = PcscResult.name_of(PcscResult.E_NOT_TRANSACTED)
_NOTICE_SECONDS = 1.0
_NOTICE_PAUSE = 0.02
_DISPOSITIONS = {
    Ending.RESET: Disposition.RESET,
    Ending.LEAVE: Disposition.LEAVE,
    Ending.KEEP: Disposition.LEAVE,
}
_IN_USE = "reader.card_in_use"
_PASSING = (_IN_USE, "reader.card_reset")
"""What another program does to a card that lets it be used afterwards."""

_PROTOCOLS = {int(PcscProtocol.T0): CardProtocol.T0, int(PcscProtocol.T1): CardProtocol.T1}


class PcscTransport:
    """A connection to the card in a reader of PC/SC.

    Each has a context of its own: calls on one context wait for each other, so that a transaction
    that waits for another could never see it end.
    """

    def __init__(self, native: WinScard, reader: str, patience: float = 30.0) -> None:
        """Connect; ``patience`` is how many seconds another program may keep the card waiting."""
        self._native = native
        self._reader = reader
        self._patience = patience
        self._turns = AccessTurns()
        self._context = native.establish()
        self._open = True
        self._handle: int | None = None
        self._count: int | None = None
        self._depth = 0
        self._others = False
        self._code_sent = False
        self._left = False
        self._we_reset = False
        try:
            self._connect(time.monotonic() + patience)
            self._atr = native.atr(self._usable(), reader)
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
        if carries_pin(command):
            self._code_sent = True
        try:
            answer = self._send(handle, command)
        except ReaderError as error:
            if error.facts.get("name") == _SILENT:
                raise self._silence() from error
            if error.code != "reader.card_reset":
                raise as_lost(error) from None
            self._resume()
            if not self._we_reset:
                raise
            answer = self._send(handle, command)
        self._we_reset = False
        if not answer:
            raise self._silence()
        if len(answer) < 2:
            raise ReaderError("reader.answer_malformed", reader=self._reader)
        return answer

    def _send(self, handle: int, command: Apdu) -> bytes:
        """Send a command; outside a transaction, wait for the end of another program's.

        PC/SC then says that the card is in use, and has sent nothing.
        """
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return self._native.transmit(handle, self._active, command, self._reader)
            except ReaderError as error:
                if error.code != _IN_USE:
                    raise
                if time.monotonic() >= deadline:
                    raise self._busy() from None
                time.sleep(_LOOK_PAUSE)

    def reset(self) -> bytes:
        """Reset the card and return its answer to reset."""
        self._resume(Disposition.RESET)
        self._code_sent = False
        return self._atr

    @contextmanager
    def transaction(self, ending: Ending = Ending.RESET) -> Iterator[None]:
        """Hold the card alone. At the end it is reset, or left as it is.

        A card reset by another program before is not an error here: its state is unknown at the
        begin of every transaction.
        """
        self._begin(ending)
        self._depth += 1
        self._left = False
        try:
            yield
        except BaseException:
            with suppress(CpsError):
                self._end(ending)
            raise
        with suppress(CardRemovedError):  # a card without current has forgotten its PINs
            self._end(ending)

    def shared(self) -> bool:
        """Tell whether another program was connected when the open transaction began.

        None can connect while it lasts. Looked up for transactions that end with a reset.
        """
        return self._others

    def leave(self, *, verified: bool = False) -> None:
        """Leave the card as it is at the end of the open transaction: it holds no PIN of ours."""
        self._left, self._code_sent = True, verified

    def rest(self) -> None:
        """End the connection until the card is used next; the same card must be there then."""
        if not self._open or self._depth or self._code_sent:
            return
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(CpsError):
                self._native.disconnect(handle, Disposition.LEAVE)

    def undisturbed(self) -> bool:
        """Tell whether PC/SC knows of no removal and no reset since the last command."""
        if self._we_reset or self._handle is None:
            return False  # a reset of our own hides one of another program
        try:
            self._native.atr(self._handle, self._reader)
        except ReaderError:
            return False
        return True

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        """Send a control command to the reader.

        Where the reader gave the code itself, the holder may enter the PIN there: the
        card is then reset when the connection ends.
        """
        handle = self._usable()
        self._code_sent = self._code_sent or whole
        number = code if whole else self._native.control_code(code)
        return self._native.control(handle, number, data, self._reader, f"{code:#x}")

    def close(self) -> None:
        """End the connection; the card is reset when it may hold a verified PIN."""
        self._give_up(Disposition.RESET if self._code_sent else Disposition.LEAVE)

    def _silence(self) -> ReaderError:
        """Return the error of a card that gave no answer: it left, or it is mute.

        The service notices a removal when it looks at the reader next, some 0.4 s later.
        """
        deadline = time.monotonic() + _NOTICE_SECONDS
        while time.monotonic() < deadline:
            now = self._native.status_change(self._context, [(self._reader, 0)], 0)
            if not now or not now[0].state & ReaderState.PRESENT:
                return CardRemovedError("reader.card_removed", reader=self._reader)
            time.sleep(_NOTICE_PAUSE)
        return MuteCardError("reader.card_mute", reader=self._reader)

    def _usable(self) -> int:
        if not self._open:
            raise ReaderError("reader.closed", reader=self._reader)
        if self._handle is None:
            self._connect(time.monotonic() + self._patience)
        assert self._handle is not None  # noqa: S101 (connected)
        return self._handle

    def _resume(self, disposition: Disposition = Disposition.LEAVE) -> None:
        self._active = self._native.reconnect(self._usable(), disposition, self._reader)
        self._atr = self._native.atr(self._usable(), self._reader)

    # Waiting for the card

    def _connect(self, deadline: float) -> None:
        """Connect to the card that was met first; note whether others are connected already."""
        found = self._native.status_change(self._context, [(self._reader, 0)], 0)
        state = found[0].state if found else 0
        count = state >> _COUNT_SHIFT
        if self._count is not None and (count != self._count or not state & ReaderState.PRESENT):
            raise CardRemovedError("reader.card_removed", reader=self._reader)
        self._others = bool(state & (ReaderState.IN_USE | ReaderState.EXCLUSIVE))
        self._handle, self._active = self._patiently(deadline, self._connected)
        self._count, self._we_reset = count, False

    def _connected(self, deadline: float) -> tuple[int, int]:
        native, context = self._native, self._context
        if not self._others:
            return native.connect(context, self._reader, ShareMode.SHARED)
        return call_within(  # pcscd keeps it waiting for the end of another's transaction
            deadline - time.monotonic(),
            lambda: native.connect(context, self._reader, ShareMode.SHARED),
            lambda connection: native.disconnect(connection[0], Disposition.LEAVE),
        )

    def _begin(self, ending: Ending) -> None:
        if self._depth:
            return self._native.begin(self._usable(), self._reader)
        self._turns.take(shared=self._others)
        deadline = time.monotonic() + self._patience
        self._patiently(deadline, lambda _: self._begin_once(ending, deadline))
        self._turns.begun()
        return None

    def _begin_once(self, ending: Ending, deadline: float) -> None:
        try:
            if self._handle is None:
                self._connect(deadline)
            else:
                self._native.atr(self._handle, self._reader)  # says at once if another holds it
                if ending is Ending.RESET and not self._code_sent:
                    self.rest()  # to learn whether others are connected
                    self._connect(deadline)
            self._native.begin(self._usable(), self._reader)
        except ReaderError as error:
            if error.code == "reader.card_reset":
                self._resume()
            raise

    def _patiently[T](self, deadline: float, call: Callable[[float], T]) -> T:
        """Repeat a call while another program has the card, or resets it, until the deadline."""
        while True:
            try:
                return call(deadline)
            except TimeoutError:
                raise self._busy() from None
            except ReaderError as error:
                if error.code not in _PASSING:
                    raise as_lost(error) from None
                if time.monotonic() >= deadline:
                    raise (self._busy() if error.code == _IN_USE else error) from None
                if error.code == _IN_USE:
                    time.sleep(_LOOK_PAUSE)

    def _busy(self) -> ReaderError:
        return ReaderError("reader.card_busy", reader=self._reader, seconds=round(self._patience))

    def _end(self, ending: Ending) -> None:
        self._depth -= 1
        if self._depth:
            ending = Ending.LEAVE
        if self._handle is None:
            return
        if self._left and ending is Ending.RESET:
            ending = Ending.LEAVE
        try:
            self._native.end(self._handle, _DISPOSITIONS[ending], self._reader)
        finally:
            if not self._depth:
                self._turns.ended()
        if ending is Ending.RESET:
            self._code_sent = False
            self._we_reset = True  # PC/SC reports it to this connection too, at its next call

    def _give_up(self, disposition: Disposition) -> None:
        self._open = False
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(CpsError):
                self._native.disconnect(handle, disposition)
        context, self._context = self._context, 0
        if context:
            with suppress(CpsError):
                self._native.release(context)
