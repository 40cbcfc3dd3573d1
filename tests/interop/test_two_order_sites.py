# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Two processes of ``caducee sandbox up`` on one database: pages, API and workers are one service.

Logins, keys, tokens of forms and tries are known to both; nothing that both are asked for is done
twice; and when one is killed while it makes cards, the other finishes them.
"""

import contextlib
import os
import re
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from msgspec.structs import replace
from tests.e2e.shops import eject_cards_of
from tests.unit.cli.test_sandbox_up import places, up
from tests.unit.ordering.conftest import FIT
from tests.unit.ordering.site.conftest import PASSWORD, Browser

from caducee.sandbox.ordering import enter_account, mailbox, open_accounts, open_ordering
from caducee.sandbox.world import Sandbox
from caducee.services.ordering.api import ApiKeys
from caducee.services.ordering.form import CardLine, CodesChoice
from caducee.services.ordering.items import ItemState
from caducee.services.ordering.roles import Role
from caducee.testing.keys import SharedKeys
from caducee.testing.postgresql import TemporaryPostgres

pytestmark = pytest.mark.system

STAFF = {"rita": Role.REVIEWER, "paul": Role.PRODUCTION}
LEASE = 0.01
"""Days by which the clock is moved: the lease of a worker that died is over then."""


_BESIDE = """
import contextlib, sys
from caducee.sandbox import running
running.alone = lambda folder: contextlib.nullcontext()
from caducee.cli.main import main
main(["sandbox", "--sandbox", sys.argv[1], "up", "--json"])
"""


@contextlib.contextmanager
def beside(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a second process of one world, which the command itself refuses.

    It stands for a service on another machine that shares the database.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _BESIDE, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "LANGUAGE": "en", "PYTHONUNBUFFERED": "1"},
    ) as running:
        try:
            yield running
        finally:
            running.kill()


@dataclass
class Pair:
    """Two running processes, and the world that they share."""

    world: Sandbox
    folder: Path
    addresses: tuple[str, str]
    running: tuple[subprocess.Popen[str], subprocess.Popen[str]]
    keys: dict[str, str]
    client: Callable[[str], httpx2.Client]

    def ask(self, which: int, who: str, method: str, path: str, body: object = None) -> Any:
        """Ask the API of one of them; return status and what it says."""
        headers = {"Authorization": f"Bearer {self.keys.get(who, who)}"}
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": "build-1"}
        with self.client(self.addresses[which]) as client:
            answer = client.request(method, f"/api/v1{path}", content=content, headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    def both(self, *call: Any, times: int = 4) -> list[Any]:
        """Ask both at the same moment, some times each."""
        ready = threading.Barrier(2 * times)

        def ask(turn: int) -> Any:
            ready.wait()
            return self.ask(turn % 2, *call)

        with ThreadPoolExecutor(2 * times) as threads:
            return list(threads.map(ask, range(2 * times)))


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    folder = tmp_path / "world"
    with contextlib.ExitStack() as stack:
        Sandbox.create(folder).close()
        stack.callback(eject_cards_of, folder)
        if request.param == "postgresql":
            server = stack.enter_context(TemporaryPostgres())
            url = server.url().replace("postgresql:", "postgresql+psycopg:")
            (folder / "sandbox.toml").write_text(f'registry = "{url}"\n')
        world = stack.enter_context(Sandbox(folder, ca_keys=SharedKeys()))
        open_ordering(world)
        for name in ("zoe", *STAFF):
            enter_account(world, name)
        accounts = open_accounts(world, open_ordering(world))
        for name, role in STAFF.items():
            accounts.give_roles(name, [role], by="test")
        # Authorities are made here, by quick keys, before the processes need them.
        open_ordering(world).checkpoints.sign()
        world.authority.anchors()
        keys = {
            item: ApiKeys(world.registry).make(item).reveal().decode() for item in ("zoe", *STAFF)
        }
        running = [stack.enter_context(up(folder, "--json")), stack.enter_context(beside(folder))]
        addresses = tuple(places(item)["ordering"] for item in running)
        context = ssl.create_default_context(cafile=str(world.server_root()))

        def client(base: str) -> httpx2.Client:
            return httpx2.Client(base_url=base, verify=context, follow_redirects=True, timeout=60)

        yield Pair(
            world,
            folder,
            (addresses[0], addresses[1]),
            (running[0], running[1]),
            keys,
            client,
        )


def producing(pair: Pair, count: int) -> str:
    """Return the number of an order that the workers make."""
    card = CardLine(product="cps-medecin", quantity=count, codes=CodesChoice.TEST)
    _, made = pair.ask(0, "zoe", "POST", "/orders", replace(FIT, cards=(card,)))
    number = str(made["number"])
    for turn, (who, path, body) in enumerate(
        (
            ("zoe", "submit", None),
            ("rita", "steps", {"action": "accept"}),
            ("paul", "steps", {"action": "produce"}),
        )
    ):
        status, said = pair.ask(turn % 2, who, "POST", f"/orders/{number}/{path}", body)
        assert status == 200, said
    return number


def wait_for(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not done():
        assert time.monotonic() < end, "not in two minutes"
        time.sleep(0.1)


def each_once(pair: Pair, number: str, count: int) -> list[str]:
    """Find as many cards as were ordered, in items, registry, events and trail."""
    ordering = open_ordering(pair.world)
    items = ordering.items.page(ordering.orders.by_number(number).id)
    numbers = [item.card_number or "" for item in items]
    assert [item.state for item in items] == [ItemState.MADE] * count
    assert len(set(numbers)) == count
    assert {card.number for card in pair.world.registry.cards.all()} == set(numbers)
    events = ordering.outbox.events()
    assert [event.number for event in events] == list(range(1, count + 1))
    assert {event.subject for event in events} == set(numbers)
    ordering.checkpoints.check()
    return numbers


def code(pair: Pair) -> str:
    texts = [path.read_text() for path in mailbox(pair.world).glob("*.eml")]
    return "".join(re.findall(r"\b\d{4}(?: \d{4})+\b", "\n".join(texts))[-1].split())


def test_both_know_logins_forms_keys_and_tries(pair: Pair) -> None:
    first, second = pair.addresses
    with pair.client(first) as client:
        person = Browser(client, headers={"accept-language": "en"})
        person.get("/register")
        person.press("/register", name="Nina", email="nina@example.test", password=PASSWORD)
        # The other process takes the code, and knows the token of the form of the first.
        fields = person.filled("/confirm", code=code(pair))
        person.send(f"{second}/confirm", fields)
        assert person.path == "/basket", person.text
        assert "nina@example.test" in person.get(f"{first}/account").text
        person.press("/account/keys", label="nightly")
        (key,) = (item.text for item in person.page.xpath("//code[@class='secret']"))
        assert pair.ask(1, key, "GET", "/account")[0] == 200
        person.get(f"{second}/account")
        person.send(f"{second}/account/keys/withdraw", person.filled("/account/keys/withdraw"))
        assert pair.ask(0, key, "GET", "/account")[0] == 401
        person.send(f"{second}/logout", person.filled("/logout"))
        assert person.get(f"{first}/orders").path == "/login"
        for turn in range(11):
            fields = person.get(f"{first}/login").filled("/login", email="nina@example.test")
            person.send(f"{pair.addresses[turn % 2]}/login", fields | {"password": f"{turn}"})
        assert "too many tries" in person.text


def test_both_are_asked_for_the_same_and_do_it_once(pair: Pair) -> None:
    card = CardLine(product="cps-medecin", quantity=6, codes=CodesChoice.TEST)
    answers = pair.both("zoe", "POST", "/orders", replace(FIT, cards=(card,)))
    assert {status for status, _ in answers} == {201}
    assert len({said["number"] for _, said in answers}) == 1
    number = producing(pair, 6)
    wait_for(lambda: pair.ask(0, "zoe", "GET", f"/orders/{number}")[1]["state"] == "ready")
    card_numbers = each_once(pair, number, 6)
    _, link = pair.ask(1, "zoe", "POST", f"/orders/{number}/letter")
    opened = pair.both("zoe", "POST", "/letters/open", {"secret": link["secret"]})
    assert sorted(status for status, _ in opened) == [200, *[410] * 7]
    letter = next(said for status, said in opened if status == 200)
    assert sorted(item["card"] for item in letter["cards"]) == sorted(card_numbers)
    delivered = pair.both("zoe", "POST", f"/orders/{number}/delivery")
    assert {status for status, _ in delivered} == {200}, delivered
    assert sorted(path.stem for path in (pair.folder / "cards").glob("*.json")) == sorted(
        card_numbers
    )
    steps = pair.ask(0, "zoe", "GET", f"/orders/{number}/steps")[1]["steps"]
    assert [step["action"] for step in steps].count("deliver") == 1
    lost = pair.both("zoe", "POST", f"/cards/{card_numbers[0]}/lose", {"reason": "lost"})
    assert {status for status, _ in lost} <= {200, 409} and 200 in {status for status, _ in lost}
    kinds = [event.kind.value for event in open_ordering(pair.world).outbox.events()]
    assert kinds.count("card.stopped") == 1


def test_the_other_finishes_what_a_killed_one_was_making(pair: Pair) -> None:
    count = 48
    number = producing(pair, count)
    ordering = open_ordering(pair.world)
    order = ordering.orders.by_number(number)
    wait_for(lambda: ordering.production.progress(order).made > 0)
    job = ordering.jobs.job(order.id)
    assert job and job.worker
    (at_work,) = (item for item in pair.running if f"-{item.pid}-" in (job.worker or ""))
    at_work.kill()
    assert 0 < ordering.production.progress(order).made < count
    other = 1 - pair.running.index(at_work)
    assert pair.ask(other, "zoe", "GET", f"/orders/{number}")[1]["state"] == "producing"
    pair.world.clock.move_days(LEASE)
    wait_for(lambda: pair.ask(other, "zoe", "GET", f"/orders/{number}")[1]["state"] == "ready")
    each_once(pair, number, count)
