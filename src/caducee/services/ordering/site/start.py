# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pages that need no login: the start, the catalogue, the basket."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from caducee.services.ordering.catalogue import catalogue, product, search
from caducee.services.ordering.site.baskets import MOST, Basket
from caducee.services.ordering.site.page_request import BASKET_COOKIE, PageRequest, go, local
from caducee.services.ordering.site.site_context import SiteContext

__all__ = ["StartPages"]

_PAGE = 24
_FILTERS = ("family", "generation", "state", "kind")


@dataclass(frozen=True, slots=True)
class StartPages:
    """The handlers."""

    context: SiteContext

    def home(self, visit: PageRequest) -> Response:
        """Say what the service is for and how it goes."""
        return self.context.pages.html(visit, "home.html")

    def catalogue(self, visit: PageRequest) -> Response:
        """Show the products that have every word and value that is asked for, some at a time."""
        text = visit.asked("q")
        chosen = {name: visit.asked(name, 40) for name in _FILTERS}
        found = search(text, **chosen)
        number = visit.asked("page", 4)
        last = max(1, -(-len(found) // _PAGE))
        page = min(max(int(number), 1), last) if number.isascii() and number.isdecimal() else 1
        return self.context.pages.html(
            visit,
            "catalogue.html",
            text=text,
            chosen=chosen,
            filters=_values(),
            found=found[(page - 1) * _PAGE : page * _PAGE],
            total=len(found),
            page=page,
            last=last,
            here=_query({"q": text, **chosen}),
        )

    def product(self, visit: PageRequest) -> Response:
        """Show one product."""
        return self.context.pages.html(visit, "product.html", product=product(visit.part("name")))

    def basket(self, visit: PageRequest) -> Response:
        """Show the basket."""
        basket = Basket.of(visit.request)
        return self.context.pages.html(visit, "basket.html", basket=basket)

    def change_basket(self, visit: PageRequest) -> Response:
        """Put products in, change how many there are, or take them out."""
        basket = Basket.of(visit.request)
        posted = visit.posted
        if posted.has("add"):
            basket = basket.put(posted.get("add"), _count(posted.get("count", "1"), 1), add=True)
        for item, before in basket.lines:
            if posted.has(f"count.{item.name}"):
                basket = basket.put(item.name, _count(posted.get(f"count.{item.name}"), before))
        if posted.has("remove"):
            basket = basket.put(posted.get("remove"), 0)
        visit.cookies[BASKET_COOKIE] = basket.text()
        return go(local(posted.get("back"), "/basket"))


def _query(chosen: dict[str, str]) -> str:
    """Return what an address ends with so that it asks for the same; empty when for everything."""
    asked = {name: value for name, value in chosen.items() if value}
    return f"?{urlencode(asked)}" if asked else ""


def _count(text: str, otherwise: int) -> int:
    text = text.strip()
    good = text.isascii() and text.isdecimal() and len(text) < 7
    return min(int(text), MOST) if good else otherwise


def _values() -> dict[str, list[str]]:
    """Return the values of each filter that products have, in the order of the catalogue."""
    found: dict[str, dict[str, None]] = {name: {} for name in _FILTERS}
    for item in catalogue():
        for name in _FILTERS:
            value = str(getattr(item, name))
            if value:
                found[name][value] = None
    return {name: list(values) for name, values in found.items()}
