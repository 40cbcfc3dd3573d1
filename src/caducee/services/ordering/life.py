# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of a card behind its order: activation, loss, replacement, end, destruction.

A card is stopped by whoever ordered it or orders for the same structure, by its holder from
another login, or by the support after a call-back; nobody is ever asked for a code of the card.
Registry, certificates, event and trail change in one transaction, OCSP tells it from then on, and
the lists follow at once.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from cryptography import x509

from caducee.base.errors import IssueError
from caducee.directory.jobs import Job
from caducee.directory.model import Card
from caducee.issuance import revoke_card
from caducee.issuance.checking import check
from caducee.services.ordering import schema
from caducee.services.ordering.making import replacement
from caducee.services.ordering.notices import Notice, NoticeKind, tell_later
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.outbox import EventKind
from caducee.services.ordering.pieces import CallBack, Piece, PieceState, StopReason
from caducee.services.ordering.production import Production
from caducee.services.ordering.publishing import publish_later, publish_now
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderState
from caducee.services.ordering.tools import WORKER, Tools
from caducee.services.ordering.wishes import HolderChange, Wish
from caducee.spec import igc

__all__ = ["CardLife", "HolderChange", "Life", "LifeLine"]

_IN_USE = (PieceState.MADE, PieceState.TAKEN, PieceState.ACTIVE)
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
class LifeLine:
    """One event in the life of a card."""

    at: dt.datetime
    action: str
    """E.g. ``card.made``, ``card.activated``, ``card.stopped``."""

    actor: str
    role: str
    facts: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class CardLife:
    """A card with everything that happened to it."""

    piece: Piece
    holder: str
    """PS_IdNat of the holder."""

    issued_at: dt.datetime
    expires_at: dt.datetime
    replaced_by: str | None
    """Number of the card that takes its place; none without one, or while it is not made yet."""

    history: tuple[LifeLine, ...]
    """Oldest first."""


class Life:
    """The cards of all orders, from their delivery to their end."""

    def __init__(self, tools: Tools, production: Production) -> None:
        self._tools = tools
        self._production = production

    def card(self, number: str) -> CardLife:
        """Return a card with its history. Raises `IssueError` (``ordering.card_unknown``)."""
        piece = self._tools.pieces.find(number)
        card = self._card(piece)
        after = [item.card_number for item in self._tools.pieces.replacing(card.number)]
        return CardLife(
            piece=piece,
            holder=card.ps_idnat,
            issued_at=card.issued_at,
            expires_at=card.expires_at,
            replaced_by=next((item for item in reversed(after) if item is not None), None),
            history=self._history(piece, number),
        )

    def cards_of(self, account: str) -> tuple[Piece, ...]:
        """Return the cards and certificates that an account ordered or holds, newest first."""
        return self._tools.pieces.of_account(account, self._holder(account))

    def access(self, number: str, account: str) -> tuple[Piece, bool]:
        """Return a piece that an account may see, and whether it is its own.

        It is when the account ordered or holds it; else it is one of its structure, which may
        declare it lost: an order of the account for the same structure was accepted. Raises
        `IssueError` (``ordering.card_unknown``) for what is another's, as for what is not there.
        """
        piece = self._tools.pieces.find(number)
        order = self._tools.orders.order(piece.order)
        if order.applicant == account or self._holds(piece, account):
            return piece, True
        for item in self._tools.orders.of(account):
            if item.state in _TRUSTED and item.form.structure.same(order.form.structure):
                return piece, False
        raise IssueError("ordering.card_unknown", number=number[:40])

    def activate(self, number: str, actor: Actor) -> Piece:
        """Take a card into use; the card that it replaces is stopped.

        Raises `IssueError` (``ordering.card_unknown``, ``ordering.card_state``).
        """
        piece = self._mine(number, actor, "activate")
        tools = self._tools
        values = {"state": PieceState.ACTIVE.value, "activated_at": tools.registry.now()}
        with tools.registry.transaction():
            piece = tools.pieces.hold(piece)
            if piece.state is PieceState.ACTIVE:
                return piece
            _expect(piece, PieceState.TAKEN)
            made = tools.pieces.change(piece, dict(values), PieceState.TAKEN)
            self._note(actor, "card.activated", number)
            if piece.card_number is not None:
                tools.outbox.add(EventKind.ACTIVATED, self._card(piece))
            if piece.replaces is not None:
                self._replaced(piece, actor)
        publish_now(tools)
        return made

    def lose(
        self,
        number: str,
        actor: Actor,
        reason: StopReason,
        called_back: CallBack | None = None,
    ) -> Piece:
        """Stop a card that is lost, stolen or damaged. Stopped before: nothing happens.

        Raises `IssueError`: ``ordering.card_unknown``, ``ordering.call_back_missing``,
        ``ordering.role_wrong``, ``ordering.reason_wrong``.
        """
        if reason not in _DECLARED:
            raise IssueError("ordering.reason_wrong", reason=reason.value)
        piece = self._mine(number, actor, "lose")
        if actor.role is Role.SUPPORT and called_back is None:
            raise IssueError("ordering.call_back_missing")
        facts = {} if called_back is None else {"called_back": called_back.value}
        return self._stop_one(piece, actor, reason, facts)

    def replace(self, number: str, actor: Actor, change: HolderChange | None = None) -> Piece:
        """Have another card made for the same holder; asked for again, it is the same one.

        Raises `IssueError` (``ordering.card_unknown``, ``ordering.card_state``) and what an
        order of a card raises, such as ``issuance.name_length``.
        """
        piece = self._mine(number, actor, "replace")
        tools = self._tools
        _expect_replaceable(piece, tools.orders.order(piece.order))
        wish = Wish(holder=self._card(piece).ps_idnat, change=change)
        check(replacement(tools.registry, piece.product, wish))
        with tools.registry.transaction():
            # The order first: its next place is taken by one at a time.
            order = tools.orders.hold(piece.order)
            _expect_replaceable(tools.pieces.hold(piece), order)
            for item in tools.pieces.replacing(number):
                if item.state is not PieceState.FAILED:
                    return item
            made = self._production.plan_replacement(piece, wish)
            facts = {"change": change is not None}
            self._note(actor, "card.replace", number, facts)
        return made

    def destroy(self, number: str, actor: Actor) -> Piece:
        """Take note that a card was destroyed; it is stopped if it was not."""
        piece = self._mine(number, actor, "destroy")
        tools = self._tools
        with tools.registry.transaction():
            piece = tools.pieces.hold(piece)
            if piece.state is PieceState.DESTROYED:
                return piece
            if piece.state in _IN_USE:
                piece = self._stop(piece, actor, StopReason.DESTROYED, {})
            values = {"state": PieceState.DESTROYED.value, "content": None}
            made = tools.pieces.change(piece, dict(values), PieceState.STOPPED)
            self._note(actor, "card.destroyed", number)
            if piece.card_number is not None:
                tools.outbox.add(EventKind.DESTROYED, self._card(piece))
        publish_now(tools)
        return made

    def stop_all(self, job: Job) -> None:
        """Stop everything of the order that a job names, a batch in each transaction."""
        tools = self._tools
        ended = {"state": PieceState.FAILED.value, "reason": StopReason.ENDED.value}
        while batch := tools.pieces.in_states(
            job.payload, PieceState.PLANNED, *_IN_USE, count=_BATCH
        ):
            with tools.registry.transaction():
                tools.jobs.prolong(job)
                for piece in batch:
                    if piece.state is PieceState.PLANNED:
                        tools.pieces.change(piece, dict(ended), PieceState.PLANNED)
                    else:
                        self._stop(piece, WORKER, StopReason.ENDED, {})
        publish_now(tools)
        tools.jobs.done(job)

    def _stop_one(
        self, piece: Piece, actor: Actor, reason: StopReason, facts: dict[str, str]
    ) -> Piece:
        with self._tools.registry.transaction():
            piece = self._tools.pieces.hold(piece)
            if piece.state not in _IN_USE:
                return piece
            made = self._stop(piece, actor, reason, facts)
            self._tell(piece, actor)
        publish_now(self._tools)
        return made

    def _tell(self, piece: Piece, actor: Actor) -> None:
        """Tell whoever ordered or holds a card that somebody else had it stopped."""
        order = self._tools.orders.order(piece.order)
        table = schema.account
        told = {order.applicant}
        if piece.card_number is not None:
            held = table.c.ps_idnat == self._card(piece).ps_idnat
            with self._tools.registry.reading() as connection:
                told |= set(connection.execute(sa.select(table.c.id).where(held)).scalars())
        for account in sorted(told - {actor.account}):
            notice = Notice(
                account=account,
                kind=NoticeKind.STOPPED,
                number=order.number,
                cards=(piece.card_number or piece.serial or "",),
            )
            tell_later(self._tools.registry, notice)

    def _stop(self, piece: Piece, actor: Actor, reason: StopReason, facts: dict[str, str]) -> Piece:
        """Stop a piece that is in use; joins the transaction of its cause."""
        tools = self._tools
        values = {
            "state": PieceState.STOPPED.value,
            "ended_at": tools.registry.now(),
            "reason": reason.value,
        }
        made = tools.pieces.change(piece, dict(values), *_IN_USE)
        issuers = self._revoke(piece, _REASONS[reason])
        name = piece.card_number or piece.serial or ""
        self._note(actor, "card.stopped", name, {"reason": reason.value, **facts})
        if piece.card_number is not None:
            tools.outbox.add(EventKind.STOPPED, self._card(piece), reason=reason)
        publish_later(tools, issuers)
        return made

    def _revoke(self, piece: Piece, reason: x509.ReasonFlags) -> set[str]:
        tools = self._tools
        if piece.card_number is not None:
            revoke_card(tools.registry, tools.authority, piece.card_number, reason, publish=False)
            return {item.issuer for item in tools.registry.certificates_of(piece.card_number)}
        ca = igc.by_name(piece.issuer or "")
        if ca is None or piece.serial is None:
            raise IssueError("ordering.card_unknown", number=piece.serial)
        tools.authority.revoke(ca, int(piece.serial, 16), reason)
        return {ca.common_name}

    def _replaced(self, piece: Piece, actor: Actor) -> None:
        tools = self._tools
        old = tools.pieces.find(piece.replaces or "")
        wish = Wish.of(tools.pieces.wishes([piece])[0])
        reason = StopReason.RENEWED if wish.change is None else StopReason.CHANGED
        if old.state in _IN_USE:
            self._stop(old, actor, reason, {"replaced_by": piece.card_number or ""})
        tools.outbox.add(EventKind.REPLACED, self._card(old), replaced_by=piece.card_number)

    def _mine(self, number: str, actor: Actor, action: str) -> Piece:
        """Return a piece that an actor may act on; their structure may declare it, no more."""
        if actor.role is Role.SUPPORT and action != "activate":
            return self._tools.pieces.find(number)
        if actor.role is not Role.APPLICANT:
            raise IssueError("ordering.role_wrong", role=actor.role.value, action=action)
        piece, own = self.access(number, actor.account)
        if not own and action != "lose":
            raise IssueError("ordering.card_unknown", number=number[:40])
        return piece

    def _holds(self, piece: Piece, account: str) -> bool:
        holder = self._holder(account)
        known = holder is not None and piece.card_number is not None
        return known and self._card(piece).ps_idnat == holder

    def _holder(self, account: str) -> str | None:
        table = schema.account
        query = sa.select(table.c.ps_idnat).where(table.c.id == account)
        with self._tools.registry.reading() as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def _card(self, piece: Piece) -> Card:
        card = self._tools.registry.card(piece.card_number or "")
        if card is None:
            raise IssueError("ordering.card_unknown", number=piece.card_number or piece.serial)
        return card

    def _history(self, piece: Piece, number: str) -> tuple[LifeLine, ...]:
        """Return the lines of the trail, and the hand-over, which one line tells of many cards."""
        table = schema.trail
        query = sa.select(table).where(table.c.subject == number).order_by(table.c.number)
        with self._tools.registry.reading() as connection:
            lines = [
                LifeLine(row.at, row.action, row.actor, row.role, row.facts)
                for row in connection.execute(query)
            ]
        if piece.taken_at is not None:
            order = self._tools.orders.order(piece.order)
            role = Role.APPLICANT.value
            taken = LifeLine(piece.taken_at, "card.taken", order.applicant, role, "{}")
            later = (line.at >= taken.at and line.action != "card.made" for line in lines)
            at = next((place for place, is_later in enumerate(later) if is_later), len(lines))
            lines.insert(at, taken)
        return tuple(lines)

    def _note(
        self, actor: Actor, action: str, number: str, facts: Mapping[str, object] | None = None
    ) -> None:
        text = msgspec.json.encode(facts or {}).decode()
        self._tools.trail.add(actor.account, actor.role.value, action, number, text)


def _expect(piece: Piece, *states: PieceState) -> None:
    if piece.state not in states:
        raise IssueError("ordering.card_state", state=piece.state.value)


def _expect_replaceable(piece: Piece, order: Order) -> None:
    _expect(piece, *_IN_USE, PieceState.STOPPED)
    if order.state is not OrderState.DELIVERED:
        raise IssueError("ordering.state_wrong", state=order.state.value, action="replace")
