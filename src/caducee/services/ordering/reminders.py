# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reminders: notices of cards that expire soon, to the applicant and to subscribers of events."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from caducee.directory.jobs import QueuedJob
from caducee.services.ordering.items import OrderItem
from caducee.services.ordering.notices import Notice, NoticeKind, tell_later
from caducee.services.ordering.outbox import EventKind
from caducee.services.ordering.tools import WORKER, JobKind, Tools
from caducee.spec import ours

__all__ = ["remind", "remind_later"]


class _Reminder(msgspec.Struct, frozen=True):
    """The payload of the job."""

    shipment: str
    days: int
    """How long before the end."""

    done_to: dt.datetime | None = None
    """Reminders were sent for cards that expire up to this moment."""


def remind_later(tools: Tools, shipment: str) -> None:
    """Enter the reminders for the cards of a shipment that are in use."""
    for days in ours.table("ordering").integers("remind_days"):
        _next(tools, _Reminder(shipment, days))


def remind(tools: Tools, job: QueuedJob) -> None:
    """Tell of the cards that end within the days of a reminder, and enter the next one."""
    what = msgspec.json.decode(job.payload, type=_Reminder)
    now = tools.registry.now()
    reached = now + dt.timedelta(days=what.days)
    since = max(now, what.done_to or now)
    found: list[OrderItem] = []
    with tools.registry.transaction():
        tools.jobs.prolong(job)
        while page := tools.items.ending(
            what.shipment, (since, reached), after=found[-1].place if found else 0
        ):
            for item in page:
                _tell(tools, item.card_number or "", what.days)
            found += page
        if found:
            _tell_owner(tools, found, what.days)
        _next(tools, msgspec.structs.replace(what, done_to=reached))
        tools.jobs.done(job)


def _tell(tools: Tools, number: str, days: int) -> None:
    card = tools.registry.cards.get(number)
    if card is None:
        return
    facts = msgspec.json.encode({"days": days}).decode()
    tools.trail.add(WORKER.account, WORKER.role.value, "card.remind", number, facts)
    tools.outbox.add(EventKind.RENEWAL_DUE, card)


def _tell_owner(tools: Tools, found: Sequence[OrderItem], days: int) -> None:
    order = tools.orders.order(found[0].order)
    notice = Notice(
        account=order.applicant,
        kind=NoticeKind.ENDING,
        number=order.number,
        cards=tuple(item.card_number or "" for item in found),
        days=days,
    )
    tell_later(tools.registry, notice)


def _next(tools: Tools, what: _Reminder) -> None:
    """Enter the reminder for the next card that ends; none when no card is left."""
    after = what.done_to or tools.registry.now()
    ends = tools.items.first_end(what.shipment, after)
    if ends is None:
        return
    due = ends - dt.timedelta(days=what.days)
    tools.jobs.add(
        JobKind.REMIND,
        msgspec.json.encode(what).decode(),
        key=f"{JobKind.REMIND}:{what.shipment}:{what.days}:{ends:%Y%m%dT%H%M%S}",
        due_at=due,
    )
