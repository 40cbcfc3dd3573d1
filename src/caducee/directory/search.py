# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Searching a registry: conditions that all hold, answers by key and in pages.

Names are found by their beginning, without case and accents. Every page starts behind the last key
of the one before, so that a late page costs no more than the first.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

import sqlalchemy as sa

from caducee.directory import rows, schema
from caducee.directory.model import Activity, Certificate, Structure
from caducee.directory.names import after, folded
from caducee.directory.registry import Registry
from caducee.spec.nomenclatures import Table, label

__all__ = [
    "Condition",
    "Match",
    "Page",
    "SearchTarget",
    "activities_with",
    "activity_is",
    "any_of",
    "count",
    "equals",
    "everything",
    "find",
    "known_by",
    "name_starts",
    "names_start",
    "negated",
    "nothing",
    "published_certificates",
    "qualified",
    "sectors_of",
    "starts",
    "structures_with",
    "text_matches",
    "updated",
    "updated_at",
    "with_card",
    "with_sector",
]

type Condition = sa.ColumnElement[bool]
type Key = tuple[str, ...]


@unique
class SearchTarget(StrEnum):
    """What is searched for."""

    PERSON = "person"
    STRUCTURE = "structure"
    ACTIVITY = "activity"


@unique
class Match(StrEnum):
    """How a text is compared; the values are FHIR's modifiers of strings."""

    STARTS = "starts-with"
    CONTAINS = "contains"
    EXACT = "exact"


_TABLES = {
    SearchTarget.PERSON: schema.person,
    SearchTarget.STRUCTURE: schema.structure,
    SearchTarget.ACTIVITY: schema.activity,
}


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was found."""

    keys: tuple[Key, ...]
    """PS_IdNat, Struct_IdNat, or PS_IdNat and two digits of an activity; in order."""

    more: bool
    """Whether there are others behind."""


def find(
    registry: Registry,
    subject: SearchTarget,
    conditions: Iterable[Condition] = (),
    *,
    behind: Key = (),
    limit: int = 50,
) -> Page:
    """Return the keys of what meets all conditions, in order, after the key ``behind``."""
    table = _TABLES[subject]
    columns = list(table.primary_key)
    query = sa.select(*columns).where(*conditions).order_by(*columns).limit(limit + 1)
    if behind:
        query = query.where(_behind(columns, behind))
    with registry.reading() as connection:
        found = connection.execute(query).all()
    keys = tuple(_key(row) for row in found[:limit])
    return Page(keys, len(found) > limit)


def _behind(columns: Sequence[sa.Column[object]], key: Key) -> Condition:
    first = columns[0]
    if len(columns) == 1:
        return first > key[0]
    return sa.or_(first > key[0], sa.and_(first == key[0], columns[1] > int(key[1])))


def _key(row: Sequence[object]) -> Key:
    return (str(row[0]), f"{row[1]:02}") if len(row) > 1 else (str(row[0]),)


# Conditions


def everything() -> Condition:
    """Return the condition that everything meets."""
    return sa.true()


def negated(condition: Condition) -> Condition:
    """Return the condition that another is not met; what is not known does not meet it."""
    return sa.not_(sa.func.coalesce(condition, sa.false()))


def nothing() -> Condition:
    """Return the condition that nothing meets."""
    return sa.false()


def equals(subject: SearchTarget, column: str, values: Sequence[object]) -> Condition:
    """Return the condition that a column has one of these values."""
    return _TABLES[subject].c[column].in_(values)


def starts(subject: SearchTarget, column: str, texts: Sequence[str]) -> Condition:
    """Return the condition that the identifier in a column starts with one of these texts."""
    name = _TABLES[subject].c[column]
    return sa.or_(*(name.startswith(text, autoescape=True) for text in texts))


def name_starts(subject: SearchTarget, columns: Sequence[str], texts: Sequence[str]) -> Condition:
    """Return the condition that one of these names starts with one of these texts.

    ``columns`` are ``family_key`` and ``given_key`` of persons, ``name_key`` of structures.
    """
    table = _TABLES[subject]
    return sa.or_(
        *(_begins(table.c[column], folded(start)) for column in columns for start in texts)
    )


def text_matches(
    subject: SearchTarget, fields: Sequence[str], texts: Sequence[str], match: Match
) -> Condition:
    """Return the condition that one of these fields matches one of these texts.

    ``fields`` are ``family``, ``given``, ``name``, ``city`` and ``postal_code``. Only
    `Match.EXACT` looks at case and accents.
    """
    columns = _TABLES[subject].c
    pairs = [(_TEXTS[field], text) for field in fields for text in texts]
    if match is Match.EXACT:
        return sa.or_(*(columns[plain] == text for (plain, _), text in pairs))
    if match is Match.CONTAINS:
        return sa.or_(
            *(columns[key].contains(folded(text), autoescape=True) for (_, key), text in pairs)
        )
    return sa.or_(*(_begins(columns[key], folded(text)) for (_, key), text in pairs))


_TEXTS = {
    "family": ("family_name", "family_key"),
    "given": ("given_name", "given_key"),
    "name": ("name", "name_key"),
    "city": ("city", "city_key"),
    "postal_code": ("postal_code", "postal_code"),
}
"""Fields of text: the column as written, and the one that is compared without case and accents."""


def with_sector(codes: Sequence[str]) -> Condition:
    """Return the condition that somebody practises in a structure in one of these sectors."""
    table = schema.activity.c
    found = sa.select(table.struct_idnat).where(table.sector.in_(codes), table.active)
    return schema.structure.c.struct_idnat.in_(found)


def names_start(subject: SearchTarget, columns: Sequence[str], text: str) -> list[Condition]:
    """Return the conditions that each word of a text begins one of these names.

    The longest word is looked up by the index, and the others are looked at after it.
    """
    table = _TABLES[subject]
    first, *others = sorted(text.split(), key=len, reverse=True) or [""]
    if not first:
        return [nothing()]
    return [
        name_starts(subject, columns, [first]),
        *(
            sa.or_(*(_begins(table.c[column].concat(""), folded(other)) for column in columns))
            for other in others
        ),
    ]


def _begins(column: sa.ColumnElement[str], start: str) -> Condition:
    # Plain text: the order is that of the column.
    return column.between(sa.literal(start, sa.Text()), sa.literal(after(start), sa.Text()))


def known_by(numbers: Sequence[tuple[str | None, str]]) -> Condition:
    """Return the condition that a person has one of these identifiers (type of G08, number)."""
    table = schema.identifier.c
    item = sa.or_(
        *(
            table.value == value
            if kind is None
            else sa.and_(table.kind == kind, table.value == value)
            for kind, value in numbers
        )
    )
    return schema.person.c.ps_idnat.in_(sa.select(table.ps_idnat).where(item))


def with_card(numbers: Sequence[str]) -> Condition:
    """Return the condition that a person has a card of one of these numbers."""
    table = schema.card.c
    return schema.person.c.ps_idnat.in_(sa.select(table.ps_idnat).where(table.number.in_(numbers)))


def qualified(codes: Sequence[str]) -> Condition:
    """Return the condition that a person has a profession (G15, G16), category or know-how."""
    person, known = schema.person.c, schema.qualification.c
    holders = person.ps_idnat.in_(sa.select(known.ps_idnat).where(known.code.in_(codes)))
    if all(label(Table.SPECIALTIES, code) is not None for code in codes):
        return holders  # which no profession and no category is: the index alone finds them
    return sa.or_(
        person.profession.in_(codes),
        person.future_profession.in_(codes),
        person.category.in_(codes),
        holders,
    )


def any_of(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that one of these holds."""
    return sa.or_(sa.false(), *conditions)


def activity_is(key: Key) -> Condition:
    """Return the condition that an activity is the one of a key."""
    table = schema.activity.c
    return sa.and_(table.ps_idnat == key[0], table.number == int(key[1]))


def updated(
    subject: SearchTarget, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> Condition:
    """Return the condition that the last change is not before ``since``, and before ``until``."""
    column = _TABLES[subject].c.updated_at
    parts = [] if since is None else [column >= since]
    parts += [] if until is None else [column < until]
    return sa.and_(sa.true(), *parts)


# What belongs to what was found


def updated_at(
    registry: Registry, subject: SearchTarget, keys: Sequence[str]
) -> dict[Key, dt.datetime]:
    """Return the moments of the last changes; of activities by the keys of their persons."""
    table = _TABLES[subject]
    columns = list(table.primary_key)
    query = sa.select(table.c.updated_at, *columns).where(columns[0].in_(keys))
    with registry.reading() as connection:
        found = connection.execute(query).all()
    return {
        (str(row[1]), f"{row[2]:02}") if len(row) > 2 else (str(row[1]),): row[0] for row in found
    }


def structures_with(registry: Registry, keys: Sequence[str]) -> list[Structure]:
    """Return the structures of these keys, in the order of the keys."""
    table = schema.structure
    with registry.reading() as connection:
        found = connection.execute(sa.select(table).where(table.c.struct_idnat.in_(keys)))
        known = {row["struct_idnat"]: rows.to_structure(row) for row in found.mappings()}
    return [known[key] for key in keys if key in known]


def sectors_of(registry: Registry, keys: Sequence[str]) -> dict[str, list[str]]:
    """Return the sectors of the open activities in structures, each once, in order."""
    table = schema.activity.c
    query = (
        sa.select(table.struct_idnat, table.sector)
        .where(table.struct_idnat.in_(keys), table.active)
        .distinct()
        .order_by(table.struct_idnat, table.sector)
    )
    found: dict[str, list[str]] = {}
    with registry.reading() as connection:
        for key, sector in connection.execute(query):
            found.setdefault(key, []).append(sector)
    return found


def count(registry: Registry, subject: SearchTarget, conditions: Iterable[Condition]) -> int:
    """Return how many meet all conditions."""
    query = sa.select(sa.func.count()).select_from(_TABLES[subject]).where(*conditions)
    with registry.reading() as connection:
        return int(connection.execute(query).scalar_one())


def activities_with(registry: Registry, keys: Sequence[Key]) -> list[Activity]:
    """Return the activities of these keys, in the order of the keys."""
    table = schema.activity
    with registry.reading() as connection:
        query = sa.select(table).where(table.c.ps_idnat.in_({key[0] for key in keys}))
        found = [rows.to_activity(row) for row in connection.execute(query).mappings()]
    known = {(item.ps_idnat, f"{item.number:02}"): item for item in found}
    return [known[key[0], key[1]] for key in keys if (key[0], key[1]) in known]


def published_certificates(
    registry: Registry, keys: Sequence[str], now: dt.datetime
) -> dict[str, list[Certificate]]:
    """Return the certificates of persons that may be published and are good at a moment.

    Their holder consents, their card was not stopped, they are neither revoked nor out of date,
    and name the holder (the technical certificate of a card does not).
    """
    card, certificate, consent = schema.card.c, schema.certificate, schema.consent.c
    query = (
        sa.select(card.ps_idnat, certificate)
        .join_from(certificate, schema.card, certificate.c.card_number == card.number)
        .join(schema.consent, consent.ps_idnat == card.ps_idnat)
        .where(
            card.ps_idnat.in_(keys),
            consent.given,
            card.opposed_at.is_(None),
            certificate.c.revoked_at.is_(None),
            certificate.c.not_before <= now,
            certificate.c.not_after >= now,
            certificate.c.use.in_(("authentication", "signature")),
        )
        .order_by(certificate.c.card_number, certificate.c.use)
    )
    found: dict[str, list[Certificate]] = {}
    with registry.reading() as connection:
        for row in connection.execute(query).mappings():
            found.setdefault(row["ps_idnat"], []).append(_certificate(row))
    return found


def _certificate(row: sa.RowMapping) -> Certificate:
    names = {column.name for column in schema.certificate.c}
    return Certificate(
        **{name: value for name, value in row.items() if name in names}
        | {"serial": int(row["serial"], 16)}
    )
