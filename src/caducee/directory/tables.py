# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The parts of the registry: persons, consents, structures, activities, cards and certificates."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from caducee.base.errors import IssueError
from caducee.directory import rows, schema
from caducee.directory.history import Action
from caducee.directory.model import (
    Activity,
    Card,
    CardStatus,
    Certificate,
    Person,
    PublicationConsent,
    Structure,
)

if TYPE_CHECKING:
    from caducee.directory.registry import Registry

__all__ = ["Activities", "Cards", "Certificates", "Consents", "Persons", "Structures"]


class RegistryTable:
    """A part of the registry, in the transactions of the whole."""

    def __init__(self, registry: "Registry") -> None:
        self._registry = registry

    def _note_put(self, before: rows.Kept | None, after: rows.Kept) -> None:
        self._registry.note((Action.ENTERED if before is None else Action.CHANGED, after))

    def _touch(self, connection: sa.Connection, ps_idnat: str) -> None:
        """Count a change of what belongs to a person as one of the person."""
        table = schema.person
        where = table.c.ps_idnat == ps_idnat
        connection.execute(sa.update(table).where(where).values(updated_at=self._registry.now()))

    def _moved(self, row: dict[str, object]) -> dict[str, object]:
        return row | {"updated_at": self._registry.now()}

    def _upsert(
        self, connection: sa.Connection, table: sa.Table, values: dict[str, object]
    ) -> None:
        keys = [column.name for column in table.primary_key]
        others = {name: value for name, value in values.items() if name not in keys}
        connection.execute(
            self._registry.insert(table)
            .values(values)
            .on_conflict_do_update(index_elements=keys, set_=others)
        )


class Persons(RegistryTable):
    """Persons: who they are, and the identifiers they are known by."""

    def put(self, person: Person) -> None:
        """Enter a person, or replace what is known of them; activities and cards stay."""
        with self._registry.writing() as connection:
            before = self.get(person.ps_idnat)
            if before == person:
                return
            self._note_put(before, person)
            self._upsert(connection, schema.person, self._moved(rows.of_person(person)))
            for table, lines in rows.parts_of_person(person):
                connection.execute(sa.delete(table).where(table.c.ps_idnat == person.ps_idnat))
                if lines:
                    connection.execute(sa.insert(table), lines)

    def get(self, ps_idnat: str) -> Person | None:
        """Return a person, or none."""
        with self._registry.reading() as connection:
            asked = {"ps_idnat": ps_idnat}
            row = connection.execute(_PERSON, asked).mappings().one_or_none()
            if row is None:
                return None
            return rows.to_person(
                row,
                connection.execute(_IDENTIFIERS, asked).mappings().all(),
                connection.execute(_QUALIFICATIONS, asked).mappings().all(),
            )

    def all(self) -> tuple[Person, ...]:
        """Return all persons by PS_IdNat; only for small registries."""
        with self._registry.reading() as connection:
            found = connection.execute(
                sa.select(schema.person.c.ps_idnat).order_by(schema.person.c.ps_idnat)
            ).scalars()
            return tuple(item for key in found.all() if (item := self.get(key)) is not None)

    def identified_by(self, kind: str, value: str) -> tuple[Person, ...]:
        """Return the persons with an identifier: its type (TRE_G08) and the number itself."""
        table = schema.identifier
        with self._registry.reading() as connection:
            found = connection.execute(
                sa.select(table.c.ps_idnat)
                .where(table.c.kind == kind, table.c.value == value)
                .distinct()
                .order_by(table.c.ps_idnat)
            ).scalars()
            return tuple(item for key in found.all() if (item := self.get(key)) is not None)


class Consents(RegistryTable):
    """Whether persons let their certificates be published."""

    def set(self, ps_idnat: str, given: bool) -> None:
        """Keep whether a person lets their certificates be published. The person must be known."""
        with self._registry.writing() as connection:
            before = self.get(ps_idnat)
            if before is not None and before.given == given:
                return
            now = PublicationConsent(ps_idnat, given, self._registry.now())
            self._upsert(connection, schema.consent, rows.of_consent(now))
            self._note_put(before, now)
            self._touch(connection, ps_idnat)

    def get(self, ps_idnat: str) -> PublicationConsent | None:
        """Return what a person said about being published; none when they said nothing."""
        with self._registry.reading() as connection:
            row = _one(connection, schema.consent, schema.consent.c.ps_idnat == ps_idnat)
            return None if row is None else PublicationConsent(**row)

    def given(self, ps_idnat: str) -> bool:
        """Tell whether the certificates of a person may be published: only if they said so."""
        found = self.get(ps_idnat)
        return found is not None and found.given


class Structures(RegistryTable):
    """Structures: where persons practise."""

    def put(self, structure: Structure) -> None:
        """Enter a structure, or replace what is known of it."""
        with self._registry.writing() as connection:
            before = self.get(structure.struct_idnat)
            if before == structure:
                return
            self._note_put(before, structure)
            row = self._moved(rows.of_structure(structure))
            self._upsert(connection, schema.structure, row)

    def get(self, struct_idnat: str) -> Structure | None:
        """Return a structure, or none."""
        with self._registry.reading() as connection:
            where = schema.structure.c.struct_idnat == struct_idnat
            row = _one(connection, schema.structure, where)
            return None if row is None else rows.to_structure(row)


class Activities(RegistryTable):
    """Activities: the practice situations of persons in structures."""

    def put(self, activity: Activity) -> None:
        """Enter an activity, or replace the one of that person and number.

        Person and structure must be known: else `StateError` (``directory.reference_broken``).
        """
        with self._registry.writing() as connection:
            known = {item.number: item for item in self.of(activity.ps_idnat)}
            before = known.get(activity.number)
            if before == activity:
                return
            self._note_put(before, activity)
            row = self._moved(rows.of_activity(activity))
            self._upsert(connection, schema.activity, row)

    def put_all(self, ps_idnat: str, activities: Sequence[Activity]) -> None:
        """Replace all activities of a person. Person and structures must be known."""
        table = schema.activity
        with self._registry.writing() as connection:
            known = {item.number: item for item in self.of(ps_idnat)}
            wanted = {item.number for item in activities}
            for activity in activities:
                self.put(activity)
            gone = [item for number, item in known.items() if number not in wanted]
            self._registry.note(*((Action.REMOVED, item) for item in gone))
            numbers = [item.number for item in gone]
            connection.execute(
                sa.delete(table).where(table.c.ps_idnat == ps_idnat, table.c.number.in_(numbers))
            )

    def of(self, ps_idnat: str) -> tuple[Activity, ...]:
        """Return the activities of a person, by number."""
        with self._registry.reading() as connection:
            table = schema.activity
            found = connection.execute(
                sa.select(table).where(table.c.ps_idnat == ps_idnat).order_by(table.c.number)
            )
            return tuple(rows.to_activity(row) for row in found.mappings())


class Cards(RegistryTable):
    """Cards and their oppositions."""

    def put(self, card: Card) -> None:
        """Enter a card, or replace what is known of it. Its holder must be known."""
        with self._registry.writing() as connection:
            before = self.get(card.number)
            if before == card:
                return
            self._note_put(before, card)
            self._upsert(connection, schema.card, rows.of_card(card))
            self._touch(connection, card.ps_idnat)

    def get(self, number: str) -> Card | None:
        """Return a card by its ten digits, or none."""
        with self._registry.reading() as connection:
            row = _one(connection, schema.card, schema.card.c.number == number)
            return None if row is None else rows.to_card(row)

    def of(self, ps_idnat: str) -> tuple[Card, ...]:
        """Return the cards of a person, oldest first."""
        return self._where(schema.card.c.ps_idnat == ps_idnat)

    def all(self) -> tuple[Card, ...]:
        """Return all cards, oldest first; only for small registries."""
        return self._where(sa.true())

    def oppose(self, number: str, at: dt.datetime, reason: str) -> bool:
        """Stop a card for good; false when it was stopped before (its date then stays).

        The certificates are revoked by `caducee.issuance.revoke_card`, which calls this. An
        unknown card raises `IssueError` (``directory.card_unknown``).
        """
        table = schema.card
        with self._registry.writing() as connection:
            if self.get(number) is None:
                raise IssueError("directory.card_unknown", number=number)
            changed = connection.execute(
                sa.update(table)
                .where(table.c.number == number, table.c.status == CardStatus.ACTIVE.value)
                .values(status=CardStatus.OPPOSED.value, opposed_at=at, reason=reason)
            )
            if changed.rowcount == 1 and (opposed := self.get(number)) is not None:
                self._registry.note((Action.OPPOSED, opposed))
                self._touch(connection, opposed.ps_idnat)
            return changed.rowcount == 1

    def count(self) -> int:
        """Return how many cards were ever entered."""
        with self._registry.reading() as connection:
            query = sa.select(sa.func.count()).select_from(schema.card)
            return int(connection.execute(query).scalar_one())

    def holders_among(self, ps_idnats: Sequence[str]) -> set[str]:
        """Return those of these persons who have a card, whatever its state; 5,000 at most."""
        column = schema.card.c.ps_idnat
        with self._registry.reading() as connection:
            return set(connection.execute(sa.select(column).where(column.in_(ps_idnats))).scalars())

    def opposed(self, since: dt.datetime | None = None) -> tuple[Card, ...]:
        """Return the cards that were stopped, of all time or since a moment."""
        where = schema.card.c.status == CardStatus.OPPOSED.value
        if since is not None:
            where = sa.and_(where, schema.card.c.opposed_at >= since)
        return self._where(where)

    def _where(self, where: sa.ColumnElement[bool]) -> tuple[Card, ...]:
        table = schema.card
        with self._registry.reading() as connection:
            found = connection.execute(
                sa.select(table).where(where).order_by(table.c.issued_at, table.c.number)
            )
            return tuple(rows.to_card(row) for row in found.mappings())


class Certificates(RegistryTable):
    """The certificates that were issued."""

    def get(self, issuer: str, serial: int) -> Certificate | None:
        """Return a certificate by the CN of its issuer and its serial number, or none."""
        table = schema.certificate
        found = self._where(
            sa.and_(table.c.issuer == issuer, table.c.serial == rows.hexadecimal(serial))
        )
        return found[0] if found else None

    def of_card(self, card_number: str) -> tuple[Certificate, ...]:
        """Return the certificates of a card, the authentication certificate first."""
        return self._where(schema.certificate.c.card_number == card_number)

    def _where(self, where: sa.ColumnElement[bool]) -> tuple[Certificate, ...]:
        table = schema.certificate
        with self._registry.reading() as connection:
            found = connection.execute(
                sa.select(table).where(where).order_by(table.c.use, table.c.serial)
            )
            return tuple(rows.to_certificate(row) for row in found.mappings())


def _one(
    connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]
) -> sa.RowMapping | None:
    return connection.execute(sa.select(table).where(where)).mappings().one_or_none()


def _of_person(table: sa.Table, *order: sa.Column[int]) -> sa.Select[Any]:
    where = table.c.ps_idnat == sa.bindparam("ps_idnat")
    return sa.select(table).where(where).order_by(*order)


# Built once: every login uses them.
_PERSON = _of_person(schema.person)
_IDENTIFIERS = _of_person(schema.identifier, schema.identifier.c.position)
_QUALIFICATIONS = _of_person(schema.qualification, schema.qualification.c.position)
