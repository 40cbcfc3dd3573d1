# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions and API keys know the way in which they were opened, and the card that opened them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns.

    Of sessions, and of keys of accounts with a linked card, nobody knows which card opened them:
    they end, since they could not be stopped with the card.
    """
    for name in ("way", "holder", "card"):
        op.add_column("ordering_token", sa.Column(name, sa.Text))
    op.execute("DELETE FROM ordering_token WHERE purpose = 'session'")
    op.execute(
        "DELETE FROM ordering_token WHERE purpose = 'api-key' AND account IN "
        "(SELECT id FROM ordering_account WHERE ps_idnat IS NOT NULL)"
    )
