# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``store``: short-lived state that processes share."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "store.full",
        N_("The store in memory holds {limit} entries, its limit."),
        N_("Use SQLite, PostgreSQL or Valkey as the store, or wait until entries expire."),
    ),
    Entry(
        "store.unavailable",
        N_("The store of sessions does not answer ({reason})."),
        N_("Check that its server runs and that its address in the settings is right."),
    ),
    Entry(
        "store.url_unknown",
        N_("Unknown kind of store: {scheme}."),
        N_("Use memory:, sqlite:///FILE, postgresql://… or valkey://…."),
    ),
    Entry(
        "store.value_too_large",
        N_("A value of {size} bytes is too large for the store: the limit is {limit}."),
        N_("Report this fault to the publisher of the service."),
    ),
)
