# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How an order was signed, for people: on the pages and in the printed form."""

from collections.abc import Iterator

import msgspec

from caducee.base.i18n import gettext as _
from caducee.services.ordering.orders import Order
from caducee.services.ordering.site.pages import moment

__all__ = ["signed"]


def signed(order: Order) -> Iterator[tuple[str, str]]:
    """Yield labels and values that say how and when an order was signed."""
    if order.signature is None or order.submitted_at is None:
        yield _("Signature"), _("not signed yet")
        return
    facts = msgspec.json.decode(order.signature, type=dict[str, str])
    ways = {
        "code": _("by a code sent to the applicant"),
        "certificate": _("by the applicant's card, over TLS"),
        "token": _("by the applicant's card, by token"),
        "api-key": _("by a program with a key of the applicant"),
        "command-line": _("at the command line of the sandbox"),
        "sandbox": _("by the sandbox itself, in one step"),
    }
    yield _("Date"), moment(order.submitted_at)
    yield _("Signature"), ways.get(facts.get("by", ""), facts.get("by", ""))
    labels = (("card", _("Card")), ("key", _("Key")), ("form", _("SHA-256 of the form")))
    for name, label in labels:
        if facts.get(name):
            yield label, facts[name]
