# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: this machine, reports and cures."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.system_foreign",
        N_("This system is {system}; parts of the diagnosis look at Linux only."),
        N_("Read the parts that were skipped as unknown, not as good."),
        consequence=consequences.DOUBT,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.installation_damaged",
        N_("Parts of caducee's own installation are missing: {parts}."),
        N_("Install caducee again (pip install --force-reinstall caducee)."),
        consequence=consequences.DOUBT,
    ),
    Entry(
        "diag.confined",
        N_("This program itself is shut in ({form}) and reaches neither PC/SC nor other programs."),
        N_("Install caducee from a package of the distribution, or by pip, outside of {form}."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.as_root",
        N_("The diagnosis runs as root: it sees root's browsers, settings and daemon, not yours."),
        N_("Run it once more as the person who has the problem."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.tracing_on",
        N_("Every command to the card is being written down (trace level apdus)."),
        N_('Switch it off when it is no longer needed: [trace] level = "off".'),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.probe_failed",
        N_("The check {check} itself failed ({reason})."),
        N_("Report this with the file of caducee diag --report; the other results count."),
        consequence=consequences.DOUBT,
    ),
    Entry(
        "diag.report_damaged",
        N_("The report cannot be read ({reason})."),
        N_("Ask for the file again, as caducee diag --report wrote it."),
        consequence=consequences.DOUBT,
    ),
    Entry(
        "diag.report_unfaithful",
        N_("Without its names the report would tell other findings; it was not written."),
        N_(
            "Leave out the option --name if that name is part of a program's; else send what "
            "caducee diag says, after you have read it."
        ),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.report_silent",
        N_("The report has no answer to a question that is asked now ({question})."),
        N_("Replay it with the release of caducee that wrote it."),
        consequence=consequences.DOUBT,
    ),
    Entry(
        "diag.work_failed",
        N_("This could not be done ({reason})."),
        N_("Report this with the file of caducee diag --report."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_unknown",
        N_("There is no cure {name}."),
        N_("List them with: caducee diag --cures."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_needs_root",
        N_("The cure {name} changes the system and needs root."),
        N_("Run: {command}."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_failed",
        N_("The cure {name} did not succeed ({reason})."),
        N_("Do by hand what the advice of the finding says."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_not_applied",
        N_("The cure {name} was not applied here, so there is nothing to undo."),
        N_("List what was applied with: caducee diag --cures."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cures_unreadable",
        N_("The note of what was applied cannot be read ({path}: {reason})."),
        N_("Move the file aside; what was applied before has to be undone by hand."),
        consequence=consequences.NONE,
    ),
    Entry(
        "diag.cure_final",
        N_("The cure {name} leaves nothing that could be undone."),
        N_("No action needed."),
        consequence=consequences.NONE,
    ),
)
