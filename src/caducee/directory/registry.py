# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry: persons, structures, activities, cards and certificates in a database."""

import datetime as dt
import getpass
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from caducee.base.clock import Clock, SystemClock
from caducee.base.closing import Closing
from caducee.directory import rows, schema
from caducee.directory.engine import Database
from caducee.directory.history import (
    Action,
    HistoryEntry,
    HistorySubject,
    history,
    history_of_person,
    note,
)
from caducee.directory.tables import (
    Activities,
    Cards,
    Certificates,
    Consents,
    Persons,
    Structures,
)

__all__ = ["Registry"]

_actor: ContextVar[str | None] = ContextVar("caducee_registry_actor", default=None)


class Registry(Closing):
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
        self.persons = Persons(self)
        self.consents = Consents(self)
        self.structures = Structures(self)
        self.activities = Activities(self)
        self.cards = Cards(self)
        self.certificates = Certificates(self)

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

    @contextmanager
    def acting(self, actor: str) -> Iterator[None]:
        """Say who makes the changes of the block; otherwise it is the user of the system."""
        token = _actor.set(actor)
        try:
            yield
        finally:
            _actor.reset(token)

    def history(
        self, subject: HistorySubject, key: str | None = None, *, after: int = 0
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
