# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``pin``: asking the holder for a code."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "pin.line_malformed",
        N_("The program that asks for the PIN does not follow the protocol."),
        N_("Check the setting pin_entry.program."),
    ),
    Entry(
        "pin.program_absent",
        N_("The program that asks for the PIN does not start ({program}: {reason})."),
        N_("Install caducee with the extra desktop, or check the setting pin_entry.program."),
    ),
    Entry(
        "pin.cancelled",
        N_("The holder did not enter the PIN."),
        N_("Repeat the operation, and enter the PIN of the card."),
    ),
    Entry(
        "pin.timeout",
        N_("The PIN was not entered in time."),
        N_("Repeat the operation, and enter the PIN of the card."),
    ),
    Entry(
        "pin.new_codes_differ",
        N_("The new PIN was not entered twice the same; nothing was changed."),
        N_("Repeat the change, and enter the new PIN twice at the reader."),
    ),
    Entry(
        "pin.pad_length",
        N_("The reader took no PIN of that length."),
        N_("Repeat the operation with a PIN as long as the card's."),
    ),
    Entry(
        "pin.pad_refuses",
        N_("The PIN pad lacks a function that this card needs."),
        N_("Enter the PIN at the keyboard (setting pin_entry.pin_pad), or use another reader."),
    ),
    Entry(
        "pin.file_unsafe",
        N_("The file of the PIN cannot be used ({path}: {reason})."),
        N_("Give the agent a file of mode 0600 that belongs to its user and holds the PIN alone."),
    ),
)
