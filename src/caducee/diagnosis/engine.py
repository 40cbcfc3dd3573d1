# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs the checks in the order in which things depend on each other."""

from collections.abc import Callable, Iterator, Sequence

from caducee.base.catalogue import Severity
from caducee.base.errors import CpsError
from caducee.base.i18n import gettext
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.model import (
    Check,
    CheckOutcome,
    CheckResult,
    Finding,
    Observation,
    Report,
    found,
)
from caducee.reader.cancelling import CancelToken

__all__ = ["left_out", "run", "steps"]

_OUTCOMES = {
    Severity.ERROR: CheckOutcome.FAILED,
    Severity.WARNING: CheckOutcome.WARNED,
    Severity.UNCHECKED: CheckOutcome.UNCHECKED,
    Severity.NOTE: CheckOutcome.NOTED,
}


def steps(
    context: CheckContext, checks: Sequence[Check], cancel: CancelToken | None = None
) -> Iterator[CheckResult]:
    """Yield the result of each check as it ends; the checks stand in their order already.

    A check whose needs failed, or were skipped, is skipped. What a probe raises stops its check
    alone. Once cancelled, no further check is begun; what the one under way found counts no more,
    because its probes may have given up.
    """
    cancel = cancel or CancelToken()
    stopped: dict[str, str] = {}
    for check in checks:
        if cancel.cancelled:
            yield left_out(check)
            continue
        blocker = next((stopped[need] for need in check.needs if need in stopped), "")
        if blocker:
            stopped[check.name] = blocker
            yield CheckResult(check.name, check.title, CheckOutcome.SKIPPED, (), blocker)
            continue
        findings = _look(check, context)
        if cancel.cancelled:
            yield left_out(check)
            continue
        outcome = _outcome(findings)
        if outcome is CheckOutcome.FAILED:
            stopped[check.name] = check.name
        yield CheckResult(
            check.name, check.title, outcome, findings, observations=_observations(check, context)
        )


def left_out(check: Check) -> CheckResult:
    """Return the result of a check that was cancelled, or never begun because of that."""
    return CheckResult(check.name, check.title, CheckOutcome.CANCELLED)


def run(
    context: CheckContext,
    checks: Sequence[Check],
    on_progress: Callable[[str, float], None] = lambda title, part: None,
    on_result: Callable[[CheckResult], None] = lambda result: None,
    cancel: CancelToken | None = None,
) -> Report:
    """Run all checks. ``on_progress`` gets the title of each before it begins and the share done
    (0 to 1); ``on_result`` gets each result.
    """
    results: list[CheckResult] = []
    going = steps(context, checks, cancel)
    for number, check in enumerate(checks):
        on_progress(gettext(check.title), number / len(checks))
        results.append(next(going))
        on_result(results[-1])
    return Report(tuple(results))


def _look(check: Check, context: CheckContext) -> tuple[Finding, ...]:
    try:
        findings = tuple(check.look(context))
    except CpsError as error:
        return (found("diag.probe_failed", check=check.name, reason=str(error)),)
    except Exception as error:  # a fault of a probe hides no other result
        reason = f"{type(error).__name__}: {error}"
        return (found("diag.probe_failed", check=check.name, reason=reason),)
    for finding in findings:
        area = finding.code.partition(".")[0]
        if finding.code not in check.codes and area not in check.passes:
            raise LookupError(f"check {check.name} does not declare {finding.code}")
    return findings


def _observations(check: Check, context: CheckContext) -> tuple[Observation, ...]:
    """Return what a check looked at; a failing probe is a finding already."""
    if check.observe is None:
        return ()
    try:
        return tuple((label, value) for label, value in check.observe(context) if value)
    except Exception:
        return ()


def _outcome(findings: Sequence[Finding]) -> CheckOutcome:
    worst = [severity for severity in Severity if any(o.severity is severity for o in findings)]
    return _OUTCOMES[worst[0]] if worst else CheckOutcome.PASSED
