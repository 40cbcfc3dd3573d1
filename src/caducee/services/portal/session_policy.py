# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy of the portal: proofs, locks, and strong operations.

::

    GET  /session/state     where the session stands, after a proof by this connection; no use of
                            the session, so that a page may ask as time passes
    POST /session/proof     a token of the same card: the session goes on, locked or not
    POST /session/touch     the same by the contactless card
    POST /session/strong    an operation that needs a fresh proof with contacts

All answer with JSON. The rules are `SiteSessionPolicy`: ``session_policy`` in its settings.
"""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from caducee.base.clock import Clock
from caducee.base.errors import LoginRefusedError
from caducee.relying.nonces import Challenge
from caducee.relying.session_policy import at_time, next_time
from caducee.relying.sessions import LoginSession, LoginSessions
from caducee.services.portal.logins import Logins
from caducee.services.portal.pages import read_body
from caducee.services.portal.sessions import SESSION_COOKIE
from caducee.services.web.answers import json_response
from caducee.services.web.site import Site

__all__ = ["SessionPolicyPages"]


@dataclass(frozen=True, slots=True)
class SessionPolicyPages:
    """The handlers of session policy."""

    logins: Logins
    clock: Clock

    async def state(self, request: Request, site: Site) -> Response:
        """Tell where the session stands, locked or not."""
        _cookie(request)
        return self._answer(self.logins.sessions.look(request))

    async def proof(self, request: Request, site: Site) -> Response:
        """Take a token of the session's card."""
        token, challenge = await self._asked(request, site)
        verdict = await run_in_threadpool(
            lambda: self.logins.verifier.verify_token(
                token, challenge, seen_origin=request.headers.get("origin")
            )
        )
        session = self._sessions.prove(_cookie(request), verdict, asked=challenge.issued)
        return self._answer(session)

    async def touch(self, request: Request, site: Site) -> Response:
        """Take a token that the session's card signed without contacts."""
        token, challenge = await self._asked(request, site)
        touch = await run_in_threadpool(
            lambda: self.logins.verifier.verify_contactless(
                token, challenge, seen_origin=request.headers.get("origin")
            )
        )
        card = touch.require()
        return self._answer(
            self._sessions.prove_contactless(_cookie(request), card, asked=challenge.issued)
        )

    async def strong(self, request: Request, site: Site) -> Response:
        """Do what needs the holder and the card now: tell that it may be done."""
        session = await self.logins.sessions.find(request)
        self._sessions.demand_strong(session)
        return self._answer(session)

    @property
    def _sessions(self) -> LoginSessions:
        return self.logins.sessions.sessions

    async def _asked(self, request: Request, site: Site) -> tuple[bytes, Challenge]:
        """Return the token of a request, and the challenge that it must answer."""
        _cookie(request)
        token = await read_body(request)
        return token, self.logins.challenge(request, site)

    def _answer(self, session: LoginSession) -> Response:
        policy, now = self._sessions.policy, self.clock.now()
        proofs = at_time(policy, session.known, now)
        due = next_time(policy, proofs)
        return json_response(
            {
                "ok": proofs.usable,
                "state": proofs.state.value,
                "proven": proofs.proven.isoformat(),
                "next": due[1].value if due else None,
                "seconds": self._sessions.seconds_left(session),
                "strong": self._strong(session),
            }
        )

    def _strong(self, session: LoginSession) -> bool:
        """Tell whether a strong operation would be done now."""
        try:
            self._sessions.demand_strong(session)
        except LoginRefusedError:
            return False
        return True


def _cookie(request: Request) -> str:
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        raise LoginRefusedError("portal.not_logged_in")
    return cookie
