# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The migrations of the ordering service build exactly its tables."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.unit.directory import older

from caducee.directory.registry import Registry
from caducee.services.ordering import schema
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


SCRIPTS = "caducee.services.ordering:migrations"
RELEASED = {"0.1.0": "0002"}
"""The last migration of each release."""


def test_every_release_names_a_migration() -> None:
    assert set(RELEASED.values()) <= set(older.revisions(SCRIPTS))


@pytest.mark.parametrize("revision", older.revisions(SCRIPTS))
def test_tables_of_any_revision_keep_all_that_they_hold(registry_url: str, revision: str) -> None:
    with Registry(registry_url) as registry:
        with registry.writing() as connection:
            older.upgrade(connection, SCRIPTS, revision, VERSIONS)
            older.fill(connection)
            before = older.held(connection)
        assert all(before.values())
        prepare(registry)
        with registry.reading() as connection:
            assert older.keeps(older.held(connection), before)
            context = MigrationContext.configure(connection, opts={"include_object": _ours})
            assert compare_metadata(context, METADATA) == []


def test_migrations_import_no_code_that_may_change() -> None:
    found = older.imported(Path(schema.__file__).parent / "migrations" / "versions")
    assert not any(item.startswith("caducee") for item in found)


def test_access_whose_card_is_unknown_ends_with_the_migration(registry_url: str) -> None:
    """Of sessions and keys of before, nobody can say with which card they end."""
    with Registry(registry_url) as registry:
        with registry.writing() as connection:
            older.upgrade(connection, SCRIPTS, "0002", VERSIONS)
            for account, holder in (("zoe", None), ("ambre", "899700218896")):
                row: dict[str, object] = {"id": account, "name": "", "language": "fr"}
                row |= {"ps_idnat": holder, "created_at": older.AT}
                connection.execute(sa.insert(schema.account).values(row))
                for purpose in ("session", "api-key", "sign"):
                    row = {"digest": purpose + account, "purpose": purpose, "account": account}
                    connection.execute(_OLD_TOKEN, row)
        prepare(registry)
        with registry.reading() as connection:
            kept = set(connection.execute(sa.select(schema.token.c.digest)).scalars())
    assert kept == {"api-keyzoe", "signzoe", "signambre"}


_OLD_TOKEN = sa.text(
    "INSERT INTO ordering_token (digest, purpose, account, created_at, expires_at, tries) VALUES "
    "(:digest, :purpose, :account, '2026-11-24 21:30:05', '2027-11-24 21:30:05', 0)"
)
