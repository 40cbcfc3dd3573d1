# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: the card."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.card_absent",
        N_("There is no card in a reader."),
        N_("Insert the card, chip first, and push it in until it stops."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_mute",
        N_("There is a card in {reader}, and it does not answer."),
        N_(
            "Turn it the right way round, clean the contacts with a dry cloth, try another "
            "reader, then another card."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_foreign",
        N_("The card in {reader} is no card of the CPS family (answer to reset {atr})."),
        N_(
            "Insert the CPS; a Vitale card, a payment card or a badge of another system logs "
            "nobody in."
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
        N_(
            "The card looks like a CPS of a kind that this release does not know (answer to reset"
            " {atr})."
        ),
        N_(
            "Update caducee, and report the answer to reset if the newest release does not know "
            "it either."
        ),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_code_form",
        N_("The card asks for its code in a form that this release does not know."),
        N_("Update caducee."),
        consequence=consequences.CODE,
    ),
    Entry(
        "diag.card_protocol",
        N_("The reader and the card have no common transmission protocol."),
        N_("Update the reader's driver, or try another reader."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_leaves",
        N_("The card left the reader during the diagnosis, or its contacts are loose."),
        N_("Insert it again and leave it in; if it comes back, try another reader."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_disturbed",
        N_("Another program resets the card while it is in use: {programs}."),
        N_("Close that program, or give it a reader of its own."),
        consequence=consequences.WAIT,
    ),
    Entry(
        "diag.card_serial",
        N_("The serial number of the card does not follow the form of the CPS."),
        N_("Try another reader; if the problem persists, order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_application",
        N_("The card lists no CPS application on this side."),
        N_("Check which side was used; else order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_directory",
        N_("The table of contents of the card is damaged ({reason})."),
        N_("Try another reader; if the problem persists, order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_update",
        N_("The last update of the card did not end (EF_ACTUA): its data are old, new or mixed."),
        N_("Run the update of the card again with the issuer's tool, or order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_actuality",
        N_("The file that tells of updates of the card (EF_ACTUA) is damaged or empty."),
        N_("Run the update of the card again with the issuer's tool, or order a replacement card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_answers_wrong",
        N_("The card answers against its standard ({reason})."),
        N_("Insert it again, try another reader; if it stays so, do not use the card."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_unopened",
        N_("The card could not be opened ({reason})."),
        N_("Insert it again; if it stays so, send a report (caducee diag --report)."),
        consequence=consequences.THISCARD,
    ),
    Entry(
        "diag.card_files",
        N_("Files that the card lists cannot be read: {files}."),
        N_("Clean the contacts and try another reader; if it stays so, order a replacement card."),
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
        N_("The card is read without contacts: there it has the technical key alone."),
        N_("Put it into a reader with contacts to log in or to sign."),
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
        N_("The card itself ended on {date}."),
        N_("Ask the issuer for the new card; it is normally sent before that day."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.card_ends_soon",
        N_("The card itself ends on {date}."),
        N_("Check that the issuer knows the address to which the new card is sent."),
        consequence=consequences.LOGINSOON,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.card_several",
        N_("Several cards of the family are in the readers: {readers}."),
        N_("Leave the one in that is meant, or choose the reader in each program."),
        consequence=consequences.FIGHT,
        severity=Severity.WARNING,
    ),
)
