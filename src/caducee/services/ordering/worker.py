# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The worker: does the jobs of the service that are due, one after the other."""

import datetime as dt
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Collection

import msgspec

from caducee.base.errors import CpsError, StateError
from caducee.directory.jobs import QueuedJob
from caducee.services.ordering.card_lifecycle import CardLifecycle
from caducee.services.ordering.checkpoints import Checkpoints
from caducee.services.ordering.letters import Letters
from caducee.services.ordering.notices import Notices
from caducee.services.ordering.production import Production
from caducee.services.ordering.publishing import publish
from caducee.services.ordering.reminders import remind
from caducee.services.ordering.shipments import Shipments
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.tools import WORKER, JobKind, Tools
from caducee.spec import ours

__all__ = ["Worker", "end", "worker_name"]

_log = logging.getLogger(__name__)

_LOST = "directory.job_lost"


def worker_name() -> str:
    """Return a name that no other worker has: machine, process, and chance."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(6)}"


class Worker:
    """Does jobs. Any number of workers may run at once, in threads, processes and machines."""

    def __init__(
        self,
        tools: Tools,
        production: Production,
        parts: tuple[Letters, Shipments, CardLifecycle, Checkpoints, Notices],
    ) -> None:
        letters, shipments, life, self._checkpoints, notices = parts
        self._tools = tools
        self._does: dict[str, Callable[[QueuedJob], None]] = {
            JobKind.PRODUCE: production.make,
            JobKind.PUBLISH: lambda job: publish(tools, job),
            JobKind.EXPIRE: letters.expire,
            JobKind.FORGET: shipments.forget,
            JobKind.REMIND: lambda job: remind(tools, job),
            JobKind.END: self._end,
            JobKind.STOP: life.stop_all,
            JobKind.CHECKPOINT: self._checkpoint,
            JobKind.TELL: notices.send,
        }
        self._checkpoint_of = ""

    def work(self, name: str, kinds: Collection[str] = JobKind.ALL) -> int:
        """Do every job of some kinds that is due and return how many were done."""
        self._checkpoints.note()
        self._daily()
        return sum(self._work(kind, name) for kind in kinds)

    def _work(self, kind: str, name: str) -> int:
        done = 0
        while job := self._tools.jobs.take(kind, name):
            done += self._do(job)
        return done

    def do(self, kind: str, key: str, name: str) -> bool:
        """Do one job now, if it is due and no other worker has it; return whether it was done."""
        job = self._tools.jobs.take(kind, name, key=key)
        return job is not None and self._do(job)

    def run(self, stop: threading.Event, *, every: float = 1.0) -> None:
        """Work until ``stop`` is set, looking for jobs every some seconds; outlives faults.

        A large order takes long; a second thread does the rest meanwhile.
        """
        rest = [item for item in JobKind.ALL if item != JobKind.PRODUCE]
        aside = threading.Thread(target=self._run, args=(rest, stop, every), daemon=True)
        aside.start()
        self._run([JobKind.PRODUCE], stop, every)
        aside.join()

    def _run(self, kinds: Collection[str], stop: threading.Event, every: float) -> None:
        name = worker_name()
        while not stop.wait(every):
            try:
                self.work(name, kinds)
            except CpsError as error:
                _log.error("the worker waits: %s", error)

    def _do(self, job: QueuedJob) -> bool:
        if job.attempts > ours.table("ordering").integer("most_attempts"):
            self._tools.jobs.failed(job, job.error or "ordering.gave_up")
            return False
        try:
            self._does[job.kind](job)
        except CpsError as error:
            self._failed(job, error)
            return False
        return True

    def _failed(self, job: QueuedJob, error: CpsError) -> None:
        """Have a job tried again later; facts of the error may hold what people typed: left out."""
        if error.code == _LOST:
            _log.warning("another worker has job %s by now", job.id)
            return
        _log.error("job %s of kind %s stopped: %s", job.id, job.kind, error)
        most = dt.timedelta(minutes=ours.table("ordering").integer("most_wait"))
        wait = min(dt.timedelta(seconds=2 ** min(job.attempts, 20)), most)
        try:
            again = self._tools.registry.now() + wait
            self._tools.jobs.failed(job, error.code, again_at=again)
        except StateError as worse:
            # Its lease ends by itself, and another attempt follows.
            _log.error("job %s is left to its lease: %s", job.id, worse)

    def _daily(self) -> None:
        """Enter today's signing of the trail's checkpoint, once."""
        today = f"{self._tools.registry.now():%Y-%m-%d}"
        if today != self._checkpoint_of:
            self._tools.jobs.add(JobKind.CHECKPOINT, today, key=f"{JobKind.CHECKPOINT}:{today}")
            self._checkpoint_of = today

    def _checkpoint(self, job: QueuedJob) -> None:
        self._checkpoints.sign()
        self._tools.jobs.done(job)

    def _end(self, job: QueuedJob) -> None:
        """End the test use of an order whose time is over."""
        tools = self._tools
        with tools.registry.transaction():
            tools.jobs.prolong(job)
            order = tools.orders.order(msgspec.json.decode(job.payload, type=str))
            if order.state is OrderState.DELIVERED:
                end(tools, order.id)
                tools.orders.act(order, WORKER, OrderAction.END)
            tools.jobs.done(job)


def end(tools: Tools, order: str) -> None:
    """Enter the job that stops everything of an order, in the transaction of its end."""
    if tools.jobs.job(f"{JobKind.STOP}:{order}") is None:
        tools.jobs.add(JobKind.STOP, order, key=f"{JobKind.STOP}:{order}")
