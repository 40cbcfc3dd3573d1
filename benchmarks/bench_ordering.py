# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Ordering: pages under load, order to card in hand, keys put on cards a second, a large batch.

``python -m benchmarks.bench_ordering [CARDS]``: how many cards the batch has (default 1,000; the
target is 10,000, which takes ten times as long). The batch runs in a process of its own, whose
peak memory is reported; its cards share a few keys, for making 30,000 keys is measured beside it
per second. Pages are asked for by some clients at a time, over connections that stay open,
from a server in a process of its own; its peer is a bare Starlette page of the same size, behind
the same listeners, in the same run.
"""

import contextlib
import http.client
import itertools
import os
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from benchmarks.report import report
from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.issuance.keys import CardKeySource, FreshCardKeys
from caducee.issuance.population import SharedCardKeys
from caducee.sandbox.ordering import (
    LOCAL,
    enter_account,
    fill_pool,
    open_accounts,
    open_ordering,
    quick,
)
from caducee.sandbox.sample import SAMPLE, with_products
from caducee.sandbox.world import Sandbox
from caducee.services.ordering.access import Access, Way
from caducee.services.ordering.api import ApiKeys
from caducee.services.ordering.form import CodesChoice, OrderForm
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.site.page_request import SESSION_COOKIE
from caducee.services.ordering.site.sessions import LoginSessions
from caducee.services.ordering.states import OrderAction
from caducee.services.ordering.tools import MAKER, JobKind
from caducee.spec.cards import CARD_EXPONENT, CARD_KEY_BITS

SECONDS = float(os.environ.get("CADUCEE_BENCH_SECONDS", "2"))
ROUNDS = 3
CLIENTS = 4
KEYS = 20
"""API keys that take turns: one alone is held to its calls a second."""

ORDERS = 20
"""Orders of the one who asks."""

KEYS_EACH = 3
QUICK_ROUNDS = 15
FRESH = 32
"""Cards for which keys are made, on each number of cores."""

BATCH = 1_000
ME = Actor(LOCAL, Role.APPLICANT)


SERVER = """
import sys
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from caducee.sandbox.world import Sandbox
from caducee.services.web.serving import running_app

def bare(addresses):
    async def page(request):
        return HTMLResponse("x" * int(request.path_params["size"]))
    return Starlette(routes=[Route("/{size}", page)])

with Sandbox(Path(sys.argv[1])) as world:
    ours = world.order_site() if sys.argv[2] == "ours" else running_app(
        world.portal_settings(), bare)
    with ours as addresses:
        print(addresses.open, flush=True)
        sys.stdin.read()
"""


def form(count: int) -> OrderForm:
    """Return a form that can be handed in, for some cards of one kind."""
    return with_products(SAMPLE, [("cps-medecin", count)], CodesChoice.RANDOM)


def ordering_in(world: Sandbox, keys: CardKeySource) -> Ordering:
    """Return a service with keys from elsewhere than the pool."""
    open_ordering(world)
    enter_account(world, LOCAL)
    return Ordering(world.registry, world.authority, world.folder / "ordering", keys=keys)


def producing(ordering: Ordering, count: int) -> Order:
    """Return an order that waits for the worker."""
    order = ordering.orders.submit(ordering.orders.begin(LOCAL, form(count)), ME, "{}")
    accepted = ordering.act(order, Actor("reviewer", Role.REVIEWER), OrderAction.ACCEPT)
    return ordering.act(accepted, MAKER, OrderAction.PRODUCE)


def bare(count: int, cores: int) -> float:
    """Return keys a second of RSA-2048 generation alone."""
    start = time.perf_counter()
    with ThreadPoolExecutor(cores) as threads:
        list(
            threads.map(
                lambda _: rsa.generate_private_key(CARD_EXPONENT, CARD_KEY_BITS), range(count)
            )
        )
    return count / (time.perf_counter() - start)


def on_cards(world: Sandbox, count: int) -> float:
    """Return keys a second that are put on cards, recorded and sealed."""
    ordering = ordering_in(world, FreshCardKeys())
    order = producing(ordering, count)
    start = time.perf_counter()
    assert ordering.worker.do(JobKind.PRODUCE, order.id, "bench")
    return count * KEYS_EACH / (time.perf_counter() - start)


def measure_quick(world: Sandbox) -> None:
    """Order to card in hand, with keys in the pool."""
    service = open_ordering(world)
    quick(world, service, form(1))
    for count in (1, 3):
        times = []
        for _ in range(QUICK_ROUNDS):
            fill_pool(world, count * KEYS_EACH)
            start = time.perf_counter()
            quick(world, service, form(count))
            times.append(time.perf_counter() - start)
        name = f"ordering quick, {count} card{'s' if count > 1 else ''}"
        report(f"{name}, p50", statistics.median(times), "s", "goal", 2)
        report(f"{name}, slowest", max(times), "s", "goal", 2)


def measure_keys(world: Sandbox) -> None:
    """Keys put on cards a second against bare key generation, on one core and on two."""
    all_cores = os.sched_getaffinity(0)
    for cores in (1, 2):
        os.sched_setaffinity(0, sorted(all_cores)[:cores])
        try:
            rounds = [(on_cards(world, FRESH), bare(FRESH * KEYS_EACH, cores)) for _ in range(3)]
        finally:
            os.sched_setaffinity(0, all_cores)
        ours, peer = (statistics.median(item) for item in zip(*rounds, strict=True))
        report(f"keys put on cards, cores: {cores}", ours, "1/s", "bare key generation", peer)


def apart(work: Callable[[], None]) -> None:
    """Do something in a process of its own, so that its memory is its own."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        work()
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def batch(folder: Path, count: int) -> None:
    """Make and hand over a large order; tell its time and the peak of memory."""
    with Sandbox(folder) as world:
        ordering = ordering_in(world, SharedCardKeys())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        order = producing(ordering, count)
        planned = time.perf_counter()
        assert ordering.worker.do(JobKind.PRODUCE, order.id, "bench")
        made = time.perf_counter()
        assert ordering.production.progress(order).made == count
        order = ordering.orders.order(order.id)
        letter = ordering.letters.open(ordering.letters.make(order, ME).secret)
        assert len(letter.cards) == count
        opened = time.perf_counter()
        with (folder / "cards.zip").open("wb") as into:
            ordering.shipments.write(order, ME, into)
        packed = time.perf_counter()
        ordering.shipments.received(ordering.orders.order(order.id), ME)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = (folder / "cards.zip").stat().st_size / 1e6
        with world.registry.reading() as connection:
            pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
    name = f"batch of {count} cards"
    report(f"{name}: review and plan", planned - start, "s")
    report(f"{name}: made and recorded (shared keys)", made - planned, "s")
    report(f"{name}: a second", count / (made - planned), "cards/s")
    report(f"{name}: letter made and opened", opened - made, "s")
    report(f"{name}: encrypted archive", packed - opened, "s")
    report(f"{name}: size of the archive", size, "MB")
    report(f"{name}: size of the database", pages * 4096 / 1e6, "MB")
    report(f"{name}: peak memory", peak, "MiB", "before the batch", before)


@contextlib.contextmanager
def server(folder: Path, which: str) -> Iterator[str]:
    """Run the site of a world, or a bare one, in a process of its own; gives its address."""
    command = [sys.executable, "-c", SERVER, str(folder), which]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        yield running.stdout.readline().strip()
        running.stdin.close()
        running.wait()


type Asked = tuple[str, list[dict[str, str]]]
"""A path, and the headers that take turns."""


def one_client(address: str, asked: Asked, trust: ssl.SSLContext, end: float) -> list[float]:
    """Ask for a page over one connection until the time is over; return how long each took."""
    where = urlsplit(address)
    opened = http.client.HTTPSConnection(where.hostname or "", where.port, context=trust)
    times = []
    for headers in itertools.cycle(asked[1]):
        start = time.perf_counter()
        opened.request("GET", asked[0], headers=headers)
        answer = opened.getresponse()
        body = answer.read()
        times.append(time.perf_counter() - start)
        if answer.status != 200:
            raise RuntimeError(f"{asked[0]}: {answer.status} {body[:200]!r}")
        if start > end:
            break
    opened.close()
    return times


def under_load(address: str, asked: Asked, trust: ssl.SSLContext) -> list[float]:
    """Ask for a page by some clients at a time for some seconds."""
    end = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(CLIENTS) as threads:
        found = threads.map(lambda _: one_client(address, asked, trust, end), range(CLIENTS))
        return [item for times in found for item in times]


def measure_pages(world: Sandbox) -> None:
    """Pages and the API under load, each beside a bare page of the same size."""
    ordering = open_ordering(world)
    accounts = open_accounts(world, ordering)
    enter_account(world, LOCAL)
    orders = [ordering.orders.begin(LOCAL, form(3)) for _ in range(ORDERS)]
    session = LoginSessions(world.registry, accounts).open(
        accounts.account(LOCAL), Access(Way.COMMAND_LINE)
    )
    cookie = [{"Cookie": f"{SESSION_COOKIE}={session}"}]
    keys = [ApiKeys(world.registry).make(LOCAL).reveal().decode() for _ in range(KEYS)]
    bearers = [{"Authorization": f"Bearer {key}"} for key in keys]
    pages: dict[str, Asked] = {
        "catalogue": ("/catalogue", [{}]),
        f"list of {ORDERS} orders, logged in": ("/orders", cookie),
        "order form, logged in": (f"/orders/{orders[0].id}/form", cookie),
        "API, one order": (f"/api/v1/orders/{orders[0].number}", bearers),
    }
    trust = ssl.create_default_context(cafile=str(world.server_root()))
    with server(world.folder, "ours") as ours, server(world.folder, "bare") as bare_site:
        for name, asked in pages.items():
            measure_page(name, (ours, bare_site), asked, trust)


def measure_page(name: str, sites: tuple[str, str], asked: Asked, trust: ssl.SSLContext) -> None:
    """Ask for one page and its peer in turns, and tell both."""
    ours, bare_site = sites
    size = len(fetched(ours, asked, trust))
    like: Asked = (f"/{size}", [{}])
    mine: list[float] = []
    peer: list[float] = []
    for _ in range(ROUNDS):
        mine += under_load(ours, asked, trust)
        peer += under_load(bare_site, like, trust)
    reported = f"ordering pages, {CLIENTS} clients: {name}"
    kind = f"bare page of {size} bytes"
    report(
        f"{reported}, p50", statistics.median(mine) * 1e3, "ms", kind, statistics.median(peer) * 1e3
    )
    report(f"{reported}, p99", p99(mine) * 1e3, "ms", kind, p99(peer) * 1e3)
    report(
        f"{reported}, a second",
        len(mine) / SECONDS / ROUNDS,
        "1/s",
        kind,
        len(peer) / SECONDS / ROUNDS,
    )


def fetched(address: str, asked: Asked, trust: ssl.SSLContext) -> bytes:
    """Return a page, asked for once."""
    request = urllib.request.Request(address + asked[0], headers=asked[1][0])
    with urllib.request.urlopen(request, context=trust) as answer:
        return bytes(answer.read())


def p99(times: list[float]) -> float:
    """Return what 99 of 100 do not exceed."""
    return sorted(times)[min(int(len(times) * 0.99), len(times) - 1)]


def main() -> None:
    """Measure everything in a sandbox with authorities of RSA 4096, on disk."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BATCH
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "world"
        Sandbox.create(folder).close()
        with Sandbox(folder) as world:
            measure_pages(world)
            measure_quick(world)
            measure_keys(world)
        # In a world of its own: no card of the others is counted.
        Sandbox.create(Path(place) / "batch").close()
        apart(lambda: batch(Path(place) / "batch", count))


if __name__ == "__main__":
    main()
