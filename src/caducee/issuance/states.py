# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The state in which a card leaves the issuer: new, or already as a card of some age may be."""

import datetime as dt
from enum import StrEnum, unique

import msgspec

from caducee.base.dates import years_later
from caducee.spec import ours
from caducee.spec.cards import CARD_YEARS
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.faults.pins import settled
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault

__all__ = ["CardState", "image_in", "start_of"]


@unique
class CardState(StrEnum):
    """A state; the value is the word of profiles and files."""

    NEW = "new"
    NEAR_EXPIRY = "near-expiry"
    """Valid for some days more."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    """Stopped at once, its certificates in the published list."""

    LAST_TRY = "last-try"
    """The next wrong code blocks it."""

    BLOCKED = "blocked"
    """The PIN is blocked after three wrong tries; the PUK unblocks it."""

    BLOCKED_FOR_EVER = "blocked-for-ever"
    """The PUK is blocked, too."""

    UNUSED_BITS = "unused-bits"
    """A wrong byte in the certificates, as some cards had it."""

    UPDATE_INCOMPLETE = "update-incomplete"
    UPDATE_EMPTY = "update-empty"
    KEYS_EXCHANGED = "keys-exchanged"
    """Signature and authentication key stand in each other's place."""


def start_of(state: CardState, now: dt.datetime) -> dt.datetime:
    """Return when the certificates of a card in a state become valid."""
    days = ours.table("issuance.states")
    expiry_today = years_later(now, -CARD_YEARS)
    match state:
        case CardState.NEAR_EXPIRY:
            return expiry_today + dt.timedelta(days=days.integer("days_left"))
        case CardState.EXPIRED:
            return expiry_today - dt.timedelta(days=days.integer("days_over"))
        case CardState.NOT_YET_VALID:
            return now + dt.timedelta(days=days.integer("days_ahead"))
        case _:
            return now


def image_in(state: CardState, image: CardImage) -> CardImage:
    """Return a new card's image in a state: fewer PIN or PUK tries, or a fault in its data."""
    if state not in _OF_THE_CARD:
        return image
    fault = Fault(name=FaultName(state.value))
    return settled(msgspec.structs.replace(image, faults=(fault,)))


_OF_THE_CARD = frozenset(
    {
        CardState.LAST_TRY,
        CardState.BLOCKED,
        CardState.BLOCKED_FOR_EVER,
        CardState.UNUSED_BITS,
        CardState.UPDATE_INCOMPLETE,
        CardState.UPDATE_EMPTY,
        CardState.KEYS_EXCHANGED,
    }
)
"""States that are faults of the card itself; `caducee card fault` takes those of data away."""
