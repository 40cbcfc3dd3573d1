# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions bound to a login: an opaque cookie outside, everything else on the server.

A session opened with a client certificate is bound to that certificate: the cookie alone, sent
over a connection that shows another certificate or none, is worth nothing. A logout ends the
session and is remembered for the connection, so that a browser that keeps its connection open
is not logged in again by the certificate of that old handshake.
"""

import datetime as dt
import hashlib
import math
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Protocol

from caducee.base.clock import Clock
from caducee.base.errors import LoginRefused
from caducee.relying.manners import (
    Proofs,
    SiteEvent,
    SitePolicy,
    SiteState,
    at_time,
    next_time,
    shown,
    tell,
)
from caducee.relying.verdict import Verdict

__all__ = ["MemorySessions", "Session", "SessionStore", "Sessions"]

_TOKEN_BYTES = 32
_MOST_CONNECTIONS = 64

_AS_EVER = SitePolicy()


@dataclass(frozen=True, slots=True)
class Session:
    """One login, as long as it lasts."""

    key: str
    """SHA-256 of the cookie, hexadecimal: who reads the store cannot forge the cookie."""
    verdict: Verdict
    fingerprint: str | None
    """SHA-256 of the client certificate that it is bound to; none for a login by token."""
    connection: str | None
    """The connection it was opened on; none for a login by token."""
    opened: dt.datetime
    used: dt.datetime
    others: frozenset[str] = frozenset()
    """Other connections that it was used on; a logout closes them too."""
    activity: str | None = None
    """The key of the activity that the holder chose."""
    proofs: Proofs | None = None
    """When its card proved itself, and what follows from that; none: at the opening alone."""

    @property
    def known(self) -> Proofs:
        """When its card proved itself."""
        return self.proofs or Proofs(self.opened, by_token=self.fingerprint is None)


class SessionStore(Protocol):
    """Where sessions and logged-out connections are kept; each method is atomic."""

    def put(self, session: Session) -> None:
        """Keep a new session."""

    def replace(self, session: Session) -> bool:
        """Keep a session in place of the one with the same key; false when that one is gone."""

    def get(self, key: str) -> Session | None:
        """Return a session, or none."""

    def remove(self, key: str) -> Session | None:
        """Forget a session, and return it when there was one."""

    def close_connection(self, connection: str) -> None:
        """Remember that a connection was logged out."""

    def connection_closed(self, connection: str) -> bool:
        """Tell whether a connection was logged out."""


class MemorySessions:
    """Sessions in the memory of one process, bounded; the longest unused go first."""

    def __init__(self, limit: int = 100_000, connections: int = 100_000) -> None:
        self._limit = limit
        self._connection_limit = connections
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, session: Session) -> None:
        """Keep a new session."""
        with self._lock:
            self._sessions[session.key] = session
            while len(self._sessions) > self._limit:
                self._sessions.popitem(last=False)

    def replace(self, session: Session) -> bool:
        """Keep a session in place of the one with the same key; false when that one is gone."""
        with self._lock:
            if session.key not in self._sessions:
                return False
            self._sessions[session.key] = session
            self._sessions.move_to_end(session.key)
            return True

    def get(self, key: str) -> Session | None:
        """Return a session, or none."""
        with self._lock:
            return self._sessions.get(key)

    def remove(self, key: str) -> Session | None:
        """Forget a session."""
        with self._lock:
            return self._sessions.pop(key, None)

    def close_connection(self, connection: str) -> None:
        """Remember that a connection was logged out."""
        with self._lock:
            self._closed[connection] = None
            while len(self._closed) > self._connection_limit:
                self._closed.popitem(last=False)

    def connection_closed(self, connection: str) -> bool:
        """Tell whether a connection was logged out."""
        with self._lock:
            return connection in self._closed


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(
        self,
        clock: Clock,
        store: SessionStore | None = None,
        *,
        idle: dt.timedelta = dt.timedelta(minutes=30),
        absolute: dt.timedelta = dt.timedelta(hours=10),
        manners: SitePolicy = _AS_EVER,
    ) -> None:
        self._clock = clock
        self._store = store or MemorySessions()
        self._idle = idle
        self._absolute = absolute
        self.manners = manners

    def open(
        self,
        verdict: Verdict,
        *,
        fingerprint: str | None = None,
        connection: str | None = None,
        handshake: dt.datetime | None = None,
    ) -> str:
        """Open a session for an admitted holder and return the value of its cookie.

        ``fingerprint`` and ``connection`` are those of the client certificate, for a login by
        one, and ``handshake`` is when the card proved itself there; none for a login by token.
        Raises `LoginRefused`: with the verdict's code when it does not admit the holder,
        ``relying.connection_logged_out`` on a connection that was logged out.
        """
        verdict.require()
        self._refuse_closed(connection)
        cookie = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock.now()
        proofs = Proofs(handshake or now, by_token=fingerprint is None)
        session = Session(_key(cookie), verdict, fingerprint, connection, now, now, proofs=proofs)
        self._store.put(session)
        return cookie

    def find(
        self,
        cookie: str,
        *,
        fingerprint: str | None = None,
        connection: str | None = None,
        handshake: dt.datetime | None = None,
    ) -> Session:
        """Return the session of a cookie, and count this as a use of it.

        A login by token is bound to no connection: it took a new signature of the card, so that
        it may be used on one that was logged out before. ``handshake`` is when the card proved
        itself on this connection; none where nobody can tell.

        Raises `LoginRefused`: ``relying.session_unknown``, ``relying.session_expired``,
        ``relying.session_other_certificate``, ``relying.connection_logged_out``,
        ``relying.session_locked``, ``relying.session_unproven``.
        """
        session = self._alive(cookie, fingerprint, connection)
        now = self._clock.now()
        certain = session.fingerprint is not None
        proofs = shown(self.manners, session.known, handshake if certain else None, now)
        session = self._keep_proofs(session, proofs)
        if not proofs.usable:
            raise LoginRefused("relying.session_locked")
        return self._keep(replace(session, used=now, others=_with(session, connection)))

    def look(
        self,
        cookie: str,
        *,
        fingerprint: str | None = None,
        handshake: dt.datetime | None = None,
    ) -> Session:
        """Return a session as it stands now, locked or not; this is no use of it.

        A connection that shows its certificate, by a new ``handshake``, proves its card.

        Raises `LoginRefused`: ``relying.session_unknown``, ``relying.session_expired``,
        ``relying.session_unproven``.
        """
        session = self._of(cookie)
        own = session.fingerprint is not None and session.fingerprint == fingerprint
        now = self._clock.now()
        return self._keep_proofs(
            session, shown(self.manners, session.known, handshake if own else None, now)
        )

    def prove(self, cookie: str, verdict: Verdict) -> Session:
        """Take a new proof of the card of a session, by a token: it goes on, locked or not.

        Another card ends it. Raises `LoginRefused`: the verdict's, those of `look`, and
        ``relying.proof_other_card``.
        """
        identity, session = verdict.require(), self.look(cookie)
        own = session.verdict.require().fingerprint == identity.fingerprint
        event = SiteEvent.PROVED if own else SiteEvent.OTHER_CARD
        proofs = tell(self.manners, session.known, event, self._clock.now())
        if not own:
            self._store.remove(session.key)
            raise LoginRefused("relying.proof_other_card")
        return self._keep(replace(session, used=self._clock.now(), proofs=proofs))

    def touch(self, cookie: str, card_id: str) -> Session:
        """Take a contactless proof of the card of a session (`Verifier.verify_touch`).

        The card of another holder changes nothing. Raises `LoginRefused`: those of `look`,
        ``relying.proof_other_card``, ``relying.touch_refused``.
        """
        session = self.look(cookie)
        if session.verdict.require().card_id != card_id:
            raise LoginRefused("relying.proof_other_card")
        now = self._clock.now()
        proofs = tell(self.manners, session.known, SiteEvent.TOUCHED, now)
        if not proofs.usable:
            raise LoginRefused("relying.touch_refused")
        return self._keep(replace(session, used=now, proofs=proofs))

    def removed(self, cookie: str, *, connection: str | None = None) -> bool:
        """Take a page's word that the card left; true when the session is over, not locked.

        Either way no connection on which it was used may be used again. Never fails.
        """
        try:
            session = self.look(cookie)
        except LoginRefused:
            self.end(cookie, connection=connection)
            return True
        proofs = tell(self.manners, session.known, SiteEvent.REMOVED, self._clock.now())
        self.end(cookie, connection=connection)
        if proofs.state is SiteState.ENDED:
            return True
        self._store.put(replace(session, proofs=proofs))
        return False

    def moment(self, begun: float | None) -> dt.datetime | None:
        """Return when a handshake was over, from its moment by ``time.monotonic``."""
        if begun is None:
            return None
        return self._clock.now() - dt.timedelta(seconds=max(0.0, time.monotonic() - begun))

    def seconds_left(self, session: Session) -> int | None:
        """Return after how many seconds time does something to a session; none: never."""
        now = self._clock.now()
        due = next_time(self.manners, at_time(self.manners, session.known, now))
        return None if due is None else max(0, math.ceil((due[0] - now).total_seconds()))

    def demand_strong(self, session: Session) -> None:
        """Refuse a strong operation unless the card proved itself with contacts, recently enough.

        Raises `LoginRefused`: ``relying.step_up_contacts``, ``relying.step_up_needed``.
        """
        proofs = at_time(self.manners, session.known, self._clock.now())
        if proofs.state is SiteState.TOUCHED:
            raise LoginRefused("relying.step_up_contacts")
        seconds = self.manners.strong_seconds
        old = seconds and self._clock.now() - proofs.proven >= dt.timedelta(seconds=seconds)
        if old or proofs.state is not SiteState.PROVEN:
            raise LoginRefused("relying.step_up_needed", seconds=seconds)

    def _keep_proofs(self, session: Session, proofs: Proofs) -> Session:
        if proofs.state is SiteState.ENDED:
            self._store.remove(session.key)
            raise LoginRefused("relying.session_unproven")
        if proofs == session.proofs:
            return session
        return self._keep(replace(session, proofs=proofs))

    def _of(self, cookie: str) -> Session:
        session = self._store.get(_key(cookie))
        if session is None:
            raise LoginRefused("relying.session_unknown")
        now = self._clock.now()
        if now - session.used >= self._idle or now - session.opened >= self._absolute:
            self._store.remove(session.key)
            raise LoginRefused("relying.session_expired")
        return session

    def _alive(self, cookie: str, fingerprint: str | None, connection: str | None) -> Session:
        """Return a session that may be used on a connection, as far as that goes."""
        session = self._store.get(_key(cookie))
        if session is None or session.fingerprint is not None:
            self._refuse_closed(connection)
        session = self._of(cookie)
        if session.fingerprint is not None and session.fingerprint != fingerprint:
            raise LoginRefused("relying.session_other_certificate")
        return session

    def choose(self, session: Session, activity: str) -> Session:
        """Record the activity that the holder chose.

        Raises `LoginRefused` (``relying.activity_unknown``) for one that is not theirs in the
        directory.
        """
        identity = session.verdict.require()
        if activity not in {one.key for one in identity.activities}:
            raise LoginRefused("relying.activity_unknown", activity=activity)
        return self._keep(replace(session, activity=activity))

    def end(self, cookie: str | None, *, connection: str | None = None) -> None:
        """End a session: its cookie is worth nothing from now on.

        At a logout, ``connection`` is the one it came on: that connection and all those on which
        the session was used are logged out, and only a new handshake gives a usable one. Without
        it, when one session takes the place of another, only the connection on which the old one
        was opened is. Never fails.
        """
        session = self._store.remove(_key(cookie)) if cookie else None
        closed = {connection} if connection else set()
        if session is not None:
            closed |= {session.connection} if session.connection else set()
            closed |= session.others if connection else frozenset()
        for one in closed:
            self._store.close_connection(one)

    def connection_usable(self, connection: str | None) -> bool:
        """Tell whether a login by client certificate may happen on a connection."""
        return not connection or not self._store.connection_closed(connection)

    def _keep(self, session: Session) -> Session:
        """Store a changed session, unless a logout came in between."""
        if not self._store.replace(session):
            raise LoginRefused("relying.session_unknown")
        return session

    def _refuse_closed(self, connection: str | None) -> None:
        if not self.connection_usable(connection):
            raise LoginRefused("relying.connection_logged_out")


def _with(session: Session, connection: str | None) -> frozenset[str]:
    """Add a connection; browsers use a handful, so a few dozen are enough to remember."""
    if connection is None or connection == session.connection:
        return session.others
    if len(session.others) >= _MOST_CONNECTIONS:
        return session.others
    return session.others | {connection}


def _key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
