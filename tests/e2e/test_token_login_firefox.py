# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Login by token with our extension in a real Firefox, judged by the portal."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.browsers import ASK, EXTENSION, Desk
from tests.e2e.conftest import Place, running_place
from tests.e2e.marionette import Firefox, firefox

from caducee.issuance import IssuedCard

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

LOGIN = "web-eid:authenticate"
SESSION = """
return fetch("/session", { headers: { accept: "application/json" } }).then((it) => it.json())
"""
NONCE = "return fetch('/login/nonce').then((it) => it.json()).then((it) => it.nonce)"
WATCHED = "return document.querySelector('#end-session[data-watched]') !== null"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running_place(tmp_path_factory.mktemp("world") / "world") as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.set_up(tmp_path_factory.mktemp("desk") / "home")


@pytest.fixture(scope="module")
def browser(home: Desk) -> Iterator[Firefox]:
    with firefox(home.home / "profile", home.environment()) as running:
        running.install(EXTENSION)
        yield running


@pytest.fixture
def card(place: Place, home: Desk, browser: Firefox) -> Iterator[IssuedCard]:
    """A card in the reader."""
    issued = place.issue()
    home.insert(issued.image)
    yield issued
    browser.goto("about:blank")  # a page that watches the card would go on to the logout
    home.clear()


@pytest.fixture
def page(browser: Firefox, place: Place) -> Firefox:
    """The portal's page of the login by token, nobody logged in."""
    browser.goto(f"{place.addresses.open}/login/token")
    browser.call("WebDriver:DeleteAllCookies")
    return browser


def ask(page: Firefox, action: str, *, click: bool = True, **data: Any) -> dict[str, Any]:
    if click:
        page.click("h1")
    found: dict[str, Any] = page.evaluate(
        f"return ({ASK})([arguments[0], arguments[1]])", action, data
    )
    return found


def logged_in(page: Firefox) -> dict[str, Any]:
    page.click("#token-login")
    page.wait_for_url("/session")
    page.wait_for(WATCHED)
    found: dict[str, Any] = page.evaluate(SESSION)
    return found


def test_button_logs_in(page: Firefox, card: IssuedCard) -> None:
    found = logged_in(page)
    assert (found["ok"], found["way"]) == (True, "token")
    assert found["identity"]["ps_idnat"] == card.card.ps_idnat


def test_card_that_leaves_ends_the_session(page: Firefox, card: IssuedCard, home: Desk) -> None:
    logged_in(page)
    home.eject()
    page.wait_for_url("/logout")
    assert "The card left its reader" in page.text("main")
    assert page.evaluate(SESSION)["refusal"]["code"] == "portal.not_logged_in"


def test_page_that_asks_without_a_click_is_refused(page: Firefox, card: IssuedCard) -> None:
    answered = ask(page, LOGIN, click=False, challengeNonce=page.evaluate(NONCE))
    assert answered["error"]["caducee"] == {"code": "extension.no_gesture"}


def test_one_click_is_one_request(page: Firefox, card: IssuedCard) -> None:
    first = ask(page, LOGIN, challengeNonce=page.evaluate(NONCE))
    assert first["action"] == f"{LOGIN}-success"
    again = ask(page, LOGIN, click=False, challengeNonce=page.evaluate(NONCE))
    assert again["error"]["caducee"] == {"code": "extension.no_gesture"}


def test_nonce_is_signed_once(page: Firefox, card: IssuedCard) -> None:
    used = page.evaluate(NONCE)
    assert ask(page, LOGIN, challengeNonce=used)["action"] == f"{LOGIN}-success"
    again = ask(page, LOGIN, challengeNonce=used)
    assert again["error"]["caducee"]["code"] == "webhost.nonce_used"


def test_token_made_for_another_origin_is_refused(
    page: Firefox, card: IssuedCard, place: Place
) -> None:
    """A page in the middle hands the portal's nonce to the card, under its own origin."""
    nonce = page.evaluate(NONCE)
    page.goto(place.addresses.tls12)
    token = ask(page, LOGIN, challengeNonce=nonce, origin=place.addresses.open)
    page.goto(f"{place.addresses.open}/login/token")
    found = page.evaluate(
        """return fetch("/login/token", {
            method: "POST",
            headers: { accept: "application/json", "content-type": "application/json" },
            body: JSON.stringify(arguments[0]),
        }).then((it) => it.json())""",
        {name: value for name, value in token.items() if name != "action"},
    )
    assert found["refusal"]["code"] == "relying.token_signature_invalid"


def test_empty_reader_is_explained_on_the_page(page: Firefox) -> None:
    page.click("#token-login")
    page.wait_for("return !document.getElementById('token-refused').hidden")
    assert "No card of the CPS family is in a reader." in page.text("#token-refused")
