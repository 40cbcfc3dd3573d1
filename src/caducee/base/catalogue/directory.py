# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``directory``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "directory.url_unknown",
        N_("The registry cannot be kept in a database of the kind {backend}."),
        N_("Give a URL that starts with sqlite:/// or postgresql://."),
    ),
    Entry(
        "directory.url_invalid",
        N_("The URL of the registry cannot be used: {reason}."),
        N_(
            "Give a URL such as sqlite:////folder/registry.db or postgresql://user@host/name; "
            "PostgreSQL needs the extra caducee[postgresql]."
        ),
    ),
    Entry(
        "directory.schema_unknown",
        N_("The tables of the registry come from another version of caducee: {reason}."),
        N_("Use the version that made the registry, or a newer one; nothing was changed."),
    ),
    Entry(
        "directory.database_failed",
        N_("The registry's database refused: {reason}."),
        N_("Check that the database runs, that it is reachable, and the space left; then retry."),
    ),
    Entry(
        "directory.reference_broken",
        N_("The registry does not take this entry: {reason}."),
        N_("Enter the person, the structure or the card that it refers to first."),
    ),
    Entry(
        "directory.card_unknown",
        N_("The registry knows no card with the number {number}."),
        N_("Check the ten digits of the card number."),
    ),
)
