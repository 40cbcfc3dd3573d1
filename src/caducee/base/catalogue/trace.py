# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``trace``: what programs and cards said to each other."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "trace.unreadable",
        N_("The trace {path} cannot be read ({reason})."),
        N_("Check the name; traces lie in the folder that caducee trace folder prints."),
    ),
    Entry(
        "trace.empty",
        N_("There is nothing in these traces that fits."),
        N_("Check the filters, and whether tracing was on (CADUCEE_TRACE, or [trace])."),
    ),
    Entry(
        "trace.differs",
        N_("The card answered {count} commands in another way than the trace says."),
        N_("Look at the first difference; a card with other contents differs all along."),
    ),
    Entry(
        "trace.no_dialogue",
        N_("No dialogue with a card in these traces."),
        N_("Trace with CADUCEE_TRACE=apdus; name a reader when there are several."),
    ),
    Entry(
        "trace.name_survives",
        N_("{count} names or numbers would still be found in the result: nothing was written."),
        N_("This is a fault of the program: report it, without the trace."),
    ),
)
