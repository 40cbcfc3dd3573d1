# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports of many workstations: the form of one as JSON, and what all of them say together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from caducee.base.catalogue import Severity
from caducee.base.errors import Fact
from caducee.diagnosis.areas import DiagnosisArea
from caducee.diagnosis.model import CheckOutcome

__all__ = ["CollectedReports", "PlainReport", "collect", "schema"]

_MOST: Final = 4 << 20
"""Bytes of a report that are read; those of the tests have about 20,000."""


class PlainObservation(msgspec.Struct, frozen=True):
    """Something that a check looked at."""

    what: str
    value: str


class PlainCheck(msgspec.Struct, frozen=True):
    """What became of one check."""

    name: str
    title: str
    outcome: CheckOutcome
    codes: tuple[str, ...]
    stopped_by: str | None
    observations: tuple[PlainObservation, ...]


class PlainFinding(msgspec.Struct, frozen=True):
    """One cause, with its code; texts are in the language of who ran the diagnosis."""

    code: str
    severity: Severity
    cause: str
    consequence: str
    cure: str
    apply: str | None
    facts: dict[str, Fact]


class PlainReport(msgspec.Struct, frozen=True):
    """What ``caducee diag --json`` prints."""

    caducee: str
    """Version of the program."""

    healthy: bool | None
    """False with an error; null when something that matters was not checked."""

    area: DiagnosisArea | None
    """Where the first error lies; it decides the exit status."""

    unchecked: tuple[str, ...]
    cancelled: bool
    first: str | None
    """The code to begin with."""

    findings: tuple[PlainFinding, ...]
    checks: tuple[PlainCheck, ...]
    made: str | None = None
    """When, in UTC; null for a replayed report."""

    support: str | None = None
    """The telephone number of the support, from the site file."""


def schema() -> dict[str, Any]:
    """Return the JSON schema of a report."""
    return msgspec.json.schema(PlainReport)


@dataclass(frozen=True, slots=True)
class CollectedReports:
    """The workstations of a folder, by what is wrong with them; a workstation is a file's name."""

    errors: dict[str, list[str]] = field(default_factory=dict)
    """By the code of the first cause."""

    causes: dict[str, str] = field(default_factory=dict)
    """The sentence of each such code, as the first of its reports has it."""

    unchecked: list[str] = field(default_factory=list)
    """Without an error, and not wholly checked."""

    healthy: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    """Files that are no report."""

    def to_plain(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        return {
            "errors": [
                {"code": code, "cause": self.causes[code], "workstations": names}
                for code, names in self.errors.items()
            ],
            "unchecked": self.unchecked,
            "healthy": self.healthy,
            "unreadable": self.unreadable,
        }


def collect(folder: Path) -> CollectedReports:
    """Sort the reports (``*.json``) of a folder, the most frequent cause first."""
    found = CollectedReports()
    errors: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted(folder.glob("*.json")):
        report = _read(file)
        if report is None:
            found.unreadable.append(file.stem)
        elif report.healthy is False and report.findings:
            first = report.findings[0]
            errors[first.code].append(file.stem)
            found.causes.setdefault(first.code, first.cause)
        else:
            (found.healthy if report.healthy else found.unchecked).append(file.stem)
    found.errors.update(_by_number(errors.items()))
    return found


def _by_number(errors: Iterable[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    return sorted(errors, key=lambda item: -len(item[1]))


def _read(file: Path) -> PlainReport | None:
    try:
        with file.open("rb") as stream:
            return msgspec.json.decode(stream.read(_MOST), type=PlainReport)
    except (OSError, msgspec.DecodeError):  # a ValidationError is one, too
        return None
