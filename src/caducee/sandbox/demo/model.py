# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The result of a demonstration: its steps, the login, and every check of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ApduExchange", "DemoStep", "Demonstration", "LoginOutcome"]


@dataclass(frozen=True, slots=True)
class ApduExchange:
    """One command to the card and its answer, secrets masked."""

    command: str
    """Hexadecimal; the PIN of a VERIFY, CHANGE or RESET RETRY COUNTER shows as asterisks."""

    response: str
    """Hexadecimal, with the status word."""

    meaning: str
    """What the command does, in words."""

    status: str
    """What the status word says, in words."""

    ok: bool
    """Whether the card did what was asked."""


@dataclass(slots=True)
class DemoStep:
    """One step of the demonstration."""

    name: str
    """Stable name, e.g. ``read``."""

    title: str
    """What happens, for a person, in the language in use."""

    ms: float = 0.0
    """Time taken, in milliseconds."""

    began: float = 0.0
    """When it began, in milliseconds after the start of the first step."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    """What came of it: label and value."""

    exchanges: list[ApduExchange] = field(default_factory=list)
    """The dialogue with the card in this step."""

    failure: str | None = None
    """Why the step did not succeed."""

    @property
    def apdus(self) -> int:
        """How many commands the card executed."""
        return len(self.exchanges)

    def fact(self, label: str, value: object) -> None:
        """Note what came of the step."""
        self.facts.append((label, str(value)))


@dataclass(frozen=True, slots=True)
class LoginOutcome:
    """What the portal said of one login, as its JSON has it."""

    method: str
    """``certificate`` or ``token``."""

    identity: dict[str, Any]
    """Who logged in."""

    checks: list[dict[str, Any]]
    """Every check with its name, outcome and code."""

    ok: bool
    """Whether the portal admitted the holder."""


@dataclass(slots=True)
class Demonstration:
    """The whole of it, for the terminal, the report and the JSON object."""

    steps: list[DemoStep] = field(default_factory=list)
    logins: list[LoginOutcome] = field(default_factory=list)
    refusal: str | None = None
    """The code of the refusal that was right for this card; none when it logs in."""

    timer: Callable[[], float] = time.perf_counter
    _start: float | None = None

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[DemoStep]:
        """Time one step; an error is noted in the step and goes on."""
        now = self.timer()
        self._start = now if self._start is None else self._start
        item = DemoStep(name, title, began=(now - self._start) * 1000)
        self.steps.append(item)
        try:
            yield item
        except Exception as error:
            item.failure = str(error)
            raise
        finally:
            item.ms = (self.timer() - now) * 1000

    @property
    def ok(self) -> bool:
        """Whether every step succeeded, and every login was admitted or rightly refused."""
        ended = bool(self.logins) or self.refusal is not None
        return (
            ended
            and all(login.ok for login in self.logins)
            and not any(step.failure for step in self.steps)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of ``caducee demo --json``."""
        first = self.logins[0] if self.logins else None
        return {
            "steps": [
                {
                    "name": step.name,
                    "ms": round(step.ms, 2),
                    "apdus": step.apdus,
                    "facts": dict(step.facts),
                    "failure": step.failure,
                }
                for step in self.steps
            ],
            "identity": first.identity if first else None,
            "verdict": {
                "ok": bool(self.logins) and all(item.ok for item in self.logins),
                "checks": [
                    {"method": login.method, **check}
                    for login in self.logins
                    for check in login.checks
                ],
            },
            "refusal": self.refusal,
            "ok": self.ok,
        }
