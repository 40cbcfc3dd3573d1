# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The options of our extension, and the portal's states of a login by token: accessible."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright
from tests.e2e.browsers import EXTENSION, Desk, chromium
from tests.e2e.test_portal_pages import violations

from caducee.base.i18n import LANGUAGES
from caducee.spec.native_messaging import CHROMIUM_EXTENSION

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

TEXTS = {
    code: json.loads((EXTENSION / f"_locales/{code}/messages.json").read_text(encoding="utf-8"))
    for code in LANGUAGES
}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def options(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory, language: str
) -> Iterator[Page]:
    """The options, in a browser that has allowed the extension to act on ``localhost`` already:
    its own question cannot be answered without a screen.
    """
    folder = tmp_path_factory.mktemp("options")
    extension = shutil.copytree(EXTENSION, folder / "extension")
    manifest = json.loads((extension / "manifest.json").read_text(encoding="utf-8"))
    manifest["host_permissions"] = ["https://localhost/*"]
    (extension / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with chromium(playwright, Desk(folder), extension=extension, language=language) as browser:
        page = browser.new_page()
        page.goto(f"chrome-extension://{CHROMIUM_EXTENSION}/options.html")
        yield page


def said(page: Page) -> str:
    return page.locator("#result").inner_text()


def test_site_is_allowed_and_removed_by_keyboard_alone(options: Page, language: str) -> None:
    texts = TEXTS[language]
    options.get_by_label(texts["addLabel"]["message"]).focus()
    options.keyboard.type("https://localhost:8443/")
    options.keyboard.press("Enter")
    listed = options.locator("#sites code")
    expect(listed).to_have_text(["https://localhost:8443"])
    assert "https://localhost:8443" in said(options)
    options.get_by_role("button").first.focus()
    options.keyboard.press("Enter")
    expect(listed).to_have_count(0)
    expect(options.locator("#empty")).to_be_visible()
    expect(options.locator("#site")).to_be_focused()


@pytest.mark.parametrize(
    "text", ["", "localhost", "http://localhost", "https://localhost/path", "https://a:b@localhost"]
)
def test_what_is_no_origin_is_not_allowed(options: Page, language: str, text: str) -> None:
    options.locator("#site").fill(text)
    options.locator("#site").press("Enter")
    expect(options.locator("#result")).to_have_text(TEXTS[language]["notAnOrigin"]["message"])
    expect(options.locator("#site")).to_have_attribute("aria-invalid", "true")
    expect(options.locator("#sites code")).to_have_count(0)


def test_page_speaks_the_language_of_the_browser_and_breaks_no_rule(
    options: Page, language: str
) -> None:
    expect(options.locator("h1")).to_have_text(TEXTS[language]["optionsTitle"]["message"])
    assert options.locator("html").get_attribute("lang") == language
    assert violations(options) == []


def test_languages_have_the_same_texts() -> None:
    french, english = (TEXTS[code] for code in ("fr", "en"))
    assert french.keys() == english.keys()
    assert all(french[name]["message"] != english[name]["message"] for name in french)


@pytest.mark.parametrize("name", ["background.js", "content.js", "options.js", "options.html"])
def test_extension_makes_no_code_or_markup_of_what_it_is_reported(name: str) -> None:
    content = Path(EXTENSION / name).read_text(encoding="utf-8")
    assert "innerHTML" not in content
    assert "eval(" not in content
