# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the window of the diagnosis shows: states, lines and texts, without Qt.

The model hears the events of a `caducee.diagnosis.job.Job` in the thread of the window.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Final

from caducee.base.errors import CpsError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.diagnosis.job import (
    CheckEnded,
    CheckStarted,
    DiagnosisDone,
    DiagnosisEvent,
    DiagnosisFailed,
)
from caducee.diagnosis.model import CheckOutcome, CheckResult, Finding, Report
from caducee.diagnosis.plain import cause_of, summary
from caducee.diagnosis.session import DiagnosisSession

__all__ = ["DiagnosisView", "FindingView", "Phase", "Row", "State"]


@unique
class Phase(StrEnum):
    """What the window is doing."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@unique
class State(StrEnum):
    """What is known of one check."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    NOTED = "noted"
    WARNED = "warned"
    FAILED = "failed"
    UNCHECKED = "unchecked"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


_WORDS: Final = {
    State.WAITING: N_("waiting"),
    State.RUNNING: N_("running"),
    State.PASSED: N_("OK"),
    State.NOTED: N_("OK, with a note"),
    State.WARNED: N_("warning"),
    State.FAILED: N_("error"),
    State.UNCHECKED: N_("not checked"),
    State.SKIPPED: N_("skipped"),
    State.CANCELLED: N_("interrupted"),
}
_SEVERITIES: Final = {
    "error": N_("Error"),
    "warning": N_("Warning"),
    "unchecked": N_("Not checked"),
    "note": N_("Note"),
}


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding, in the language in use."""

    code: str
    severity: str
    """``error``, ``warning``, ``unchecked`` or ``note``."""

    word: str
    cause: str
    line: str
    """The word and the cause."""

    consequence: str
    advice: str
    cure: str
    """The name of the cure that can be applied; empty: a person has to act."""

    @property
    def rest(self) -> tuple[tuple[str, str], ...]:
        """What stands below the cause, where everything is read by keyboard."""
        found = (
            (_("Consequence"), self.consequence),
            (_("What to do"), self.advice),
            (_("Code"), self.code),
        )
        return tuple((name, text) for name, text in found if text)

    @classmethod
    def of(cls, finding: Finding) -> "FindingView":
        """Show a finding."""
        return cls(
            finding.code,
            finding.severity.value,
            _(_SEVERITIES[finding.severity]),
            finding.sentence(),
            cause_of(finding),
            finding.consequence(),
            finding.advice(),
            finding.cure,
        )

    @classmethod
    def of_error(cls, error: CpsError) -> "FindingView":
        """Show why a diagnosis did not begin."""
        found = Finding(error.code, error.facts)
        return cls(
            error.code,
            "error",
            _("Error"),
            error.sentence(),
            cause_of(found),
            "",
            error.advice(),
            "",
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One check as a line."""

    name: str
    title: str
    state: State = State.WAITING
    findings: tuple[FindingView, ...] = ()
    because: str = ""
    """Of a check that was not looked at: the title of the one that failed."""

    observations: tuple[tuple[str, str], ...] = ()

    @property
    def word(self) -> str:
        """The state in words; beside it stands an icon, never alone."""
        if self.because:
            return _("skipped because of: {title}").format(title=self.because)
        return _(_WORDS[self.state])

    @property
    def spoken(self) -> str:
        """The whole line for a screen reader."""
        return _("{name}: {value}").format(name=self.title, value=self.word)


class DiagnosisView:
    """The state of the window. Whoever shows it reads it again after each change."""

    def __init__(self, checks: Sequence[tuple[str, str]], support: str = "") -> None:
        """``checks`` are names and titles (English message ids), in their order; ``support`` is the
        telephone number of the support.
        """
        self._support = support
        self._checks = tuple(checks)
        self.phase = Phase.IDLE
        self.rows: list[Row] = []
        self.part = 0.0
        """What is done, 0 to 1."""

        self.report: Report | None = None
        self.session: DiagnosisSession | None = None
        """What the finished diagnosis can be written down by; None after a stop."""

        self.origin = ""
        """The bundle that is shown; empty: this machine."""

        self.error: CpsError | None = None
        self._title = ""
        self._results: list[CheckResult] = []
        self._wait()

    def _wait(self) -> None:
        self.rows = [Row(name, _(title)) for name, title in self._checks]
        self._results = []
        self.part, self._title = 0.0, ""
        self.report = self.session = self.error = None

    # What happens

    def begin(self, origin: str = "") -> None:
        """A diagnosis begins: of this machine, or of a bundle called ``origin``."""
        self.origin = origin
        self._wait()
        self.phase = Phase.RUNNING

    def hear(self, event: DiagnosisEvent) -> int:
        """Take an event; return the row that changed, -1 for all of them."""
        match event:
            case CheckStarted():
                self.part, self._title = event.part, event.title
                return self._set(len(self._results), State.RUNNING)
            case CheckEnded():
                return self._ended(event.result)
            case DiagnosisDone():
                self.report, self.session = event.report, event.session
                self.part = 1.0
                self.phase = Phase.STOPPED if event.report.cancelled else Phase.DONE
            case DiagnosisFailed():
                self.error = event.error
                self.phase = Phase.FAILED
        return -1

    def stop(self) -> None:
        """The reader of the window stops it: what has been found so far counts."""
        left = self._checks[len(self._results) :]
        missing = [CheckResult(name, title, CheckOutcome.CANCELLED) for name, title in left]
        for item in missing:
            self._ended(item)
        self.report = Report(tuple(self._results))
        self.phase = Phase.STOPPED

    def _set(self, number: int, state: State) -> int:
        if number < len(self.rows):
            self.rows[number] = replace(self.rows[number], state=state)
        return number

    def _ended(self, result: CheckResult) -> int:
        number = len(self._results)
        self._results.append(result)
        titles = {item.check: _(item.title) for item in self._results}
        self.rows[number] = Row(
            result.check,
            _(result.title),
            State(result.outcome.value),
            tuple(map(FindingView.of, result.findings)),
            titles.get(result.stopped_by, ""),
            tuple((_(label), value) for label, value in result.observations),
        )
        return number

    # What is shown

    @property
    def running(self) -> bool:
        """Whether checks run."""
        return self.phase is Phase.RUNNING

    @property
    def first(self) -> FindingView | None:
        """The cause to begin with; also why nothing could be begun."""
        if self.error is not None:
            return FindingView.of_error(self.error)
        found = (self.report or Report(tuple(self._results))).first
        return FindingView.of(found) if found is not None else None

    @property
    def headline(self) -> str:
        """What the diagnosis came to, in one line."""
        if self.phase is Phase.IDLE:
            return _("No check has run yet.")
        if self.phase is Phase.RUNNING:
            return _("Checking: {title}").format(title=self._title or "…")
        if self.phase is Phase.FAILED:
            return _("The diagnosis could not start.")
        text = summary(self.report or Report(tuple(self._results)))
        return text if self.first is None or self.phase is Phase.STOPPED else self._begin_with(text)

    @staticmethod
    def _begin_with(summary: str) -> str:
        return _("{summary} Start with this one:").format(summary=summary)

    @property
    def heading(self) -> str:
        """Which machine is looked at."""
        if self.origin:
            return _("Report from another computer: {name}").format(name=self.origin)
        if self._support:
            return _("This machine. Support: {telephone}").format(telephone=self._support)
        return _("This machine")

    def finding(self, row: int, number: int) -> FindingView | None:
        """Return one finding of a row; None when there is none."""
        found = self.rows[row].findings if 0 <= row < len(self.rows) else ()
        return found[number] if 0 <= number < len(found) else None

    def place_of_first(self) -> tuple[int, int] | None:
        """Return where the first cause stands: row, and number in it."""
        first = self.first
        for at, row in enumerate(self.rows):
            if first in row.findings:
                return at, row.findings.index(first)
        return None
