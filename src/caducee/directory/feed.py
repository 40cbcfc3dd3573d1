# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which persons a change of the registry, or the passing of time, concerns.

Moments of changes are those of the registry's clock. On SQLite writers take turns, so that a later
change never has an earlier moment; on PostgreSQL a transaction may come to light some time after
its moment: so a reader looks back as far as `look_back` says, and knows again what they have seen.
"""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from caducee.directory import schema
from caducee.directory.registry import Registry

__all__ = ["STREAMS", "changed", "look_back", "turned"]

_PERSON, _ACTIVITY, _STRUCTURE = schema.person.c, schema.activity.c, schema.structure.c
_CARD, _CERTIFICATE = schema.card.c, schema.certificate.c
_LATE = {"postgresql": dt.timedelta(seconds=60)}

type Changed = tuple[str, dt.datetime]
"""PS_IdNat and moment."""

_HELD = sa.join(schema.certificate, schema.card, _CERTIFICATE.card_number == _CARD.number)
_AT = sa.join(schema.activity, schema.structure)

STREAMS = ("person", "activity", "structure", "revocation")
"""What changes: persons with cards and consent, where they practise, certificates."""

_COLUMNS = {
    "person": (_PERSON.ps_idnat, _PERSON.updated_at, schema.person),
    "activity": (_ACTIVITY.ps_idnat, _ACTIVITY.updated_at, schema.activity),
    "structure": (_ACTIVITY.ps_idnat, _STRUCTURE.updated_at, _AT),
    "revocation": (_CARD.ps_idnat, _CERTIFICATE.revoked_at, _HELD),
}


def look_back(registry: Registry) -> dt.timedelta:
    """Return how long after its moment a change may come to light."""
    return _LATE.get(registry.dialect, dt.timedelta())


def changed(
    registry: Registry, stream: str, since: dt.datetime, behind: str, most: int
) -> Sequence[Changed]:
    """Return the next persons of a stream: at that moment behind that PS_IdNat, or later."""
    person, moment, table = _COLUMNS[stream]
    where = sa.or_(moment > since, sa.and_(moment == since, person > behind))
    query = (
        sa.select(person, moment)
        .select_from(table)
        .where(moment >= since, where)
        .order_by(moment, person)
        .limit(most)
    )
    with registry.reading() as connection:
        return [(str(row[0]), row[1]) for row in connection.execute(query)]


def turned(registry: Registry, since: dt.datetime, until: dt.datetime) -> Sequence[str]:
    """Return the persons with a certificate that began or ended after a moment, up to another."""
    holder = sa.select(_CARD.ps_idnat).select_from(_HELD)
    # A certificate is good up to its last moment, and no longer bad from its first.
    query = holder.where(_CERTIFICATE.not_after >= since, _CERTIFICATE.not_after < until).union(
        holder.where(_CERTIFICATE.not_before > since, _CERTIFICATE.not_before <= until)
    )
    with registry.reading() as connection:
        return connection.execute(query).scalars().all()
