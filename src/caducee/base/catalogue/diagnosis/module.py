# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: our module in other programs."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.module_missing",
        N_("The PKCS#11 module is not installed."),
        N_("Install the package caducee-native (pip install caducee-native)."),
        consequence=consequences.MODULE,
    ),
    Entry(
        "diag.module_named_missing",
        N_("CADUCEE_PKCS11_MODULE points to a missing file ({path})."),
        N_("Correct the variable, or remove it."),
        consequence=consequences.MODULE,
    ),
    Entry(
        "diag.module_machine",
        N_("The PKCS#11 module was built for another architecture ({path})."),
        N_("Install caducee-native with the Python of this machine (same architecture)."),
        consequence=consequences.MODULE,
    ),
    Entry(
        "diag.module_unloadable",
        N_("The PKCS#11 module does not load ({reason})."),
        N_("Install caducee-native again; if a library is missing, install that."),
        consequence=consequences.MODULE,
    ),
    Entry(
        "diag.module_version",
        N_("Version mismatch: PKCS#11 module {module}, caducee {version}."),
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
            "Install it to log in by token (see caducee browser install); logins by "
            "certificate do not need it."
        ),
        consequence=consequences.HOST,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.firefox_absent",
        N_("The module is not registered in Firefox ({path})."),
        N_("caducee browser install, then open Firefox again."),
        consequence=consequences.FIREFOX,
        severity=Severity.WARNING,
        cure="browser-register",
    ),
    Entry(
        "diag.firefox_elsewhere",
        N_("Firefox loads the module from an obsolete path or another installation ({path})."),
        N_("caducee browser install, then open Firefox again."),
        consequence=consequences.FIREFOX,
        cure="browser-register",
    ),
    Entry(
        "diag.firefox_policy_elsewhere",
        N_("A policy specifies another library instead of the module: {module} ({path})."),
        N_("Correct the path in SecurityDevices.Add of that file, then open Firefox again."),
        consequence=consequences.FIREFOX,
        cure="firefox-policy",
    ),
    Entry(
        "diag.firefox_forbidden",
        N_("A policy of this computer removes the module from Firefox ({path})."),
        N_("Ask your administrator to remove caducee from SecurityDevices.Delete."),
        consequence=consequences.FIREFOX,
    ),
    Entry(
        "diag.firefox_broken",
        N_("Firefox's list of modules or its policies cannot be read ({path}: {reason})."),
        N_("Close Firefox and repair the file, or create a new profile (about:profiles)."),
        consequence=consequences.FIREFOX,
    ),
    Entry(
        "diag.firefox_not_loaded",
        N_("Firefox (process {pid}) has not loaded the module registered in its profile ({path})."),
        N_("Close every window of Firefox and open it again: it loads modules when it starts."),
        consequence=consequences.FIREFOX,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.firefox_snap",
        N_("This Firefox is a Snap: its confinement blocks external modules and PC/SC."),
        N_("Install Firefox from Mozilla's Debian package or from the distribution."),
        consequence=consequences.FIREFOX,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.firefox_flatpak",
        N_("This Firefox is a Flatpak: its confinement blocks external modules."),
        N_("Install Firefox from Mozilla's Debian package or from the distribution."),
        consequence=consequences.FIREFOX,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.chromium_absent",
        N_("The module is not registered in Chromium-based browsers ({path})."),
        N_("caducee browser install, then open the browser again."),
        consequence=consequences.CHROMIUM,
        severity=Severity.WARNING,
        cure="browser-register",
    ),
    Entry(
        "diag.chromium_elsewhere",
        N_("Chromium loads the module from an obsolete path or another installation ({path})."),
        N_("caducee browser install, then open the browser again."),
        consequence=consequences.CHROMIUM,
        cure="browser-register",
    ),
    Entry(
        "diag.chromium_broken",
        N_("The database of Chromium cannot be read ({path}: {reason})."),
        N_("Close the browser, set the folder aside and run caducee browser install."),
        consequence=consequences.CHROMIUM,
    ),
    Entry(
        "diag.chromium_snap",
        N_("This Chromium is a Snap: its confinement blocks external modules and PC/SC."),
        N_("Install the browser from the distribution or from its maker (Debian package)."),
        consequence=consequences.CHROMIUM,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.chromium_flatpak",
        N_("This Chromium is a Flatpak: its confinement blocks external modules."),
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
        N_("The native messaging host is not registered in {browser}."),
        N_("caducee browser install, if the extension is used."),
        consequence=consequences.HOST,
        severity=Severity.NOTE,
        cure="browser-register",
    ),
    Entry(
        "diag.host_elsewhere",
        N_("{browser} starts the native messaging host of another installation ({path})."),
        N_("Run caducee browser install."),
        consequence=consequences.HOST,
        severity=Severity.WARNING,
        cure="browser-register",
    ),
    Entry(
        "diag.modules_opensc",
        N_("{browser} also loads the OpenSC module ({library})."),
        N_(
            "Take OpenSC out of the browser's security devices, or exclude the card in opensc.conf."
        ),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.modules_issuer",
        N_("{browser} also loads the issuer's module ({library})."),
        N_("Keep one of the two in the browser's security devices."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.modules_proxy",
        N_("{browser} also loads the p11-kit proxy and so the module twice ({library})."),
        N_("Keep one of the two in the browser's security devices."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.modules_other",
        N_("{browser} also loads another smart card module ({library})."),
        N_("No action required unless the card is slow or requested twice."),
        consequence=consequences.FIGHT,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.modules_twice",
        N_("The module is registered twice in {browser} ({path})."),
        N_("Remove one of them in the browser's security devices."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.p11kit_missing",
        N_("p11-kit is not installed."),
        N_("No action required unless such a program must use the card: apt install p11-kit."),
        consequence=consequences.P11KIT,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.p11kit_absent",
        N_("The module is not registered in p11-kit."),
        N_("Run caducee diag --apply p11kit-register if such a program must use the card."),
        consequence=consequences.P11KIT,
        severity=Severity.NOTE,
        cure="p11kit-register",
    ),
    Entry(
        "diag.p11kit_elsewhere",
        N_("p11-kit loads the module from an obsolete path or another installation ({path})."),
        N_("Correct the line “module:” of that file."),
        consequence=consequences.P11KIT,
        severity=Severity.WARNING,
        cure="p11kit-register",
    ),
    Entry(
        "diag.p11kit_broken",
        N_("A file of p11-kit's settings cannot be read ({path})."),
        N_("Repair the file or set it aside."),
        consequence=consequences.P11KIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.p11kit_disabled",
        N_("The module is registered in p11-kit but disabled by its settings ({path})."),
        N_("Remove the line “disable-in” or “enable-in” of that file."),
        consequence=consequences.P11KIT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.p11kit_fight",
        N_("p11-kit also loads another module for this card ({library})."),
        N_("Switch one off with “disable-in” in its file."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.java_missing",
        N_("Java is not installed."),
        N_("No action required unless a Java program must use the card."),
        consequence=consequences.JAVA,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.java_absent",
        N_("The module is not configured in the SunPKCS11 settings of this user."),
        N_("The recipes of the documentation show the file for keytool and Java programs."),
        consequence=consequences.JAVA,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.java_elsewhere",
        N_("The Java settings specify an obsolete module path ({path})."),
        N_("Correct the line “library” of that file."),
        consequence=consequences.JAVA,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.java_bits",
        N_("Java and the module have different architectures (32 or 64 bits, {path})."),
        N_("Use a 64-bit Java."),
        consequence=consequences.JAVA,
        severity=Severity.WARNING,
    ),
)
