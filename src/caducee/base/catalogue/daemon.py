# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``daemon``: the Cryptolib as a process of its own."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "daemon.socket_unusable",
        N_("The socket of the Cryptolib cannot be used ({path}: {reason})."),
        N_("Check CADUCEE_CRYPTOLIBD_SOCKET and XDG_RUNTIME_DIR."),
    ),
    Entry(
        "daemon.running",
        N_("The Cryptolib of this user runs already, at {path}."),
        N_("Nothing is to be done; end that one first if you want another."),
    ),
    Entry(
        "daemon.lock_held",
        N_("Another process holds the lock {path}, but serves nobody."),
        N_("End the process that hangs, then start the Cryptolib again."),
    ),
    Entry(
        "daemon.activation_wrong",
        N_("The descriptor that the system passed is not a listening local socket."),
        N_("Check the unit caducee-cryptolibd.socket: one ListenStream, with a path."),
    ),
    Entry(
        "daemon.peer_unknown",
        N_("The system does not tell which process asks."),
        N_("The Cryptolib serves programs of its own user on this machine only."),
    ),
    Entry(
        "daemon.peer_refused",
        N_("A process of another user was refused (user {uid}, process {pid})."),
        N_("Each user has a Cryptolib of their own."),
    ),
    Entry(
        "daemon.identity_claimed",
        N_("Process {pid} claims to be an application of another process ({owner})."),
        N_("Start the program again; if it goes on, find out what that process is."),
    ),
    Entry(
        "daemon.not_logged_out",
        N_("The Cryptolib at {path} did not end the logins ({reason})."),
        N_("Take the card out of the reader: that ends every login, too."),
    ),
    Entry(
        "daemon.too_many",
        N_("Process {pid} has reached its connection limit ({count} open)."),
        N_(
            "Close programs that use the card, or raise the limits in the settings (table "
            "[limits])."
        ),
    ),
    Entry(
        "daemon.settings_unusable",
        N_("The settings were not understood and those built in are in use. {reason}"),
        N_("Put the file right; the guide lists every key. SIGHUP reads it again."),
    ),
)
