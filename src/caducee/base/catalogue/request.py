# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``request``: a login that waits for the holder of the card."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_AGAIN = N_("Start the login again at the service, if it was you.")
_AUTHOR = N_("Report it to those who made the service: the guide describes each line.")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "request.malformed",
        N_("Malformed line in the request interface."),
        _AUTHOR,
    ),
    Entry(
        "request.version",
        N_("This version of the interface for requests is not understood (known: {versions})."),
        N_("Bring the older of the two programs up to date."),
    ),
    Entry(
        "request.member",
        N_("The request of the service is not as it must be ({member})."),
        _AUTHOR,
    ),
    Entry(
        "request.confirmation",
        N_("Malformed card confirmation."),
        _AUTHOR,
    ),
    Entry(
        "request.too_many",
        N_("Too many requests wait for the holder already."),
        N_("Confirm or refuse those that wait, then start the login again."),
    ),
    Entry(
        "request.repeated",
        N_("A request with this nonce was made before."),
        N_("The service must make a new nonce for each request."),
    ),
    Entry(
        "request.running",
        N_("Another card manager of this user shows requests already, at {path}."),
        N_("Use that window, or end it first."),
    ),
    Entry(
        "request.no_manager",
        N_("No card manager of this user waits for requests at {path} ({reason})."),
        N_("Start the card manager (caducee manager), and try again."),
    ),
    Entry(
        "request.manager_refused",
        N_("At {path}, another user waits for requests (user {uid})."),
        N_("Remove that socket, or name your own with CADUCEE_REQUESTS_SOCKET."),
    ),
    Entry(
        "request.lost",
        N_("The card manager ended before the holder answered; nothing was signed."),
        N_("Start the card manager again, then the login."),
    ),
    Entry(
        "request.refused",
        N_("The holder refused the request."),
        _AGAIN,
    ),
    Entry(
        "request.expired",
        N_("Nobody answered the request in time."),
        _AGAIN,
    ),
    Entry(
        "request.withdrawn",
        N_("The service does not wait for this request any more."),
        _AGAIN,
    ),
    Entry(
        "request.over",
        N_("This request has ended already."),
        _AGAIN,
    ),
    Entry(
        "request.other_holder",
        N_("The service expects the holder {expected}, and the card is that of {found}."),
        N_("Insert the card of the one who logs in, or refuse the request."),
    ),
    Entry(
        "request.no_code",
        N_("This side of the card confirms nothing: it asks for no PIN."),
        N_("Put the card into a contact reader."),
    ),
    Entry(
        "request.confirmation_read",
        N_("The confirmation is well formed, signed with {algorithm}."),
        "",
    ),
    Entry(
        "request.same_service",
        N_("The holder confirmed a login to this service ({service})."),
        "",
    ),
    Entry(
        "request.same_request",
        N_("The holder confirmed this request, in time."),
        "",
    ),
    Entry(
        "request.other_request",
        N_("The confirmation answers another request ({member})."),
        N_("Start the login again: each confirmation is good for one request."),
    ),
    Entry(
        "request.signature_valid",
        N_("The confirmation is signed by the key of the certificate."),
        "",
    ),
    Entry(
        "request.signature_invalid",
        N_("The confirmation is not signed by the key of the certificate."),
        N_("Start the login again; if it goes on, have the card examined."),
    ),
)
