# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: the card."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.card_absent",
        N_("No card in a reader."),
        N_("Insert the card, chip first, and push it in until it stops."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_mute",
        N_("The card in {reader} does not respond."),
        N_(
            "Turn it the right way round, clean the contacts with a dry cloth, try another "
            "reader, then another card."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_foreign",
        N_("The card in {reader} is not a card of the CPS family (answer to reset {atr})."),
        N_(
            "Insert the CPS: a Vitale card, a payment card or a badge of another system "
            "cannot be used to log in."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_badge",
        N_("The chip held to {reader} only identifies itself; it cannot log in or sign."),
        N_("Insert the card into a contact reader."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_newer",
        N_("Unknown CPS model (answer to reset {atr})."),
        N_(
            "Update caducee, and report the answer to reset if the newest release does not know "
            "it either."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_code_form",
        N_("Unsupported PIN format."),
        N_("Update caducee."),
        consequence=consequences.CODE,
    ),
    Entry(
        "diag.card_protocol",
        N_("The reader and the card have no common transmission protocol."),
        N_("Update the reader driver or try another reader."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_leaves",
        N_("The card left the reader during the diagnosis, or its contacts are loose."),
        N_(
            "Insert the card again and leave it in place; if the problem persists, try "
            "another reader."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_disturbed",
        N_("Another program resets the card while it is in use: {programs}."),
        N_("Close that program or connect a second reader for it."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_serial",
        N_("Invalid CPS serial number."),
        N_("Try another reader; if the problem persists, order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_application",
        N_("The card lists no CPS application on this side."),
        N_("Check which side of the card was read; otherwise order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_directory",
        N_("The card directory file is damaged ({reason})."),
        N_("Try another reader; if the problem persists, order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_update",
        N_(
            "The last update of the card was not completed (EF_ACTUA): its data may be "
            "inconsistent."
        ),
        N_("Run the update of the card again with the issuer's tool, or order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_actuality",
        N_("The update status file of the card (EF_ACTUA) is damaged or empty."),
        N_("Run the update of the card again with the issuer's tool, or order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_answers_wrong",
        N_("The card response violates the standard ({reason})."),
        N_(
            "Insert the card again or try another reader; if the problem persists, do not "
            "use the card."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_unopened",
        N_("The card could not be opened ({reason})."),
        N_(
            "Insert the card again; if the problem persists, send a report (caducee diag --report)."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_files",
        N_("Files that the card lists cannot be read: {files}."),
        N_(
            "Clean the contacts and try another reader; if the problem persists, order a "
            "replacement card."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_slow",
        N_("The card took {seconds} seconds for its first answers."),
        N_(
            "Clean its contacts, plug the reader in directly, and close other programs that use it."
        ),
        consequence=consequences.SLOW,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.card_contactless",
        N_("The card is read over its contactless interface, which has the technical key only."),
        N_("Insert it into a contact reader to log in or sign."),
        consequence=consequences.LOGIN,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.card_test",
        N_("This is a test card; production services refuse it."),
        N_("Use it with test services and the sandbox only."),
        consequence=consequences.LOGIN,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.card_ended",
        N_("The card expired on {date}."),
        N_("Ask the issuer for the new card; it is normally sent before that day."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.card_ends_soon",
        N_("The card expires on {date}."),
        N_("Check that the issuer knows the address to which the new card is sent."),
        consequence=consequences.LOGINSOON,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.card_several",
        N_("Several CPS cards are inserted: {readers}."),
        N_("Leave only the intended card inserted, or select the reader in each program."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
)
