# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a site sees, with a real Chromium, our extension, a clock that is wrong, and curl."""

import datetime as dt
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright
from tests.e2e.browsers import Desk, chromium
from tests.e2e.conftest import Place, running_place
from tests.e2e.test_portal_pages import violations
from tests.e2e.test_token_login import allow, trusting  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running_place(tmp_path_factory.mktemp("world") / "world") as made:
        yield made


@pytest.fixture
def place(world: Place) -> Iterator[Place]:
    yield world
    world.world.clock.reset()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.set_up(tmp_path_factory.mktemp("desk") / "home")


@pytest.fixture(scope="module")
def browser(playwright: Playwright, home: Desk) -> Iterator[BrowserContext]:
    """Chromium with our extension and its program."""
    with chromium(playwright, home) as context:
        yield context


@pytest.fixture(scope="module")
def bare(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """Chromium without any extension."""
    desk = Desk.set_up(tmp_path_factory.mktemp("bare") / "home")
    with chromium(playwright, desk, extension=None) as context:
        yield context


def looked(context: BrowserContext, place: Place) -> Page:
    """Open the page and wait until its script has asked everybody."""
    page = context.new_page()
    page.goto(f"{place.addresses.open}/diagnosis")
    page.wait_for_selector("#extension[data-done]")
    return page


def test_the_extension_and_its_program_are_seen_with_their_versions(
    place: Place, browser: BrowserContext
) -> None:
    said: list[str] = []
    browser.on("console", lambda message: said.append(message.text))
    page = looked(browser, place)
    expect(page.locator("#extension")).to_contain_text("there: extension")
    expect(page.locator("[data-code='diag.extension_absent']")).to_be_hidden()
    expect(page.locator("#alive")).to_have_text("not given to this site")
    expect(page.locator("#nothing")).to_be_hidden()  # the card was not looked at here
    expect(page.locator("[data-code='diag.certificate_unseen']")).to_be_visible()
    assert said == []
    page.close()


def test_an_extension_without_its_program_is_reported_apart(
    place: Place, playwright: Playwright, tmp_path: Path
) -> None:
    desk = Desk.set_up(tmp_path / "home")
    for host in (desk.home / ".config/chromium/NativeMessagingHosts").glob("*.json"):
        host.unlink()
    with chromium(playwright, desk) as context:
        page = looked(context, place)
        expect(page.locator("#extension")).to_contain_text("without the program")
        reported = page.locator("[data-code='diag.host_absent']")
        expect(reported).to_be_visible()
        expect(reported).to_contain_text("The native messaging host is not registered")


def test_without_an_extension_the_page_says_so_and_nothing_is_an_error(
    place: Place, bare: BrowserContext
) -> None:
    page = looked(bare, place)
    expect(page.locator("[data-code='diag.extension_absent']")).to_be_visible()
    expect(page.locator("[data-code='diag.host_absent']")).to_be_hidden()
    expect(page.locator("#clock")).to_contain_text("right to")
    page.close()


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (-3600, "diag.clock_ahead"),
        (3600, "diag.clock_behind"),
        (-60, "diag.clock_drifts"),
    ],
)
def test_a_clock_that_is_wrong_is_reported_with_how_much(
    place: Place, bare: BrowserContext, by: int, code: str
) -> None:
    place.world.clock.move(dt.timedelta(seconds=by))
    page = looked(bare, place)
    reported = page.locator(f"[data-code='{code}']")
    expect(reported).to_be_visible()
    seconds = int(reported.locator("[data-fact='seconds']").first.inner_text())
    assert abs(seconds - abs(by)) <= 5
    expect(reported).to_contain_text(place.addresses.open)
    assert reported.get_by_role("link").get_attribute("href") == f"/diagnosis/{code}"
    page.close()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_axe_finds_nothing_when_the_script_has_reported_everything(
    place: Place, playwright: Playwright, tmp_path: Path, language: str
) -> None:
    place.world.clock.move(dt.timedelta(hours=1))
    desk = Desk.set_up(tmp_path / "home")
    with chromium(playwright, desk, extension=None, language=language) as context:
        page = context.new_page()
        page.goto(f"{place.addresses.open}/diagnosis?lang={language}")
        page.wait_for_selector("#extension[data-done]")
        expect(page.locator("[data-code='diag.clock_behind']")).to_be_visible()
        assert page.locator("html").get_attribute("lang") == language
        found = violations(page)
        page.goto(f"{place.addresses.open}/diagnosis/codes")
        found += violations(page)
    assert found == []


def test_a_site_that_is_allowed_is_reported_that_the_extension_is_alive(
    place: Place,
    playwright: Playwright,
    tmp_path: Path,
    trusting: Path,  # noqa: F811 (the fixture)
) -> None:
    with chromium(playwright, Desk.set_up(tmp_path / "home"), extension=trusting) as context:
        allow(context, place.addresses.open)
        page = looked(context, place)
        expect(page.locator("#alive")).to_have_text("given")


# The same with curl


def curl(place: Place, origin: str, *options: str) -> dict[str, Any]:
    done = subprocess.run(
        ["curl", "-sk", "-H", "Accept: application/json", *options, f"{origin}/diagnosis"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_curl_sees_version_and_cipher_of_each_listener(place: Place) -> None:
    twelve, thirteen = (curl(place, origin)["tls"] for origin in place.addresses.origins[1:3])
    assert (twelve["version"], thirteen["version"]) == ("1.2", "1.3")
    assert twelve["cipher"].startswith("ECDHE-")
    assert thirteen["cipher"].startswith("TLS_")


def test_curl_without_a_certificate_is_reported_the_code(place: Place) -> None:
    found = curl(place, place.addresses.tls12)
    assert [item["code"] for item in found["findings"]] == ["diag.login_no_certificate"]
    assert not found["ok"]


def test_curl_through_a_proxy_that_signs_is_reported_that_tls_was_opened(place: Place) -> None:
    found = curl(place, place.addresses.open, "-H", "Via: 1.1 inspection")
    assert [item["code"] for item in found["findings"]] == [
        "diag.proxy_opens_tls",
        "diag.certificate_unseen",
    ]
