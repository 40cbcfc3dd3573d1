# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A report as plain values for JSON, and as text for a mail; both in the language in use."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from caducee import __version__
from caducee.base import catalogue
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.diagnosis.areas import area_of
from caducee.diagnosis.model import CheckOutcome, CheckResult, Finding, Report

__all__ = [
    "SIGNS",
    "cause_of",
    "checks_as_text",
    "code_as_plain",
    "finding_as_text",
    "report_as_plain",
    "report_as_text",
    "summary",
]

SIGNS: Final = {
    CheckOutcome.PASSED: "✓",
    CheckOutcome.NOTED: "✓",
    CheckOutcome.WARNED: "!",
    CheckOutcome.FAILED: "✗",
    CheckOutcome.UNCHECKED: "?",
    CheckOutcome.SKIPPED: "–",
    CheckOutcome.CANCELLED: "–",
}
"""A sign for the eye, beside the word."""

_WORDS: Final = {
    "error": N_("Error: {sentence}"),
    "warning": N_("Warning: {sentence}"),
    "unchecked": N_("Not checked: {sentence}"),
    "note": N_("Note: {sentence}"),
}


def code_as_plain(entry: catalogue.Entry) -> dict[str, str | None]:
    """Return what the catalogue says of a code."""
    return {
        "code": entry.code,
        "severity": entry.severity.value,
        "cause": _(entry.sentence),
        "consequence": _(entry.consequence),
        "cure": _(entry.advice),
        "apply": entry.cure or None,
    }


def report_as_plain(report: Report) -> dict[str, Any]:
    """Return a whole report; `caducee.diagnosis.collection.PlainReport` is its form."""
    first, area = report.first, area_of(report)
    return {
        "caducee": __version__,
        "healthy": report.healthy,
        "area": area.value if area is not None else None,
        "unchecked": [
            finding.code
            for finding in report.findings
            if finding.severity is catalogue.Severity.UNCHECKED
        ],
        "cancelled": report.cancelled,
        "first": first.code if first is not None else None,
        "findings": [_finding_as_plain(finding) for finding in report.findings],
        "checks": [
            {
                "name": result.check,
                "title": _(result.title),
                "outcome": result.outcome.value,
                "codes": [finding.code for finding in result.findings],
                "stopped_by": result.stopped_by or None,
                "observations": [
                    {"what": _(label), "value": value} for label, value in result.observations
                ],
            }
            for result in report.results
        ],
    }


def _finding_as_plain(finding: Finding) -> dict[str, Any]:
    return code_as_plain(catalogue.entry(finding.code)) | {
        "cause": finding.sentence(),
        "consequence": finding.consequence(),
        "cure": finding.advice(),
        "facts": dict(finding.facts),
    }


def cause_of(finding: Finding) -> str:
    """Return how much a finding matters, and its cause, in one line."""
    return _(_WORDS[finding.severity]).format(sentence=finding.sentence())


def finding_as_text(finding: Finding) -> str:
    """Return a finding in two or three lines: cause with its code, consequence, cure."""
    lines = [f"{cause_of(finding)} [{finding.code}]"]
    lines += [
        f"  {sign} {text}"
        for text, sign in ((finding.consequence(), "  "), (finding.advice(), "->"))
        if text
    ]
    return "\n".join(lines)


def summary(report: Report) -> str:
    """Return the result of a diagnosis in one line.

    It says that nothing is wrong only when everything that matters was checked.
    """
    errors, warnings, unchecked = map(
        report.count,
        (catalogue.Severity.ERROR, catalogue.Severity.WARNING, catalogue.Severity.UNCHECKED),
    )
    if report.cancelled:
        return _("Interrupted: the skipped checks may fail, too.")
    if errors:
        text = _("Errors: {errors}, warnings: {warnings}, not checked: {unchecked}.")
    elif warnings:
        text = _("No error was found. Warnings: {warnings}, not checked: {unchecked}.")
    elif unchecked:
        text = _("No error was found, but not everything was checked. Not checked: {unchecked}.")
    else:
        text = _("No problem found.")
    return text.format(errors=errors, warnings=warnings, unchecked=unchecked)


def report_as_text(report: Report) -> str:
    """Return the summary, every finding and every check, the first cause first."""
    parts = [summary(report), *(finding_as_text(finding) for finding in report.findings)]
    return "\n\n".join([*parts, checks_as_text(report.results)]) + "\n"


def checks_as_text(results: Sequence[CheckResult]) -> str:
    """Return a line for each check."""
    return "\n".join(_checks(results))


def _checks(results: Sequence[CheckResult]) -> Iterator[str]:
    titles = {result.check: _(result.title) for result in results}
    for result in results:
        because = ""
        if result.stopped_by:
            because = " " + _("(skipped: {title})").format(title=titles[result.stopped_by])
        elif result.outcome is CheckOutcome.CANCELLED:
            because = " " + _("(skipped: the diagnosis was interrupted)")
        yield f"{SIGNS[result.outcome]} {titles[result.check]}{because}"
