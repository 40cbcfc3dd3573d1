# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One request: where it came to, who is logged in, what they sent, and the answer's cookies."""

import base64
import hmac
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caducee.base.errors import IssueError
from caducee.services.ordering.access import Access, Way
from caducee.services.ordering.accounts import Account
from caducee.services.ordering.codes import Source
from caducee.services.ordering.orders import Actor
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site.posted import Posted
from caducee.services.web.clients import client_network
from caducee.services.web.site import Site

__all__ = [
    "BASKET_COOKIE",
    "BROWSER_COOKIE",
    "NONCE_COOKIE",
    "SESSION_COOKIE",
    "VISITOR_COOKIE",
    "PageRequest",
    "go",
    "local",
]

SESSION_COOKIE = "__Host-order"
VISITOR_COOKIE = "__Host-order-visitor"
BASKET_COOKIE = "__Host-order-basket"
BROWSER_COOKIE = "__Host-order-browser"
NONCE_COOKIE = "__Host-order-nonce"


_BY_PASSWORD = Access(Way.PASSWORD)


@dataclass(slots=True)
class PageRequest:
    """A request as handlers see it."""

    request: Request
    site: Site
    posted: Posted
    visitor: str
    """Secret of this browser, in a cookie: what tokens in forms are made of."""

    session: str | None
    account: Account | None
    cookies: dict[str, str | None] = field(default_factory=dict)
    """Cookies that the answer sets; none removes one."""

    access: Access = _BY_PASSWORD
    """How the one who is logged in opened the session."""

    @property
    def source(self) -> Source:
        """Where the request comes from, for tries that are counted."""
        browser = self.request.cookies.get(BROWSER_COOKIE, "")
        return Source(client_network(self.request), browser if len(browser) < 100 else "")

    def part(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def asked(self, name: str, most: int = 200) -> str:
        """Return a value of the query, cut."""
        return self.request.query_params.get(name, "")[:most]

    @property
    def me(self) -> Account:
        """Who is logged in. Raises `IssueError` (``ordering.not_logged_in``)."""
        if self.account is None:
            raise IssueError("ordering.not_logged_in")
        return self.account

    @property
    def applicant(self) -> Actor:
        """The one who is logged in, as an applicant."""
        return Actor(self.me.id, Role.APPLICANT)

    def acting(self, role: Role) -> Actor:
        """Return the one who is logged in, in a role. Raises `IssueError`."""
        if role not in self.me.roles:
            raise IssueError("ordering.role_missing", role=role.value)
        return Actor(self.me.id, role)

    def token(self, action: str) -> str:
        """Return the proof that a form to this path was made for this browser."""
        made = hmac.digest(self.visitor.encode(), f"form:{action}".encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    def check_token(self) -> None:
        """Refuse a form that was not made for this browser and path. Raises `IssueError`."""
        given = self.posted.get("csrf").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self.token(self.request.url.path).encode()):
            raise IssueError("ordering.form_elsewhere")


def go(path: str) -> Response:
    """Go on to a page of this site, by GET."""
    return RedirectResponse(path, 303)


def local(path: str, default: str = "/orders") -> str:
    """Return a path of this site as it was given, or the default for anything else."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe and path.isascii() and "\\" not in path else default
