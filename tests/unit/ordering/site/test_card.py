# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Login and signature by card: who it is says the verifier, what is signed says the order."""

import msgspec
import pytest
from tests.unit.ordering.conftest import FIT
from tests.unit.ordering.site.conftest import ADDRESSES, Browser, SiteContext
from tests.unit.portal.conftest import PS

from caducee.services.ordering.states import OrderState
from caducee.services.web.listeners import Listener


def by_token(browser: Browser, path: str, nonce: str = "") -> Browser:
    """Ask for a nonce and answer it, as the browser's extension does."""
    given = browser.get(nonce or f"{path}/nonce").answer.json()
    assert given["origin"] == "https://localhost:4433"
    browser.answer = browser.client.post(f"{path}/token", content=b"{}")
    return browser


def nonce_of(browser: Browser, page: str) -> str:
    """Return where the button of a page asks for its nonce."""
    return str(browser.get(page).page.get_element_by_id("token-login").get("data-nonce"))


def test_a_holder_logs_in_by_token_and_finds_the_same_account_again(context: SiteContext) -> None:
    ids = set()
    for _ in range(2):
        browser = context.visitor().get("/login")
        assert by_token(browser, "/login").answer.json() == {"ok": True}
        assert PS in browser.get("/account").text
        ids.add(context.accounts.named(PS).id)
    assert len(ids) == 1


def test_a_nonce_is_answered_once_and_by_the_browser_that_asked(context: SiteContext) -> None:
    browser, other = context.visitor().get("/login"), context.visitor().get("/login")
    browser.get("/login/nonce")
    other.answer = other.client.post("/login/token", content=b"{}")
    assert other.answer.json()["refusal"]["code"] == "relying.nonce_unknown"
    browser.answer = browser.client.post("/login/token", content=b"{}")
    browser.answer = browser.client.post("/login/token", content=b"{}")
    assert browser.answer.json()["refusal"]["code"] == "relying.nonce_used"


def test_a_card_signs_the_order_as_it_is_and_its_holder_is_kept(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    sign = f"/orders/{order.id}/sign"
    by_token(zoe, sign, nonce_of(zoe, sign))
    assert zoe.answer.json() == {"ok": True}
    kept = context.ordering.orders.order(order.id)
    assert kept.state is OrderState.SUBMITTED
    signature = msgspec.json.decode(kept.signature or "", type=dict[str, str])
    assert (signature["by"], signature["holder"]) == ("token", PS)
    assert context.accounts.account(account.id).ps_idnat == PS


def test_a_nonce_for_a_form_does_not_sign_the_form_after_a_change(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    sign, action = f"/orders/{order.id}/sign", f"/orders/{order.id}/form"
    nonce = nonce_of(zoe, sign)
    assert "nonce" in zoe.get(nonce).answer.json()
    zoe.get(action).press(action, "save", remark="changed since")
    zoe.answer = zoe.client.post(f"{sign}/token", content=b"{}")
    assert zoe.answer.json()["refusal"]["code"] == "relying.nonce_unknown"
    for address in (nonce, f"{sign}/nonce"):
        refusal = zoe.get(address).answer.json()["refusal"]
        assert refusal["code"] == "ordering.changed_meanwhile"


def test_a_certificate_signs_the_form_that_was_shown_and_no_other(
    context: SiteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context.verifier, "verify_connection", lambda _: context.verifier.verdict)
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action, card = f"/orders/{order.id}/form", f"/orders/{order.id}/sign/card"
    zoe.client.base_url = ADDRESSES.tls12
    zoe.client.app_state["listener"] = Listener.TLS12
    fields = zoe.get(card).filled(card)
    zoe.get(action).press(action, "save", remark="and ten thousand more")
    for shown in (fields["shown"], ""):
        zoe.send(card, fields | {"shown": shown})
        assert zoe.status == 409 and "changed in another window" in zoe.text
    assert context.ordering.orders.order(order.id).state is OrderState.DRAFT
    zoe.get(card).press(card)
    assert context.ordering.orders.order(order.id).state is OrderState.SUBMITTED


def test_the_card_of_another_signs_nothing(context: SiteContext) -> None:
    context.accounts.of_card(PS, "Somebody")
    zoe, account = context.person("zoe")
    order = context.draft(account, FIT)
    sign = f"/orders/{order.id}/sign"
    by_token(zoe, sign, nonce_of(zoe, sign))
    assert zoe.answer.json()["refusal"]["code"] == "ordering.holder_taken"
    assert context.ordering.orders.order(order.id).state is OrderState.DRAFT


def test_login_by_certificate_goes_where_one_is_asked_for(context: SiteContext) -> None:
    client = context.client(follow_redirects=False)
    answer = client.get("/login/certificate?next=/basket")
    assert answer.headers["location"] == ("https://localhost:4434/login/certificate?next=/basket")
    answer = client.get("/login/certificate?tls=13&next=//evil.example")
    assert answer.headers["location"] == ("https://localhost:4435/login/certificate?next=/orders")
