# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers requests: a page or JSON when all is well, an explained refusal when not."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from caducee.base.errors import CpsError, LoginRefusedError
from caducee.base.i18n import N_, gettext
from caducee.relying.verdict import Verdict
from caducee.services.portal import texts
from caducee.services.portal.pages import Link, Pages, prefers_json
from caducee.services.portal.personal import card_name
from caducee.services.portal.retry import ends_connection, forget_retries, retry
from caducee.services.portal.views import Refusal, check_views, verdict_json
from caducee.services.web.answers import json_response
from caducee.services.web.settings import PortalAddresses
from caducee.services.web.site import Site, site_of

__all__ = ["Answers", "Handler"]

_log = logging.getLogger(__name__)

type Handler = Callable[[Request, Site], Awaitable[Response]]

_STATUS: Final = {
    "portal.activity_missing": 400,
    "portal.fault": 500,
    "portal.method_not_allowed": 405,
    "portal.not_found": 404,
    "portal.request_too_large": 413,
    "portal.request_unreadable": 400,
    "portal.too_many_requests": 429,
    "portal.wrong_host": 421,
    "relying.activity_unknown": 400,
    "relying.directory_unavailable": 503,
}
"""The HTTP status of a refusal; every other one is 403."""

_LOGIN_REFUSED = N_("The login was refused")
_HEADINGS: Final = {
    "portal.not_logged_in": N_("Please log in"),
    "relying.session_unknown": N_("Please log in again"),
    "relying.session_expired": N_("Please log in again"),
    "relying.session_locked": N_("The session is locked"),
    "relying.session_unproven": N_("Please log in again"),
    "relying.step_up_needed": N_("Please show your card again"),
    "relying.step_up_contacts": N_("Please insert your card"),
    "relying.session_other_certificate": N_("This session belongs to another card"),
    "relying.connection_logged_out": N_("This connection is closed"),
    "portal.not_found": N_("Page not found"),
    "portal.fault": N_("Something went wrong"),
    "portal.too_many_requests": N_("Please wait a moment"),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """Writes every answer of the portal."""

    pages: Pages
    addresses: PortalAddresses

    def guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Wrap a handler: find the site, and explain every failure. Nothing is raised."""

        async def endpoint(request: Request) -> Response:
            try:
                answer = await handler(request, site_of(request, self.addresses))
                return forget_retries(request, answer)
            except CpsError as error:
                answer = retry(request, error) or self.refuse(request, error)
                if ends_connection(error):
                    answer.headers["connection"] = "close"
                return answer
            except Exception:
                _log.exception("a request failed")
                return self.refuse(request, LoginRefusedError("portal.fault"))

        return endpoint

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Explain what the router refuses: no such page, or not this method."""
        refusal: CpsError = LoginRefusedError("portal.not_found")
        headers: Mapping[str, str] | None = None
        if isinstance(error, HTTPException) and error.status_code != 404:
            refusal = LoginRefusedError("portal.request_unreadable")
            headers = error.headers
            if error.status_code == 405:
                refusal = LoginRefusedError("portal.method_not_allowed", method=request.method[:20])
        answer = self.refuse(request, refusal)
        answer.headers.update(headers or {})
        return answer

    def refuse(self, request: Request, error: CpsError, verdict: Verdict | None = None) -> Response:
        """Answer with a refusal: what happened, why, what to do, and every check."""
        status = _STATUS.get(error.code, 403)
        refusal = Refusal.of(error)
        links = self._links(request, error.code)
        if prefers_json(request):
            return json_response(_refusal_json(refusal, links, verdict), status)
        return self._refusal_page(request, refusal, links, verdict, status)

    def general(self, request: Request, refusal: Refusal) -> Response:
        """Show the page of a code without a case; the page itself has status 200."""
        links = self._links(request, refusal.code)
        if prefers_json(request):
            return json_response(_refusal_json(refusal, links, None), 200)
        return self._refusal_page(request, refusal, links, None, 200)

    def _refusal_page(
        self,
        request: Request,
        refusal: Refusal,
        links: list[Link],
        verdict: Verdict | None,
        status: int,
    ) -> Response:
        heading = _HEADINGS.get(refusal.code, _LOGIN_REFUSED)
        identity = verdict.identity if verdict else None
        return self.pages.html(
            request,
            "refusal.html",
            status,
            heading=gettext(heading),
            refusal=refusal,
            identity=identity,
            card=card_name(identity),
            family=texts.family(identity.family) if identity else "",
            checks=check_views(verdict) if verdict else [],
            links=links,
        )

    def _links(self, request: Request, code: str) -> list[Link]:
        """Return the next steps for a code, the most useful one first."""
        home = Link("/", gettext(N_("Back to the start")))
        all_refusals = Link("/refusals", gettext(N_("Why a login can be refused")))
        try:
            site = site_of(request, self.addresses)
        except CpsError:
            return [home]
        if code in ("portal.certificate_absent_tls13", "relying.session_other_certificate"):
            return [Link(site.way12, gettext(N_("Log in with my card"))), home]
        if code in ("relying.activity_unknown", "portal.activity_missing"):
            return [Link("/session/activity", gettext(N_("Choose an activity"))), home]
        if code in _HEADINGS:
            return [home]
        return [home, all_refusals]


def _refusal_json(
    refusal: Refusal, links: list[Link], verdict: Verdict | None
) -> dict[str, object]:
    return {
        "ok": False,
        "refusal": refusal.to_dict(),
        "card": card_name(verdict.identity if verdict else None),
        "links": [{"href": link.href, "text": link.text} for link in links],
        "verdict": verdict_json(verdict) if verdict else None,
    }
