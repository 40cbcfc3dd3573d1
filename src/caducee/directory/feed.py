# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which persons a change of the registry, or the passing of time, concerns.

Moments of changes are those of the registry's clock. On SQLite writers take turns, so that a later
change never has an earlier moment; on PostgreSQL a transaction may come to light some time after
its moment: so a reader looks back as far as `look_back` says, and knows again what they have seen.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from caducee.directory import schema
from caducee.directory.registry import Registry

__all__ = ["STREAMS", "Changed", "changed", "look_back", "turned"]

_PERSON, _ACTIVITY, _STRUCTURE = schema.person.c, schema.activity.c, schema.structure.c
_CARD, _CERTIFICATE = schema.card.c, schema.certificate.c
type _Text = sa.ColumnElement[str]

_LATE = {"postgresql": dt.timedelta(seconds=60)}

_HELD = sa.join(schema.certificate, schema.card, _CERTIFICATE.card_number == _CARD.number)
_AT = sa.join(schema.activity, schema.structure)

STREAMS = ("person", "activity", "structure", "revocation")
"""What changes: persons with cards and consent, where they practise, certificates."""

_COLUMNS: dict[str, tuple[sa.FromClause, sa.ColumnElement[dt.datetime], tuple[_Text, _Text]]] = {
    "person": (schema.person, _PERSON.updated_at, (_PERSON.ps_idnat, sa.literal(""))),
    "activity": (
        schema.activity,
        _ACTIVITY.updated_at,
        (_ACTIVITY.ps_idnat, sa.cast(_ACTIVITY.number, sa.Text)),
    ),
    "structure": (_AT, _STRUCTURE.updated_at, (_ACTIVITY.ps_idnat, _STRUCTURE.struct_idnat)),
    "revocation": (_HELD, _CERTIFICATE.revoked_at, (_CARD.ps_idnat, _CERTIFICATE.serial)),
}


@dataclass(frozen=True, slots=True)
class Changed:
    """One change."""

    moment: dt.datetime
    ps_idnat: str
    """Whom it concerns."""

    part: str = ""
    """Which activity, structure or certificate of theirs."""


def look_back(registry: Registry) -> dt.timedelta:
    """Return how long after its moment a change may come to light."""
    return _LATE.get(registry.dialect, dt.timedelta())


def changed(registry: Registry, stream: str, behind: Changed, most: int) -> Sequence[Changed]:
    """Return the next changes of a stream behind one, which need not be there."""
    table, moment, keys = _COLUMNS[stream]
    same = sa.and_(moment == behind.moment, sa.tuple_(*keys) > (behind.ps_idnat, behind.part))
    query = (
        sa.select(moment, *keys)
        .select_from(table)
        .where(moment >= behind.moment, sa.or_(moment > behind.moment, same))
        .order_by(moment, *keys)
        .limit(most)
    )
    with registry.reading() as connection:
        return [Changed(row[0], str(row[1]), str(row[2])) for row in connection.execute(query)]


def turned(registry: Registry, since: dt.datetime, until: dt.datetime) -> Sequence[str]:
    """Return the persons with a certificate that began or ended after a moment, up to another."""
    holder = sa.select(_CARD.ps_idnat).select_from(_HELD)
    # A certificate is good up to its last moment, and no longer bad from its first.
    query = holder.where(_CERTIFICATE.not_after >= since, _CERTIFICATE.not_after < until).union(
        holder.where(_CERTIFICATE.not_before > since, _CERTIFICATE.not_before <= until)
    )
    with registry.reading() as connection:
        return connection.execute(query).scalars().all()
