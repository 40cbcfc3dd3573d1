# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``reader``: the way to the card, and the plugs of virtual cards."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_CARD = (
    Entry(
        "reader.no_card",
        N_("There is no card in the reader {reader}."),
        N_("Insert the card, chip first, and try again."),
    ),
    Entry(
        "reader.card_removed",
        N_("The card was taken out of the reader {reader} while it was in use."),
        N_("Insert the card again and repeat what you were doing; nothing was completed."),
    ),
    Entry(
        "reader.card_mute",
        N_("The card in the reader {reader} does not answer."),
        N_("Check which way the chip faces, clean it, and try another card or another reader."),
    ),
    Entry(
        "reader.card_reset",
        N_("Another program reset the card in the reader {reader}."),
        N_("Repeat what you were doing; the code has to be entered again."),
    ),
    Entry(
        "reader.card_in_use",
        N_("Another program holds the card in the reader {reader} for itself alone."),
        N_("Close the other programs that use the card, or wait until they are done."),
    ),
    Entry(
        "reader.card_busy",
        N_("Another program kept the card in the reader {reader} busy for {seconds} seconds."),
        N_("Try again when it is done, or close the other programs that use the card."),
    ),
    Entry(
        "reader.protocol_mismatch",
        N_("The reader {reader} and the card have no common transmission protocol."),
        N_("Try another reader; update its driver."),
    ),
    Entry(
        "reader.answer_malformed",
        N_("The card in the reader {reader} gave an answer without a status word."),
        N_("Take the card out and insert it again; if it goes on, try another reader."),
    ),
    Entry(
        "reader.answer_endless",
        N_("The card goes on promising more data ({size} bytes so far)."),
        N_("This is no answer of a CPS; check what is in the reader."),
    ),
    Entry(
        "reader.command_malformed",
        N_("A command of {size} bytes does not follow the format of commands."),
        N_("This is a fault of the program that sent it; report it to its author."),
    ),
    Entry(
        "reader.closed",
        N_("The connection to the reader {reader} was closed before."),
        N_("Connect to the card again."),
    ),
)

_PCSC = (
    Entry(
        "reader.pcsc_absent",
        N_("This machine has no PC/SC library ({library})."),
        N_("Install it: on Debian and Ubuntu, apt install pcscd; it is part of other systems."),
    ),
    Entry(
        "reader.service_absent",
        N_("The PC/SC service does not run ({name}, {number})."),
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
        N_("There is no reader named {reader}."),
        N_("List the readers with: caducee card readers."),
    ),
    Entry(
        "reader.unavailable",
        N_("The reader {reader} cannot be used at the moment ({name}, {number})."),
        N_("Unplug the reader, plug it in again, and look at the log of the PC/SC service."),
    ),
    Entry(
        "reader.access_denied",
        N_("The system does not let this user reach the card ({name}, {number})."),
        N_("Work in a local session, or have a polkit rule for org.debian.pcsc-lite set up."),
    ),
    Entry(
        "reader.feature_absent",
        N_("The reader {reader} does not have the feature {feature}."),
        N_("Use the keyboard in place of the reader's own keys, or another reader."),
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
        N_("Restart the PC/SC service; if it goes on, report the number with the service's log."),
    ),
)

_WIRE = (
    Entry(
        "reader.wire_malformed",
        N_("The other end of {place} sent a message that does not follow the wire's format."),
        N_("Check what listens there; it must speak the protocol of vpcd."),
    ),
    Entry(
        "reader.message_oversized",
        N_("A message of {size} bytes is longer than the wire can carry (65535)."),
        N_("Send the command in parts."),
    ),
    Entry(
        "reader.socket_in_use",
        N_("Another card is already served at {place}."),
        N_("Choose another path, or end the program that serves the other card."),
    ),
    Entry(
        "reader.socket_unusable",
        N_("The socket {place} cannot be used: {reason}."),
        N_("Choose a path in a folder of yours that is short and that exists."),
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
        N_("Start it by hand with pcscd --foreground --info and read what it says."),
    ),
    Entry(
        "reader.namespace_needed",
        N_("A network of its own for the virtual reader cannot be made or entered: {reason}."),
        N_("Run this as root, in a container only with the right CAP_SYS_ADMIN."),
    ),
    Entry(
        "reader.unsupported_system",
        N_("Virtual cards reach the system's reader on Linux only; this is {system}."),
        N_("Use a card in memory, or serve it on a socket: caducee card serve FILE --socket PATH."),
    ),
    Entry(
        "reader.slots_taken",
        N_("Every virtual reader of this machine already holds a card."),
        N_("Take one out first: caducee card eject."),
    ),
    Entry(
        "reader.not_seen",
        N_("The card was put in, but PC/SC did not show it within {seconds} seconds."),
        N_("Look at the log of pcscd; the card was taken out again."),
    ),
    Entry(
        "reader.still_seen",
        N_("The card was taken out, but PC/SC still showed one after {seconds} seconds."),
        N_("Another program may have put a card in; list them with: caducee card readers."),
    ),
    Entry(
        "reader.card_process_failed",
        N_("The process of the card ended at once: {reason}."),
        N_("Check the card file: caducee card serve FILE --socket PATH says more."),
    ),
)

_TRANSCRIPT = (
    Entry(
        "reader.transcript_malformed",
        N_("Line {line} of the transcript is not in its format: {reason}."),
        N_("Compare the line with the description of transcripts in the documentation."),
    ),
    Entry(
        "reader.transcript_deviates",
        N_("The dialogue leaves the transcript at line {line}: expected {expected}, got {got}."),
        N_("Compare both dialogues from this line on."),
    ),
    Entry(
        "reader.transcript_ended",
        N_("The transcript has no line for the command {got}."),
        N_("Record the dialogue again, or compare what went before."),
    ),
)

ENTRIES = _CARD + _PCSC + _WIRE + _PLUG + _TRANSCRIPT
