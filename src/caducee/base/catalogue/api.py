# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``api``: what the HTTP API of orders says of a request as such."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "api.key_wrong",
        N_("There is no valid API key with this request."),
        N_(
            "Send “Authorization: Bearer” and the key; “caducee order key new” makes one, "
            "for a year."
        ),
    ),
    Entry(
        "api.path_unknown",
        N_("The API has nothing at this address."),
        N_("Look at its description: /api/v1/openapi.json."),
    ),
    Entry(
        "api.method",
        N_("This address does not know the method {method}."),
        N_("The header Allow says which methods it knows."),
    ),
    Entry(
        "api.parameter",
        N_("A parameter of the request cannot be used: {reason}."),
        N_("Compare it with the description: /api/v1/openapi.json."),
    ),
    Entry(
        "api.body",
        N_("The body of the request cannot be used: {reason}."),
        N_("Compare it with the description: /api/v1/openapi.json."),
    ),
    Entry(
        "api.body_kind",
        N_("The body of the request is not said to be JSON."),
        N_("Send “Content-Type: application/json”."),
    ),
    Entry(
        "api.too_large",
        N_("The body of the request is too large: {limit} bytes are taken at most."),
        N_("Send less; spread what you need over several orders."),
    ),
    Entry(
        "api.too_slow",
        N_("The body of the request did not arrive in time."),
        N_("Try again."),
    ),
    Entry(
        "api.busy",
        N_("There are too many requests with this key, or from this address."),
        N_("Wait as many seconds as the header Retry-After says."),
    ),
    Entry(
        "api.role",
        N_("None of your roles may see this."),
        N_("Ask somebody who has one of these roles: {roles}."),
    ),
    Entry(
        "api.version",
        N_("The order {number} stands at version {version}, not at the one of If-Match."),
        N_("Read the order again, and change what it says now."),
    ),
    Entry(
        "api.fault",
        N_("The service failed at this request."),
        N_("Try again in a moment; nothing was done by half."),
    ),
)
