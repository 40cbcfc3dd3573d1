# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The way to the database: URL, SQLite settings, transactions, migrations."""

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from caducee.base.errors import ConfigError, StateError
from caducee.directory.schema import HEAD

__all__ = ["Database", "migrate", "translated"]

_log = logging.getLogger(__name__)

_MIGRATION_LOCK = 0x63616475
"""Key of the PostgreSQL advisory lock that lets one process migrate at a time."""

_VERSIONS = "alembic_version"
"""The table that says which revision the registry's tables have."""

_BUSY_SECONDS = 60
"""How long a SQLite writer waits for another one."""


class Database:
    """An engine and the transactions on it.

    A thread that asks for a transaction inside a transaction joins the outer one: so several
    steps of the registry and of the authority's records are kept together or not at all.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._local = threading.local()
        self._alone: sqlite3.Connection | None = None
        try:
            with translated():
                self._migrate()
        except BaseException:
            self.close()
            raise

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    def close(self) -> None:
        """Give all connections back."""
        alone, self._alone = self._alone, None
        if alone is not None:
            alone.close()
        self._engine.dispose()

    def alone(self) -> sqlite3.Connection | None:
        """Give a connection to look one row up outside any transaction, in a fifth of the time.

        None inside a transaction, and where the database is not a SQLite file. Threads share it.
        """
        path = self._engine.url.database
        inside = getattr(self._local, "connection", None) is not None
        if inside or not isinstance(self._engine.pool, sa.QueuePool) or self.dialect != "sqlite":
            return None
        if self._alone is None and path is not None:
            self._alone = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        return self._alone

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction that is kept at the end, undone on an exception."""
        outer: sa.Connection | None = getattr(self._local, "connection", None)
        if outer is not None:
            yield outer
            return
        with translated(), self._engine.connect() as connection:
            connection.execution_options(caducee_write=True)
            with connection.begin():
                self._local.connection = connection
                try:
                    yield connection
                finally:
                    self._local.connection = None

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection to read with; inside another block, the connection of that one."""
        outer: sa.Connection | None = getattr(self._local, "connection", None)
        outer = outer or getattr(self._local, "reading", None)
        if outer is not None:
            yield outer
            return
        with translated(), self._engine.connect() as connection:
            self._local.reading = connection
            try:
                yield connection
            finally:
                self._local.reading = None

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            if _revision(connection, _VERSIONS) == HEAD:
                return
        with self.write() as connection:
            migrate(connection, "caducee.directory:migrations", HEAD)


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ConfigError("directory.url_unknown", backend=parsed.get_backend_name())
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return sa.create_engine(parsed)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise ConfigError("directory.url_invalid", reason=type(error).__name__) from error


def _sqlite(url: sa.URL) -> sa.Engine:
    memory = url.database in (None, "", ":memory:")
    if url.database and not memory:
        _create_closed(Path(url.database))
    pool = sa.pool.StaticPool if memory else sa.pool.QueuePool
    engine = sa.create_engine(
        url,
        poolclass=pool,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_closed(path: Path) -> None:
    # SQLite would make the file readable by everybody; it gives its side files the same rights.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StateError("directory.database_failed", reason=error) from error


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    # The driver must not open transactions by itself: a writer takes the lock first (BEGIN
    # IMMEDIATE), so that what it reads is still true when it writes.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("caducee_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def migrate(
    connection: sa.Connection, scripts: str, head: str, *, versions: str = _VERSIONS
) -> None:
    """Bring tables up to a revision, in the transaction of the caller.

    ``scripts``: package and folder of alembic's scripts, e.g. ``caducee.directory:migrations``;
    ``versions``: the table that says which revision they have. Services with tables of their own
    use it with another one. Raises `StateError` (``directory.schema_unknown``).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    if _revision(connection, versions) != head:
        _upgrade(connection, scripts, versions)
        _log.info("%s brought to revision %s", scripts, head)


def _revision(connection: sa.Connection, versions: str) -> str | None:
    if not sa.inspect(connection).has_table(versions):
        return None
    query = sa.select(sa.column("version_num", sa.Text)).select_from(sa.table(versions))
    return connection.execute(query).scalar()


def _upgrade(connection: sa.Connection, scripts: str, versions: str) -> None:
    # Alembic is imported only when there is something to do: it costs a tenth of a second.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    settings = Config()
    settings.set_main_option("script_location", scripts)
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    settings.attributes["versions"] = versions
    try:
        command.upgrade(settings, "head")
    except CommandError as error:
        raise StateError("directory.schema_unknown", reason=str(error)) from error


@contextmanager
def translated() -> Iterator[None]:
    """Turn an error of the database into one of our tree."""
    try:
        yield
    except sqlite3.Error as error:
        raise StateError("directory.database_failed", reason=str(error)) from error
    except sa.exc.IntegrityError as error:
        raise StateError("directory.reference_broken", reason=str(error.orig)) from error
    except UnicodeError as error:
        raise StateError("directory.database_failed", reason=str(error.args[-1])) from error
    except sa.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error)
        raise StateError("directory.database_failed", reason=reason) from error
