# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Accounts, orders and their steps, pieces, letters, the outbox and the trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)
_GROWING = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _orders()
    _events()


def _accounts() -> None:
    op.create_table(
        "ordering_account",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("ps_idnat", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT),
        sa.Column("erased_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_ordering_account"),
        sa.UniqueConstraint("email", name="uq_ordering_account_email"),
        sa.UniqueConstraint("ps_idnat", name="uq_ordering_account_ps_idnat"),
    )
    op.create_table(
        "ordering_account_role",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["ordering_account.id"], name="fk_ordering_account_role_account"
        ),
        sa.PrimaryKeyConstraint("account", "role", name="pk_ordering_account_role"),
    )
    op.create_table(
        "ordering_token",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["ordering_account.id"], name="fk_ordering_token_account"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_ordering_token"),
    )
    op.create_index("ix_ordering_token_account", "ordering_token", ["account"])


def _orders() -> None:
    op.create_table(
        "ordering_order",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("applicant", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("request_key", sa.Text),
        sa.Column("signature", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("submitted_at", _MOMENT),
        sa.Column("ends_at", _MOMENT),
        sa.ForeignKeyConstraint(
            ["applicant"], ["ordering_account.id"], name="fk_ordering_order_applicant"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ordering_order"),
        sa.UniqueConstraint(
            "applicant", "request_key", name="uq_ordering_order_applicant_request_key"
        ),
        sa.UniqueConstraint("number", name="uq_ordering_order_number"),
    )
    op.create_index("ix_ordering_order_applicant", "ordering_order", ["applicant"])
    op.create_index(
        "ix_ordering_order_state_submitted_at", "ordering_order", ["state", "submitted_at"]
    )
    op.create_table(
        "ordering_step",
        sa.Column("number", _GROWING, autoincrement=True, nullable=False),
        sa.Column("order", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["order"], ["ordering_order.id"], name="fk_ordering_step_order"),
        sa.PrimaryKeyConstraint("number", name="pk_ordering_step"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ordering_step_order", "ordering_step", ["order"])
    op.create_table(
        "ordering_piece",
        sa.Column("order", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("wish", sa.Text, nullable=False),
        sa.Column("shipment", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("card_number", sa.Text),
        sa.Column("issuer", sa.Text),
        sa.Column("serial", sa.Text),
        sa.Column("content", sa.LargeBinary),
        sa.Column("made_at", _MOMENT),
        sa.Column("taken_at", _MOMENT),
        sa.Column("activated_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("reason", sa.Text),
        sa.Column("replaces", sa.Text),
        sa.ForeignKeyConstraint(["order"], ["ordering_order.id"], name="fk_ordering_piece_order"),
        sa.PrimaryKeyConstraint("order", "place", name="pk_ordering_piece"),
        sa.UniqueConstraint("card_number", name="uq_ordering_piece_card_number"),
    )
    for column in ("state", "serial", "replaces", "shipment"):
        op.create_index(f"ix_ordering_piece_{column}", "ordering_piece", [column])
    op.create_table(
        "ordering_letter",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("order", sa.Text, nullable=False),
        sa.Column("shipment", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("opened_at", _MOMENT),
        sa.ForeignKeyConstraint(["order"], ["ordering_order.id"], name="fk_ordering_letter_order"),
        sa.PrimaryKeyConstraint("id", name="pk_ordering_letter"),
    )
    op.create_index("ix_ordering_letter_order", "ordering_letter", ["order"])
    op.create_index("ix_ordering_letter_shipment", "ordering_letter", ["shipment"])


def _events() -> None:
    op.create_table(
        "ordering_outbox",
        sa.Column("number", _GROWING, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ordering_outbox"),
    )
    op.create_table(
        "ordering_trail",
        sa.Column("number", _GROWING, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ordering_trail"),
    )
    op.create_index("ix_ordering_trail_subject", "ordering_trail", ["subject"])
    op.create_table(
        "ordering_trail_head",
        sa.Column("number", _GROWING, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ordering_trail_head"),
    )
