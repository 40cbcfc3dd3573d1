# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The letter: PINs on their way, sealed under the secret of a link that works once.

The service keeps the SHA-256 of the secret, and the letter encrypted under a key that follows from
it: who has the database cannot open a letter, and who opened it leaves nothing to open again.
"""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from caducee.base.errors import IssueError, StateError
from caducee.base.secret import Secret
from caducee.directory.jobs import QueuedJob
from caducee.services.ordering import schema
from caducee.services.ordering.content import CardContent, Content, read_content
from caducee.services.ordering.items import OrderItem
from caducee.services.ordering.orders import Actor, Order, check_own
from caducee.services.ordering.roles import Role
from caducee.services.ordering.tools import WORKER, JobKind, Tools
from caducee.spec import ours

__all__ = [
    "CardCodesLine",
    "CertificateCodeLine",
    "Letter",
    "LetterLink",
    "LetterNote",
    "Letters",
]

_LETTER = schema.letter
_TOKEN = schema.token
_PURPOSE = "letter"
_SECRET = 32
_NONCE = 12


@dataclass(frozen=True, slots=True, eq=False)
class LetterLink:
    """What the one who may open the letter needs. The service keeps the SHA-256 of the secret."""

    secret: Secret
    """ASCII, safe in an address (43 characters): the last part of the link."""

    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class LetterNote:
    """What is known of a letter without opening it."""

    order: str
    """Id of the order."""

    number: str
    """Number of the order."""

    created_at: dt.datetime
    expires_at: dt.datetime
    opened_at: dt.datetime | None


@dataclass(frozen=True, slots=True, eq=False)
class CardCodesLine:
    """The PINs of one card."""

    card_number: str
    product: str
    pin: Secret
    puk: Secret


@dataclass(frozen=True, slots=True, eq=False)
class CertificateCodeLine:
    """What opens the key of one certificate."""

    serial: str
    """Hexadecimal."""

    product: str
    passphrase: Secret


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """An opened letter: shown once, kept nowhere."""

    number: str
    """Number of the order."""

    archive: Secret
    """Password of the archive."""

    cards: tuple[CardCodesLine, ...]
    certificates: tuple[CertificateCodeLine, ...]


class _Sheet(msgspec.Struct, array_like=True):
    """What is sealed."""

    number: str
    archive: bytes
    cards: list[tuple[str, str, bytes, bytes]]
    certificates: list[tuple[str, str, bytes]]


class Letters:
    """The letters of one service."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def make(self, order: Order, actor: Actor) -> LetterLink:
        """Seal the PINs of the shipment that waits, and return the link.

        Raises `IssueError` (``ordering.nothing_waits``, ``ordering.unknown``).
        """
        if actor.role is not Role.APPLICANT:
            raise IssueError("ordering.role_wrong", role=actor.role.value, action="letter")
        check_own(order, actor)
        tools = self._tools
        shipment = tools.items.waiting(order.id)
        if shipment is None:
            raise IssueError("ordering.nothing_waits", number=order.number)
        sheet = self._sheet(order, shipment)
        key, secret = uuid.uuid4().hex, secrets.token_urlsafe(_SECRET).encode()
        now = tools.registry.now()
        expires = now + dt.timedelta(days=ours.table("ordering").integer("letter_days"))
        with tools.registry.writing() as connection:
            if tools.items.waiting(order.id) != shipment:
                raise StateError("ordering.changed_meanwhile", number=order.number)
            self._void(connection, shipment)
            row: dict[str, object] = {
                "id": key,
                "order": order.id,
                "shipment": shipment,
                "sealed": _seal(key, secret, msgspec.msgpack.encode(sheet)),
                "created_at": now,
                "expires_at": expires,
            }
            connection.execute(sa.insert(_LETTER).values(row))
            connection.execute(sa.insert(_TOKEN).values(_token(order, key, secret, now, expires)))
            tools.jobs.add(JobKind.EXPIRE, key, key=f"{JobKind.EXPIRE}:{key}", due_at=expires)
            tools.trail.add(actor.account, actor.role.value, "letter.made", order.number)
        return LetterLink(Secret(secret), expires)

    def made(self, shipment: str) -> bool:
        """Tell whether a letter of a shipment was made and is not void."""
        query = sa.select(_LETTER.c.id).where(
            _LETTER.c.shipment == shipment,
            sa.or_(_LETTER.c.sealed.is_not(None), _LETTER.c.opened_at.is_not(None)),
        )
        with self._tools.registry.reading() as connection:
            return connection.execute(query).first() is not None

    def peek(self, secret: Secret) -> LetterNote:
        """Say what a link leads to, unopened. Raises `IssueError` (``ordering.link_unknown``)."""
        row = self._found(secret)
        order = self._tools.orders.order(row["order"])
        return LetterNote(
            order=order.id,
            number=order.number,
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            opened_at=row["opened_at"],
        )

    def open(self, secret: Secret) -> Letter:
        """Open a letter; it is emptied in the same transaction, so that one opens it.

        Raises `IssueError`: ``ordering.link_unknown``, ``ordering.link_used``,
        ``ordering.link_expired``.
        """
        tools = self._tools
        row = self._found(secret)
        now = tools.registry.now()
        if row["opened_at"] is None and row["expires_at"] <= now:
            self._empty(row["id"])
        with tools.registry.writing() as connection:
            used = connection.execute(
                sa.update(_TOKEN)
                .where(_TOKEN.c.digest == _digest(secret), _TOKEN.c.used_at.is_(None))
                .where(_TOKEN.c.expires_at > now)
                .values(used_at=now)
            )
            if used.rowcount != 1:
                expired = row["opened_at"] is None and row["expires_at"] <= now
                raise IssueError("ordering.link_expired" if expired else "ordering.link_used")
            query = sa.select(_LETTER.c.sealed).where(_LETTER.c.id == row["id"])
            sealed = connection.execute(query).scalar()
            if sealed is None:
                raise IssueError("ordering.link_used")
            sheet = msgspec.msgpack.decode(_open(row["id"], secret.reveal(), sealed), type=_Sheet)
            connection.execute(
                sa.update(_LETTER)
                .where(_LETTER.c.id == row["id"])
                .values(sealed=None, opened_at=now)
            )
            tools.trail.add("link", Role.APPLICANT.value, "letter.opened", sheet.number)
        return _letter(sheet)

    def expire(self, job: QueuedJob) -> None:
        """Empty the letter that a job names."""
        with self._tools.registry.transaction():
            self._tools.jobs.prolong(job)
            self._empty(job.payload)
            self._tools.jobs.done(job)

    def _sheet(self, order: Order, shipment: str) -> _Sheet:
        tools = self._tools
        archive = tools.vault.password(shipment).reveal()
        sheet = _Sheet(order.number, archive, [], [])
        for item, sealed in tools.items.contents(shipment):
            _write(sheet, item, read_content(tools.vault, shipment, item.place, sealed))
        return sheet

    def _void(self, connection: sa.Connection, shipment: str) -> None:
        """Empty the letters of a shipment that nobody opened: another one takes their place."""
        connection.execute(
            sa.update(_LETTER).where(_LETTER.c.shipment == shipment).values(sealed=None)
        )

    def _empty(self, key: str) -> None:
        tools = self._tools
        with tools.registry.writing() as connection:
            emptied = connection.execute(
                sa.update(_LETTER)
                .where(_LETTER.c.id == key, _LETTER.c.sealed.is_not(None))
                .values(sealed=None)
            )
            if emptied.rowcount == 1:
                query = sa.select(_LETTER.c.order).where(_LETTER.c.id == key)
                order = tools.orders.order(connection.execute(query).scalar_one())
                tools.trail.add(WORKER.account, WORKER.role.value, "letter.expired", order.number)

    def _found(self, secret: Secret) -> sa.RowMapping:
        query = (
            sa.select(_LETTER)
            .join(_TOKEN, _TOKEN.c.subject == _LETTER.c.id)
            .where(_TOKEN.c.digest == _digest(secret), _TOKEN.c.purpose == _PURPOSE)
        )
        with self._tools.registry.reading() as connection:
            found = connection.execute(query).mappings().first()
        if found is None:
            raise IssueError("ordering.link_unknown")
        return found


def _write(sheet: _Sheet, item: OrderItem, content: Content) -> None:
    if isinstance(content, CardContent):
        sheet.cards.append((content.number, item.product, content.pin, content.puk))
    elif content.passphrase is not None:
        sheet.certificates.append((content.serial, item.product, content.passphrase))


def _letter(sheet: _Sheet) -> Letter:
    return Letter(
        number=sheet.number,
        archive=Secret(sheet.archive),
        cards=tuple(_secret_cards(sheet.cards)),
        certificates=tuple(
            CertificateCodeLine(serial, product, Secret(passphrase))
            for serial, product, passphrase in sheet.certificates
        ),
    )


def _secret_cards(lines: Iterable[tuple[str, str, bytes, bytes]]) -> Iterable[CardCodesLine]:
    for number, product, pin, puk in lines:
        yield CardCodesLine(number, product, Secret(pin), Secret(puk))


def _token(
    order: Order, key: str, secret: bytes, now: dt.datetime, expires: dt.datetime
) -> dict[str, object]:
    return {
        "digest": _digest(Secret(secret)),
        "purpose": _PURPOSE,
        "account": order.applicant,
        "subject": key,
        "created_at": now,
        "expires_at": expires,
        "tries": 0,
    }


def _digest(secret: Secret) -> str:
    return hashlib.sha256(secret.reveal()).hexdigest()


def _key(letter: str, secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, f"letter:{letter}".encode()).derive(secret))


def _seal(letter: str, secret: bytes, plain: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _key(letter, secret).encrypt(nonce, plain, None)


def _open(letter: str, secret: bytes, sealed: bytes) -> bytes:
    try:
        return _key(letter, secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError) as error:
        raise StateError("ordering.content_lost") from error
