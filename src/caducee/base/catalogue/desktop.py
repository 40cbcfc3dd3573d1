# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``desktop``: the windows."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "desktop.fault",
        N_("Internal error ({kind})."),
        N_("Try again; if the problem persists, report your steps and the traces."),
    ),
    Entry(
        "desktop.step_no_pin",
        N_("No PIN was given."),
        N_("Try again with the PIN (--with-pin)."),
    ),
    Entry(
        "desktop.step_no_portal",
        N_("No portal specified and no sandbox running."),
        N_("Specify a portal (--portal URL) or start a sandbox (caducee sandbox up)."),
    ),
    Entry(
        "desktop.step_not_asked",
        N_("This login method was not requested."),
        N_("Request it with --method, or omit the option."),
    ),
    Entry(
        "desktop.step_other_side",
        N_("The key does not exist on this side of the card."),
        N_("Use a contact reader to log in or sign."),
    ),
    Entry(
        "desktop.step_after",
        N_("Depends on a step that did not pass: {step}."),
        N_("Solve that step first, then try again."),
    ),
    Entry(
        "desktop.no_screen",
        N_("No graphical session: the window cannot be opened ({reason})."),
        N_(
            "Start the program in a graphical session, or use the command line: caducee "
            "card --help."
        ),
    ),
    Entry(
        "desktop.qt_missing",
        N_("Qt is not installed ({reason})."),
        N_('Install it: pip install "caducee[desktop]"; on Debian also apt install libegl1.'),
    ),
)
