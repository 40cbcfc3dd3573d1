# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Somebody goes on with a session or an API key that a card opened, after the card was stopped."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from tests.unit.ordering.conftest import AT
from tests.unit.ordering.site.conftest import Browser, SiteContext
from tests.unit.ordering.site.test_account import shown_key
from tests.unit.ordering.site.test_card import by_token
from tests.unit.ordering.site.test_security import proof
from tests.unit.portal.conftest import CARD, PS

from caducee.base.errors import StateError
from caducee.directory.holder_registry import DirectoryHolderRegistry
from caducee.directory.model import Person
from caducee.directory.registry import Registry
from caducee.services.ordering.api import ApiKeys, create_api
from caducee.services.ordering.orders import Order
from caducee.services.ordering.states import OrderState

NUMBER = CARD.partition("/")[2]

type Stop = Callable[[Registry], object]


def oppose(registry: Registry) -> None:
    assert registry.cards.oppose(NUMBER, AT, "key_compromise")


def close(registry: Registry) -> None:
    registry.persons.put(Person(PS, "DOC0021889", "Ambre-Élise", "10", active=False))


STOPS = pytest.mark.parametrize(
    ("stop", "code"), [(oppose, "relying.card_opposed"), (close, "relying.holder_inactive")]
)


def holder(context: SiteContext) -> tuple[Browser, Order]:
    """Return the browser of a holder who logged in by card, and an order that they began."""
    browser = context.visitor().get("/login")
    assert by_token(browser, "/login").answer.json() == {"ok": True}
    return browser, context.draft(context.accounts.named(PS))


def key_of(browser: Browser) -> str:
    browser.get("/account").press("/account/keys", label="pipeline")
    return shown_key(browser)


def api(context: SiteContext, key: str, method: str, path: str) -> tuple[int, str]:
    with TestClient(create_api(context.ordering)) as client:
        headers = {"Authorization": f"Bearer {key}"}
        answer = client.request(method, f"/api/v1{path}", headers=headers)
        return answer.status_code, answer.json().get("code", "")


@STOPS
def test_a_session_ends_with_the_card_that_opened_it(
    context: SiteContext, registry: Registry, stop: Stop, code: str
) -> None:
    browser, order = holder(context)
    sign = f"/orders/{order.id}/sign/card"
    stop(registry)
    browser.send(sign, {"csrf": proof(browser, sign)})
    assert browser.status == 403 and code in browser.text
    assert browser.get("/orders").path == "/login"
    assert context.ordering.orders.order(order.id).state is OrderState.DRAFT


@STOPS
def test_a_key_ends_with_the_card_that_opened_it(
    context: SiteContext, registry: Registry, stop: Stop, code: str
) -> None:
    browser, order = holder(context)
    key = key_of(browser)
    assert api(context, key, "GET", "/account")[0] == 200
    stop(registry)
    assert api(context, key, "POST", f"/orders/{order.number}/submit") == (401, code)
    assert api(context, key, "GET", "/account") == (401, "api.key_wrong")
    assert context.ordering.orders.order(order.id).state is OrderState.DRAFT
    assert ApiKeys(registry).keys(order.applicant) == ()


def test_a_session_by_password_outlives_a_card_that_did_not_open_it(
    context: SiteContext, registry: Registry
) -> None:
    zoe, account = context.person("zoe")
    context.accounts.link_card(account.id, PS)
    oppose(registry)
    assert zoe.get("/orders").path == "/orders"


def test_an_unlinked_card_keeps_neither_session_nor_key(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    context.accounts.link_card(account.id, PS)
    browser, _ = holder(context)
    key = key_of(browser)
    context.accounts.unlink_card(account.id)
    assert browser.get("/orders").status == 403
    assert api(context, key, "GET", "/account") == (401, "ordering.card_unlinked")
    assert zoe.get("/orders").path == "/orders"


def test_a_directory_that_is_down_lets_nobody_in_and_ends_nothing(
    context: SiteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise StateError("directory.database_failed", reason="gone")

    browser, _ = holder(context)
    key = key_of(browser)
    with monkeypatch.context() as patch:
        patch.setattr(DirectoryHolderRegistry, "holder", down)
        assert browser.get("/orders").status == 503
        assert api(context, key, "GET", "/account") == (503, "api.fault")
    assert browser.get("/orders").path == "/orders"
    assert api(context, key, "GET", "/account")[0] == 200


def test_a_key_ends_at_the_end_of_the_card_that_opened_it(
    context: SiteContext, registry: Registry
) -> None:
    card = registry.cards.get(NUMBER)
    assert card is not None
    registry.cards.put(replace(card, expires_at=AT))
    browser, order = holder(context)
    browser.get("/account").press("/account/keys", label="pipeline")
    assert ApiKeys(registry).keys(order.applicant) == ()
