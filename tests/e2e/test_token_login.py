# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Login by token with our extension in a real Chromium, judged by the portal."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright
from tests.e2e.browsers import ASK, EXTENSION, Desk, chromium
from tests.e2e.conftest import Place, running_place
from tests.e2e.test_portal_pages import violations

from caducee.issuance import IssuedCard

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

LOGIN = "web-eid:authenticate"
CERTIFICATE = "web-eid:get-signing-certificate"
SIGN = "web-eid:sign"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running_place(tmp_path_factory.mktemp("world") / "world") as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.set_up(tmp_path_factory.mktemp("desk") / "home")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright, home: Desk) -> Iterator[BrowserContext]:
    with chromium(playwright, home) as context:
        yield context


@pytest.fixture
def place(world: Place) -> Iterator[Place]:
    yield world
    world.world.clock.reset()


@pytest.fixture
def desk(home: Desk) -> Iterator[Desk]:
    home.enters("1234")
    yield home
    home.clear()


@pytest.fixture
def card(place: Place, desk: Desk) -> IssuedCard:
    """A card in the reader."""
    issued = place.issue()
    desk.insert(issued.image)
    return issued


@pytest.fixture
def page(place: Place, browser: BrowserContext) -> Iterator[Page]:
    """The portal's page of the login by token."""
    browser.clear_cookies()
    opened = browser.new_page()
    opened.goto(f"{place.addresses.open}/login/token")
    yield opened
    opened.close()


def press(page: Page) -> None:
    page.get_by_role("button", name="Log in with my card").click()


def ask(page: Page, action: str, *, click: bool = True, **data: Any) -> dict[str, Any]:
    """Send one message as a page does, after a click on it."""
    if click:
        page.locator("h1").click()
    found: dict[str, Any] = page.evaluate(ASK, [action, data])
    return found


def nonce(page: Page) -> str:
    found: str = page.evaluate(
        "fetch('/login/nonce').then((it) => it.json()).then((it) => it.nonce)"
    )
    return found


def send(page: Page, token: dict[str, Any]) -> dict[str, Any]:
    """Send a token to the portal, and return what it says."""
    script = """(token) => fetch("/login/token", {
        method: "POST",
        headers: { accept: "application/json", "content-type": "application/json" },
        body: JSON.stringify(token),
    }).then((it) => it.json())"""
    found: dict[str, Any] = page.evaluate(script, {k: v for k, v in token.items() if k != "action"})
    return found


def session(page: Page) -> dict[str, Any]:
    """Return what the portal knows of the session of this browser."""
    script = (
        "fetch('/session', { headers: { accept: 'application/json' } }).then((it) => it.json())"
    )
    found: dict[str, Any] = page.evaluate(script)
    return found


# The login


def test_button_logs_in(page: Page, card: IssuedCard) -> None:
    press(page)
    page.wait_for_url("**/session")
    found = session(page)
    assert (found["ok"], found["way"]) == (True, "token")
    assert found["identity"]["ps_idnat"] == card.card.ps_idnat


def test_one_button_of_the_start_page_takes_the_token_where_the_extension_answers(
    page: Page, place: Place, card: IssuedCard
) -> None:
    page.goto(place.addresses.open)
    page.get_by_role("link", name="Log in with my card").click()
    page.wait_for_url("**/session")
    assert session(page)["way"] == "token"


def test_card_that_leaves_ends_the_session(page: Page, card: IssuedCard, desk: Desk) -> None:
    press(page)
    page.wait_for_url("**/session")
    page.wait_for_selector("#end-session[data-watched]", state="attached")
    desk.eject()
    page.wait_for_url("**/logout")
    expect(page.locator("main")).to_contain_text("The card left its reader")
    assert session(page)["refusal"]["code"] == "portal.not_logged_in"


def test_a_logout_of_everything_ends_the_session_while_the_card_stays(
    page: Page, card: IssuedCard, desk: Desk
) -> None:
    press(page)
    page.wait_for_url("**/session")
    page.wait_for_selector("#end-session[data-watched]", state="attached")
    command = [sys.executable, "-m", "caducee", "card", "log-out", "--json"]
    done = subprocess.run(
        command, env=desk.environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout)["pages"] == 1
    page.wait_for_url("**/logout")
    expect(page.locator("main")).to_contain_text("You logged out of everything")
    assert session(page)["refusal"]["code"] == "portal.not_logged_in"


def test_card_of_another_holder_ends_the_session_and_logs_in_its_own(
    page: Page, card: IssuedCard, place: Place, desk: Desk
) -> None:
    press(page)
    page.wait_for_url("**/session")
    page.wait_for_selector("#end-session[data-watched]", state="attached")
    other = place.issue()
    desk.eject()
    desk.insert(other.image)
    page.wait_for_url("**/logout")
    page.goto(f"{place.addresses.open}/login/token")
    press(page)
    page.wait_for_url("**/session")
    assert session(page)["identity"]["ps_idnat"] == other.card.ps_idnat


def test_card_that_left_while_the_page_changed_ends_the_session(
    page: Page, card: IssuedCard, place: Place, desk: Desk
) -> None:
    press(page)
    page.wait_for_url("**/session")
    page.goto(place.addresses.open)
    desk.eject()
    page.goto(f"{place.addresses.open}/session")
    page.wait_for_url("**/logout")


def test_refusal_of_the_portal_is_explained(place: Place, page: Page, card: IssuedCard) -> None:
    place.world.revoke(card.card.number)
    press(page)
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("Your card was stopped")
    href = refused.get_by_role("link").get_attribute("href")
    assert href == "/refusals/trust.revoked"


def test_stale_certificate_is_refused(place: Place, page: Page, card: IssuedCard) -> None:
    place.world.clock.move_days(4 * 365)
    answered = ask(page, LOGIN, challengeNonce=nonce(page))
    found = send(page, answered)
    assert found["refusal"]["code"] == "relying.certificate_expired"


# What is refused


def test_page_that_asks_without_a_click_is_refused(page: Page, card: IssuedCard) -> None:
    answered = ask(page, LOGIN, click=False, challengeNonce=nonce(page))
    assert answered["action"] == f"{LOGIN}-failure"
    assert answered["error"]["code"] == "ERR_WEBEID_USER_CANCELLED"
    assert answered["error"]["caducee"] == {"code": "extension.no_gesture"}


def test_click_of_a_script_is_no_click(page: Page, card: IssuedCard) -> None:
    page.evaluate("document.querySelector('h1').click()")
    answered = ask(page, LOGIN, click=False, challengeNonce=nonce(page))
    assert answered["error"]["caducee"] == {"code": "extension.no_gesture"}


def test_one_click_is_one_request(page: Page, card: IssuedCard) -> None:
    assert ask(page, LOGIN, challengeNonce=nonce(page))["action"] == f"{LOGIN}-success"
    again = ask(page, LOGIN, click=False, challengeNonce=nonce(page))
    assert again["error"]["caducee"] == {"code": "extension.no_gesture"}


def test_token_made_for_another_origin_is_refused(
    place: Place, page: Page, browser: BrowserContext, card: IssuedCard
) -> None:
    """A page in the middle hands the portal's nonce to the card, under its own origin."""
    middle = browser.new_page()
    middle.goto(place.addresses.tls12)
    answered = ask(middle, LOGIN, challengeNonce=nonce(page), origin=place.addresses.open)
    assert answered["action"] == f"{LOGIN}-success"
    found = send(page, answered)
    assert found["refusal"]["code"] == "relying.token_signature_invalid"
    assert session(page)["refusal"]["code"] == "portal.not_logged_in"


def test_frame_in_another_page_may_not_ask(page: Page, card: IssuedCard, place: Place) -> None:
    """The portal forbids to be framed at all; the extension stands in no frame either."""
    page.locator("h1").click()
    asked = page.evaluate(
        """() => new Promise((resolve) => {
            const frame = document.createElement("iframe");
            document.body.append(frame);
            const inner = frame.contentWindow;
            const ask = "web-eid:status";
            inner.addEventListener("message", ({ data }) => {
                if (data.action !== ask) resolve(data.action);
            });
            inner.postMessage({ action: ask }, "*");
            setTimeout(() => resolve("silence"), 1500);
        })"""
    )
    assert asked == "silence"


def test_nonce_is_signed_once(page: Page, card: IssuedCard) -> None:
    used = nonce(page)
    assert ask(page, LOGIN, challengeNonce=used)["action"] == f"{LOGIN}-success"
    again = ask(page, LOGIN, challengeNonce=used)
    assert again["error"]["code"] == "ERR_WEBEID_NATIVE_INVALID_ARGUMENT"
    assert again["error"]["caducee"]["code"] == "webhost.nonce_used"


def test_token_is_taken_once(page: Page, card: IssuedCard) -> None:
    token = ask(page, LOGIN, challengeNonce=nonce(page))
    assert send(page, token)["ok"]
    assert send(page, token)["refusal"]["code"] == "relying.nonce_unknown"
    nonce(page)
    assert send(page, token)["refusal"]["code"] == "relying.token_replayed"


def test_token_with_the_digest_of_another_nonce_is_refused(page: Page, card: IssuedCard) -> None:
    other = base64.b64encode(bytes(32)).decode()
    nonce(page)
    token = ask(page, LOGIN, challengeNonce=other)
    assert send(page, token)["refusal"]["code"] == "relying.token_signature_invalid"


def test_wrong_code_costs_one_try_and_says_so(page: Page, card: IssuedCard, desk: Desk) -> None:
    desk.enters("9999")
    answered = ask(page, LOGIN, challengeNonce=nonce(page))
    assert answered["error"]["code"] == "ERR_WEBEID_USER_CANCELLED"
    assert desk.tries_left() == 2


def test_empty_reader_is_explained_on_the_page(page: Page, desk: Desk) -> None:
    press(page)
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("No card of the CPS family is in a reader.")
    expect(refused).to_contain_text("Put your card into the reader")
    expect(refused).to_be_focused()
    assert violations(page) == []


def test_missing_host_is_reported(page: Page, card: IssuedCard, desk: Desk) -> None:
    manifest = desk.home / ".config/chromium/NativeMessagingHosts/org.caducee.host.json"
    content = manifest.read_bytes()
    manifest.unlink()
    answered = ask(page, LOGIN, challengeNonce=nonce(page))
    manifest.write_bytes(content)
    assert answered["error"]["code"] == "ERR_WEBEID_NATIVE_UNAVAILABLE"


def test_without_the_extension_the_page_says_how_to_install_it(
    place: Place, tmp_path: Path, playwright: Playwright
) -> None:
    with chromium(playwright, Desk(tmp_path), extension=None, language="fr") as browser:
        page = browser.new_page()
        page.goto(f"{place.addresses.open}/login/token")
        page.locator("#token-login").click()
        expect(page.locator("#token-missing")).to_be_visible()
        assert "caducee browser install" in page.locator("#token-missing").inner_text()
        assert violations(page) == []


# Signatures


def sign(page: Page, certificate: str, digest: bytes, name: str = "SHA-256") -> dict[str, Any]:
    hash = base64.b64encode(digest).decode()
    return ask(page, SIGN, click=False, certificate=certificate, hash=hash, hashFunction=name)


def test_document_is_signed(page: Page, card: IssuedCard) -> None:
    given = ask(page, CERTIFICATE)
    made = sign(page, given["certificate"], bytes(32))
    assert made["action"] == f"{SIGN}-success"
    assert len(base64.b64decode(made["signature"])) == 256


def test_digest_of_another_hash_is_not_signed(page: Page, card: IssuedCard) -> None:
    given = ask(page, CERTIFICATE)
    made = sign(page, given["certificate"], bytes(32), "SHA-512")
    assert made["error"]["caducee"]["code"] == "webhost.digest_mismatch"


def test_certificate_of_a_card_before_is_not_signed_with(
    page: Page, card: IssuedCard, place: Place, desk: Desk
) -> None:
    old = ask(page, CERTIFICATE)["certificate"]
    desk.eject()
    desk.insert(place.issue().image)
    made = sign(page, old, bytes(32))
    assert made["error"]["caducee"]["code"] == "webhost.signing_closed"
    ask(page, CERTIFICATE)
    made = sign(page, old, bytes(32))
    assert made["error"]["caducee"]["code"] == "webhost.certificate_other"


# What a page may know


@pytest.fixture
def trusting(tmp_path: Path) -> Path:
    """The extension as it is after the user allowed the host ``localhost`` in its options."""
    copy = shutil.copytree(EXTENSION, tmp_path / "extension")
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["host_permissions"] = ["https://localhost/*"]
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return copy


def test_only_an_allowed_origin_sees_that_the_extension_is_alive(
    place: Place, tmp_path: Path, trusting: Path, playwright: Playwright
) -> None:
    with chromium(playwright, Desk(tmp_path), extension=trusting) as browser:
        allow(browser, place.addresses.open)
        page = browser.new_page()
        page.goto(place.addresses.open)
        page.wait_for_function("window.isCpsWebExAlive !== undefined")
        said = page.evaluate("window.isCpsWebExAlive()")
        assert said == "CPS Web Extension is available !"
        page.goto(place.addresses.tls12)  # another port is another origin
        ask(page, "web-eid:status", click=False)
        assert page.evaluate("typeof window.isCpsWebExAlive") == "undefined"


def allow(browser: BrowserContext, origin: str) -> None:
    """Put an origin on the list of the options."""
    worker = browser.service_workers[0] if browser.service_workers else None
    worker = worker or browser.wait_for_event("serviceworker")
    worker.evaluate("(site) => chrome.storage.local.set({ sites: [site] })", origin)


def test_site_where_nobody_logged_in_may_not_watch_the_card(
    page: Page, place: Place, card: IssuedCard
) -> None:
    page.goto(place.addresses.tls13)
    answered = ask(page, "caducee:watch")
    assert answered["error"]["caducee"]["code"] == "extension.refused"


def test_status_says_versions_without_a_click(page: Page) -> None:
    found = ask(page, "web-eid:status", click=False)
    assert (found["library"], found["extension"]) == ("2.0.0", "0.1.0")
    assert found["nativeApp"].count(".") == 2
