# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``psc``: the provider of Pro Santé Connect."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "psc.client_invalid",
        N_("The client {client} cannot be registered: {reason}."),
        N_("Correct this client in the file of clients."),
    ),
    Entry(
        "psc.client_unknown",
        N_("The service that sent you here is not registered at Pro Santé Connect."),
        N_("Go back to the service and tell its operator: client_id is unknown."),
    ),
    Entry(
        "psc.key_unreadable",
        N_("The signing key {path} cannot be read: {reason}."),
        N_(
            "Restore the file, or remove it: tokens that it signed are refused then, and people "
            "log in again."
        ),
    ),
    Entry(
        "psc.redirect_uri_unknown",
        N_("The service {client} asked to be answered at an address that is not registered."),
        N_("Go back to the service and tell its operator: redirect_uri is not registered."),
    ),
)
