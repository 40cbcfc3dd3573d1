# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine: the slots of this machine, and the programs that use them.

It knows nothing of connections and starts no thread. One lock guards all its state and is held for
moments only, never while a card is asked; a card is asked under the lock of its own conversation.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Mapping

from caducee.base.clock import Clock
from caducee.cryptolib import open_card
from caducee.cryptolib.cache import PublicDataCache
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.release import Release
from caducee.middleware.pkcs11.application import ApplicationInfo, Pkcs11Application
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions import load
from caducee.middleware.pkcs11.session_policy import SessionRetention
from caducee.middleware.pkcs11.sessions import TokenLogin
from caducee.middleware.pkcs11.settings import EngineSettings
from caducee.middleware.pkcs11.slots import Readers, Slots
from caducee.middleware.pkcs11.tokens import Token
from caducee.middleware.session_policy import SessionPolicy
from caducee.reader.transport import Reader, ReaderStatus
from caducee.spec.pkcs11 import Cku

__all__ = ["ApplicationInfo", "Pkcs11Engine"]

_FIRST_HANDLE = 1 << 16
_SPREAD = 1 << 30


class Pkcs11Engine:
    """Serves programs. Threads may share it."""

    def __init__(  # noqa: PLR0913 (what it is made of)
        self,
        readers: Readers,
        settings: EngineSettings | None = None,
        clock: Clock | None = None,
        *,
        protected_path: bool = False,
        pin_pad: bool = True,
        cache: PublicDataCache | None = None,
        release: Release = Release.AUTO,
        stays: Callable[[list[Pkcs11Application]], SessionRetention] = lambda programs: (
            SessionRetention(SessionPolicy(), programs)
        ),
    ) -> None:
        """``protected_path``: the PIN is asked by ourselves, and programs are informed so.

        ``pin_pad``: a reader with a PIN pad asks for it, where a program gives none.

        ``release``: how cards forget the PIN at the end of a transaction.

        ``stays`` makes what decides when sessions end, from the list of programs.

        ``clock`` is kept for functions that need the time of day; none does today.
        """
        load()
        self.settings = settings or EngineSettings()
        self.protected_path = protected_path
        self.pin_pad = pin_pad
        self.lock = threading.RLock()
        self._cache = cache
        self._release = release
        self._applications: list[Pkcs11Application] = []
        # A handle of an engine that is gone must mean nothing to the next one.
        self._last_handle = _FIRST_HANDLE + int.from_bytes(os.urandom(8)) % _SPREAD
        self.slots = Slots(readers, self._open, self.settings.slots, self.lock)
        self.slots.original = self.settings.compat == "cps3"
        self.stays = stays(self._applications)
        self.slots.on_opening, self.slots.on_opened = self.stays.prepare, self.stays.came

    def _open(self, reader: Reader) -> CpsCard:
        card = open_card(reader, cache=self._cache, unfinished=True)
        card.releaser.how = self._release
        return card

    def new_handle(self) -> int:
        """Return a number that no session and no object has; it fits 32 bits."""
        with self.lock:
            self._last_handle += 1
            if self._last_handle >= 1 << 32:
                self._last_handle = _FIRST_HANDLE
            return self._last_handle

    @property
    def object_bytes(self) -> int:
        """Bytes of the objects that programs made; the caller holds the lock."""
        return sum(application.object_bytes for application in self._applications)

    def attach(self, info: ApplicationInfo) -> Pkcs11Application:
        """Return a new program."""
        application = Pkcs11Application(self, info)
        with self.lock:
            self._applications.append(application)
        return application

    def detach(self, application: Pkcs11Application) -> None:
        """Forget a program that ended."""
        with self.lock:
            if application in self._applications:
                self._applications.remove(application)

    def changed(self, now: Mapping[str, ReaderStatus]) -> None:
        """Take in what is in the readers now: cards that left take their sessions along.

        Quick: no card is asked.
        """
        with self.lock:
            slots, tokens = self.slots.update(now)
            for token in tokens:
                self.stays.left(token, self.slots.get(token.slot).name)
            for application in self._applications:
                for slot in slots:
                    application.note(slot.id)
            self.stays.pass_time()

    def pass_time(self) -> None:
        """End what is over by now; costs nothing where no time runs."""
        if self.stays.deadline is not None:
            with self.lock:
                self.stays.pass_time()

    @property
    def patience(self) -> float | None:
        """Seconds until `changed` has to be called though nothing changes; None: never."""
        with self.lock:
            return self.stays.patience

    @property
    def awaited(self) -> list[str]:
        """Readers that want a `look`: with a card that nobody has looked at, for which sessions
        may wait, or with one that is still open after the end of a login by PIN pad.
        """
        with self.lock:
            waits = any(application.parked for application in self._applications)
            return [slot.name for slot in self.slots if (waits and slot.unseen) or slot.must_close]

    def look(self, reader: str) -> None:
        """Find out which card is in a reader, so that the sessions that wait for it go on; close
        the card if that is due.
        """
        with self.lock:
            slot = next((item for item in self.slots if item.name == reader), None)
        if slot is not None:
            with contextlib.suppress(Pkcs11Error):
                self.slots.token(slot).card.settle()

    def rest(self, reader: str) -> None:
        """Let the card in a reader go until it is used next."""
        with self.lock:
            slot = next((item for item in self.slots if item.name == reader), None)
            token = slot.token if slot is not None else None
        if token is not None:
            token.card.rest()

    @property
    def asks_late(self) -> bool:
        """Whether a login without a PIN is believed until the PIN is needed."""
        return self.protected_path and self.stays.policy.ask == "at-use"

    def lose(self, token: Token) -> None:
        """End everything at a card that turned out to be gone."""
        with self.lock:
            slot = self.slots.get(token.slot)
            self.slots.drop(slot, token)
            self.stays.left(token, slot.name)

    def pin_changed(self, login: TokenLogin) -> None:
        """End the logins of other programs at a card whose PIN was changed: theirs is void."""
        with self.lock:
            for application in self._applications:
                other = application.logins.get(login.token)
                if other is not None and other is not login and other.user is Cku.USER:
                    application.logged_out(other)

    def look_at_typed(self, token: Token) -> None:
        """End the logins by a PIN entered at the reader when the card is open no more."""
        if token.card.typed:
            return
        with self.lock:
            for application in self._applications:
                login = application.logins.get(token)
                if login is not None and login.typed:
                    application.logged_out(login)

    def log_out(self) -> int:
        """End every login of every program, also of sessions that wait for their card.

        Sessions stay open, as after C_Logout; return how many logins there were.
        """
        with self.lock:
            found = [
                (application, login)
                for application in self._applications
                for login in (*application.logins.values(), *application.parked.values())
                if login.user is not None
            ]
            for application, login in found:
                application.logged_out(login)
            return len(found)

    def close(self) -> None:
        """End all programs and the connections to all cards."""
        with self.lock:
            applications = list(self._applications)
        for application in applications:
            application.close()
        self.slots.close()
