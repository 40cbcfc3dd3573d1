# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A machine on which one question is not answered until the test says so."""

import threading
from functools import partial
from typing import Any

from tests.unit.diagnosis.world import Break, healthy

from caducee.diagnosis.job import DiagnosisEvent, DiagnosisJob
from caducee.diagnosis.probes import RecordedProbes
from caducee.diagnosis.session import DiagnosisOptions, DiagnosisSession
from caducee.reader.cancelling import CancelToken

PATIENCE = 20.0


class SlowProbes(RecordedProbes):
    """Answers ``drivers`` only once `answer` is set; `asked` is set when it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__(answers)
        self.asked, self.answer = threading.Event(), threading.Event()

    def drivers(self) -> Any:
        self.asked.set()
        assert self.answer.wait(PATIENCE)
        return self._answer("drivers")


class NotedSession(DiagnosisSession):
    """Says when its readers were given up, and in which thread."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.closed: str = ""
        code = self._options.code
        self.had_code = code is not None and code.reveal() == b"1234"

    def close(self) -> None:
        super().close()
        self.closed = threading.current_thread().name


class Place:
    """Makes jobs on made-up machines, and keeps what they were made with."""

    def __init__(self, *breaks: Break, slow: bool = False) -> None:
        answers = healthy()
        for item in breaks:
            item(answers)
        self.probes = (SlowProbes if slow else RecordedProbes)(answers)
        self.sessions: list[NotedSession] = []
        self.jobs: list[DiagnosisJob] = []

    def session(self, options: DiagnosisOptions, cancel: CancelToken) -> DiagnosisSession:
        made = NotedSession(options, cancel, self.probes if options.replay is None else None)
        self.sessions.append(made)
        return made

    def job(self, options: DiagnosisOptions, hear: Any) -> DiagnosisJob:
        self.jobs.append(DiagnosisJob(options, hear, self.session))
        return self.jobs[-1]

    @property
    def slow(self) -> SlowProbes:
        assert isinstance(self.probes, SlowProbes)
        return self.probes


def heard() -> tuple[list[DiagnosisEvent], Any]:
    """Return a list, and what fills it."""
    events: list[DiagnosisEvent] = []
    return events, partial(list.append, events)
