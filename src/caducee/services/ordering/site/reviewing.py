# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The checks of a form as a reviewer sees them: each with its outcome, passed ones too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from caducee.base.i18n import gettext as _
from caducee.services.ordering.form import OrderForm
from caducee.services.ordering.site.forms import FieldProblem, findings_of

__all__ = ["ReviewCheck", "review_checks"]

type _Concerns = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ReviewCheck:
    """One check."""

    text: str
    found: tuple[FieldProblem, ...]
    """What it found; nothing: passed."""

    @property
    def stops(self) -> bool:
        """Whether something is wrong that no reviewer can let pass."""
        return any(item.stops for item in self.found)


def review_checks(form: OrderForm) -> Iterator[ReviewCheck]:
    """Yield the checks of a form, each finding in the first one that it concerns."""
    left = list(findings_of(form))
    for text, concerns in _checks(form):
        found = tuple(item for item in left if concerns(item.where))
        left = [item for item in left if item not in found]
        yield ReviewCheck(text, found)


def _checks(form: OrderForm) -> Iterator[tuple[str, _Concerns]]:
    yield _("The number of the structure has the right key."), "structure.number".__eq__
    yield (
        _("Structure and applicant are named, with address, telephone and e-mail."),
        lambda where: where.startswith(("structure.", "applicant.")),
    )
    if form.cards:
        yield (
            _("Part 3.1 says project, uses and environments."),
            lambda where: where.startswith("card_usage."),
        )
    if form.certificates:
        yield (
            _("Part 4.1 says uses and solution."),
            lambda where: where.startswith("certificate_usage."),
        )
    yield _("Every quantity is a usual one."), lambda where: where.endswith(".quantity")
    yield _("Everything ordered can be made."), lambda _where: True
