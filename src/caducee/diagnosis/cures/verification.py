# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a cure helped: the checks that failed are run again."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from caducee.base import catalogue
from caducee.base.catalogue import Severity
from caducee.base.i18n import gettext as _
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.cures.model import Cure, CureContext
from caducee.diagnosis.cures.table import apply
from caducee.diagnosis.model import Check, CheckOutcome, CheckResult, Finding, Report

__all__ = ["CureResult", "RunChecks", "apply_and_verify", "checks_of"]

type RunChecks = Callable[[Sequence[Check]], Report]
"""Runs checks on this machine as it is now."""

_PAUSE: Final = 0.5


@dataclass(frozen=True, slots=True)
class CureResult:
    """A cure that was applied, and what its checks say now."""

    cure: Cure
    needed: bool
    """Something that it cures was found before."""

    left: tuple[Finding, ...] = ()
    """What is still found, or is found instead."""

    stopped_by: str = ""
    """The title of the check that fails first, so that the effect is unknown."""

    @property
    def helped(self) -> bool | None:
        """Whether it helped; None where that could not be checked."""
        return None if self.stopped_by else not self.left

    def text(self) -> str:
        """Return what was done and whether it helped, in the language in use."""
        lines = [_("Applied: {title}.").format(title=_(self.cure.title))]
        if self.stopped_by:
            text = _("Result not checked: “{title}” fails first.")
            lines.append(text.format(title=_(self.stopped_by)))
        elif self.left:
            lines.append(_("The cure did not help. Current findings:"))
            lines += [f"{item.sentence()} {item.advice()} [{item.code}]" for item in self.left]
        elif self.needed:
            lines.append(_("The check was run again: problem solved."))
        else:
            lines.append(_("The check had not reported this problem before."))
        return "\n".join(lines)


def checks_of(name: str) -> tuple[Check, ...]:
    """Return the checks that find what a cure cures, and those that they need, in their order."""
    by_name = {item.name: item for item in CHECKS}
    wanted: set[str] = set()

    def want(check: Check) -> None:
        if check.name not in wanted:
            wanted.add(check.name)
            for need in check.needs:
                want(by_name[need])

    for target in _targets(name):
        want(target)
    return tuple(item for item in CHECKS if item.name in wanted)


def _targets(name: str) -> tuple[Check, ...]:
    return tuple(check for check in CHECKS if any(_cures(name, code) for code in check.codes))


def _cures(name: str, code: str) -> bool:
    return catalogue.entry(code).cure == name


def apply_and_verify(
    name: str,
    context: CureContext,
    look: RunChecks,
    *,
    do: Callable[[str, CureContext], Cure] = apply,
    wait: Callable[[float], None] = time.sleep,
) -> CureResult:
    """Apply a cure, and run the checks again that it is for. What takes effect slowly is given
    `Cure.settles` seconds. ``do`` applies it another way (as root by another process).

    Raises as `caducee.diagnosis.cures.apply`.
    """
    checks = checks_of(name)
    before = _results(look(checks), name)
    cure = do(name, context)
    end = time.monotonic() + cure.settles
    while True:
        treated = _compared(cure, before, _results(look(checks), name))
        if treated.helped or time.monotonic() >= end:
            return treated
        wait(_PAUSE)


def _results(report: Report, name: str) -> tuple[CheckResult, ...]:
    targets = {target.name for target in _targets(name)}
    return tuple(result for result in report.results if result.check in targets)


def _compared(
    cure: Cure, before: Sequence[CheckResult], after: Sequence[CheckResult]
) -> CureResult:
    known = {finding.code for item in before for finding in item.findings}
    needed = any(_cures(cure.name, code) for code in known)
    left = tuple(
        finding
        for item in after
        for finding in item.findings
        if _cures(cure.name, finding.code)
        or (finding.severity is Severity.ERROR and finding.code not in known)
    )
    skipped = next((item for item in after if item.outcome is CheckOutcome.SKIPPED), None)
    titles = {check.name: check.title for check in CHECKS}
    stopped = titles[skipped.stopped_by] if skipped is not None and not left else ""
    return CureResult(cure, needed, left, stopped)
