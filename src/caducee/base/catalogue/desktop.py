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
        "desktop.step_no_pin",
        N_("No PIN was given."),
        N_("Try again with the PIN (--with-code)."),
    ),
    Entry(
        "desktop.step_no_portal",
        N_("No portal was named, and no sandbox runs."),
        N_("Name a portal (--portal URL), or start a sandbox (caducee sandbox up)."),
    ),
    Entry(
        "desktop.step_not_asked",
        N_("This way of logging in was not asked for."),
        N_("Ask for it with --way, or leave the option out."),
    ),
    Entry(
        "desktop.step_other_side",
        N_("This side of the card has no such key."),
        N_("Use the contacts of the card to log in or to sign."),
    ),
    Entry(
        "desktop.step_after",
        N_("It needs a step that did not pass: {step}."),
        N_("Cure that step first, then try again."),
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
