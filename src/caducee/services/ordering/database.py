# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The ordering service's tables in the registry's database."""

from caducee.directory.engine import migrate
from caducee.directory.registry import Registry
from caducee.services.ordering.schema import HEAD, VERSIONS

__all__ = ["prepare"]


def prepare(registry: Registry) -> None:
    """Make or migrate the tables. Raises `StateError` (``directory.schema_unknown``)."""
    with registry.writing() as connection:
        migrate(connection, "caducee.services.ordering:migrations", HEAD, versions=VERSIONS)
