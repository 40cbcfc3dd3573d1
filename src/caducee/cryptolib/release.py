# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What makes the card forget a PIN at the end of a transaction, beside other programs.

A reset is certain, and ends the sessions of every other program at the card. While another one is
connected, the card is therefore asked by a command: VERIFY with P1 ``FF`` and no data (ISO/IEC
7816-4:2013 section 11.6.6), or, on a CPS4, by selecting its application anew. No document says that
a CPS takes either, so the card is asked afterwards whether it has forgotten the PIN.
"""

from enum import StrEnum, unique

from caducee.base.errors import CpsError
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.driver import Driver
from caducee.cryptolib.layout import CardPin

__all__ = ["Release", "Releaser"]


@unique
class Release(StrEnum):
    """How a card forgets the PINs that were presented in a transaction."""

    AUTO = "auto"
    """By a reset while no other program is connected, else by a command; a card that takes no
    command stays open until the login ends. What another program had opened stays open."""

    RESET = "reset"
    """Always by a reset."""

    LEAVE = "leave"
    """Not at all."""


class Releaser:
    """Decides, for one card, how each transaction with a PIN ends."""

    def __init__(self, driver: Driver, channel: Channel) -> None:
        self.how = Release.AUTO
        self.opened = False
        """The card still knows a PIN of ours: it takes no command to forget it, and a reset would
        have ended the session of another program."""

        self._driver = driver
        self._channel = channel
        self._pins_sent = 0
        self._was_open = False

    def begin(self) -> None:
        """Note that a transaction begins in which PINs may be presented."""
        self._pins_sent, self._was_open = self._channel.pins_sent, False

    def before(self, pin: CardPin, folder: bytes) -> None:
        """Ask, before a PIN is presented, whether another program has presented it already."""
        if self.how is Release.AUTO and not self.opened and self._channel.transport.shared():
            self._was_open = self._driver.proven(pin, folder)

    def end(self, pins: tuple[CardPin | None, ...]) -> bool:
        """Make the card forget ``pins``; return whether it must be reset for that."""
        if self.how is Release.RESET:
            return True
        transport = self._channel.transport
        if self._channel.pins_sent == self._pins_sent or self.how is Release.LEAVE:
            transport.leave(verified=self.opened)
            return False
        if not transport.shared():
            return True
        try:
            # What another program had opened before us is not ours to close.
            forgot = self._was_open or self._forget(pins)
        except CpsError:
            return True  # in doubt the certain way, though other sessions end with it
        self.opened = not forgot
        transport.leave(verified=self.opened)
        return False

    def _forget(self, pins: tuple[CardPin | None, ...]) -> bool:
        # A list, not a generator: each PIN is forgotten, also after one that was not.
        return all([self._driver.forget(pin) for pin in pins if pin is not None])
