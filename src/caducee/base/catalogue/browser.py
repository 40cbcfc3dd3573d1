# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``browser``: making browsers know the card."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "browser.program_changeable",
        N_("Users other than root can change {path}, which every user's browser would run."),
        N_("Install caducee for the system, or use --user."),
    ),
    Entry(
        "browser.tool_missing",
        N_("The program {tool}, which changes the databases of browsers, is not installed."),
        N_("Install it (Debian and Ubuntu: apt-get install libnss3-tools) and repeat."),
    ),
    Entry(
        "browser.database_broken",
        N_("The database of the browser in {path} cannot be used ({reason})."),
        N_("Close the browser and repeat; if it stays so, let the browser make a new profile."),
    ),
    Entry(
        "browser.policies_broken",
        N_("Firefox's policies in {path} cannot be used ({reason})."),
        N_("Repair the file, or ask who manages this machine; it was left as it is."),
    ),
    Entry(
        "browser.journal_broken",
        N_("The list of what was installed, {path}, cannot be read ({reason})."),
        N_("Move the file away and repeat; folders that were made then stay."),
    ),
    Entry(
        "browser.snap",
        N_(
            "This {browser} is a Snap: it is shut in and can load no module from outside, nor "
            "reach the socket of the Cryptolib."
        ),
        N_(
            "Install the browser from the distribution or from its maker (Debian package). The "
            "extension may work where the system offers Snaps native messaging by its portal."
        ),
    ),
    Entry(
        "browser.flatpak",
        N_(
            "This {browser} is a Flatpak: it is shut in, can load no module from outside, and "
            "starts no program beside it."
        ),
        N_("Install the browser from the distribution or from its maker (Debian package)."),
    ),
)
