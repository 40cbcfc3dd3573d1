# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The responsibility that makes a CPE a CDE, and a CPA a CDA."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; nothing is known for cards that were issued before."""
    op.add_column("card", sa.Column("responsibility", sa.Text))
