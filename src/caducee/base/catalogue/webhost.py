# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``webhost``: the program that our browser extension calls."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_AGAIN = N_("Load the page again and repeat the operation.")
_SITE = N_("Tell the people who run the site: its page asks for something that cannot be.")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "webhost.not_a_browser",
        N_("This program is started by a browser, not by hand."),
        N_("Let “caducee browser install” make your browsers know it."),
    ),
    Entry(
        "webhost.extension_unknown",
        N_("Another extension than ours called the card ({extension})."),
        N_(
            "If this is our extension under another name, allow that name by “caducee browser "
            "install --extension”."
        ),
    ),
    Entry(
        "webhost.request_malformed",
        N_("The request of the page does not follow its form ({member})."),
        _SITE,
    ),
    Entry(
        "webhost.digest_mismatch",
        N_("The digest to sign ({size} bytes) is not one of the hash {hash}."),
        _SITE,
    ),
    Entry(
        "webhost.hash_not_supported",
        N_("The card does not sign a digest of the hash {hash}."),
        N_("Use SHA-256, which the card offers."),
    ),
    Entry(
        "webhost.nonce_used",
        N_("This page has had the same number signed before; nothing was signed."),
        _AGAIN,
    ),
    Entry(
        "webhost.signing_closed",
        N_("The card left the reader, or the page never asked for its certificate."),
        N_("Leave the card in the reader, load the page again and repeat the operation."),
    ),
    Entry(
        "webhost.certificate_other",
        N_("The site prepared the signature for the certificate of another card."),
        _AGAIN,
    ),
    Entry(
        "webhost.no_card",
        N_("No card of the CPS family is in a reader."),
        N_("Put your card into the reader and repeat the operation."),
    ),
    Entry(
        "webhost.several_cards",
        N_("There are {count} cards that could log in, each in a reader of its own."),
        N_("Leave only your card in a reader and repeat the operation."),
    ),
    Entry(
        "webhost.contactless",
        N_("The card lies on a reader without contacts, where it cannot log anybody in."),
        N_("Insert the card into a contact reader."),
    ),
    Entry(
        "webhost.busy",
        N_("Too many requests of this page wait for the card."),
        N_("Finish what is under way first."),
    ),
    Entry(
        "webhost.fault",
        N_("Something in the program beside the browser failed."),
        N_("Repeat the operation; if it stays so, report the fault."),
    ),
)
