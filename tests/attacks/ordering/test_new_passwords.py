# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Somebody who knew the old password stays in the account by a key, a card or a session."""

import pytest
from tests.attacks.ordering.test_stopped_cards import api, holder, key_of
from tests.unit.ordering.site.conftest import Browser, SiteContext
from tests.unit.portal.conftest import PS

from caducee.services.ordering.accounts import Account
from caducee.services.ordering.api import ApiKeys
from caducee.services.ordering.site.page_request import BROWSER_COOKIE
from caducee.services.ordering.site.sessions import Login, LoginSessions

ZOE = "zoe@example.test"
OTHER = "a wholly different sentence"


def recover(context: SiteContext, *keep: str) -> Browser:
    """Choose another password by a code, in a browser that was never seen before."""
    zoe = context.visitor().get("/forgotten").press("/forgotten", email=ZOE)
    ticked = {f"keep__{item}": "yes" for item in keep}
    zoe.press("/password", code=context.codes()[-1], password=OTHER, **ticked)
    assert zoe.path == "/orders", zoe.text
    return zoe


def inside(context: SiteContext) -> tuple[Browser, Account, str, Browser]:
    """Return a browser, its account, a key that it made, and a browser of a linked card."""
    mallory, account = context.person("zoe")
    key = key_of(mallory)
    context.accounts.link_card(account.id, PS)
    by_card, _ = holder(context)
    return mallory, account, key, by_card


def reported(context: SiteContext) -> str:
    while context.ordering.worker.work("w"):
        pass
    return " ".join(" ".join(context.messages()).split())


def test_a_new_password_ends_every_other_access(context: SiteContext) -> None:
    mallory, account, key, by_card = inside(context)
    browser = mallory.client.cookies[BROWSER_COOKIE]
    assert context.accounts.browsers.knows(account.id, browser)
    recover(context)
    assert mallory.get("/orders").path == "/login"
    assert by_card.get("/orders").path == "/login"
    assert api(context, key, "GET", "/account") == (401, "api.key_wrong")
    assert context.accounts.account(account.id).ps_idnat is None
    assert not context.accounts.browsers.knows(account.id, browser)
    assert "API keys withdrawn: 1." in reported(context)


def test_keys_and_card_are_kept_on_request(context: SiteContext) -> None:
    _, account, key, _ = inside(context)
    recover(context, "keys", "card")
    assert api(context, key, "GET", "/account")[0] == 200
    assert context.accounts.account(account.id).ps_idnat == PS


def test_a_new_key_and_a_linked_card_are_reported_to_the_owner(context: SiteContext) -> None:
    inside(context)
    text = reported(context)
    assert "An API key was made for your account: pipeline." in text
    assert "A card was linked to your account" in text


def test_a_key_made_at_the_moment_of_a_new_password_does_not_outlive_it(
    context: SiteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    mallory, account = context.person("zoe")
    mallory.get("/account")
    fields = mallory.filled("/account/keys", label="pipeline")
    find = LoginSessions.find

    def found_then_changed(sessions: LoginSessions, secret: str) -> Login | None:
        found = find(sessions, secret)
        with monkeypatch.context() as patch:
            patch.setattr(LoginSessions, "find", find)
            recover(context)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(LoginSessions, "find", found_then_changed)
        mallory.send("/account/keys", fields)
    assert mallory.status == 401
    assert ApiKeys(context.ordering.registry).keys(account.id) == ()


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
def test_a_password_that_is_common_or_expected_is_refused(
    context: SiteContext, password: str
) -> None:
    zoe = context.visitor().get("/register")
    zoe.press("/register", name="Zoé Martin", email="zoe.martin@example.test", password=password)
    assert zoe.status == 400 and "easily guessed" in zoe.text
