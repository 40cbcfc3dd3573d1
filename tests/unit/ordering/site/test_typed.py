# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What was typed outlives a change of language, a session that ended, and a token of before."""

import datetime as dt
from typing import Any

from tests.unit.ordering.conftest import FIT
from tests.unit.ordering.site.conftest import PASSWORD, Browser, SiteContext

from caducee.base.clock import FixedClock
from caducee.services.ordering.roles import Role


def in_french(browser: Browser) -> Browser:
    """Choose French as the page offers it: by a link, or by a button that sends a form."""
    (chosen,) = browser.page.xpath("//ul[@class='languages']//*[@lang='fr']")
    if chosen.tag == "a":
        return browser.get(chosen.get("href"))
    form = browser.page.get_element_by_id(chosen.get("form"))
    fields: dict[str, Any] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value.removeprefix("\n"))
    if chosen.get("name"):
        fields[chosen.get("name")] = chosen.get("value")
    return browser.send(chosen.get("formaction"), fields)


def test_the_form_is_kept_when_the_language_changes(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action = f"/orders/{order.id}/form"
    zoe.get(action)
    button = zoe.page.xpath("//ul[@class='languages']//button[@lang='fr']")[0]
    assert button.get("form") == zoe.page.xpath("//form[@class='order-form']")[0].get("id")
    fields = zoe.filled(action) | {"remark": "typed, not saved", button.get("name"): "1"}
    zoe.send(button.get("formaction"), fields)
    assert "Le brouillon est enregistré." in zoe.text
    assert context.ordering.orders.order(order.id).form.remark == "typed, not saved"
    zoe.press(action, "save", cards__0__quantity="many")
    assert zoe.status == 400
    zoe.send(f"{action}?lang=en", zoe.filled(action, "save"))
    assert zoe.page.get_element_by_id("cards-0-quantity").get("value") == "many"
    assert "must be between 1 and" in zoe.text


def test_a_decision_that_was_refused_keeps_its_note(context: SiteContext) -> None:
    _, account = context.person("zoe")
    order = context.submitted(account)
    rita, _ = context.person("rita", Role.REVIEWER)
    path = f"/review/{order.id}"
    rita.get(path).press(path, "action=ask", note="x" * 2001)
    assert rita.status == 400
    in_french(rita)
    assert rita.status == 400 and "caractères" in rita.text
    assert rita.page.get_element_by_id("note").text.strip() == "x" * 2001


def test_a_secret_stands_in_no_address(context: SiteContext) -> None:
    visitor = context.visitor().get("/login?next=/basket")
    visitor.press("/login", email="zoe@example.test", password="wrong wrong wrong")
    assert visitor.status == 400
    in_french(visitor)
    assert "wrong" not in str(visitor.answer.url) and visitor.status == 200
    assert visitor.page.get_element_by_id("email").get("value") == "zoe@example.test"
    assert visitor.page.xpath("//input[@name='next']")[0].get("value") == "/basket"
    visitor.get("/register").press("/register", name="Zoé", email="x", password=PASSWORD)
    in_french(visitor)
    assert PASSWORD not in visitor.answer.text
    assert visitor.page.get_element_by_id("name").get("value") == "Zoé"


def test_what_a_form_did_is_not_done_again_for_another_language(context: SiteContext) -> None:
    """The key would be made twice: the page that shows it stays in its language."""
    zoe, _ = context.person("zoe")
    zoe.get("/account").press("/account/keys", label="build")
    assert zoe.status == 200
    assert not zoe.page.xpath("//ul[@class='languages']")


def again(browser: Browser) -> Browser:
    """Press “Send it again”."""
    (button,) = browser.page.xpath("//button[@form='sent-again' and not(@lang)]")
    form = browser.page.get_element_by_id("sent-again")
    fields: dict[str, Any] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value.removeprefix("\n"))
    return browser.send(button.get("formaction"), fields)


def test_a_form_outlives_its_session(context: SiteContext, clock: FixedClock) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action = f"/orders/{order.id}/form"
    typed = zoe.get(action).filled(action, "save", remark="two hours of work\nin two lines")
    clock.advance(dt.timedelta(hours=2))
    zoe.send(action, typed)
    assert zoe.status == 401
    kept = zoe.answer
    zoe.get("/login").press("/login", email="zoe@example.test", password=PASSWORD)
    zoe.answer = kept
    again(zoe)
    assert "The draft is saved." in zoe.text
    saved = context.ordering.orders.order(order.id).form
    assert saved.remark == "two hours of work\nin two lines"
    assert saved.card_usage == FIT.card_usage


def test_a_form_outlives_its_token(context: SiteContext) -> None:
    """Whoever logs out in another window has another token then."""
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action = f"/orders/{order.id}/form"
    typed = zoe.get(action).filled(action, "save", remark="kept")
    zoe.press("/logout")
    zoe.get("/login").press("/login", email="zoe@example.test", password=PASSWORD)
    zoe.send(action, typed)
    assert zoe.status == 403 and "Nothing of what you typed is lost" in zoe.text
    again(zoe)
    assert context.ordering.orders.order(order.id).form.remark == "kept"


def test_a_page_elsewhere_cannot_have_a_form_sent_again(context: SiteContext) -> None:
    """Its form is refused before it is read, so that nobody is led to press the button."""
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    path = f"/orders/{order.id}/withdraw"
    zoe.send(path, {"csrf": "x", "note": "y"}, origin="https://evil.example")
    assert zoe.status == 403
    assert not zoe.page.xpath("//*[@id='sent-again']")
