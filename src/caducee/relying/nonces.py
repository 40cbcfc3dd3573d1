# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Nonces for the origin-bound token: 256 bit, one use, short life, bound to a session.

::

    issue(session) ──▶ nonce to the browser ──▶ token ──▶ take(session) ──▶ Challenge

A session has one open nonce; a new one replaces it. `Challenges.take` uses it up, whether the
token then turns out right or wrong.
"""

import base64
import datetime as dt
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Protocol

from caducee.base.clock import Clock

__all__ = ["Challenge", "Challenges", "MemoryNonces", "NonceRecord", "NonceStore"]

NONCE_BYTES = 32
"""256 bit, as the public Web eID protocol asks for."""


@dataclass(frozen=True, slots=True)
class NonceRecord:
    """A nonce as it is kept."""

    nonce: str
    """Base64 of 32 random bytes; the text itself is what the token's signature covers."""
    expires: dt.datetime
    used: bool = False


class NonceStore(Protocol):
    """Where nonces are kept, one for each session; each method is atomic."""

    def put(self, session: str, record: NonceRecord) -> None:
        """Keep a nonce for a session, in place of the one before."""

    def take(self, session: str) -> NonceRecord | None:
        """Return the record as it was, and mark it used in the same step; none if unknown."""


class MemoryNonces:
    """Nonces in the memory of one process, at most ``limit`` of them; the oldest go first."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._records: OrderedDict[str, NonceRecord] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, session: str, record: NonceRecord) -> None:
        """Keep a nonce for a session, in place of the one before."""
        with self._lock:
            self._records.pop(session, None)
            self._records[session] = record
            while len(self._records) > self._limit:
                self._records.popitem(last=False)

    def take(self, session: str) -> NonceRecord | None:
        """Return the record as it was, and mark it used."""
        with self._lock:
            found = self._records.get(session)
            if found is not None:
                self._records[session] = replace(found, used=True)
            return found


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a token must answer, or why there is nothing that it could answer."""

    origin: str
    """The origin of the site, e.g. ``https://portal.example.test``."""
    nonce: str
    """The nonce; empty when the session never had one."""
    refusal: str | None = None
    """The code of the refusal: ``relying.nonce_unknown``, ``_used`` or ``_expired``."""
    others: tuple[str, ...] = ()
    """Other origins of the same service: a token made for one of them is refused too, but the
    refusal can name it."""
    issued: dt.datetime | None = None
    """When the nonce was given: no token over it is older."""


class Challenges:
    """Gives nonces for one origin, and takes each of them back once."""

    def __init__(
        self,
        origin: str,
        clock: Clock,
        store: NonceStore | None = None,
        *,
        lifetime: dt.timedelta = dt.timedelta(minutes=5),
        others: tuple[str, ...] = (),
    ) -> None:
        self.origin = origin
        self._clock = clock
        self._store = store or MemoryNonces()
        self._lifetime = lifetime
        self._others = others

    def issue(self, session: str) -> str:
        """Return a fresh nonce (base64 of 256 bits) and keep it for that session."""
        nonce = base64.b64encode(secrets.token_bytes(NONCE_BYTES)).decode()
        self._store.put(session, NonceRecord(nonce, self._clock.now() + self._lifetime))
        return nonce

    def take(self, session: str) -> Challenge:
        """Use up the nonce of a session; the challenge says when it cannot be answered."""
        record = self._store.take(session)
        nonce = record.nonce if record else ""
        issued = record.expires - self._lifetime if record else None
        return Challenge(self.origin, nonce, self._refusal(record), self._others, issued)

    def _refusal(self, record: NonceRecord | None) -> str | None:
        if record is None:
            return "relying.nonce_unknown"
        if record.used:
            return "relying.nonce_used"
        begun = record.expires - self._lifetime
        if not begun <= self._clock.now() < record.expires:  # also when the clock was set back
            return "relying.nonce_expired"
        return None
