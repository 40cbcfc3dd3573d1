# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An attacker sends wrong passwords and codes to lock another person out."""

from typing import Any

import pytest
from tests.unit.ordering.site.conftest import PASSWORD, Browser, SiteContext
from tests.unit.ordering.site.test_security import proof

from caducee.services.web.rate_limit import RateLimiter

ZOE = "zoe@example.test"
OTHER = "a wholly different sentence"
HERE, ELSEWHERE, NEXT_DOOR = "203.0.113.5", "198.51.100.7", "198.51.100.99"


@pytest.fixture
def rate_limiter(request: pytest.FixtureRequest) -> RateLimiter:
    """A fresh rate limiter for each test: nearly none, or so many requests and no more."""
    burst = getattr(request, "param", None)
    return RateLimiter(burst=burst or 1000, each_second=0.0001 if burst else 1000)


def at(context: SiteContext, address: str) -> Browser:
    return Browser(context.client(client=(address, 50000)))


def attack(context: SiteContext, address: str = ELSEWHERE) -> list[Browser]:
    """Send thirty requests that concern an account; return the last of each kind."""
    mallory = at(context, address).get("/login")
    forms: dict[str, dict[str, str]] = {
        "/login": {"password": "wrong"},
        "/forgotten": {},
        "/password": {"code": "0" * 12, "password": OTHER},
        "/confirm": {"code": "0" * 12},
    }
    last = []
    for path, fields in forms.items():
        sent = fields | {"email": ZOE, "csrf": proof(mallory, path)}
        for _ in range(12):
            mallory.send(path, sent)
        last.append(Browser(None, mallory.answer))
    return last


def log_in(browser: Browser) -> str:
    browser.get("/login").press("/login", email=ZOE, password=PASSWORD)
    return browser.path


def test_a_unrelated_waits_and_is_reported_how_long(context: SiteContext) -> None:
    context.account("zoe")
    for item in attack(context):
        assert item.status == 429
        assert item.answer.headers["retry-after"] == "900"


def test_nobody_is_locked_out_from_elsewhere(context: SiteContext) -> None:
    context.account("zoe")
    attack(context)
    assert log_in(at(context, HERE)) == "/orders"


def test_a_known_browser_is_not_locked_out_from_its_own_network(context: SiteContext) -> None:
    context.account("zoe")
    zoe = at(context, NEXT_DOOR)
    assert log_in(zoe) == "/orders"
    zoe.press("/logout")
    attack(context)
    assert log_in(zoe) == "/orders"
    unrelated = at(context, NEXT_DOOR)
    assert log_in(unrelated) == "/login" and unrelated.status == 429


def test_recovery_works_during_an_attack(context: SiteContext) -> None:
    """Codes that somebody else asked for, or tried, make that of the owner worth nothing less."""
    context.account("zoe")
    attack(context)
    zoe = at(context, HERE).get("/forgotten")
    zoe.press("/forgotten", email=ZOE)
    code = context.codes()[-1]
    attack(context, "192.0.2.7")
    zoe.press("/password", code=code, password=OTHER)
    assert zoe.path == "/orders"


def test_a_signature_works_during_an_attack(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    attack(context)
    sign = f"/orders/{order.id}/sign"
    zoe.get(sign).press(f"{sign}/code")
    assert zoe.status == 200
    zoe.press(sign, code=context.codes()[-1])
    assert zoe.path == f"/orders/{order.id}"


def test_a_code_of_recovery_works_in_the_browser_that_asked_alone(context: SiteContext) -> None:
    context.account("zoe")
    zoe = at(context, HERE).get("/forgotten")
    zoe.press("/forgotten", email=ZOE)
    mallory = at(context, ELSEWHERE).get("/password")
    mallory.press("/password", email=ZOE, code=context.codes()[-1], password=OTHER)
    assert mallory.status == 400


@pytest.mark.parametrize("rate_limiter", [30], indirect=True)
def test_others_do_not_spend_the_requests_of_who_is_logged_in(
    context: SiteContext, rate_limiter: Any
) -> None:
    zoe, _ = context.person("zoe")
    zoe.get("/basket")
    mallory = context.visitor().get("/basket")
    statuses = [
        mallory.send("/basket", {"csrf": proof(mallory, "/basket")}).status for _ in "x" * 40
    ]
    assert statuses[-1] == 429 and mallory.answer.headers["retry-after"] == "10"
    assert zoe.send("/basket", {"csrf": proof(zoe, "/basket")}).status == 200


def test_a_forged_session_pays_as_a_unrelated(context: SiteContext) -> None:
    forged = context.visitor()
    forged.headers["cookie"] = "__Host-order=forged; __Host-order-visitor=v"
    bound = [forged.send("/basket", {"csrf": "x"}).status for _ in range(3)]
    assert bound == [403] * 3
