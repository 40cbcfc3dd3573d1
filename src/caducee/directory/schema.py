# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of the registry, the same on SQLite and PostgreSQL.

Codes and identifiers are text. Serial numbers are text too, upper-case hexadecimal as the
documents print them, since no column type of both engines holds 18 bytes as a number. Moments are
UTC. The migrations build exactly these tables; a test compares the two.
"""

import datetime as dt

import sqlalchemy as sa

__all__ = [
    "HEAD",
    "METADATA",
    "KeyText",
    "UtcDateTime",
    "activity",
    "card",
    "certificate",
    "certificate_word",
    "consent",
    "counter",
    "crl",
    "delta_crl",
    "history",
    "identifier",
    "job",
    "person",
    "qualification",
    "serial",
    "structure",
]

HEAD = "0007"
"""The migration that these tables stand for."""


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware UTC moment. SQLite forgets the zone, so that it is given back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True
    """Statements with this type may be kept by SQLAlchemy."""

    def process_bind_param(
        self, value: dt.datetime | None, dialect: sa.engine.Dialect
    ) -> dt.datetime | None:
        """Return the moment in UTC; a naive one is a fault of the caller (``ValueError``)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an aware datetime is needed")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: sa.engine.Dialect
    ) -> dt.datetime | None:
        """Return the moment, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


KeyText = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that is compared by code points on both engines, so that an index serves its start."""

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

person = sa.Table(
    "person",
    METADATA,
    sa.Column("ps_idnat", sa.Text, primary_key=True),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_name", sa.Text, nullable=False),
    sa.Column("profession", sa.Text),
    sa.Column("civility", sa.Text),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("future_profession", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False, index=True),
    sa.Column("family_key", KeyText, nullable=False, index=True),
    sa.Column("given_key", KeyText, nullable=False, index=True),
)

identifier = sa.Table(
    "identifier",
    METADATA,
    sa.Column("ps_idnat", sa.ForeignKey("person.ps_idnat", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index(None, "kind", "value"),
    sa.Index(None, "value"),
)

qualification = sa.Table(
    "qualification",
    METADATA,
    sa.Column("ps_idnat", sa.ForeignKey("person.ps_idnat", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Index(None, "code", "ps_idnat"),
)

structure = sa.Table(
    "structure",
    METADATA,
    sa.Column("struct_idnat", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("department", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False, index=True),
    sa.Column("name_key", KeyText, nullable=False, index=True),
    sa.Column("street", sa.Text),
    sa.Column("postal_code", KeyText, index=True),
    sa.Column("commune", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("city_key", KeyText, nullable=False, index=True),
)

activity = sa.Table(
    "activity",
    METADATA,
    sa.Column("ps_idnat", sa.ForeignKey("person.ps_idnat", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("struct_idnat", sa.ForeignKey("structure.struct_idnat"), nullable=False, index=True),
    sa.Column("sector", sa.Text, nullable=False),
    sa.Column("mode", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False, index=True),
    sa.Column("section", sa.Text),
    sa.Column("role", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Index(None, "sector", "ps_idnat", "number"),
)

card = sa.Table(
    "card",
    METADATA,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("family", sa.Integer, nullable=False),
    sa.Column("category", sa.Integer, nullable=False),
    sa.Column("ps_idnat", sa.ForeignKey("person.ps_idnat"), nullable=False, index=True),
    sa.Column("issued_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("opposed_at", UtcDateTime),
    sa.Column("reason", sa.Text),
    sa.Column("responsibility", sa.Text),
)

serial = sa.Table(
    "serial",
    METADATA,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("serial", sa.Text, primary_key=True),
)
"""Every serial number ever given out, whether or not its certificate was finished."""

certificate = sa.Table(
    "certificate",
    METADATA,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("serial", sa.Text, primary_key=True),
    sa.Column("card_number", sa.ForeignKey("card.number"), index=True),
    sa.Column("use", sa.Text),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("not_before", UtcDateTime, nullable=False, index=True),
    sa.Column("not_after", UtcDateTime, nullable=False, index=True),
    sa.Column("der", sa.LargeBinary, nullable=False),
    sa.Column("revoked_at", UtcDateTime, index=True),
    sa.Column("reason", sa.Text),
    sa.Index(None, "issuer", "revoked_at"),
    sa.Index(None, "serial"),
)

certificate_word = sa.Table(
    "certificate_word",
    METADATA,
    sa.Column("word", KeyText, primary_key=True),
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("serial", sa.Text, primary_key=True),
)
"""Words of the subjects of certificates that stand on no card; those of cards have a holder."""

counter = sa.Table(
    "counter",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
"""Numbers that only grow: CRL numbers, orders of test identities, card numbers."""

crl = sa.Table(
    "crl",
    METADATA,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("this_update", UtcDateTime, nullable=False),
    sa.Column("next_update", UtcDateTime, nullable=False),
    sa.Column("der", sa.LargeBinary, nullable=False),
)
"""The newest revocation list of each issuer."""

delta_crl = sa.Table(
    "delta_crl",
    METADATA,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("base", sa.BigInteger, nullable=False),
    sa.Column("this_update", UtcDateTime, nullable=False),
    sa.Column("next_update", UtcDateTime, nullable=False),
    sa.Column("der", sa.LargeBinary, nullable=False),
)
"""The newest delta list of each issuer, and the number of the full list that it goes beyond."""

consent = sa.Table(
    "consent",
    METADATA,
    sa.Column("ps_idnat", sa.ForeignKey("person.ps_idnat", ondelete="CASCADE"), primary_key=True),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
"""Whether the certificates of a person may be published; no line: never asked, so no."""

history = sa.Table(
    "history",
    METADATA,
    sa.Column(
        "number",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("ps_idnat", sa.Text, index=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Index(None, "subject", "key"),
    sqlite_autoincrement=True,
)
"""Who changed what, and when; the database refuses to change or remove a line."""

job = sa.Table(
    "job",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("leased_until", UtcDateTime),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Index(None, "kind", "state", "due_at"),
)
"""Small background work: who does it now, until when, and what came of it."""
