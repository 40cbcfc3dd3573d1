# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The basket: what was chosen in the catalogue, in a cookie, so that nobody must log in for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request

from caducee.base.errors import CpsError
from caducee.services.ordering.catalogue import Product, ProductKind, product
from caducee.services.ordering.form import CardLine, CertificateLine, OrderForm
from caducee.services.ordering.site.page_request import BASKET_COOKIE

__all__ = ["MOST", "Basket"]

MOST = 1000
_MOST_LINES = 60
_LONGEST = 3500
_LINE = re.compile(r"([a-z0-9-]{1,60})_([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Basket:
    """Products and how many of each, in the order in which they were chosen."""

    lines: tuple[tuple[Product, int], ...] = ()

    @classmethod
    def of(cls, request: Request) -> "Basket":
        """Read the basket of a browser; what cannot be read is left out."""
        return cls(tuple(_read(request.cookies.get(BASKET_COOKIE, "")[:_LONGEST])))

    def text(self) -> str | None:
        """Return what the cookie holds; none: no cookie."""
        return ".".join(f"{item.name}_{count}" for item, count in self.lines) or None

    @property
    def count(self) -> int:
        """How many cards and certificates there are."""
        return sum(count for _, count in self.lines)

    def put(self, name: str, count: int, *, add: bool = False) -> "Basket":
        """Set how many there are of a product, or add some; 0 takes it out.

        Raises `IssueError` (``ordering.product_unknown``).
        """
        wanted = product(name)
        found = dict(self.lines)
        total = max(0, min(count + (found.get(wanted, 0) if add else 0), MOST))
        found[wanted] = total
        return Basket(tuple((item, n) for item, n in found.items() if n)[:_MOST_LINES])

    def form(self) -> OrderForm:
        """Return a form with its lines."""
        cards = tuple(
            CardLine(product=item.name, quantity=count)
            for item, count in self.lines
            if item.kind is ProductKind.CARD
        )
        others = tuple(
            CertificateLine(product=item.name, quantity=count)
            for item, count in self.lines
            if item.kind is not ProductKind.CARD
        )
        return OrderForm(cards=cards, certificates=others)


def _read(text: str) -> Iterator[tuple[Product, int]]:
    seen = set()
    for part in text.split(".")[:_MOST_LINES]:
        match = _LINE.fullmatch(part)
        if match is None or match[1] in seen:
            continue
        seen.add(match[1])
        try:
            found = product(match[1])
        except CpsError:
            continue
        if 0 < int(match[2]) <= MOST:
            yield found, int(match[2])
