# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Logging in: by card, or by a local account for those who have no card yet."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import Response

from caducee.base.errors import CpsError, IssueError
from caducee.base.secret import Secret
from caducee.relying.verdict import Identity
from caducee.services.ordering.access import Access, Way
from caducee.services.ordering.accounts import Kept
from caducee.services.ordering.checks import is_email
from caducee.services.ordering.site.page_request import (
    SESSION_COOKIE,
    VISITOR_COOKIE,
    PageRequest,
    go,
    local,
)
from caducee.services.ordering.site.request_guard import wait_seconds
from caducee.services.ordering.site.site_context import SiteContext
from caducee.services.web.answers import json_response

__all__ = ["LoginPages"]

_log = logging.getLogger(__name__)

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class LoginPages:
    """The handlers."""

    context: SiteContext

    def ask(self, visit: PageRequest) -> Response:
        """Show the ways to log in."""
        return self._login(visit, {"email": visit.asked("email")}, local(visit.asked("next")))

    def by_password(self, visit: PageRequest) -> Response:
        """Log in by address and password."""
        email, then = visit.posted.get("email")[:_LONGEST], local(visit.posted.get("next"))
        try:
            password = Secret.of(visit.posted.get("password"))
            account = self.context.accounts.log_in(email, password, visit.source)
        except IssueError as error:
            return self._login(visit, {"email": email}, then, error)
        self.context.let_in(visit, account, Access(Way.PASSWORD))
        return go(then)

    def by_certificate(self, visit: PageRequest) -> Response:
        """Log in by the certificate of the connection; go where one is asked for first."""
        then = local(visit.asked("next"))
        site = visit.site
        if not site.asks:
            base = site.way13 if visit.asked("tls", 4) == "13" else site.way12
            return go(f"{base}?next={quote(then)}")
        identity = self.context.by_certificate(visit)
        self._let_holder_in(visit, Way.CERTIFICATE, identity)
        return go(self.context.home + then)

    def nonce(self, visit: PageRequest) -> Response:
        """Give a nonce that is bound to this browser."""
        return self.context.nonce(visit, _purpose(visit))

    def by_token(self, visit: PageRequest) -> Response:
        """Log in by a token of the card."""
        identity = self.context.by_token(visit, _purpose(visit))
        self._let_holder_in(visit, Way.TOKEN, identity)
        return json_response({"ok": True})

    def ask_new(self, visit: PageRequest) -> Response:
        """Show the form of a new account."""
        return self._new(visit, {name: visit.asked(name) for name in ("email", "name")})

    def register(self, visit: PageRequest) -> Response:
        """Enter an account; the code that confirms it is on its way."""
        typed = {name: visit.posted.get(name).strip() for name in ("email", "name")}
        try:
            _check_person(typed["email"], typed["name"])
            password = Secret.of(visit.posted.get("password"))
            self.context.accounts.register(
                typed["email"],
                typed["name"],
                password,
                browser=visit.visitor,
                source=visit.source,
            )
        except IssueError as error:
            return self._new(visit, typed, error)
        return go(f"/confirm?email={quote(typed['email'])}")

    def ask_code(self, visit: PageRequest) -> Response:
        """Ask for the code that was sent."""
        return self._code(visit, visit.asked("email"))

    def confirm(self, visit: PageRequest) -> Response:
        """Confirm an address, and log its owner in."""
        email = visit.posted.get("email")[:_LONGEST]
        code = visit.posted.get("code")[:_LONGEST]
        try:
            account = self.context.accounts.confirm(
                email, code, browser=visit.visitor, source=visit.source
            )
        except IssueError as error:
            # A second click, at the same moment as the first, finds its code used by that one.
            if _code_wrong(error) and self.context.accounts.was_confirmed(
                email, code, browser=visit.visitor
            ):
                return go("/basket")
            return self._code(visit, email, error)
        self.context.let_in(visit, account, Access(Way.CODE))
        return go("/basket")

    def ask_forgotten(self, visit: PageRequest) -> Response:
        """Ask whose password was forgotten."""
        return self.context.pages.html(visit, "forgotten.html", error=None, email="")

    def forgotten(self, visit: PageRequest) -> Response:
        """Send a code, if somebody has that address; the answer is the same."""
        email = visit.posted.get("email").strip()[:_LONGEST]
        try:
            send = self.context.accounts.forgotten(
                email, browser=visit.visitor, source=visit.source
            )
        except IssueError as error:
            return self._html(visit, "forgotten.html", error, email=email)
        answer = go(f"/password?email={quote(email)}")
        answer.background = BackgroundTask(_done_or_logged, send)
        return answer

    def ask_password(self, visit: PageRequest) -> Response:
        """Ask for the code and another password."""
        return self._password(visit, visit.asked("email"))

    def choose_password(self, visit: PageRequest) -> Response:
        """Choose another password."""
        email = visit.posted.get("email")[:_LONGEST]
        code = visit.posted.get("code")[:_LONGEST]
        try:
            password = Secret.of(visit.posted.get("password"))
            account = self.context.accounts.choose_password(
                email,
                code,
                password,
                browser=visit.visitor,
                keep=[member for member in Kept if visit.posted.has(f"keep.{member}")],
                source=visit.source,
            )
        except IssueError as error:
            if _code_wrong(error) and self.context.accounts.was_chosen(
                email, code, browser=visit.visitor
            ):
                return go("/orders")
            return self._password(visit, email, error)
        self.context.let_in(visit, account, Access(Way.CODE))
        return go("/orders")

    def log_out(self, visit: PageRequest) -> Response:
        """End the session; forms that are still open in this browser are worth nothing then."""
        if visit.session is not None:
            self.context.sessions.end(visit.session)
        visit.account = None
        visit.cookies |= {SESSION_COOKIE: None, VISITOR_COOKIE: None}
        return go("/")

    def _let_holder_in(self, visit: PageRequest, way: Way, identity: Identity) -> None:
        account = self.context.accounts.of_card(identity.ps_idnat, identity.name)
        self.context.let_in(visit, account, Access.by_card(way, identity))

    def _login(
        self, visit: PageRequest, typed: dict[str, str], then: str, error: IssueError | None = None
    ) -> Response:
        return self._html(visit, "login.html", error, typed=typed, then=then)

    def _new(
        self, visit: PageRequest, typed: dict[str, str], error: IssueError | None = None
    ) -> Response:
        return self._html(visit, "register.html", error, typed=typed)

    def _code(self, visit: PageRequest, email: str, error: IssueError | None = None) -> Response:
        return self._html(visit, "confirm.html", error, email=email)

    def _password(
        self, visit: PageRequest, email: str, error: IssueError | None = None
    ) -> Response:
        return self._html(visit, "password.html", error, email=email)

    def _html(
        self, visit: PageRequest, name: str, error: IssueError | None, **shown: object
    ) -> Response:
        """Return a form, with what was wrong with the last one."""
        waits = error is not None and error.code == "ordering.login_wait"
        status = 429 if waits else 400 if error else 200
        answer = self.context.pages.html(visit, name, status, error=error, **shown)
        if waits and error is not None:
            answer.headers["retry-after"] = str(wait_seconds(error))
        return answer


def _done_or_logged(send: Callable[[], None]) -> None:
    try:
        send()
    except CpsError as error:
        _log.error("a code was not sent: %s", error.code)


def _purpose(visit: PageRequest) -> str:
    return f"login:{visit.visitor}"


def _code_wrong(error: IssueError) -> bool:
    return error.code == "ordering.code_wrong"


def _check_person(email: str, name: str) -> None:
    if not is_email(email) or len(email) > _LONGEST:
        raise IssueError("ordering.email")
    if not name:
        raise IssueError("ordering.missing")
    if len(name) > _LONGEST:
        raise IssueError("ordering.too_long", most=_LONGEST)
    if not name.isprintable():
        raise IssueError("ordering.characters")
