# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``cryptolib``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "cryptolib.not_a_cps",
        N_("The card in this reader is not a CPS (answer to reset {atr})."),
        N_("Insert a card of the CPS family; a Vitale card cannot be used to log in."),
    ),
    Entry(
        "cryptolib.identifies_only",
        N_(
            "This chip only identifies itself (UID {uid}, {size} bytes): it is a badge, or a card "
            "of the CPS family made before December 2020, held to the reader."
        ),
        N_("Insert the card into a contact reader."),
    ),
    Entry(
        "cryptolib.not_on_face",
        N_("Operation not supported on this interface of the card ({face}): {what}."),
        N_("Insert the card into a contact reader; a CPS4 has no other interface."),
    ),
    Entry(
        "cryptolib.key_not_on_face",
        N_("This interface of the card ({face}) has no key for {use}."),
        N_(
            "Log in and sign with the card in a reader with contacts; without contacts there is "
            "the technical key alone."
        ),
    ),
    Entry(
        "cryptolib.no_pin_on_face",
        N_("The PIN cannot be entered on this interface of the card ({face})."),
        N_("Insert the card into a contact reader."),
    ),
    Entry(
        "cryptolib.hash_on_card_not_supported",
        N_("This card does not support on-card hashing."),
        N_("Compute the digest in the program."),
    ),
    Entry(
        "cryptolib.padding_wrong",
        N_("Invalid padding after decryption."),
        N_(
            "Check that the message was encrypted for the certificate of this card and is complete."
        ),
    ),
    Entry(
        "cryptolib.serial_invalid",
        N_("Invalid serial number file (EF.SN.ICC): not the format of a CPS."),
        N_("If this is a CPS, try another reader; if that fails too, order a replacement card."),
    ),
    Entry(
        "cryptolib.update_incomplete",
        N_("The last update of the data on this card is incomplete: the card cannot be used."),
        N_("Repeat the update of the card, or order a replacement card."),
    ),
    Entry(
        "cryptolib.application_missing",
        N_("The card does not list a CPS application on its contact interface."),
        N_("Check that the card is inserted correctly; otherwise order a replacement card."),
    ),
    Entry(
        "cryptolib.directory_invalid",
        N_("Invalid PKCS#15 directory file on the card (file {path}: {reason})."),
        N_("Try another reader; if the problem persists, order a replacement card."),
    ),
    Entry(
        "cryptolib.too_much",
        N_("The card announces too many {what} (limit: {limit})."),
        N_("This card is defective or not genuine: do not use it."),
    ),
    Entry(
        "cryptolib.answer_invalid",
        N_("Invalid response from the card ({what})."),
        N_(
            "Remove the card, insert it again and retry; if the problem persists, replace the card."
        ),
    ),
    Entry(
        "cryptolib.answer_endless",
        N_("The card keeps announcing more data without an end."),
        N_("This card or its reader is defective: try another reader, then another card."),
    ),
    Entry(
        "cryptolib.too_slow",
        N_("The operation is not complete after {commands} commands and {seconds} seconds."),
        N_("This card or its reader is defective: try another reader, then another card."),
    ),
    Entry(
        "cryptolib.status",
        N_("The card refused a command ({action}) with status {sw}."),
        N_("Remove the card, insert it again and retry; note the status if you ask for help."),
    ),
    Entry(
        "cryptolib.pin_needed",
        N_("Security status not satisfied ({action}): verify the PIN first."),
        N_("Enter the PIN, then repeat the operation."),
    ),
    Entry(
        "cryptolib.pin_wrong",
        N_("Wrong PIN; tries left: {tries_left}."),
        N_("Check the PIN on the letter that came with the card before the next try."),
    ),
    Entry(
        "cryptolib.puk_wrong",
        N_("Wrong PUK; tries left: {tries_left}."),
        N_("Check the PUK on the letter that came with the card: 8 digits."),
    ),
    Entry(
        "cryptolib.pin_blocked",
        N_("PIN blocked: no tries left."),
        N_("Unblock the card with the PUK on the letter that came with it."),
    ),
    Entry(
        "cryptolib.puk_blocked",
        N_("PUK blocked: no tries left, the card is blocked permanently."),
        N_("Order a replacement card; this one can no longer be unblocked."),
    ),
    Entry(
        "cryptolib.pin_length",
        N_("Invalid PIN length: expected {min_length} to {max_length} digits; no try was used."),
        N_("Enter the complete PIN."),
    ),
    Entry(
        "cryptolib.pin_digits",
        N_("Invalid PIN: digits only; no try was used."),
        N_("Enter the PIN again, with digits 0 to 9 only."),
    ),
    Entry(
        "cryptolib.pin_same",
        N_("The new PIN is identical to the current one."),
        N_("Choose another PIN: four digits unrelated to you are enough."),
    ),
    Entry(
        "cryptolib.pin_is_puk",
        N_("The new PIN is part of the PUK."),
        N_("Choose another PIN: four digits unrelated to you are enough."),
    ),
    Entry(
        "cryptolib.pin_repeated",
        N_("The new PIN repeats the same digits: such PINs are guessed first."),
        N_("Choose another PIN: four digits unrelated to you are enough."),
    ),
    Entry(
        "cryptolib.pin_sequence",
        N_("The new PIN is a sequence of digits: such PINs are guessed first."),
        N_("Choose another PIN: four digits unrelated to you are enough."),
    ),
    Entry(
        "cryptolib.pin_column",
        N_("The new PIN is a column of the PIN pad: such PINs are guessed first."),
        N_("Choose another PIN: four digits unrelated to you are enough."),
    ),
    Entry(
        "cryptolib.pin_date",
        N_("The new PIN is a year or a date: easily guessed by people who know you."),
        N_("Choose another PIN: four digits unrelated to you are enough."),
    ),
    Entry(
        "cryptolib.pin_printed",
        N_("The new PIN is part of a number printed on the card."),
        N_("Choose another PIN: four digits unrelated to you are enough."),
    ),
    Entry(
        "cryptolib.last_try",
        N_("Only one try is left: the PIN was not sent."),
        N_("Check the PIN on the letter that came with the card, then use --last-try."),
    ),
    Entry(
        "cryptolib.card_exchanged",
        N_("The card in the reader is not the one the PIN was entered for."),
        N_("The PIN was not sent. Check which card it is, then enter its PIN."),
    ),
    Entry(
        "cryptolib.pin_not_on_card",
        N_("The card has no {what}."),
        N_("Use the contact interface of the card."),
    ),
    Entry(
        "cryptolib.pin_form_unknown",
        N_("Unsupported PIN encoding on the card ({form})."),
        N_("Install a newer version of this program."),
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
        N_("Request a new card from the issuer."),
    ),
    Entry(
        "cryptolib.certificate_not_yet_valid",
        N_("The certificate is valid only from {not_before}."),
        N_("Check the date of this computer, or wait until that day."),
    ),
    Entry(
        "cryptolib.object_missing",
        N_("The card has no object {label}."),
        N_("This card does not carry the object: use another card."),
    ),
    Entry(
        "cryptolib.object_not_writable",
        N_("Object {label} is read-only."),
        N_("Only the free area CPS_DATA can be written."),
    ),
    Entry(
        "cryptolib.data_too_long",
        N_("Data too long: {size} bytes, limit {limit} ({what})."),
        N_("Shorten the data."),
    ),
    Entry(
        "cryptolib.digest_invalid",
        N_("Invalid digest: {size} bytes, expected {expected} for {hash}."),
        N_("Pass a digest that matches the algorithm."),
    ),
    Entry(
        "cryptolib.hash_not_supported",
        N_("This card cannot sign with {hash}."),
        N_("Use SHA-256."),
    ),
    Entry(
        "cryptolib.padding_not_supported",
        N_("Padding {padding} not supported: a CPS3 signs with PKCS#1 v1.5 only."),
        N_("Use PKCS#1 v1.5; for TLS this means version 1.2. A CPS4 also signs with PSS."),
    ),
    Entry(
        "cryptolib.padding_unknown",
        N_("Padding not supported by the cards of the CPS family ({padding})."),
        N_("Use PKCS#1 v1.5, or with a CPS4 PSS with a salt as long as the digest."),
    ),
    Entry(
        "cryptolib.key_stays",
        N_("The private key cannot be exported from its card or token."),
        N_("Use the key in its card or token."),
    ),
    Entry(
        "cryptolib.signature_wrong",
        N_("The signature returned by the card does not verify with its certificate."),
        N_("Do not use this card; order a replacement."),
    ),
    Entry(
        "cryptolib.closed",
        N_("The connection to this card is closed."),
        N_("Open the card again and enter the PIN again."),
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
        N_("Invalid portal URL ({address})."),
        N_("Write it as https://host:port; “caducee sandbox show” lists that of a sandbox."),
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
        N_("Name the root that issued it; “caducee sandbox up” prints the path of a sandbox root."),
    ),
    Entry(
        "cryptolib.portal_root",
        N_("The file {path} holds no certificate that can be trusted ({reason})."),
        N_("Name the root in PEM; “caducee sandbox up” prints the path of a sandbox's root."),
    ),
    Entry(
        "cryptolib.portal_tls",
        N_("The TLS connection to the portal at {address} failed ({reason})."),
        N_("Check that it speaks TLS 1.2, for a CPS3, and that no proxy opens the connection."),
    ),
    Entry(
        "cryptolib.portal_answer",
        N_("The server at {address} is not a known portal ({reason})."),
        N_("Give the address of the start page of the portal."),
    ),
    Entry(
        "cryptolib.portal_session",
        N_("The portal at {address} accepts a session after logout."),
        N_("Report it to the operator of the portal: a stolen cookie stays valid."),
    ),
    Entry(
        "cryptolib.random_poor",
        N_("Weak random numbers from the card: {size} bytes were repeated or identical."),
        N_("Do not generate keys with this card; have it replaced."),
    ),
    Entry(
        "cryptolib.proof_wrong",
        N_("A signature made by the card failed independent verification ({use})."),
        N_("Have the card replaced: its key does not belong to its certificate."),
    ),
)
