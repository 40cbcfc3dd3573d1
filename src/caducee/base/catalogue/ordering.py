# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``ordering``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "ordering.roles_apart",
        N_("The roles {one} and {other} never meet in one person."),
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
        N_("There is no product “{name}”."),
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
        N_("This is no French postal code."),
        N_("Give five digits, e.g. 75014."),
    ),
    Entry(
        "ordering.telephone",
        N_("This is no telephone number."),
        N_("Give digits and spaces, with + in front of a country code."),
    ),
    Entry(
        "ordering.email",
        N_("This is no e-mail address."),
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
        N_("The order cannot be handed in: {count} fields need a look, the first is {where}."),
        N_("Mend them; nothing of what was typed is lost."),
    ),
    Entry(
        "ordering.reason_missing",
        N_("A question or a refusal needs a reason."),
        N_("Say what is missing or why it is refused: the applicant reads it."),
    ),
    Entry(
        "ordering.unknown",
        N_("There is no such order."),
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
        N_("Nobody asked for the codes yet; without them the cards are of no use."),
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
        N_("This letter was opened before; its codes are kept nowhere any more."),
        N_(
            "If it was not you, declare the cards stolen; else ask for another letter while the "
            "cards can still be fetched, or have them replaced."
        ),
    ),
    Entry(
        "ordering.link_expired",
        N_("The time of this letter is over; its codes are kept nowhere any more."),
        N_("Ask for another letter while the cards can still be fetched, or have them replaced."),
    ),
    Entry(
        "ordering.card_unknown",
        N_("There is no such card: {number}."),
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
            "Call the holder back by a number that was known before, and say which, in {most} "
            "letters at most; never ask for a code of the card."
        ),
    ),
    Entry(
        "ordering.reason_wrong",
        N_("A card is not declared for this reason: {reason}."),
        N_("Say whether it is lost, stolen or damaged."),
    ),
    Entry(
        "ordering.piece_changed",
        N_("Card {place} of the order was changed by somebody else meanwhile."),
        N_("Load the page again."),
    ),
    Entry(
        "ordering.piece_failed",
        N_("The order {number} could not be made whole: {reason}."),
        N_("Look at its cards: beside each stands why it was not made."),
    ),
    Entry(
        "ordering.signature_wrong",
        N_("The signature is not that of the data."),
        N_("Compare the data with a copy kept elsewhere."),
    ),
    Entry(
        "ordering.head_broken",
        N_("The trail does not agree with the signed head of line {number}."),
        N_(
            "Lines were changed or cut off beside the service, or the signature is not the "
            "service's: compare with a copy kept elsewhere."
        ),
    ),
)
