# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Small background work in one table: each job is done once, by one worker at a time.

A worker takes a job for a while (a lease) and prolongs it as it goes on. When a worker dies, its
lease ends and another one takes the job; so every job must be able to go on where it stood. A
worker whose lease expired gets an error at its next call, and must stop.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum, unique

import sqlalchemy as sa

from caducee.base.errors import StateError
from caducee.directory import schema
from caducee.directory.registry import Registry

__all__ = ["JobState", "Jobs", "QueuedJob"]

_LEASE = dt.timedelta(minutes=2)
_TABLE = schema.job


@unique
class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Given up after its last attempt; a person must look."""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One job."""

    id: str
    kind: str
    """What kind of work, e.g. ``ordering.produce``."""

    payload: str
    """What the worker needs to know; mostly JSON."""

    state: JobState
    due_at: dt.datetime
    """Not before this moment, UTC."""

    worker: str | None
    leased_until: dt.datetime | None
    attempts: int
    """How often it was taken."""

    error: str | None
    """What stopped the last attempt: a code and a sentence, never a secret."""

    created_at: dt.datetime
    ended_at: dt.datetime | None


class Jobs:
    """The jobs of a registry."""

    def __init__(self, registry: Registry, *, lease: dt.timedelta = _LEASE) -> None:
        self._registry = registry
        self._lease = lease

    def add(
        self, kind: str, payload: str, *, key: str | None = None, due_at: dt.datetime | None = None
    ) -> str:
        """Enter a job and return its id; inside a transaction it is entered with the rest of it.

        ``key``: an id of the caller's; a job that has it already stays as it is.
        """
        now = self._registry.now()
        made = key or uuid.uuid4().hex
        row = {
            "id": made,
            "kind": kind,
            "payload": payload,
            "state": JobState.WAITING.value,
            "due_at": due_at or now,
            "attempts": 0,
            "created_at": now,
        }
        with self._registry.writing() as connection:
            connection.execute(self._registry.insert(_TABLE).values(row).on_conflict_do_nothing())
        return made

    def take(self, kind: str, worker: str, *, key: str | None = None) -> QueuedJob | None:
        """Give the next job that is due to a worker, or none; a job whose lease is over counts.

        ``key``: the id of the only job that is wanted.
        """
        now = self._registry.now()
        free = sa.or_(
            _TABLE.c.state == JobState.WAITING.value,
            sa.and_(_TABLE.c.state == JobState.RUNNING.value, _TABLE.c.leased_until <= now),
        )
        only = () if key is None else (_TABLE.c.id == key,)
        query = (
            sa.select(_TABLE.c.id)
            .where(_TABLE.c.kind == kind, _TABLE.c.due_at <= now, free, *only)
            .order_by(_TABLE.c.due_at, _TABLE.c.created_at, _TABLE.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._registry.writing() as connection:
            found = connection.execute(query).scalar()
            if found is None:
                return None
            connection.execute(
                sa.update(_TABLE)
                .where(_TABLE.c.id == found)
                .values(
                    state=JobState.RUNNING.value,
                    worker=worker,
                    leased_until=now + self._lease,
                    attempts=_TABLE.c.attempts + 1,
                )
            )
            return self.job(found)

    def prolong(self, job: QueuedJob) -> None:
        """Keep a job for another lease.

        Raises `StateError` (``directory.job_lost``) when another worker has it by now. Inside a
        transaction nobody can take it before the transaction ends.
        """
        until = self._registry.now() + self._lease
        self._change(job, {"leased_until": until})

    def done(self, job: QueuedJob) -> None:
        """End a job well. Raises `StateError` (``directory.job_lost``)."""
        self._change(job, {"state": JobState.DONE.value, "error": None, **self._end()})

    def failed(self, job: QueuedJob, error: str, *, again_at: dt.datetime | None = None) -> None:
        """Say what stopped a job: it waits until ``again_at``, or is given up.

        Raises `StateError` (``directory.job_lost``).
        """
        if again_at is None:
            self._change(job, {"state": JobState.FAILED.value, "error": error, **self._end()})
            return
        waiting = {"state": JobState.WAITING.value, "due_at": again_at, "leased_until": None}
        self._change(job, {**waiting, "error": error})

    def job(self, key: str) -> QueuedJob | None:
        """Return a job by its id, or none."""
        with self._registry.reading() as connection:
            row = connection.execute(sa.select(_TABLE).where(_TABLE.c.id == key)).mappings().first()
        return None if row is None else QueuedJob(**{**row, "state": JobState(row["state"])})

    def count(self, kind: str, state: JobState) -> int:
        """Return how many jobs of a kind stand in a state."""
        query = sa.select(sa.func.count()).where(
            _TABLE.c.kind == kind, _TABLE.c.state == state.value
        )
        with self._registry.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def _end(self) -> dict[str, object]:
        return {"ended_at": self._registry.now(), "leased_until": None}

    def _change(self, job: QueuedJob, values: dict[str, object]) -> None:
        mine = (
            _TABLE.c.id == job.id,
            _TABLE.c.worker == job.worker,
            _TABLE.c.attempts == job.attempts,
            _TABLE.c.state == JobState.RUNNING.value,
        )
        with self._registry.writing() as connection:
            changed = connection.execute(sa.update(_TABLE).where(*mine).values(values))
            if changed.rowcount != 1:
                raise StateError("directory.job_lost", id=job.id)
