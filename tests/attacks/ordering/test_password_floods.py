# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Many clients send passwords at once, each from a network of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import argon2
import httpx2
import pytest
from tests.unit.ordering.site.conftest import ORIGIN, PASSWORD, Browser, SiteContext

from caducee.services.ordering import passwords
from caducee.services.ordering.site.page_request import BROWSER_COOKIE, VISITOR_COOKIE, PageRequest
from caducee.spec import ours

GUARD = 60
"""Seconds after which a page counts as stalled for good; never waited for when all is well."""

FLOOD = 60


class HeldHasher:
    """Hashes and verifies as slowly as wished: until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def hash(self, _: str) -> str:
        return "hash"

    def verify(self, _: str, __: str) -> bool:
        assert self.released.wait(GUARD)
        raise argon2.exceptions.VerifyMismatchError


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldHasher]:
    hasher = HeldHasher()
    passwords.nobody.cache_clear()
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    try:
        yield hasher
    finally:
        hasher.released.set()
        passwords.nobody.cache_clear()


def places() -> int:
    own = ours.table("ordering").integer
    return own("password_threads") + own("password_waiting") - own("password_reserved")


async def log_in(app: Any, network: int, browser: str = "") -> httpx2.Response:
    """Log in from a network; ``browser``: the cookie of a known browser."""
    csrf = PageRequest(*[None] * 3, "v", None, None).token("/login")  # type: ignore[call-arg, arg-type]
    form = {"email": "zoe@example.test", "password": PASSWORD, "csrf": csrf}
    cookies = f"{VISITOR_COOKIE}=v" + (f"; {BROWSER_COOKIE}={browser}" if browser else "")
    transport = httpx2.ASGITransport(app, client=(f"198.51.{network}.7", 1))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        return await client.post("/login", data=form, headers={"cookie": cookies})


async def page(app: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(app, client=("203.0.113.5", 1))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        return await asyncio.wait_for(client.get("/"), GUARD)


async def flooded(app: Any, hasher: HeldHasher, browser: str) -> list[httpx2.Response]:
    """Return the answers of a flood, and last that of the known browser that came into it."""
    flood = [asyncio.create_task(log_in(app, number)) for number in range(FLOOD)]
    assert (await page(app)).status_code == 200
    async with asyncio.timeout(GUARD):
        while sum(item.done() for item in flood) < FLOOD - places():
            await asyncio.sleep(0)
    known = asyncio.create_task(log_in(app, 250, browser))
    assert (await page(app)).status_code == 200
    hasher.released.set()
    return [*await asyncio.gather(*flood), await known]


def test_a_flood_of_logins_stalls_no_page_and_no_known_browser(
    context: SiteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoe, _ = context.person("zoe")
    browser = zoe.client.cookies[BROWSER_COOKIE]
    app = context.visitor().client.app
    with held(monkeypatch) as hasher:
        *others, known = asyncio.run(flooded(app, hasher, browser))
    refused = [unrelated for unrelated in others if unrelated.status_code == 503]
    assert len(refused) == FLOOD - places()
    assert all(item.headers["retry-after"] == "5" for item in refused)
    assert known.status_code == 400 and "is wrong" in known.text


def test_one_network_has_few_of_the_places(
    context: SiteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = context.visitor().client.app

    async def flood(hasher: HeldHasher) -> list[int]:
        tasks = [asyncio.create_task(log_in(app, 1)) for _ in range(20)]
        async with asyncio.timeout(GUARD):
            while sum(task.done() for task in tasks) < 20 - each:
                await asyncio.sleep(0)
        hasher.released.set()
        return [item.status_code for item in await asyncio.gather(*tasks)]

    each = ours.table("ordering").integer("password_each")
    with held(monkeypatch) as hasher:
        found = asyncio.run(flood(hasher))
    assert sorted(found) == [400] * each + [503] * (20 - each)


def test_the_longest_estimate_of_a_password_is_not_made(context: SiteContext) -> None:
    """zxcvbn tries each combination of what such signs may stand for; that took seconds."""
    signs = "4@8({[<369&#!1/|0$5+7%2" * 3
    visitor = Browser(context.client()).get("/register")
    visitor.press("/register", name="X", email="x@example.test", password=signs)
    assert visitor.path == "/confirm"
