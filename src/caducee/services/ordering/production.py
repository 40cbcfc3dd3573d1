# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Production: from an accepted order to cards that wait to be handed over.

An order is planned item by item before anything is made. The worker makes a few items at a time
and records them in one transaction with the word that the job is still its own: a kill at any
moment leaves items that are made and items that are planned, and nothing between.
"""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import msgspec

from caducee.base.errors import FormatError, IssueError
from caducee.directory.jobs import JobState, QueuedJob
from caducee.issuance import CardKeySource
from caducee.issuance.cards import PreparedCard, revoked_issuers
from caducee.issuance.keys import KeysAhead
from caducee.issuance.personalisation import USES
from caducee.services.ordering.catalogue import ProductKind
from caducee.services.ordering.content import seal_content
from caducee.services.ordering.item_maker import Maker, Ready, Recorded
from caducee.services.ordering.item_specs import ItemSpec, planned
from caducee.services.ordering.items import ItemState, OrderItem, Progress
from caducee.services.ordering.notices import Notice, NoticeKind, tell_later
from caducee.services.ordering.orders import Order
from caducee.services.ordering.outbox import EventKind
from caducee.services.ordering.publishing import publish_later, publish_now
from caducee.services.ordering.reminders import remind_later
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.tools import MAKER, JobKind, Tools

__all__ = ["Production", "Shipment"]

_log = logging.getLogger(__name__)

_BATCH = 32
"""OrderItems whose records go into one transaction."""


class Shipment(msgspec.Struct, frozen=True):
    """The payload of the job."""

    order: str
    shipment: str


class Production:
    """Plans and makes the items of orders."""

    def __init__(self, tools: Tools, keys: CardKeySource) -> None:
        self._tools = tools
        self._keys = keys
        self._maker = Maker(tools.registry, tools.authority)

    def plan(self, order: Order) -> None:
        """Enter the items of an order and their job, in the transaction of the step."""
        rows = [
            _row(order.id, place, order.id, kind, name, spec)
            for place, (kind, name, spec) in enumerate(
                planned(self._tools.registry, order.form, order.number), 1
            )
        ]
        self._tools.items.plan(rows)
        self._enter(order.id, order.id)

    def plan_replacement(self, old: OrderItem, spec: ItemSpec) -> OrderItem:
        """Enter the item that takes the place of another, and its job; joins a transaction."""
        place = self._tools.items.last_place(old.order) + 1
        shipment = f"{old.order}.{place}"
        row = _row(old.order, place, shipment, old.kind, old.product, spec)
        self._tools.items.plan([row | {"replaces": old.card_number}])
        self._enter(old.order, shipment)
        return self._tools.items.page(old.order, after=place - 1, count=1)[0]

    def progress(self, order: Order) -> Progress:
        """Return how far the making of an order is."""
        counts = self._tools.items.counts(order.id)
        planned_ = counts.pop(ItemState.PLANNED, 0)
        failed = counts.pop(ItemState.FAILED, 0)
        first, last, later = self._tools.items.pace(order.id)
        left = None
        if first and last and later and planned_:
            left = (last - first) / later * planned_
        job = self._tools.jobs.job(order.id)
        return Progress(
            planned=planned_,
            made=sum(counts.values()),
            failed=failed,
            began_at=first,
            left=left,
            error=job.error if job and planned_ else None,
            given_up=bool(job and job.state is JobState.FAILED),
        )

    def make(self, job: QueuedJob) -> None:
        """Make what is planned of a shipment; goes on where another worker stopped."""
        what = msgspec.json.decode(job.payload, type=Shipment)
        tools = self._tools
        tools.vault.prepare(what.shipment)
        count = tools.items.cards_planned(what.shipment) * len(USES)
        with (
            KeysAhead(self._keys, count) as keys,
            ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as threads,
        ):
            while batch := tools.items.of_shipment(what.shipment, ItemState.PLANNED, count=_BATCH):
                self._batch(job, batch, (keys, threads))
        self._finish(job, what)

    def _enter(self, order: str, shipment: str) -> None:
        payload = msgspec.json.encode(Shipment(order, shipment)).decode()
        self._tools.jobs.add(JobKind.PRODUCE, payload, key=shipment)

    def _batch(
        self, job: QueuedJob, batch: Sequence[OrderItem], tools: tuple[CardKeySource, Executor]
    ) -> None:
        specs = [ItemSpec.of(spec) for spec in self._tools.items.specs(batch)]
        try:
            ready = list(self._maker.prepare(batch, specs, *tools))
            recorded = self._record(job, ready)
        except (FormatError, IssueError) as error:
            # One that cannot be made must not keep the others waiting for ever.
            if len(batch) > 1:
                for item in batch:
                    self._batch(job, [item], tools)
                return
            self._fail(job, batch[0], error)
            return
        _log.info("%d items of shipment %s made", len(recorded), batch[0].shipment)
        if revoked_issuers(_cards(ready)):
            publish_now(self._tools)

    def _record(self, job: QueuedJob, ready: Sequence[Ready]) -> list[Recorded]:
        tools = self._tools
        with tools.registry.transaction():
            tools.jobs.prolong(job)
            recorded = self._maker.record(ready)
            for item in recorded:
                tools.items.change(item.item, self._made(item), ItemState.PLANNED)
            for item in recorded:
                self._tell(item)
            publish_later(tools, revoked_issuers(_cards(ready)))
        return recorded

    def _made(self, recorded: Recorded) -> dict[str, object]:
        item = recorded.item
        return {
            "state": ItemState.MADE.value,
            "card_number": recorded.card.number if recorded.card else None,
            "issuer": recorded.issuer,
            "serial": recorded.serial,
            "content": seal_content(self._tools.vault, item.shipment, item.place, recorded.content),
            "made_at": self._tools.registry.now(),
        }

    def _tell(self, recorded: Recorded) -> None:
        tools = self._tools
        name = recorded.card.number if recorded.card else recorded.serial or ""
        facts = {
            "order": recorded.item.order,
            "place": recorded.item.place,
            "product": recorded.item.product,
        }
        action = "card.made" if recorded.card else "certificate.made"
        tools.trail.add(
            MAKER.account, MAKER.role.value, action, name, msgspec.json.encode(facts).decode()
        )
        if recorded.card is not None:
            tools.outbox.add(EventKind.ISSUED, recorded.card, replaces=recorded.item.replaces)

    def _fail(self, job: QueuedJob, item: OrderItem, error: FormatError | IssueError) -> None:
        tools = self._tools
        with tools.registry.transaction():
            tools.jobs.prolong(job)
            values = {"state": ItemState.FAILED.value, "reason": error.code}
            tools.items.change(item, dict(values), ItemState.PLANNED)
            facts = {"order": item.order, "place": item.place, "reason": error.code}
            order = tools.orders.order(item.order)
            tools.trail.add(
                MAKER.account,
                MAKER.role.value,
                "item.failed",
                order.number,
                msgspec.json.encode(facts).decode(),
            )

    def _finish(self, job: QueuedJob, what: Shipment) -> None:
        tools = self._tools
        with tools.registry.transaction():
            tools.jobs.prolong(job)
            remind_later(tools, what.shipment)
            order = tools.orders.order(what.order)
            if order.state is OrderState.PRODUCING and what.shipment == order.id:
                tools.orders.act(order, MAKER, OrderAction.FINISH)
                notice = Notice(account=order.applicant, kind=NoticeKind.READY, number=order.number)
                tell_later(tools.registry, notice)
            tools.jobs.done(job)


def _cards(ready: Sequence[Ready]) -> list[PreparedCard]:
    return [item.card for item in ready if item.card is not None]


def _row(
    order: str, place: int, shipment: str, kind: ProductKind, name: str, spec: ItemSpec
) -> dict[str, object]:
    return {
        "order": order,
        "place": place,
        "shipment": shipment,
        "kind": kind.value,
        "product": name,
        "spec": spec.text(),
        "state": ItemState.PLANNED.value,
    }
