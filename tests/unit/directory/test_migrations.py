# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The migrations build the tables that the code speaks of."""

import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from caducee.base.errors import StateError
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
    assert [one.wait(60) for one in running] == [0, 0, 0]
    with Registry(registry_url) as registry:
        assert list(registry.draw("a")) == [4]
