# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``ordering``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "ordering.roles_apart",
        N_("The roles {role} and {other} cannot be held by the same person."),
        N_("Give one of them to somebody else."),
    ),
    Entry(
        "ordering.role_wrong",
        N_("The role {role} cannot do this: {action}."),
        N_("Ask somebody who has the role."),
    ),
    Entry(
        "ordering.state_wrong",
        N_("This cannot be done now: {action}. The order stands at {state}."),
        N_("Look at the order again; somebody may have been faster."),
    ),
    Entry(
        "ordering.form_unreadable",
        N_("The form cannot be read: {reason}."),
        N_("Compare it with the schema of the form."),
    ),
    Entry(
        "ordering.product_unknown",
        N_("Product “{name}” not found."),
        N_("Choose one of the catalogue."),
    ),
    Entry(
        "ordering.product_elsewhere",
        N_("The product “{name}” belongs to another part of the form."),
        N_("Cards stand in part 3, certificates in part 4."),
    ),
    Entry(
        "ordering.trail_broken",
        N_("The trail does not fit together at line {number}."),
        N_("Somebody changed the database beside the service: compare with a copy kept elsewhere."),
    ),
    Entry(
        "ordering.trail_counter",
        N_("The trail ends at line {lines}, but its counter stands at {counter}."),
        N_(
            "Lines were removed from the database, or the counter was changed: compare with a "
            "copy kept elsewhere."
        ),
    ),
    Entry(
        "ordering.missing",
        N_("This is missing."),
        N_("Fill it in."),
    ),
    Entry(
        "ordering.characters",
        N_("There are invisible characters in this text."),
        N_("Type it again by hand."),
    ),
    Entry(
        "ordering.postal_code",
        N_("Invalid French postal code."),
        N_("Give five digits, e.g. 75014."),
    ),
    Entry(
        "ordering.telephone",
        N_("Invalid telephone number."),
        N_("Give digits and spaces, with + in front of a country code."),
    ),
    Entry(
        "ordering.email",
        N_("Invalid e-mail address."),
        N_("Give an address such as name@example.test."),
    ),
    Entry(
        "ordering.nothing_ordered",
        N_("The order is empty."),
        N_("Choose at least one card or certificate in the catalogue."),
    ),
    Entry(
        "ordering.quantity",
        N_("{quantity} of them is more than usual; one order has {limit} at most."),
        N_("Say in part 3.1 why so many are needed; the reviewer decides."),
    ),
    Entry(
        "ordering.one_request_one_certificate",
        N_("One signing request gives one certificate."),
        N_("Order one, or leave the request out and have the keys made."),
    ),
    Entry(
        "ordering.too_short",
        N_("{count} words do not tell what is planned."),
        N_(
            "Say what the software does, who uses it and what is to be tested, "
            "in {least} words or more."
        ),
    ),
    Entry(
        "ordering.incomplete",
        N_("The order cannot be handed in. Things to look at: {count}, the first is {where}."),
        N_("Mend them; nothing of what was typed is lost."),
    ),
    Entry(
        "ordering.reason_missing",
        N_("A question or a refusal needs a reason."),
        N_("Say what is missing or why it is refused: the applicant reads it."),
    ),
    Entry(
        "ordering.unknown",
        N_("Order not found."),
        N_("Look in the list of your orders."),
    ),
    Entry(
        "ordering.own_order",
        N_("Nobody reviews or produces their own order."),
        N_("Leave it to somebody else."),
    ),
    Entry(
        "ordering.changed_meanwhile",
        N_("The order {number} was changed in another window meanwhile."),
        N_("Load it again; what you typed is still here to copy."),
    ),
    Entry(
        "ordering.request_key_reused",
        N_("This request key came with another form before."),
        N_("Send the same form again, or another key for another order."),
    ),
    Entry(
        "ordering.keys_most",
        N_("This account has {most} API keys that work; it has no room for more."),
        N_("Withdraw one that nobody uses any more."),
    ),
    Entry(
        "ordering.last_way",
        N_("This card is the only way into your account."),
        N_("Give the account an address and a password first, or erase it."),
    ),
    Entry(
        "ordering.content_lost",
        N_("What waited to be handed over cannot be opened any more."),
        N_(
            "Stop these cards and have them replaced; see to it that the folder of the service is "
            "kept."
        ),
    ),
    Entry(
        "ordering.nothing_waits",
        N_("Nothing of the order {number} waits to be handed over."),
        N_("It was handed over before and removed, or is not made yet: look at its steps."),
    ),
    Entry(
        "ordering.no_reader",
        N_("This service has no reader to put cards into."),
        N_("Take the archive."),
    ),
    Entry(
        "ordering.letter_first",
        N_("Nobody asked for the PINs yet; without them the cards are of no use."),
        N_("Ask for the letter first."),
    ),
    Entry(
        "ordering.not_taken",
        N_("The cards were not handed over yet."),
        N_("Take the archive, or have them put into the reader, first."),
    ),
    Entry(
        "ordering.link_unknown",
        N_("This link leads nowhere."),
        N_("Copy it whole, or ask for another letter on the page of the order."),
    ),
    Entry(
        "ordering.link_used",
        N_("This letter was opened before; its PINs are kept nowhere any more."),
        N_(
            "If it was not you, declare the cards stolen; else ask for another letter while the "
            "cards can still be fetched, or have them replaced."
        ),
    ),
    Entry(
        "ordering.link_expired",
        N_("The time of this letter is over; its PINs are kept nowhere any more."),
        N_("Ask for another letter while the cards can still be fetched, or have them replaced."),
    ),
    Entry(
        "ordering.card_unknown",
        N_("Card {number} not found."),
        N_("Look in the list of your cards."),
    ),
    Entry(
        "ordering.card_state",
        N_("This cannot be done with the card now: it stands at {state}."),
        N_("Look at the card again; somebody may have been faster."),
    ),
    Entry(
        "ordering.call_back_missing",
        N_("The holder was not called back."),
        N_(
            "Call the holder back by a way that was known before, and say which; never ask for a "
            "PIN of the card."
        ),
    ),
    Entry(
        "ordering.reason_wrong",
        N_("A card is not declared for this reason: {reason}."),
        N_("Say whether it is lost, stolen or damaged."),
    ),
    Entry(
        "ordering.item_changed",
        N_("Card {place} of the order was changed by somebody else meanwhile."),
        N_("Load the page again."),
    ),
    Entry(
        "ordering.item_failed",
        N_("The order {number} could not be made whole: {reason}."),
        N_("Look at its cards: beside each stands why it was not made."),
    ),
    Entry(
        "ordering.signature_wrong",
        N_("The signature is not that of the data."),
        N_("Compare the data with a copy kept elsewhere."),
    ),
    Entry(
        "ordering.checkpoint_broken",
        N_("The trail does not agree with the signed checkpoint of line {number}."),
        N_(
            "Lines were changed or cut off beside the service, or the signature is not the "
            "service's: compare with a copy kept elsewhere."
        ),
    ),
    Entry(
        "ordering.checkpoint_unreadable",
        N_("The trail checkpoint in {path} cannot be read."),
        N_("Restore the file from a copy kept elsewhere, then check the trail again."),
    ),
    Entry(
        "ordering.checkpoint_overdue",
        N_("The trail has not been signed for more than {hours} hours, since line {number}."),
        N_(
            "Find out why the worker did not sign it, compare with a copy kept elsewhere, then "
            "run “caducee order audit --sign”."
        ),
    ),
    Entry(
        "ordering.login_wrong",
        N_("E-mail address or password is wrong, or the address was never confirmed."),
        N_("Try again, or choose a new password."),
    ),
    Entry(
        "ordering.login_wait",
        N_("There were too many tries."),
        N_("Wait {minutes} minutes, then try again."),
    ),
    Entry(
        "ordering.code_wrong",
        N_("This code is not the one that was sent, or its time is over."),
        N_("Look at the last message; after five tries, or when it is too late, ask for another."),
    ),
    Entry(
        "ordering.password_short",
        N_("This password has less than {least} characters."),
        N_("Take a few words that nobody would guess."),
    ),
    Entry(
        "ordering.password_common",
        N_("This password is easily guessed: it is common, or made of common or expected words."),
        N_("Take a few words that have nothing to do with each other, with you or this service."),
    ),
    Entry(
        "ordering.passwords_busy",
        N_("Too many people send a password at this moment."),
        N_("Try again in a few seconds, or log in by card."),
    ),
    Entry(
        "ordering.password_long",
        N_("This password has more than {most} characters."),
        N_("Take a shorter one."),
    ),
    Entry(
        "ordering.not_logged_in",
        N_("This page is for those who are logged in."),
        N_("Log in; you come back here then."),
    ),
    Entry(
        "ordering.form_elsewhere",
        N_("This form was not made by this session, so that nothing was done."),
        N_("Go back, load the page again, and send it once more; cookies must be allowed."),
    ),
    Entry(
        "ordering.role_missing",
        N_("This page is for another role: {role}."),
        N_("Ask whoever runs the service for the role."),
    ),
    Entry(
        "ordering.page_unknown",
        N_("Page not found."),
        N_("Begin at the start page."),
    ),
    Entry(
        "ordering.fault",
        N_("The service failed to process this request."),
        N_("Try again in a moment; nothing was changed."),
    ),
    Entry(
        "ordering.request_too_large",
        N_("This is too much for one form: {limit} bytes are taken at most."),
        N_("Send less; a signing request has a few thousand bytes."),
    ),
    Entry(
        "ordering.request_slow",
        N_("The form did not arrive in time."),
        N_("Send it again; look at the connection if it happens often."),
    ),
    Entry(
        "ordering.busy",
        N_("There are too many requests from your side."),
        N_("Wait a moment, then try again."),
    ),
    Entry(
        "ordering.too_long",
        N_("This is longer than {most} characters."),
        N_("Shorten it; what you typed is still here."),
    ),
    Entry(
        "ordering.no_number",
        N_("The number must be between 1 and {most}."),
        N_("Give a number in digits."),
    ),
    Entry(
        "ordering.choice_wrong",
        N_("This choice is not offered."),
        N_("Choose one of the list."),
    ),
    Entry(
        "ordering.holder_other",
        N_("This card is not the one of your account."),
        N_("Use your own card, or sign by the code that is sent to you."),
    ),
    Entry(
        "ordering.holder_taken",
        N_("This card belongs to another account."),
        N_("Log out, and log in by the card."),
    ),
    Entry(
        "ordering.card_unlinked",
        N_("The card that opened this access is not linked to the account any more."),
        N_("Log in again."),
    ),
    Entry(
        "ordering.no_email",
        N_("Your account has no e-mail address that a code could be sent to."),
        N_("Sign by your card."),
    ),
    Entry(
        "ordering.erase_later",
        N_("The order {number} is being made or waits for you, so that nothing can be erased yet."),
        N_("Take its cards first, or ask the support."),
    ),
    Entry(
        "ordering.account_unknown",
        N_("Account {name} not found."),
        N_("Give the e-mail address, or the id that stands on the page “My data”."),
    ),
)
