# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the test services tell: steps with time, facts and verdict; plain values, without Qt."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any, Final

from caducee.base.dates import local_time
from caducee.base.errors import CpsError
from caducee.base.i18n import N_, language
from caducee.base.i18n import gettext as _

__all__ = [
    "FACTS",
    "OUTCOMES",
    "TITLES",
    "CheckReport",
    "StepOutcome",
    "StepProblem",
    "StepReport",
    "TrialReport",
]

VERSION: Final = 1
"""Of the JSON object."""


@unique
class StepOutcome(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not tried: it was not asked for, this side of the card cannot do it, or it needs a step that
    failed."""


OUTCOMES: Final = {
    StepOutcome.PASSED: N_("passed"),
    StepOutcome.FAILED: N_("failed"),
    StepOutcome.SKIPPED: N_("not run"),
}

TITLES: Final = {
    "card": N_("Read the card"),
    "random": N_("Random numbers from the card"),
    "pin": N_("Verify the PIN"),
    "signature": N_("Sign and verify with the signature key"),
    "authentication": N_("Sign and verify with the authentication key"),
    "decipherment": N_("Encrypt and decipher with the authentication key"),
    "technical": N_("Sign and verify with the technical key"),
    "portal": N_("Reach the portal"),
    "login-certificate": N_("Log in by TLS certificate"),
    "logout-certificate": N_("Log out and check that the session is closed"),
    "login-token": N_("Log in by token"),
    "logout-token": N_("Log out and check that the session is closed"),
}
"""Every step by its stable name, in the order in which they are tried."""

FACTS: Final = {
    "card": N_("Card"),
    "holder": N_("Holder"),
    "reader": N_("Reader"),
    "face": N_("Side of the card"),
    "random": N_("Random bytes"),
    "tries_left": N_("Tries left"),
    "algorithm": N_("Algorithm"),
    "certificate": N_("Serial number of the certificate"),
    "size": N_("Bytes"),
    "commands": N_("Commands to the card"),
    "address": N_("Address"),
    "tls": N_("TLS version and cipher"),
    "identity": N_("Logged in as"),
    "number": N_("Identifier"),
    "checks": N_("Checks passed"),
    "session": N_("Session after logout"),
}
"""What facts are called, by their stable names."""


@dataclass(frozen=True, slots=True)
class StepProblem:
    """Why a step did not pass, or was not tried."""

    code: str
    """Of the catalogue: ours, or that of the portal's refusal."""

    sentence: str
    advice: str = ""

    @classmethod
    def of(cls, error: CpsError) -> "StepProblem":
        """Describe an error, in the language in use."""
        return cls(error.code, error.sentence(), error.advice())

    @property
    def text(self) -> str:
        """What happened, and what to do."""
        return f"{self.sentence} {self.advice}".strip()


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One check of a portal's verdict."""

    name: str
    outcome: str
    """``passed``, ``failed``, ``unknown``, ``skipped``: as the portal says it."""

    code: str


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step: what it is, how long it took, what came of it."""

    name: str
    outcome: StepOutcome
    ms: float = 0.0
    """Time taken, in milliseconds; nothing for a step that was not tried."""

    facts: tuple[tuple[str, str | int], ...] = ()
    """Names of `FACTS` and their values, in order."""

    problem: StepProblem | None = None
    checks: tuple[CheckReport, ...] = ()
    """Of a login: every check of the portal."""

    @property
    def title(self) -> str:
        """What the step does, in the language in use."""
        return _(TITLES[self.name])

    @property
    def verdict(self) -> str:
        """How it ended, in the language in use."""
        return _(OUTCOMES[self.outcome])

    @property
    def took(self) -> str:
        """The time it took, e.g. ``12.3 ms``; empty for a step that was not tried."""
        if self.outcome is StepOutcome.SKIPPED:
            return ""
        number = f"{self.ms:.1f}"
        return _("{count} ms").format(
            count=number.replace(".", ",") if language() == "fr" else number
        )

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """Labels and values, in the language in use; the problem comes first."""
        lines = (
            [(_("Reason"), f"{self.problem.text} [{self.problem.code}]")] if self.problem else []
        )
        lines += [(_(FACTS[name]), str(value)) for name, value in self.facts]
        lines += [
            (_("Failed check"), f"{check.name}: {check.outcome} [{check.code}]")
            for check in self.checks
            if check.outcome in ("failed", "unknown")
        ]
        return tuple(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the step as plain values."""
        return {
            "name": self.name,
            "title": self.title,
            "outcome": self.outcome.value,
            "ms": round(self.ms, 2),
            "facts": dict(self.facts),
            "problem": {
                "code": self.problem.code,
                "sentence": self.problem.sentence,
                "advice": self.problem.advice,
            }
            if self.problem
            else None,
            "checks": [
                {"name": check.name, "outcome": check.outcome, "code": check.code}
                for check in self.checks
            ],
        }


@dataclass(frozen=True, slots=True)
class TrialReport:
    """The report of all steps; it holds no PIN."""

    at: dt.datetime
    """When it began, UTC."""

    steps: tuple[StepReport, ...]

    @property
    def reader(self) -> str:
        """The reader that the card was in; empty when unknown."""
        return str(next((dict(step.facts).get("reader", "") for step in self.steps), ""))

    @property
    def ok(self) -> bool:
        """Whether something passed, and nothing failed."""
        outcomes = {step.outcome for step in self.steps}
        return StepOutcome.PASSED in outcomes and StepOutcome.FAILED not in outcomes

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of ``caducee card test --json``."""
        return {
            "version": VERSION,
            "at": self.at.isoformat(),
            "ok": self.ok,
            "untried": [step.name for step in self.steps if step.outcome is StepOutcome.SKIPPED],
            "steps": [step.to_json() for step in self.steps],
        }

    def to_text(self) -> str:
        """Return lines for a person, in the language in use."""
        lines = [_("Test services, {at}").format(at=local_time(self.at))]
        for step in self.steps:
            took = f" ({step.took})" if step.took else ""
            lines.append(
                _("{title}: {verdict}").format(title=step.title, verdict=step.verdict) + took
            )
            lines += [
                "    " + _("{name}: {value}").format(name=name, value=value)
                for name, value in step.details
            ]
        return "\n".join(lines)
