# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: the Cryptolib's process."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.daemon_absent",
        N_("The Cryptolib's process does not run; the first program that needs it starts it."),
        N_("No action needed."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
        cure="daemon-start",
    ),
    Entry(
        "diag.daemon_hung",
        N_("The Cryptolib's process {pid} lives and does not answer."),
        N_("End it; the next program starts a new one. Logins have to be done again."),
        consequence=consequences.DAEMON,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_stale",
        N_("A Cryptolib's process was killed and left its socket; the next one replaces it."),
        N_("No action needed."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
        cure="daemon-start",
    ),
    Entry(
        "diag.daemon_refuses",
        N_("The Cryptolib's process refuses this program ({reason})."),
        N_("Restart it, and update caducee and caducee-native together."),
        consequence=consequences.DAEMON,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_crowded",
        N_("The Cryptolib's process takes no more connections ({reason})."),
        N_("Close programs that use the card; the limits stand in the settings, table [limits]."),
        consequence=consequences.DAEMON,
        severity=Severity.WARNING,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_folder",
        N_("The folder of the Cryptolib's socket is not safe ({path}: {reason})."),
        N_("It must belong to you and have mode 0700."),
        consequence=consequences.DAEMON,
        cure="daemon-folder",
    ),
    Entry(
        "diag.daemon_socket_rights",
        N_("The socket of the Cryptolib has wrong rights ({path}: {reason})."),
        N_("Restart the Cryptolib: it makes the socket anew."),
        consequence=consequences.DAEMON,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_foreign",
        N_("The socket of the Cryptolib belongs to another user ({path})."),
        N_(
            "Unset CADUCEE_CRYPTOLIBD_SOCKET, or log in anew; in doubt ask who manages this "
            "machine."
        ),
        consequence=consequences.DAEMON,
    ),
    Entry(
        "diag.daemon_path_long",
        N_("The path of the Cryptolib's socket is longer than the system allows ({path})."),
        N_("Name a shorter one in CADUCEE_CRYPTOLIBD_SOCKET."),
        consequence=consequences.DAEMON,
    ),
    Entry(
        "diag.daemon_version",
        N_("The Cryptolib's process is of version {running}, and {version} is installed."),
        N_("Restart it: it was started before the update."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_settings",
        N_("The settings were not understood, and those built in are in use ({reason})."),
        N_("Put the file right, or let it be moved aside."),
        consequence=consequences.NONE,
        severity=Severity.WARNING,
        cure="settings-aside",
    ),
    Entry(
        "diag.daemon_pcsc_off",
        N_("The settings keep the Cryptolib from looking at PC/SC (readers.pcsc = false)."),
        N_("Remove that line if real readers are meant."),
        consequence=consequences.DAEMON,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.pin_program",
        N_("The program that asks for the code is not there ({program})."),
        N_("Install caducee with the extra desktop, or correct the setting pin_entry.program."),
        consequence=consequences.CODE,
    ),
)
