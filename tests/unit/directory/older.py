# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Databases of older versions: their migrations make the tables, then data is put into them."""

import ast
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

__all__ = ["AT", "Rows", "fill", "held", "imported", "keeps", "revisions", "upgrade"]

type Rows = dict[str, list[dict[str, object]]]
"""Rows by table."""

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def _settings(scripts: str) -> Config:
    settings = Config()
    settings.set_main_option("script_location", scripts)
    settings.set_main_option("path_separator", "os")
    return settings


def revisions(scripts: str) -> list[str]:
    """Return every revision, oldest first."""
    found = ScriptDirectory.from_config(_settings(scripts)).walk_revisions()
    return sorted(item.revision for item in found)


def upgrade(connection: sa.Connection, scripts: str, revision: str, versions: str) -> None:
    """Bring tables up to a revision."""
    settings = _settings(scripts)
    settings.attributes["connection"] = connection
    settings.attributes["versions"] = versions
    command.upgrade(settings, revision)


def fill(connection: sa.Connection) -> None:
    """Put a row into every table, each column of it filled."""
    tables = sa.MetaData()
    tables.reflect(connection)
    made: dict[str, object] = {}
    for table in tables.sorted_tables:
        if "version_num" in table.c:
            continue
        row = {column.name: _value(column, made) for column in table.c}
        made |= {f"{table.name}.{name}": value for name, value in row.items()}
        connection.execute(sa.insert(table).values(row))


def _value(column: sa.Column[object], made: Mapping[str, object]) -> object:
    for key in column.foreign_keys:
        return made[key.target_fullname]
    values: dict[type, object] = {
        bool: True, int: 1, bytes: b"\x01\xff", dt.datetime: AT, str: f"Été {column.name}"
    }  # fmt: skip
    return values[column.type.python_type]


def held(connection: sa.Connection) -> Rows:
    """Return what every table holds."""
    tables = sa.MetaData()
    tables.reflect(connection)
    return {
        table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        for table in tables.sorted_tables
        if "version_num" not in table.c
    }


def keeps(now: Rows, before: Rows) -> bool:
    """Tell whether every row of before is there with every value that it had."""
    return all(
        any(row.items() <= item.items() for item in now[name])
        for name, rows in before.items()
        for row in rows
    )


def imported(path: Path) -> set[str]:
    """Return the modules that a script, or the scripts of a folder, import."""
    found: set[str] = set()
    for script in path.rglob("*.py") if path.is_dir() else [path]:
        for node in ast.walk(ast.parse(script.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
    return found
