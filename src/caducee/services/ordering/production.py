# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Production: from an accepted order to cards that wait to be handed over.

An order is planned piece by piece before anything is made. The worker makes a few pieces at a time
and records them in one transaction with the word that the job is still its own: a kill at any
moment leaves pieces that are made and pieces that are planned, and nothing between.
"""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import msgspec

from caducee.base.errors import FormatError, IssueError
from caducee.directory.jobs import Job, JobState
from caducee.issuance import CardKeySource
from caducee.issuance.cards import PreparedCard, revoked_issuers
from caducee.issuance.keys import KeysAhead
from caducee.issuance.personalisation import USES
from caducee.services.ordering.catalogue import ProductKind
from caducee.services.ordering.content import seal_content
from caducee.services.ordering.making import Maker, Ready, Recorded
from caducee.services.ordering.notices import Notice, NoticeKind, tell_later
from caducee.services.ordering.orders import Order
from caducee.services.ordering.outbox import EventKind
from caducee.services.ordering.pieces import Piece, PieceState, Progress
from caducee.services.ordering.publishing import publish_later, publish_now
from caducee.services.ordering.reminders import remind_later
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.tools import MAKER, JobKind, Tools
from caducee.services.ordering.wishes import Wish, planned

__all__ = ["Production", "Shipment"]

_log = logging.getLogger(__name__)

_BATCH = 32
"""Pieces whose records go into one transaction."""


class Shipment(msgspec.Struct, frozen=True):
    """The payload of the job."""

    order: str
    shipment: str


class Production:
    """Plans and makes the pieces of orders."""

    def __init__(self, tools: Tools, keys: CardKeySource) -> None:
        self._tools = tools
        self._keys = keys
        self._maker = Maker(tools.registry, tools.authority)

    def plan(self, order: Order) -> None:
        """Enter the pieces of an order and their job, in the transaction of the step."""
        rows = [
            _row(order.id, place, order.id, kind, name, wish)
            for place, (kind, name, wish) in enumerate(
                planned(self._tools.registry, order.form, order.number), 1
            )
        ]
        self._tools.pieces.plan(rows)
        self._enter(order.id, order.id)

    def plan_replacement(self, old: Piece, wish: Wish) -> Piece:
        """Enter the piece that takes the place of another, and its job; joins a transaction."""
        place = self._tools.pieces.last_place(old.order) + 1
        shipment = f"{old.order}.{place}"
        row = _row(old.order, place, shipment, old.kind, old.product, wish)
        self._tools.pieces.plan([row | {"replaces": old.card_number}])
        self._enter(old.order, shipment)
        return self._tools.pieces.page(old.order, after=place - 1, count=1)[0]

    def progress(self, order: Order) -> Progress:
        """Return how far the making of an order is."""
        counts = self._tools.pieces.counts(order.id)
        planned_ = counts.pop(PieceState.PLANNED, 0)
        failed = counts.pop(PieceState.FAILED, 0)
        first, last, later = self._tools.pieces.pace(order.id)
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

    def make(self, job: Job) -> None:
        """Make what is planned of a shipment; goes on where another worker stopped."""
        what = msgspec.json.decode(job.payload, type=Shipment)
        tools = self._tools
        tools.vault.prepare(what.shipment)
        count = tools.pieces.cards_planned(what.shipment) * len(USES)
        with (
            KeysAhead(self._keys, count) as keys,
            ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as threads,
        ):
            while batch := tools.pieces.of_shipment(
                what.shipment, PieceState.PLANNED, count=_BATCH
            ):
                self._batch(job, batch, (keys, threads))
        self._finish(job, what)

    def _enter(self, order: str, shipment: str) -> None:
        payload = msgspec.json.encode(Shipment(order, shipment)).decode()
        self._tools.jobs.add(JobKind.PRODUCE, payload, key=shipment)

    def _batch(
        self, job: Job, batch: Sequence[Piece], tools: tuple[CardKeySource, Executor]
    ) -> None:
        wishes = [Wish.of(wish) for wish in self._tools.pieces.wishes(batch)]
        try:
            ready = list(self._maker.prepare(batch, wishes, *tools))
            recorded = self._record(job, ready)
        except (FormatError, IssueError) as error:
            # One that cannot be made must not keep the others waiting for ever.
            if len(batch) > 1:
                for item in batch:
                    self._batch(job, [item], tools)
                return
            self._fail(job, batch[0], error)
            return
        _log.info("%d pieces of shipment %s made", len(recorded), batch[0].shipment)
        if revoked_issuers(_cards(ready)):
            publish_now(self._tools)

    def _record(self, job: Job, ready: Sequence[Ready]) -> list[Recorded]:
        tools = self._tools
        with tools.registry.transaction():
            tools.jobs.prolong(job)
            recorded = self._maker.record(ready)
            for item in recorded:
                tools.pieces.change(item.piece, self._made(item), PieceState.PLANNED)
            for item in recorded:
                self._tell(item)
            publish_later(tools, revoked_issuers(_cards(ready)))
        return recorded

    def _made(self, recorded: Recorded) -> dict[str, object]:
        piece = recorded.piece
        return {
            "state": PieceState.MADE.value,
            "card_number": recorded.card.number if recorded.card else None,
            "issuer": recorded.issuer,
            "serial": recorded.serial,
            "content": seal_content(
                self._tools.vault, piece.shipment, piece.place, recorded.content
            ),
            "made_at": self._tools.registry.now(),
        }

    def _tell(self, recorded: Recorded) -> None:
        tools = self._tools
        name = recorded.card.number if recorded.card else recorded.serial or ""
        facts = {
            "order": recorded.piece.order,
            "place": recorded.piece.place,
            "product": recorded.piece.product,
        }
        action = "card.made" if recorded.card else "certificate.made"
        tools.trail.add(
            MAKER.account, MAKER.role.value, action, name, msgspec.json.encode(facts).decode()
        )
        if recorded.card is not None:
            tools.outbox.add(EventKind.ISSUED, recorded.card, replaces=recorded.piece.replaces)

    def _fail(self, job: Job, piece: Piece, error: FormatError | IssueError) -> None:
        tools = self._tools
        with tools.registry.transaction():
            tools.jobs.prolong(job)
            values = {"state": PieceState.FAILED.value, "reason": error.code}
            tools.pieces.change(piece, dict(values), PieceState.PLANNED)
            facts = {"order": piece.order, "place": piece.place, "reason": error.code}
            order = tools.orders.order(piece.order)
            tools.trail.add(
                MAKER.account,
                MAKER.role.value,
                "piece.failed",
                order.number,
                msgspec.json.encode(facts).decode(),
            )

    def _finish(self, job: Job, what: Shipment) -> None:
        tools = self._tools
        with tools.registry.transaction():
            tools.jobs.prolong(job)
            remind_later(tools, what.shipment)
            order = tools.orders.order(what.order)
            if order.state is OrderState.PRODUCING and what.shipment == order.id:
                tools.orders.act(order, MAKER, OrderAction.FINISH)
                told = Notice(account=order.applicant, kind=NoticeKind.READY, number=order.number)
                tell_later(tools.registry, told)
            tools.jobs.done(job)


def _cards(ready: Sequence[Ready]) -> list[PreparedCard]:
    return [item.card for item in ready if item.card is not None]


def _row(
    order: str, place: int, shipment: str, kind: ProductKind, name: str, wish: Wish
) -> dict[str, object]:
    return {
        "order": order,
        "place": place,
        "shipment": shipment,
        "kind": kind.value,
        "product": name,
        "wish": wish.text(),
        "state": PieceState.PLANNED.value,
    }
