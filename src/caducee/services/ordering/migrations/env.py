# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How alembic runs here: on the connection, and in the transaction, that the caller gives."""

from alembic import context

from caducee.services.ordering.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=context.config.attributes["versions"],
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
