# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The portal in a real browser: accessible by machine proof, by keyboard alone, at any size."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from caducee.base.i18n import LANGUAGES
from caducee.directory.model import Structure
from caducee.issuance import CardOrder, Practice, identities
from caducee.sandbox.world import Sandbox
from caducee.services.portal.refusals import REASONS
from caducee.services.web.settings import PortalAddresses
from caducee.testing.keys import SharedKeys

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
LOCALES = {"en": "en-GB", "fr": "fr-FR"}


@dataclass(frozen=True)
class Portal:
    """A portal of a sandbox, and the PEM files of two of its cards."""

    addresses: PortalAddresses
    good: Path
    stopped: Path


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A holder with two activities and a stopped card, before a running portal."""
    folder = tmp_path_factory.mktemp("portal")
    keys = SharedKeys(card_keys=1)
    with Sandbox.create(folder / "world", ca_keys=keys) as world:
        hospital = Structure("10B0057881", "HOPITAL DES 3 DAMES", "75")
        paths = []
        for order in (1, 2):
            person = identities.person(order, qualifications=("SM26",))
            practice = Practice(identities.practice_of(person), "SA07", "00")
            practices = (practice, Practice(hospital, "SA01", "01"))
            issued = world.issue(CardOrder(person=person, practices=practices), keys=keys)
            path = folder / f"{order}.pem"
            path.write_bytes(
                issued.authentication.public_bytes(serialization.Encoding.PEM)
                + keys.card_key().private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            paths.append(path)
        world.revoke(issued.card.number)
        with world.portal() as addresses:
            yield Portal(addresses, *paths)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


type Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, portal: Portal) -> Iterator[Open]:
    """Opens a page of a new context: language, card, and what the reader of it needs."""
    contexts: list[BrowserContext] = []

    def page(language: str = "en", card: Path | None = None, **how: Any) -> Page:
        if card is not None:
            origins = (portal.addresses.tls12, portal.addresses.tls13)
            how["client_certificates"] = [
                {"origin": origin, "certPath": str(card), "keyPath": str(card)}
                for origin in origins
            ]
        locale = LOCALES[language]
        context = browser.new_context(locale=locale, ignore_https_errors=True, **how)
        contexts.append(context)
        return context.new_page()

    yield page
    for context in contexts:
        context.close()


@cache
def axe() -> str:
    """Return the source of axe-core."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Judge a page by every rule of axe, those of good practice included."""
    page.evaluate(axe())
    run = "() => axe.run({resultTypes: ['violations']}).then((it) => it.violations)"
    return [
        f"{page.url}: {item['id']}: {node['target']}: {node['failureSummary']}"
        for item in page.evaluate(run)
        for node in item["nodes"]
    ]


def pages_without_login(portal: Portal) -> list[str]:
    """Return the address of every page that needs no login."""
    home = portal.addresses.open
    paths = ["/", "/login/token", "/refusals", "/session", "/nowhere"]
    paths += ["/diagnosis", "/diagnosis/diag.pcscd_stopped"]
    return [home + path for path in paths] + [
        f"{portal.addresses.tls12}/login/certificate",
        f"{portal.addresses.tls13}/login/certificate",
        f"{portal.addresses.tls13}/diagnosis",
    ]


def behind_the_login(page: Page, portal: Portal) -> Iterator[str]:
    """Go through the pages of a login; yields the name of each while it is shown."""
    page.goto(f"{portal.addresses.tls12}/login/certificate")
    yield "activity"
    page.get_by_role("radio").nth(1).check()
    page.locator("form[action='/session/activity'] button").click()
    page.wait_for_url("**/session")
    yield "session"
    page.locator("summary").click()
    yield "session, checks open"
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url("**/logout")
    yield "logout"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "how", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}, {"contrast": "more"}]
)
def test_axe_finds_nothing_on_any_page(
    opened: Open, portal: Portal, language: str, how: dict[str, str]
) -> None:
    page = opened(language, bypass_csp=True, **how)
    found = []
    for address in pages_without_login(portal):
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        found += violations(page)
    refused = opened(language, portal.stopped, bypass_csp=True, **how)
    for path in ("/login/certificate", "/diagnosis"):
        refused.goto(portal.addresses.tls12 + path)
        found += violations(refused)
    admitted = opened(language, portal.good, bypass_csp=True, **how)
    for _ in behind_the_login(admitted, portal):
        assert admitted.locator("html").get_attribute("lang") == language
        found += violations(admitted)
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_refusal(opened: Open, portal: Portal, language: str) -> None:
    page = opened(language, bypass_csp=True)
    found = []
    for code in REASONS:
        page.goto(f"{portal.addresses.open}/refusals/{code}")
        found += violations(page)
    assert found == []


FOCUSED = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const style = getComputedStyle(one.closest('.choice') || one);
    return {
        place: [...document.querySelectorAll('*')].indexOf(one),
        outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        shown: one.getBoundingClientRect().bottom > 0,
    };
}"""
WANTED = """() => {
    const all = [...document.querySelectorAll('*')];
    const closed = one => one.closest('details:not([open])') && one.tagName !== 'SUMMARY';
    return [...document.querySelectorAll('a[href], button, summary')]
        .filter(one => !closed(one) && one.checkVisibility()).map(one => all.indexOf(one));
}"""


def walked(page: Page) -> set[int]:
    """Press the tabulator from the first link to the end; each stop must be seen.

    Returns the stops.
    """
    stops: set[int] = set()
    page.evaluate("() => document.querySelector('a').focus({focusVisible: true})")
    for _ in range(300):
        stop = page.evaluate(FOCUSED)
        if stop is None or stop["place"] in stops:
            return stops
        assert stop["outline"], f"{page.url}: no visible focus at element {stop['place']}"
        assert stop["shown"], f"{page.url}: focus outside the window at element {stop['place']}"
        stops.add(stop["place"])
        page.keyboard.press("Tab")
    raise AssertionError(f"{page.url}: the keyboard is caught")


def test_the_keyboard_reaches_everything_and_the_focus_is_seen(
    opened: Open, portal: Portal
) -> None:
    page = opened()
    for address in pages_without_login(portal):
        page.goto(address)
        assert set(page.evaluate(WANTED)) <= walked(page)
    admitted = opened("en", portal.good)
    for _ in behind_the_login(admitted, portal):
        assert set(admitted.evaluate(WANTED)) <= walked(admitted)


def tab_to(page: Page, text: str) -> None:
    """Press the tabulator until a link or button with this text has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent.trim()") == text:
            return
    raise AssertionError(f"the keyboard never reaches {text!r}")


def test_a_login_and_logout_by_keyboard_alone(opened: Open, portal: Portal) -> None:
    page = opened("en", portal.good)
    page.goto(portal.addresses.open)
    tab_to(page, "Log in with my card")
    page.keyboard.press("Enter")
    page.wait_for_url("**/session/activity")
    while page.evaluate("() => document.activeElement.type") != "radio":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/session")
    assert page.locator(".place", has_text="HOPITAL").get_by_text("in use").is_visible()
    tab_to(page, "Log out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/logout")
    assert page.get_by_role("heading", level=1).text_content() == "You are logged out"


def test_the_button_logs_in_without_scripts(opened: Open, portal: Portal) -> None:
    page = opened("fr", portal.good, java_script_enabled=False)
    page.goto(portal.addresses.open)
    page.get_by_role("link", name="Se connecter avec ma carte").click()
    page.wait_for_url(f"{portal.addresses.tls12}/session/activity")


def test_times_of_the_diagnosis_are_those_of_the_workstation(opened: Open, portal: Portal) -> None:
    page = opened("en", portal.good, timezone_id="Pacific/Auckland")
    page.goto(f"{portal.addresses.tls12}/diagnosis")
    for place in page.locator("time").all():
        local = page.evaluate(
            "(moment) => new Date(moment).toLocaleTimeString('en-GB')",
            place.get_attribute("datetime"),
        )
        assert local in place.inner_text()


def test_the_skip_link_leads_to_the_content(opened: Open, portal: Portal) -> None:
    page = opened()
    page.goto(portal.addresses.open)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "content"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "text"), [(1280, "200%"), (640, "200%"), (320, "100%")])
def test_no_page_scrolls_sideways_with_large_text_or_a_small_window(
    opened: Open, portal: Portal, language: str, width: int, text: str
) -> None:
    size = {"width": width, "height": 800}

    def overflow(page: Page) -> str | None:
        page.evaluate(f"() => {{ document.documentElement.style.fontSize = '{text}' }}")
        wide, there = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        return f"{page.url}: {wide} > {there}" if wide > there else None

    page = opened(language, viewport=size)
    found = []
    for address in pages_without_login(portal):
        page.goto(address)
        found.append(overflow(page))
    admitted = opened(language, portal.good, viewport=size)
    found += [overflow(admitted) for _ in behind_the_login(admitted, portal)]
    assert [item for item in found if item] == []


def test_pages_load_nothing_from_elsewhere_and_break_no_policy(
    opened: Open, portal: Portal
) -> None:
    page = opened("en", portal.good)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(portal.addresses.open)
    for _ in behind_the_login(page, portal):
        page.wait_for_load_state("networkidle")
    origins = portal.addresses.origins
    assert [url for url in asked if not url.startswith(origins)] == []
    assert said == []


def test_the_language_switch_stays_on_the_page(opened: Open, portal: Portal) -> None:
    page = opened("en")
    page.goto(f"{portal.addresses.open}/login/token")
    page.get_by_role("link", name="Français").click()
    page.wait_for_url("**/login/token?lang=fr")
    assert page.locator("html").get_attribute("lang") == "fr"
    page.goto(portal.addresses.open)
    assert page.locator("html").get_attribute("lang") == "fr"


def test_a_revoked_card_is_reported_so_in_the_readers_language(
    opened: Open, portal: Portal
) -> None:
    page = opened("fr", portal.stopped)
    page.goto(f"{portal.addresses.tls12}/login/certificate")
    assert page.locator(".code code").text_content() == "trust.revoked"
    assert page.get_by_role("heading", level=1).text_content() == "La connexion a été refusée"


def test_no_certificate_over_tls_1_3_leads_to_tls_1_2(opened: Open, portal: Portal) -> None:
    page = opened("en")
    page.goto(f"{portal.addresses.tls13}/login/certificate")
    page.locator(".actions a").first.click()
    page.wait_for_url(f"{portal.addresses.tls12}/login/certificate")


def test_the_page_of_the_diagnosis_names_the_cause_for_the_card_that_is_shown(
    opened: Open, portal: Portal
) -> None:
    page = opened("fr", portal.stopped)
    page.goto(f"{portal.addresses.tls12}/diagnosis")
    first = page.locator("#findings [data-code]").first
    assert first.get_attribute("data-code") == "diag.certificate_revoked"
    first.get_by_role("link").click()
    page.wait_for_url("**/diagnosis/diag.certificate_revoked")
    assert page.locator("h1").text_content() == "diag.certificate_revoked"


@pytest.mark.parametrize(
    ("card", "code"), [("good", "card_test"), ("stopped", "certificate_revoked")]
)
def test_curl_sees_the_same_as_a_browser(portal: Portal, card: str, code: str) -> None:
    path = str(getattr(portal, card))
    address = f"{portal.addresses.tls13}/diagnosis"
    command = ["curl", "-sk", "--cert", path, "--key", path, "-H", "Accept: application/json"]
    done = subprocess.run([*command, address], capture_output=True, check=True, timeout=60)
    found = json.loads(done.stdout)
    assert found["findings"][0]["code"] == f"diag.{code}"
    assert found["tls"]["version"] == "1.3"
    assert found["verdict"]["ok"] is (card == "good")
