# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: readers, and who holds them."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.reader_none",
        N_("No reader is plugged into this machine."),
        N_("Plug a reader in, directly and not through a hub; try another cable."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_unknown",
        N_("Unknown reader: {reader}."),
        N_("Choose one of: {readers}."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_driver_missing",
        N_(
            "The reader {reader} is plugged in, and the driver for readers of its class (CCID) is"
            " not installed."
        ),
        N_("Install it (Debian and Ubuntu: apt install libccid) and restart pcscd."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_unsupported",
        N_(
            "The reader {reader} ({id}) does not follow the class CCID and no driver here knows it."
        ),
        N_("Install the maker's driver for PC/SC, or use a CCID reader."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_kernel_driver",
        N_("The kernel's driver {driver} has taken the reader {reader} away from PC/SC."),
        N_(
            "As root: modprobe -r {driver}, and keep it away by a line “blacklist {driver}” in "
            "/etc/modprobe.d."
        ),
        consequence=consequences.NOCARD,
        cure="kernel-driver-unload",
    ),
    Entry(
        "diag.reader_usb_rights",
        N_("pcscd may not open the reader {reader} on USB."),
        N_("Install the udev rules of libccid, then unplug the reader and plug it in again."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_taken_usb",
        N_("{program} (process {pid}) has opened the reader on USB itself, past PC/SC."),
        N_("End it, or set it up to use PC/SC; then unplug the reader and plug it in again."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_taken_gnupg",
        N_("GnuPG (scdaemon, process {pid}) has opened the reader on USB itself, past PC/SC."),
        N_(
            "gpgconf --kill scdaemon frees it; put “disable-ccid” into ~/.gnupg/scdaemon.conf, so "
            "that it uses PC/SC too."
        ),
        consequence=consequences.NOCARD,
        cure="scdaemon-stop",
    ),
    Entry(
        "diag.reader_suspended",
        N_("USB has put the reader {reader} to sleep."),
        N_("Unplug it and plug it in again; switch USB autosuspend off for it if it comes back."),
        consequence=consequences.WAIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.reader_not_listed",
        N_("The reader {reader} is on USB and its driver is there, but PC/SC does not list it."),
        N_("Unplug it and plug it in again; else restart pcscd and read journalctl -u pcscd."),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.reader_drivers_clash",
        N_("Several drivers claim the same readers: {drivers}."),
        N_("Remove all but one; as a rule, keep libccid."),
        consequence=consequences.WAIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.reader_virtual_only",
        N_("The only readers are virtual ones."),
        N_("Plug a reader in if a real card is meant."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.reader_many",
        N_("PC/SC lists {count} readers; it can hold 16."),
        N_("Unplug readers that are not needed, and remove virtual ones."),
        consequence=consequences.WAIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.card_held",
        N_("{program} (process {pid}) holds the card for itself alone."),
        N_("Close that program, or end its operation."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_held_transaction",
        N_("{program} (process {pid}) keeps the card in a transaction that does not end."),
        N_("Close that program, or end its operation."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_held_gnupg",
        N_("GnuPG (scdaemon, process {pid}) holds the card for itself alone."),
        N_("gpgconf --kill scdaemon frees it; put “pcsc-shared” into ~/.gnupg/scdaemon.conf."),
        consequence=consequences.WAIT,
        cure="scdaemon-stop",
    ),
    Entry(
        "diag.card_held_galss",
        N_(
            "The health insurance's manager of readers (GALSS, process {pid}) holds the card for "
            "itself alone."
        ),
        N_("Close the billing software, or give it a reader of its own."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_held_unseen",
        N_(
            "A program of another user holds the card for itself alone; this user may not see "
            "which."
        ),
        N_("Run the diagnosis as root to see the process, or log the other user out."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_shared",
        N_("Other programs use the readers too: {programs}."),
        N_("Nothing is to be done, unless the card is slow or is reset by them."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
)
