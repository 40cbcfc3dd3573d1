# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The four questions of a person with a card, answered in at most fifty words: whose it is, until
when it is valid, what is wrong, and what to do next.
"""

import datetime as dt
from collections.abc import Sequence

from caducee.base.catalogue import Severity
from caducee.base.dates import local_day
from caducee.base.i18n import gettext as _
from caducee.desktop.manager.model.card import CardData
from caducee.diagnosis.model import WEIGHT, Finding

__all__ = ["answer", "valid_until"]


def valid_until(data: CardData, now: dt.datetime) -> str:
    """Return until when a card is valid; empty where the card does not say."""
    end = data.holder.expires
    if end is None:
        return ""
    text = _("Expired on {day}") if end < now.date() else _("Valid until {day}")
    return text.format(day=local_day(end))


def answer(data: CardData, findings: Sequence[Finding], now: dt.datetime) -> str:
    """Return what is wrong with a card and what to do next; what is worst comes first."""
    matters = [item for item in findings if item.severity is not Severity.NOTE]
    if matters:
        worst = min(matters, key=lambda item: WEIGHT[item.severity])
        return _("{what} What to do: {next}").format(what=worst.sentence(), next=worst.advice())
    if data.holder.expires is not None and data.holder.expires < now.date():
        return _("This card has expired. What to do: order a new one.")
    return _(
        "Nothing wrong was found on this card. There is nothing to do: leave it in the reader."
    )
