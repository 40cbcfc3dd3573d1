# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pieces: every single card and certificate of an order, from its plan to its end."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum, unique

from caducee.services.ordering.catalogue import ProductKind

__all__ = ["Piece", "PieceState", "Progress", "StopReason"]


@unique
class PieceState(StrEnum):
    """Where a card or certificate stands in its life."""

    PLANNED = "planned"
    """Will be made."""

    FAILED = "failed"
    """Cannot be made; the reason stands beside it."""

    MADE = "made"
    """Made and recorded, not handed over yet."""

    TAKEN = "taken"
    """Handed over; waits for its activation."""

    ACTIVE = "active"
    """In use."""

    STOPPED = "stopped"
    """Opposed for good, its certificates revoked."""

    DESTROYED = "destroyed"
    """Gone; final."""


@unique
class StopReason(StrEnum):
    """Why a card is stopped."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    CHANGED = "changed"
    """The holder's data changed: another card says what is true now."""

    RENEWED = "renewed"
    """The card after it is in use."""

    ENDED = "ended"
    """The test use is over."""

    DESTROYED = "destroyed"
    """Destroyed by its owner before its end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One card or certificate of an order."""

    order: str
    """Id of the order."""

    place: int
    """Place in the order, from 1."""

    kind: ProductKind
    product: str
    """Name of the product."""

    state: PieceState
    card_number: str | None
    """The ten digits; none for a certificate, and before it is made."""

    issuer: str | None
    """CN of the issuing CA, of a certificate that was made."""

    serial: str | None
    """Serial number, hexadecimal, of a certificate that was made."""

    waits: bool
    """Whether its content still waits to be handed over."""

    made_at: dt.datetime | None
    taken_at: dt.datetime | None
    activated_at: dt.datetime | None
    ended_at: dt.datetime | None
    reason: str | None
    """Why it was stopped (a `StopReason`), or a code of the catalogue why it was not made."""

    replaces: str | None
    """Number of the card that this one takes the place of."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the making of an order is."""

    planned: int
    """Still to be made."""

    made: int
    """Made, whatever became of them since."""

    failed: int
    """That cannot be made."""

    began_at: dt.datetime | None
    """When the first one was made, UTC."""

    left: dt.timedelta | None
    """Estimate of the time that is still needed; none before there is anything to tell by."""

    error: str | None
    """What stopped the worker last, when it waits to try again or gave up."""

    given_up: bool
    """Whether nobody tries any more until a person looks."""

    @property
    def total(self) -> int:
        """All pieces of the order."""
        return self.planned + self.made + self.failed
