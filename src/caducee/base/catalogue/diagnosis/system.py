# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: this machine, reports and cures."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.system_foreign",
        N_("Unsupported system: {system}. Some checks run on Linux only."),
        N_("Treat the skipped checks as unknown."),
        consequence=consequences.DOUBT,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.installation_damaged",
        N_("Incomplete caducee installation, missing: {parts}."),
        N_("Install caducee again (pip install --force-reinstall caducee)."),
        consequence=consequences.DOUBT,
    ),
    Entry(
        "diag.confined",
        N_("This program is confined ({form}) and cannot reach PC/SC or other programs."),
        N_("Install caducee from a package of the distribution, or by pip, outside of {form}."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.as_root",
        N_(
            "The diagnosis runs as root: it checks the browsers, settings and daemon of "
            "root, not yours."
        ),
        N_("Run it again as the affected user."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.tracing_on",
        N_("All card commands are being recorded (trace level apdus)."),
        N_('Switch it off when no longer needed: [trace] level = "off".'),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.probe_failed",
        N_("Internal error in the check {check} ({reason})."),
        N_("Report this with the file from caducee diag --report; the other results are valid."),
        consequence=consequences.DOUBT,
    ),
    Entry(
        "diag.report_damaged",
        N_("Unreadable report ({reason})."),
        N_("Ask for the file again, as caducee diag --report wrote it."),
        consequence=consequences.DOUBT,
    ),
    Entry(
        "diag.report_unfaithful",
        N_("Anonymising the report would change its findings: the report was not written."),
        N_(
            "Omit --name if that name is part of a program name; otherwise send the "
            "output of caducee diag after reviewing it."
        ),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.report_silent",
        N_("The report has no data for a current check ({question})."),
        N_("Replay it with the caducee release that wrote it."),
        consequence=consequences.DOUBT,
    ),
    Entry(
        "diag.work_failed",
        N_("The operation failed ({reason})."),
        N_("Report this with the file from caducee diag --report."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_unknown",
        N_("Unknown cure: {name}."),
        N_("List them with: caducee diag --cures."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_needs_root",
        N_("The cure {name} requires root."),
        N_("Run: {command}."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_failed",
        N_("The cure {name} failed ({reason})."),
        N_("Follow the advice of the finding manually."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_not_applied",
        N_("The cure {name} has not been applied."),
        N_("List the applied cures with: caducee diag --cures."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cures_unreadable",
        N_("The record of applied cures cannot be read ({path}: {reason})."),
        N_("Set the file aside; undo earlier cures manually."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_final",
        N_("The cure {name} cannot be undone."),
        N_("No action needed."),
        consequence=consequences.NONE,
    ),
)
