# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The sessions of the portal as requests meet them: cookies, connection, directory.

A session ends at its logout, after a while without use, when its connection shows another card
or none, and as soon as the directory closes the holder or the card.
"""

import datetime as dt
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from caducee.base.errors import CpsError, LoginRefusedError
from caducee.relying.asgi import client_connection
from caducee.relying.client import ClientConnection
from caducee.relying.registry import HolderRegistry
from caducee.relying.session_policy import SiteState
from caducee.relying.sessions import LoginSession, LoginSessions
from caducee.relying.verdict import Identity, Verdict
from caducee.services.web.answers import set_cookie

__all__ = ["LOGIN_COOKIE", "SESSION_COOKIE", "HolderSessions"]

SESSION_COOKIE = "__Host-session"
"""The cookie of a session."""

LOGIN_COOKIE = "__Host-login"
"""The cookie that a nonce is bound to, before there is a session."""


@dataclass(frozen=True, slots=True)
class HolderSessions:
    """Opens, finds and ends the sessions of holders."""

    sessions: LoginSessions
    holders: HolderRegistry

    def holds(self, request: Request) -> bool:
        """Tell whether the request comes with a session that its certificate opened."""
        fingerprint = client_connection(request.scope).fingerprint
        try:
            session = self._find(request, request.cookies.get(SESSION_COOKIE, ""))
        except LoginRefusedError:
            return False
        return session.fingerprint is not None and session.fingerprint == fingerprint

    def open(
        self,
        request: Request,
        verdict: Verdict,
        connection: ClientConnection | None,
        *,
        asked: dt.datetime | None = None,
    ) -> str:
        """Open a session, end the one before it, and return the new cookie's value.

        ``connection`` is that of the client certificate; none for a login by token, of which
        ``asked`` is when its nonce was given. Raises `LoginRefusedError`.
        """
        cookie = self.sessions.open(
            verdict,
            fingerprint=connection.fingerprint if connection else None,
            connection=connection.id or None if connection else None,
            handshake=connection.begun if connection else None,
            asked=asked,
        )
        self._end_before(request)
        return cookie

    async def find(self, request: Request, cookie: str | None = None) -> LoginSession:
        """Return the session of a request. Raises `LoginRefusedError`."""
        cookie = cookie or request.cookies.get(SESSION_COOKIE)
        if not cookie:
            raise LoginRefusedError("portal.not_logged_in")
        session = self._find(request, cookie)
        try:
            await run_in_threadpool(self._still_admitted, session.verdict.require())
        except LoginRefusedError:
            self.end(request)
            raise
        except CpsError as error:
            raise LoginRefusedError("relying.directory_unavailable") from error
        return self.sessions.current(session)

    def give(self, answer: Response, cookie: str) -> None:
        """Put the cookie of a session into an answer, and take the login's cookie away."""
        set_cookie(answer, SESSION_COOKIE, cookie)
        set_cookie(answer, LOGIN_COOKIE, "", seconds=0)

    def end(self, request: Request) -> None:
        """Log out: neither the cookie nor the connection can be used again."""
        connection = client_connection(request.scope).id or None
        self.sessions.end(request.cookies.get(SESSION_COOKIE), connection=connection)

    def look(self, request: Request) -> LoginSession:
        """Return the session of a request as it stands, without counting as its use."""
        connection = client_connection(request.scope)
        return self.sessions.look(
            request.cookies.get(SESSION_COOKIE, ""),
            fingerprint=connection.fingerprint,
            handshake=connection.begun,
        )

    def seconds_left(self, session: LoginSession) -> int | None:
        """Return after how many seconds time does something to a session; none: never."""
        return self.sessions.seconds_left(session)

    def removed(self, request: Request) -> bool:
        """Take the page's word that the card left; true when the session is over, not locked."""
        cookie = request.cookies.get(SESSION_COOKIE)
        connection = client_connection(request.scope).id or None
        return not cookie or self.sessions.removed(cookie, connection=connection)

    def resume(self, request: Request, verdict: Verdict, asked: dt.datetime | None) -> bool:
        """Let the session of a request go on by a login of its own card, when it needs a proof.

        ``asked`` is when the nonce of its token was given. False when there is none that does:
        then a login opens a new one.
        """
        cookie = request.cookies.get(SESSION_COOKIE, "")
        try:
            session = self.sessions.look(cookie)
            own = session.verdict.require().fingerprint == verdict.require().fingerprint
            if not own or session.known.state is SiteState.PROVEN:
                return False
            self.sessions.prove(cookie, verdict, asked=asked)
        except LoginRefusedError:
            return False
        return True

    def _end_before(self, request: Request) -> None:
        """End the session that the request came with, unless that would end this connection."""
        before = request.cookies.get(SESSION_COOKIE)
        if not before:
            return
        try:
            connection = self._find(request, before).connection
        except LoginRefusedError:
            connection = None
        if connection is None or connection != client_connection(request.scope).id:
            self.sessions.end(before)

    def _find(self, request: Request, cookie: str) -> LoginSession:
        connection = client_connection(request.scope)
        return self.sessions.find(
            cookie,
            fingerprint=connection.fingerprint,
            connection=connection.id or None,
            handshake=connection.begun,
        )

    def _still_admitted(self, identity: Identity) -> None:
        """Ask the directory again. Raises `LoginRefusedError`."""
        holder = self.holders.holder(identity.ps_idnat)
        if holder is None:
            raise LoginRefusedError("relying.holder_unknown", ps_idnat=identity.ps_idnat)
        if not holder.active:
            raise LoginRefusedError("relying.holder_inactive", ps_idnat=identity.ps_idnat)
        if identity.card_id and self.holders.card_active(identity.card_id) is False:
            raise LoginRefusedError("relying.card_opposed", card_id=identity.card_id)
