# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Orders and their steps: every change is one transaction of state, step, trail and consequences.

A step of the table (`caducee.services.ordering.states`) is the only way an order changes; what
depends on a step (the items to make, the job, an event) is entered in the same transaction, so
that a kill at any moment leaves all of it or nothing.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from caducee.base.errors import IssueError, StateError
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.checks import check_form, steers
from caducee.services.ordering.form import OrderForm, read_form, write_form
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderAction, OrderState, follow
from caducee.services.ordering.trail import Trail

__all__ = ["Actor", "Order", "Orders", "StepLine", "check_own"]

_ORDER = schema.order
_STEP = schema.step


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which role."""

    account: str
    """Id of the account; the worker has the id ``worker``."""

    role: Role


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it stands."""

    id: str
    """Random; stands in addresses."""

    number: str
    """What people call it, e.g. ``T2026-000017``."""

    applicant: str
    """Id of the applicant's account."""

    state: OrderState
    form: OrderForm
    version: int
    """Grows with each change."""

    signature: str | None
    """By what and when the applicant signed, JSON; none before submission."""

    created_at: dt.datetime
    updated_at: dt.datetime
    submitted_at: dt.datetime | None
    ends_at: dt.datetime | None
    """End of the test use; none before delivery."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of an order, as everyone concerned sees it."""

    at: dt.datetime
    actor: str
    role: Role
    action: OrderAction
    after: OrderState
    note: str


class Orders:
    """The orders of one service."""

    def __init__(self, registry: Registry, trail: Trail) -> None:
        self._registry = registry
        self._trail = trail

    def begin(
        self,
        applicant: str,
        form: OrderForm,
        *,
        request_key: str | None = None,
        strict: bool = False,
    ) -> Order:
        """Make a draft. A second call with the same ``request_key`` finds the first one's order.

        With ``strict`` it must bring the same form again. Raises `IssueError`
        (``ordering.request_key_reused``).
        """
        text = write_form(form)
        request = None if request_key is None else (request_key, _sha256(text))
        try:
            return self._begin(applicant, text, request, strict)
        except StateError:
            # Another process may have been faster with the same key, by less than a transaction.
            found = self._requested(applicant, request, strict)
            if found is None:
                raise
            return found

    def _begin(
        self, applicant: str, form: str, request: tuple[str, str] | None, strict: bool
    ) -> Order:
        with self._registry.writing() as connection:
            found = self._requested(applicant, request, strict)
            if found is not None:
                return found
            now = self._registry.now()
            request_key, digest = request or (None, None)
            row = {
                "id": uuid.uuid4().hex,
                "number": self._number(now),
                "applicant": applicant,
                "state": OrderState.DRAFT.value,
                "form": form,
                "version": 1,
                "request_key": request_key,
                "request_digest": digest,
                "created_at": now,
                "updated_at": now,
            }
            connection.execute(sa.insert(_ORDER).values(row))
            made = self.order(str(row["id"]))
            self._note(made, Actor(applicant, Role.APPLICANT), OrderAction.SAVE, "")
            return made

    def _requested(
        self, applicant: str, request: tuple[str, str] | None, strict: bool
    ) -> Order | None:
        if request is None:
            return None
        mine = (_ORDER.c.applicant == applicant, _ORDER.c.request_key == request[0])
        with self._registry.reading() as connection:
            query = sa.select(_ORDER.c.id, _ORDER.c.request_digest).where(*mine)
            found = connection.execute(query).first()
        if found is None:
            return None
        if strict and found.request_digest not in (None, request[1]):
            raise IssueError("ordering.request_key_reused")
        return self.order(found.id)

    def save(self, order: Order, actor: Actor, form: OrderForm) -> Order:
        """Keep a changed draft, whatever gaps it has.

        Raises `StateError` (``ordering.changed_meanwhile``) when it was changed elsewhere since
        ``order`` was read: nothing is lost, neither here nor there.
        """
        return self._step(order, actor, OrderAction.SAVE, values={"form": write_form(form)})

    def submit(self, order: Order, actor: Actor, signature: str) -> Order:
        """Hand an order in, signed. Raises `IssueError` (``ordering.incomplete``)."""
        wrong = [item for item in check_form(order.form) if item.stops]
        if wrong:
            raise IssueError("ordering.incomplete", count=len(wrong), where=wrong[0].where)
        values = {"signature": signature, "submitted_at": self._registry.now()}
        return self._step(order, actor, OrderAction.SUBMIT, values=values)

    def act(self, order: Order, actor: Actor, action: OrderAction, note: str = "") -> Order:
        """Take any other step.

        Raises `IssueError`: ``ordering.reason_missing`` for a question or a refusal without a
        word, ``ordering.characters`` for a note that would steer what shows it,
        ``ordering.own_order`` for a reviewer of their own order,
        ``ordering.roles_apart`` for who accepted it and would produce it, and those of
        `caducee.services.ordering.states.follow`.
        """
        if action in (OrderAction.ASK, OrderAction.REFUSE) and not note.strip():
            raise IssueError("ordering.reason_missing")
        if steers(note):
            raise IssueError("ordering.characters")
        return self._step(order, actor, action, note=note)

    def deliver(self, order: Order, actor: Actor, ends_at: dt.datetime) -> Order:
        """Take note that cards were handed over; the first time the test use begins."""
        values: dict[str, object] = {"ends_at": order.ends_at or ends_at}
        return self._step(order, actor, OrderAction.DELIVER, values=values)

    def order(self, key: str) -> Order:
        """Return an order by its id. Raises `IssueError` (``ordering.unknown``)."""
        found = self._where(_ORDER.c.id == key)
        if not found:
            raise IssueError("ordering.unknown")
        return found[0]

    def hold(self, key: str) -> Order:
        """Return an order as it is now; nobody else changes it before this transaction ends."""
        query = sa.select(_ORDER.c.id).where(_ORDER.c.id == key).with_for_update()
        with self._registry.writing() as connection:
            connection.execute(query)
            return self.order(key)

    def by_number(self, number: str) -> Order:
        """Return an order by its number. Raises `IssueError` (``ordering.unknown``)."""
        found = self._where(_ORDER.c.number == number)
        if not found:
            raise IssueError("ordering.unknown")
        return found[0]

    def of(self, applicant: str) -> tuple[Order, ...]:
        """Return the orders of an account, newest first."""
        return self._where(_ORDER.c.applicant == applicant)[::-1]

    def in_state(self, *states: OrderState) -> tuple[Order, ...]:
        """Return the orders that stand in these states, oldest first."""
        return self._where(_ORDER.c.state.in_([state.value for state in states]))

    def steps(self, order: Order) -> tuple[StepLine, ...]:
        """Return what happened to an order, oldest first."""
        query = sa.select(_STEP).where(_STEP.c.order == order.id).order_by(_STEP.c.number)
        with self._registry.reading() as connection:
            return tuple(
                StepLine(
                    row["at"],
                    row["actor"],
                    Role(row["role"]),
                    OrderAction(row["action"]),
                    OrderState(row["after"]),
                    row["note"],
                )
                for row in connection.execute(query).mappings()
            )

    def _step(
        self,
        order: Order,
        actor: Actor,
        action: OrderAction,
        *,
        note: str = "",
        values: dict[str, object] | None = None,
    ) -> Order:
        after = follow(order.state, action, actor.role)
        check_own(order, actor)
        with self._registry.writing() as connection:
            self._check_apart(order, actor, action)
            changed = connection.execute(
                sa.update(_ORDER)
                .where(_ORDER.c.id == order.id, _ORDER.c.version == order.version)
                .values(
                    state=after.value,
                    version=order.version + 1,
                    updated_at=self._registry.now(),
                    **(values or {}),
                )
            )
            if changed.rowcount != 1:
                raise StateError("ordering.changed_meanwhile", number=order.number)
            made = self.order(order.id)
            self._note(made, actor, action, note)
            return made

    def _check_apart(self, order: Order, actor: Actor, action: OrderAction) -> None:
        """Refuse whoever accepted an order to produce it, whatever roles they have by now."""
        if action is not OrderAction.PRODUCE:
            return
        accepted = (_STEP.c.order == order.id, _STEP.c.action == OrderAction.ACCEPT.value)
        query = sa.select(_STEP.c.number).where(*accepted, _STEP.c.actor == actor.account)
        with self._registry.reading() as connection:
            if connection.execute(query).first() is not None:
                role, other = Role.REVIEWER.value, Role.PRODUCTION.value
                raise IssueError("ordering.roles_apart", role=role, other=other)

    def _note(self, order: Order, actor: Actor, action: OrderAction, note: str) -> None:
        row = {
            "order": order.id,
            "at": self._registry.now(),
            "actor": actor.account,
            "role": actor.role.value,
            "action": action.value,
            "after": order.state.value,
            "note": note,
        }
        with self._registry.writing() as connection:
            connection.execute(sa.insert(_STEP).values(row))
        # The trail cannot forget: it holds the hash of what people wrote, the step holds the text.
        facts = {"after": order.state.value}
        if note:
            facts["note_sha256"] = _sha256(note)
        text = msgspec.json.encode(facts).decode()
        self._trail.add(
            actor.account, actor.role.value, f"order.{action.value}", order.number, text
        )

    def _number(self, now: dt.datetime) -> str:
        return f"T{now.year}-{self._registry.draw(f'ordering-{now.year}')[0]:06d}"

    def _where(self, *conditions: sa.ColumnElement[bool]) -> tuple[Order, ...]:
        query = sa.select(_ORDER).where(*conditions).order_by(_ORDER.c.created_at, _ORDER.c.number)
        with self._registry.reading() as connection:
            return tuple(_orders(connection.execute(query).mappings()))


def check_own(order: Order, actor: Actor) -> None:
    """Refuse an applicant on the order of another, and a judge of their own order.

    Raises `IssueError`: ``ordering.unknown``, ``ordering.own_order``.
    """
    mine = order.applicant == actor.account
    if actor.role is Role.APPLICANT and not mine:
        raise IssueError("ordering.unknown")
    if actor.role in (Role.REVIEWER, Role.PRODUCTION) and mine:
        raise IssueError("ordering.own_order")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _orders(rows: sa.MappingResult) -> Iterator[Order]:
    for row in rows:
        yield Order(
            id=row["id"],
            number=row["number"],
            applicant=row["applicant"],
            state=OrderState(row["state"]),
            form=read_form(row["form"]),
            version=row["version"],
            signature=row["signature"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            submitted_at=row["submitted_at"],
            ends_at=row["ends_at"],
        )
