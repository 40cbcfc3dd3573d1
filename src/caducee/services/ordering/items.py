# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OrderItems: every single card and certificate of an order, from its plan to its end."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

import sqlalchemy as sa

from caducee.base.errors import IssueError, StateError
from caducee.directory.registry import Registry
from caducee.directory.schema import card as card_table
from caducee.services.ordering import schema
from caducee.services.ordering.catalogue import ProductKind

__all__ = ["CallBack", "ItemState", "OrderItem", "OrderItems", "Progress", "StopReason"]

_ITEM = schema.item
_PAGE = 100


@unique
class ItemState(StrEnum):
    """Where a card or certificate stands in its life."""

    PLANNED = "planned"
    """Will be made."""

    FAILED = "failed"
    """Cannot be made; the reason stands beside it."""

    MADE = "made"
    """Made and recorded, not handed over yet."""

    TAKEN = "taken"
    """Handed over; waits for its activation."""

    ACTIVE = "active"
    """In use."""

    STOPPED = "stopped"
    """Opposed for good, its certificates revoked."""

    DESTROYED = "destroyed"
    """Gone; final."""


@unique
class StopReason(StrEnum):
    """Why a card is stopped."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    CHANGED = "changed"
    """The holder's data changed: another card says what is true now."""

    RENEWED = "renewed"
    """The card after it is in use."""

    ENDED = "ended"
    """The test use is over."""

    DESTROYED = "destroyed"
    """Destroyed by its owner before its end."""


@unique
class CallBack(StrEnum):
    """By which way the support reached the holder: never one that the caller gave.

    The way, not the number: the trail that keeps it forgets nothing.
    """

    FORM_TELEPHONE = "form-telephone"
    """The telephone number of the order form."""

    ACCOUNT_EMAIL = "account-email"
    """The e-mail address of the account."""

    KNOWN_BEFORE = "known-before"
    """Another number or address that was known before."""

    IN_PERSON = "in-person"


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One card or certificate of an order."""

    order: str
    """Id of the order."""

    place: int
    """Place in the order, from 1."""

    kind: ProductKind
    product: str
    """Name of the product."""

    state: ItemState
    shipment: str
    """What it is made and handed over with."""

    card_number: str | None
    """The ten digits; none for a certificate, and before it is made."""

    issuer: str | None
    """CN of the issuing CA, of a certificate that was made."""

    serial: str | None
    """Serial number, hexadecimal, of a certificate that was made."""

    waits: bool
    """Whether its content still waits to be handed over."""

    made_at: dt.datetime | None
    taken_at: dt.datetime | None
    activated_at: dt.datetime | None
    ended_at: dt.datetime | None
    reason: str | None
    """Why it was stopped (a `StopReason`), or a code of the catalogue why it was not made."""

    replaces: str | None
    """Number of the card that this one takes the place of."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the making of an order is."""

    planned: int
    """Still to be made."""

    made: int
    """Made, whatever became of them since."""

    failed: int
    """That cannot be made."""

    began_at: dt.datetime | None
    """When the first one was made, UTC."""

    left: dt.timedelta | None
    """Estimate of the time that is still needed; none before there is anything to tell by."""

    error: str | None
    """What stopped the worker last, when it waits to try again or gave up."""

    given_up: bool
    """Whether nobody tries any more until a person looks."""

    @property
    def total(self) -> int:
        """All items of the order."""
        return self.planned + self.made + self.failed


class OrderItems:
    """The items of all orders, as they are kept."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def plan(self, rows: Sequence[dict[str, object]]) -> None:
        """Enter items that will be made; joins the transaction of their cause."""
        with self._registry.writing() as connection:
            connection.execute(sa.insert(_ITEM), rows)

    def last_place(self, order: str) -> int:
        """Return the place of the last item of an order; 0 without any."""
        query = sa.select(sa.func.max(_ITEM.c.place)).where(_ITEM.c.order == order)
        with self._registry.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def page(self, order: str, *, after: int = 0, count: int = _PAGE) -> tuple[OrderItem, ...]:
        """Return some items of an order, by place, beginning after one."""
        return self._where(_ITEM.c.order == order, _ITEM.c.place > after, count=count)

    def of_shipment(
        self, shipment: str, *states: ItemState, after: int = 0, count: int = _PAGE
    ) -> tuple[OrderItem, ...]:
        """Return some items of a shipment, by place; without states, of all states."""
        chosen = [_ITEM.c.state.in_([state.value for state in states])] if states else []
        where = (_ITEM.c.shipment == shipment, _ITEM.c.place > after, *chosen)
        return self._where(*where, count=count)

    def in_states(
        self, order: str, *states: ItemState, after: int = 0, count: int = _PAGE
    ) -> tuple[OrderItem, ...]:
        """Return some items of an order that stand in these states, by place."""
        chosen = _ITEM.c.state.in_([state.value for state in states])
        return self._where(_ITEM.c.order == order, _ITEM.c.place > after, chosen, count=count)

    def specs(self, items: Sequence[OrderItem]) -> list[str]:
        """Return what is wanted of each of some items of one order, JSON."""
        places = [item.place for item in items]
        query = sa.select(_ITEM.c.place, _ITEM.c.spec).where(
            _ITEM.c.order == items[0].order, _ITEM.c.place.in_(places)
        )
        with self._registry.reading() as connection:
            found: dict[int, str] = {row.place: row.spec for row in connection.execute(query)}
        return [found[place] for place in places]

    def forget_requests(self, order: str) -> None:
        """Remove the specifications of the certificates of an order, which may name a subject."""
        card = _ITEM.c.kind == ProductKind.CARD.value
        self._update((_ITEM.c.order == order, ~card), {"spec": "{}"})

    def contents(self, shipment: str) -> Iterator[tuple[OrderItem, bytes]]:
        """Yield the items of a shipment that wait, by place, with their sealed content."""
        after = 0
        while True:
            query = (
                sa.select(_ITEM)
                .where(_ITEM.c.shipment == shipment, _ITEM.c.place > after)
                .where(_ITEM.c.content.is_not(None))
                .order_by(_ITEM.c.place)
                .limit(_PAGE)
            )
            with self._registry.reading() as connection:
                rows = connection.execute(query).mappings().all()
            if not rows:
                return
            for row in rows:
                yield _item(row, waits=True), row["content"]
            after = rows[-1]["place"]

    def waiting(self, order: str) -> str | None:
        """Return the first shipment of an order with content that waits, or none."""
        query = (
            sa.select(_ITEM.c.shipment)
            .where(_ITEM.c.order == order, _ITEM.c.content.is_not(None))
            .order_by(_ITEM.c.place)
            .limit(1)
        )
        with self._registry.reading() as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def waits(self, shipment: str) -> bool:
        """Tell whether content of a shipment waits."""
        query = sa.select(_ITEM.c.place).where(
            _ITEM.c.shipment == shipment, _ITEM.c.content.is_not(None)
        )
        with self._registry.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def find(self, key: str) -> OrderItem:
        """Return an item by its card number, or by the serial number of its certificate.

        Raises `IssueError` (``ordering.card_unknown``).
        """
        found = self._where(sa.or_(_ITEM.c.card_number == key, _ITEM.c.serial == key), count=1)
        if not found:
            raise IssueError("ordering.card_unknown", number=key[:40])
        return found[0]

    def hold(self, item: OrderItem) -> OrderItem:
        """Return an item as it is now; nobody else changes it before this transaction ends."""
        mine = (_ITEM.c.order == item.order, _ITEM.c.place == item.place)
        query = sa.select(_ITEM.c.place).where(*mine).with_for_update()
        with self._registry.writing() as connection:
            connection.execute(query)
            return self._where(*mine, count=1)[0]

    def replacing(self, card_number: str) -> tuple[OrderItem, ...]:
        """Return the items that take the place of a card, oldest first."""
        return self._where(_ITEM.c.replaces == card_number, count=_PAGE)

    def of_account(self, account: str, ps_idnat: str | None) -> tuple[OrderItem, ...]:
        """Return the cards that an account ordered, and those of the holder, newest first."""
        mine: sa.ColumnElement[bool] = _ITEM.c.order.in_(
            sa.select(schema.order.c.id).where(schema.order.c.applicant == account)
        )
        if ps_idnat is not None:
            held = sa.select(card_table.c.number).where(card_table.c.ps_idnat == ps_idnat)
            mine = sa.or_(mine, _ITEM.c.card_number.in_(held))
        query = (
            _columns()
            .where(mine, sa.or_(_ITEM.c.card_number.is_not(None), _ITEM.c.serial.is_not(None)))
            .order_by(_ITEM.c.made_at.desc(), _ITEM.c.place)
        )
        with self._registry.reading() as connection:
            return tuple(_item(row) for row in connection.execute(query).mappings())

    def change(self, item: OrderItem, values: dict[str, object], *before: ItemState) -> OrderItem:
        """Change an item that stands in one of some states, and return it.

        Raises `StateError` (``ordering.item_changed``) when it does not, by now.
        """
        mine = (
            _ITEM.c.order == item.order,
            _ITEM.c.place == item.place,
            _ITEM.c.state.in_([state.value for state in before]),
        )
        with self._registry.writing() as connection:
            changed = connection.execute(sa.update(_ITEM).where(*mine).values(values))
            if changed.rowcount != 1:
                raise StateError("ordering.item_changed", place=item.place)
            return self._where(*mine[:2], count=1)[0]

    def hand_over(self, shipment: str, at: dt.datetime) -> int:
        """Mark what is made of a shipment as taken; returns how many were."""
        return self._update(
            (_ITEM.c.shipment == shipment, _ITEM.c.state == ItemState.MADE.value),
            {"state": ItemState.TAKEN.value, "taken_at": at},
        )

    def empty(self, shipment: str) -> int:
        """Take the content of a shipment away; returns from how many items."""
        return self._update(
            (_ITEM.c.shipment == shipment, _ITEM.c.content.is_not(None)), {"content": None}
        )

    def counts(self, order: str) -> dict[ItemState, int]:
        """Return how many items of an order stand in each state."""
        query = (
            sa.select(_ITEM.c.state, sa.func.count())
            .where(_ITEM.c.order == order)
            .group_by(_ITEM.c.state)
        )
        with self._registry.reading() as connection:
            return {ItemState(state): count for state, count in connection.execute(query)}

    def cards_planned(self, shipment: str) -> int:
        """Return how many cards of a shipment are still to be made."""
        query = sa.select(sa.func.count()).where(
            _ITEM.c.shipment == shipment,
            _ITEM.c.state == ItemState.PLANNED.value,
            _ITEM.c.kind == ProductKind.CARD.value,
        )
        with self._registry.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def pace(self, order: str) -> tuple[dt.datetime | None, dt.datetime | None, int]:
        """Return when the first and the last item were made, and how many after the first.

        Replacements, made much later, do not count.
        """
        mine = (_ITEM.c.shipment == order, _ITEM.c.made_at.is_not(None))
        span = sa.select(sa.func.min(_ITEM.c.made_at), sa.func.max(_ITEM.c.made_at)).where(*mine)
        with self._registry.reading() as connection:
            first, last = connection.execute(span).one()
            if first is None:
                return None, None, 0
            later = sa.select(sa.func.count()).where(*mine, _ITEM.c.made_at > first)
            return first, last, int(connection.execute(later).scalar_one())

    def first_end(self, shipment: str, after: dt.datetime | None = None) -> dt.datetime | None:
        """Return when the first card of a shipment ends that is in use; none without any."""
        query = sa.select(sa.func.min(card_table.c.expires_at)).where(
            *_in_use(shipment), *([card_table.c.expires_at > after] if after else [])
        )
        with self._registry.reading() as connection:
            found: dt.datetime | None = connection.execute(query).scalar()
            return found

    def ending(
        self, shipment: str, span: tuple[dt.datetime, dt.datetime], *, after: int = 0
    ) -> tuple[OrderItem, ...]:
        """Return some cards of a shipment in use that end in a span, by place."""
        query = (
            _columns()
            .where(*_in_use(shipment), _ITEM.c.place > after)
            .where(card_table.c.expires_at > span[0], card_table.c.expires_at <= span[1])
            .order_by(_ITEM.c.place)
            .limit(_PAGE)
        )
        with self._registry.reading() as connection:
            return tuple(_item(row) for row in connection.execute(query).mappings())

    def _update(self, where: Sequence[sa.ColumnElement[bool]], values: dict[str, object]) -> int:
        with self._registry.writing() as connection:
            return connection.execute(sa.update(_ITEM).where(*where).values(values)).rowcount

    def _where(self, *conditions: sa.ColumnElement[bool], count: int) -> tuple[OrderItem, ...]:
        query = _columns().where(*conditions).order_by(_ITEM.c.order, _ITEM.c.place).limit(count)
        with self._registry.reading() as connection:
            return tuple(_item(row) for row in connection.execute(query).mappings())


def _in_use(shipment: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what the cards of a shipment in use fulfil, joined with the registry."""
    states = (ItemState.MADE, ItemState.TAKEN, ItemState.ACTIVE)
    return (
        _ITEM.c.shipment == shipment,
        _ITEM.c.card_number == card_table.c.number,
        _ITEM.c.state.in_([state.value for state in states]),
    )


def _columns() -> sa.Select[tuple[object, ...]]:
    """Select everything but the content, which may be large."""
    plain = [column for column in _ITEM.c if column.key not in ("content", "spec")]
    return sa.select(*plain, _ITEM.c.content.is_not(None).label("waits"))


def _item(row: sa.RowMapping, *, waits: bool | None = None) -> OrderItem:
    return OrderItem(
        order=row["order"],
        place=row["place"],
        kind=ProductKind(row["kind"]),
        product=row["product"],
        state=ItemState(row["state"]),
        shipment=row["shipment"],
        card_number=row["card_number"],
        issuer=row["issuer"],
        serial=row["serial"],
        waits=bool(row["waits"]) if waits is None else waits,
        made_at=row["made_at"],
        taken_at=row["taken_at"],
        activated_at=row["activated_at"],
        ended_at=row["ended_at"],
        reason=row["reason"],
        replaces=row["replaces"],
    )
