# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The migrations build the tables that the code speaks of."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.unit.directory import older

from caducee.base.clock import SystemClock
from caducee.base.errors import StateError
from caducee.directory import schema
from caducee.directory.certificates import find_certificates
from caducee.directory.registry import Registry
from caducee.directory.schema import HEAD, METADATA


def test_migrations_build_exactly_the_tables_of_the_schema(registry: Registry) -> None:
    with registry.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_last_migration_is_the_one_that_the_schema_names() -> None:
    settings = Config()
    settings.set_main_option("script_location", "caducee.directory:migrations")
    settings.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(settings).get_heads() == [HEAD]


def test_opening_again_changes_nothing(registry: Registry, registry_url: str) -> None:
    registry.draw("a")
    with Registry(registry_url) as again:
        assert list(again.draw("a")) == [2]


def test_a_registry_of_a_newer_version_is_refused(registry: Registry, registry_url: str) -> None:
    with registry.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    registry.close()
    with pytest.raises(StateError) as caught:
        Registry(registry_url)
    assert caught.value.code == "directory.schema_unknown"


OPEN = (
    "import sys; from caducee.directory.registry import Registry; Registry(sys.argv[1]).draw('a')"
)


def test_processes_that_open_a_new_registry_at_once_make_it_once(registry_url: str) -> None:
    running = [subprocess.Popen([sys.executable, "-c", OPEN, registry_url]) for _ in range(3)]
    assert [item.wait(60) for item in running] == [0, 0, 0]
    with Registry(registry_url) as registry:
        assert list(registry.draw("a")) == [4]


DATA = (
    "INSERT INTO person (ps_idnat, family_name, given_name, profession, category, active) "
    "VALUES ('899700427885', 'Lœvêque', 'Zoé', '10', 'C', true)",
    "INSERT INTO identifier VALUES ('899700427885', 0, '8', '99700427885')",
    "INSERT INTO structure (struct_idnat, name, active) "
    "VALUES ('499700427885006', 'CABINET M DOC0042788', true)",
    "INSERT INTO activity (ps_idnat, number, struct_idnat, sector, active) "
    "VALUES ('899700427885', 1, '499700427885006', 'SA07', true)",
    "INSERT INTO certificate (issuer, serial, subject, not_before, not_after, der) "
    "VALUES ('AC', '17', 'CN=www.été.test,C=FR', '2026-01-01 00:00:00', '2029-01-01 00:00:00', '')",
)


SCRIPTS = "caducee.directory:migrations"
RELEASED = {"0.1.0": "0007"}
"""The last migration of each release."""


def made(url: str, revision: str, fill: Callable[[sa.Connection], None]) -> older.Rows:
    """Make a registry of that revision, and return what it holds."""
    engine = sa.create_engine(sa.make_url(url).set(drivername=DRIVERS[url.partition(":")[0]]))
    with engine.begin() as connection:
        older.upgrade(connection, SCRIPTS, revision, "alembic_version")
        fill(connection)
        found = older.held(connection)
    engine.dispose()
    return found


DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


def words_and_names(connection: sa.Connection) -> None:
    for statement in DATA:
        connection.execute(sa.text(statement))


def test_every_release_names_a_migration() -> None:
    assert set(RELEASED.values()) <= set(older.revisions(SCRIPTS))


@pytest.mark.parametrize("revision", older.revisions(SCRIPTS))
def test_a_registry_of_any_revision_keeps_all_that_it_holds(
    registry_url: str, revision: str
) -> None:
    before = made(registry_url, revision, older.fill)
    assert all(before.values())
    with Registry(registry_url) as upgraded, upgraded.reading() as connection:
        assert older.keeps(older.held(connection), before)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrations_import_no_code_that_may_change() -> None:
    folder = Path(schema.__file__).parent / "migrations"
    ours = {item for item in older.imported(folder / "versions") if item.startswith("caducee")}
    assert ours == {"caducee.directory.migrations.frozen"}
    assert not any(item.startswith("caducee") for item in older.imported(folder / "frozen.py"))


def test_an_older_registry_can_be_searched_by_all_that_was_added_since(registry_url: str) -> None:
    made(registry_url, "0002", words_and_names)
    before = SystemClock().now()
    with Registry(registry_url) as upgraded:
        person = upgraded.persons.get("899700427885")
        assert person is not None
        assert (person.family_name, len(person.identifiers)) == ("Lœvêque", 1)
        assert len(upgraded.activities.of(person.ps_idnat)) == 1
        with upgraded.reading() as connection:
            row = connection.execute(sa.select(METADATA.tables["person"])).mappings().one()
        assert (row["family_key"], row["given_key"]) == ("LOEVEQUE", "ZOE")
        assert row["updated_at"] >= before
        (found,) = find_certificates(upgraded, "www.ete")
        assert (found.serial, len(find_certificates(upgraded, "17"))) == (0x17, 1)
        assert not upgraded.consents.given(person.ps_idnat)
        upgraded.consents.set(person.ps_idnat, True)
