# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis as values: what was found, by which check, and what that makes of the whole."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from caducee.base import catalogue
from caducee.base.catalogue import Severity
from caducee.base.errors import Fact
from caducee.base.i18n import gettext

if TYPE_CHECKING:
    from caducee.diagnosis.context import CheckContext

__all__ = [
    "WEIGHT",
    "Check",
    "CheckOutcome",
    "CheckResult",
    "Finding",
    "Observation",
    "Report",
    "found",
]


@unique
class CheckOutcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    NOTED = "noted"
    """Nothing is wrong, and there is something to know."""

    WARNED = "warned"
    FAILED = "failed"
    UNCHECKED = "unchecked"
    """Something that matters could not be checked; a finding gives the reason."""

    SKIPPED = "skipped"
    """What it depends on failed."""

    CANCELLED = "cancelled"
    """The diagnosis was stopped before this check ended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One code of the catalogue with the facts of this case."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """How much it matters; a code from outside the diagnosis is an error."""
        return catalogue.entry(self.code).severity

    @property
    def cure(self) -> str:
        """The name of the cure that can be applied; empty: a person has to do it."""
        return catalogue.entry(self.code).cure

    def sentence(self) -> str:
        """Return the cause, in the language in use."""
        return self._text(catalogue.entry(self.code).sentence)

    def consequence(self) -> str:
        """Return what does not work because of it."""
        return self._text(catalogue.entry(self.code).consequence)

    def advice(self) -> str:
        """Return what cures it."""
        return self._text(catalogue.entry(self.code).advice)

    def _text(self, text: str) -> str:
        return catalogue.fill(gettext(text), self.facts)


def found(code: str, /, **facts: Fact) -> Finding:
    """Return a finding."""
    return Finding(code, facts)


type Observation = tuple[str, str]
"""A label (an English message id) and the value observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at."""

    name: str
    """Stable, in lower case."""

    title: str
    """What is looked at; an English message id."""

    needs: tuple[str, ...] = ()
    """The checks without whose success this one makes no sense."""

    look: Callable[["CheckContext"], Iterable[Finding]]
    codes: tuple[str, ...]
    """Every code that it can give."""

    observe: Callable[["CheckContext"], Iterable[Observation]] | None = None
    """Yields what was examined; called after ``look``."""

    passes: tuple[str, ...] = ()
    """Areas whose codes it hands through, where the diagnosis has no code of its own."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of one check."""

    check: str
    title: str
    outcome: CheckOutcome
    findings: tuple[Finding, ...] = ()
    stopped_by: str = ""
    """Of a check that was skipped: the check that failed."""

    observations: tuple[Observation, ...] = ()
    """What was examined."""


WEIGHT: Final = {severity: rank for rank, severity in enumerate(Severity)}
"""The rank of a severity, the worst first."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a whole diagnosis found."""

    results: tuple[CheckResult, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, the first cause first: errors, warnings, what was not checked,
        notes; each in the order in which things depend on each other.
        """
        listed = [finding for result in self.results for finding in result.findings]
        return tuple(sorted(listed, key=lambda item: WEIGHT[item.severity]))

    @property
    def first(self) -> Finding | None:
        """The finding to begin with; None when everything was checked and nothing is wrong."""
        return next(
            (finding for finding in self.findings if finding.severity is not Severity.NOTE), None
        )

    @property
    def cancelled(self) -> bool:
        """Whether it was stopped before its end; what was not looked at may be broken."""
        return any(result.outcome is CheckOutcome.CANCELLED for result in self.results)

    def count(self, severity: Severity) -> int:
        """Return how many findings have a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def healthy(self) -> bool | None:
        """False with an error; None without one when something that matters was not checked."""
        if self.count(Severity.ERROR):
            return False
        return None if self.cancelled or self.count(Severity.UNCHECKED) else True
