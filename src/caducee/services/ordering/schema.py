# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of the ordering service, in the registry's database, on SQLite and PostgreSQL.

Orders refer to cards by their number; what a card is stands in the registry alone. The migrations
build exactly these tables; a test compares the two.
"""

import sqlalchemy as sa

from caducee.directory.schema import UtcDateTime

__all__ = [
    "HEAD",
    "METADATA",
    "VERSIONS",
    "account",
    "account_role",
    "item",
    "letter",
    "order",
    "outbox",
    "step",
    "token",
    "trail",
    "trail_checkpoint",
]

HEAD = "0003"
"""The migration that these tables stand for."""

VERSIONS = "ordering_version"
"""The table that says which revision they have."""

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_Growing = sa.BigInteger().with_variant(sa.Integer, "sqlite")

account = sa.Table(
    "ordering_account",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("ps_idnat", sa.Text, unique=True),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("confirmed_at", UtcDateTime),
    sa.Column("erased_at", UtcDateTime),
)
"""Who may log in: by card (``ps_idnat``), by password (a salted hash of a kept library), or both.
An account that was erased on request keeps its id alone, for the steps that refer to it."""

account_role = sa.Table(
    "ordering_account_role",
    METADATA,
    sa.Column("account", sa.ForeignKey("ordering_account.id"), primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
)

token = sa.Table(
    "ordering_token",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("account", sa.ForeignKey("ordering_account.id"), index=True),
    sa.Column("subject", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("way", sa.Text),
    sa.Column("holder", sa.Text),
    sa.Column("card", sa.Text),
)
"""Links, codes, sessions and API keys, by the SHA-256 of their secret: the secret is not kept.
``way``, ``holder`` and ``card`` say how a session or a key was opened (`access.Access`)."""

order = sa.Table(
    "ordering_order",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("applicant", sa.ForeignKey("ordering_account.id"), nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("request_key", sa.Text),
    sa.Column("request_digest", sa.Text),
    sa.Column("signature", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("submitted_at", UtcDateTime),
    sa.Column("ends_at", UtcDateTime),
    sa.UniqueConstraint("applicant", "request_key"),
    sa.Index(None, "state", "submitted_at"),
)
"""``version`` grows with each change, so that two windows cannot undo each other's;
``request_key`` is the client's, so that a repeated submission finds the first one, and
``request_digest`` the SHA-256 of the form that came with it, so that another form is recognised;
``signature``: JSON, by what the applicant signed, and when; ``ends_at``: end of the test use."""

step = sa.Table(
    "ordering_step",
    METADATA,
    sa.Column("number", _Growing, primary_key=True, autoincrement=True),
    sa.Column("order", sa.ForeignKey("ordering_order.id"), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Every step of an order, as the applicant sees it."""

item = sa.Table(
    "ordering_piece",
    METADATA,
    sa.Column("order", sa.ForeignKey("ordering_order.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("product", sa.Text, nullable=False),
    sa.Column("wish", sa.Text, key="spec", nullable=False),
    sa.Column("shipment", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("card_number", sa.Text, unique=True),
    sa.Column("issuer", sa.Text),
    sa.Column("serial", sa.Text),
    sa.Column("content", sa.LargeBinary),
    sa.Column("made_at", UtcDateTime),
    sa.Column("taken_at", UtcDateTime),
    sa.Column("activated_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("reason", sa.Text),
    sa.Column("replaces", sa.Text),
    sa.Index(None, "state"),
    sa.Index(None, "serial"),
    sa.Index(None, "replaces"),
    sa.Index(None, "shipment"),
)
"""Every single card and certificate that an accepted order will have, planned before any is made:
so a worker that was killed sees what is left. ``content`` is what will be handed over, encrypted
under a key that stands outside the database, between making and delivery; it is taken away then.
``shipment``: what is made and handed over together: all of an order, or one replacement."""

letter = sa.Table(
    "ordering_letter",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("order", sa.ForeignKey("ordering_order.id"), nullable=False, index=True),
    sa.Column("shipment", sa.Text, nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("opened_at", UtcDateTime),
)
"""PINs on their way: encrypted under the secret of a one-time link, which is not kept; when the
letter is opened, or its time is over, ``sealed`` is emptied and the PINs are nowhere any more."""

outbox = sa.Table(
    "ordering_outbox",
    METADATA,
    sa.Column("number", _Growing, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""Events for those who must know (e-CPS, doors), each entered in the transaction that causes it.
A reader keeps the number that it has read to: numbers become visible in order and without gaps.
The schema of the bodies is documented."""

trail = sa.Table(
    "ordering_trail",
    METADATA,
    sa.Column("number", _Growing, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Index(None, "subject"),
)

trail_checkpoint = sa.Table(
    "ordering_trail_head",
    METADATA,
    sa.Column("number", _Growing, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)
"""Checkpoints of the trail that the authority signed (a CMS over number, moment and hash)."""
