# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The outbox: events for those who must know, such as e-CPS and doors.

An event is entered in the transaction that causes it, so that none is lost and none reports what
did not happen. The schema of the bodies is that of `CardEvent`; `schema` returns it.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import msgspec
import sqlalchemy as sa

from caducee.directory.model import Card
from caducee.directory.registry import Registry
from caducee.services.ordering import schema as tables
from caducee.services.ordering.items import StopReason

__all__ = ["CardEvent", "Event", "EventKind", "Outbox", "schema"]

_TABLE = tables.outbox
_COUNTER = "ordering-outbox"


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
    """JSON of the documented schema (`CardEvent`)."""


class CardEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an event: what happened to which card, and to whom it belongs."""

    event: EventKind
    at: dt.datetime
    """When, UTC."""

    card: str
    """Number of the card, ten digits."""

    family: str
    """``CPS``, ``CPF``, ``CPE`` or ``CPA``."""

    holder: str
    """PS_IdNat of the holder."""

    expires_at: dt.datetime
    """End of validity, UTC."""

    reason: StopReason | None = None
    """Why it was stopped."""

    replaces: str | None = None
    """Number of the card before it."""

    replaced_by: str | None = None
    """Number of the card after it."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the bodies."""
    return msgspec.json.schema(CardEvent)


class Outbox:
    """The events of one service."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add(
        self,
        kind: EventKind,
        card: Card,
        *,
        reason: StopReason | None = None,
        replaces: str | None = None,
        replaced_by: str | None = None,
    ) -> None:
        """Enter an event in the transaction of its cause, after its line of the trail.

        Trail and outbox are always locked in this order, so that no two transactions wait for
        each other.
        """
        now = self._registry.now()
        body = CardEvent(
            event=kind,
            at=now,
            card=card.number,
            family=card.family.name,
            holder=card.ps_idnat,
            expires_at=card.expires_at,
            reason=reason,
            replaces=replaces,
            replaced_by=replaced_by,
        )
        with self._registry.writing() as connection:
            row = {
                "number": self._registry.draw(_COUNTER)[0],
                "at": now,
                "kind": kind.value,
                "subject": card.number,
                "body": msgspec.json.encode(body).decode(),
            }
            connection.execute(sa.insert(_TABLE).values(row))

    def events(self, *, after: int = 0, count: int = 100) -> tuple[Event, ...]:
        """Return some events after a number, in order."""
        query = sa.select(_TABLE).where(_TABLE.c.number > after).order_by(_TABLE.c.number)
        with self._registry.reading() as connection:
            rows = connection.execute(query.limit(count)).mappings()
            return tuple(Event(**{**row, "kind": EventKind(row["kind"])}) for row in rows)
