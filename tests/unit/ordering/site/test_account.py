# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""My data: keys of programs, shown once and withdrawn, and the card that logs in."""

import datetime as dt

from starlette.testclient import TestClient
from tests.unit.ordering.site.conftest import Browser, SiteContext
from tests.unit.ordering.site.test_card import by_token
from tests.unit.portal.conftest import PS

from caducee.base.clock import FixedClock
from caducee.directory.registry import Registry
from caducee.services.ordering.api import ApiKeys, create_api
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.spec import ours


def shown_key(browser: Browser) -> str:
    (found,) = browser.page.xpath("//code[@class='secret']")
    return str(found.text)


def asked(ordering: Ordering, key: str) -> int:
    """Ask the API with a key; return the status."""
    with TestClient(create_api(ordering)) as client:
        headers = {"Authorization": f"Bearer {key}"}
        return int(client.get("/api/v1/account", headers=headers).status_code)


def test_a_key_is_shown_once_works_and_is_withdrawn(
    context: SiteContext, clock: FixedClock
) -> None:
    zoe, account = context.person("zoe")
    zoe.get("/account").press("/account/keys", label="  nightly   build ")
    key = shown_key(zoe)
    assert zoe.answer.headers["cache-control"] == "no-store"
    assert "nightly build" in zoe.text and "never used" in zoe.text
    assert key not in zoe.get("/account").answer.text
    clock.advance(dt.timedelta(minutes=5))
    assert asked(context.ordering, key) == 200
    assert "last used on 2026-11-24 21:35 UTC" in zoe.get("/account").text
    zoe.press("/account/keys/withdraw")
    assert zoe.path == "/account" and "nightly build" not in zoe.text
    assert asked(context.ordering, key) == 401
    actions = [line.action for line in context.ordering.trail.lines() if line.subject == account.id]
    assert actions[-2:] == ["account.key", "account.key_withdrawn"]
    assert not [line for line in context.ordering.trail.lines() if key in line.facts]


def test_the_last_use_is_noted_once_a_minute(context: SiteContext, clock: FixedClock) -> None:
    account = context.account("zoe")
    keys = ApiKeys(context.ordering.registry)
    key = keys.make(account.id, "x").reveal().decode()
    noted = []
    for _ in range(3):
        found = keys.find(key)
        if found and found.unnoted:
            keys.note_use(key)
        noted.append(keys.keys(account.id)[0].used_at)
        clock.advance(dt.timedelta(seconds=40))
    assert noted[0] == noted[1] != noted[2]


def test_nobody_withdraws_the_key_of_another(context: SiteContext) -> None:
    owner = context.account("zoe")
    keys = ApiKeys(context.ordering.registry)
    keys.make(owner.id, "mine")
    other, _ = context.person("other")
    other.get("/account").press("/account/keys", label="theirs")
    fields = other.filled("/account/keys/withdraw") | {"name": keys.keys(owner.id)[0].name}
    other.send("/account/keys/withdraw", fields)
    assert [key.label for key in keys.keys(owner.id)] == ["mine"]


def test_a_key_needs_a_label_and_there_is_an_end_of_them(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    for label, reported in ((" ", "missing"), ("x" * 101, "longer"), ("a\u202eb", "invisible")):
        zoe.get("/account").press("/account/keys", label=label)
        assert zoe.status == 400 and reported in zoe.text
    most = ours.table("ordering").integer("api_keys_most")
    for _ in range(most):
        ApiKeys(context.ordering.registry).make(account.id, "x")
    zoe.get("/account").press("/account/keys", label="one more")
    assert zoe.status == 400 and f"{most} API keys" in zoe.text
    assert zoe.page.get_element_by_id("label").get("value") == "one more"


def test_a_label_is_a_text(context: SiteContext) -> None:
    zoe, _ = context.person("zoe")
    zoe.get("/account").press("/account/keys", label="<script>alert(1)</script>")
    assert "<script>alert" not in zoe.answer.text and "<script>alert(1)</script>" in zoe.text


def test_a_card_is_linked_logs_in_to_the_account_and_is_unlinked(context: SiteContext) -> None:
    zoe, account = context.person("zoe", Role.REVIEWER)
    by_token(zoe.get("/account"), "/account/card")
    assert zoe.answer.json() == {"ok": True}
    assert PS in zoe.get("/account").text
    holder = context.visitor().get("/login")
    by_token(holder, "/login")
    assert account.id in holder.get("/account").text and "Review" in holder.text
    zoe.press("/account/card/unlink")
    assert zoe.path == "/account" and PS not in zoe.text
    unrelated = context.visitor().get("/login")
    by_token(unrelated, "/login")
    assert account.id not in unrelated.get("/account").text


def test_the_card_of_another_account_is_not_linked(context: SiteContext) -> None:
    context.accounts.of_card(PS, "Somebody")
    zoe, account = context.person("zoe")
    by_token(zoe, "/account/card")
    assert zoe.answer.json()["refusal"]["code"] == "ordering.holder_taken"
    assert context.accounts.account(account.id).ps_idnat is None


def test_the_only_way_in_is_not_taken_away(context: SiteContext, registry: Registry) -> None:
    holder = context.visitor().get("/login")
    by_token(holder, "/login")
    holder.get("/account")
    assert not [form for form in holder.page.forms if form.action == "/account/card/unlink"]
    from tests.unit.ordering.site.test_security import proof

    holder.send("/account/card/unlink", {"csrf": proof(holder, "/account/card/unlink")})
    assert holder.status == 400 and "only way" in holder.text
    assert context.accounts.named(PS).ps_idnat == PS


def test_a_card_is_linked_by_who_is_logged_in_alone(context: SiteContext) -> None:
    client = context.client(follow_redirects=False)
    assert client.get("/account/card").headers["location"] == "/login?next=/account/card"
    unrelated = context.visitor().get("/login")
    unrelated.answer = unrelated.client.post("/account/card/token", content=b"{}")
    assert unrelated.answer.json()["refusal"]["code"] == "ordering.not_logged_in"
