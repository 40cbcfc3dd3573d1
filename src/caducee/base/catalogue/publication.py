# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``publication``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES = (
    Entry(
        "publication.address_taken",
        N_("The publication points cannot listen on {address}: {reason}."),
        N_("Stop the program that uses it, or set another port in sandbox.toml."),
    ),
)
