# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions bound to a login: an opaque cookie outside, everything else on the server.

A session opened with a client certificate is bound to that certificate: the cookie alone, sent
over a connection that shows another certificate or none, is worth nothing. A logout ends the
session and is remembered, for its connections and for its certificate, so that a browser that
keeps a connection open is not logged in again by the certificate of an old handshake.

Requests of one session may come at the same time, in several threads or processes: each changes
the session as it stands by then, so that none undoes a lock or an end.
"""

import contextlib
import datetime as dt
import hashlib
import math
import secrets
from collections.abc import Callable
from dataclasses import replace

from caducee.base.clock import Clock
from caducee.base.errors import LoginRefusedError
from caducee.relying.session_policy import (
    Proofs,
    SiteEvent,
    SiteSessionPolicy,
    SiteState,
    at_time,
    next_time,
    on_event,
    on_request,
)
from caducee.relying.session_store import LoginSession, MemorySessions, SessionStore
from caducee.relying.verdict import Verdict

__all__ = ["LoginSession", "LoginSessions", "MemorySessions", "SessionStore"]

_TOKEN_BYTES = 32
_MOST_CONNECTIONS = 64

_AS_EVER = SiteSessionPolicy()


class LoginSessions:
    """Opens, finds and ends sessions."""

    def __init__(
        self,
        clock: Clock,
        store: SessionStore | None = None,
        *,
        idle: dt.timedelta = dt.timedelta(minutes=30),
        absolute: dt.timedelta = dt.timedelta(hours=10),
        policy: SiteSessionPolicy = _AS_EVER,
    ) -> None:
        self._clock = clock
        self._store = store or MemorySessions()
        self._idle = idle
        self._absolute = absolute
        self.policy = policy

    def open(
        self,
        verdict: Verdict,
        *,
        fingerprint: str | None = None,
        connection: str | None = None,
        handshake: dt.datetime | None = None,
        asked: dt.datetime | None = None,
    ) -> str:
        """Open a session for an admitted holder and return the value of its cookie.

        ``fingerprint`` and ``connection`` are those of the client certificate, for a login by
        one, and ``handshake`` is when the card proved itself there; none for a login by token,
        of which ``asked`` is when its nonce was given. Raises `LoginRefusedError`: the verdict's
        code when it does not admit the holder, ``relying.connection_logged_out`` on a connection
        that was logged out or is older than the last logout of its certificate,
        ``relying.proof_old`` for a token that may be.
        """
        card = fingerprint or verdict.require().fingerprint
        verdict.require()
        self._refuse_closed(connection)
        self._refuse_old(card, handshake, "relying.connection_logged_out")
        self._refuse_old(card, asked, "relying.proof_old")
        cookie = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock.now()
        proofs = Proofs(handshake or now, by_token=fingerprint is None)
        session = LoginSession(
            _key(cookie), verdict, fingerprint, connection, now, now, proofs=proofs
        )
        self._store.put(session)
        return cookie

    def find(
        self,
        cookie: str,
        *,
        fingerprint: str | None = None,
        connection: str | None = None,
        handshake: dt.datetime | None = None,
    ) -> LoginSession:
        """Return the session of a cookie, and count this as a use of it.

        A login by token is bound to no connection: it took a new signature of the card, so that
        it may be used on one that was logged out before. ``handshake`` is when the card proved
        itself on this connection; none where it is not known.

        Raises `LoginRefusedError`: ``relying.session_unknown``, ``relying.session_expired``,
        ``relying.session_other_certificate``, ``relying.connection_logged_out``,
        ``relying.session_locked``, ``relying.session_unproven``.
        """
        session = self._alive(cookie, fingerprint, connection)
        now = self._clock.now()
        proven = handshake if session.fingerprint is not None else None

        def used(it: LoginSession) -> LoginSession:
            it = _known(it, on_request(self.policy, it.known, proven, now))
            if not it.known.usable:
                return it
            return replace(it, used=now, others=_with(it, connection))

        return _usable(self._change(session, used))

    def look(
        self,
        cookie: str,
        *,
        fingerprint: str | None = None,
        handshake: dt.datetime | None = None,
    ) -> LoginSession:
        """Return a session as it stands now, locked or not; this does not count as a use.

        A connection that shows its certificate, by a new ``handshake``, proves its card.

        Raises `LoginRefusedError`: ``relying.session_unknown``, ``relying.session_expired``,
        ``relying.session_unproven``.
        """
        session = self._of(cookie)
        own = session.fingerprint is not None and session.fingerprint == fingerprint
        proven, now = handshake if own else None, self._clock.now()
        return self._change(
            session, lambda it: _known(it, on_request(self.policy, it.known, proven, now))
        )

    def prove(
        self, cookie: str, verdict: Verdict, *, asked: dt.datetime | None = None
    ) -> LoginSession:
        """Take a new proof of the card of a session, by a token: it goes on, locked or not.

        ``asked`` is when the nonce of the token was given; a token that may have been signed
        before the card left proves nothing afterwards. Another card ends the session. Raises
        `LoginRefusedError`: the verdict's, those of `look`, ``relying.proof_other_card``,
        ``relying.proof_old``.
        """
        identity, session = verdict.require(), self.look(cookie)
        if session.verdict.require().fingerprint != identity.fingerprint:
            with contextlib.suppress(LoginRefusedError):  # which says that it ended
                self._prove(session, SiteEvent.OTHER_CARD, None)
            raise LoginRefusedError("relying.proof_other_card")
        return self._prove(session, SiteEvent.PROVED, asked)

    def prove_contactless(
        self, cookie: str, card_id: str, *, asked: dt.datetime | None = None
    ) -> LoginSession:
        """Take a contactless proof of the card of a session (`Verifier.verify_contactless`).

        ``asked`` as for `prove`. The card of another holder changes nothing. Raises
        `LoginRefusedError`: those of `look`, ``relying.proof_other_card``, ``relying.proof_old``,
        ``relying.touch_refused``.
        """
        session = self.look(cookie)
        if session.verdict.require().card_id != card_id:
            raise LoginRefusedError("relying.proof_other_card")
        return self._prove(session, SiteEvent.TOUCHED, asked)

    def _prove(
        self, session: LoginSession, event: SiteEvent, asked: dt.datetime | None
    ) -> LoginSession:
        """Take a proof that is worth something in a session as it stands by now."""
        now = self._clock.now()

        def proved(it: LoginSession) -> LoginSession:
            removed = it.known.removed
            if removed is not None and asked is not None and asked < removed:
                raise LoginRefusedError("relying.proof_old")
            proofs = on_event(self.policy, it.known, event, now)
            if not proofs.usable and proofs.state is not SiteState.ENDED:
                raise LoginRefusedError("relying.touch_refused")
            return replace(it, used=now, proofs=proofs)

        return self._change(session, proved)

    def removed(self, cookie: str, *, connection: str | None = None) -> bool:
        """Take a page's word that the card left; true when the session is over, not locked.

        Either way no connection on which it was used may be used again. Never fails.
        """
        try:
            session = self.look(cookie)
        except LoginRefusedError:
            self.end(cookie, connection=connection)
            return True
        now = self._clock.now()
        try:
            session = self._change(
                session,
                lambda it: _known(it, on_event(self.policy, it.known, SiteEvent.REMOVED, now)),
            )
        except LoginRefusedError:  # it ended: by the policy, or by somebody else meanwhile
            self._close_all(session, connection)
            return True
        self._close_all(session, connection)
        return False

    def current(self, session: LoginSession) -> LoginSession:
        """Return a session that was found before as it stands by now.

        Raises `LoginRefusedError` (``relying.session_unknown``, ``relying.session_locked``) when it
        was ended or locked meanwhile.
        """
        found = self._store.get(session.key)
        if found is None:
            raise LoginRefusedError("relying.session_unknown")
        return _usable(found)

    def seconds_left(self, session: LoginSession) -> int | None:
        """Return after how many seconds time does something to a session; none: never."""
        now = self._clock.now()
        due = next_time(self.policy, at_time(self.policy, session.known, now))
        return None if due is None else max(0, math.ceil((due[0] - now).total_seconds()))

    def demand_strong(self, session: LoginSession) -> None:
        """Refuse a strong operation unless the card proved itself with contacts, recently enough.

        Raises `LoginRefusedError`: ``relying.step_up_contacts``, ``relying.step_up_needed``, and
        those of `current`.
        """
        proofs = at_time(self.policy, self.current(session).known, self._clock.now())
        if proofs.state is SiteState.TOUCHED:
            raise LoginRefusedError("relying.step_up_contacts")
        seconds = self.policy.strong_seconds
        age = abs(self._clock.now() - proofs.proven)
        old = seconds and age >= dt.timedelta(seconds=seconds)
        if old or proofs.state is not SiteState.PROVEN:
            raise LoginRefusedError("relying.step_up_needed", seconds=seconds)

    def _change(
        self, session: LoginSession, change: Callable[[LoginSession], LoginSession]
    ) -> LoginSession:
        """Keep what becomes of a session as it stands by now; one whose proofs ended is gone.

        Raises what ``change`` raises, and `LoginRefusedError` (``relying.session_unknown``,
        ``relying.session_unproven``).
        """
        while True:
            after = change(session)
            if after.known.state is SiteState.ENDED:
                self._store.remove(session.key)
                raise LoginRefusedError("relying.session_unproven")
            if after is session or self._store.replace(session, after):
                return after
            found = self._store.get(session.key)  # somebody else was quicker
            if found is None:
                raise LoginRefusedError("relying.session_unknown")
            session = found

    def _of(self, cookie: str) -> LoginSession:
        session = self._store.get(_key(cookie))
        if session is None:
            raise LoginRefusedError("relying.session_unknown")
        now = self._clock.now()
        # A clock that was set back far ends sessions, as one that was set forward does.
        if abs(now - session.used) >= self._idle or abs(now - session.opened) >= self._absolute:
            self._store.remove(session.key)
            raise LoginRefusedError("relying.session_expired")
        return session

    def _alive(self, cookie: str, fingerprint: str | None, connection: str | None) -> LoginSession:
        """Return a session that may be used on a connection, as far as that goes."""
        session = self._store.get(_key(cookie))
        if session is None or session.fingerprint is not None:
            self._refuse_closed(connection)
        session = self._of(cookie)
        if session.fingerprint is not None and session.fingerprint != fingerprint:
            raise LoginRefusedError("relying.session_other_certificate")
        return session

    def choose(self, session: LoginSession, activity: str) -> LoginSession:
        """Record the activity that the holder chose.

        Raises `LoginRefusedError` (``relying.activity_unknown``) for one that is not theirs in the
        directory, and those of `current`.
        """
        identity = session.verdict.require()
        if activity not in {item.key for item in identity.activities}:
            raise LoginRefusedError("relying.activity_unknown", activity=activity)
        return self._change(
            self.current(session), lambda it: replace(_usable(it), activity=activity)
        )

    def end(self, cookie: str | None, *, connection: str | None = None) -> None:
        """End a session: its cookie is worth nothing from now on.

        At a logout, ``connection`` is the one it came on: that connection and all those on which
        the session was used are logged out, and only a new handshake gives a usable one: no older
        one of the same certificate opens another session. Without ``connection``, when one session
        takes the place of another, only the connection on which the old one was opened is logged
        out. Never fails.
        """
        session = self._store.remove(_key(cookie)) if cookie else None
        if connection is not None:
            self._close_all(session, connection)
        elif session is not None and session.connection:
            self._store.close_connection(session.connection)

    def _close_all(self, session: LoginSession | None, connection: str | None) -> None:
        """Close every connection of a session, and those of its card that nobody has used yet."""
        closed = {connection} if connection else set()
        if session is not None:
            closed |= {session.connection} if session.connection else set()
            closed |= set(session.others)
            card = session.fingerprint or session.verdict.require().fingerprint
            self._store.close_proofs(card, self._clock.now())
        for item in closed:
            self._store.close_connection(item)

    def connection_usable(self, connection: str | None) -> bool:
        """Tell whether a login by client certificate may happen on a connection."""
        return not connection or not self._store.connection_closed(connection)

    def _refuse_closed(self, connection: str | None) -> None:
        if not self.connection_usable(connection):
            raise LoginRefusedError("relying.connection_logged_out")

    def _refuse_old(self, fingerprint: str, proven: dt.datetime | None, code: str) -> None:
        """Refuse a proof that may be from before the last logout of its certificate.

        One that lies ahead may be, too: the clock was set back since.
        """
        ended = None if proven is None else self._store.proofs_closed(fingerprint)
        if proven is not None and ended is not None:
            if not ended <= proven <= self._clock.now():
                raise LoginRefusedError(code)


def _known(session: LoginSession, proofs: Proofs) -> LoginSession:
    """Return a session of whose card something else is known now."""
    return session if proofs == session.proofs else replace(session, proofs=proofs)


def _usable(session: LoginSession) -> LoginSession:
    """Return a usable session. Raises `LoginRefusedError` (``relying.session_locked``)."""
    if not session.known.usable:
        raise LoginRefusedError("relying.session_locked")
    return session


def _with(session: LoginSession, connection: str | None) -> tuple[str, ...]:
    """Add a connection; a browser has a handful at once, so the last few dozen are enough."""
    if connection is None or connection in (session.connection, *session.others):
        return session.others
    return (*session.others, connection)[-_MOST_CONNECTIONS:]


def _key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
