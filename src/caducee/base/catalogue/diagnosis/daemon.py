# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: the Cryptolib's process."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.daemon_absent",
        N_("The Cryptolib daemon is not running; the first program that needs it starts it."),
        N_("No action needed."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
        cure="daemon-start",
    ),
    Entry(
        "diag.daemon_hung",
        N_("The Cryptolib daemon (process {pid}) does not respond."),
        N_("Restart it. Users must log in again."),
        consequence=consequences.DAEMON,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_stale",
        N_("A killed Cryptolib daemon left its socket behind; the next one replaces it."),
        N_("No action needed."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
        cure="daemon-start",
    ),
    Entry(
        "diag.daemon_refuses",
        N_("The Cryptolib daemon refuses this program ({reason})."),
        N_("Restart it, and update caducee and caducee-native together."),
        consequence=consequences.DAEMON,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_crowded",
        N_("The Cryptolib daemon accepts no more connections ({reason})."),
        N_(
            "Close programs that use the card, or raise the limits in the settings (table "
            "[limits])."
        ),
        consequence=consequences.DAEMON,
        severity=Severity.WARNING,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_folder",
        N_("Unsafe folder of the daemon socket ({path}: {reason})."),
        N_("Make it your own, with mode 0700."),
        consequence=consequences.DAEMON,
        cure="daemon-folder",
    ),
    Entry(
        "diag.daemon_socket_rights",
        N_("Wrong permissions on the daemon socket ({path}: {reason})."),
        N_("Restart the daemon: it creates the socket again."),
        consequence=consequences.DAEMON,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_foreign",
        N_("The daemon socket belongs to another user ({path})."),
        N_(
            "Unset CADUCEE_CRYPTOLIBD_SOCKET or log in again; if in doubt, contact your "
            "administrator."
        ),
        consequence=consequences.DAEMON,
    ),
    Entry(
        "diag.daemon_path_long",
        N_("The path of the daemon socket is too long ({path})."),
        N_("Set a shorter path in CADUCEE_CRYPTOLIBD_SOCKET."),
        consequence=consequences.DAEMON,
    ),
    Entry(
        "diag.daemon_version",
        N_("The running Cryptolib daemon has version {running}; version {version} is installed."),
        N_("Restart it: it was started before the update."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
        cure="daemon-restart",
    ),
    Entry(
        "diag.daemon_settings",
        N_("Invalid settings: the defaults are used ({reason})."),
        N_("Correct the file or set it aside."),
        consequence=consequences.NONE,
        severity=Severity.WARNING,
        cure="settings-aside",
    ),
    Entry(
        "diag.daemon_pcsc_off",
        N_("The settings disable PC/SC readers (readers.pcsc = false)."),
        N_("Remove that line to use real readers."),
        consequence=consequences.DAEMON,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.pin_program",
        N_("The PIN entry program is missing ({program})."),
        N_("Install caducee with the extra desktop, or correct the setting pin_entry.program."),
        consequence=consequences.CODE,
    ),
)
