# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs the checks in the order in which things depend on each other."""

from collections.abc import Callable, Iterator, Sequence

from caducee.base.catalogue import Severity
from caducee.base.errors import CpsError
from caducee.base.i18n import gettext
from caducee.desktop.diagnosis.model import Check, CheckResult, Finding, Outcome, Report, found
from caducee.desktop.diagnosis.scene import Scene

__all__ = ["run", "steps"]

_OUTCOMES = {
    Severity.ERROR: Outcome.FAILED,
    Severity.WARNING: Outcome.WARNED,
    Severity.NOTE: Outcome.NOTED,
}


def steps(scene: Scene, checks: Sequence[Check]) -> Iterator[CheckResult]:
    """Yield the result of each check as it ends; the checks stand in their order already.

    A check whose needs failed, or were skipped, is skipped. What a probe raises stops its check
    alone.
    """
    stopped: dict[str, str] = {}
    for check in checks:
        blocker = next((stopped[one] for one in check.needs if one in stopped), "")
        if blocker:
            stopped[check.name] = blocker
            yield CheckResult(check.name, check.title, Outcome.SKIPPED, (), blocker)
            continue
        findings = _look(check, scene)
        outcome = _outcome(findings)
        if outcome is Outcome.FAILED:
            stopped[check.name] = check.name
        yield CheckResult(check.name, check.title, outcome, findings)


def run(
    scene: Scene,
    checks: Sequence[Check],
    told: Callable[[str, float], None] = lambda title, part: None,
) -> Report:
    """Run all checks. ``told`` hears the title of each before it begins, and the part that is done
    (0 to 1).
    """
    results: list[CheckResult] = []
    going = steps(scene, checks)
    for number, check in enumerate(checks):
        told(gettext(check.title), number / len(checks))
        results.append(next(going))
    return Report(tuple(results))


def _look(check: Check, scene: Scene) -> tuple[Finding, ...]:
    try:
        findings = tuple(check.look(scene))
    except CpsError as error:
        return (found("diag.probe_failed", check=check.name, reason=str(error)),)
    except Exception as error:  # a fault of a probe hides no other result
        reason = f"{type(error).__name__}: {error}"
        return (found("diag.probe_failed", check=check.name, reason=reason),)
    for one in findings:
        area = one.code.partition(".")[0]
        if one.code not in check.codes and area not in check.passes:
            raise LookupError(f"check {check.name} does not declare {one.code}")
    return findings


def _outcome(findings: Sequence[Finding]) -> Outcome:
    worst = [severity for severity in Severity if any(o.severity is severity for o in findings)]
    return _OUTCOMES[worst[0]] if worst else Outcome.PASSED
