# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Delta revocation lists."""

import sqlalchemy as sa
from alembic import op

from caducee.directory.migrations.frozen import MOMENT

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of delta lists."""
    op.create_table(
        "delta_crl",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("base", sa.BigInteger, nullable=False),
        sa.Column("this_update", MOMENT, nullable=False),
        sa.Column("next_update", MOMENT, nullable=False),
        sa.Column("der", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("issuer", name="pk_delta_crl"),
    )
