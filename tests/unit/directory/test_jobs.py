# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A job is done once, by one worker at a time, and none is lost with its worker."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.directory.jobs import Jobs, JobState
from caducee.directory.registry import Registry

AT = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def registry(registry_url: str, clock: FixedClock) -> Iterator[Registry]:
    with Registry(registry_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def jobs(registry: Registry) -> Jobs:
    return Jobs(registry, lease=2 * MINUTE)


def test_a_job_is_taken_once_and_done_once(jobs: Jobs) -> None:
    key = jobs.add("produce", "{}")
    job = jobs.take("produce", "one")
    assert job is not None and (job.id, job.worker, job.attempts) == (key, "one", 1)
    assert jobs.take("produce", "other") is None
    jobs.done(job)
    assert jobs.count("produce", JobState.DONE) == 1
    assert jobs.take("produce", "other") is None


def test_a_job_of_a_dead_worker_goes_to_the_next_one_who_alone_may_end_it(
    jobs: Jobs, clock: FixedClock
) -> None:
    jobs.add("produce", "{}")
    lost = jobs.take("produce", "one")
    assert lost is not None
    clock.advance(2 * MINUTE)
    found = jobs.take("produce", "other")
    assert found is not None and found.attempts == 2
    for word in (jobs.prolong, jobs.done):
        with pytest.raises(StateError, match="Another worker"):
            word(lost)
    jobs.done(found)


def test_a_worker_that_goes_on_keeps_its_job(jobs: Jobs, clock: FixedClock) -> None:
    jobs.add("produce", "{}")
    job = jobs.take("produce", "one")
    assert job is not None
    for _ in range(3):
        clock.advance(MINUTE)
        jobs.prolong(job)
        assert jobs.take("produce", "other") is None


def test_a_failed_job_waits_for_its_moment_or_is_given_up(jobs: Jobs, clock: FixedClock) -> None:
    key = jobs.add("produce", "{}")
    job = jobs.take("produce", "one")
    assert job is not None
    jobs.failed(job, "disk full", again_at=AT + MINUTE)
    assert jobs.take("produce", "one") is None
    clock.advance(MINUTE)
    job = jobs.take("produce", "one")
    assert job is not None and job.error == "disk full"
    jobs.failed(job, "disk full")
    kept = jobs.job(key)
    assert kept is not None and kept.state is JobState.FAILED and kept.ended_at == AT + MINUTE


def test_a_job_entered_twice_under_one_key_stands_once(jobs: Jobs) -> None:
    assert jobs.add("produce", "first", key="order-1") == jobs.add("produce", "x", key="order-1")
    assert jobs.count("produce", JobState.WAITING) == 1
    kept = jobs.job("order-1")
    assert kept is not None and kept.payload == "first"


def test_a_job_is_entered_with_its_cause_or_not_at_all(jobs: Jobs, registry: Registry) -> None:
    with pytest.raises(RuntimeError), registry.transaction():
        jobs.add("produce", "{}", key="order-1")
        raise RuntimeError
    assert jobs.job("order-1") is None


def test_many_workers_take_every_job_once(jobs: Jobs) -> None:
    for number in range(24):
        jobs.add("produce", str(number))
    taken: list[str] = []

    def work(name: str) -> None:
        while (job := jobs.take("produce", name)) is not None:
            taken.append(job.payload)
            jobs.done(job)

    threads = [threading.Thread(target=work, args=(f"worker {index}",)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=int) == [str(number) for number in range(24)]
