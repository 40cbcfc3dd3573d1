# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Orders know which form came with the key of a request."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the hash; requests of before have none, and are found by their key alone."""
    op.add_column("ordering_order", sa.Column("request_digest", sa.Text))
