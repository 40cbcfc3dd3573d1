# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`Operation`: one thing that the API can do; routes and the OpenAPI document follow from it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from caducee.base.errors import IssueError
from caducee.services.ordering.api.keys import Caller
from caducee.services.ordering.api.messages import OrderMessage
from caducee.services.ordering.api.problems import ApiError
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import STEPS, OrderAction, possible

__all__ = [
    "PATH_TYPES",
    "STAFF",
    "Archive",
    "Call",
    "NoAnswer",
    "NoBody",
    "NoQuery",
    "Operation",
    "actions",
    "need",
    "own_order",
    "role_for",
    "seen_order",
    "whole",
]

STAFF = frozenset({Role.REVIEWER, Role.PRODUCTION, Role.SUPPORT, Role.AUDITOR})
"""Roles that see orders of others, once they are handed in."""

type OrderNumber = Annotated[
    str, msgspec.Meta(pattern=r"^T[0-9]{4}-[0-9]{6}$", examples=["T2026-000017"])
]
type CardNumber = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{1,40}$", examples=["2900000017"])
]
type ProductName = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,60}$", examples=["cps-medecin"])
]

PATH_TYPES: dict[str, object] = {
    "order": OrderNumber,
    "card": CardNumber,
    "product": ProductName,
}
"""What a variable part of a path is."""


class NoBody(msgspec.Struct, frozen=True):
    """Nothing is taken."""


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class NoAnswer(msgspec.Struct, frozen=True):
    """Nothing is said (204)."""


class Archive(msgspec.Struct, frozen=True):
    """An encrypted ZIP file is sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, understood."""

    ordering: Ordering
    caller: Caller
    path: dict[str, str]
    query: object = NoQuery()
    body: object = NoBody()
    request_key: str | None = None
    """The value of ``Idempotency-Key``."""

    version: int | None = None
    """The value of ``If-Match``."""

    def actor(self, role: Role = Role.APPLICANT) -> Actor:
        """Return who acts, in a role."""
        return Actor(self.caller.account, role)

    def taken[T](self, kind: type[T]) -> T:
        """Return the body as what it is known to be."""
        assert isinstance(self.body, kind)  # noqa: S101 (decoded as this kind before)
        return self.body

    def asked[T](self, kind: type[T]) -> T:
        """Return the parameters as what they are known to be."""
        assert isinstance(self.query, kind)  # noqa: S101 (decoded as this kind before)
        return self.query


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    name: str
    """``operationId``."""

    method: str
    path: str
    """Below the base, with variable parts in braces: ``/orders/{order}``."""

    text: str
    """What it does, a sentence."""

    does: Callable[[Call], object]
    """Gives the answer: a struct of the kind ``answer``, or a response as it is."""

    answer: type
    body: type = NoBody
    query: type = NoQuery
    status: int = 200
    refuses: tuple[int, ...] = ()
    """Statuses of refusals beside those that follow from method, path, parameters and body."""

    headers: tuple[str, ...] = field(default=())
    """Headers of the request that it knows."""


def need(call: Call, *roles: Role) -> Role:
    """Return the first of some roles that the caller has. Raises `ApiError` (``api.role``)."""
    for role in roles:
        if role in call.caller.roles:
            return role
    raise ApiError(403, "api.role", roles=", ".join(roles))


def seen_order(call: Call) -> Order:
    """Return the order of the path, if the caller may see it: else there is none.

    One that was never handed in is its applicant's alone, also when it was taken back.
    """
    order = call.ordering.orders.by_number(call.path["order"])
    if order.applicant == call.caller.account:
        return order
    if order.submitted_at is None or not STAFF & call.caller.roles:
        raise IssueError("ordering.unknown")
    return order


def own_order(call: Call) -> Order:
    """Return the order of the path, for its applicant alone. Raises `ApiError` (``api.role``)."""
    order = seen_order(call)
    if order.applicant != call.caller.account:
        raise ApiError(403, "api.role", roles=Role.APPLICANT.value)
    return order


def _roles(call: Call, order: Order) -> tuple[Role, ...]:
    """Return the roles that a caller has about an order, in the order of `Role`."""
    held = [
        member for member in Role if member in call.caller.roles and member is not Role.APPLICANT
    ]
    own = order.applicant == call.caller.account
    return (Role.APPLICANT, *held) if own else tuple(held)


def actions(call: Call, order: Order) -> tuple[OrderAction, ...]:
    """Return what the caller can do with an order now."""
    own = order.applicant == call.caller.account
    judging = (Role.REVIEWER, Role.PRODUCTION)
    alone = (OrderAction.FINISH,)  # the worker's
    found = (
        item
        for role in _roles(call, order)
        if not (own and role in judging)
        for item in possible(order.state, role)
        if item not in alone
    )
    return tuple(dict.fromkeys(found))


def role_for(call: Call, order: Order, action: OrderAction) -> Role:
    """Return the role in which a caller takes a step; the step itself refuses a wrong one."""
    held = _roles(call, order)
    able = [step.role for step in STEPS if (step.before, step.action) == (order.state, action)]
    return next((item for item in able if item in held), held[0])


def whole(call: Call, order: Order) -> OrderMessage:
    """Say an order to the caller."""
    return OrderMessage.of(order, actions(call, order))
