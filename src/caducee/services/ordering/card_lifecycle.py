# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of a card behind its order: activation, loss, replacement, end, destruction.

A card is stopped by whoever ordered it or orders for the same structure, by its holder from
another login, or by the support after a call-back; nobody is ever asked for a PIN of the card.
Registry, certificates, event and trail change in one transaction, OCSP answers so from then on, and
the lists follow at once.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from cryptography import x509

from caducee.base.errors import IssueError
from caducee.directory.jobs import QueuedJob
from caducee.directory.model import Card
from caducee.issuance import revoke_card
from caducee.issuance.checking import check
from caducee.services.ordering import schema
from caducee.services.ordering.item_maker import replacement
from caducee.services.ordering.item_specs import HolderChange, ItemSpec
from caducee.services.ordering.items import CallBack, ItemState, OrderItem, StopReason
from caducee.services.ordering.notices import Notice, NoticeKind, tell_later
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.outbox import EventKind
from caducee.services.ordering.production import Production
from caducee.services.ordering.publishing import publish_later, publish_now
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderState
from caducee.services.ordering.tools import WORKER, Tools
from caducee.spec import igc

__all__ = ["CardHistory", "CardHistoryLine", "CardLifecycle", "HolderChange"]

_IN_USE = (ItemState.MADE, ItemState.TAKEN, ItemState.ACTIVE)
_DECLARED = (StopReason.LOST, StopReason.STOLEN, StopReason.DAMAGED)
_TRUSTED = (
    OrderState.ACCEPTED,
    OrderState.PRODUCING,
    OrderState.READY,
    OrderState.DELIVERED,
    OrderState.ENDED,
)
"""States of an order by which a reviewer found that its applicant speaks for the structure."""

_BATCH = 64

_REASONS = {
    StopReason.LOST: x509.ReasonFlags.key_compromise,
    StopReason.STOLEN: x509.ReasonFlags.key_compromise,
    StopReason.DAMAGED: x509.ReasonFlags.cessation_of_operation,
    StopReason.CHANGED: x509.ReasonFlags.affiliation_changed,
    StopReason.RENEWED: x509.ReasonFlags.superseded,
    StopReason.ENDED: x509.ReasonFlags.cessation_of_operation,
    StopReason.DESTROYED: x509.ReasonFlags.cessation_of_operation,
}


@dataclass(frozen=True, slots=True)
class CardHistoryLine:
    """One event in the life of a card."""

    at: dt.datetime
    action: str
    """E.g. ``card.made``, ``card.activated``, ``card.stopped``."""

    actor: str
    role: str
    facts: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class CardHistory:
    """A card with everything that happened to it."""

    item: OrderItem
    holder: str
    """PS_IdNat of the holder."""

    issued_at: dt.datetime
    expires_at: dt.datetime
    replaced_by: str | None
    """Number of the card that takes its place; none without one, or while it is not made yet."""

    history: tuple[CardHistoryLine, ...]
    """Oldest first."""


class CardLifecycle:
    """The cards of all orders, from their delivery to their end."""

    def __init__(self, tools: Tools, production: Production) -> None:
        self._tools = tools
        self._production = production

    def history(self, number: str) -> CardHistory:
        """Return a card with its history. Raises `IssueError` (``ordering.card_unknown``)."""
        item = self._tools.items.find(number)
        card = self._card(item)
        after = [new.card_number for new in self._tools.items.replacing(card.number)]
        return CardHistory(
            item=item,
            holder=card.ps_idnat,
            issued_at=card.issued_at,
            expires_at=card.expires_at,
            replaced_by=next((number for number in reversed(after) if number is not None), None),
            history=self._history(item, number),
        )

    def cards_of(self, account: str) -> tuple[OrderItem, ...]:
        """Return the cards and certificates that an account ordered or holds, newest first."""
        return self._tools.items.of_account(account, self._holder(account))

    def access(self, number: str, account: str) -> tuple[OrderItem, bool]:
        """Return an item that an account may see, and whether it is its own.

        It is when the account ordered or holds it; else it is one of its structure, which may
        declare it lost: an order of the account for the same structure was accepted. Raises
        `IssueError` (``ordering.card_unknown``) for what is another's, as for what is not there.
        """
        item = self._tools.items.find(number)
        order = self._tools.orders.order(item.order)
        if order.applicant == account or self._holds(item, account):
            return item, True
        for placed in self._tools.orders.of(account):
            if placed.state in _TRUSTED and placed.form.structure.same(order.form.structure):
                return item, False
        raise IssueError("ordering.card_unknown", number=number[:40])

    def activate(self, number: str, actor: Actor) -> OrderItem:
        """Take a card into use; the card that it replaces is stopped.

        Raises `IssueError` (``ordering.card_unknown``, ``ordering.card_state``).
        """
        item = self._mine(number, actor, "activate")
        tools = self._tools
        values = {"state": ItemState.ACTIVE.value, "activated_at": tools.registry.now()}
        with tools.registry.transaction():
            item = tools.items.hold(item)
            if item.state is ItemState.ACTIVE:
                return item
            _expect(item, ItemState.TAKEN)
            made = tools.items.change(item, dict(values), ItemState.TAKEN)
            self._note(actor, "card.activated", number)
            if item.card_number is not None:
                tools.outbox.add(EventKind.ACTIVATED, self._card(item))
            if item.replaces is not None:
                self._replaced(item, actor)
        publish_now(tools)
        return made

    def lose(
        self,
        number: str,
        actor: Actor,
        reason: StopReason,
        called_back: CallBack | None = None,
    ) -> OrderItem:
        """Stop a card that is lost, stolen or damaged. Stopped before: nothing happens.

        The applicant, the holder and who orders for the same structure may (APPLICANT), and
        SUPPORT after a call-back: ``called_back`` names how the holder was reached. The PIN is
        never asked for.

        Raises `IssueError`: ``ordering.card_unknown``, ``ordering.call_back_missing``,
        ``ordering.role_wrong``, ``ordering.reason_wrong``.
        """
        if reason not in _DECLARED:
            raise IssueError("ordering.reason_wrong", reason=reason.value)
        item = self._mine(number, actor, "lose")
        if actor.role is Role.SUPPORT and called_back is None:
            raise IssueError("ordering.call_back_missing")
        facts = {} if called_back is None else {"called_back": called_back.value}
        return self._stop_one(item, actor, reason, facts)

    def replace(self, number: str, actor: Actor, change: HolderChange | None = None) -> OrderItem:
        """Have another card made for the same holder; asked for again, it is the same one.

        Raises `IssueError` (``ordering.card_unknown``, ``ordering.card_state``) and what an
        order of a card raises, such as ``issuance.name_length``.
        """
        item = self._mine(number, actor, "replace")
        tools = self._tools
        _expect_replaceable(item, tools.orders.order(item.order))
        spec = ItemSpec(holder=self._card(item).ps_idnat, change=change)
        check(replacement(tools.registry, item.product, spec))
        with tools.registry.transaction():
            # The order first: its next place is taken by one at a time.
            order = tools.orders.hold(item.order)
            _expect_replaceable(tools.items.hold(item), order)
            for new in tools.items.replacing(number):
                if new.state is not ItemState.FAILED:
                    return new
            made = self._production.plan_replacement(item, spec)
            facts = {"change": change is not None}
            self._note(actor, "card.replace", number, facts)
        return made

    def destroy(self, number: str, actor: Actor) -> OrderItem:
        """Take note that a card was destroyed; it is stopped if it was not."""
        item = self._mine(number, actor, "destroy")
        tools = self._tools
        with tools.registry.transaction():
            item = tools.items.hold(item)
            if item.state is ItemState.DESTROYED:
                return item
            if item.state in _IN_USE:
                item = self._stop(item, actor, StopReason.DESTROYED, {})
            values = {"state": ItemState.DESTROYED.value, "content": None}
            made = tools.items.change(item, dict(values), ItemState.STOPPED)
            self._note(actor, "card.destroyed", number)
            if item.card_number is not None:
                tools.outbox.add(EventKind.DESTROYED, self._card(item))
        publish_now(tools)
        return made

    def stop_all(self, job: QueuedJob) -> None:
        """Stop everything of the order that a job names, a batch in each transaction."""
        tools = self._tools
        ended = {"state": ItemState.FAILED.value, "reason": StopReason.ENDED.value}
        while batch := tools.items.in_states(
            job.payload, ItemState.PLANNED, *_IN_USE, count=_BATCH
        ):
            with tools.registry.transaction():
                tools.jobs.prolong(job)
                for item in batch:
                    if item.state is ItemState.PLANNED:
                        tools.items.change(item, dict(ended), ItemState.PLANNED)
                    else:
                        self._stop(item, WORKER, StopReason.ENDED, {})
        publish_now(tools)
        tools.jobs.done(job)

    def _stop_one(
        self, item: OrderItem, actor: Actor, reason: StopReason, facts: dict[str, str]
    ) -> OrderItem:
        with self._tools.registry.transaction():
            item = self._tools.items.hold(item)
            if item.state not in _IN_USE:
                return item
            made = self._stop(item, actor, reason, facts)
            self._tell(item, actor)
        publish_now(self._tools)
        return made

    def _tell(self, item: OrderItem, actor: Actor) -> None:
        """Tell whoever ordered or holds a card that somebody else had it stopped."""
        order = self._tools.orders.order(item.order)
        table = schema.account
        accounts = {order.applicant}
        if item.card_number is not None:
            held = table.c.ps_idnat == self._card(item).ps_idnat
            with self._tools.registry.reading() as connection:
                accounts |= set(connection.execute(sa.select(table.c.id).where(held)).scalars())
        for account in sorted(accounts - {actor.account}):
            notice = Notice(
                account=account,
                kind=NoticeKind.STOPPED,
                number=order.number,
                cards=(item.card_number or item.serial or "",),
            )
            tell_later(self._tools.registry, notice)

    def _stop(
        self, item: OrderItem, actor: Actor, reason: StopReason, facts: dict[str, str]
    ) -> OrderItem:
        """Stop an item that is in use; joins the transaction of its cause."""
        tools = self._tools
        values = {
            "state": ItemState.STOPPED.value,
            "ended_at": tools.registry.now(),
            "reason": reason.value,
        }
        made = tools.items.change(item, dict(values), *_IN_USE)
        issuers = self._revoke(item, _REASONS[reason])
        name = item.card_number or item.serial or ""
        self._note(actor, "card.stopped", name, {"reason": reason.value, **facts})
        if item.card_number is not None:
            tools.outbox.add(EventKind.STOPPED, self._card(item), reason=reason)
        publish_later(tools, issuers)
        return made

    def _revoke(self, item: OrderItem, reason: x509.ReasonFlags) -> set[str]:
        tools = self._tools
        if item.card_number is not None:
            revoke_card(tools.registry, tools.authority, item.card_number, reason, publish=False)
            return {
                certificate.issuer
                for certificate in tools.registry.certificates.of_card(item.card_number)
            }
        ca = igc.by_name(item.issuer or "")
        if ca is None or item.serial is None:
            raise IssueError("ordering.card_unknown", number=item.serial)
        tools.authority.revoke(ca, int(item.serial, 16), reason)
        return {ca.common_name}

    def _replaced(self, item: OrderItem, actor: Actor) -> None:
        tools = self._tools
        old = tools.items.find(item.replaces or "")
        spec = ItemSpec.of(tools.items.specs([item])[0])
        reason = StopReason.RENEWED if spec.change is None else StopReason.CHANGED
        if old.state in _IN_USE:
            self._stop(old, actor, reason, {"replaced_by": item.card_number or ""})
        tools.outbox.add(EventKind.REPLACED, self._card(old), replaced_by=item.card_number)

    def _mine(self, number: str, actor: Actor, action: str) -> OrderItem:
        """Return an item that an actor may act on; their structure may declare it, no more."""
        if actor.role is Role.SUPPORT and action != "activate":
            return self._tools.items.find(number)
        if actor.role is not Role.APPLICANT:
            raise IssueError("ordering.role_wrong", role=actor.role.value, action=action)
        item, own = self.access(number, actor.account)
        if not own and action != "lose":
            raise IssueError("ordering.card_unknown", number=number[:40])
        return item

    def _holds(self, item: OrderItem, account: str) -> bool:
        holder = self._holder(account)
        known = holder is not None and item.card_number is not None
        return known and self._card(item).ps_idnat == holder

    def _holder(self, account: str) -> str | None:
        table = schema.account
        query = sa.select(table.c.ps_idnat).where(table.c.id == account)
        with self._tools.registry.reading() as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def _card(self, item: OrderItem) -> Card:
        card = self._tools.registry.cards.get(item.card_number or "")
        if card is None:
            raise IssueError("ordering.card_unknown", number=item.card_number or item.serial)
        return card

    def _history(self, item: OrderItem, number: str) -> tuple[CardHistoryLine, ...]:
        """Return the lines of the trail, and the hand-over, which is one line for many cards."""
        table = schema.trail
        query = sa.select(table).where(table.c.subject == number).order_by(table.c.number)
        with self._tools.registry.reading() as connection:
            lines = [
                CardHistoryLine(row.at, row.action, row.actor, row.role, row.facts)
                for row in connection.execute(query)
            ]
        if item.taken_at is not None:
            order = self._tools.orders.order(item.order)
            role = Role.APPLICANT.value
            taken = CardHistoryLine(item.taken_at, "card.taken", order.applicant, role, "{}")
            later = (line.at >= taken.at and line.action != "card.made" for line in lines)
            at = next((place for place, is_later in enumerate(later) if is_later), len(lines))
            lines.insert(at, taken)
        return tuple(lines)

    def _note(
        self, actor: Actor, action: str, number: str, facts: Mapping[str, object] | None = None
    ) -> None:
        text = msgspec.json.encode(facts or {}).decode()
        self._tools.trail.add(actor.account, actor.role.value, action, number, text)


def _expect(item: OrderItem, *states: ItemState) -> None:
    if item.state not in states:
        raise IssueError("ordering.card_state", state=item.state.value)


def _expect_replaceable(item: OrderItem, order: Order) -> None:
    _expect(item, *_IN_USE, ItemState.STOPPED)
    if order.state is not OrderState.DELIVERED:
        raise IssueError("ordering.state_wrong", state=order.state.value, action="replace")
