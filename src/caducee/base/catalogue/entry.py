# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One line of the catalogue."""

from dataclasses import dataclass
from enum import StrEnum, unique

__all__ = ["Entry", "Severity"]


@unique
class Severity(StrEnum):
    """How much a finding of the diagnosis matters, the worst first."""

    ERROR = "error"
    """Something does not work."""

    WARNING = "warning"
    """It works, and soon or sometimes will not."""

    UNCHECKED = "unchecked"
    """Something that matters was not checked, so it may be right or wrong."""

    NOTE = "note"
    """Good to know; nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one code means to a person. Texts are English message ids of gettext."""

    code: str
    """``area.name``, stable for ever."""

    sentence: str
    """What happened; ``{fact}`` names a fact of the case."""

    advice: str
    """What to do next."""

    consequence: str = ""
    """What does not work because of it; the diagnosis has one for each code."""

    severity: Severity = Severity.ERROR

    cure: str = ""
    """The name of the cure that the diagnosis can apply; empty: a person has to act."""
