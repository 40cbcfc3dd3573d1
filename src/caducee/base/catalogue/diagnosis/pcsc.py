# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: the PC/SC service."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.pcsc_library_missing",
        N_("The PC/SC library is not installed."),
        N_("Install it: on Debian and Ubuntu, apt install libpcsclite1 pcscd."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcscd_missing",
        N_("The PC/SC service pcscd is not installed."),
        N_("Install it: on Debian and Ubuntu, apt install pcscd libccid."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcscd_masked",
        N_("pcscd cannot start: pcscd.socket is masked."),
        N_(
            "As root: systemctl unmask pcscd.socket pcscd.service, then systemctl start "
            "pcscd.socket."
        ),
        consequence=consequences.NOCARD,
        cure="pcscd-unmask",
    ),
    Entry(
        "diag.pcscd_failed",
        N_("pcscd failed repeatedly: systemd no longer starts it."),
        N_(
            "Read journalctl -u pcscd, unplug readers that are not needed, then systemctl restart"
            " pcscd.socket."
        ),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.pcscd_socket_inactive",
        N_("pcscd is not running, and its activation socket is {state}."),
        N_("As root: systemctl enable --now pcscd.socket."),
        consequence=consequences.NOCARD,
        cure="pcscd-socket-start",
    ),
    Entry(
        "diag.pcscd_stopped",
        N_("pcscd is not running."),
        N_("Start it as root: pcscd, or use the service manager of this system."),
        consequence=consequences.NOCARD,
        cure="pcscd-start",
    ),
    Entry(
        "diag.pcscd_stale_socket",
        N_("No process listens on the pcscd socket."),
        N_("pcscd was killed: restart it as root; it replaces the socket."),
        consequence=consequences.NOCARD,
        cure="pcscd-start",
    ),
    Entry(
        "diag.pcscd_twice",
        N_("Several pcscd processes compete for the readers ({processes})."),
        N_("As root: end all of them, then start a single pcscd."),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.pcscd_hung",
        N_("pcscd does not respond."),
        N_(
            "As root: systemctl restart pcscd; if it happens again, disconnect the last "
            "reader used."
        ),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.pcscd_named_socket",
        N_("PCSCLITE_CSOCK_NAME sends programs to {path}, where no service listens."),
        N_("Unset the variable, or start the service that belongs to it."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcscd_socket_rights",
        N_("Permission denied on the pcscd socket ({path})."),
        N_(
            "Reinstall pcscd, or set mode 0666 on the socket and 0755 on its folder: "
            "polkit controls access."
        ),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcsc_refused",
        N_("polkit denies this user access to PC/SC."),
        N_(
            "Ask your administrator for a polkit rule for "
            "org.debian.pcsc-lite.access_pcsc and access_card."
        ),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcsc_refused_remote",
        N_("Remote session (ssh, remote desktop): polkit allows PC/SC to local sessions only."),
        N_(
            "Use a local session, or ask your administrator for a polkit rule for "
            "org.debian.pcsc-lite."
        ),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.polkit_missing",
        N_("pcscd requires polkit, which is not installed: all access is denied."),
        N_("Install polkitd and restart pcscd."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.polkit_silent",
        N_("pcscd requires polkit, which does not respond: all access is denied, even to root."),
        N_("Start D-Bus and polkit (as root: systemctl restart polkit), or restart the computer."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcsc_protocol",
        N_("Protocol version mismatch between the PC/SC library and pcscd ({version})."),
        N_("Update both; containers and Flatpaks include their own library: update their runtime."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcsc_failed",
        N_("PC/SC error ({reason}, {number})."),
        N_("Restart pcscd; if the problem persists, report the number with journalctl -u pcscd."),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.vpcd_exposed",
        N_("A virtual reader of this computer is reachable from the network."),
        N_(
            "Give pcscd.service IPAddressDeny=any and IPAddressAllow=localhost, or remove "
            "vsmartcard-vpcd."
        ),
        consequence=consequences.UNSAFE,
        severity=Severity.WARNING,
    ),
)
