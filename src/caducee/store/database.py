# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A store in one table of a SQLite file or a PostgreSQL database.

Each method is one statement, which the database makes atomic; no transaction is held open. The
times are those of the store's clock, never the database's.
"""

import itertools
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any, Final, Self

import sqlalchemy as sa

from caducee.base.clock import Clock
from caducee.store.model import Moments, bounded, reported

__all__ = ["DatabaseStore"]

_BUSY_SECONDS: Final = 30
_SWEEP_EVERY: Final = 500
"""Writes between two removals of what has ended."""

_SWEEP_MOST: Final = 2_000
"""Rows that one removal takes: nobody waits long for it."""

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS caducee_store (
    key TEXT PRIMARY KEY,
    value {bytes} NOT NULL,
    number BIGINT NOT NULL,
    until BIGINT NOT NULL
)
"""
_INDEX: Final = "CREATE INDEX IF NOT EXISTS caducee_store_until ON caducee_store (until)"
_PUT: Final = sa.text(
    "INSERT INTO caducee_store (key, value, number, until) VALUES (:key, :value, 0, :until)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, number = 0, until = excluded.until"
    " WHERE caducee_store.until <= :now RETURNING 1"
)
_GET: Final = sa.text("SELECT value FROM caducee_store WHERE key = :key AND until > :now")
_TAKE: Final = sa.text("DELETE FROM caducee_store WHERE key = :key RETURNING value, until")
_REPLACE: Final = sa.text(
    "UPDATE caducee_store SET value = :after, until = :until"
    " WHERE key = :key AND value = :before AND until > :now RETURNING 1"
)
_EXPIRE: Final = sa.text(
    "UPDATE caducee_store SET until = :until WHERE key = :key AND until > :now RETURNING 1"
)
_COUNT: Final = sa.text(
    "INSERT INTO caducee_store (key, value, number, until) VALUES (:key, :value, :by, :until)"
    " ON CONFLICT (key) DO UPDATE SET"
    " number = CASE WHEN caducee_store.until > :now THEN caducee_store.number ELSE 0 END + :by,"
    " until = CASE WHEN caducee_store.until > :now THEN caducee_store.until ELSE :until END"
    " RETURNING number"
)
_SWEEP: Final = sa.text(
    "DELETE FROM caducee_store WHERE key IN"
    " (SELECT key FROM caducee_store WHERE until <= :now LIMIT :most) AND until <= :now"
)
_CREATION: Final = 0x63616473
"""Key of the PostgreSQL advisory lock: CREATE … IF NOT EXISTS of two sessions at once may fail."""


class DatabaseStore:
    """See `caducee.store.model.Store`; opened by `caducee.store.open_store`."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._moments = Moments(clock)
        self._writes = itertools.count(1)
        self._sweeping = threading.Lock()
        with reported(sa.exc.SQLAlchemyError, OSError):
            self._engine = _engine(url)
            try:
                self._create()
            except BaseException:
                self._engine.dispose()
                raise

    def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep a value under a new key."""
        self._sweep()
        until = self._moments.after(seconds)
        return (
            self._row(_PUT, key=key, value=bounded(value), until=until, now=self._now) is not None
        )

    def get(self, key: str) -> bytes | None:
        """Return a value."""
        found = self._row(_GET, key=key, now=self._now)
        return None if found is None else bytes(found.value)

    def take(self, key: str) -> bytes | None:
        """Return a value and forget it."""
        found = self._row(_TAKE, key=key)
        return bytes(found.value) if found is not None and found.until > self._now else None

    def replace(self, key: str, before: bytes, after: bytes, seconds: float) -> bool:
        """Keep a value in place of another one."""
        until = self._moments.after(seconds)
        facts = {"key": key, "before": before, "after": bounded(after), "until": until}
        return self._row(_REPLACE, **facts, now=self._now) is not None

    def expire(self, key: str, seconds: float) -> bool:
        """Change how long something is kept."""
        until = self._moments.after(seconds)
        return self._row(_EXPIRE, key=key, until=until, now=self._now) is not None

    def count(self, key: str, seconds: float, by: int = 1) -> int:
        """Add to a counter and return it."""
        self._sweep()
        until = self._moments.after(seconds)
        found = self._row(_COUNT, key=key, value=b"", by=by, until=until, now=self._now)
        return int(found.number) if found is not None else 0

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _now(self) -> int:
        return self._moments.now()

    def _row(self, statement: sa.TextClause, **facts: object) -> "sa.Row[Any] | None":
        with reported(sa.exc.SQLAlchemyError), self._engine.connect() as connection:
            return connection.execute(statement, facts).first()

    def _sweep(self) -> None:
        """Remove what has ended, now and then, in one thread at a time."""
        if next(self._writes) % _SWEEP_EVERY or not self._sweeping.acquire(blocking=False):
            return
        try:
            with reported(sa.exc.SQLAlchemyError), self._engine.connect() as connection:
                connection.execute(_SWEEP, {"now": self._now, "most": _SWEEP_MOST})
        finally:
            self._sweeping.release()

    def _create(self) -> None:
        postgresql = self._engine.dialect.name == "postgresql"
        create = _CREATE.format(bytes="BYTEA" if postgresql else "BLOB")
        with self._engine.connect() as connection:
            if postgresql:
                connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _CREATION})
            try:
                connection.execute(sa.text(create))
                connection.execute(sa.text(_INDEX))
            finally:
                if postgresql:
                    unlock = sa.text("SELECT pg_advisory_unlock(:key)")
                    connection.execute(unlock, {"key": _CREATION})


def _engine(url: str) -> sa.Engine:
    """Return an engine whose statements are each a transaction of their own."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return sa.create_engine(parsed, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    if parsed.database:
        _only_for_us(Path(parsed.database))
    arguments = {"timeout": _BUSY_SECONDS}
    engine = sa.create_engine(parsed, isolation_level="AUTOCOMMIT", connect_args=arguments)
    sa.event.listen(engine, "connect", _sqlite_settings)
    return engine


def _only_for_us(path: Path) -> None:
    """Make the file with mode 0600: sessions are not for other users of the machine."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _sqlite_settings(connection: sqlite3.Connection, _: object) -> None:
    # A write is on the disk before it is answered: a code that was taken stays taken after a
    # power cut.
    for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")
