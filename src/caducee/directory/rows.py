# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of the model to rows of the tables, and back."""

import dataclasses
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from caducee.directory import schema
from caducee.directory.model import (
    Activity,
    Card,
    CardStatus,
    Certificate,
    Identifier,
    Person,
    Qualification,
    Structure,
)
from caducee.spec.nomenclatures import CardFamily, ProductCategory

__all__ = [
    "hexadecimal",
    "of_activity",
    "of_card",
    "of_person",
    "of_structure",
    "parts_of_person",
    "to_activity",
    "to_card",
    "to_certificate",
    "to_person",
    "to_structure",
]

type _Row = dict[str, object]


def hexadecimal(serial: int) -> str:
    """Return a serial number as the documents print it: whole bytes, upper-case hexadecimal."""
    return serial.to_bytes(max(1, (serial.bit_length() + 7) // 8)).hex().upper()


def of_person(person: Person) -> _Row:
    """Return the row of a person, without identifiers and qualifications."""
    row = _fields(person)
    del row["qualifications"], row["identifiers"]
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
        **row,
        identifiers=tuple(Identifier(one["kind"], one["value"]) for one in identifiers),
        qualifications=tuple(Qualification(one["code"], one["kind"]) for one in known),
    )


def of_structure(structure: Structure) -> _Row:
    """Return the row of a structure."""
    return _fields(structure)


def to_structure(row: sa.RowMapping) -> Structure:
    """Return the structure of a row."""
    return Structure(**row)


def of_activity(activity: Activity) -> _Row:
    """Return the row of an activity."""
    return _fields(activity)


def to_activity(row: sa.RowMapping) -> Activity:
    """Return the activity of a row."""
    return Activity(**row)


def of_card(card: Card) -> _Row:
    """Return the row of a card."""
    return _fields(card) | {
        "family": card.family.value,
        "category": card.category.value,
        "status": card.status.value,
    }


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


def _fields(value: Person | Structure | Activity | Card) -> _Row:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _numbered(ps_idnat: str, parts: Iterable[Identifier | Qualification]) -> Iterator[_Row]:
    for position, part in enumerate(parts):
        yield {"ps_idnat": ps_idnat, "position": position, **dataclasses.asdict(part)}
