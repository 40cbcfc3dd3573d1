# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages of the publication points in a real browser: accessible, by keyboard, at any size."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.e2e.test_portal_pages import CHROMIUM, FLAGS, LOCALES, WANTED, violations, walked

from caducee.base.i18n import LANGUAGES
from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]


@dataclass(frozen=True)
class Site:
    """Where the pages are, and the address of each kind of them."""

    address: str
    pages: tuple[str, ...]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A world with all authorities, a good and a stopped card."""
    folder = tmp_path_factory.mktemp("publication")
    keys = SharedKeys(card_keys=1)
    with Sandbox.create(folder / "world", ca_keys=keys) as world:
        for ca in igc.ALL_CAS:
            world.authority.certificate(ca)
        good, stopped = (
            world.issue(CardOrder(person=identities.person(order)), keys=keys) for order in (1, 2)
        )
        world.revoke(stopped.card.number)
        file = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES).file
        certificates = (
            f"/certificates/{file}/{item.authentication.serial_number:X}"
            for item in (good, stopped)
        )
        with world.publication() as address:
            paths = ("/", "/PC", "/search", "/search?q=DOC", "/search?q=nobody", "/nowhere")
            authority = f"/authorities/{file}"
            yield Site(
                address, tuple(address + item for item in (*paths, authority, *certificates))
            )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


def page_in(browser: Browser, contexts: list[BrowserContext], language: str, **how: object) -> Page:
    context = browser.new_context(locale=LOCALES[language], **how)  # type: ignore[arg-type]
    contexts.append(context)
    return context.new_page()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "how", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}, {"contrast": "more"}]
)
def test_axe_finds_nothing_on_any_page(
    browser: Browser,
    contexts: list[BrowserContext],
    site: Site,
    language: str,
    how: dict[str, str],
) -> None:
    page = page_in(browser, contexts, language, bypass_csp=True, **how)
    found = []
    for address in site.pages:
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        found += violations(page)
    assert found == []


def test_the_keyboard_reaches_everything_and_the_focus_is_seen(
    browser: Browser, contexts: list[BrowserContext], site: Site
) -> None:
    page = page_in(browser, contexts, "en")
    for address in site.pages:
        page.goto(address)
        fields = "() => [...document.querySelectorAll('input')].map(one => one.id)"
        assert page.evaluate(fields) in ([], ["q"])
        assert set(page.evaluate(WANTED)) <= walked(page)


def test_a_certificate_is_found_by_keyboard_alone(
    browser: Browser, contexts: list[BrowserContext], site: Site
) -> None:
    page = page_in(browser, contexts, "fr")
    page.goto(site.address)
    while page.evaluate("() => document.activeElement.id") != "q":
        page.keyboard.press("Tab")
    page.keyboard.type("doc0000002")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=doc0000002")
    assert page.locator(".place", has_text="révoqué le").count() >= 2
    assert page.get_by_role("searchbox").input_value() == "doc0000002"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "text"), [(1280, "200%"), (640, "200%"), (320, "100%")])
def test_no_page_scrolls_sideways_with_large_text_or_a_small_window(
    browser: Browser,
    contexts: list[BrowserContext],
    site: Site,
    language: str,
    width: int,
    text: str,
) -> None:
    page = page_in(browser, contexts, language, viewport={"width": width, "height": 800})
    found = []
    for address in site.pages:
        page.goto(address)
        page.evaluate(f"() => {{ document.documentElement.style.fontSize = '{text}' }}")
        wide, there = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        found += [f"{address}: {wide} > {there}"] if wide > there else []
    assert found == []


def test_pages_load_nothing_from_elsewhere_and_break_no_policy(
    browser: Browser, contexts: list[BrowserContext], site: Site
) -> None:
    page = page_in(browser, contexts, "en")
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for address in site.pages:
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith(site.address)] == []
    # The page of what is not there is answered with 404, and Chromium says so.
    assert [text for text in said if "404" not in text] == []


def test_the_language_switch_keeps_what_was_searched_for(
    browser: Browser, contexts: list[BrowserContext], site: Site
) -> None:
    page = page_in(browser, contexts, "en")
    page.goto(f"{site.address}/search?q=DOC")
    page.get_by_role("link", name="Français").click()
    page.wait_for_url("**/search?q=DOC&lang=fr")
    assert page.get_by_role("searchbox").input_value() == "DOC"
    page.goto(site.address)
    assert page.locator("html").get_attribute("lang") == "fr"
