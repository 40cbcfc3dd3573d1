# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``codec``: bytes and texts that do not follow their format."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_OTHER_COPY = N_("Read the card again; if it happens again, the card or the file is damaged.")
_SENDER = N_("The program that sent this command is at fault; report it to its maker.")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "codec.apdu_expected",
        N_("A command cannot ask for {le} bytes; 1 to 65536 are possible."),
        _SENDER,
    ),
    Entry(
        "codec.apdu_header",
        N_("The header of a command has a value that cannot be written."),
        _SENDER,
    ),
    Entry(
        "codec.apdu_length",
        N_("The lengths in a command of {size} bytes contradict each other."),
        _SENDER,
    ),
    Entry(
        "codec.response_length",
        N_("An answer of {size} bytes is no answer of a card."),
        N_("Take the card out and insert it again; if it happens again, try another reader."),
    ),
    Entry(
        "codec.tlv_depth",
        N_("Data objects are nested too deeply at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_length",
        N_("The length of a data object is wrong at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_missing",
        N_("The data object {tag} is missing."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_primitive",
        N_("The data object {tag} cannot hold other objects."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_tag",
        N_("The tag of a data object is wrong at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_trailing",
        N_("There are bytes left after a data object, at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_truncated",
        N_("A data object ends too early, at byte {offset}."),
        _OTHER_COPY,
    ),
)
