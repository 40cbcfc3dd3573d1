# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What must not happen, tried: others' orders, forged forms and states, floods, odd characters."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.unit.ordering.conftest import FIT
from tests.unit.ordering.scenarios import ready
from tests.unit.ordering.site.conftest import ORIGIN, PASSWORD, Browser, SiteContext

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.base.secret import Secret
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site import posted
from caducee.services.ordering.site.page_request import SESSION_COOKIE, local
from caducee.services.ordering.site.posted import LARGEST_BODY
from caducee.services.ordering.states import OrderState
from caducee.services.web.bodies import BodyError, BodyProblem
from caducee.services.web.rate_limit import RateLimiter

READ = ("", "/form", "/form.pdf", "/form.json", "/sign", "/sign/card", "/sign/nonce", "/delivery")
DONE = (
    "/form",
    "/link",
    "/sign",
    "/sign/code",
    "/sign/card",
    "/withdraw",
    "/end",
    "/again",
    "/letter",
    "/archive",
    "/reader",
    "/received",
)


def proof(browser: Browser, path: str) -> str:
    """Return the token that a form to a path would have in this browser."""
    from caducee.services.ordering.site.page_request import PageRequest

    cookie = browser.client.cookies["__Host-order-visitor"]
    visit = PageRequest(*[None] * 3, cookie, None, None)  # type: ignore[call-arg, arg-type]
    return visit.token(path)


@pytest.mark.parametrize("role", [None, Role.SUPPORT, Role.AUDITOR, Role.PRODUCTION])
def test_nobody_sees_or_touches_the_order_of_another(
    context: SiteContext, role: Role | None
) -> None:
    _, owner = context.person("zoe")
    order = context.draft(owner)
    other, _ = context.person("other", *([role] if role else []))
    for path in READ:
        assert other.get(f"/orders/{order.id}{path}").status == 404, path
    for path in DONE:
        whole = f"/orders/{order.id}{path}"
        other.send(whole, {"csrf": proof(other, whole)})
        assert other.status == 404, path
    for path in (f"/review/{order.id}", f"/production/{order.id}"):
        assert other.get(path).status in (403, 404)
    assert context.ordering.orders.order(order.id) == order


def test_a_draft_is_hidden_from_reviewers(context: SiteContext) -> None:
    _, owner = context.person("zoe")
    order = context.draft(owner)
    rita, _ = context.person("rita", Role.REVIEWER)
    assert rita.get(f"/review/{order.id}").status == 404


def test_the_card_of_another_is_as_unknown_as_none(context: SiteContext, accounts: Any) -> None:
    order = ready(context.ordering, FIT)
    number = context.ordering.items.page(order.id)[0].card_number
    other, _ = context.person("someone")
    assert other.get(f"/cards/{number}").status == 404
    page = f"/cards/{number}"
    other.send(page, {"csrf": proof(other, page), "action": "lose", "reason": "lost"})
    assert other.status == 404
    assert context.ordering.items.find(number or "").state == "made"


def test_forms_need_the_token_of_their_own_path_and_browser(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    path = f"/orders/{order.id}/withdraw"
    for token in ("", "x", proof(zoe, "/logout"), proof(context.visitor().get("/"), path)):
        zoe.send(path, {"csrf": token})
        assert (zoe.status, context.ordering.orders.order(order.id).state) == (
            403,
            OrderState.SUBMITTED,
        )
    zoe.send(path, {"csrf": proof(zoe, path)}, origin="https://evil.example")
    assert zoe.status == 403
    zoe.send(path, {"csrf": proof(zoe, path)}, **{"sec-fetch-site": "cross-site"})
    assert zoe.status == 403
    zoe.send(path, {"csrf": proof(zoe, path)}, origin=ORIGIN)
    assert context.ordering.orders.order(order.id).state is OrderState.WITHDRAWN


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(context: SiteContext) -> None:
    browser = context.visitor()
    answer = browser.client.get("/")
    cookies = answer.headers.get_list("set-cookie")
    assert cookies and all(
        "HttpOnly" in cooky and "Secure" in cooky and "samesite" in cooky.lower()
        for cooky in cookies
    )
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("action", ["accept", "finish", "deliver", "produce", "x", ""])
def test_forged_states_change_nothing(context: SiteContext, action: str) -> None:
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    path = f"/review/{order.id}"
    zoe.send(path, {"csrf": proof(zoe, path), "action": action, "state": "delivered"})
    assert zoe.status == 403
    sam, _ = context.person("sam", Role.SUPPORT)
    sam.send(path, {"csrf": proof(sam, path), "action": action})
    assert sam.status == 403
    rita, _ = context.person("rita", Role.REVIEWER)
    if action != "accept":
        rita.send(path, {"csrf": proof(rita, path), "action": action})
        assert rita.status == 400
    assert context.ordering.orders.order(order.id).state is OrderState.SUBMITTED


def test_nobody_reviews_or_makes_their_own_order(context: SiteContext) -> None:
    rita, account = context.person("rita", Role.REVIEWER)
    order = context.submitted(account)
    path = f"/review/{order.id}"
    assert "your own order" in rita.get(path).text
    rita.send(path, {"csrf": proof(rita, path), "action": "accept"})
    assert context.ordering.orders.order(order.id).state is OrderState.SUBMITTED


def test_hand_in_twice_is_once(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    sign = f"/orders/{order.id}/sign"
    zoe.get(sign).press(f"{sign}/code")
    fields = zoe.filled(sign, code=context.codes()[-1])
    zoe.send(sign, fields).send(sign, fields)
    assert (zoe.status, zoe.path) == (200, f"/orders/{order.id}")
    assert [step.action for step in context.ordering.orders.steps(order)] == ["save", "submit"]


def test_one_click_on_order_too_many_makes_one_draft(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    zoe.get("/catalogue/cps-medecin").press("/basket")
    fields = zoe.filled("/orders")
    zoe.send("/orders", fields).send("/orders", fields)
    assert len(context.ordering.orders.of(account.id)) == 1


def test_a_code_signs_the_form_that_it_was_sent_for_and_no_other(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    sign, action = f"/orders/{order.id}/sign", f"/orders/{order.id}/form"
    zoe.get(sign).press(f"{sign}/code")
    code = context.codes()[-1]
    zoe.get(action).press(action, "save", remark="and ten thousand more")
    zoe.send(sign, {"csrf": proof(zoe, sign), "code": code})
    assert zoe.status == 400
    assert context.ordering.orders.order(order.id).state is OrderState.DRAFT


def test_a_code_is_guessed_five_times_at_most(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    sign = f"/orders/{order.id}/sign"
    zoe.get(sign).press(f"{sign}/code")
    code = context.codes()[-1]
    wrong = "00000000" if code != "00000000" else "00000001"
    for _ in range(5):
        zoe.send(sign, {"csrf": proof(zoe, sign), "code": wrong})
    zoe.send(sign, {"csrf": proof(zoe, sign), "code": code})
    assert zoe.status == 400 and context.ordering.orders.order(order.id).state is OrderState.DRAFT


def test_codes_and_sessions_end(context: SiteContext, clock: FixedClock) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    sign = f"/orders/{order.id}/sign"
    zoe.get(sign).press(f"{sign}/code")
    clock.advance(dt.timedelta(minutes=31))
    zoe.send(sign, {"csrf": proof(zoe, sign), "code": context.codes()[-1]})
    assert zoe.status == 400
    clock.advance(dt.timedelta(minutes=61))
    assert zoe.get("/orders").path == "/login"
    zoe.send(sign, {"csrf": proof(zoe, sign), "code": "1"})
    assert zoe.status == 401 and "those who are logged in" in zoe.text


def test_a_logout_ends_the_session_for_good(context: SiteContext) -> None:
    zoe, _ = context.person("zoe")
    cookie = zoe.client.cookies[SESSION_COOKIE]
    zoe.press("/logout")
    assert zoe.path == "/"
    thief = context.visitor()
    thief.client.cookies.set(SESSION_COOKIE, cookie, domain="localhost.local")
    thief.headers["cookie"] = f"{SESSION_COOKIE}={cookie}"
    assert thief.get("/orders").path == "/login"


def test_the_database_has_no_session_code_or_password(
    context: SiteContext, registry: Registry
) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    zoe.get(f"/orders/{order.id}/sign").press(f"/orders/{order.id}/sign/code")
    secrets = [zoe.client.cookies[SESSION_COOKIE], context.codes()[-1], PASSWORD]
    with registry.reading() as connection:
        rows = [
            str(tuple(row))
            for table in schema.METADATA.sorted_tables
            for row in connection.execute(sa.select(table))
        ]
    assert not [secret for secret in secrets if any(secret in row for row in rows)]


def test_letters_end_and_open_once(context: SiteContext, accounts: Any, clock: FixedClock) -> None:
    from tests.unit.ordering.scenarios import ZOE

    order = ready(context.ordering, FIT)
    visitor = context.visitor()
    assert visitor.get("/letters/unknown").status == 404
    first = context.ordering.letters.make(order, ZOE).secret.reveal().decode()
    second = context.ordering.letters.make(order, ZOE).secret.reveal().decode()
    path = f"/letters/{first}"
    assert visitor.get(path).press(path).status == 410
    path = f"/letters/{second}"
    assert visitor.get(path).status == 200
    clock.advance(dt.timedelta(days=31))
    assert visitor.press(path).status == 410
    assert "pin" not in visitor.answer.text


INJECTIONS = (
    "'; DROP TABLE ordering_order; --",
    "{{ 7*7 }}{% for x in ().__class__.__bases__ %}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "${jndi:ldap://x}",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_is_typed_is_shown_as_it_is_and_nothing_more(context: SiteContext, text: str) -> None:
    zoe, account = context.person("zoe")
    usage = replace(FIT.card_usage, project=text, uses=f"{text} and some more words for it to be")
    form = replace(FIT, card_usage=usage, remark=text)
    order = context.submitted(account, form)
    rita, _ = context.person("rita", Role.REVIEWER)
    for page in (rita.get("/review"), rita.get(f"/review/{order.id}"), zoe.get("/orders")):
        assert text in page.page.text_content()
        assert not page.page.xpath("//main//script | //main//img")
        assert "49" not in page.page.text_content().replace(order.number, "")
    for query in ("/catalogue?q=", "/audit?subject=", "/support?number=", "/confirm?email="):
        found = rita.client.get(query, params={query[query.index("?") + 1 : -1]: text})
        assert found.status_code in (200, 403)
        assert "<script>alert" not in found.text
    assert context.ordering.orders.order(order.id).form.remark == text


@pytest.mark.parametrize("text", ["\u202eevil", "a\u0000b", "\u2066x", "bell\x07", "\x1b[31m"])
def test_characters_that_steer_are_named_or_refused(context: SiteContext, text: str) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action = f"/orders/{order.id}/form"
    zoe.get(action).press(action, "sign", structure__name=text)
    if "\0" in text:
        assert zoe.status == 400
    else:
        assert "There are invisible characters in this text." in zoe.text
    assert context.ordering.orders.order(order.id).state is OrderState.DRAFT


def test_a_name_of_any_length_is_kept_or_explained(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action = f"/orders/{order.id}/form"
    zoe.get(action).press(action, "save", applicant__family_name="É" * 27)
    assert context.ordering.orders.order(order.id).form.applicant.family_name == "É" * 27
    zoe.get(action).press(action, "save", applicant__family_name="É" * 201)
    assert zoe.status == 400 and "longer than 200" in zoe.text
    assert zoe.page.get_element_by_id("applicant-family_name").get("value") == "É" * 201


@pytest.mark.parametrize("number", ["0", "-1", "1e3", "9" * 40, "٣", "100001", ""])
def test_quantities_are_numbers_in_bounds(context: SiteContext, number: str) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action = f"/orders/{order.id}/form"
    zoe.get(action).press(action, "save", cards__0__quantity=number)
    assert zoe.status == 400 and "must be between 1 and" in zoe.text
    assert context.ordering.orders.order(order.id).form == order.form


def test_fifty_megabytes_are_refused_without_being_kept(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    path = f"/orders/{context.draft(account).id}/form"
    zoe.answer = zoe.client.post(path, content=b"a=" + b"x" * 50_000_000)
    assert zoe.status == 413

    def endless() -> Any:
        for _ in range(60):
            yield b"x" * 1_000_000

    zoe.answer = zoe.client.post(path, content=endless())
    assert zoe.status == 413 and str(LARGEST_BODY) in zoe.text
    assert zoe.answer.headers["connection"] == "close"


def test_a_form_that_never_ends_is_given_up(
    context: SiteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def waited_for(*_: object, **__: object) -> bytes:
        raise BodyError(BodyProblem.TOO_SLOW)

    monkeypatch.setattr(posted, "read_bounded", waited_for)
    visitor = context.visitor().get("/login")
    visitor.press("/login", email="zoe@example.test", password=PASSWORD)
    assert visitor.status == 408 and "did not arrive in time" in visitor.text
    assert visitor.answer.headers["connection"] == "close"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%ff%fe", b"&".join([b"a=1"] * 3000)])
def test_what_is_no_form_is_refused(context: SiteContext, body: bytes) -> None:
    zoe, _ = context.person("zoe")
    assert zoe.client.post("/login", content=body).status_code == 400


@pytest.mark.parametrize("rate_limiter", [RateLimiter(burst=5, each_second=0.001)])
def test_a_flood_of_forms_is_bounded(context: SiteContext, rate_limiter: RateLimiter) -> None:
    visitor = context.visitor().get("/basket")
    answers = [
        visitor.send("/basket", {"csrf": proof(visitor, "/basket")}).status for _ in range(8)
    ]
    assert answers == [200] * 5 + [429] * 3
    assert visitor.get("/catalogue").status == 200


def test_passwords_are_not_guessed_without_end(context: SiteContext, clock: FixedClock) -> None:
    context.account("zoe")
    visitor = context.visitor().get("/login")
    fields = visitor.filled("/login", email="zoe@example.test")
    seen = {visitor.send("/login", fields | {"password": f"wrong {n}"}).text for n in range(12)}
    assert any("too many tries" in item for item in seen)
    visitor.send("/login", fields | {"password": PASSWORD})
    assert visitor.status == 429
    clock.advance(dt.timedelta(minutes=16))
    assert visitor.send("/login", fields | {"password": PASSWORD}).path == "/orders"


def test_answers_do_not_tell_whether_an_address_has_an_account(context: SiteContext) -> None:
    context.account("zoe")
    texts = []
    for name in ("zoe", "stranger"):
        visitor = context.visitor().get("/register")
        visitor.press("/register", name="X", email=f"{name}@example.test", password=PASSWORD)
        visitor.get("/forgotten").press("/forgotten", email=f"{name}@example.test")
        texts.append(visitor.text.replace(name, "-"))
        visitor.get("/login").press("/login", email=f"{name}@example.test", password="wrong")
        texts.append(visitor.text.replace(name, "-"))
    assert texts[:2] == texts[2:]
    assert "You have an account already" in "".join(context.messages())


def test_the_work_does_not_tell_whether_an_address_has_an_account(context: SiteContext) -> None:
    """What asks the database as often, and writes as many messages, takes as long."""
    context.account("zoe")
    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(" ".join(statement.split()[:3]))

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    seen = []
    try:
        for name in ("zoe", "stranger"):
            asked.clear()
            sent = len(context.messages())
            context.accounts.register(f"{name}@example.test", "X", Secret.of(PASSWORD))
            seen.append((list(asked), len(context.messages()) - sent))
            asked.clear()
            later = context.accounts.forgotten(f"{name}@example.test")
            seen.append((list(asked), len(context.messages()) - sent))
            later()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)
    assert seen[:2] == seen[2:]


def test_nobody_confirms_the_password_that_somebody_else_chose(context: SiteContext) -> None:
    """Whoever registers the address of another hopes that its owner confirms it."""
    zoe, mallory = (context.visitor().get("/register") for _ in range(2))
    known = {"name": "Zoe", "email": "zoe@example.test"}
    mallory.press("/register", **known, password="chosen by mallory")
    zoe.press("/register", **known, password=PASSWORD)
    for_zoe = context.codes()[-1]
    mallory.get("/register").press("/register", **known, password="chosen by mallory")
    for code in (for_zoe, context.codes()[-1]):
        zoe.press("/confirm", code=code)
        assert zoe.status == 400 and zoe.path == "/confirm"
    assert context.accounts.named("zoe@example.test").confirmed_at is None
    zoe.get("/register").press("/register", **known, password=PASSWORD)
    assert zoe.press("/confirm", code=context.codes()[-1]).path == "/basket"
    mallory.get("/login").press("/login", email=known["email"], password="chosen by mallory")
    assert mallory.status == 400


def test_codes_whose_time_is_over_are_removed(
    context: SiteContext, registry: Registry, clock: FixedClock
) -> None:
    def kept() -> list[str]:
        wanted = sa.select(schema.token.c.subject).where(schema.token.c.purpose == "sign")
        with registry.reading() as connection:
            return list(connection.execute(wanted).scalars())

    _, account = context.person("zoe")
    for form in ("one", "two"):
        context.accounts.send_signing_code(account, form, "T2026-000001")
    assert len(kept()) == 2
    clock.advance(dt.timedelta(minutes=31))
    context.accounts.send_signing_code(account, "three", "T2026-000001")
    assert kept() == ["three"]


def test_what_the_database_says_stays_inside(
    context: SiteContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A database names tables, files, and what was to be entered."""

    def full(*_: object) -> None:
        raise StateError("directory.reference_broken", reason="Key (email)=(zoe@example.test)")

    zoe, _ = context.person("zoe")
    monkeypatch.setattr(context.ordering.orders, "of", full)
    assert zoe.get("/orders").status == 500
    assert "zoe@example.test" not in zoe.text + caplog.text and "ordering.fault" in zoe.text
    assert "directory.reference_broken" in caplog.text


def test_other_host_names_are_not_served(context: SiteContext) -> None:
    answer = context.client().get("/", headers={"host": "evil.example"})
    assert answer.status_code == 421


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
)
def test_a_login_leads_to_this_site_alone(path: str) -> None:
    assert local(path) == "/orders"
    assert local("/basket") == "/basket"


def test_a_basket_that_was_forged_is_read_with_care(context: SiteContext) -> None:
    visitor = context.visitor()
    for text in ("cps-medecin_2.x'_1.cps-medecin_9.nobody_3", "_" * 9000, "cps-medecin_99999999"):
        visitor.headers["cookie"] = f"__Host-order-basket={text}"
        assert visitor.get("/basket").status == 200
