# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A diagnosis in a thread of its own, which can be stopped at any moment. No Qt here."""

import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass

from caducee.base.errors import CpsError, StateError
from caducee.diagnosis.model import CheckResult, Report
from caducee.diagnosis.session import DiagnosisOptions, DiagnosisSession
from caducee.reader.cancelling import CancelToken

__all__ = [
    "CheckEnded",
    "CheckStarted",
    "DiagnosisDone",
    "DiagnosisEvent",
    "DiagnosisFailed",
    "DiagnosisJob",
]


@dataclass(frozen=True, slots=True)
class CheckStarted:
    """A check begins."""

    title: str
    """In the language in use."""

    part: float
    """What is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class CheckEnded:
    """A check has ended."""

    result: CheckResult


@dataclass(frozen=True, slots=True)
class DiagnosisDone:
    """The diagnosis has ended, or was stopped. ``session`` can write it down."""

    report: Report
    session: DiagnosisSession


@dataclass(frozen=True, slots=True)
class DiagnosisFailed:
    """It could not begin: a file cannot be read."""

    error: CpsError


type DiagnosisEvent = CheckStarted | CheckEnded | DiagnosisDone | DiagnosisFailed
type OnEvent = Callable[[DiagnosisEvent], None]


class DiagnosisJob:
    """One diagnosis. Its thread alone talks to readers, and gives them up itself, so that nothing
    is closed under a call that is still under way.
    """

    def __init__(
        self,
        options: DiagnosisOptions,
        on_event: OnEvent,
        make: Callable[[DiagnosisOptions, CancelToken], DiagnosisSession] = DiagnosisSession,
    ) -> None:
        """``on_event`` is called in the job's thread, and never after `cancel` has returned."""
        self._options = options
        self._on_event = on_event
        self._make = make
        self._cancel = CancelToken()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        context = contextvars.copy_context()  # the language in use
        self._thread = threading.Thread(
            target=lambda: context.run(self._work), name="diagnosis", daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        """Stop: no further check begins, the one under way ends or is left to itself, and nothing
        more is reported. Returns at once, unless another thread is in ``on_event`` right now.
        """
        self._cancel.cancel()
        with self._lock:
            return

    def join(self, seconds: float) -> bool:
        """Wait for the thread; return whether it has ended."""
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def _emit(self, event: DiagnosisEvent) -> None:
        with self._lock:
            if not self._cancel.cancelled:
                self._on_event(event)

    def _work(self) -> None:
        try:
            session = self._make(self._options, self._cancel)
        except CpsError as error:
            self._emit(DiagnosisFailed(error))
            return
        except OSError as error:
            self._emit(DiagnosisFailed(StateError("diag.work_failed", reason=error)))
            return
        try:
            report = session.run(
                lambda title, part: self._emit(CheckStarted(title, part)),
                lambda result: self._emit(CheckEnded(result)),
            )
        finally:
            session.close()
        self._emit(DiagnosisDone(report, session))
