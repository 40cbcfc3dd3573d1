# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who changed what, and when: the history of a registry, which is only added to.

The database itself refuses to change or remove a line. A change is kept in the transaction that
makes it: each change has its line, each line its change.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import msgspec
import sqlalchemy as sa

from caducee.directory import schema
from caducee.directory.model import (
    Activity,
    Card,
    Person,
    Population,
    PublicationConsent,
    Structure,
)
from caducee.directory.rows import Kept

__all__ = ["Action", "HistoryEntry", "HistorySubject", "history", "history_of_person", "note"]


@unique
class HistorySubject(StrEnum):
    """What was changed."""

    PERSON = "person"
    STRUCTURE = "structure"
    ACTIVITY = "activity"
    CARD = "card"
    CONSENT = "consent"
    POPULATION = "population"
    """Many persons at once, made by a rule: one line stands for all of them."""


@unique
class Action(StrEnum):
    """How it was changed."""

    ENTERED = "entered"
    CHANGED = "changed"
    REMOVED = "removed"
    OPPOSED = "opposed"
    """A card was stopped for good."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the history."""

    number: int
    """Place in the history; grows."""

    at: dt.datetime
    """Moment, UTC, by the registry's clock."""

    actor: str
    """Who did it: a user of the system, or what a service calls itself."""

    subject: HistorySubject
    action: Action

    key: str
    """What is known by: PS_IdNat, Struct_IdNat, ``PS_IdNat#number`` of an activity, card number."""

    ps_idnat: str | None
    """The person concerned."""

    state: Mapping[str, Any]
    """All facts as they were after the change; as they were before, if it was removed."""


_SUBJECTS: dict[type, HistorySubject] = {
    Person: HistorySubject.PERSON,
    Structure: HistorySubject.STRUCTURE,
    Activity: HistorySubject.ACTIVITY,
    Card: HistorySubject.CARD,
    PublicationConsent: HistorySubject.CONSENT,
    Population: HistorySubject.POPULATION,
}


def note(
    connection: sa.Connection, at: dt.datetime, actor: str, changes: list[tuple[Action, Kept]]
) -> None:
    """Add lines for changes that are made on the same connection."""
    if changes:
        lines = [{"at": at, "actor": actor, **_line(*change)} for change in changes]
        connection.execute(sa.insert(schema.history), lines)


def history(
    connection: sa.Connection, subject: HistorySubject, key: str | None = None, *, after: int = 0
) -> Iterator[HistoryEntry]:
    """Yield the history of one subject, or of all of its kind, oldest first.

    ``after``: only lines with a greater number, to go on where an earlier reading ended.
    """
    table = schema.history.c
    where = [table.subject == subject.value, table.number > after]
    if key is not None:
        where.append(table.key == key)
    yield from _changes(connection, sa.and_(*where))


def history_of_person(connection: sa.Connection, ps_idnat: str) -> Iterator[HistoryEntry]:
    """Yield all that happened to a person, their activities, cards and consent, oldest first."""
    yield from _changes(connection, schema.history.c.ps_idnat == ps_idnat)


def _changes(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Iterator[HistoryEntry]:
    query = sa.select(schema.history).where(where).order_by(schema.history.c.number)
    for row in connection.execute(query).mappings():
        values = dict(row)
        yield HistoryEntry(
            **values
            | {
                "subject": HistorySubject(row["subject"]),
                "action": Action(row["action"]),
                "state": msgspec.json.decode(row["state"]),
            }
        )


def _line(action: Action, value: Kept) -> dict[str, object]:
    return {
        "subject": _SUBJECTS[type(value)].value,
        "key": _key(value),
        "ps_idnat": getattr(value, "ps_idnat", None),
        "action": action.value,
        "state": msgspec.json.encode(dataclasses.asdict(value)).decode(),
    }


def _key(value: Kept) -> str:
    match value:
        case Person() | PublicationConsent():
            return value.ps_idnat
        case Structure():
            return value.struct_idnat
        case Activity():
            return f"{value.ps_idnat}#{value.number:02}"
        case Card():
            return value.number
        case Population():
            return f"{value.seed}#{value.first}"
