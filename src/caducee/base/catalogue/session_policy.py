# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the session policy of a workstation."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

__all__ = ["ENTRIES"]

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "session_policy.activity_unknown",
        N_("The card has no activity {activity}."),
        N_("Choose one of those that the card has; a card that was updated may have others."),
    ),
    Entry(
        "session_policy.activity_needed",
        N_("The card has several activities ({count}), and none was chosen."),
        N_("Choose one; it can be remembered for this service."),
    ),
    Entry(
        "session_policy.activity_none",
        N_("The card has no activity."),
        N_("Work without one, or have the card updated."),
    ),
    Entry(
        "session_policy.key_wrong",
        N_("This key of the card ({use}) is not for this ({purpose})."),
        N_(
            "Use the authentication key to log in, and the signature key to sign documents; a "
            "program that cannot choose needs separate_keys = false."
        ),
    ),
)
