# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Entering many new persons at once, with one line in the history for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from caducee.directory import rows, schema
from caducee.directory.history import Action
from caducee.directory.model import Activity, Person, Population, Structure
from caducee.directory.registry import Registry

__all__ = ["NewPerson", "enter_new"]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person whom the registry does not know, with their practice."""

    person: Person
    practices: tuple[tuple[Activity, Structure], ...] = ()
    consent: bool | None = None
    """What the person says about publication; none: nothing."""


def enter_new(registry: Registry, members: Sequence[NewPerson], of: Population) -> None:
    """Enter new persons, all or none of them; structures that are known already stay.

    A person who is known already raises `StateError` (``directory.reference_broken``).
    """
    with registry.writing() as connection:
        now = registry.now()  # in its turn: the moments of changes grow
        moved = {"updated_at": now}
        structures = {at.struct_idnat: at for item in members for _, at in item.practices}
        _insert(
            registry,
            connection,
            schema.structure,
            [rows.of_structure(at) | moved for at in structures.values()],
        )
        _add(connection, schema.person, [rows.of_person(item.person) | moved for item in members])
        parts: dict[sa.Table, list[dict[str, object]]] = {}
        for member in members:
            for table, lines in rows.parts_of_person(member.person):
                parts.setdefault(table, []).extend(lines)
        for table, lines in parts.items():
            _add(connection, table, lines)
        activities = (activity for item in members for activity, _ in item.practices)
        _add(connection, schema.activity, [rows.of_activity(item) | moved for item in activities])
        _add(
            connection,
            schema.consent,
            [
                {"ps_idnat": item.person.ps_idnat, "given": item.consent, "at": now}
                for item in members
                if item.consent is not None
            ],
        )
        registry.note((Action.ENTERED, of))


def _add(connection: sa.Connection, table: sa.Table, lines: list[dict[str, object]]) -> None:
    if lines:
        connection.execute(sa.insert(table), lines)


def _insert(
    registry: Registry,
    connection: sa.Connection,
    table: sa.Table,
    lines: list[dict[str, object]],
) -> None:
    if lines:
        connection.execute(registry.insert(table).on_conflict_do_nothing(), lines)
