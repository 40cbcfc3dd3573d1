# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The migrations of the ordering service build exactly its tables."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from caducee.directory.registry import Registry
from caducee.services.ordering.database import prepare
from caducee.services.ordering.schema import HEAD, METADATA, VERSIONS


def _ours(item: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    return kind != "table" or ((name or "").startswith("ordering_") and name != VERSIONS)


def test_the_migrations_build_the_tables(registry: Registry) -> None:
    with registry.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _ours})
        assert compare_metadata(context, METADATA) == []


def test_preparing_again_changes_nothing(registry: Registry) -> None:
    prepare(registry)
    with registry.reading() as connection:
        query = sa.text(f"SELECT version_num FROM {VERSIONS}")
        assert connection.execute(query).scalars().all() == [HEAD]
