# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sentences that several pages say of readers and what is in them."""

from typing import Final

from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.base.nouns import shown
from caducee.desktop.manager.model.live import ReaderSnapshot, SlotContent

__all__ = ["inside_text", "looking", "prompt", "reader_line"]

_INSIDE: Final = {
    SlotContent.EMPTY: N_("no card"),
    SlotContent.LOOKING: N_("reading the card"),
    SlotContent.CARD: N_("CPS card"),
    SlotContent.FOREIGN: N_("not a CPS card"),
    SlotContent.MUTE: N_("card not responding"),
    SlotContent.UNREADABLE: N_("unreadable card"),
}


def inside_text(now: ReaderSnapshot, card_type: bool = True) -> str:
    """Return what is in a reader; with ``card_type`` also which side of which card."""
    if now.card is not None and card_type:
        return str(shown("face", now.card.face.value))
    return _(_INSIDE[now.inside])


def reader_line(now: ReaderSnapshot | None, card_type: bool = True) -> str:
    """Return one line: the reader in use, and what is in it."""
    if now is None:
        return _("No reader")
    return _("{reader}: {inside}").format(reader=now.name, inside=inside_text(now, card_type))


_PROMPTS: Final = {
    SlotContent.EMPTY: N_("Insert your card into the reader {reader}."),
    SlotContent.LOOKING: N_("Reading the card in the reader {reader}."),
    SlotContent.CARD: N_("Your card is in the reader {reader}; remove it to use another."),
    SlotContent.FOREIGN: N_("Remove this card from the reader {reader} and insert your CPS."),
    SlotContent.MUTE: N_(
        "Remove the card from the reader {reader} and insert it the other way round."
    ),
    SlotContent.UNREADABLE: N_("Remove the card from the reader {reader} and insert it again."),
}


def looking() -> str:
    """Return what is shown before anything is known of the readers."""
    return _("Looking for readers…")


def prompt(now: ReaderSnapshot | None) -> str:
    """Return what the holder shall do with their card; it names the reader."""
    if now is None:
        return _("Connect a card reader.")
    return _(_PROMPTS[now.inside]).format(reader=now.name)
