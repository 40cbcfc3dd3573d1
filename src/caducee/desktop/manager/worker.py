# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Work that is done off the thread of the windows: one thread a lane, in order."""

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from caducee.base.errors import CpsError
from caducee.base.i18n import language, use_language
from caducee.reader.cancelling import CancelToken

__all__ = ["Job", "Work", "Worker"]

type _Message = tuple[int, str, tuple[object, ...]]
"""Job number, kind of message, values. Threads hold no `Job`: it is deleted in the GUI thread."""


class Job(QObject):
    """One operation as the window sees it. Every signal comes in the thread of the windows."""

    progressed = Signal(str, object)
    """What is being done, and which share of it is done (0 to 1), None when nobody knows."""

    done = Signal(object)
    """The result."""

    failed = Signal(object)
    """A `CpsError`; ``reader.cancelled`` after `cancel`."""

    ended = Signal()
    """After ``done`` or ``failed``, always."""

    def __init__(self, parent: QObject, lane: str) -> None:
        super().__init__(parent)
        self.lane = lane
        self.token = CancelToken()
        self.over = False
        """The operation has ended."""

    def cancel(self) -> None:
        """Ask the operation to end; it ends with ``failed``, or with ``done`` if it was faster."""
        self.token.cancel()


@dataclass(frozen=True)
class Work:
    """What an operation gets: to report its progress and to learn of cancellation."""

    token: CancelToken
    tell: Callable[[str, float | None], None]

    def progress(self, text: str, share: float | None = None) -> None:
        """Tell what is being done; ends the operation when it was cancelled."""
        self.token.check()
        self.tell(text, share)

    def check(self) -> None:
        """Raise `ReaderError` (``reader.cancelled``) when the operation was cancelled."""
        self.token.check()


@dataclass
class _Lane:
    waiting: deque[tuple[int, CancelToken, Callable[[Work], object], str]] = field(
        default_factory=deque
    )
    busy: bool = False


class Worker(QObject):
    """Runs operations; those of one lane (a reader) one after the other, lanes side by side."""

    _message = Signal(object)

    failed = Signal(str, object)
    """The lane and the `CpsError` of every operation that fails."""

    busy_changed = Signal(bool)
    """Whether any operation runs or waits."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._threads: set[threading.Thread] = set()
        self._message.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    def run(self, operation: Callable[[Work], Any], lane: str = "") -> Job:
        """Begin an operation, or let it wait for those before it in its lane.

        ``operation`` runs in another thread: it touches no widget, and raises `CpsError`. Connect
        to the signals of the job at once: they come when the event loop turns again.
        """
        job, number = Job(self, lane), next(self._numbers)
        self._jobs[number] = job
        if len(self._jobs) == 1:
            self.busy_changed.emit(True)
        with self._lock:
            queue = self._lanes.setdefault(lane, _Lane())
            queue.waiting.append((number, job.token, operation, language()))
            if not queue.busy:
                queue.busy = True
                thread = threading.Thread(
                    target=self._work, args=(queue,), name=f"lane {lane}", daemon=True
                )
                self._threads.add(thread)
                thread.start()
        return job

    @property
    def busy(self) -> bool:
        """Whether any operation runs or waits."""
        return bool(self._jobs)

    def close(self, seconds: float = 5.0) -> None:
        """Cancel everything and wait until it ended; an operation that hangs is left behind."""
        for job in tuple(self._jobs.values()):
            job.cancel()
        with self._lock:
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(seconds)

    # In the thread of a lane

    def _work(self, lane: _Lane) -> None:
        while True:
            with self._lock:
                if not lane.waiting:
                    lane.busy = False
                    self._threads.discard(threading.current_thread())
                    return
                number, token, operation, code = lane.waiting.popleft()
            with use_language(code):
                self._one(number, token, operation)
            del operation  # what it holds of windows is not kept until the next

    def _one(self, number: int, token: CancelToken, operation: Callable[[Work], object]) -> None:
        def tell(text: str, share: float | None) -> None:
            self._send(number, "progressed", text, share)

        try:
            token.check()
            result = operation(Work(token, tell))
        except CpsError as error:
            self._send(number, "failed", error)
        except Exception as error:  # an internal error: reported, and the window stays
            self._send(number, "broken", error)
        else:
            self._send(number, "done", result)

    def _send(self, number: int, what: str, *values: object) -> None:
        try:
            self._message.emit((number, what, values))
        except RuntimeError:  # the windows are gone
            pass

    # In the thread of the windows

    @Slot(object)
    def _hear(self, message: _Message) -> None:
        number, what, values = message
        job = self._jobs[number]
        if what == "progressed":
            job.progressed.emit(*values)
            return
        job.over = True
        del self._jobs[number]
        try:
            if what == "done":
                job.done.emit(*values)
            elif what == "failed":
                self.failed.emit(job.lane, *values)
                job.failed.emit(*values)
            else:
                self._break(job, values[0])
        finally:
            job.ended.emit()
            job.deleteLater()
            if not self._jobs:
                self.busy_changed.emit(False)

    @staticmethod
    def _break(job: Job, error: object) -> None:
        assert isinstance(error, Exception)  # noqa: S101 (sent above)
        job.failed.emit(CpsError("desktop.fault", kind=type(error).__name__))
        raise error
