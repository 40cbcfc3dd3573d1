# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Section of the pharmacists' order, role and kind of a practice situation."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns; nothing is known for what is there."""
    for name in ("section", "role", "kind"):
        op.add_column("activity", sa.Column(name, sa.Text))
