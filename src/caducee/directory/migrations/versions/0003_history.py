# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Consent to publish, addresses, names to search by, moments of change, and the history.

Columns are added, never by a table made anew: SQLite would then delete what refers to the old one.
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from caducee.directory.migrations.frozen import MOMENT, KeyText, folded

revision = "0003"
down_revision = "0002"

_BATCH = 10_000
_SOME_MOMENT = sa.text("'1970-01-01 00:00:00.000000'")


def upgrade() -> None:
    """Add the columns and tables, and fill them for what is there."""
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 (as it was released)
    for name in ("person", "structure", "activity"):
        _moment(name, now)
    _keys("person", "ps_idnat", {"family_key": "family_name", "given_key": "given_name"})
    _keys("structure", "struct_idnat", {"name_key": "name"})
    for name in ("street", "postal_code", "commune", "city"):
        op.add_column("structure", sa.Column(name, sa.Text))
    op.create_index("ix_structure_postal_code", "structure", ["postal_code"])
    _consent()
    _history()


def _moment(table: str, now: dt.datetime) -> None:
    column = sa.Column("updated_at", MOMENT, nullable=False, server_default=_SOME_MOMENT)
    op.add_column(table, column)
    changed = sa.table(table, sa.column("updated_at", MOMENT))
    op.get_bind().execute(sa.update(changed).values(updated_at=now))
    op.create_index(f"ix_{table}_updated_at", table, ["updated_at"])


def _keys(table: str, key: str, names: dict[str, str]) -> None:
    for name in names:
        op.add_column(table, sa.Column(name, KeyText, nullable=False, server_default=""))
    columns = sa.table(table, *(sa.column(one) for one in (key, *names, *names.values())))
    query = sa.select(columns.c[key], *(columns.c[one] for one in names.values()))
    fill = (
        sa.update(columns)
        .where(columns.c[key] == sa.bindparam("the_key"))
        .values({name: sa.bindparam(f"the_{name}") for name in names})
    )
    connection = op.get_bind()
    rows = [
        {"the_key": row[0]}
        | {f"the_{name}": folded(value) for name, value in zip(names, row[1:], strict=True)}
        for row in connection.execute(query)
    ]
    for start in range(0, len(rows), _BATCH):
        connection.execute(fill, rows[start : start + _BATCH])
    for name in names:
        op.create_index(f"ix_{table}_{name}", table, [name])


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("ps_idnat", sa.Text, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("ps_idnat", name="pk_consent"),
        sa.ForeignKeyConstraint(
            ["ps_idnat"], ["person.ps_idnat"], "fk_consent_ps_idnat", ondelete="CASCADE"
        ),
    )


def _history() -> None:
    op.create_table(
        "history",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            nullable=False,
            autoincrement=True,
        ),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("ps_idnat", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_history"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_history_subject_key", "history", ["subject", "key"])
    op.create_index("ix_history_ps_idnat", "history", ["ps_idnat"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION history_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'history is only added to'; END $$"
        )
        op.execute(
            "CREATE TRIGGER history_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON history "
            "FOR EACH STATEMENT EXECUTE FUNCTION history_kept()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER history_kept_{action.lower()} BEFORE {action} ON history "
            "BEGIN SELECT RAISE(ABORT, 'history is only added to'); END"
        )
