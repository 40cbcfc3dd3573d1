# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Many persons at once, each with all that belongs to them; memory stays that of one page."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from caducee.directory import rows, schema
from caducee.directory.model import Activity, Card, Person, Structure
from caducee.directory.registry import Registry

__all__ = ["PersonRecord", "all_persons", "persons_with"]

_PAGE = 500
"""Persons in a page; every key of it is a parameter of a statement."""


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person with their practice and their cards."""

    person: Person
    activities: tuple[tuple[Activity, Structure], ...]
    """By number."""

    cards: tuple[Card, ...]
    """Oldest first."""


def all_persons(registry: Registry) -> Iterator[PersonRecord]:
    """Yield all persons by PS_IdNat; a person entered meanwhile may be among them or not."""
    last = ""
    table = schema.person
    while True:
        query = (
            sa.select(table.c.ps_idnat)
            .where(table.c.ps_idnat > last)
            .order_by(table.c.ps_idnat)
            .limit(_PAGE)
        )
        with registry.reading() as connection:
            keys = connection.execute(query).scalars().all()
        if not keys:
            return
        yield from persons_with(registry, keys)
        last = keys[-1]


def persons_with(registry: Registry, keys: Sequence[str]) -> list[PersonRecord]:
    """Return the persons with these PS_IdNats, in the order of the keys; at most 500 of them."""
    with registry.reading() as connection:
        persons = _by_person(connection, schema.person, keys)
        identifiers = _by_person(connection, schema.identifier, keys, "position")
        qualifications = _by_person(connection, schema.qualification, keys, "position")
        cards = _by_person(connection, schema.card, keys, "issued_at")
        activities = _activities(connection, keys)
    return [
        PersonRecord(
            rows.to_person(persons[key][0], identifiers[key], qualifications[key]),
            tuple(activities[key]),
            tuple(rows.to_card(card) for card in cards[key]),
        )
        for key in keys
        if persons[key]
    ]


@cache
def _of_persons(table: sa.Table, order: str) -> sa.Select[Any]:
    """Return the statement that is asked of a table; made once, it costs nothing to make again."""
    keys = table.c.ps_idnat.in_(sa.bindparam("keys", expanding=True))
    return sa.select(table).where(keys).order_by(table.c[order])


_STRUCTURES = sa.select(schema.structure).where(
    schema.structure.c.struct_idnat.in_(sa.bindparam("keys", expanding=True))
)


def _by_person(
    connection: sa.Connection, table: sa.Table, keys: Sequence[str], order: str = "ps_idnat"
) -> defaultdict[str, list[sa.RowMapping]]:
    found: defaultdict[str, list[sa.RowMapping]] = defaultdict(list)
    for row in connection.execute(_of_persons(table, order), {"keys": list(keys)}).mappings():
        found[row["ps_idnat"]].append(row)
    return found


def _activities(
    connection: sa.Connection, keys: Sequence[str]
) -> defaultdict[str, list[tuple[Activity, Structure]]]:
    activities = _by_person(connection, schema.activity, keys, "number")
    places = sorted({line["struct_idnat"] for lines in activities.values() for line in lines})
    structures: dict[str, Structure] = {}
    for start in range(0, len(places), _PAGE):
        asked = {"keys": places[start : start + _PAGE]}
        for row in connection.execute(_STRUCTURES, asked).mappings():
            structures[row["struct_idnat"]] = rows.to_structure(row)
    found: defaultdict[str, list[tuple[Activity, Structure]]] = defaultdict(list)
    for key, lines in activities.items():
        found[key] = [(rows.to_activity(line), structures[line["struct_idnat"]]) for line in lines]
    return found
