# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Ordering in real browsers: the whole way, accessible, at phone width, by keyboard, no scripts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.e2e.browsers import Desk
from tests.e2e.marionette import Firefox, firefox
from tests.e2e.shops import Shop, log_in, running_shop, whole_way
from tests.e2e.test_portal_pages import CHROMIUM, FLAGS, LOCALES, violations
from tests.unit.ordering.conftest import FIT

from caducee.base.i18n import LANGUAGES
from caducee.issuance import CardOrder, identities
from caducee.sandbox.ordering import open_accounts, open_ordering
from caducee.services.ordering.states import OrderState
from caducee.testing.keys import SharedKeys

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]


class ChromiumDriver:
    """Drives a page of Chromium."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()

    def goto(self, url: str) -> None:
        self.page.goto(url)

    def type(self, selector: str, text: str) -> None:
        self.page.locator(selector).fill(text)

    def press(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.text_content() or ""

    def link(self, selector: str) -> str:
        return str(self.page.locator(selector).first.evaluate("one => one.href"))

    def here(self) -> str:
        return self.page.url

    def forget(self) -> None:
        self.context.clear_cookies()


class FirefoxDriver:
    """Drives Firefox."""

    def __init__(self, browser: Firefox) -> None:
        self.browser = browser

    def goto(self, url: str) -> None:
        self.browser.goto(url)

    def type(self, selector: str, text: str) -> None:
        self.browser.type(selector, text)

    def press(self, selector: str) -> None:
        """Click; what follows a button is another page, which is waited for."""
        script = "return document.querySelector(arguments[0])?.tagName"
        button = self.browser.evaluate(script, selector) == "BUTTON"
        if button:
            self.browser.evaluate("window.before = true")
        self.browser.click(selector)
        if button:
            done = "return window.before === undefined && document.readyState == 'complete'"
            self.browser.wait_for(done)

    def text(self, selector: str) -> str:
        script = "return document.querySelector(arguments[0])?.textContent ?? ''"
        return str(self.browser.evaluate(script, selector))

    def link(self, selector: str) -> str:
        return str(self.browser.evaluate(f"return document.querySelector('{selector}').href"))

    def here(self) -> str:
        return self.browser.url

    def forget(self) -> None:
        self.browser.call("WebDriver:DeleteAllCookies")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("shop") / "world") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Any]:
    opened: list[BrowserContext] = []

    def context(language: str = "en", **how: Any) -> BrowserContext:
        made = browser.new_context(locale=LOCALES[language], ignore_https_errors=True, **how)
        opened.append(made)
        return made

    yield context
    for item in opened:
        item.close()


WIDE = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
SMALL = {"width": 320, "height": 700}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_way_is_accessible_and_fits_a_phone(
    contexts: Any, shop: Shop, language: str
) -> None:
    context = contexts(language, bypass_csp=True, viewport=SMALL)
    driver = ChromiumDriver(context)
    said: list[str] = []
    driver.page.on("console", lambda message: said.append(message.text))
    found, names = [], []
    for name in whole_way(driver, shop, f"zoe-{language}@example.test"):
        names.append(name)
        assert driver.page.locator("html").get_attribute("lang") == language
        found += violations(driver.page)
        wide, there = driver.page.evaluate(WIDE)
        found += [f"{name}: {wide} > {there}"] if wide > there else []
    assert found == []
    assert names[-1] == "/account" and len(names) > 20
    assert [item for item in said if not re.search(r"\b4\d\d\b", item)] == []


@pytest.mark.parametrize("how", [{"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_axe_finds_nothing_for_the_staff_and_in_other_colours(
    contexts: Any, shop: Shop, how: dict[str, str]
) -> None:
    driver = ChromiumDriver(contexts("fr", bypass_csp=True, **how))
    pages = {
        shop.auditor: ["/audit", "/"],
        shop.support: ["/support", "/support?number=1", "/nowhere"],
        shop.reviewer: ["/review", "/catalogue?page=2", "/forgotten", "/password", "/basket"],
        shop.maker: ["/production", "/account", "/catalogue/organisation-ssl", "/audit"],
    }
    found = []
    for address, paths in pages.items():
        log_in(driver, shop, address)
        for path in paths:
            driver.goto(shop.addresses.open + path)
            found += violations(driver.page)
    assert found == []


def test_the_whole_way_works_without_scripts(contexts: Any, shop: Shop) -> None:
    driver = ChromiumDriver(contexts("fr", java_script_enabled=False))
    names = list(whole_way(driver, shop, "noscript@example.test"))
    assert names[-1] == "/account"
    assert "en service" in driver_text(driver, shop)


def driver_text(driver: ChromiumDriver, shop: Shop) -> str:
    driver.goto(f"{shop.addresses.open}/cards")
    return driver.text("main")


def test_the_whole_way_works_in_firefox(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home: Path = tmp_path_factory.mktemp("desk") / "home"
    desk = Desk.set_up(home)
    with firefox(home / "profile", desk.environment()) as running:
        names = list(whole_way(FirefoxDriver(running), shop, "fox@example.test"))
    assert names[-1] == "/account"


def test_the_form_is_reached_and_sent_by_keyboard_alone(contexts: Any, shop: Shop) -> None:
    driver = ChromiumDriver(contexts())
    way = whole_way(driver, shop, "keys@example.test")
    for name in way:
        if name == "form":
            break
    way.close()  # type: ignore[attr-defined]
    page = driver.page
    page.evaluate("() => document.querySelector('a').focus()")
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        name = page.evaluate("() => document.activeElement.name || document.activeElement.id")
        reached.add(name)
        if name == "structure.town":
            page.keyboard.type("Lyon")
        if name == "sign":
            break
    wanted = page.evaluate(
        "() => [...document.forms['order-form'].elements].filter(one => one.closest('main')"
        " && one.type != 'hidden' && one.tabIndex >= 0).map(one => one.name || one.id)"
    )
    assert set(wanted) - {"save", ""} <= reached
    page.keyboard.press("Enter")
    page.wait_for_url("**/form?check=1")
    assert page.locator("#structure-town").input_value() == "Lyon"
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    page.keyboard.press("Tab")
    assert page.evaluate(outline) != "none"


@pytest.mark.parametrize("language", LANGUAGES)
def test_enter_in_a_field_keeps_the_form_and_the_language(
    contexts: Any, shop: Shop, language: str
) -> None:
    other = next(item for item in LANGUAGES if item != language)
    driver = ChromiumDriver(contexts(other))
    for name in whole_way(driver, shop, f"enter-{language}@example.test"):
        if name == "form":
            break
    driver.press(f"button[lang={language}]")
    driver.page.locator("#structure-town").fill("Lyon")
    driver.page.locator("#structure-town").press("Enter")
    driver.page.wait_for_url("**/form?saved=1")
    assert driver.page.locator("html").get_attribute("lang") == language
    assert driver.page.locator("#structure-town").input_value() == "Lyon"


def test_another_language_keeps_what_was_typed_without_scripts(contexts: Any, shop: Shop) -> None:
    driver = ChromiumDriver(contexts("fr", java_script_enabled=False))
    for name in whole_way(driver, shop, "tongues@example.test"):
        if name == "form":
            break
    page = driver.page
    driver.type("#structure-name", "Saisi, pas encore enregistré")
    driver.press("button[lang=en]")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("#structure-name").input_value() == "Saisi, pas encore enregistré"
    driver.type("#cards-0-quantity", "many")
    driver.press("button[name=sign]")
    assert "must be between 1 and" in driver.text("main")
    driver.press("button[lang=fr]")
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.locator("#cards-0-quantity").input_value() == "many"


def test_a_holder_logs_in_and_signs_by_the_certificate_of_the_card(
    contexts: Any, shop: Shop, tmp_path: Path
) -> None:
    keys = SharedKeys(card_keys=1)
    issued = shop.world.issue(CardOrder(person=identities.person(7)), keys=keys)
    pem = tmp_path / "card.pem"
    key = keys.card_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(issued.authentication.public_bytes(Encoding.PEM) + key)
    shown = {"origin": shop.addresses.tls12, "certPath": str(pem), "keyPath": str(pem)}
    driver = ChromiumDriver(contexts(client_certificates=[shown]))
    driver.goto(f"{shop.addresses.open}/login/certificate?next=/account")
    assert driver.here() == f"{shop.addresses.open}/account"
    holder = issued.card.ps_idnat
    assert holder in driver.text("main")
    ordering = open_ordering(shop.world)
    account = open_accounts(shop.world, ordering).named(holder)
    order = ordering.orders.begin(account.id, FIT)
    driver.goto(f"{shop.addresses.open}/orders/{order.id}/sign/card")
    assert holder in driver.text("main")
    driver.press("main form button")
    assert driver.here().endswith(f"/orders/{order.id}")
    kept = ordering.orders.order(order.id)
    assert kept.state is OrderState.SUBMITTED and issued.card.number in str(kept.signature)


def test_a_card_is_linked_by_its_certificate(contexts: Any, shop: Shop, tmp_path: Path) -> None:
    keys = SharedKeys(card_keys=1)
    issued = shop.world.issue(CardOrder(person=identities.person(8)), keys=keys)
    pem = tmp_path / "card.pem"
    key = keys.card_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(issued.authentication.public_bytes(Encoding.PEM) + key)
    shown = {"origin": shop.addresses.tls12, "certPath": str(pem), "keyPath": str(pem)}
    driver = ChromiumDriver(contexts(bypass_csp=True, client_certificates=[shown]))
    address = "linked@example.test"
    for name in whole_way(driver, shop, address):
        if name == "form":
            break
    driver.goto(f"{shop.addresses.open}/account")
    driver.press("a[href='/account/card']")
    holder = issued.card.ps_idnat
    assert holder in driver.text("main") and address in driver.text("main")
    assert violations(driver.page) == []
    driver.press("form[action='/account/card'] button")
    assert driver.here() == f"{shop.addresses.open}/account"
    driver.forget()
    driver.goto(f"{shop.addresses.open}/login/certificate?next=/account")
    assert address in driver.text("main") and holder in driver.text("main")
