# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The two ways to log in: by the certificate of the TLS connection, and by token."""

from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caducee.base.errors import LoginRefusedError
from caducee.relying.asgi import client_connection
from caducee.relying.nonces import Challenge, Challenges
from caducee.relying.verdict import Verdict
from caducee.relying.verifier import Verifier
from caducee.services.portal.answers import Answers
from caducee.services.portal.pages import prefers_json, read_body
from caducee.services.portal.sessions import LOGIN_COOKIE, HolderSessions
from caducee.services.portal.views import session_json
from caducee.services.portal.ways import arrived, fall_back
from caducee.services.web.answers import json_response, set_cookie
from caducee.services.web.clients import client_network
from caducee.services.web.rate_limit import RateLimiter
from caducee.services.web.site import Site

__all__ = ["LOGIN_PURPOSE", "NONCE_MINUTES", "Logins"]

LOGIN_PURPOSE = "login"
"""What the nonces of this site are for: a login, or another proof of the same card."""

NONCE_MINUTES = 5
"""Minutes for which a nonce can be answered."""

_BURST, _EACH_SECOND = 120, 10
"""Nonces that one client network (a whole hospital, perhaps) may ask for at once, and then in each
second."""


@dataclass(frozen=True, slots=True)
class Logins:
    """The handlers of the login."""

    answers: Answers
    verifier: Verifier
    sessions: HolderSessions
    challenges: dict[str, Challenges]
    """Nonces, one source for each origin of the portal."""
    rate_limiter: RateLimiter = field(
        default_factory=lambda: RateLimiter(burst=_BURST, each_second=_EACH_SECOND)
    )
    """How many nonces one client network may ask for."""

    async def by_certificate(self, request: Request, site: Site) -> Response:
        """Log the holder of the connection's certificate in.

        Where no certificate is asked for, go where one is.
        """
        if not site.asks:
            return RedirectResponse(site.way12, 303)
        connection = client_connection(request.scope)
        if self.sessions.holds(request):
            return arrived(await self._logged_in(request, None), request, site, admitted=True)
        if connection.certificate is None and (other := fall_back(request, site)):
            return other
        verdict = await run_in_threadpool(self.verifier.verify_connection, connection)
        if not verdict.ok:
            refusal = self._refused(request, site, verdict)
            return arrived(refusal, request, site, admitted=False)
        cookie = self.sessions.open(request, verdict, connection)
        return arrived(await self._logged_in(request, cookie), request, site, admitted=True)

    async def token_page(self, request: Request, site: Site) -> Response:
        """Explain how a program logs in by token."""
        return self.answers.pages.html(
            request, "token.html", origin=site.origin, nonce_minutes=NONCE_MINUTES
        )

    async def nonce(self, request: Request, site: Site) -> Response:
        """Issue a nonce; its ticket goes into a cookie of this browser.

        Raises `LoginRefusedError` (``portal.too_many_requests``).
        """
        network = client_network(request)
        if network and not self.rate_limiter.admits(network):
            raise LoginRefusedError("portal.too_many_requests")
        issued = self.challenges[site.origin].issue(LOGIN_PURPOSE)
        answer = json_response({"nonce": issued.nonce, "origin": site.origin})
        set_cookie(answer, LOGIN_COOKIE, issued.ticket, seconds=NONCE_MINUTES * 60)
        return answer

    def challenge(self, request: Request, site: Site) -> Challenge:
        """Use up the nonce that a request's cookie brings back."""
        ticket = request.cookies.get(LOGIN_COOKIE, "")
        return self.challenges[site.origin].take(ticket, LOGIN_PURPOSE)

    async def by_token(self, request: Request, site: Site) -> Response:
        """Log in by a Web eID token that answers the nonce of the cookie."""
        token = await read_body(request)
        challenge = self.challenge(request, site)
        verdict = await run_in_threadpool(
            lambda: self.verifier.verify_token(
                token, challenge, seen_origin=request.headers.get("origin")
            )
        )
        if not verdict.ok:
            return self._refused(request, site, verdict)
        if self.sessions.resume(request, verdict, challenge.issued):
            return await self._logged_in(request, None)
        cookie = self.sessions.open(request, verdict, None, asked=challenge.issued)
        return await self._logged_in(request, cookie)

    def _refused(self, request: Request, site: Site, verdict: Verdict) -> Response:
        try:
            verdict.require()
        except LoginRefusedError as error:
            if error.code == "relying.certificate_absent" and site.tls13:
                error = LoginRefusedError("portal.certificate_absent_tls13")
            return self.answers.refuse(request, error, verdict)
        raise AssertionError("an admitted holder is not refused")

    async def _logged_in(self, request: Request, cookie: str | None) -> Response:
        """Answer a login: JSON for a program, the session's page for a person."""
        answer: Response = RedirectResponse("/session", 303)
        if prefers_json(request):
            session = await self.sessions.find(request, cookie)
            answer = json_response(session_json(session))
        if cookie is not None:
            self.sessions.give(answer, cookie)
        return answer
