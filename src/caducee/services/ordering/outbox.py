# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The outbox: events for those who must know, such as e-CPS and doors."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum, unique

__all__ = ["Event", "EventKind"]


@unique
class EventKind(StrEnum):
    """What happened to a card."""

    ISSUED = "card.issued"
    ACTIVATED = "card.activated"
    STOPPED = "card.stopped"
    REPLACED = "card.replaced"
    RENEWAL_DUE = "card.renewal-due"
    DESTROYED = "card.destroyed"


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    number: int
    """Grows without gaps; a reader keeps the number that it has read to."""

    at: dt.datetime
    kind: EventKind
    subject: str
    """Number of the card."""

    body: str
    """JSON of the documented schema."""
