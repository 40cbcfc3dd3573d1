# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Somebody who knew the old password stays in the account by a key, a card or a session."""

import pytest
from tests.attacks.ordering.test_stopped_cards import api, holder, key_of
from tests.unit.ordering.site.conftest import Browser, House
from tests.unit.portal.conftest import PS

from caducee.services.ordering.accounts import Account
from caducee.services.ordering.api import ApiKeys
from caducee.services.ordering.site.sessions import Login, LoginSessions
from caducee.services.ordering.site.visits import BROWSER_COOKIE

ZOE = "zoe@example.test"
OTHER = "a wholly different sentence"


def recover(house: House, *keep: str) -> Browser:
    """Choose another password by a code, in a browser that was never seen before."""
    zoe = house.visitor().get("/forgotten").press("/forgotten", email=ZOE)
    ticked = {f"keep__{item}": "yes" for item in keep}
    zoe.press("/password", code=house.codes()[-1], password=OTHER, **ticked)
    assert zoe.path == "/orders", zoe.text
    return zoe


def inside(house: House) -> tuple[Browser, Account, str, Browser]:
    """Return a browser, its account, a key that it made, and a browser of a linked card."""
    mallory, account = house.person("zoe")
    key = key_of(mallory)
    house.accounts.link_card(account.id, PS)
    by_card, _ = holder(house)
    return mallory, account, key, by_card


def told(house: House) -> str:
    while house.ordering.work("w"):
        pass
    return " ".join(" ".join(house.messages()).split())


def test_a_new_password_ends_every_other_access(house: House) -> None:
    mallory, account, key, by_card = inside(house)
    browser = mallory.client.cookies[BROWSER_COOKIE]
    assert house.accounts.browsers.knows(account.id, browser)
    recover(house)
    assert mallory.get("/orders").path == "/login"
    assert by_card.get("/orders").path == "/login"
    assert api(house, key, "GET", "/account") == (401, "api.key_wrong")
    assert house.accounts.account(account.id).ps_idnat is None
    assert not house.accounts.browsers.knows(account.id, browser)
    assert "API keys withdrawn: 1." in told(house)


def test_keys_and_card_are_kept_on_request(house: House) -> None:
    _, account, key, _ = inside(house)
    recover(house, "keys", "card")
    assert api(house, key, "GET", "/account")[0] == 200
    assert house.accounts.account(account.id).ps_idnat == PS


def test_a_new_key_and_a_linked_card_are_told_to_the_owner(house: House) -> None:
    inside(house)
    text = told(house)
    assert "An API key was made for your account: pipeline." in text
    assert "A card was linked to your account" in text


def test_a_key_made_at_the_moment_of_a_new_password_does_not_outlive_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mallory, account = house.person("zoe")
    mallory.get("/account")
    fields = mallory.filled("/account/keys", label="pipeline")
    find = LoginSessions.find

    def found_then_changed(sessions: LoginSessions, secret: str) -> Login | None:
        found = find(sessions, secret)
        with monkeypatch.context() as patch:
            patch.setattr(LoginSessions, "find", find)
            recover(house)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(LoginSessions, "find", found_then_changed)
        mallory.send("/account/keys", fields)
    assert mallory.status == 401
    assert ApiKeys(house.ordering.registry).keys(account.id) == ()


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "123456789012345",
        "aaaaaaaaaaaaaaaaaaaa",
        "P@ssw0rdP@ssw0rd1",
        "motdepassemotdepasse",
        "azertyuiopqsdfghjklm",
        "caducee caducee caducee",
        "zoe.martin@example.test",
    ],
)
def test_a_password_that_is_common_or_expected_is_refused(house: House, password: str) -> None:
    zoe = house.visitor().get("/register")
    zoe.press("/register", name="Zoé Martin", email="zoe.martin@example.test", password=password)
    assert zoe.status == 400 and "easily guessed" in zoe.text
