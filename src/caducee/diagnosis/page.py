# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A report as one HTML file that a person reads, prints and mails; it loads nothing."""

from collections.abc import Iterator
from html import escape
from typing import Final

from caducee import __version__
from caducee.base.catalogue import Severity
from caducee.base.i18n import N_, language
from caducee.base.i18n import gettext as _
from caducee.diagnosis.model import CheckOutcome, CheckResult, Finding, Report
from caducee.diagnosis.plain import SIGNS, cause_of, summary

__all__ = ["report_as_page"]

_STYLE: Final = """
:root { color-scheme: light dark; --error: #a4001d; --warning: #7a4b00; --quiet: #52565e;
  --unchecked: #1f4e8c; }
@media (prefers-color-scheme: dark) {
  :root { --error: #ff9aa8; --warning: #ffc766; --unchecked: #9cc4ff; --quiet: #b4b9c2; }
}
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem; }
article { border: 1px solid; border-left-width: .4rem; border-radius: .3rem; padding: 0 1rem;
  margin: 1rem 0; }
.error { border-color: var(--error); } .error h3 { color: var(--error); }
.warning { border-color: var(--warning); } .warning h3 { color: var(--warning); }
.unchecked { border-style: dashed; border-color: var(--unchecked); }
.unchecked h3 { color: var(--unchecked); }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
ul { list-style: none; padding: 0; } li { margin: .4rem 0; overflow-wrap: anywhere; }
small, .quiet { color: var(--quiet); }
@media print { article, li { break-inside: avoid; } }
"""
_OUTCOMES: Final = {
    CheckOutcome.PASSED: N_("OK"),
    CheckOutcome.NOTED: N_("OK, with a note"),
    CheckOutcome.WARNED: N_("warning"),
    CheckOutcome.FAILED: N_("error"),
    CheckOutcome.UNCHECKED: N_("not checked"),
    CheckOutcome.SKIPPED: N_("skipped"),
    CheckOutcome.CANCELLED: N_("interrupted"),
}


def report_as_page(report: Report, made: str) -> str:
    """Return a report as a page in the language in use; ``made`` says when it was made."""
    title = _("Diagnosis of the card and this computer")
    parts = [
        "<!doctype html>",
        f'<html lang="{language()}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f'<main><h1>{escape(title)}</h1><p class="quiet">{escape(made)} · caducee {__version__}',
        f"</p><h2>{escape(_('Findings'))}</h2>",
        *_findings(report),
        f"<h2>{escape(_('Checks'))}</h2><ul>",
        *_checks(report),
        "</ul></main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _findings(report: Report) -> Iterator[str]:
    yield f"<p><strong>{escape(summary(report))}</strong></p>"
    for finding in report.findings:
        yield _finding(finding)


def _finding(finding: Finding) -> str:
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"
        for name, text in (
            (_("Consequence"), finding.consequence()),
            (_("What to do"), finding.advice()),
            (_("Code"), finding.code),
        )
        if text
    )
    sign = SIGNS[CheckOutcome.UNCHECKED] if finding.severity is Severity.UNCHECKED else ""
    mark = f'<span aria-hidden="true">{sign} </span>' if sign else ""
    return (
        f'<article class="{finding.severity.value}"><h3>{mark}{escape(cause_of(finding))}</h3>'
        f"<dl>{lines}</dl></article>"
    )


def _checks(report: Report) -> Iterator[str]:
    titles = {result.check: _(result.title) for result in report.results}
    for result in report.results:
        word = _(_OUTCOMES[result.outcome])
        if result.stopped_by:
            title = titles.get(result.stopped_by, result.stopped_by)
            word = _("skipped because of: {title}").format(title=title)
        line = _("{name}: {value}").format(name=titles[result.check], value=word)
        sign = f'<span aria-hidden="true">{SIGNS[result.outcome]}</span>'
        yield f"<li>{sign} {escape(line)}{_seen(result)}</li>"


def _seen(result: CheckResult) -> str:
    text = "; ".join(
        _("{name}: {value}").format(name=_(label), value=value)
        for label, value in result.observations
    )
    return f"<br><small>{escape(text)}</small>" if text else ""
