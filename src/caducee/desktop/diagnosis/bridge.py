# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Brings what other threads tell into the thread of the window."""

import contextvars
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance

from caducee.base.errors import CpsError, StateError
from caducee.diagnosis.job import DiagnosisEvent, DiagnosisJob
from caducee.diagnosis.session import DiagnosisOptions

__all__ = ["BackgroundTask", "DiagnosisRunner"]


class DiagnosisRunner(QObject):
    """Runs one diagnosis at a time; what a stopped one still says is not heard."""

    heard = Signal(object)
    """An `DiagnosisEvent` of the diagnosis that runs now."""

    _came = Signal(object, object)

    def __init__(
        self, parent: QObject | None = None, make: Callable[..., DiagnosisJob] = DiagnosisJob
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._job: DiagnosisJob | None = None
        self._came.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def begin(self, options: DiagnosisOptions) -> None:
        """Stop what runs, and begin."""
        self.stop()
        job: DiagnosisJob

        def hear(event: DiagnosisEvent) -> None:
            _emit(self._came, job, event)

        job = self._make(options, hear)
        self._job = job
        job.start()

    def stop(self) -> None:
        """Stop; returns at once."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _take(self, job: DiagnosisJob, event: DiagnosisEvent) -> None:
        if job is self._job:  # else: it was stopped while this was on its way
            self.heard.emit(event)


class BackgroundTask(QObject):
    """One piece of work off the thread of the window: a cure, a file."""

    succeeded = Signal(object)
    failed = Signal(object)
    """A `CpsError`."""

    def __init__(self, work: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work

    def start(self) -> None:
        """Begin; returns at once."""
        context = contextvars.copy_context()
        threading.Thread(target=lambda: context.run(self._run), name="chore", daemon=True).start()

    def _run(self) -> None:
        try:
            found = self._work()
        except CpsError as error:
            _emit(self.failed, error)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            _emit(self.failed, StateError("diag.work_failed", reason=reason))
        else:
            _emit(self.succeeded, found)


def _emit(signal: SignalInstance, *values: object) -> None:
    try:
        signal.emit(*values)
    except RuntimeError:
        pass  # the window went meanwhile
