# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The persons of a registry as directories publish them, many at once."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sa

from caducee.directory import rows, schema
from caducee.directory.ldap.publication import PublishedPerson
from caducee.directory.model import Person, Structure
from caducee.directory.registry import Registry
from caducee.directory.search import published_certificates

__all__ = ["PAGE", "RegistryPersons"]

PAGE = 1000
"""Persons of one look."""

_PERSON, _ACTIVITY = schema.person.c, schema.activity.c


class RegistryPersons:
    """The persons of a registry who are in practice, with the certificates that may be shown.

    Certificates are shown with the holder's consent. Revoked ones and those out of their time are
    left out, as are those of stopped cards.
    """

    def __init__(self, registry: Registry, now: Callable[[], dt.datetime]) -> None:
        self._registry = registry
        self._now = now

    def persons(self) -> Iterator[PublishedPerson]:
        """Yield every person in practice, by PS_IdNat; memory stays that of a page."""
        last = ""
        while keys := self.keys(last):
            yield from self.of(keys)
            last = keys[-1]

    def keys(self, behind: str) -> Sequence[str]:
        """Return the next PS_IdNats behind one, in order, also of who is not in practice."""
        column = _PERSON.ps_idnat
        query = sa.select(column).where(column > behind).order_by(column).limit(PAGE)
        with self._registry.reading() as connection:
            return connection.execute(query).scalars().all()

    def of(self, keys: Sequence[str]) -> Iterator[PublishedPerson]:
        """Yield those of these persons who are in practice; `PAGE` of them at most."""
        query = (
            sa.select(schema.person)
            .where(_PERSON.ps_idnat.in_(keys), _PERSON.active)
            .order_by(_PERSON.ps_idnat)
        )
        with self._registry.reading() as connection:
            found = connection.execute(query).mappings().all()
            persons = [rows.to_person(row, (), ()) for row in found]
            certificates = published_certificates(
                self._registry, [item.ps_idnat for item in persons], self._now()
            )
            places = _structures(connection, [item.ps_idnat for item in persons if _staff(item)])
        for person in persons:
            mine = certificates.get(person.ps_idnat, ())
            uses = {
                use: tuple(item.der for item in mine if item.use == use)
                for use in ("authentication", "signature")
            }
            yield PublishedPerson(person, places.get(person.ps_idnat), **uses)


def _staff(person: Person) -> bool:
    return person.profession is None and person.future_profession is None


def _structures(connection: sa.Connection, keys: Sequence[str]) -> dict[str, Structure]:
    """Return the structure of the first activity of each person."""
    if not keys:
        return {}
    query = (
        sa.select(_ACTIVITY.ps_idnat, schema.structure)
        .join_from(schema.activity, schema.structure)
        .where(_ACTIVITY.ps_idnat.in_(keys))
        .order_by(_ACTIVITY.ps_idnat, _ACTIVITY.number)
    )
    found: dict[str, Structure] = {}
    for row in connection.execute(query).mappings():
        if row["ps_idnat"] not in found:
            found[row["ps_idnat"]] = rows.to_structure(row)
    return found
