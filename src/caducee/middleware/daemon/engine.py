# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the daemon asks of the engine (`caducee.middleware.pkcs11`): these methods, no more."""

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

from caducee.codec.pkcs11 import Call, Hello, Reply
from caducee.middleware.daemon.peers import Peer
from caducee.middleware.pin_entry import EnteredPins, PinRequest
from caducee.reader.transport import ReaderStatus

__all__ = ["Application", "Engine", "Search"]


class Search(Protocol):
    """Where the search of a session stands."""

    found: list[int] | None
    """Handles that were not given yet; None without a search."""


class Application(Protocol):
    """One program between C_Initialize and C_Finalize. Threads may share it."""

    lock: threading.RLock
    """Held while its state changes, for moments only."""

    def reader_of(self, call: Call) -> str | None:
        """Return the name of the reader whose thread must run a call; None: none, run it at once.

        Waits for nothing.
        """

    def looks(self, call: Call) -> bool:
        """Tell whether a call asks what is in the readers now, so that they are looked at first."""

    def parks(self, call: Call) -> bool:
        """Tell whether this is a C_WaitForSlotEvent that waits."""

    def pin_request(self, call: Call) -> PinRequest | None:
        """Return what must be asked of the holder before a call; may speak with the card."""

    def asks(self, call: Call) -> bool:
        """Tell whether a call needs a PIN that a login left out; waits for nothing."""

    def given_up(self, call: Call) -> None:
        """End what a call was about for which the holder gave no PIN."""

    def answer(self, call: Call, pins: EnteredPins | None = None) -> Reply:
        """Do what a call asks for. Bad input is answered by a CKR, never by an exception."""

    def next_slot_event(self) -> int | None:
        """Take one slot in which something happened that was not reported yet."""

    def search(self, session: int) -> Search | None:
        """Return where the search of a session stands; None for a session that is none."""

    def close(self) -> None:
        """End: sessions, objects, and the PIN."""


class Engine(Protocol):
    """All programs of one user."""

    def attach(self, hello: Hello, peer: Peer) -> Application:
        """Begin for a program; raises `Refused` with what C_Initialize answers instead."""

    def changed(self, now: Mapping[str, ReaderStatus]) -> None:
        """Take notice of readers and cards that came or went; no command is sent."""

    def log_out(self) -> int:
        """End every login of every program; return how many there were. No command is sent."""

    def pass_time(self) -> None:
        """End what is over by now; no command is sent."""

    @property
    def patience(self) -> float | None:
        """Seconds until `pass_time` has something to do; None when it has nothing.

        When it gets shorter, the engine ends the wait for the readers (`ReaderContext.cancel`).
        """

    @property
    def awaited(self) -> Sequence[str]:
        """Readers with a card that nobody has looked at, for which sessions may wait."""

    def look(self, reader: str) -> None:
        """Find out which card is in a reader; in the reader's thread, never raises."""

    def rest(self, reader: str) -> None:
        """Let the card in a reader go until it is used next; in the reader's thread, never
        raises.
        """
