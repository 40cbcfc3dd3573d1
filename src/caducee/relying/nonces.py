# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Nonces for the origin-bound token: 256 bit, one use, short life, bound to a browser and purpose.

::

    issue(purpose) ──▶ nonce to the page, ticket to the cookie
    token of the card, ticket of the cookie ──▶ take(ticket, purpose) ──▶ Challenge

Nothing is kept for a nonce that was only issued: the ticket carries nonce, time and a MAC over
both, the origin and the purpose, so that nobody can fill a store and push out the nonces of
others. Only nonces that came back are remembered, until they expire. `Challenges.take` uses a
nonce up, whether the token then turns out right or wrong.
"""

import base64
import binascii
import datetime as dt
import heapq
import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import Final, Protocol

from caducee.base.clock import Clock
from caducee.store import Store

__all__ = [
    "Challenge",
    "Challenges",
    "IssuedNonce",
    "MemoryUsedNonces",
    "SharedNonces",
    "StoredNonces",
    "UsedNonces",
]

NONCE_BYTES: Final = 32
"""256 bit, as the public Web eID protocol asks for."""

_TIME_BYTES: Final = 8
_MAC_BYTES: Final = 32
_TICKET_BYTES: Final = NONCE_BYTES + _TIME_BYTES + _MAC_BYTES
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class IssuedNonce:
    """A fresh nonce, and what must come back with the token."""

    nonce: str
    """Base64 of 32 random bytes; the text itself is what the token's signature covers."""
    ticket: str
    """For an HttpOnly cookie: nonce and time under a MAC, base64url, 96 characters."""


class UsedNonces(Protocol):
    """Where used nonces are remembered; the method is atomic."""

    def use(self, nonce: bytes, issued: dt.datetime, oldest: dt.datetime) -> bool:
        """Mark a nonce as used; False when it was used before, or when that is not known.

        Nonces issued at ``oldest`` or earlier have expired and may be forgotten.
        """


class MemoryUsedNonces:
    """Used nonces in the memory of one process, at most ``limit`` of them.

    Beyond the limit the oldest is forgotten, and every nonce of its age or older is refused from
    then on: a flood shortens the life of nonces, and never lets one be used twice.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._used: set[bytes] = set()
        self._by_age: list[tuple[dt.datetime, bytes]] = []
        self._floor = _EPOCH
        self._lock = threading.Lock()

    def use(self, nonce: bytes, issued: dt.datetime, oldest: dt.datetime) -> bool:
        """Mark a nonce as used; False when it was used before or is older than what is kept."""
        with self._lock:
            while self._by_age and self._by_age[0][0] <= oldest:
                self._used.discard(heapq.heappop(self._by_age)[1])
            if nonce in self._used or issued <= self._floor:
                return False
            self._used.add(nonce)
            heapq.heappush(self._by_age, (issued, nonce))
            if len(self._by_age) > self._limit:
                self._floor, forgotten = heapq.heappop(self._by_age)
                self._used.discard(forgotten)
            return True


class StoredNonces:
    """Used nonces in a store, for processes that take each other's."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def use(self, nonce: bytes, issued: dt.datetime, oldest: dt.datetime) -> bool:
        """Mark a nonce as used; raises `StateError` as the store does, and then it is not taken."""
        return self._store.put(f"nonce:{nonce.hex()}", b"", (issued - oldest).total_seconds())


@dataclass(frozen=True, slots=True)
class SharedNonces:
    """What the processes of one service share, so that each takes the nonces of the others."""

    key: bytes
    """32 bytes for the MAC of tickets."""

    used: UsedNonces


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a token must answer, or why there is nothing that it could answer."""

    origin: str
    """The origin of the site, e.g. ``https://portal.example.test``."""
    nonce: str
    """The nonce; empty when the ticket is not one of ours."""
    refusal: str | None = None
    """The code of the refusal: ``relying.nonce_unknown``, ``_used`` or ``_expired``."""
    others: tuple[str, ...] = ()
    """Other origins of the same service: a token made for one of them is refused too, but the
    refusal can name it."""
    issued: dt.datetime | None = None
    """When the nonce was issued: no token over it is older."""


class Challenges:
    """Issues nonces for one origin, and takes each of them back once.

    Processes that take each other's nonces are given the same ``shared``. Without it, a restart
    ends all open nonces.
    """

    def __init__(
        self,
        origin: str,
        clock: Clock,
        shared: SharedNonces | None = None,
        *,
        lifetime: dt.timedelta = dt.timedelta(minutes=5),
        others: tuple[str, ...] = (),
    ) -> None:
        self.origin = origin
        self._clock = clock
        shared = shared or SharedNonces(secrets.token_bytes(32), MemoryUsedNonces())
        self._used, self._key = shared.used, shared.key
        self._lifetime = lifetime
        self._others = others

    def issue(self, purpose: str) -> IssuedNonce:
        """Return a fresh nonce for a purpose, e.g. ``login``; the purpose may name the browser."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        time = ((self._clock.now() - _EPOCH) // _MICROSECOND).to_bytes(_TIME_BYTES)
        ticket = nonce + time + self._mac(nonce + time, purpose)
        return IssuedNonce(_text(nonce), base64.urlsafe_b64encode(ticket).decode())

    def take(self, ticket: str, purpose: str) -> Challenge:
        """Use up the nonce of a ticket; the challenge says when it cannot be answered.

        ``ticket`` is what a client sent; any text is taken.
        """
        found = self._read(ticket, purpose)
        if found is None:
            return Challenge(self.origin, "", "relying.nonce_unknown", self._others)
        nonce, issued = found
        refusal = self._refusal(nonce, issued)
        return Challenge(self.origin, _text(nonce), refusal, self._others, issued)

    def _read(self, ticket: str, purpose: str) -> tuple[bytes, dt.datetime] | None:
        try:
            data = base64.b64decode(ticket.encode("ascii"), b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        signed, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
        if len(data) != _TICKET_BYTES or not hmac.compare_digest(mac, self._mac(signed, purpose)):
            return None
        issued = _EPOCH + int.from_bytes(signed[NONCE_BYTES:]) * _MICROSECOND
        return signed[:NONCE_BYTES], issued

    def _refusal(self, nonce: bytes, issued: dt.datetime) -> str | None:
        now = self._clock.now()
        if not issued <= now < issued + self._lifetime:  # also when the clock was set back
            return "relying.nonce_expired"
        if not self._used.use(nonce, issued, now - self._lifetime):
            return "relying.nonce_used"
        return None

    def _mac(self, signed: bytes, purpose: str) -> bytes:
        bound = b"\0".join((self.origin.encode(), purpose.encode("utf-8", "surrogatepass")))
        return hmac.digest(self._key, signed + bound, "sha256")


def _text(nonce: bytes) -> str:
    return base64.b64encode(nonce).decode()
