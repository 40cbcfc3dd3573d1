# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: the PC/SC service."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.pcsc_library_missing",
        N_("This machine has no PC/SC library."),
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
        N_("The start of pcscd is forbidden on this machine (pcscd.socket is masked)."),
        N_(
            "As root: systemctl unmask pcscd.socket pcscd.service, then systemctl start "
            "pcscd.socket."
        ),
        consequence=consequences.NOCARD,
        cure="pcscd-unmask",
    ),
    Entry(
        "diag.pcscd_failed",
        N_("The system gave pcscd up after it failed several times."),
        N_(
            "Read journalctl -u pcscd, unplug readers that are not needed, then systemctl restart"
            " pcscd.socket."
        ),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.pcscd_socket_inactive",
        N_("pcscd does not run, and its socket, which starts it on demand, is {state}."),
        N_("As root: systemctl enable --now pcscd.socket."),
        consequence=consequences.NOCARD,
        cure="pcscd-socket-start",
    ),
    Entry(
        "diag.pcscd_stopped",
        N_("pcscd is installed and does not run."),
        N_("Start it as root: pcscd, or by the service manager of this system."),
        consequence=consequences.NOCARD,
        cure="pcscd-start",
    ),
    Entry(
        "diag.pcscd_stale_socket",
        N_("The socket of pcscd is there, and no process listens behind it."),
        N_("pcscd was killed: start it again as root; it replaces the socket."),
        consequence=consequences.NOCARD,
        cure="pcscd-start",
    ),
    Entry(
        "diag.pcscd_twice",
        N_(
            "Several pcscd run at the same time ({processes}); they take the readers from each "
            "other."
        ),
        N_("As root: end all of them, then start one."),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.pcscd_hung",
        N_("pcscd runs and does not answer."),
        N_(
            "As root: systemctl restart pcscd; if it happens again, unplug the reader that was "
            "used last."
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
        N_("This user may not write to the socket of pcscd ({path})."),
        N_(
            "Reinstall pcscd, or give the socket mode 0666 and its folder mode 0755: polkit "
            "decides who may."
        ),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcsc_refused",
        N_("polkit does not let this user reach PC/SC."),
        N_(
            "Have a rule for org.debian.pcsc-lite.access_pcsc and access_card set up for your "
            "group."
        ),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcsc_refused_remote",
        N_(
            "This session is remote (ssh, remote desktop), and polkit lets only local sessions "
            "reach PC/SC."
        ),
        N_(
            "Work at the machine's own screen, or have a polkit rule for org.debian.pcsc-lite set"
            " up."
        ),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.polkit_missing",
        N_("This pcscd asks polkit who may use it, and polkit is not there: it refuses everybody."),
        N_("Install polkitd and restart pcscd."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.polkit_silent",
        N_(
            "This pcscd asks polkit who may use it, and polkit does not answer: it refuses "
            "everybody, root too."
        ),
        N_("Start D-Bus and polkit (as root: systemctl restart polkit), or restart the machine."),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcsc_protocol",
        N_("The PC/SC library and pcscd ({version}) speak different versions of their protocol."),
        N_(
            "Update both; a program in a container or a Flatpak brings a library of its own: "
            "update its runtime."
        ),
        consequence=consequences.NOCARD,
    ),
    Entry(
        "diag.pcsc_failed",
        N_("PC/SC answers with an error ({reason}, {number})."),
        N_("Restart pcscd; if it goes on, report the number with journalctl -u pcscd."),
        consequence=consequences.NOCARD,
        cure="pcscd-restart",
    ),
    Entry(
        "diag.vpcd_exposed",
        N_("A virtual reader of this machine can be reached from other machines."),
        N_(
            "Give pcscd.service IPAddressDeny=any and IPAddressAllow=localhost, or remove "
            "vsmartcard-vpcd."
        ),
        consequence=consequences.UNSAFE,
        severity=Severity.WARNING,
    ),
)
