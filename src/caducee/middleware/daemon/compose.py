# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine of PKCS#11 as the daemon uses it."""

from collections.abc import Mapping, Sequence

from caducee.base.clock import SystemClock
from caducee.codec.pkcs11 import Hello
from caducee.cryptolib.cache import PublicDataCache
from caducee.cryptolib.release import Release
from caducee.middleware.daemon.connection import ConnectionRefusal
from caducee.middleware.daemon.engine import Application, Engine
from caducee.middleware.daemon.peers import Peer
from caducee.middleware.daemon.settings import CryptolibSettings
from caducee.middleware.pkcs11 import engine as pkcs11
from caducee.middleware.pkcs11.session_policy import SessionRetention
from caducee.reader.transport import ReaderContext, ReaderStatus
from caducee.spec.pkcs11.returns import Ckr

__all__ = ["make_engine"]


class _Engine:
    """Lets programs in to the engine."""

    def __init__(self, engine: pkcs11.Pkcs11Engine, original: bool) -> None:
        self._engine = engine
        self._original = original

    def attach(self, hello: Hello, peer: Peer) -> Application:
        """Begin for a program; ``pReserved`` must be NULL, but for the issuer's module."""
        if hello.reserved and not self._original:
            raise ConnectionRefusal(Ckr.ARGUMENTS_BAD)
        if hello.own_locks and not self._original:
            raise ConnectionRefusal(Ckr.CANT_LOCK)
        info = pkcs11.ApplicationInfo(hello.ulong_size, peer.pid, peer.program)
        return self._engine.attach(info)

    def changed(self, now: Mapping[str, ReaderStatus]) -> None:
        """Take notice of readers and cards that came or went."""
        self._engine.changed(now)

    def log_out(self) -> int:
        """End every login of every program; return how many there were."""
        return self._engine.log_out()

    def pass_time(self) -> None:
        """End what is over by now."""
        self._engine.pass_time()

    @property
    def patience(self) -> float | None:
        """Seconds until `pass_time` has something to do."""
        return self._engine.patience

    @property
    def awaited(self) -> Sequence[str]:
        """Readers with a card for which sessions may wait."""
        return self._engine.awaited

    def look(self, reader: str) -> None:
        """Find out which card is in a reader."""
        self._engine.look(reader)

    def rest(self, reader: str) -> None:
        """Let the card in a reader go until it is used next."""
        self._engine.rest(reader)


def make_engine(readers: ReaderContext, settings: CryptolibSettings) -> Engine:
    """Make the engine for the readers and settings of this user, with the cache on disk."""
    engine = pkcs11.Pkcs11Engine(
        readers,
        settings.pkcs11,
        SystemClock(),
        protected_path=settings.pin_entry.protected_path,
        pin_pad=settings.pin_entry.pin_pad,
        cache=PublicDataCache(),
        release=Release(settings.card.release),
        stays=lambda programs: SessionRetention(
            settings.session_policy, programs, wake=readers.cancel
        ),
    )
    return _Engine(engine, settings.pkcs11.compat == "cps3")
