# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Persons, structures, activities, cards, certificates, serials, counters and lists."""

import sqlalchemy as sa
from alembic import op

from caducee.directory.migrations.frozen import MOMENT

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _persons()
    _structures()
    _cards()
    _authority()


def _persons() -> None:
    op.create_table(
        "person",
        sa.Column("ps_idnat", sa.Text, nullable=False),
        sa.Column("family_name", sa.Text, nullable=False),
        sa.Column("given_name", sa.Text, nullable=False),
        sa.Column("profession", sa.Text),
        sa.Column("civility", sa.Text),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("future_profession", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("ps_idnat", name="pk_person"),
    )
    op.create_table(
        "identifier",
        sa.Column("ps_idnat", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ps_idnat", "position", name="pk_identifier"),
        sa.ForeignKeyConstraint(
            ["ps_idnat"], ["person.ps_idnat"], "fk_identifier_ps_idnat", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_identifier_kind_value", "identifier", ["kind", "value"])
    op.create_table(
        "qualification",
        sa.Column("ps_idnat", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ps_idnat", "position", name="pk_qualification"),
        sa.ForeignKeyConstraint(
            ["ps_idnat"], ["person.ps_idnat"], "fk_qualification_ps_idnat", ondelete="CASCADE"
        ),
    )


def _structures() -> None:
    op.create_table(
        "structure",
        sa.Column("struct_idnat", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("department", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("struct_idnat", name="pk_structure"),
    )
    op.create_table(
        "activity",
        sa.Column("ps_idnat", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("struct_idnat", sa.Text, nullable=False),
        sa.Column("sector", sa.Text, nullable=False),
        sa.Column("mode", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("ps_idnat", "number", name="pk_activity"),
        sa.ForeignKeyConstraint(
            ["ps_idnat"], ["person.ps_idnat"], "fk_activity_ps_idnat", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["struct_idnat"], ["structure.struct_idnat"], "fk_activity_struct_idnat"
        ),
    )
    op.create_index("ix_activity_struct_idnat", "activity", ["struct_idnat"])


def _cards() -> None:
    op.create_table(
        "card",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("family", sa.Integer, nullable=False),
        sa.Column("category", sa.Integer, nullable=False),
        sa.Column("ps_idnat", sa.Text, nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("opposed_at", MOMENT),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_card"),
        sa.ForeignKeyConstraint(["ps_idnat"], ["person.ps_idnat"], "fk_card_ps_idnat"),
    )
    op.create_index("ix_card_ps_idnat", "card", ["ps_idnat"])


def _authority() -> None:
    op.create_table(
        "serial",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "serial", name="pk_serial"),
    )
    op.create_table(
        "certificate",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("card_number", sa.Text),
        sa.Column("use", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("not_after", MOMENT, nullable=False),
        sa.Column("der", sa.LargeBinary, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("issuer", "serial", name="pk_certificate"),
        sa.ForeignKeyConstraint(["card_number"], ["card.number"], "fk_certificate_card_number"),
    )
    op.create_index("ix_certificate_card_number", "certificate", ["card_number"])
    op.create_index("ix_certificate_issuer_revoked_at", "certificate", ["issuer", "revoked_at"])
    op.create_table(
        "counter",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.create_table(
        "crl",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("this_update", MOMENT, nullable=False),
        sa.Column("next_update", MOMENT, nullable=False),
        sa.Column("der", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("issuer", name="pk_crl"),
    )
