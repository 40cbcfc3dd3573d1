# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``api``: what the HTTP API of orders says of a request as such."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "api.key_wrong",
        N_("API key missing or invalid."),
        N_(
            "Send “Authorization: Bearer” and the key; create one, valid for a "
            "year, with “caducee order key new”."
        ),
    ),
    Entry(
        "api.path_unknown",
        N_("Unknown API path."),
        N_("See the API description: /api/v1/openapi.json."),
    ),
    Entry(
        "api.method",
        N_("Method {method} not allowed at this address."),
        N_("Use one of the methods in the header Allow."),
    ),
    Entry(
        "api.parameter",
        N_("Invalid request parameter: {reason}."),
        N_("Compare it with the description: /api/v1/openapi.json."),
    ),
    Entry(
        "api.body",
        N_("Invalid request body: {reason}."),
        N_("Compare it with the description: /api/v1/openapi.json."),
    ),
    Entry(
        "api.body_kind",
        N_("Unsupported media type: the body must be JSON."),
        N_("Send “Content-Type: application/json”."),
    ),
    Entry(
        "api.too_large",
        N_("Request body too large: at most {limit} bytes."),
        N_("Send less; split the request into several orders."),
    ),
    Entry(
        "api.too_slow",
        N_("The body of the request did not arrive in time."),
        N_("Try again."),
    ),
    Entry(
        "api.busy",
        N_("Too many requests with this key, or from this address."),
        N_("Wait for the seconds in the header Retry-After."),
    ),
    Entry(
        "api.role",
        N_("Insufficient rights: none of your roles may see this."),
        N_("Ask a person with one of these roles: {roles}."),
    ),
    Entry(
        "api.version",
        N_("Order {number} is at version {version}, not at the one of If-Match."),
        N_("Read the order again, then change its current version."),
    ),
    Entry(
        "api.fault",
        N_("The service failed to process this request."),
        N_("Try again in a moment; nothing was changed."),
    ),
)
