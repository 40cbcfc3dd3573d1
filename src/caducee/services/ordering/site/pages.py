# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fills the templates."""

import datetime as dt
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from caducee.base.errors import CpsError, StateError
from caducee.base.i18n import gettext, language
from caducee.services.ordering.catalogue import Product, catalogue
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site import texts
from caducee.services.ordering.site.baskets import Basket
from caducee.services.ordering.site.page_request import PageRequest
from caducee.services.web.pages import environment, frame, links_to

__all__ = ["SitePages", "moment"]

_SECRET = ("password", "code")
"""Fields that stand in no address and in no page."""

_PASSING = ("ordering.not_logged_in", "ordering.form_elsewhere", "ordering.busy", "ordering.fault")
"""Refusals that say nothing about the form itself."""

_LONGEST = 200


class SitePages:
    """The templates of the site."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._environment = environment("caducee.services.ordering.site")
        self._environment.filters["moment"] = moment
        self._environment.filters["span"] = span
        self._environment.globals["word"] = texts.word
        self._environment.globals["known_product"] = known_product

    def html(
        self, visit: PageRequest, template: str, /, status: int = 200, **content: object
    ) -> HTMLResponse:
        """Fill a template for a visit."""
        return self._fill(visit.request, visit, template, status, content)

    def refusal(
        self, request: Request, visit: PageRequest | None, error: CpsError, status: int
    ) -> Response:
        """Show a refusal; a form that could pass another time can be sent again."""
        content: dict[str, object] = {"error": error, "next": request.url.path}
        if not (error.code in _PASSING or isinstance(error, StateError)):
            content["sent_again"] = ()
        return self._fill(request, visit, "refusal.html", status, content)

    def _fill(
        self,
        request: Request,
        visit: PageRequest | None,
        template: str,
        status: int,
        content: Mapping[str, object],
    ) -> HTMLResponse:
        account = visit.account if visit else None
        shown = frame(request, gettext(self._title), keep_query=True) | {
            "account": account,
            "path": request.url.path,
            "basket_count": Basket.of(request).count,
            "roles": account.roles if account else frozenset(),
            "Role": Role,
            "request_key": secrets.token_urlsafe(16),
            "names": texts.names(),
            "csrf": visit.token if visit else (lambda _: ""),
            "open_form": "",
            **_languages(request, visit, status),
        }
        text = self._environment.get_template(template).render({**shown, **content})
        return HTMLResponse(text, status)


def _languages(request: Request, visit: PageRequest | None, status: int) -> dict[str, object]:
    """Return how another language is chosen without losing what was typed.

    A page by GET has an address, which links lead to. A form that was refused is sent again as it
    was, in that language; one with a secret leads to its empty form, with the rest of what was
    typed. What a form has done is not done twice: its answer stays in one language.
    """
    if request.method != "POST" or visit is None:
        return {"sent_again": ()}
    if status < 400:
        return {"sent_again": (), "languages": ()}
    typed = [pair for pair in visit.posted.pairs() if pair[0] not in ("csrf", *_SECRET)]
    if not any(visit.posted.has(item) for item in _SECRET):
        return {"sent_again": typed or [("again", "1")]}
    query = urlencode([(name, value[:_LONGEST]) for name, value in typed])
    links = links_to(request.url.path, query)
    return {"sent_again": (), "languages": links}


def known_product(name: str) -> Product | None:
    """Return the product of the catalogue, when there is one of that name."""
    return next((item for item in catalogue() if item.name == name), None)


def moment(at: dt.datetime | None) -> str:
    """Return a moment for people."""
    if at is None:
        return ""
    at = at.astimezone(dt.UTC)
    return f"{at:%d/%m/%Y %H:%M} UTC" if language() == "fr" else f"{at:%Y-%m-%d %H:%M} UTC"


def span(length: dt.timedelta) -> str:
    """Return a span of time for people, rounded up to seconds or minutes."""
    seconds = max(1, round(length.total_seconds()))
    if seconds < 100:
        return gettext("{count} s").format(count=seconds)
    return gettext("{count} min").format(count=-(-seconds // 60))
