# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One thread for each reader: what a slow card keeps waiting is that card's own calls.

A thread begins with the first job for its reader and ends when it has had none for a while. A job
whose future was cancelled before its turn is passed over.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

__all__ = ["QueueFull", "Workers"]

_IDLE_SECONDS = 30.0

type Rest = Callable[[str], None]
"""Called with the name of a reader when its thread has been idle for a while."""


class QueueFull(Exception):
    """More calls wait for one reader than may."""


class _Worker:
    """The thread of one reader."""

    def __init__(self, name: str, limit: int, rest: Rest, rest_after: float) -> None:
        self.jobs: queue.SimpleQueue[tuple[Future[object], Callable[[], object]] | None]
        self.jobs = queue.SimpleQueue()
        self.limit = limit
        self.ended = False
        self._name, self._rest, self._rest_after = name, rest, rest_after
        self.guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"reader {name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        worked = False
        while True:
            try:
                found = self.jobs.get(timeout=self._rest_after if worked else _IDLE_SECONDS)
            except queue.Empty:
                if worked:
                    worked = False
                    self._rest(self._name)
                elif self._over():
                    return
                continue
            if found is None:
                return
            worked = True
            future, job = found
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = job()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            del found, future, job  # nothing of a call outlives it here

    def _over(self) -> bool:
        """End, unless a job came in this moment."""
        with self.guard:
            self.ended = self.jobs.empty()
            return self.ended


class Workers:
    """The threads of all readers, by reader name."""

    def __init__(
        self, limit: int, rest: Rest = lambda reader: None, rest_after: float = 3.0
    ) -> None:
        """``limit`` is how many jobs may wait for one reader.

        ``rest`` is called in a reader's thread that had no job for ``rest_after`` seconds.
        """
        self._limit = limit
        self._rest, self._rest_after = rest, rest_after
        self._workers: dict[str, _Worker] = {}

    def submit[T](self, reader: str, job: Callable[[], T]) -> Future[T]:
        """Queue a job for a reader's thread; raises `QueueFull`. Call from one thread only."""
        future: Future[T] = Future()
        while True:
            worker = self._workers.get(reader)
            if worker is None or worker.ended:
                worker = self._workers[reader] = _Worker(
                    reader, self._limit, self._rest, self._rest_after
                )
            with worker.guard:
                if worker.ended:
                    continue
                if worker.jobs.qsize() >= worker.limit:
                    raise QueueFull(reader)
                worker.jobs.put((future, job))  # type: ignore[arg-type]
                return future

    def forget(self, readers: set[str]) -> None:
        """Forget readers that are gone for good; their threads end by themselves."""
        for name in readers & self._workers.keys():
            if self._workers[name].ended:
                del self._workers[name]

    def close(self) -> None:
        """End every thread after the jobs that wait; a thread that hangs is left alone."""
        for worker in self._workers.values():
            worker.jobs.put(None)
        self._workers.clear()
