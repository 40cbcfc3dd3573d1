# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sentences that several pages say of readers and what is in them."""

from typing import Final

from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.base.nouns import shown
from caducee.desktop.manager.model.live import ReaderSnapshot, SlotContent

__all__ = ["inside_text", "prompt", "reader_line"]

_INSIDE: Final = {
    SlotContent.EMPTY: N_("no card"),
    SlotContent.LOOKING: N_("a card is being looked at"),
    SlotContent.CARD: N_("CPS card"),
    SlotContent.FOREIGN: N_("a card that is no CPS"),
    SlotContent.MUTE: N_("a card that does not answer"),
    SlotContent.UNREADABLE: N_("a card that cannot be read"),
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
    SlotContent.LOOKING: N_("The card in the reader {reader} is being looked at."),
    SlotContent.CARD: N_("Your card is in the reader {reader}; take it out to use another."),
    SlotContent.FOREIGN: N_("Take this card out of the reader {reader}, and insert your CPS."),
    SlotContent.MUTE: N_(
        "Take the card out of the reader {reader}, and insert it the other way round."
    ),
    SlotContent.UNREADABLE: N_("Take the card out of the reader {reader}, and insert it again."),
}


def prompt(now: ReaderSnapshot | None) -> str:
    """Return what the holder shall do with their card; it names the reader."""
    if now is None:
        return _("Plug a card reader in.")
    return _(_PROMPTS[now.inside]).format(reader=now.name)
