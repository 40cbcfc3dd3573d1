# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a verifier writes down: one line per check, never a bare yes or no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType

from caducee.base import catalogue
from caducee.base.errors import Fact
from caducee.base.i18n import gettext

__all__ = ["Check", "CheckOutcome"]


@unique
class CheckOutcome(StrEnum):
    """The result of a check."""

    PASSED = "passed"
    """The condition holds."""

    FAILED = "failed"
    """The condition does not hold."""

    UNKNOWN = "unknown"
    """The check could not run (a list is missing or stale): never to be taken for passed."""

    SKIPPED = "skipped"
    """Not requested, or an earlier failure left nothing to check."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check, what it found, and the code that explains it."""

    name: str
    """What was checked, stable, e.g. ``validity``."""

    outcome: CheckOutcome

    code: str
    """A code of the catalogue; for passed checks too, so that every line can be explained."""

    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))
    """Names, dates and numbers of the case."""

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
        return self.outcome is CheckOutcome.PASSED

    def sentence(self) -> str:
        """Return what was found, in the language in use."""
        return catalogue.fill(gettext(catalogue.entry(self.code).sentence), self.facts)

    def advice(self) -> str:
        """Return what a person can do next, in the language in use."""
        return catalogue.fill(gettext(catalogue.entry(self.code).advice), self.facts)
