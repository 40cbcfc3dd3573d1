# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""PIN entry at the reader: the PIN goes to the card, and no program keeps it.

So a login by PIN pad lives in the card alone: the card stays open between operations until
`end_reader_login`, a reset by any program, or its removal (docs/decisions/pin-pad.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from caducee.base.errors import CardError, CpsError, PinBlockedError, ReaderError
from caducee.base.secret import Secret
from caducee.codec.pinpad import PinFormat, PinModify, PinVerify
from caducee.cryptolib import pin_format
from caducee.cryptolib.connection import CardConnection
from caducee.cryptolib.layout import CardPin
from caducee.reader.pinpad import PinPad, find_pin_pad
from caducee.reader.transport import Apdu, Ending
from caducee.spec.instructions import Instruction
from caducee.spec.pinpad import MessageLanguage, PinEncoding
from caducee.spec.pkcs15 import PinFlags, PinType

__all__ = ["PinPadLogin"]

_HEADER: Final = 4
_LONGEST_BLOCK: Final = 15
_NEW_ONLY: Final = 0x01  # CHANGE REFERENCE DATA, P1: the old PIN was verified before
_FORMS: Final = {
    PinType.ASCII_NUMERIC: PinEncoding.ASCII,
    PinType.UTF8: PinEncoding.ASCII,
    PinType.BCD: PinEncoding.BCD,
}


class PinPadLogin(CardConnection):
    """A card whose PIN can be entered at the PIN pad of its reader."""

    _pin_pad: PinPad | None = None
    _asked = False
    language = MessageLanguage.ENGLISH
    """The language in which the reader asks."""

    @property
    def pin_pad(self) -> PinPad | None:
        """The PIN pad of the reader, looked up once; None for a reader without one."""
        with self._lock:
            if not self._asked:
                with self._transaction():
                    self._pin_pad = find_pin_pad(self._channel.transport)
                self._asked = True
            return self._pin_pad

    def verify_at_reader(self) -> None:
        """Let the holder enter their PIN at the reader; the card stays open (`typed`).

        Raises as `verify`, and `ReaderError` (``reader.feature_absent``, ``pin.cancelled``,
        ``pin.timeout``, ``pin.pad_length``, ``pin.pad_refuses``).
        """
        pin, pad = self._require_pin(), self._require_pin_pad()
        with self._lock:
            self.logout()
            self.settle()
            try:
                with self._transaction(Ending.KEEP), self._at(pad, pin):
                    self._driver.verify(pin, _blank(pin), pin.home)
                self.typed = True
            except BaseException:
                self._shut()
                raise

    def change_at_reader(self) -> None:
        """Let the holder enter the old PIN, and the new one twice; the card stays as open as it
        was before. Raises as `verify_at_reader`, and ``pin.new_codes_differ``.
        """
        pin, pad = self._require_pin(), self._require_pin_pad()
        if not pad.changes:
            raise _absent(self)
        with self._lock:
            self.logout()
            self.settle()
            open_before = self.typed
            try:
                ending = Ending.KEEP if open_before else Ending.RESET
                with self._transaction(ending), self._at(pad, pin):
                    self._driver.change(pin, _blank(pin), _blank(pin))
            except BaseException:
                self._shut()
                raise

    def end_reader_login(self) -> None:
        """Note that the card is to be closed, by `settle` or at its next use; does not wait."""
        self.dropping = self.dropping or self.typed

    def close_if_open(self) -> None:
        """Note the same where the card has no command that resets the security status."""
        self.dropping = self.dropping or self.releaser.opened

    def rest(self) -> None:
        """Let the card go until it is used next, closed first if that is due."""
        self.settle()
        super().rest()

    def settle(self) -> None:
        """Close the card if that is due; it may be gone."""
        if self.dropping:
            with self._lock:
                self._shut()

    def _shut(self) -> None:
        self.dropping = True
        with suppress(CpsError), self._transaction(Ending.RESET):
            pass  # its begin closes the card
        self.dropping = self.typed = False

    def _require_pin_pad(self) -> PinPad:
        pad = self.pin_pad
        if pad is None or not pad.verifies:
            raise _absent(self)
        return pad

    @contextmanager
    def _at(self, pad: PinPad, pin: CardPin) -> Iterator[None]:
        """Send commands with a PIN inside the block by the PIN pad, with empty PIN data.

        The tries are read first: the holder is not asked for a blocked PIN, and the folder of the
        PIN is then selected, so that it is entered only once. Raises `PinBlockedError`.
        """
        left, _ = self._driver.tries(pin)
        if left == 0:
            raise PinBlockedError("cryptolib.pin_blocked", tries_left=0, sw="")

        def enter(command: Apdu) -> bytes:
            return pad.enter(self._channel.transport, _plan(command, pin, pad, self.language))

        with self._channel.typing(enter):
            yield


def _absent(card: PinPadLogin) -> ReaderError:
    return ReaderError("reader.feature_absent", reader=card.token_name, feature="PIN pad")


def _blank(pin: CardPin) -> Secret:
    """Return placeholder digits, replaced by those entered at the reader."""
    return Secret(b"0" * pin_format.lengths(pin.entry)[0])


def _plan(
    command: Apdu, pin: CardPin, pad: PinPad, language: MessageLanguage
) -> PinVerify | PinModify:
    """Return the PC/SC structure for a command with a PIN."""
    entry = pin.entry
    form = _FORMS.get(PinType(entry.type)) if entry.type in frozenset(PinType) else None
    if form is None:
        raise CardError("cryptolib.pin_form_unknown", form=int(entry.type))
    least, most = pin_format.lengths(entry)
    padded = PinFlags.NEEDS_PADDING in entry.pin_flags
    block = entry.stored_length if padded else most if least == most else 0
    if block > _LONGEST_BLOCK:
        raise ReaderError("pin.pad_refuses")
    place = PinFormat(block, form)
    fill = bytes((0xFF if entry.pad is None else entry.pad,))
    least, most = pad.within(least, most)
    header = bytes(command[:_HEADER])

    def empty(count: int) -> bytes:
        return header + bytes((count * block,)) + fill * (count * block)

    if command[1] == Instruction.VERIFY:
        return PinVerify(empty(1), place, least, most, language)
    if command[2] == _NEW_ONLY:
        return PinModify(empty(1), place, least, most, asks_old=False, language=language)
    if not block:
        raise ReaderError("pin.pad_refuses")  # the offset of the new PIN is unknown
    return PinModify(empty(2), place, least, most, 0, block, language=language)
