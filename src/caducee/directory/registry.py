# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry: persons, structures, activities, cards and certificates in a database."""

import datetime as dt
import getpass
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from caducee.base.clock import Clock, SystemClock
from caducee.base.errors import IssueError
from caducee.directory import rows, schema
from caducee.directory.engine import Database
from caducee.directory.history import (
    Action,
    HistoryEntry,
    RecordKind,
    history,
    history_of_person,
    note,
)
from caducee.directory.model import (
    Activity,
    Card,
    CardStatus,
    Certificate,
    Person,
    PublicationConsent,
    Structure,
)

__all__ = ["Registry"]

_actor: ContextVar[str | None] = ContextVar("caducee_registry_actor", default=None)


class Registry:
    """The registry behind a URL: ``sqlite:////folder/registry.db`` or ``postgresql://…``.

    Opening makes or migrates the tables; a new SQLite file is closed to other users. Every method
    is one transaction; several calls inside ``with registry.transaction():`` are kept together or
    not at all. Several processes and threads may use the same database at once, but ``sqlite://``,
    in memory, serves one thread. Database failures raise `StateError` (``directory.*``), a wrong
    URL `ConfigError`.

    Every change of a person, a structure, an activity, a card or a consent adds a line to the
    history: when, by ``clock`` (default: the machine's), and by whom (`acting`).
    """

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self._database = Database(url)
        self._clock = clock or SystemClock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    @property
    def dialect(self) -> str:
        """The kind of database: ``sqlite`` or ``postgresql``."""
        return self._database.dialect

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything that this thread does in the block together, or nothing of it."""
        with self._database.write():
            yield

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection to read with, for the other modules of the directory."""
        return self._database.read()

    def alone(self) -> sqlite3.Connection | None:
        """Give a connection to look one row up with, where there is one: `Database.alone`."""
        return self._database.alone()

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection in a transaction, for the other modules of the directory."""
        return self._database.write()

    # History

    @contextmanager
    def acting(self, actor: str) -> Iterator[None]:
        """Say who makes the changes of the block; otherwise it is the user of the system."""
        token = _actor.set(actor)
        try:
            yield
        finally:
            _actor.reset(token)

    def history(
        self, subject: RecordKind, key: str | None = None, *, after: int = 0
    ) -> tuple[HistoryEntry, ...]:
        """Return what happened to one subject, or to all of its kind, oldest first.

        ``key`` is what the subject is known by (`caducee.directory.history.HistoryEntry.key`);
        ``after`` leaves out the lines up to that number.
        """
        with self.reading() as connection:
            return tuple(history(connection, subject, key, after=after))

    def history_of_person(self, ps_idnat: str) -> tuple[HistoryEntry, ...]:
        """Return what happened to a person, their activities, cards and consent, oldest first."""
        with self.reading() as connection:
            return tuple(history_of_person(connection, ps_idnat))

    def note(self, *changes: tuple[Action, rows.Kept]) -> None:
        """Add lines to the history, for modules of the directory that write on their own."""
        with self.writing() as connection:
            note(connection, self.now(), _actor.get() or getpass.getuser(), list(changes))

    def now(self) -> dt.datetime:
        """Return the present moment of the registry's clock, UTC."""
        return self._clock.now()

    # Persons

    def put_person(self, person: Person) -> None:
        """Enter a person, or replace what is known of them; activities and cards stay."""
        with self.writing() as connection:
            before = self.person(person.ps_idnat)
            if before == person:
                return
            self._note_put(before, person)
            self._upsert(connection, schema.person, self._moved(rows.of_person(person)))
            for table, lines in rows.parts_of_person(person):
                connection.execute(sa.delete(table).where(table.c.ps_idnat == person.ps_idnat))
                if lines:
                    connection.execute(sa.insert(table), lines)

    def person(self, ps_idnat: str) -> Person | None:
        """Return a person, or none."""
        with self.reading() as connection:
            asked = {"ps_idnat": ps_idnat}
            row = connection.execute(_PERSON, asked).mappings().one_or_none()
            if row is None:
                return None
            return rows.to_person(
                row,
                connection.execute(_IDENTIFIERS, asked).mappings().all(),
                connection.execute(_QUALIFICATIONS, asked).mappings().all(),
            )

    def persons(self) -> tuple[Person, ...]:
        """Return all persons by PS_IdNat; for registries of a size that a person can read."""
        with self.reading() as connection:
            found = connection.execute(
                sa.select(schema.person.c.ps_idnat).order_by(schema.person.c.ps_idnat)
            ).scalars()
            return tuple(item for key in found.all() if (item := self.person(key)) is not None)

    def persons_known_by(self, kind: str, value: str) -> tuple[Person, ...]:
        """Return the persons with an identifier: its type (TRE_G08) and the number itself."""
        table = schema.identifier
        with self.reading() as connection:
            found = connection.execute(
                sa.select(table.c.ps_idnat)
                .where(table.c.kind == kind, table.c.value == value)
                .distinct()
                .order_by(table.c.ps_idnat)
            ).scalars()
            return tuple(item for key in found.all() if (item := self.person(key)) is not None)

    def set_consent(self, ps_idnat: str, given: bool) -> None:
        """Keep whether a person lets their certificates be published. The person must be known."""
        with self.writing() as connection:
            before = self.consent(ps_idnat)
            if before is not None and before.given == given:
                return
            now = PublicationConsent(ps_idnat, given, self.now())
            self._upsert(connection, schema.consent, rows.of_consent(now))
            self._note_put(before, now)
            self._touch(connection, ps_idnat)

    def consent(self, ps_idnat: str) -> PublicationConsent | None:
        """Return what a person said about being published; none when they said nothing."""
        with self.reading() as connection:
            row = _one(connection, schema.consent, schema.consent.c.ps_idnat == ps_idnat)
            return None if row is None else PublicationConsent(**row)

    def consents(self, ps_idnat: str) -> bool:
        """Tell whether the certificates of a person may be published: only if they said so."""
        found = self.consent(ps_idnat)
        return found is not None and found.given

    # Structures and activities

    def put_structure(self, structure: Structure) -> None:
        """Enter a structure, or replace what is known of it."""
        with self.writing() as connection:
            before = self.structure(structure.struct_idnat)
            if before == structure:
                return
            self._note_put(before, structure)
            row = self._moved(rows.of_structure(structure))
            self._upsert(connection, schema.structure, row)

    def structure(self, struct_idnat: str) -> Structure | None:
        """Return a structure, or none."""
        with self.reading() as connection:
            where = schema.structure.c.struct_idnat == struct_idnat
            row = _one(connection, schema.structure, where)
            return None if row is None else rows.to_structure(row)

    def put_activity(self, activity: Activity) -> None:
        """Enter an activity, or replace the one of that person and number.

        Person and structure must be known: else `StateError` (``directory.reference_broken``).
        """
        with self.writing() as connection:
            known = {item.number: item for item in self.activities(activity.ps_idnat)}
            before = known.get(activity.number)
            if before == activity:
                return
            self._note_put(before, activity)
            row = self._moved(rows.of_activity(activity))
            self._upsert(connection, schema.activity, row)

    def put_activities(self, ps_idnat: str, activities: Sequence[Activity]) -> None:
        """Replace all activities of a person. Person and structures must be known."""
        table = schema.activity
        with self.writing() as connection:
            known = {item.number: item for item in self.activities(ps_idnat)}
            wanted = {item.number for item in activities}
            for activity in activities:
                self.put_activity(activity)
            gone = [item for number, item in known.items() if number not in wanted]
            self.note(*((Action.REMOVED, item) for item in gone))
            numbers = [item.number for item in gone]
            connection.execute(
                sa.delete(table).where(table.c.ps_idnat == ps_idnat, table.c.number.in_(numbers))
            )

    def activities(self, ps_idnat: str) -> tuple[Activity, ...]:
        """Return the activities of a person, by number."""
        with self.reading() as connection:
            table = schema.activity
            found = connection.execute(
                sa.select(table).where(table.c.ps_idnat == ps_idnat).order_by(table.c.number)
            )
            return tuple(rows.to_activity(row) for row in found.mappings())

    # Cards and certificates

    def put_card(self, card: Card) -> None:
        """Enter a card, or replace what is known of it. Its holder must be known."""
        with self.writing() as connection:
            before = self.card(card.number)
            if before == card:
                return
            self._note_put(before, card)
            self._upsert(connection, schema.card, rows.of_card(card))
            self._touch(connection, card.ps_idnat)

    def card(self, number: str) -> Card | None:
        """Return a card by its ten digits, or none."""
        with self.reading() as connection:
            row = _one(connection, schema.card, schema.card.c.number == number)
            return None if row is None else rows.to_card(row)

    def cards_of(self, ps_idnat: str) -> tuple[Card, ...]:
        """Return the cards of a person, oldest first."""
        return self._cards(schema.card.c.ps_idnat == ps_idnat)

    def cards(self) -> tuple[Card, ...]:
        """Return all cards, oldest first; for registries of a size that a person can read."""
        return self._cards(sa.true())

    def oppose_card(self, number: str, at: dt.datetime, reason: str) -> bool:
        """Stop a card for good; false when it was stopped before (its date then stays).

        The certificates are revoked by `caducee.issuance.revoke_card`, which calls this. An
        unknown card raises `IssueError` (``directory.card_unknown``).
        """
        table = schema.card
        with self.writing() as connection:
            if self.card(number) is None:
                raise IssueError("directory.card_unknown", number=number)
            changed = connection.execute(
                sa.update(table)
                .where(table.c.number == number, table.c.status == CardStatus.ACTIVE.value)
                .values(status=CardStatus.OPPOSED.value, opposed_at=at, reason=reason)
            )
            if changed.rowcount == 1 and (opposed := self.card(number)) is not None:
                self.note((Action.OPPOSED, opposed))
                self._touch(connection, opposed.ps_idnat)
            return changed.rowcount == 1

    def card_count(self) -> int:
        """Return how many cards were ever entered."""
        with self.reading() as connection:
            query = sa.select(sa.func.count()).select_from(schema.card)
            return int(connection.execute(query).scalar_one())

    def with_card(self, ps_idnats: Sequence[str]) -> set[str]:
        """Return those of these persons who have a card, whatever its state; 5,000 at most."""
        column = schema.card.c.ps_idnat
        with self.reading() as connection:
            return set(connection.execute(sa.select(column).where(column.in_(ps_idnats))).scalars())

    def oppositions(self, since: dt.datetime | None = None) -> tuple[Card, ...]:
        """Return the cards that were stopped, of all time or since a moment."""
        where = schema.card.c.status == CardStatus.OPPOSED.value
        if since is not None:
            where = sa.and_(where, schema.card.c.opposed_at >= since)
        return self._cards(where)

    def certificate(self, issuer: str, serial: int) -> Certificate | None:
        """Return a certificate by the CN of its issuer and its serial number, or none."""
        table = schema.certificate
        found = self._certificates(
            sa.and_(table.c.issuer == issuer, table.c.serial == rows.hexadecimal(serial))
        )
        return found[0] if found else None

    def certificates_of(self, card_number: str) -> tuple[Certificate, ...]:
        """Return the certificates of a card, the authentication certificate first."""
        return self._certificates(schema.certificate.c.card_number == card_number)

    # Numbers that only grow

    def draw(self, counter: str, count: int = 1, *, first: int = 1) -> range:
        """Return ``count`` numbers that nobody drew before from the counter of that name.

        The first number ever drawn is ``first``. Two processes never draw the same.
        """
        with self.writing() as connection:
            table = schema.counter
            insert = self.insert(table).values(name=counter, value=first + count - 1)
            grown = insert.on_conflict_do_update(
                index_elements=[table.c.name], set_={"value": table.c.value + count}
            )
            last = connection.execute(grown.returning(table.c.value)).scalar_one()
            return range(last - count + 1, last + 1)

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """Return an insertion that knows what to do on a conflict, for modules of the directory."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    def _note_put(self, before: rows.Kept | None, after: rows.Kept) -> None:
        self.note((Action.ENTERED if before is None else Action.CHANGED, after))

    def _touch(self, connection: sa.Connection, ps_idnat: str) -> None:
        """Count a change of what belongs to a person as one of the person."""
        table = schema.person
        where = table.c.ps_idnat == ps_idnat
        connection.execute(sa.update(table).where(where).values(updated_at=self.now()))

    def _moved(self, row: dict[str, object]) -> dict[str, object]:
        return row | {"updated_at": self.now()}

    def _upsert(
        self, connection: sa.Connection, table: sa.Table, values: dict[str, object]
    ) -> None:
        keys = [column.name for column in table.primary_key]
        others = {name: value for name, value in values.items() if name not in keys}
        connection.execute(
            self.insert(table)
            .values(values)
            .on_conflict_do_update(index_elements=keys, set_=others)
        )

    def _cards(self, where: sa.ColumnElement[bool]) -> tuple[Card, ...]:
        table = schema.card
        with self.reading() as connection:
            found = connection.execute(
                sa.select(table).where(where).order_by(table.c.issued_at, table.c.number)
            )
            return tuple(rows.to_card(row) for row in found.mappings())

    def _certificates(self, where: sa.ColumnElement[bool]) -> tuple[Certificate, ...]:
        table = schema.certificate
        with self.reading() as connection:
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


# Made once: what a login asks is asked often.
_PERSON = _of_person(schema.person)
_IDENTIFIERS = _of_person(schema.identifier, schema.identifier.c.position)
_QUALIFICATIONS = _of_person(schema.qualification, schema.qualification.c.position)
