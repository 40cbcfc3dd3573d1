# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Two clicks are one: who presses twice, or at two browsers at once, sees what the first did."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.plugins.servers import registry_url
from tests.unit.ordering.conftest import FIT
from tests.unit.ordering.scenarios import REVIEWER
from tests.unit.ordering.site.conftest import PASSWORD, Browser, SiteContext

from caducee.services.ordering.api import ApiKeys
from caducee.services.ordering.orders import Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.tools import JobKind

__all__ = ["registry_url"]  # on both databases

TURNS = 4


def at_once(
    context: SiteContext, browser: Browser, path: str, fields: dict[str, Any]
) -> list[Browser]:
    """Send a form several times at the same moment, from copies of one browser."""
    ready = threading.Barrier(TURNS)

    def send(_: int) -> Browser:
        client = context.client()
        client.cookies.update(browser.client.cookies)
        ready.wait()
        return Browser(client).send(path, fields)

    with ThreadPoolExecutor(TURNS) as threads:
        return list(threads.map(send, range(TURNS)))


def once(context: SiteContext, order: Order, action: OrderAction) -> None:
    """Find one step of an action."""
    assert [step.action for step in context.ordering.orders.steps(order)].count(action) == 1


def answers(browsers: list[Browser]) -> set[tuple[int, str]]:
    return {(browser.status, browser.path) for browser in browsers}


def test_a_basket_becomes_one_order(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    zoe.get("/catalogue/cpe").press("/basket", count="2")
    found = at_once(context, zoe, "/orders", zoe.filled("/orders"))
    (order,) = context.ordering.orders.of(account.id)
    assert answers(found) == {(200, f"/orders/{order.id}/form")}


def test_a_form_is_kept_once(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    path = f"/orders/{order.id}/form"
    fields = zoe.get(path).filled(path, "save", remark="typed once")
    assert answers(at_once(context, zoe, path, fields)) == {(200, path)}
    assert context.ordering.orders.order(order.id).version == 2


def test_of_two_clicks_the_last_message_has_the_code_that_works(context: SiteContext) -> None:
    zoe = context.visitor().get("/register")
    known = {"name": "Zoé", "email": "zoe@example.test"}
    fields = zoe.filled("/register", **known, password=PASSWORD)
    assert answers(at_once(context, zoe, "/register", fields)) == {(200, "/confirm")}
    zoe.get("/confirm?email=zoe@example.test")
    assert zoe.press("/confirm", code=context.codes()[-1]).path == "/basket"


def test_an_address_is_confirmed_once(context: SiteContext) -> None:
    zoe = context.visitor().get("/register")
    zoe.press("/register", name="Zoé", email="zoe@example.test", password=PASSWORD)
    fields = zoe.filled("/confirm", code=context.codes()[-1])
    found = at_once(context, zoe, "/confirm", fields)
    assert answers(found) == {(200, "/basket")}
    assert sum("My orders" in item.text for item in found) == 1, "a code logs in once"
    assert answers(at_once(context, context.visitor().get("/"), "/confirm", fields)) == {
        (403, "/confirm")
    }
    zoe.send("/confirm", fields | {"code": "00000000"})
    assert zoe.status == 400


def test_a_password_is_chosen_once(context: SiteContext) -> None:
    context.account("zoe")
    zoe = context.visitor().get("/forgotten").press("/forgotten", email="zoe@example.test")
    fields = zoe.filled("/password", code=context.codes()[-1], password="another long one here")
    found = at_once(context, zoe, "/password", fields)
    assert answers(found) == {(200, "/orders"), (200, "/login")}
    assert sum(item.path == "/orders" for item in found) == 1


def test_an_account_is_erased_once(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    fields = zoe.get("/account").filled("/account/erase", sure="yes")
    found = at_once(context, zoe, "/account/erase", fields)
    assert {item.path for item in found} <= {"/erased", "/account/erase"}
    assert {item.status for item in found} <= {200, 401}, "or the login ended by then"
    once(context, order, OrderAction.WITHDRAW)


def test_keys_made_at_once_are_counted(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    keys = ApiKeys(context.ordering.registry)
    for number in range(18):
        keys.make(account.id, str(number))
    fields = zoe.get("/account").filled("/account/keys", label="one more")
    found = at_once(context, zoe, "/account/keys", fields)
    assert sorted(item.status for item in found) == [200, 200, 400, 400]
    assert len(keys.keys(account.id)) == 20


def test_a_code_signs_once(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    sign = f"/orders/{order.id}/sign"
    zoe.get(sign).press(f"{sign}/code")
    fields = zoe.filled(sign, code=context.codes()[-1])
    assert answers(at_once(context, zoe, sign, fields)) == {(200, f"/orders/{order.id}")}
    once(context, order, OrderAction.SUBMIT)


def test_an_order_is_taken_back_once(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    path = f"/orders/{order.id}/withdraw"
    fields = zoe.get(f"/orders/{order.id}").filled(path)
    assert answers(at_once(context, zoe, path, fields)) == {(200, f"/orders/{order.id}")}
    once(context, order, OrderAction.WITHDRAW)


@pytest.mark.parametrize("action", [OrderAction.ACCEPT, OrderAction.REFUSE, OrderAction.ASK])
def test_a_decision_is_taken_once(context: SiteContext, action: OrderAction) -> None:
    _, account = context.person("zoe")
    order = context.submitted(account)
    rita, _ = context.person("rita", Role.REVIEWER)
    path = f"/review/{order.id}"
    fields = rita.get(path).filled(path, f"action={action.value}", note="A reason.")
    assert answers(at_once(context, rita, path, fields)) == {(200, "/review")}
    once(context, order, action)


def test_two_reviewers_decide_once_and_the_second_is_reported(context: SiteContext) -> None:
    _, account = context.person("zoe")
    order = context.submitted(account)
    path = f"/review/{order.id}"
    rita, _ = context.person("rita", Role.REVIEWER)
    rolf, _ = context.person("rolf", Role.REVIEWER)
    note = "No such structure."
    typed = [
        (item, item.get(path).filled(path, f"action={action}", note=note))
        for item, action in ((rita, "accept"), (rolf, "refuse"))
    ]
    ready = threading.Barrier(2)

    def send(what: tuple[Browser, dict[str, Any]]) -> Browser:
        ready.wait()
        return what[0].send(path, what[1])

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(send, typed))
    assert sorted(item.status for item in found) == [200, 400]
    late = next(item for item in found if item.status == 400)
    assert note in late.answer.text, "what was typed is kept"
    decided = context.ordering.orders.order(order.id).state
    assert decided in (OrderState.ACCEPTED, OrderState.REFUSED)
    assert len(context.ordering.orders.steps(order)) == 3


def made(context: SiteContext, name: str) -> tuple[Browser, Order]:
    zoe, account = context.person(name)
    order = context.ordering.act(context.submitted(account), REVIEWER, OrderAction.ACCEPT)
    paul, _ = context.person("paul", Role.PRODUCTION)
    path = f"/production/{order.id}"
    fields = paul.get(path).filled(path)
    assert answers(at_once(context, paul, path, fields)) == {(200, path)}
    once(context, order, OrderAction.PRODUCE)
    assert context.ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
    return zoe, order


def test_cards_are_made_handed_over_and_ended_once(context: SiteContext) -> None:
    zoe, order = made(context, "zoe")
    assert len(context.ordering.items.page(order.id)) == FIT.cards[0].quantity
    page = f"/orders/{order.id}/delivery"
    zoe.get(page).press(f"/orders/{order.id}/letter")
    for part in ("reader", "received"):
        path = f"/orders/{order.id}/{part}"
        found = at_once(context, zoe, path, zoe.get(page).filled(path))
        assert {item.status for item in found} == {200}, part
        once(context, order, OrderAction.DELIVER)
    path = f"/orders/{order.id}/end"
    fields = zoe.get(f"/orders/{order.id}").filled(path)
    assert answers(at_once(context, zoe, path, fields)) == {(200, f"/orders/{order.id}")}
    once(context, order, OrderAction.END)


def of_card(action: str, **more: str) -> Callable[[str], dict[str, str]]:
    return lambda csrf: {"csrf": csrf, "action": action, **more}


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        (of_card("activate"), "card.activated"),
        (of_card("lose", reason="lost"), "card.stopped"),
        (of_card("replace"), "card.replace"),
        (of_card("destroy"), "card.destroyed"),
    ],
)
def test_a_card_is_changed_once(
    context: SiteContext, fields: Callable[[str], dict[str, str]], event: str
) -> None:
    zoe, order = made(context, "zoe")
    zoe.get(f"/orders/{order.id}/delivery").press(f"/orders/{order.id}/letter")
    zoe.press(f"/orders/{order.id}/reader")
    number = context.ordering.items.page(order.id)[0].card_number or ""
    page = f"/cards/{number}"
    typed = fields(zoe.get(page).filled(page)["csrf"][0])
    assert answers(at_once(context, zoe, page, typed)) == {(200, page)}
    assert [item.action for item in context.ordering.cards.history(number).history].count(
        event
    ) == 1
