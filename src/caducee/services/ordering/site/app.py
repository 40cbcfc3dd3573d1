# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The site as an ASGI application.

Everything is a page or a form; scripts are needed by nobody. `_routes` is the whole list.
"""

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from caducee.base.clock import Clock
from caducee.base.i18n import N_
from caducee.relying.asgi import ClientCertificateMiddleware
from caducee.relying.nonces import Challenges, SharedNonces
from caducee.relying.verifier import Verifier
from caducee.services.ordering.accounts import Accounts
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.site.card_pages import CardPages
from caducee.services.ordering.site.delivery import DeliveryPages
from caducee.services.ordering.site.logins import LoginPages
from caducee.services.ordering.site.order_pages import OrderPages
from caducee.services.ordering.site.pages import SitePages
from caducee.services.ordering.site.password_pool import PasswordPool
from caducee.services.ordering.site.personal_data import DataPages
from caducee.services.ordering.site.request_guard import Handler, RequestGuard
from caducee.services.ordering.site.sessions import LoginSessions
from caducee.services.ordering.site.site_context import SiteContext
from caducee.services.ordering.site.staff import StaffPages
from caducee.services.ordering.site.start import StartPages
from caducee.services.web.connection_age import HandshakeAgeMiddleware
from caducee.services.web.headers import SecurityHeadersMiddleware, is_public_name
from caducee.services.web.language import LanguageMiddleware
from caducee.services.web.rate_limit import RateLimiter
from caducee.services.web.settings import PortalAddresses

__all__ = ["create_app"]

_TITLE = N_("Test cards")
_NONCE = dt.timedelta(minutes=5)
_HANDSHAKE = dt.timedelta(seconds=60)


def create_app(  # noqa: PLR0913 (what a site stands on)
    ordering: Ordering,
    accounts: Accounts,
    verifier: Verifier,
    clock: Clock,
    addresses: PortalAddresses,
    *,
    rate_limiter: RateLimiter | None = None,
    password_rate: RateLimiter | None = None,
    nonces: SharedNonces | None = None,
    more: Sequence[BaseRoute] = (),
) -> Starlette:
    """Return the application.

    ``nonces``: what the processes of one site share; ``more``: further routes, such as an API.
    """
    pages = SitePages(_TITLE)
    host = urlsplit(addresses.open).hostname or ""
    sessions = LoginSessions(ordering.registry, accounts)
    challenges = {
        origin: Challenges(origin, clock, nonces, lifetime=_NONCE) for origin in addresses.origins
    }
    context = SiteContext(ordering, accounts, sessions, pages, verifier, addresses, challenges)
    gate = RequestGuard(
        pages, sessions, addresses, rate_limiter, PasswordPool(accounts, password_rate)
    )
    return Starlette(
        routes=[*more, *_routes(context, gate)],
        middleware=[
            Middleware(SecurityHeadersMiddleware, strict=is_public_name(host), scripts=True),
            Middleware(LanguageMiddleware),
            Middleware(ClientCertificateMiddleware),
            Middleware(HandshakeAgeMiddleware, clock=clock, age=_HANDSHAKE),
        ],
        exception_handlers={HTTPException: gate.http_error},
    )


def _routes(context: SiteContext, gate: RequestGuard) -> list[BaseRoute]:
    def route(path: str, get: Handler | None = None, post: Handler | None = None) -> list[Route]:
        both = (("GET", get), ("POST", post))
        return [
            Route(path, gate.guarded(entry), methods=[method]) for method, entry in both if entry
        ]

    def password(path: str, get: Handler, post: Handler) -> list[Route]:
        hashes = gate.guarded(post, password=True)
        return [*route(path, get), Route(path, hashes, methods=["POST"])]

    def script(path: str, method: str, handler: Handler) -> Route:
        return Route(path, gate.guarded(handler, json=True), methods=[method])

    start, logins, staff = StartPages(context), LoginPages(context), StaffPages(context)
    orders, delivery = OrderPages(context), DeliveryPages(context)
    cards, data = CardPages(context), DataPages(context)
    item = "/orders/{order}"
    return [
        *route("/", start.home),
        *route("/catalogue", start.catalogue),
        *route("/catalogue/{name}", start.product),
        *route("/basket", start.basket, start.change_basket),
        *password("/login", logins.ask, logins.by_password),
        *route("/login/certificate", logins.by_certificate),
        script("/login/nonce", "GET", logins.nonce),
        script("/login/token", "POST", logins.by_token),
        *password("/register", logins.ask_new, logins.register),
        *route("/confirm", logins.ask_code, logins.confirm),
        *route("/forgotten", logins.ask_forgotten, logins.forgotten),
        *password("/password", logins.ask_password, logins.choose_password),
        *route("/logout", post=logins.log_out),
        *route("/orders", orders.all, orders.begin),
        *route(item, orders.show),
        *route(f"{item}/form", orders.edit, orders.save),
        *route(f"{item}/form.json", orders.json, orders.take_json),
        *route(f"{item}/form.pdf", orders.pdf),
        *route(f"{item}/link", post=orders.send_link),
        *route(f"{item}/sign", orders.ask_signature, orders.sign_by_code),
        *route(f"{item}/sign/code", post=orders.send_code),
        *route(f"{item}/sign/card", orders.ask_card, orders.sign_by_card),
        script(f"{item}/sign/nonce", "GET", orders.nonce),
        script(f"{item}/sign/token", "POST", orders.sign_by_token),
        *route(f"{item}/withdraw", post=orders.withdraw),
        *route(f"{item}/end", post=orders.end),
        *route(f"{item}/again", post=orders.again),
        *route(f"{item}/delivery", delivery.show),
        *route(f"{item}/letter", post=delivery.letter),
        *route(f"{item}/archive", post=delivery.archive),
        *route(f"{item}/reader", post=delivery.reader),
        *route(f"{item}/received", post=delivery.received),
        *route("/letters/{secret}", delivery.peek, delivery.open),
        *route("/cards", cards.all),
        *route("/cards/{number}", cards.show, cards.act),
        *route("/support", cards.support),
        *route("/support/{number}", cards.support_show, cards.support_act),
        *route("/review", staff.queue),
        *route("/review/{order}", staff.review, staff.decide),
        *route("/production", staff.production),
        *route("/production/{order}", staff.making, staff.start),
        *route("/audit", staff.audit, staff.check),
        *route("/account", data.show),
        *route("/account/data", data.export),
        *route("/account/erase", post=data.erase),
        *route("/account/keys", post=data.make_key),
        *route("/account/keys/withdraw", post=data.withdraw_key),
        *route("/account/card", data.ask_card, data.link_card),
        *route("/account/card/unlink", post=data.unlink_card),
        script("/account/card/nonce", "GET", data.nonce),
        script("/account/card/token", "POST", data.link_by_token),
        *route("/erased", data.erased),
        Mount(
            "/static/order", StaticFiles(packages=[("caducee.services.ordering.site", "static")])
        ),
        Mount("/static", StaticFiles(packages=[("caducee.services.web", "static")])),
    ]
