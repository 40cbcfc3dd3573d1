# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of the model to rows of the tables, and back."""

import dataclasses
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa

from caducee.directory import schema
from caducee.directory.model import (
    Activity,
    Card,
    CardStatus,
    Certificate,
    Person,
    PersonIdentifier,
    Population,
    PublicationConsent,
    Qualification,
    Structure,
)
from caducee.directory.names import folded
from caducee.spec.nomenclatures import CardFamily, ProductCategory

__all__ = [
    "Kept",
    "hexadecimal",
    "of_activity",
    "of_card",
    "of_consent",
    "of_person",
    "of_structure",
    "parts_of_person",
    "to_activity",
    "to_card",
    "to_certificate",
    "to_person",
    "to_structure",
]

type Kept = Person | Structure | Activity | Card | PublicationConsent | Population
"""What the history records."""

type _Row = dict[str, object]


def hexadecimal(serial: int) -> str:
    """Return a serial number as the documents print it: whole bytes, upper-case hexadecimal."""
    return serial.to_bytes(max(1, (serial.bit_length() + 7) // 8)).hex().upper()


def of_person(person: Person) -> _Row:
    """Return the row of a person, without identifiers and qualifications."""
    row = _fields(person)
    del row["qualifications"], row["identifiers"]
    row["family_key"] = folded(person.family_name)
    row["given_key"] = folded(person.given_name)
    return row


def parts_of_person(person: Person) -> Iterator[tuple[sa.Table, list[_Row]]]:
    """Yield the tables of the parts of a person, with their rows in order."""
    yield schema.identifier, list(_numbered(person.ps_idnat, person.identifiers))
    yield schema.qualification, list(_numbered(person.ps_idnat, person.qualifications))


def to_person(
    row: sa.RowMapping, identifiers: Iterable[sa.RowMapping], known: Iterable[sa.RowMapping]
) -> Person:
    """Return the person of a row and of the rows of their parts."""
    return Person(
        **_known(Person, row),
        identifiers=tuple(
            PersonIdentifier(identifier["kind"], identifier["value"]) for identifier in identifiers
        ),
        qualifications=tuple(Qualification(item["code"], item["kind"]) for item in known),
    )


def of_structure(structure: Structure) -> _Row:
    """Return the row of a structure."""
    keys = {"name_key": folded(structure.name), "city_key": folded(structure.city or "")}
    return _fields(structure) | keys


def to_structure(row: sa.RowMapping) -> Structure:
    """Return the structure of a row."""
    return Structure(**_known(Structure, row))


def of_activity(activity: Activity) -> _Row:
    """Return the row of an activity."""
    return _fields(activity)


def to_activity(row: sa.RowMapping) -> Activity:
    """Return the activity of a row."""
    return Activity(**_known(Activity, row))


def of_card(card: Card) -> _Row:
    """Return the row of a card."""
    return _fields(card) | {
        "family": card.family.value,
        "category": card.category.value,
        "status": card.status.value,
    }


def of_consent(consent: PublicationConsent) -> _Row:
    """Return the row of a consent."""
    return dataclasses.asdict(consent)


def to_card(row: sa.RowMapping) -> Card:
    """Return the card of a row."""
    values = dict(row)
    return Card(
        **values
        | {
            "family": CardFamily(row["family"]),
            "category": ProductCategory(row["category"]),
            "status": CardStatus(row["status"]),
        }
    )


def to_certificate(row: sa.RowMapping) -> Certificate:
    """Return the certificate of a row."""
    return Certificate(**dict(row) | {"serial": int(row["serial"], 16)})


@cache
def _names(kind: str) -> frozenset[str]:
    kinds = {item.__name__: item for item in (Person, Structure, Activity)}
    return frozenset(field.name for field in dataclasses.fields(kinds[kind]))


def _known(kind: type[Person | Structure | Activity], row: sa.RowMapping) -> dict[str, Any]:
    """Return the columns of a row that a value has; the others serve searches."""
    names = _names(kind.__name__)
    return {name: value for name, value in row.items() if name in names}


_COLUMNS: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in dataclasses.fields(kind))
    for kind in (Person, Structure, Activity, Card, PersonIdentifier, Qualification)
}


def _fields(value: Person | Structure | Activity | Card) -> _Row:
    return {name: getattr(value, name) for name in _COLUMNS[type(value)]}


def _numbered(ps_idnat: str, parts: Iterable[PersonIdentifier | Qualification]) -> Iterator[_Row]:
    for position, part in enumerate(parts):
        own = {name: getattr(part, name) for name in _COLUMNS[type(part)]}
        yield {"ps_idnat": ps_idnat, "position": position, **own}
