# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: readers, and who holds them."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.reader_none",
        N_("No reader connected."),
        N_("Connect a reader directly, not through a hub; try another cable."),
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
        N_("The CCID driver for the reader {reader} is not installed."),
        N_("Install it (Debian and Ubuntu: apt install libccid) and restart pcscd."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_unsupported",
        N_("No driver for the reader {reader} ({id}), which is not a CCID device."),
        N_("Install the manufacturer's PC/SC driver, or use a CCID reader."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_kernel_driver",
        N_("The kernel driver {driver} has claimed the reader {reader}."),
        N_(
            "As root: modprobe -r {driver}, and add the line “blacklist {driver}” in "
            "/etc/modprobe.d."
        ),
        consequence=consequences.NOCARD,
        cure="kernel-driver-unload",
    ),
    Entry(
        "diag.reader_usb_rights",
        N_("pcscd is not permitted to open the USB reader {reader}."),
        N_("Install the udev rules of libccid, then unplug the reader and plug it in again."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_taken_usb",
        N_("{program} (process {pid}) uses the USB reader directly, bypassing PC/SC."),
        N_("End it or configure it to use PC/SC; then reconnect the reader."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.reader_taken_gnupg",
        N_("GnuPG (scdaemon, process {pid}) uses the USB reader directly, bypassing PC/SC."),
        N_(
            "gpgconf --kill scdaemon frees it; put “disable-ccid” into ~/.gnupg/scdaemon.conf, so "
            "that it uses PC/SC too."
        ),
        consequence=consequences.NOCARD,
        cure="scdaemon-stop",
    ),
    Entry(
        "diag.reader_suspended",
        N_("The reader {reader} is in USB suspend."),
        N_("Reconnect it; disable USB autosuspend for it if the problem persists."),
        consequence=consequences.WAIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.reader_not_listed",
        N_(
            "The reader {reader} is connected and its driver installed, but PC/SC does not list it."
        ),
        N_("Reconnect it; otherwise restart pcscd and read journalctl -u pcscd."),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.reader_drivers_clash",
        N_("Several drivers claim the same readers: {drivers}."),
        N_("Keep only one driver, normally libccid."),
        consequence=consequences.WAIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.reader_virtual_only",
        N_("Only virtual readers are connected."),
        N_("Connect a reader to use a real card."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.reader_many",
        N_("PC/SC lists {count} readers; the maximum is 16."),
        N_("Unplug readers that are not needed, and remove virtual ones."),
        consequence=consequences.WAIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.card_held",
        N_("{program} (process {pid}) holds the card exclusively."),
        N_("Close that program or end its operation."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_held_transaction",
        N_("{program} (process {pid}) holds the card in an open transaction."),
        N_("Close that program or end its operation."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_held_gnupg",
        N_("GnuPG (scdaemon, process {pid}) holds the card exclusively."),
        N_("gpgconf --kill scdaemon frees it; put “pcsc-shared” into ~/.gnupg/scdaemon.conf."),
        consequence=consequences.WAIT,
        cure="scdaemon-stop",
    ),
    Entry(
        "diag.card_held_galss",
        N_(
            "The health insurance reader manager (GALSS, process {pid}) holds the card exclusively."
        ),
        N_("Close the billing software or connect a second reader for it."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_held_unseen",
        N_("A program of another user holds the card exclusively."),
        N_("Run the diagnosis as root to see the process, or log the other user out."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_shared",
        N_("Other programs use the readers too: {programs}."),
        N_("No action required unless the card is slow or reset by them."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
)
