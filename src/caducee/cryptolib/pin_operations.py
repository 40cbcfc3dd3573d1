# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""PIN and PUK of a card: state, verification, change, unblocking."""

from caducee.base.secret import Secret
from caducee.cryptolib import pin_format
from caducee.cryptolib.model import PinState
from caducee.cryptolib.pin_states import PinStates, RecentStates
from caducee.cryptolib.pinpad import PinPadLogin
from caducee.reader.transport import Ending

__all__ = ["PinOperations"]


class PinOperations(PinPadLogin):
    """The operations of an open card with its PIN and PUK."""

    _recent: RecentStates

    def pin_state(self) -> PinState:
        """Return where the PIN stands; costs no try."""
        pin = self._require_pin()
        least, most = pin_format.lengths(pin.entry)
        with self._transaction():
            left, maximum = self._driver.tries(pin)
        kept = self._kept_pin is not None and self._accepted
        return PinState(left, maximum, kept, least, most)

    def verify(self, pin: Secret) -> None:
        """Check the PIN on the card now, and keep a copy until `logout`, removal or `close`.

        A PIN that this card cannot have is refused without a try. Raises `WrongPinError`,
        `PinBlockedError`, `CardError` (``cryptolib.pin_length``, ``cryptolib.pin_digits``).
        """
        with self._lock:
            self.keep_pin(pin)
            try:
                with self._transaction(Ending.RESET):
                    self._present()
            except BaseException:
                self.logout()
                raise

    def prove(self, pin: Secret) -> None:
        """Check the PIN on the card now, and keep nothing. Raises as `verify`."""
        with self.presenting(pin), self._transaction(Ending.RESET):
            self._present()

    def verify_puk(self, puk: Secret) -> None:
        """Check the PUK on the card; nothing is kept and nothing unblocked.

        Raises as `verify`.
        """
        unblocking = self._require_puk()
        pin_format.check_pin(unblocking.entry, puk)
        with self._transaction(Ending.RESET):
            self._puk_given = unblocking
            self._driver.verify(unblocking, puk, unblocking.home)

    def change(self, old: Secret, new: Secret) -> None:
        """Change the PIN; a copy of the new one is kept.

        Raises as `verify`; both PINs are judged before anything is sent.
        """
        with self._lock:
            self.change_pin(old, new)
            self._kept_pin, self._accepted = new.copy(), True

    def change_pin(self, old: Secret, new: Secret) -> None:
        """Change the PIN, and keep nothing; raises as `change`."""
        pin = self._require_pin()
        for value in (old, new):
            pin_format.check_pin(pin.entry, value)
        with self._lock:
            self.logout()
            with self._transaction(Ending.RESET):
                self._driver.change(pin, old, new)
                self._verified = True

    def unblock(self, puk: Secret, new: Secret) -> None:
        """Set a new PIN by the PUK; the tries are all there again.

        Raises as `verify`, also for the PUK, whose tries do not come back.
        """
        pin, unblocking = self._require_pin(), self._require_puk()
        pin_format.check_pin(unblocking.entry, puk)
        pin_format.check_pin(pin.entry, new)
        with self._lock:
            self.logout()
            with self._transaction(Ending.RESET):
                self._puk_given = unblocking
                self._driver.unblock(unblocking, puk, pin, new)
                self._verified = True

    def puk_state(self) -> PinState:
        """Return where the PUK stands; costs no try. It is never kept."""
        puk = self._require_puk()
        least, most = pin_format.lengths(puk.entry)
        with self._transaction():
            left, maximum = self._driver.tries(puk)
        return PinState(left, maximum, False, least, most)

    def pin_states(self, *, within: float = 0.0) -> PinStates:
        """Return where the holder's and the PUK stand, None for one that is not here;
        one transaction.

        With ``within`` they may be so many seconds old, where `RecentStates` has them.
        """
        with self._lock:
            known = None if self._closed else self._recent.get(within)
            if known is not None:
                return known
            with self._transaction():
                pin = self.pin_state() if self._layout.pin is not None else None
                puk = self.puk_state() if self._layout.puk is not None else None
            return self._recent.keep((pin, puk))
