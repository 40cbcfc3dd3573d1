# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``card``: card images, and what goes into them."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_FAULTS = (
    Entry(
        "card.fault_unknown",
        N_("Unknown fault: {name}."),
        N_("List the faults with: caducee card fault --list."),
    ),
)

ENTRIES: tuple[Entry, ...] = (
    *_FAULTS,
    Entry(
        "card.content_wrong",
        N_("Invalid card content: {part}: {reason}."),
        N_("Correct this part of the content and issue the card again."),
    ),
    Entry(
        "card.face_absent",
        N_("The card {card} has no {face} interface."),
        N_("Use another interface, or issue a card with this one."),
    ),
    Entry(
        "card.image_foreign",
        N_("{path} is not a card image."),
        N_("Pass a card file written by “caducee card issue”."),
    ),
    Entry(
        "card.image_in_use",
        N_("The card image {path} is in use by a running card."),
        N_("Eject that card, or work on a copy of the file."),
    ),
    Entry(
        "card.image_unreadable",
        N_("The card image {path} cannot be read: {reason}."),
        N_("Check the path, permissions and integrity of the file; otherwise restore a backup."),
    ),
    Entry(
        "card.image_version",
        N_("Unsupported card image {path}: version {found}, expected {known}."),
        N_("Use the release of caducee that wrote it, or issue the card again."),
    ),
    Entry(
        "card.image_wrong",
        N_("Invalid card image {path} at {place}: {reason}."),
        N_("Correct the file there, or issue the card again."),
    ),
    Entry(
        "card.store_closed",
        N_("The card image {path} is closed: a running card tried to write it."),
        N_("Insert the card again."),
    ),
)
