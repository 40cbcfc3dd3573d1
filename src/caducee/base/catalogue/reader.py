# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``reader``: the way to the card, and the plugs of virtual cards."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_CARD = (
    Entry(
        "reader.no_card",
        N_("No card in the reader {reader}."),
        N_("Insert the card, chip first, and try again."),
    ),
    Entry(
        "reader.card_removed",
        N_("The card was removed from the reader {reader} while in use."),
        N_("Insert the card again and repeat the operation: it was not completed."),
    ),
    Entry(
        "reader.card_mute",
        N_("The card in the reader {reader} does not answer."),
        N_("Check which way the chip faces, clean it, and try another card or another reader."),
    ),
    Entry(
        "reader.card_reset",
        N_("Another program reset the card in the reader {reader}."),
        N_("Repeat the operation and enter the PIN again."),
    ),
    Entry(
        "reader.card_in_use",
        N_("Another program has exclusive access to the card in the reader {reader}."),
        N_("Close the other programs that use the card, or wait until they finish."),
    ),
    Entry(
        "reader.card_busy",
        N_("Another program kept the card in the reader {reader} busy for {seconds} seconds."),
        N_("Try again later, or close the other programs that use the card."),
    ),
    Entry(
        "reader.protocol_mismatch",
        N_("The reader {reader} and the card have no common transmission protocol."),
        N_("Try another reader; update its driver."),
    ),
    Entry(
        "reader.answer_malformed",
        N_("Invalid response from the card in the reader {reader}: no status word."),
        N_("Remove the card and insert it again; if the problem persists, try another reader."),
    ),
    Entry(
        "reader.answer_endless",
        N_("The card keeps announcing more data ({size} bytes so far)."),
        N_("This is not the response of a CPS: check which card is in the reader."),
    ),
    Entry(
        "reader.command_malformed",
        N_("Invalid command APDU ({size} bytes)."),
        N_("Report this bug to the author of the program."),
    ),
    Entry(
        "reader.closed",
        N_("The connection to the reader {reader} is already closed."),
        N_("Connect to the card again."),
    ),
)

_PCSC = (
    Entry(
        "reader.pcsc_absent",
        N_("PC/SC library not found ({library})."),
        N_("Install it: on Debian and Ubuntu, apt install pcscd; it is part of other systems."),
    ),
    Entry(
        "reader.service_absent",
        N_("The PC/SC service is not running ({name}, {number})."),
        N_("Start it (on Linux: systemctl start pcscd.socket), then try again."),
    ),
    Entry(
        "reader.service_refuses",
        N_(
            "The PC/SC service runs and closes the connection: it refuses this user, or it is "
            "another release than the library ({name}, {number})."
        ),
        N_("caducee diag names the cause: polkit, the rights of the socket, or the releases."),
    ),
    Entry(
        "reader.service_stopped",
        N_("The PC/SC service stopped while it was in use ({name}, {number})."),
        N_("Start it again, then insert the card again."),
    ),
    Entry(
        "reader.no_reader",
        N_("This machine has no card reader."),
        N_("Plug a reader in; if one is plugged in, check its cable and its driver."),
    ),
    Entry(
        "reader.unknown_reader",
        N_("Unknown reader: {reader}."),
        N_("List the readers with: caducee card readers."),
    ),
    Entry(
        "reader.unavailable",
        N_("The reader {reader} cannot be used at the moment ({name}, {number})."),
        N_("Unplug the reader, plug it in again, and look at the log of the PC/SC service."),
    ),
    Entry(
        "reader.access_denied",
        N_("Access to the card denied for this user ({name}, {number})."),
        N_("Use a local session, or ask for a polkit rule for org.debian.pcsc-lite."),
    ),
    Entry(
        "reader.feature_absent",
        N_("The reader {reader} does not have the feature {feature}."),
        N_("Use the keyboard instead of the PIN pad, or another reader."),
    ),
    Entry(
        "reader.timeout",
        N_("The reader {reader} did not answer in time ({name}, {number})."),
        N_("Unplug the reader and plug it in again."),
    ),
    Entry(
        "reader.cancelled",
        N_("The operation on the reader was cancelled."),
        N_("Start it again when you are ready."),
    ),
    Entry(
        "reader.pcsc_failed",
        N_("PC/SC reports an error: {name} ({number})."),
        N_("Restart the PC/SC service; if it fails again, report the number with the log."),
    ),
)

_WIRE = (
    Entry(
        "reader.wire_malformed",
        N_("Malformed message from {place}."),
        N_("Check what listens there; it must speak the protocol of vpcd."),
    ),
    Entry(
        "reader.message_oversized",
        N_("Message too long: {size} bytes, limit 65535."),
        N_("Send the command in parts."),
    ),
    Entry(
        "reader.socket_in_use",
        N_("Another card is already served at {place}."),
        N_("Choose another path, or stop the program that serves the other card."),
    ),
    Entry(
        "reader.socket_unusable",
        N_("The socket {place} cannot be used: {reason}."),
        N_("Choose a short path in an existing folder that you own."),
    ),
)

_PLUG = (
    Entry(
        "reader.vpcd_exposed",
        N_(
            "The virtual reader on port {port} listens on {address}, where other machines reach it."
        ),
        N_(
            "Stop pcscd and run this command again as root: it then starts pcscd in a network of "
            "its own. On a machine with systemd, you can instead give pcscd.service "
            "IPAddressDeny=any and IPAddressAllow=localhost."
        ),
    ),
    Entry(
        "reader.vpcd_absent",
        N_("No virtual reader listens on port {port}."),
        N_("Install it (on Debian and Ubuntu: apt install vsmartcard-vpcd) and restart pcscd."),
    ),
    Entry(
        "reader.pcscd_absent",
        N_("The program pcscd is not installed."),
        N_("Install it; on Debian and Ubuntu: apt install pcscd vsmartcard-vpcd."),
    ),
    Entry(
        "reader.pcscd_failed",
        N_("pcscd did not start: {reason}."),
        N_("Start it manually with pcscd --foreground --info and read its output."),
    ),
    Entry(
        "reader.namespace_needed",
        N_("The network namespace of the virtual reader cannot be created or entered: {reason}."),
        N_("Run as root; in a container, CAP_SYS_ADMIN is required."),
    ),
    Entry(
        "reader.unsupported_system",
        N_("Virtual cards reach the system's reader on Linux only; this is {system}."),
        N_("Use a card in memory, or serve it on a socket: caducee card serve FILE --socket PATH."),
    ),
    Entry(
        "reader.slots_taken",
        N_("Every virtual reader of this machine already holds a card."),
        N_("Remove one first: caducee card eject."),
    ),
    Entry(
        "reader.not_seen",
        N_("The card was inserted, but PC/SC did not report it within {seconds} seconds."),
        N_("Check the log of pcscd; the card was removed again."),
    ),
    Entry(
        "reader.still_seen",
        N_("The card was removed, but PC/SC still reported one after {seconds} seconds."),
        N_("Another program may have inserted a card; list them with: caducee card readers."),
    ),
    Entry(
        "reader.card_process_failed",
        N_("The card process exited immediately: {reason}."),
        N_("Check the card file with: caducee card serve FILE --socket PATH."),
    ),
)

_TRANSCRIPT = (
    Entry(
        "reader.transcript_malformed",
        N_("Malformed transcript at line {line}: {reason}."),
        N_("See the transcript format in the documentation."),
    ),
    Entry(
        "reader.transcript_deviates",
        N_("Deviation from the transcript at line {line}: expected {expected}, got {got}."),
        N_("Compare both exchanges from this line on."),
    ),
    Entry(
        "reader.transcript_ended",
        N_("The transcript has no line for the command {got}."),
        N_("Record the exchange again, or compare the preceding commands."),
    ),
)

ENTRIES = _CARD + _PCSC + _WIRE + _PLUG + _TRANSCRIPT
