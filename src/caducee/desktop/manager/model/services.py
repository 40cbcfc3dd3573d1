# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page of the test services says, without Qt."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.cryptolib.pin_tasks import PinCondition, PinStatus
from caducee.cryptolib.portal import PortalAddress
from caducee.desktop.manager.model.card_view import Line, Mark, Section
from caducee.diagnosis.trial.model import TITLES, StepOutcome, StepReport, TrialReport
from caducee.middleware.pin_entry import PinKind, PinRequest

__all__ = ["as_json", "needs_pin", "pin_request", "place_of", "section", "share", "summary"]

_MARKS: Final = {
    StepOutcome.PASSED: Mark.GOOD,
    StepOutcome.FAILED: Mark.BAD,
    StepOutcome.SKIPPED: Mark.UNKNOWN,
}
_SUMMARIES: Final = {
    Mark.GOOD: N_("All tests passed."),
    Mark.BAD: N_("A test failed; the reason is shown below."),
    Mark.NOTE: N_("No test was run."),
}


def section(steps: Iterable[StepReport]) -> Section:
    """Return a line for each step, in order: verdict, time, what came of it."""
    return Section("results", _("Results"), tuple(map(_line, steps)))


def _line(step: StepReport) -> Line:
    took = f" ({step.took})" if step.took else ""
    details = [_("{name}: {value}").format(name=name, value=value) for name, value in step.details]
    value = "\n".join((f"{step.verdict}{took}", *details))
    return Line(step.name, step.title, value, _MARKS[step.outcome])


def share(name: str) -> float:
    """Return which share of all steps is done when a step begins."""
    names = list(TITLES)
    return names.index(name) / len(names)


def summary(report: TrialReport) -> tuple[Mark, str]:
    """Return the whole in one sentence, with its mark."""
    outcomes = {step.outcome for step in report.steps}
    mark = Mark.GOOD if report.ok else Mark.BAD if StepOutcome.FAILED in outcomes else Mark.NOTE
    return mark, _(_SUMMARIES[mark])


def needs_pin(standing: PinStatus) -> bool:
    """Tell whether it makes sense to ask for the code of a card."""
    return standing.condition in (PinCondition.GOOD, PinCondition.UNKNOWN, PinCondition.LAST_TRY)


def pin_request(standing: PinStatus, reader: str) -> PinRequest:
    """Return the question for the code: for which card, and what for."""
    pin = standing.pin
    least, most = (pin.min_length, pin.max_length) if pin is not None else (4, 8)
    return PinRequest(
        PinKind.LOGIN,
        card=standing.label,
        holder=standing.holder,
        reader=reader,
        tries_left=pin.tries_left if pin is not None else None,
        min_length=least,
        max_length=most,
        for_what=_("testing the keys and logging in to the portal"),
    )


def place_of(address: str, root: str) -> PortalAddress | None:
    """Return the portal that was typed; None without an address. A host alone means HTTPS."""
    address = address.strip()
    if not address:
        return None
    if "://" not in address:
        address = f"https://{address}"
    return PortalAddress(address, Path(root.strip()) if root.strip() else None)


def as_json(report: TrialReport) -> str:
    """Return the results as the file that is saved."""
    return json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n"
