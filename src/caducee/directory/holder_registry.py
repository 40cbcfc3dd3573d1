# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry as a relying party asks it (`caducee.relying.registry.HolderRegistry`)."""

from dataclasses import dataclass

import sqlalchemy as sa

from caducee.directory import schema
from caducee.directory.model import CardStatus
from caducee.directory.registry import Registry
from caducee.spec.cards import CARD_ISSUER

__all__ = ["DirectoryActivity", "DirectoryHolder", "DirectoryHolderRegistry"]


@dataclass(frozen=True, slots=True)
class DirectoryActivity:
    """A practice situation that is open today."""

    key: str
    """Number of the situation, two digits, as on the card: ``01`` to ``16``."""

    structure_id: str
    """Struct_IdNat of the structure."""

    structure_name: str
    """Name of the structure."""

    sector: str | None
    """Code of TRE_R02."""

    mode: str | None
    """Code of table G17."""


@dataclass(frozen=True, slots=True)
class DirectoryHolder:
    """A person as a relying party sees them."""

    ps_idnat: str
    """PS_IdNat."""

    family_name: str
    """Family name of practice."""

    given_name: str
    """Given name."""

    profession: str | None
    """Code of TRE_G15."""

    specialties: tuple[str, ...]
    """Codes of TRE_R01."""

    activities: tuple[DirectoryActivity, ...]
    """Practice situations that are open today, by number."""

    active: bool
    """Whether the holder may practise today."""


class DirectoryHolderRegistry:
    """Answers who a holder is, and whether a card is in use, from the registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def holder(self, ps_idnat: str) -> DirectoryHolder | None:
        """Return the holder of that PS_IdNat, or none when the registry has none."""
        if not ps_idnat.isprintable():
            return None  # read from a certificate: it may be anything
        with self._registry.reading() as connection:
            person = self._registry.persons.get(ps_idnat)
            if person is None:
                return None
            return DirectoryHolder(
                ps_idnat=person.ps_idnat,
                family_name=person.family_name,
                given_name=person.given_name,
                profession=person.profession,
                specialties=tuple(qualification.code for qualification in person.qualifications),
                activities=_open_activities(connection, ps_idnat),
                active=person.active,
            )

    def card_active(self, card_id: str) -> bool | None:
        """Tell whether a card is in use: false when opposed, none when unknown.

        ``card_id`` is written as in the certificate, ``8025000001/2800636234``.
        """
        issuer, _, number = card_id.partition("/")
        known = issuer == CARD_ISSUER and number.isascii() and number.isdigit()
        card = self._registry.cards.get(number) if known else None
        return None if card is None else card.status is CardStatus.ACTIVE


_ACTIVITY, _STRUCTURE = schema.activity.c, schema.structure.c
_OPEN_ACTIVITIES = (
    sa.select(_ACTIVITY.number, _ACTIVITY.sector, _ACTIVITY.mode, _STRUCTURE.struct_idnat)
    .add_columns(_STRUCTURE.name)
    .join_from(schema.activity, schema.structure)
    .where(_ACTIVITY.ps_idnat == sa.bindparam("ps_idnat"), _ACTIVITY.active, _STRUCTURE.active)
    .order_by(_ACTIVITY.number)
)
"""Made once: every login asks it."""


def _open_activities(connection: sa.Connection, ps_idnat: str) -> tuple[DirectoryActivity, ...]:
    return tuple(
        DirectoryActivity(f"{row.number:02}", row.struct_idnat, row.name, row.sector, row.mode)
        for row in connection.execute(_OPEN_ACTIVITIES, {"ps_idnat": ps_idnat})
    )
