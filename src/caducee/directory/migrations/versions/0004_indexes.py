# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every search by an index: identifiers, know-how, sectors, places, certificates, their words."""

from collections.abc import Iterable
from itertools import batched

import sqlalchemy as sa
from alembic import op

from caducee.directory.migrations.frozen import KeyText, folded, words

revision = "0004"
down_revision = "0003"

_BATCH = 5_000
_INDEXES = {
    "identifier": (("value",),),
    "qualification": (("code", "ps_idnat"),),
    "activity": (("sector", "ps_idnat", "number"),),
    "certificate": (("serial",), ("not_before",), ("not_after",), ("revoked_at",)),
}


def upgrade() -> None:
    """Add the indexes, the names of places to search by and the words, and fill these."""
    for table, indexes in _INDEXES.items():
        for columns in indexes:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    _places()
    _words()


def _places() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("structure", "postal_code", type_=KeyText)
    op.add_column("structure", sa.Column("city_key", KeyText, nullable=False, server_default=""))
    table = sa.table("structure", sa.column("city"), sa.column("city_key"))
    cities = op.get_bind().execute(sa.select(table.c.city).distinct()).scalars().all()
    fill = (
        sa.update(table)
        .where(table.c.city == sa.bindparam("of"))
        .values(city_key=sa.bindparam("key"))
    )
    # An index for the moment: else each city would be looked for in all structures.
    op.create_index("ix_structure_city", "structure", ["city"])
    _many(fill, ({"of": one, "key": folded(one)} for one in cities if one))
    op.drop_index("ix_structure_city", "structure")
    op.create_index("ix_structure_city_key", "structure", ["city_key"])


def _words() -> None:
    names = ("word", "issuer", "serial")
    op.create_table(
        "certificate_word",
        sa.Column("word", KeyText, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(*names, name="pk_certificate_word"),
    )
    query = sa.text("SELECT issuer, serial, subject FROM certificate WHERE card_number IS NULL")
    lines = (
        {"word": word, "issuer": row.issuer, "serial": row.serial}
        for row in op.get_bind().execute(query).all()
        for word in words(row.subject)
    )
    _many(sa.insert(sa.table("certificate_word", *map(sa.column, names))), lines)


def _many(statement: sa.Executable, lines: Iterable[dict[str, str]]) -> None:
    for some in batched(lines, _BATCH):
        op.get_bind().execute(statement, list(some))
