# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The connection to one card: its transactions, and the PIN that they present.

Every operation is one transaction on the card, so that no other program comes between its
commands. A transaction in which the PIN may be presented ends with a reset of the card: no other
program finds it open. The PIN itself is kept here until `logout`, removal or `close`, and
presented again when an operation needs it; ``with card.transaction():`` around several
operations presents it once.
"""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from caducee.base.closing import Closing
from caducee.base.errors import (
    CardError,
    CardRemovedError,
    MuteCardError,
    PinBlockedError,
    ReaderError,
    WrongPinError,
)
from caducee.base.secret import Secret
from caducee.cryptolib import pin_format
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.driver import Driver
from caducee.cryptolib.files import CardFiles
from caducee.cryptolib.layout import CardPin, Layout
from caducee.cryptolib.model import CardIdentity
from caducee.cryptolib.release import Releaser
from caducee.reader.transport import Ending
from caducee.spec.atrs import CardFace

__all__ = ["CardConnection", "require_length"]


class CardConnection(Closing):
    """Holds the card for operations, and the PIN for those that need it."""

    def __init__(
        self,
        driver: Driver,
        channel: Channel,
        identity: CardIdentity,
        files: CardFiles,
        layout: Layout,
    ) -> None:
        self.identity = identity
        """Which card this is: EF.SN.ICC, face and answer to reset."""

        self._driver = driver
        self._channel = channel
        self._files = files
        self._layout = layout
        self._lock = threading.RLock()
        self._depth = 0
        self._resets = False
        self._verified = False
        self._kept_pin: Secret | None = None
        self._accepted = False
        self._puk_given: CardPin | None = None
        """The PUK, when it was presented in this transaction."""

        self._closed = False
        self.typed = False
        """A PIN was entered at the reader, and nothing is known to have closed the card since."""

        self.dropping = False
        """The card is to be closed."""

        self.releaser = Releaser(driver, channel)
        """How the card forgets the PIN after each transaction."""

    @property
    def token_name(self) -> str:
        """The label of the token, for errors."""
        return self._layout.token.label or ""

    @property
    def apdu_count(self) -> int:
        """Command APDUs sent to the card so far, GET RESPONSE counted."""
        return self._channel.count

    @property
    def layout(self) -> Layout:
        """What the card's own directory files say is on it."""
        return self._layout

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the card alone for several operations; nested blocks join the outer one.

        The PIN is presented at most once inside. At the end the card forgets that it was. Keep
        the block short: no other program reaches the card meanwhile.
        """
        with self._transaction(Ending.RESET):
            yield

    @contextmanager
    def _transaction(self, ending: Ending = Ending.LEAVE) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise CardRemovedError("cryptolib.closed")
            self._channel.begin_operation()
            # A block inside another one: the card is held already, and the outer end decides what
            # becomes of the PIN.
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            if self.dropping:
                ending = Ending.RESET
            self._resets = False
            try:
                with self._channel.transport.transaction(ending):
                    self._close_dropped()
                    self._resets = ending is Ending.RESET
                    self.releaser.begin()
                    yield from self._outermost()
            except (CardRemovedError, MuteCardError):
                # What comes into the reader next may be another holder's card: nothing kept for
                # this one may reach it.
                self._end()
                raise
            finally:
                if self._resets:
                    self._was_reset()
            # After the transaction, so that no other program waits for the disk.
            self._files.save(self._layout)

    def _outermost(self) -> Iterator[None]:
        self._depth, self._verified = 1, False
        self._driver.begin()
        try:
            yield
        finally:
            self._depth = 0
            if self._resets and not self.typed:
                self._resets = self.releaser.end((self._layout.pin, self._puk_given))
            elif self._verified and not self._resets:
                # A PIN was presented in a transaction that was begun without one.
                self._reset()
            self._verified, self._puk_given = False, None

    def _close_dropped(self) -> None:
        """Close a card that a login by PIN pad left open, before anything else is done with it."""
        if self.dropping:
            self.dropping = False
            self._reset()

    def _reset(self) -> None:
        self._channel.transport.reset()
        self._was_reset()

    def _was_reset(self) -> None:
        self.typed = self.releaser.opened = False
        self._driver.was_reset()

    @property
    def _private(self) -> Ending:
        """How a transaction ends that may present the PIN."""
        return Ending.RESET if self._kept_pin is not None else Ending.LEAVE

    def rest(self) -> None:
        """Let the card go until it is used next; nothing while another thread uses it."""
        if self._lock.acquire(blocking=False):
            try:
                if not self._closed and not self._depth:
                    self._channel.transport.rest()
            finally:
                self._lock.release()

    def confirm(self, seen: CardIdentity) -> None:
        """Ask the card for its serial number, and refuse another card or side than was ``seen``.

        Inside a transaction, nothing that follows reaches another card. Raises `CardError`
        (``cryptolib.card_exchanged``).
        """
        with self._transaction():
            here = self._driver.identity()
            self._driver.begin()
        if (here.icc, here.face) != (seen.icc, seen.face):
            raise CardError("cryptolib.card_exchanged")

    # The PIN

    def keep_pin(self, pin: Secret) -> None:
        """Keep a copy of the PIN without asking the card: the first operation that needs it
        presents it, and raises what `verify` raises.

        A login thus presents the PIN once, together with its signature.
        """
        with self._lock:
            pin_format.check_pin(self._require_pin().entry, pin)
            self.logout()
            self._kept_pin = pin.copy()

    @contextmanager
    def presenting(self, pin: Secret) -> Iterator[None]:
        """Present a PIN where an operation of this thread needs it, and forget it at the end.

        Other threads wait meanwhile: the card may serve several programs, each with its own login.
        Raises as `keep_pin`.
        """
        with self._lock:
            self.keep_pin(pin)
            try:
                yield
            finally:
                self.logout()

    def logout(self) -> None:
        """Forget the PIN, here and, inside a transaction, on the card."""
        with self._lock:
            if self._kept_pin is not None:
                self._kept_pin.wipe()
            self._kept_pin, self._accepted = None, False
            if self._verified:
                self._verified = False
                self._reset()
                self._driver.begin()

    def _pin_absent(self, what: str) -> CardError:
        if self.identity.face is CardFace.CPS3_CONTACTLESS:
            return CardError("cryptolib.no_pin_on_face", face=self.identity.face.value)
        return CardError("cryptolib.pin_not_on_card", what=what)

    def _require_pin(self) -> CardPin:
        pin = self._layout.pin
        if pin is None:
            raise self._pin_absent("PIN")
        return pin

    def _require_puk(self) -> CardPin:
        puk = self._layout.puk
        if puk is None:
            raise self._pin_absent("PUK")
        return puk

    def _present(self, folder: bytes | None = None) -> None:
        """Present the PIN once in a transaction; without a PIN, the card decides."""
        if self._verified or self._kept_pin is None:
            return
        pin, folder = self._require_pin(), folder or self._layout.folder
        try:
            # Before the VERIFY: afterwards a login of another program looks like our own.
            self.releaser.before(pin, folder)
            self._driver.verify(pin, self._kept_pin, folder)
        except (WrongPinError, PinBlockedError):
            # A wrong PIN that is kept would cost a try at each operation until the card blocks it.
            self.logout()
            raise
        self._verified = self._accepted = True

    # The end

    def close(self) -> None:
        """Forget the PIN and end the connection; a second call does nothing."""
        with self._lock:
            if not self._closed:
                self._end()

    def _end(self) -> None:
        self._closed = True
        self._verified = self.typed = self.dropping = False
        self.logout()
        with contextlib.suppress(ReaderError):
            self._channel.transport.close()


def require_length(data: bytes, limit: int, what: str) -> None:
    """Raise `CardError` (``cryptolib.data_too_long``) for more bytes than ``limit``."""
    if len(data) > limit:
        raise CardError("cryptolib.data_too_long", size=len(data), limit=limit, what=what)
