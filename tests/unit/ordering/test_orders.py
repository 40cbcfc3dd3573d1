# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An order goes its way by steps that everyone concerned sees; nothing is lost or doubled."""

import msgspec
import pytest
from tests.unit.ordering.conftest import AT, FIT

from caducee.base.errors import IssueError, StateError
from caducee.services.ordering.form import OrderForm
from caducee.services.ordering.orders import Actor, Order, Orders
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.trail import Trail

ZOE = Actor("zoe", Role.APPLICANT)
REVIEWER = Actor("reviewer", Role.REVIEWER)
MAKER = Actor("maker", Role.PRODUCTION)

pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def submitted(orders: Orders) -> Order:
    return orders.submit(orders.begin("zoe", FIT), ZOE, '{"by": "code"}')


def test_a_draft_keeps_its_gaps(orders: Orders) -> None:
    draft = orders.begin("zoe", OrderForm())
    kept = orders.save(draft, ZOE, msgspec.structs.replace(FIT, remark="half"))
    again = orders.order(draft.id)
    assert again == kept and again.form.remark == "half" and again.version == 2
    assert (again.number, again.state, again.created_at) == ("T2026-000001", OrderState.DRAFT, AT)
    assert orders.by_number("T2026-000001") == again


def test_an_incomplete_order_cannot_be_handed_in(orders: Orders) -> None:
    draft = orders.begin("zoe", OrderForm())
    with pytest.raises(IssueError) as caught:
        orders.submit(draft, ZOE, "{}")
    assert caught.value.code == "ordering.incomplete"
    assert orders.order(draft.id) == draft


def test_the_way_of_an_order_is_visible_step_by_step(orders: Orders, submitted: Order) -> None:
    asked = orders.act(submitted, REVIEWER, OrderAction.ASK, "Which services?")
    answered = orders.submit(orders.save(asked, ZOE, FIT), ZOE, "{}")
    accepted = orders.act(answered, REVIEWER, OrderAction.ACCEPT)
    ready = orders.act(orders.act(accepted, MAKER, OrderAction.PRODUCE), MAKER, OrderAction.FINISH)
    assert ready.state is OrderState.READY
    steps = orders.steps(ready)
    assert [step.action.value for step in steps] == [
        "save", "submit", "ask", "save", "submit", "accept", "produce", "finish",
    ]  # fmt: skip
    assert (steps[2].note, steps[2].actor) == ("Which services?", "reviewer")


def test_two_windows_do_not_undo_each_other(orders: Orders) -> None:
    draft = orders.begin("zoe", OrderForm())
    orders.save(draft, ZOE, FIT)
    with pytest.raises(StateError) as caught:
        orders.save(draft, ZOE, OrderForm(remark="from the other window"))
    assert caught.value.code == "ordering.changed_meanwhile"
    assert orders.order(draft.id).form == FIT


def test_a_repeated_request_finds_the_first_order(orders: Orders) -> None:
    first = orders.begin("zoe", FIT, request_key="abc")
    assert orders.begin("zoe", OrderForm(), request_key="abc") == first
    assert orders.begin("other", FIT, request_key="abc").id != first.id
    assert len(orders.of("zoe")) == 1


def test_nobody_touches_the_order_of_another(orders: Orders) -> None:
    draft = orders.begin("zoe", FIT)
    with pytest.raises(IssueError) as caught:
        orders.save(draft, Actor("other", Role.APPLICANT), OrderForm())
    assert caught.value.code == "ordering.unknown"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.PRODUCTION])
def test_nobody_judges_or_makes_their_own_order(
    orders: Orders, submitted: Order, role: Role
) -> None:
    action = OrderAction.ACCEPT
    if role is Role.PRODUCTION:
        submitted, action = orders.act(submitted, REVIEWER, action), OrderAction.PRODUCE
    with pytest.raises(IssueError) as caught:
        orders.act(submitted, Actor("zoe", role), action)
    assert caught.value.code == "ordering.own_order"


@pytest.mark.parametrize("action", [OrderAction.ASK, OrderAction.REFUSE])
def test_a_question_or_refusal_has_a_reason(
    orders: Orders, submitted: Order, action: OrderAction
) -> None:
    with pytest.raises(IssueError) as caught:
        orders.act(submitted, REVIEWER, action, "  ")
    assert caught.value.code == "ordering.reason_missing"


def test_every_step_stands_in_the_trail(orders: Orders, submitted: Order, trail: Trail) -> None:
    orders.act(submitted, REVIEWER, OrderAction.REFUSE, "no project")
    assert [(line.action, line.subject) for line in trail.lines()] == [
        ("order.save", submitted.number),
        ("order.submit", submitted.number),
        ("order.refuse", submitted.number),
    ]
    trail.check()


def test_orders_are_listed_for_those_who_work_on_them(orders: Orders, submitted: Order) -> None:
    orders.begin("zoe", FIT)
    assert orders.in_state(OrderState.SUBMITTED) == (submitted,)
    assert [item.number for item in orders.of("zoe")] == ["T2026-000002", "T2026-000001"]


def test_nobody_produces_what_they_accepted(orders: Orders, accounts: dict[str, str]) -> None:
    """Whatever roles they were given since."""
    order = orders.submit(orders.begin("zoe", FIT), ZOE, "{}")
    order = orders.act(order, REVIEWER, OrderAction.ACCEPT)
    with pytest.raises(IssueError) as caught:
        orders.act(order, Actor("reviewer", Role.PRODUCTION), OrderAction.PRODUCE)
    assert caught.value.code == "ordering.roles_apart"
    assert orders.act(order, MAKER, OrderAction.PRODUCE).state is OrderState.PRODUCING


@pytest.mark.parametrize("sign", ["\x1b[2J", "\x00", "\x9b", "\u202e", "\u2066", "\r"])
def test_a_note_that_would_steer_what_shows_it_is_refused(
    orders: Orders, submitted: Order, sign: str
) -> None:
    """It is printed by terminals, shown on pages and kept for ever."""
    with pytest.raises(IssueError) as caught:
        orders.act(submitted, REVIEWER, OrderAction.ASK, f"Which{sign} one?")
    assert caught.value.code == "ordering.characters"
    asked = orders.act(submitted, REVIEWER, OrderAction.ASK, "Which\n\tone – l’été ?")
    assert asked.state is OrderState.QUESTION
