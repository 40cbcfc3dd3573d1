# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``desktop``: the windows."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "desktop.fault",
        N_("This program met a fault of its own ({kind})."),
        N_("Try again; if it stays so, report it with what you did and the traces."),
    ),
    Entry(
        "desktop.no_screen",
        N_("No window can be opened here: there is no graphical session ({reason})."),
        N_("Start the program in a graphical session, or use the commands: caducee card --help."),
    ),
    Entry(
        "desktop.qt_missing",
        N_("The windows need Qt, which is not installed here ({reason})."),
        N_('Install it: pip install "caducee[desktop]"; on Debian also apt install libegl1.'),
    ),
)
