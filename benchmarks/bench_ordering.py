# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Ordering: order to card in hand, keys put on cards a second, a batch of 10,000 cards.

``python -m benchmarks.bench_ordering [CARDS]``: how many cards the batch has (default 10,000).
The batch runs in a process of its own, whose peak memory is told; its cards share a few keys, for
making 30,000 keys is measured beside it, by what a second gives.
"""

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
from benchmarks.report import report
from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.issuance.keys import CardKeySource, FreshCardKeys
from caducee.issuance.population import SharedCardKeys
from caducee.sandbox.ordering import LOCAL, fill_pool, open_ordering, quick
from caducee.sandbox.world import Sandbox
from caducee.services.ordering import schema
from caducee.services.ordering.form import (
    Applicant,
    CardLine,
    CardUsage,
    Environment,
    OrderForm,
    StructureKind,
    StructurePart,
)
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction
from caducee.services.ordering.tools import MAKER
from caducee.spec.cards import CARD_EXPONENT, CARD_KEY_BITS

KEYS_EACH = 3
QUICK_ROUNDS = 15
FRESH = 48
"""Cards for which keys are made, on each number of cores."""

BATCH = 10_000
ME = Actor(LOCAL, Role.APPLICANT)


def form(count: int) -> OrderForm:
    """Return a form that can be handed in, for some cards of one kind."""
    return OrderForm(
        structure=StructurePart(
            name="Éditions du logiciel médical",
            kind=StructureKind.SIREN,
            number="732829320",
            address="1 rue des Essais",
            postal_code="75014",
            town="Paris",
        ),
        applicant=Applicant(
            family_name="Martin",
            given_name="Zoé",
            function="Directrice technique",
            telephone="01 23 45 67 89",
            email="zoe.martin@example.test",
        ),
        card_usage=CardUsage(
            project="Mesures",
            uses="Measure how fast cards are ordered, made and handed over to the tests.",
            environments=(Environment.DEVELOPMENT,),
        ),
        cards=(CardLine(product="cps-medecin", quantity=count),),
    )


def ordering_in(world: Sandbox, keys: CardKeySource) -> Ordering:
    """Return a service with keys from elsewhere than the pool."""
    open_ordering(world)
    with world.registry.writing() as connection:
        row = {"id": LOCAL, "name": LOCAL, "language": "fr", "created_at": world.clock.now()}
        insert = world.registry.insert(schema.account).values(row)
        connection.execute(insert.on_conflict_do_nothing())
    return Ordering(world.registry, world.authority, world.folder / "ordering", keys=keys)


def producing(ordering: Ordering, count: int) -> Order:
    """Return an order that waits for the worker."""
    order = ordering.submit(ordering.begin(LOCAL, form(count)), ME, "{}")
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
    assert ordering.produce(order, "bench")
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
        ours, peer = (statistics.median(one) for one in zip(*rounds, strict=True))
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
        assert ordering.produce(order, "bench")
        made = time.perf_counter()
        assert ordering.progress(order).made == count
        order = ordering.order(order.id)
        letter = ordering.open_letter(ordering.letter(order, ME).secret)
        assert len(letter.cards) == count
        opened = time.perf_counter()
        with (folder / "cards.zip").open("wb") as into:
            ordering.parcel(order, ME, into)
        packed = time.perf_counter()
        ordering.received(ordering.order(order.id), ME)
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


def main() -> None:
    """Measure everything in a sandbox with authorities of RSA 4096, on disk."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BATCH
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "world"
        Sandbox.create(folder).close()
        apart(lambda: batch(folder, count))
        with Sandbox(folder) as world:
            measure_quick(world)
            measure_keys(world)


if __name__ == "__main__":
    main()
