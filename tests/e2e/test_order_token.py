# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The site of orders by token: our extension in a real Chromium, judged by the site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright
from tests.e2e.browsers import Desk, chromium
from tests.e2e.shops import Shop, running_shop
from tests.unit.ordering.conftest import FIT

from caducee.issuance import CardOrder, IssuedCard, identities
from caducee.sandbox.ordering import open_accounts, open_ordering
from caducee.services.ordering.states import OrderState

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

BUTTON = "#token-login"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("shop") / "world") as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.set_up(tmp_path_factory.mktemp("desk") / "home")


@pytest.fixture(scope="module")
def browser(home: Desk) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright, chromium(playwright, home) as context:
        yield context


@pytest.fixture
def card(shop: Shop, home: Desk) -> Iterator[IssuedCard]:
    """A card in the reader, whose holder enters the right code."""
    issued = shop.world.issue(CardOrder(person=identities.person(11)))
    home.insert(issued.image)
    home.enters(issued.pin.reveal().decode())
    yield issued
    home.clear()


def test_a_holder_logs_in_and_signs_an_order(
    shop: Shop, card: IssuedCard, browser: BrowserContext
) -> None:
    page = browser.new_page()
    page.goto(f"{shop.addresses.open}/login?next=/account")
    page.locator(BUTTON).click()
    page.wait_for_url(f"{shop.addresses.open}/account")
    holder = card.card.ps_idnat
    expect(page.locator("main")).to_contain_text(holder)
    ordering = open_ordering(shop.world)
    order = ordering.orders.begin(open_accounts(shop.world, ordering).named(holder).id, FIT)
    page.goto(f"{shop.addresses.open}/orders/{order.id}/sign")
    page.locator(BUTTON).click()
    page.wait_for_url(f"**/orders/{order.id}")
    kept = ordering.orders.order(order.id)
    assert kept.state is OrderState.SUBMITTED
    assert '"by":"token"' in str(kept.signature) and card.card.number in str(kept.signature)


def test_a_wrong_code_logs_nobody_in_and_is_reported(
    shop: Shop, card: IssuedCard, home: Desk, browser: BrowserContext
) -> None:
    home.enters("9999")
    browser.clear_cookies()
    page = browser.new_page()
    page.goto(f"{shop.addresses.open}/login?next=/account")
    page.locator(BUTTON).click()
    expect(page.locator("#token-refused")).to_be_visible(timeout=30_000)
    page.goto(f"{shop.addresses.open}/account")
    assert page.url.endswith("/login?next=/account")
    assert home.tries_left() == 2
