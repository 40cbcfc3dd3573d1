# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Several workers, a worker that was given up, a database that goes away: each card once."""

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.unit.ordering import scenarios
from tests.unit.ordering.conftest import AT
from tests.unit.ordering.test_killed import Parent
from tests.unit.ordering.victims import opened

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.jobs import JobState
from caducee.directory.registry import Registry
from caducee.services.ordering import production, schema
from caducee.services.ordering.checkpoints import Checkpoints
from caducee.services.ordering.database import prepare
from caducee.services.ordering.item_maker import Maker
from caducee.services.ordering.items import ItemState
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderState
from caducee.services.ordering.tools import JobKind
from caducee.services.ordering.worker import Worker, worker_name
from caducee.testing.keys import SharedKeys
from caducee.testing.postgresql import TemporaryPostgres


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(production, "_BATCH", 2)


def each_once(ordering: Ordering, count: int) -> None:
    """Find as many cards as were ordered, in items, registry and events."""
    numbers = [
        item.card_number
        for order in ordering.orders.of("zoe")
        for item in ordering.items.page(order.id)
    ]
    assert len(set(numbers)) == len(numbers) == count
    assert {card.number for card in ordering.registry.cards.all()} == set(numbers)
    assert sorted(event.subject for event in ordering.outbox.events()) == sorted(map(str, numbers))
    ordering.checkpoints.check()


@pytest.mark.usefixtures("accounts", "small_batches")
def test_a_worker_whose_lease_is_over_stops(
    ordering: Ordering, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = scenarios.producing(ordering, scenarios.cards("cps-medecin", quantity=6))
    record = production.Production._record
    turns: list[None] = []

    def late(*args: object) -> object:
        turns.append(None)
        if len(turns) == 2:
            clock.advance(dt.timedelta(minutes=3))
            assert ordering.worker.do(JobKind.PRODUCE, order.id, "w2")
        return record(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(production.Production, "_record", late)
    assert not ordering.worker.do(JobKind.PRODUCE, order.id, "w1"), "the other worker has the job"
    assert ordering.orders.order(order.id).state is OrderState.READY
    each_once(ordering, 6)


@pytest.mark.usefixtures("accounts", "small_batches")
@pytest.mark.parametrize("error", ["database_failed", "reference_broken"])
def test_a_job_that_failed_is_tried_again_later(
    ordering: Ordering, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    order = scenarios.producing(ordering, scenarios.cards("cps-medecin", quantity=3))

    def refuse(*_: object) -> None:
        raise StateError(f"directory.{error}", reason="no room")

    with monkeypatch.context() as patch:
        patch.setattr(Maker, "record", refuse)
        assert not ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
    progress = ordering.production.progress(order)
    assert (progress.planned, progress.error) == (3, f"directory.{error}")
    assert not ordering.worker.do(JobKind.PRODUCE, order.id, "w1"), "not at once"
    clock.advance(dt.timedelta(minutes=1))
    assert ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
    assert ordering.production.progress(order).error is None
    each_once(ordering, 3)


@pytest.mark.usefixtures("accounts")
def test_a_job_that_fails_for_ever_is_given_up(
    ordering: Ordering, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = scenarios.producing(ordering, scenarios.cards("cps-medecin"))

    def refuse(*_: object) -> None:
        raise StateError("base.file_unwritable", path="-", reason="no room")

    monkeypatch.setattr(Maker, "record", refuse)
    for _ in range(52):
        ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
        clock.advance(dt.timedelta(minutes=11))
    job = ordering.jobs.job(order.id)
    assert job and job.state is JobState.FAILED
    progress = ordering.production.progress(order)
    assert (progress.given_up, progress.error) == (True, "base.file_unwritable")


@pytest.mark.usefixtures("accounts")
def test_a_worker_outlives_a_database_that_is_away(
    ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[None] = []
    stop = threading.Event()

    def refuse(*_: object) -> int:
        turns.append(None)
        if len(turns) >= 3:
            stop.set()
        raise StateError("directory.database_failed", reason="gone")

    monkeypatch.setattr(Worker, "work", refuse)
    ordering.worker.run(stop, every=0)
    assert len(turns) >= 3


@pytest.mark.usefixtures("accounts")
def test_a_large_order_does_not_keep_the_rest_waiting(
    ordering: Ordering, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = scenarios.producing(ordering, scenarios.cards("cps-medecin"))
    stop, signed = threading.Event(), threading.Event()
    waited: list[bool] = []
    make, sign = production.Production.make, Checkpoints.sign

    def slow(*args: object) -> None:
        waited.append(signed.wait(60))
        make(*args)  # type: ignore[arg-type]
        stop.set()

    def reported(checkpoints: Checkpoints) -> object:
        signed.set()
        return sign(checkpoints)

    monkeypatch.setattr(Checkpoints, "sign", reported)
    ordering.worker._does["ordering.produce"] = lambda job: slow(ordering.production, job)

    def pass_time() -> None:
        while not stop.wait(1):  # a job that met a locked database comes again after a while
            clock.advance(dt.timedelta(seconds=20))

    timing = threading.Thread(target=pass_time)
    timing.start()
    ordering.worker.run(stop, every=0.01)
    timing.join()
    assert set(waited) == {True}
    assert ordering.orders.order(order.id).state is OrderState.READY


def test_no_two_workers_have_one_name() -> None:
    assert len({worker_name() for _ in range(100)}) == 100


def beside(*calls: Callable[[], object]) -> None:
    """Do some things at the same time."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_processes_share_the_work(registry_url: str, tmp_path: Path, keys: SharedKeys) -> None:
    parents = [Parent(), Parent()]
    try:
        assert parents[0].run(url=registry_url, folder=tmp_path, make=True) == 0
        ordering = opened(registry_url, tmp_path, keys)
        with ordering.registry:
            for _ in range(4):
                scenarios.producing(ordering, scenarios.cards("cps-medecin", quantity=5))
            codes: list[int] = []
            beside(
                *(
                    lambda entry=item: codes.append(
                        entry.run(url=registry_url, folder=tmp_path, work=True)
                    )
                    for item in parents
                )
            )
            assert codes == [0, 0]
            assert {item.state for item in ordering.orders.of("zoe")} == {OrderState.READY}
            each_once(ordering, 20)
    finally:
        for parent in parents:
            parent.close()


@pytest.mark.system
def test_a_database_that_is_restarted_loses_and_doubles_nothing(
    tmp_path: Path, keys: SharedKeys, monkeypatch: pytest.MonkeyPatch, small_batches: None
) -> None:
    prepare = Maker.prepare
    turns: list[None] = []
    with TemporaryPostgres() as server:
        ordering = opened(server.url(), tmp_path, keys)
        with ordering.registry as registry:
            row = {"id": "zoe", "name": "Zoé", "language": "fr", "created_at": AT}
            with registry.writing() as connection:
                connection.execute(sa.insert(schema.account).values(row))
            order = scenarios.producing(ordering, scenarios.cards("cps-medecin", quantity=8))

            def shaken(*args: object) -> object:
                turns.append(None)
                if len(turns) % 2 == 0:
                    server.restart()
                return prepare(*args)  # type: ignore[arg-type]

            monkeypatch.setattr(Maker, "prepare", shaken)
            clock: FixedClock = registry._clock  # type: ignore[assignment]
            for _ in range(20):
                with_patience(ordering)
                clock.advance(dt.timedelta(minutes=3))
            states = {item.state for item in ordering.items.page(order.id)}
            assert states == {ItemState.MADE}
            each_once(ordering, 8)


def with_patience(ordering: Ordering) -> None:
    """Work as a worker that meets a database that is away."""
    try:
        ordering.worker.work("w1")
    except StateError as error:
        assert error.code == "directory.database_failed"


@pytest.mark.usefixtures("accounts")
def test_no_code_stands_in_a_log(
    ordering: Ordering, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    order, letter = scenarios.delivered(ordering, scenarios.cards("cps-medecin", quantity=3))
    said = caplog.text + "".join(capfd.readouterr()) + repr(letter) + repr(order)
    for line in letter.cards:
        assert line.puk.reveal().decode() not in said
    kept = json.dumps([step.note for step in ordering.orders.steps(order)])
    facts = [item.facts for item in ordering.trail.lines()]
    for line in letter.cards:
        assert line.puk.reveal().decode() not in kept + "".join(facts)


@pytest.mark.system
def test_a_full_disk_of_postgresql_loses_and_doubles_nothing(
    tmp_path: Path, clock: FixedClock, keys: SharedKeys
) -> None:
    """No file may grow beyond a megabyte; the content of all these cards needs more."""
    count = 90
    with TemporaryPostgres(wal_megabytes=1) as server:
        url = server.url()
        with service(url, tmp_path, clock, keys) as ordering:
            order = scenarios.producing(ordering, scenarios.cards("cps-medecin", quantity=count))
        server.room(1)
        with service(url, tmp_path, clock, keys) as ordering:
            assert not ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
            progress = ordering.production.progress(order)
            assert 0 < progress.made < count
            assert progress.error == "directory.database_failed"
            assert (
                len(ordering.outbox.events()) == len(ordering.registry.cards.all()) == progress.made
            )
        server.room(None)
        with service(url, tmp_path, clock, keys) as ordering:
            clock.advance(dt.timedelta(minutes=5))
            assert ordering.worker.do(JobKind.PRODUCE, order.id, "w2")
            assert ordering.orders.order(order.id).state is OrderState.READY
            numbers = [item.card_number for item in ordering.items.page(order.id, count=count)]
            assert len(set(numbers)) == count
            assert {card.number for card in ordering.registry.cards.all()} == set(numbers)
            assert [event.subject for event in ordering.outbox.events(count=count)] == numbers
            ordering.checkpoints.check()
            assert len(scenarios.opened(ordering, ordering.orders.order(order.id)).cards) == count


@contextmanager
def service(url: str, folder: Path, clock: FixedClock, keys: SharedKeys) -> Iterator[Ordering]:
    """Open the service of a folder, on connections of its own."""
    with Registry(url, clock=clock) as registry:
        prepare(registry)
        with registry.writing() as connection:
            row = {"id": "zoe", "name": "Zoé", "language": "fr", "created_at": AT}
            insert = registry.insert(schema.account).values(row)
            connection.execute(insert.on_conflict_do_nothing())
        authority = Authority(folder / "ca", RegistryRecords(registry), clock, keys=keys)
        yield Ordering(registry, authority, folder / "ordering", keys=keys)
