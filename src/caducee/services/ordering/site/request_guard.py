# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of every request: host, origin, size, rate, session, form token; then its page."""

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from caducee.base.errors import CpsError, FormatError, IssueError, LoginRefusedError
from caducee.services.ordering.codes import digest
from caducee.services.ordering.site.page_request import (
    BASKET_COOKIE,
    BROWSER_COOKIE,
    SESSION_COOKIE,
    VISITOR_COOKIE,
    PageRequest,
    go,
)
from caducee.services.ordering.site.pages import SitePages
from caducee.services.ordering.site.password_pool import PasswordPool
from caducee.services.ordering.site.posted import Posted, read_body, read_posted
from caducee.services.ordering.site.sessions import LoginSessions
from caducee.services.web.answers import json_response, set_cookie
from caducee.services.web.clients import client_network
from caducee.services.web.rate_limit import RateLimiter
from caducee.services.web.settings import PortalAddresses
from caducee.services.web.site import site_of

__all__ = ["Handler", "RequestGuard", "wait_seconds"]

_log = logging.getLogger(__name__)

type Handler = Callable[[PageRequest], Response]

_MONTH = 30 * 24 * 3600
_HALF_YEAR = 180 * 24 * 3600
_LASTING = (VISITOR_COOKIE, BASKET_COOKIE, BROWSER_COOKIE)
"""Cookies that outlive the browser's run."""

_VISITOR_BYTES = 32
_BURST, _EACH_SECOND = 60, 5
"""How many forms one client network, or one session, may send at once, and in each second."""

_MOST_SESSIONS = 10_000
"""Sessions that are remembered as valid, so that they pay for their forms themselves."""

_STATUS = {
    "ordering.busy": 429,
    "ordering.card_unknown": 404,
    "ordering.card_unlinked": 403,
    "ordering.changed_meanwhile": 409,
    "ordering.fault": 500,
    "ordering.form_elsewhere": 403,
    "ordering.link_expired": 410,
    "ordering.link_unknown": 404,
    "ordering.link_used": 410,
    "ordering.login_wait": 429,
    "ordering.login_wrong": 403,
    "ordering.not_logged_in": 401,
    "ordering.own_order": 403,
    "ordering.page_unknown": 404,
    "ordering.passwords_busy": 503,
    "ordering.product_unknown": 404,
    "ordering.request_slow": 408,
    "ordering.request_too_large": 413,
    "ordering.role_missing": 403,
    "ordering.role_wrong": 403,
    "ordering.state_wrong": 409,
    "ordering.unknown": 404,
    "portal.front_not_trusted": 403,
    "portal.method_not_allowed": 405,
    "portal.request_from_elsewhere": 403,
    "portal.request_unreadable": 400,
    "portal.wrong_host": 421,
    "relying.directory_unavailable": 503,
}
"""The HTTP status of a refusal; of a login that was refused 403, of every other one 400."""


_INSIDE = ("authority.", "base.", "directory.")
"""Areas of faults that no visitor can do anything about."""

_UNDECIDED = "relying.directory_unavailable"
"""The directory did not answer: this request is refused, the session goes on."""

_AGAIN = {"ordering.busy": 10, "ordering.passwords_busy": 5}
"""Seconds after which a request that found no place may come again."""

_UNREAD = (408, 413)
"""Of these refusals the rest of the body is not read: the connection ends."""


class RequestGuard:
    """Guards the handlers."""

    def __init__(
        self,
        pages: SitePages,
        sessions: LoginSessions,
        addresses: PortalAddresses,
        rate_limiter: RateLimiter | None = None,
        passwords: PasswordPool | None = None,
    ) -> None:
        self._pages = pages
        self._sessions = sessions
        self._addresses = addresses
        self._rate_limiter = rate_limiter or RateLimiter(burst=_BURST, each_second=_EACH_SECOND)
        self._passwords = passwords or PasswordPool(sessions.accounts)
        self._valid: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def guarded(
        self, handler: Handler, *, json: bool = False, password: bool = False
    ) -> Callable[[Request], object]:
        """Return an endpoint.

        With ``json`` it is for a script, which sends no form. With ``password`` the handler hashes
        one, which takes long: it runs on threads of its own (`PasswordPool`).
        """

        async def endpoint(request: Request) -> Response:
            visit: PageRequest | None = None
            try:
                visit = await self._arrive(request, json=json)
                work = partial(self._handle, visit, handler, json)
                answer = await (
                    self._passwords.run(visit, work) if password else run_in_threadpool(work)
                )
            except CpsError as error:
                answer = await run_in_threadpool(self.refuse, request, visit, error, json)
            except Exception:
                _log.exception("a request failed")
                fault = IssueError("ordering.fault")
                answer = await run_in_threadpool(self.refuse, request, visit, fault, json)
            if visit is not None:
                _give_cookies(visit, answer)
            return answer

        return endpoint

    def refuse(
        self, request: Request, visit: PageRequest | None, error: CpsError, json: bool = False
    ) -> Response:
        """Answer with what happened and what to do; who must log in first is led there.

        What the database or a disk says of itself stays inside.
        """
        if error.code.startswith(_INSIDE):
            _log.error("a request failed: %s", error.code)
            error = IssueError("ordering.fault")
        if error.code.startswith(("relying.", "trust.", "portal.")):
            status = _STATUS.get(error.code, 403)
        else:
            status = _STATUS.get(error.code, 400)
        answer = self._refusal(request, visit, error, status, json)
        if status in (429, 503):
            answer.headers["retry-after"] = str(wait_seconds(error))
        return answer

    def _refusal(
        self, request: Request, visit: PageRequest | None, error: CpsError, status: int, json: bool
    ) -> Response:
        if json:
            refusal = {
                "code": error.code,
                "what": error.sentence(),
                "why": "",
                "next": error.advice(),
            }
            return json_response({"ok": False, "refusal": refusal}, status)
        if error.code == "ordering.not_logged_in" and request.method == "GET":
            return go(f"/login?next={quote(request.url.path)}")
        answer = self._pages.refusal(request, visit, error, status)
        if status in _UNREAD:
            answer.headers["connection"] = "close"
        return answer

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Explain what the router refuses."""
        refusal: CpsError = IssueError("ordering.page_unknown")
        if isinstance(error, HTTPException) and error.status_code == 405:
            refusal = IssueError("portal.method_not_allowed", method=request.method[:20])
        return self.refuse(request, None, refusal)

    async def _arrive(self, request: Request, *, json: bool) -> PageRequest:
        site = site_of(request, self._addresses)
        if "\0" in "".join((request.scope["path"], *request.query_params.values())):
            # PostgreSQL takes no such text, not even to look for it.
            raise FormatError("portal.request_unreadable")
        posted = Posted()
        # Scripts get nonces, which are counted like forms.
        if (json or request.method == "POST") and not self._admits(request):
            raise IssueError("ordering.busy")
        if request.method == "POST":
            body = await read_body(request)
            posted = Posted([("json", body.decode("utf-8", "replace"))]) if json else posted
            posted = posted if json else read_posted(body)
        visitor = request.cookies.get(VISITOR_COOKIE, "")
        visit = PageRequest(request, site, posted, visitor, None, None)
        if not visitor or len(visitor) > 100:
            visit.visitor = secrets.token_urlsafe(_VISITOR_BYTES)
            visit.cookies[VISITOR_COOKIE] = visit.visitor
        return visit

    def _admits(self, request: Request) -> bool:
        """Count a request: one of a valid session for the session, others for their network."""
        session = digest("session", request.cookies.get(SESSION_COOKIE, ""))
        with self._lock:
            valid = session in self._valid
        return self._rate_limiter.admits(session if valid else client_network(request))

    def _handle(self, visit: PageRequest, handler: Handler, json: bool) -> Response:
        cookie = visit.request.cookies.get(SESSION_COOKIE, "")
        if cookie:
            self._find(visit, cookie)
        if visit.request.method == "POST" and not json:
            visit.check_token()
        return handler(visit)

    def _find(self, visit: PageRequest, cookie: str) -> None:
        """Find who is logged in. Raises `LoginRefusedError` once if the card was stopped.

        The cookie is removed then: the next request is anonymous.
        """
        try:
            login = self._sessions.find(cookie)
            self._remember(cookie, valid=login is not None)
        except LoginRefusedError as error:
            self._remember(cookie, valid=False)
            if error.code != _UNDECIDED:
                visit.cookies[SESSION_COOKIE] = None
            raise
        if login is not None:
            visit.account, visit.access, visit.session = login.account, login.access, cookie

    def _remember(self, cookie: str, *, valid: bool) -> None:
        session = digest("session", cookie)
        with self._lock:
            self._valid.pop(session, None)
            if valid:
                self._valid[session] = None
            if len(self._valid) > _MOST_SESSIONS:
                self._valid.popitem(last=False)


def wait_seconds(error: CpsError) -> int:
    """Return after how many seconds a request may come again."""
    minutes = error.facts.get("minutes")
    return minutes * 60 if isinstance(minutes, int) else _AGAIN.get(error.code, 5)


def _give_cookies(visit: PageRequest, answer: Response) -> None:
    for name, value in visit.cookies.items():
        if value is None:
            set_cookie(answer, name, "", seconds=0)
        else:
            lasts = _HALF_YEAR if name == BROWSER_COOKIE else _MONTH
            set_cookie(answer, name, value, seconds=lasts if name in _LASTING else None)
