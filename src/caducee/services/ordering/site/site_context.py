# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the handlers share."""

import secrets
from dataclasses import dataclass

from starlette.responses import Response

from caducee.base.errors import CpsError, IssueError
from caducee.relying.asgi import client_connection
from caducee.relying.nonces import Challenges
from caducee.relying.verdict import Identity
from caducee.relying.verifier import Verifier
from caducee.services.ordering.access import Access
from caducee.services.ordering.accounts import Account, Accounts
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.site.page_request import (
    BROWSER_COOKIE,
    NONCE_COOKIE,
    SESSION_COOKIE,
    PageRequest,
)
from caducee.services.ordering.site.pages import SitePages
from caducee.services.ordering.site.sessions import LoginSessions
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.web.answers import json_response
from caducee.services.web.settings import PortalAddresses

__all__ = ["SiteContext"]

_BYTES = 32


@dataclass(frozen=True, slots=True)
class SiteContext:
    """The service, its accounts, and how logins are judged."""

    ordering: Ordering
    accounts: Accounts
    sessions: LoginSessions
    pages: SitePages
    verifier: Verifier
    addresses: PortalAddresses
    challenges: dict[str, Challenges]
    """Nonces, one source for each origin of the site."""

    @property
    def home(self) -> str:
        """The origin where people are when no certificate is asked for."""
        return self.addresses.front or self.addresses.open

    def own(self, visit: PageRequest) -> Order:
        """Return the order of the path, if it is the visitor's own.

        Raises `IssueError` (``ordering.unknown``) for another's, as for one that is not there.
        """
        me = visit.me
        order = self.ordering.orders.order(visit.part("order"))
        if order.applicant != me.id:
            raise IssueError("ordering.unknown")
        return order

    def act_once(
        self,
        order: Order,
        actor: Actor,
        action: OrderAction,
        goal: OrderState,
        *,
        note: str = "",
        link: str = "",
    ) -> None:
        """Take a step; a second click, at the same moment or later, finds it taken by the first.

        Raises as `Ordering.act`.
        """
        try:
            self.ordering.act(order, actor, action, note, link=link)
        except CpsError:
            last = self.ordering.orders.steps(order)[-1]
            taken = (last.actor, last.role, last.action, last.after, last.note)
            if taken != (actor.account, actor.role, action, goal, note):
                raise

    def let_in(self, visit: PageRequest, account: Account, access: Access) -> None:
        """Open a session in place of the one before."""
        if visit.session is not None:
            self.sessions.end(visit.session)
        visit.session = self.sessions.open(account, access)
        visit.account, visit.access = account, access
        visit.cookies[SESSION_COOKIE] = visit.session
        # A new secret at each login: who used this browser before does not know it.
        browser = secrets.token_urlsafe(_BYTES)
        self.accounts.browsers.remember(account.id, browser, before=visit.source.browser)
        visit.cookies[BROWSER_COOKIE] = browser

    def by_certificate(self, visit: PageRequest) -> Identity:
        """Return the holder of the connection's certificate. Raises `LoginRefusedError`."""
        connection = client_connection(visit.request.scope)
        return self.verifier.verify_connection(connection).require()

    def nonce(self, visit: PageRequest, purpose: str) -> Response:
        """Issue a nonce for a purpose; its ticket goes into a cookie of this browser."""
        issued = self.challenges[visit.site.origin].issue(purpose)
        visit.cookies[NONCE_COOKIE] = issued.ticket
        return json_response({"nonce": issued.nonce, "origin": visit.site.origin})

    def by_token(self, visit: PageRequest, purpose: str) -> Identity:
        """Return the holder who answered the nonce of a purpose. Raises `LoginRefusedError`."""
        ticket = visit.request.cookies.get(NONCE_COOKIE, "")
        challenge = self.challenges[visit.site.origin].take(ticket, purpose)
        verdict = self.verifier.verify_token(
            visit.posted.get("json").encode(),
            challenge,
            seen_origin=visit.request.headers.get("origin"),
        )
        return verdict.require()
