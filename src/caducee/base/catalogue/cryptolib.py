# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``cryptolib``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "cryptolib.not_a_cps",
        N_("The card in this reader is not a CPS (answer to reset {atr})."),
        N_("Insert a card of the CPS family; a Vitale card does not log anybody in."),
    ),
    Entry(
        "cryptolib.identifies_only",
        N_(
            "This chip only identifies itself (UID {uid}, {size} bytes): it is a badge, or a card "
            "of the CPS family made before December 2020, held to the reader."
        ),
        N_("Put the card into a reader with contacts."),
    ),
    Entry(
        "cryptolib.not_on_face",
        N_("This side of the card ({face}) does not do this: {what}."),
        N_("Put the card into a reader with contacts; a CPS4 has no other side."),
    ),
    Entry(
        "cryptolib.key_not_on_face",
        N_("This side of the card ({face}) has no key for {use}."),
        N_(
            "Log in and sign with the card in a reader with contacts; without contacts there is "
            "the technical key alone."
        ),
    ),
    Entry(
        "cryptolib.no_pin_on_face",
        N_("The code of the card cannot be entered on this side of it ({face})."),
        N_("Put the card into a reader with contacts."),
    ),
    Entry(
        "cryptolib.hash_on_card_not_supported",
        N_("This card makes no part of a digest itself."),
        N_("Let the digest be made by the program."),
    ),
    Entry(
        "cryptolib.padding_wrong",
        N_("What the card deciphered is not a message with its padding."),
        N_("Check that the message was encrypted for the certificate of this card, and is whole."),
    ),
    Entry(
        "cryptolib.serial_invalid",
        N_("The serial number file of the card does not follow the form of the CPS."),
        N_("If this is a CPS, try another reader; if it stays so, order a replacement card."),
    ),
    Entry(
        "cryptolib.update_incomplete",
        N_("The last update of the data of this card was not completed; it cannot be used."),
        N_("Run the update of the card again, or order a replacement card."),
    ),
    Entry(
        "cryptolib.application_missing",
        N_("The card lists no CPS application for its contacts."),
        N_("Check that the card sits the right way round; else order a replacement card."),
    ),
    Entry(
        "cryptolib.directory_invalid",
        N_("The table of contents of the card cannot be understood (file {path}: {reason})."),
        N_("Try another reader; if it stays so, order a replacement card."),
    ),
    Entry(
        "cryptolib.too_much",
        N_("The card announces more {what} than any CPS has (limit {limit})."),
        N_("This card is broken or not genuine: do not use it."),
    ),
    Entry(
        "cryptolib.answer_invalid",
        N_("The card gave an answer that does not follow its standard ({what})."),
        N_("Remove the card, insert it again and retry; if it stays so, replace the card."),
    ),
    Entry(
        "cryptolib.answer_endless",
        N_("The card announces more and more data without coming to an end."),
        N_("This card or its reader is broken: try another reader, then another card."),
    ),
    Entry(
        "cryptolib.too_slow",
        N_("The card has not come to an end after {commands} commands and {seconds} seconds."),
        N_("This card or its reader is broken: try another reader, then another card."),
    ),
    Entry(
        "cryptolib.status",
        N_("The card refused a command ({action}) with status {sw}."),
        N_("Remove the card, insert it again and retry; note the status if you ask for help."),
    ),
    Entry(
        "cryptolib.pin_needed",
        N_("The card asks for the holder's code before this operation ({action})."),
        N_("Enter the code of the card, then repeat the operation."),
    ),
    Entry(
        "cryptolib.pin_wrong",
        N_("The code is wrong; tries left: {tries_left}."),
        N_("Check the code on the letter that came with the card before the next try."),
    ),
    Entry(
        "cryptolib.puk_wrong",
        N_("The unblocking code is wrong; tries left: {tries_left}."),
        N_("Check the unblocking code on the letter that came with the card: 8 digits."),
    ),
    Entry(
        "cryptolib.pin_blocked",
        N_("The card is blocked: no try is left for the holder's code."),
        N_("Unblock the card with the unblocking code of the letter that came with it."),
    ),
    Entry(
        "cryptolib.puk_blocked",
        N_("The card is blocked for good: no try is left for the unblocking code."),
        N_("Order a replacement card; this one cannot be unblocked any more."),
    ),
    Entry(
        "cryptolib.pin_length",
        N_("A code of this card has {min_length} to {max_length} characters; nothing was tried."),
        N_("Enter the code again, with all its digits."),
    ),
    Entry(
        "cryptolib.pin_digits",
        N_("A code of this card has digits only; nothing was tried."),
        N_("Enter the code again, with digits 0 to 9 only."),
    ),
    Entry(
        "cryptolib.pin_same",
        N_("The new code is the present one."),
        N_("Choose another code; four digits that say nothing of you are enough."),
    ),
    Entry(
        "cryptolib.pin_is_puk",
        N_("The new code stands in the unblocking code."),
        N_("Choose another code; four digits that say nothing of you are enough."),
    ),
    Entry(
        "cryptolib.pin_repeated",
        N_("The new code repeats the same digits: such codes are tried first."),
        N_("Choose another code; four digits that say nothing of you are enough."),
    ),
    Entry(
        "cryptolib.pin_sequence",
        N_("The digits of the new code follow each other: such codes are tried first."),
        N_("Choose another code; four digits that say nothing of you are enough."),
    ),
    Entry(
        "cryptolib.pin_column",
        N_("The new code is a line on the keypad: such codes are tried first."),
        N_("Choose another code; four digits that say nothing of you are enough."),
    ),
    Entry(
        "cryptolib.pin_date",
        N_("The new code is a year or a date: who knows the holder finds it."),
        N_("Choose another code; four digits that say nothing of you are enough."),
    ),
    Entry(
        "cryptolib.pin_printed",
        N_("The new code stands in a number that is printed on the card."),
        N_("Choose another code; four digits that say nothing of you are enough."),
    ),
    Entry(
        "cryptolib.last_try",
        N_("One try is left for the code; it was spared, and nothing was sent."),
        N_("Look the code up on the letter that came with the card, then use --last-try."),
    ),
    Entry(
        "cryptolib.card_exchanged",
        N_("Another card is in the reader than the one that the code was entered for."),
        N_("Nothing was sent to it. Look whose card it is, then enter its own code."),
    ),
    Entry(
        "cryptolib.pin_not_on_card",
        N_("The card has no {what}."),
        N_("Use the contacts of the card rather than its contactless face."),
    ),
    Entry(
        "cryptolib.pin_form_unknown",
        N_("The card asks for its code in a form that is not known here ({form})."),
        N_("Look for a newer version of this program."),
    ),
    Entry(
        "cryptolib.key_missing",
        N_("The card has no key for {use}."),
        N_("Check which card is in the reader; some cards carry only one of the two keys."),
    ),
    Entry(
        "cryptolib.certificate_missing",
        N_("The card has no certificate for {use}."),
        N_("Check which card is in the reader; some cards carry only one of the certificates."),
    ),
    Entry(
        "cryptolib.certificate_invalid",
        N_("A certificate on the card cannot be read ({use})."),
        N_("Order a replacement card."),
    ),
    Entry(
        "cryptolib.certificate_expired",
        N_("The certificate expired on {not_after}."),
        N_("The holder needs a new card; renewal is asked for at the issuer."),
    ),
    Entry(
        "cryptolib.certificate_not_yet_valid",
        N_("The certificate is valid only from {not_before}."),
        N_("Check the date of this computer, or wait until that day."),
    ),
    Entry(
        "cryptolib.object_missing",
        N_("The card has no object {label}."),
        N_("Nothing can be done: this card does not carry it."),
    ),
    Entry(
        "cryptolib.object_not_writable",
        N_("The object {label} of the card cannot be changed."),
        N_("Only the free area CPS_DATA of a CPS can be written."),
    ),
    Entry(
        "cryptolib.data_too_long",
        N_("{size} bytes do not fit: the limit is {limit} ({what})."),
        N_("Shorten the data."),
    ),
    Entry(
        "cryptolib.digest_invalid",
        N_("The digest has {size} bytes, {expected} are right for {hash}."),
        N_("Give the digest that belongs to the algorithm."),
    ),
    Entry(
        "cryptolib.hash_not_supported",
        N_("This card cannot sign with {hash}."),
        N_("Use SHA-256."),
    ),
    Entry(
        "cryptolib.padding_not_supported",
        N_("A CPS3 signs with PKCS#1 v1.5 only, not with {padding}."),
        N_("Use PKCS#1 v1.5; for TLS this means version 1.2. A CPS4 also signs with PSS."),
    ),
    Entry(
        "cryptolib.padding_unknown",
        N_("No card of the CPS family works with this padding ({padding})."),
        N_("Use PKCS#1 v1.5, or with a CPS4 PSS with a salt as long as the digest."),
    ),
    Entry(
        "cryptolib.key_stays",
        N_("The private key of a card never leaves it."),
        N_("Use the key through the card."),
    ),
    Entry(
        "cryptolib.signature_wrong",
        N_("The card returned a signature that does not fit its certificate."),
        N_("Do not use this card; order a replacement."),
    ),
    Entry(
        "cryptolib.closed",
        N_("The connection to this card has ended."),
        N_("Open the card again, and enter the code again."),
    ),
    Entry(
        "cryptolib.module_missing",
        N_("The PKCS#11 module is not at {place}."),
        N_(
            "Install the package caducee-native; in a source tree run ./run native. "
            "CADUCEE_PKCS11_MODULE can name another place."
        ),
    ),
    Entry(
        "cryptolib.portal_address",
        N_("The address of the portal is none ({address})."),
        N_("Write it as https://host:port; caducee sandbox show tells that of a sandbox."),
    ),
    Entry(
        "cryptolib.portal_unreachable",
        N_("The portal does not answer at {address} ({reason})."),
        N_("Start it with caducee sandbox up, and check the address."),
    ),
    Entry(
        "cryptolib.portal_dates",
        N_(
            "By the clock of this machine, the certificate of {address} has expired or is not "
            "valid yet."
        ),
        N_(
            "Check the date of this machine (caducee diag); if it is right, tell the people of the "
            "portal."
        ),
    ),
    Entry(
        "cryptolib.portal_untrusted",
        N_("The certificate of the portal at {address} is not trusted ({reason})."),
        N_("Name the root that issued it: caducee sandbox up tells where that of a sandbox is."),
    ),
    Entry(
        "cryptolib.portal_root",
        N_("The file {path} holds no certificate that can be trusted ({reason})."),
        N_("Name the root in PEM: caducee sandbox up tells where that of a sandbox is."),
    ),
    Entry(
        "cryptolib.portal_tls",
        N_("The TLS connection to the portal at {address} failed ({reason})."),
        N_("Check that it speaks TLS 1.2, for a CPS3, and that no proxy opens the connection."),
    ),
    Entry(
        "cryptolib.portal_answer",
        N_("What answers at {address} is no portal that is known here ({reason})."),
        N_("Give the address of the start page of the portal."),
    ),
    Entry(
        "cryptolib.portal_session",
        N_("The portal at {address} still knows a session that was ended."),
        N_("Tell those who run the portal: who finds the cookie is logged in."),
    ),
    Entry(
        "cryptolib.random_poor",
        N_("The random numbers of the card are none: {size} bytes came twice, or are all alike."),
        N_("Do not rely on this card for keys, and have it replaced."),
    ),
    Entry(
        "cryptolib.proof_wrong",
        N_("A signature of the card was checked apart from it, and is wrong ({use})."),
        N_("Have the card replaced: its key does not belong to its certificate."),
    ),
)
