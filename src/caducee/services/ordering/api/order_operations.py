# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The operations on the catalogue and on orders, up to their production."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from caducee.services.ordering.api.messages import (
    AccountMessage,
    FindingsMessage,
    ItemMessage,
    ItemsMessage,
    OrderMessage,
    OrdersMessage,
    OrderSummary,
    ProductMessage,
    ProductsMessage,
    ProgressMessage,
    StepMessage,
    StepsMessage,
)
from caducee.services.ordering.api.operation import (
    STAFF,
    Call,
    Operation,
    need,
    role_for,
    seen_order,
    whole,
)
from caducee.services.ordering.api.problems import ApiError
from caducee.services.ordering.catalogue import product, search
from caducee.services.ordering.checks import STEERING
from caducee.services.ordering.form import OrderForm
from caducee.services.ordering.orders import Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderAction, OrderState

__all__ = ["DECISIONS", "OPERATIONS", "Decision", "PageQuery", "ProductQuery", "ReviewQuery"]


class ProductQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which products."""

    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """Words that name, title or uses have, all of them."""

    family: Annotated[str, msgspec.Meta(max_length=20)] = ""
    generation: Annotated[str, msgspec.Meta(max_length=20)] = ""
    state: Annotated[str, msgspec.Meta(max_length=40)] = ""
    kind: Literal["", "card", "person-certificate", "organisation-certificate"] = ""


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a long list."""

    after: Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)] = 0
    """Place or number of the last one that is known."""

    count: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class ReviewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which queue."""

    state: OrderState = OrderState.SUBMITTED


type Note = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=4000,
        pattern=rf"^[^{STEERING}]*[^{STEERING}\t\n \xa0][^{STEERING}]*$",
    ),
]
"""Some words, which everybody concerned reads."""


class _Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="action"):
    """A step."""


class Ask(_Decision, frozen=True, tag="ask"):
    """The reviewer asks for more."""

    note: Note


class Accept(_Decision, frozen=True, tag="accept"):
    """The reviewer accepts."""

    note: Note | None = None


class Refuse(_Decision, frozen=True, tag="refuse"):
    """The reviewer refuses."""

    note: Note


class Withdraw(_Decision, frozen=True, tag="withdraw"):
    """The applicant takes the order back."""


class Produce(_Decision, frozen=True, tag="produce"):
    """Production begins."""


class End(_Decision, frozen=True, tag="end"):
    """The test use ends: all cards are stopped."""


type Decision = Ask | Accept | Refuse | Withdraw | Produce | End
DECISIONS = (Ask, Accept, Refuse, Withdraw, Produce, End)
"""The steps that are taken by a word."""


def _account(call: Call) -> AccountMessage:
    roles = tuple(member for member in Role if member in call.caller.roles)
    return AccountMessage(account=call.caller.account, roles=roles)


def _products(call: Call) -> ProductsMessage:
    asked = call.asked(ProductQuery)
    found = search(
        asked.text,
        family=asked.family,
        generation=asked.generation,
        state=asked.state,
        kind=asked.kind,
    )
    return ProductsMessage(products=tuple(map(ProductMessage.of, found)))


def _product(call: Call) -> ProductMessage:
    return ProductMessage.of(product(call.path["product"]))


def _check(call: Call) -> FindingsMessage:
    return FindingsMessage.of(call.taken(OrderForm))


def _orders(call: Call) -> OrdersMessage:
    found = call.ordering.orders.of(call.caller.account)
    return OrdersMessage(orders=tuple(map(OrderSummary.of, found)))


def _begin(call: Call) -> OrderMessage:
    form = call.taken(OrderForm)
    made = call.ordering.orders.begin(
        call.caller.account, form, request_key=call.request_key, strict=True
    )
    return whole(call, made)


def _order(call: Call) -> OrderMessage:
    return whole(call, seen_order(call))


def _expected(call: Call, order: Order) -> None:
    """Refuse a change of an order that is not the one that the client read."""
    if call.version not in (None, order.version):
        raise ApiError(412, "api.version", number=order.number, version=order.version)


def _save(call: Call) -> OrderMessage:
    order = seen_order(call)
    _expected(call, order)
    role = role_for(call, order, OrderAction.SAVE)
    return whole(call, call.ordering.orders.save(order, call.actor(role), call.taken(OrderForm)))


def _submit(call: Call) -> OrderMessage:
    """Hand an order in; one that is handed in already stays as it is."""
    order = seen_order(call)
    if order.state is OrderState.SUBMITTED and order.applicant == call.caller.account:
        return whole(call, order)
    _expected(call, order)
    role = role_for(call, order, OrderAction.SUBMIT)
    at: dt.datetime = call.ordering.registry.now()
    key = call.caller.key
    signed = {"by": "api-key", "key": key, "at": at} if key else {"by": "command-line", "at": at}
    text = msgspec.json.encode(signed).decode()
    return whole(call, call.ordering.orders.submit(order, call.actor(role), text))


def _decide(call: Call) -> OrderMessage:
    order = seen_order(call)
    _expected(call, order)
    assert isinstance(call.body, DECISIONS)  # noqa: S101 (decoded as one of them before)
    action = OrderAction(str(call.body.__struct_config__.tag))
    note = getattr(call.body, "note", None) or ""
    actor = call.actor(role_for(call, order, action))
    return whole(call, call.ordering.act(order, actor, action, note))


def _steps(call: Call) -> StepsMessage:
    found = call.ordering.orders.steps(seen_order(call))
    return StepsMessage(steps=tuple(map(StepMessage.of, found)))


def _items(call: Call) -> ItemsMessage:
    asked = call.asked(PageQuery)
    found = call.ordering.items.page(seen_order(call).id, after=asked.after, count=asked.count)
    return ItemsMessage(items=tuple(map(ItemMessage.of, found)))


def _progress(call: Call) -> ProgressMessage:
    return ProgressMessage.of(call.ordering.production.progress(seen_order(call)))


def _review(call: Call) -> OrdersMessage:
    need(call, *(member for member in Role if member in STAFF))
    state = call.asked(ReviewQuery).state
    found = (item for item in call.ordering.orders.in_state(state) if item.submitted_at is not None)
    return OrdersMessage(orders=tuple(map(OrderSummary.of, found)))


_ORDER = "/orders/{order}"

OPERATIONS: tuple[Operation, ...] = (
    Operation("account", "GET", "/account", "Say whose key it is.", _account, AccountMessage),
    Operation(
        "products",
        "GET",
        "/catalogue",
        "Search the catalogue of test products.",
        _products,
        ProductsMessage,
        query=ProductQuery,
    ),
    Operation(
        "product",
        "GET",
        "/catalogue/{product}",
        "Show a product.",
        _product,
        ProductMessage,
    ),
    Operation(
        "checkForm",
        "POST",
        "/checks",
        "Say what is to mend in a form; nothing is kept.",
        _check,
        FindingsMessage,
        body=OrderForm,
    ),
    Operation(
        "orders", "GET", "/orders", "List your orders, newest first.", _orders, OrdersMessage
    ),
    Operation(
        "begin",
        "POST",
        "/orders",
        "Make a draft from a form, whatever gaps it has. The same Idempotency-Key finds the same "
        "order again, and refuses another form.",
        _begin,
        OrderMessage,
        body=OrderForm,
        status=201,
        refuses=(409,),
        headers=("Idempotency-Key",),
    ),
    Operation(
        "order",
        "GET",
        _ORDER,
        "Show an order with its form, what is to mend, and what you can do.",
        _order,
        OrderMessage,
    ),
    Operation(
        "save",
        "PUT",
        _ORDER,
        "Keep a changed form. With If-Match, only if nobody changed it since.",
        _save,
        OrderMessage,
        body=OrderForm,
        refuses=(403, 409, 412),
        headers=("If-Match",),
    ),
    Operation(
        "submit",
        "POST",
        f"{_ORDER}/submit",
        "Hand an order in, signed by the API key. Asked twice, it is handed in once.",
        _submit,
        OrderMessage,
        refuses=(403, 409, 412),
        headers=("If-Match",),
    ),
    Operation(
        "decide",
        "POST",
        f"{_ORDER}/steps",
        "Take a step in one of your roles: ask, accept, refuse, withdraw, produce, end.",
        _decide,
        OrderMessage,
        body=Decision,  # type: ignore[arg-type]  # a union
        refuses=(403, 409, 412),
        headers=("If-Match",),
    ),
    Operation(
        "steps",
        "GET",
        f"{_ORDER}/steps",
        "Tell everything that happened to an order.",
        _steps,
        StepsMessage,
    ),
    Operation(
        "items",
        "GET",
        f"{_ORDER}/items",
        "List the cards and certificates of an order, by place.",
        _items,
        ItemsMessage,
        query=PageQuery,
    ),
    Operation(
        "progress",
        "GET",
        f"{_ORDER}/progress",
        "Tell how far the making is, with an estimate.",
        _progress,
        ProgressMessage,
    ),
    Operation(
        "review",
        "GET",
        "/review",
        "List the orders of everybody in a state, oldest first; for those who review, produce, "
        "help or audit.",
        _review,
        OrdersMessage,
        query=ReviewQuery,
        refuses=(403,),
    ),
)
