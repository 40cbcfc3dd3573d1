# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine: the slots of this machine, and the programs that use them.

It knows nothing of connections and starts no thread. One lock guards all its state and is held for
moments only, never while a card is asked; a card is asked under the lock of its own conversation.
"""

import secrets
import threading
from collections.abc import Mapping

from caducee.base.clock import Clock
from caducee.cryptolib import open_card
from caducee.cryptolib.cache import PublicDataCache
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.pkcs11.application import Application, ApplicationInfo
from caducee.cryptolib.pkcs11.functions import load
from caducee.cryptolib.pkcs11.sessions import Visit
from caducee.cryptolib.pkcs11.settings import EngineSettings
from caducee.cryptolib.pkcs11.slots import Readers, Slots
from caducee.cryptolib.pkcs11.tokens import Token
from caducee.reader.transport import Reader, ReaderStatus
from caducee.spec.pkcs11 import Cku

__all__ = ["ApplicationInfo", "Engine"]

_FIRST_HANDLE = 1 << 16
_SPREAD = 1 << 30


class Engine:
    """Serves programs. Threads may share it."""

    def __init__(
        self,
        readers: Readers,
        settings: EngineSettings | None = None,
        clock: Clock | None = None,
        *,
        protected_path: bool = False,
        cache: PublicDataCache | None = None,
    ) -> None:
        """``protected_path``: the holder's code is asked by ourselves, and programs are told so.

        ``clock`` is kept for functions that need the time of day; none does today.
        """
        load()
        self.settings = settings or EngineSettings()
        self.protected_path = protected_path
        self.lock = threading.RLock()
        self._cache = cache
        self._applications: list[Application] = []
        # A handle of an engine that is gone must mean nothing to the next one.
        self._last_handle = _FIRST_HANDLE + secrets.randbelow(_SPREAD)
        self.slots = Slots(readers, self._open, self.settings.slots, self.lock)

    def _open(self, reader: Reader) -> CpsCard:
        return open_card(reader, cache=self._cache, unfinished=True)

    def new_handle(self) -> int:
        """Return a number that no session and no object has; it fits 32 bits."""
        with self.lock:
            self._last_handle += 1
            if self._last_handle >= 1 << 32:
                self._last_handle = _FIRST_HANDLE
            return self._last_handle

    def attach(self, info: ApplicationInfo) -> Application:
        """Return a new program."""
        application = Application(self, info)
        with self.lock:
            self._applications.append(application)
        return application

    def detach(self, application: Application) -> None:
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
            for application in self._applications:
                for token in tokens:
                    application.left(token)
                for slot in slots:
                    application.note(slot.id)

    def lose(self, token: Token) -> None:
        """End everything at a card that turned out to be gone."""
        with self.lock:
            self.slots.drop(self.slots.get(token.slot), token)
            for application in self._applications:
                application.left(token)

    def code_changed(self, visit: Visit) -> None:
        """End the logins of other programs at a card whose code was changed: theirs is void."""
        with self.lock:
            for application in self._applications:
                other = application.visits.get(visit.token)
                if other is not None and other is not visit and other.user is Cku.USER:
                    application.logged_out(other)

    def close(self) -> None:
        """End all programs and the connections to all cards."""
        with self.lock:
            applications = list(self._applications)
        for application in applications:
            application.close()
        self.slots.close()
