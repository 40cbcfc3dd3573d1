# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: our module in other programs."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.module_missing",
        N_("Our PKCS#11 module is not installed."),
        N_("Install the package caducee-native (pip install caducee-native)."),
        consequence=consequences.MODULE,
    ),
    Entry(
        "diag.module_named_missing",
        N_("CADUCEE_PKCS11_MODULE names {path}, and no file is there."),
        N_("Correct the variable, or remove it."),
        consequence=consequences.MODULE,
    ),
    Entry(
        "diag.module_machine",
        N_("Our PKCS#11 module was built for another kind of machine ({path})."),
        N_("Install caducee-native with the Python of this machine (same architecture)."),
        consequence=consequences.MODULE,
    ),
    Entry(
        "diag.module_unloadable",
        N_("Our PKCS#11 module does not load ({reason})."),
        N_("Install caducee-native again; if a library is missing, install that."),
        consequence=consequences.MODULE,
    ),
    Entry(
        "diag.module_version",
        N_("The PKCS#11 module is of version {module}, caducee of version {version}."),
        N_("Update both together: pip install -U caducee caducee-native."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.browser_none",
        N_("No browser of this user was found."),
        N_("Start the browser once, then run the diagnosis again."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.extension_absent",
        N_("The browser has no extension for the card, or it is switched off for this site."),
        N_(
            "Install it, if logins by token are wanted (caducee browser install tells how); logins "
            "by certificate need none."
        ),
        consequence=consequences.HOST,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.firefox_absent",
        N_("Firefox does not know our module ({path})."),
        N_("caducee browser install, then open Firefox again."),
        consequence=consequences.FIREFOX,
        severity=Severity.WARNING,
        cure="browser-register",
    ),
    Entry(
        "diag.firefox_elsewhere",
        N_(
            "Firefox loads our module from a place where it no longer is, or from another "
            "installation ({path})."
        ),
        N_("caducee browser install, then open Firefox again."),
        consequence=consequences.FIREFOX,
        cure="browser-register",
    ),
    Entry(
        "diag.firefox_policy_elsewhere",
        N_("A policy names another library than our module: {module} ({path})."),
        N_("Correct the path in SecurityDevices.Add of that file, then open Firefox again."),
        consequence=consequences.FIREFOX,
        cure="firefox-policy",
    ),
    Entry(
        "diag.firefox_forbidden",
        N_("A policy of this machine takes our module out of Firefox ({path})."),
        N_("Ask who manages this machine to take caducee out of SecurityDevices.Delete."),
        consequence=consequences.FIREFOX,
    ),
    Entry(
        "diag.firefox_broken",
        N_("Firefox's list of modules or its policies cannot be read ({path}: {reason})."),
        N_("Close Firefox and repair the file, or make a new profile (about:profiles)."),
        consequence=consequences.FIREFOX,
    ),
    Entry(
        "diag.firefox_not_loaded",
        N_(
            "Firefox (process {pid}) runs without our module in its memory, though its profile "
            "knows it ({path})."
        ),
        N_("Close every window of Firefox and open it again: it loads modules when it starts."),
        consequence=consequences.FIREFOX,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.firefox_snap",
        N_(
            "This Firefox is a Snap: it is shut in, loads no module from outside and does not "
            "reach PC/SC."
        ),
        N_("Install Firefox from Mozilla's Debian package or from the distribution."),
        consequence=consequences.FIREFOX,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.firefox_flatpak",
        N_("This Firefox is a Flatpak: it is shut in and loads no module from outside."),
        N_("Install Firefox from Mozilla's Debian package or from the distribution."),
        consequence=consequences.FIREFOX,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.chromium_absent",
        N_("Chromium and its relatives do not know our module ({path})."),
        N_("caducee browser install, then open the browser again."),
        consequence=consequences.CHROMIUM,
        severity=Severity.WARNING,
        cure="browser-register",
    ),
    Entry(
        "diag.chromium_elsewhere",
        N_(
            "Chromium loads our module from a place where it no longer is, or from another "
            "installation ({path})."
        ),
        N_("caducee browser install, then open the browser again."),
        consequence=consequences.CHROMIUM,
        cure="browser-register",
    ),
    Entry(
        "diag.chromium_broken",
        N_("The database of Chromium cannot be read ({path}: {reason})."),
        N_("Close the browser, move the folder aside and run caducee browser install."),
        consequence=consequences.CHROMIUM,
    ),
    Entry(
        "diag.chromium_snap",
        N_(
            "This Chromium is a Snap: it is shut in, loads no module from outside and does not "
            "reach PC/SC."
        ),
        N_("Install the browser from the distribution or from its maker (Debian package)."),
        consequence=consequences.CHROMIUM,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.chromium_flatpak",
        N_("This Chromium is a Flatpak: it is shut in and loads no module from outside."),
        N_("Install the browser from the distribution or from its maker (Debian package)."),
        consequence=consequences.CHROMIUM,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.flatpak_no_pcsc",
        N_("The Flatpak {name} is not allowed to reach the PC/SC service."),
        N_("flatpak override --user --socket=pcsc {name}, then start the program again."),
        consequence=consequences.SHUTIN,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.snap_no_pcscd",
        N_("The Snap {name} is not connected to the PC/SC service."),
        N_("As root: snap connect {name}:pcscd, then start the program again."),
        consequence=consequences.SHUTIN,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.sandbox_protocol",
        N_(
            "{name} ({form}) brings the PC/SC library {library}, which does not understand pcscd "
            "{version}."
        ),
        N_(
            "Update the program or pcscd: from pcsc-lite 2.4.1 on, either of them understands the "
            "other's older protocols."
        ),
        consequence=consequences.SHUTIN,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.host_absent",
        N_("{browser} does not know the program that the extension needs."),
        N_("caducee browser install, if the extension is used."),
        consequence=consequences.HOST,
        severity=Severity.NOTE,
        cure="browser-register",
    ),
    Entry(
        "diag.host_elsewhere",
        N_("{browser} starts the program of the extension from another installation ({path})."),
        N_("caducee browser install puts it right."),
        consequence=consequences.HOST,
        severity=Severity.WARNING,
        cure="browser-register",
    ),
    Entry(
        "diag.modules_opensc",
        N_("{browser} loads OpenSC's module beside ours ({library})."),
        N_(
            "Take OpenSC out of the browser's security devices, or exclude the card in opensc.conf."
        ),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.modules_issuer",
        N_("{browser} loads the issuer's module beside ours ({library})."),
        N_("Keep one of the two in the browser's security devices."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.modules_proxy",
        N_(
            "{browser} loads p11-kit's proxy beside our module, so it meets our module twice "
            "({library})."
        ),
        N_("Keep one of the two in the browser's security devices."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.modules_other",
        N_("{browser} loads another module for cards beside ours ({library})."),
        N_("Nothing is to be done, unless the card is slow or is asked for twice."),
        consequence=consequences.FIGHT,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.modules_twice",
        N_("{browser} has our module under two names ({path})."),
        N_("Remove one of them in the browser's security devices."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.p11kit_missing",
        N_("p11-kit is not installed."),
        N_("Nothing is to be done, unless such a program shall use the card: apt install p11-kit."),
        consequence=consequences.P11KIT,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.p11kit_absent",
        N_("p11-kit does not know our module."),
        N_("caducee diag --apply p11kit-register, if such a program shall use the card."),
        consequence=consequences.P11KIT,
        severity=Severity.NOTE,
        cure="p11kit-register",
    ),
    Entry(
        "diag.p11kit_elsewhere",
        N_(
            "p11-kit loads our module from a place where it no longer is, or from another "
            "installation ({path})."
        ),
        N_("Correct the line “module:” of that file."),
        consequence=consequences.P11KIT,
        severity=Severity.WARNING,
        cure="p11kit-register",
    ),
    Entry(
        "diag.p11kit_broken",
        N_("A file of p11-kit's settings cannot be read ({path})."),
        N_("Repair the file, or move it aside."),
        consequence=consequences.P11KIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.p11kit_disabled",
        N_("p11-kit knows our module, and its settings switch it off ({path})."),
        N_("Remove the line “disable-in” or “enable-in” of that file."),
        consequence=consequences.P11KIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.p11kit_fight",
        N_("p11-kit loads another module for this card beside ours ({library})."),
        N_("Switch one off with “disable-in” in its file."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.java_missing",
        N_("Java is not installed."),
        N_("Nothing is to be done, unless a Java program shall use the card."),
        consequence=consequences.JAVA,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.java_absent",
        N_("No settings of SunPKCS11 of this user name our module."),
        N_("The recipes of the documentation show the file for keytool and Java programs."),
        consequence=consequences.JAVA,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.java_elsewhere",
        N_("Java's settings name our module at a place where it no longer is ({path})."),
        N_("Correct the line “library” of that file."),
        consequence=consequences.JAVA,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.java_bits",
        N_("Java is of another width (32 or 64 bits) than our module ({path})."),
        N_("Use a 64-bit Java."),
        consequence=consequences.JAVA,
        severity=Severity.WARNING,
    ),
)
