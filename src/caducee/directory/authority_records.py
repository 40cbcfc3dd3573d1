# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The authority's memory, kept in the registry (`caducee.authority.records.AuthorityRecords`)."""

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import IssueError
from caducee.directory import schema
from caducee.directory.engine import translated
from caducee.directory.model import CertificateStatus, DeltaList, Revocation, RevocationList
from caducee.directory.names import words
from caducee.directory.registry import Registry
from caducee.directory.rows import hexadecimal

__all__ = ["RegistryRecords"]

_STATUS = sa.select(schema.certificate.c.revoked_at).where(
    schema.certificate.c.issuer == sa.bindparam("issuer"),
    schema.certificate.c.serial == sa.bindparam("serial"),
)
"""How it stands with one certificate; built once, since OCSP asks it at every request."""

_STATUS_ALONE = "SELECT revoked_at FROM certificate WHERE issuer = ? AND serial = ?"

_STATUSES = sa.select(schema.certificate.c.serial, schema.certificate.c.revoked_at).where(
    schema.certificate.c.issuer == sa.bindparam("issuer"),
    schema.certificate.c.serial.in_(sa.bindparam("serials", expanding=True)),
)
"""The same for several certificates."""


class DeltaLine(Protocol):
    """What is kept of a delta list."""

    @property
    def number(self) -> int:
        """CRL number."""

    @property
    def base(self) -> int:
        """Number of the full list that it goes beyond."""

    @property
    def this_update(self) -> dt.datetime:
        """Moment from which the list speaks, UTC."""

    @property
    def next_update(self) -> dt.datetime:
        """Moment before which the next list comes, UTC."""

    @property
    def der(self) -> bytes:
        """The list."""


class RegistryRecords:
    """Serials, certificates, revocations and list numbers, each change one transaction.

    Inside ``registry.transaction()`` all changes belong to that transaction.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def transaction(self) -> AbstractContextManager[None]:
        """Keep everything that is recorded in the block together, or nothing of it."""
        return self._registry.transaction()

    def reserve_serials(self, issuer: str, prefix: bytes, length: int, count: int) -> Sequence[int]:
        """Return ``count`` new serial numbers of ``length`` bytes that start with ``prefix``.

        The rest is random (64 bits in the serials of the hierarchy), so that no serial can be
        foreseen; the table of all serials ever given keeps them from being given twice.
        """
        drawn: list[int] = []
        with self._registry.writing() as connection:
            while len(drawn) < count:
                rest = length - len(prefix)
                wanted = [prefix + secrets.token_bytes(rest) for _ in range(count - len(drawn))]
                query = (
                    self._registry.insert(schema.serial)
                    .on_conflict_do_nothing()
                    .returning(schema.serial.c.serial)
                    .values([{"issuer": issuer, "serial": item.hex().upper()} for item in wanted])
                )
                drawn += (int(item, 16) for item in connection.execute(query).scalars())
        return drawn

    def record_issued(
        self,
        issuer: str,
        certificate: x509.Certificate,
        *,
        card_number: str | None = None,
        use: str | None = None,
    ) -> None:
        """Keep a certificate. A serial used twice raises `StateError`."""
        serial, subject = hexadecimal(certificate.serial_number), certificate.subject
        with self._registry.writing() as connection:
            connection.execute(
                sa.insert(schema.certificate).values(
                    issuer=issuer,
                    serial=serial,
                    card_number=card_number,
                    use=use,
                    subject=subject.rfc4514_string(),
                    not_before=certificate.not_valid_before_utc,
                    not_after=certificate.not_valid_after_utc,
                    der=certificate.public_bytes(Encoding.DER),
                )
            )
            if card_number is None:
                connection.execute(
                    sa.insert(schema.certificate_word),
                    [
                        {"word": word, "issuer": issuer, "serial": serial}
                        for word in words(subject.rfc4514_string())
                    ],
                )

    def revoke(self, issuer: str, serial: int, at: dt.datetime, reason: x509.ReasonFlags) -> bool:
        """Mark a certificate revoked; false when it was revoked before (its date then stays).

        An unknown certificate raises `IssueError` (``authority.certificate_unknown``).
        """
        table = schema.certificate
        where = sa.and_(table.c.issuer == issuer, table.c.serial == hexadecimal(serial))
        with self._registry.writing() as connection:
            changed = connection.execute(
                sa.update(table)
                .where(where, table.c.revoked_at.is_(None))
                .values(revoked_at=at.replace(microsecond=0), reason=reason.name)
            )
            if changed.rowcount == 1:
                return True
            if connection.execute(sa.select(table.c.serial).where(where)).first() is None:
                raise IssueError(
                    "authority.certificate_unknown", issuer=issuer, serial=hexadecimal(serial)
                )
            return False

    def revoked(self, issuer: str, expired_before: dt.datetime) -> Sequence[Revocation]:
        """Return what is revoked, by serial, without what had expired before a moment."""
        table = schema.certificate
        query = (
            sa.select(table.c.serial, table.c.revoked_at, table.c.reason)
            .where(
                table.c.issuer == issuer,
                table.c.revoked_at.is_not(None),
                table.c.not_after >= expired_before,
            )
            .order_by(table.c.serial)
        )
        with self._registry.reading() as connection:
            found = connection.execute(query).all()
        return [Revocation(int(serial, 16), at, reason) for serial, at, reason in found]

    def revocations(self, issuer: str) -> int:
        """Return how many certificates of an issuer are revoked; the number only grows."""
        table = schema.certificate
        where = sa.and_(table.c.issuer == issuer, table.c.revoked_at.is_not(None))
        query = sa.select(sa.func.count()).select_from(table).where(where)
        with self._registry.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def status(self, issuer: str, serial: int) -> CertificateStatus | None:
        """Return how it stands with a certificate; none when the issuer never issued it."""
        asked = {"issuer": issuer, "serial": hexadecimal(serial)}
        alone = self._registry.alone()
        if alone is not None:
            with translated():
                row = alone.execute(_STATUS_ALONE, tuple(asked.values())).fetchone()
            return None if row is None else CertificateStatus(_moment(row[0]))
        with self._registry.reading() as connection:
            found = connection.execute(_STATUS, asked).one_or_none()
            return None if found is None else CertificateStatus(found[0])

    def statuses(self, issuer: str, serials: Collection[int]) -> dict[int, CertificateStatus]:
        """Return the same for several serials at once; those never issued are left out."""
        asked = {"issuer": issuer, "serials": [hexadecimal(item) for item in set(serials)]}
        with self._registry.reading() as connection:
            found = connection.execute(_STATUSES, asked).all()
        return {int(serial, 16): CertificateStatus(revoked_at) for serial, revoked_at in found}

    def next_crl_number(self, issuer: str) -> int:
        """Return a list number greater than every number returned before for this issuer."""
        return self._registry.draw(f"crl:{issuer}")[0]

    def record_crl(
        self,
        issuer: str,
        number: int,
        this_update: dt.datetime,
        next_update: dt.datetime,
        der: bytes,
        *,
        generation: int = 1,
    ) -> None:
        """Keep a list as the newest, unless one with a greater number is kept already.

        Each key (generation) of an issuer has a newest list of its own.
        """
        line = {"number": number, "this_update": this_update, "next_update": next_update}
        self._replace(schema.crl, issuer, generation, {**line, "der": der})

    def newest_crl(self, issuer: str, generation: int = 1) -> RevocationList | None:
        """Return the newest list of an issuer's key, or none."""
        row = self._newest(schema.crl, issuer, generation)
        return None if row is None else RevocationList(**row)

    def record_delta(self, issuer: str, delta: DeltaLine, *, generation: int = 1) -> None:
        """Keep a delta list as the newest, unless one with a greater number is kept already."""
        names = ("number", "base", "this_update", "next_update", "der")
        line = {name: getattr(delta, name) for name in names}
        self._replace(schema.delta_crl, issuer, generation, line)

    def newest_delta(self, issuer: str, generation: int = 1) -> DeltaList | None:
        """Return the newest delta list of an issuer's key, or none."""
        row = self._newest(schema.delta_crl, issuer, generation)
        return None if row is None else DeltaList(**row)

    def last_end(self, issuer: str, prefix: bytes) -> dt.datetime | None:
        """Return when the last certificate with such a serial ends; none without any."""
        table, start = schema.certificate, prefix.hex().upper()
        # "G" comes after every hexadecimal digit, so that this is a range of the primary key.
        within = table.c.serial.between(start, f"{start}G")
        query = sa.select(sa.func.max(table.c.not_after)).where(table.c.issuer == issuer, within)
        with self._registry.reading() as connection:
            found: dt.datetime | None = connection.execute(query).scalar_one_or_none()
            return found

    def _newest(self, table: sa.Table, issuer: str, generation: int) -> dict[str, Any] | None:
        query = sa.select(table).where(table.c.issuer == _publisher(issuer, generation))
        with self._registry.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else {**row, "issuer": issuer}

    def _replace(self, table: sa.Table, issuer: str, generation: int, line: dict[str, Any]) -> None:
        """Keep a list, whole or not at all; a smaller number never takes the place of a greater."""
        publisher = _publisher(issuer, generation)
        with self._registry.writing() as connection:
            # The counter row is locked first, so that two writers take turns on PostgreSQL too.
            connection.execute(
                sa.select(schema.counter.c.value)
                .where(schema.counter.c.name == f"crl:{issuer}")
                .with_for_update()
            )
            mine = table.c.issuer == publisher
            kept = connection.execute(sa.select(table.c.number).where(mine)).scalar_one_or_none()
            if kept is not None and kept >= line["number"]:
                return
            connection.execute(sa.delete(table).where(mine))
            connection.execute(sa.insert(table).values(issuer=publisher, **line))


def _publisher(issuer: str, generation: int) -> str:
    """Return under which name the lists of one key of an issuer are kept."""
    return issuer if generation == 1 else f"{issuer} #{generation}"


def _moment(text: str | None) -> dt.datetime | None:
    """Return a moment as a file of SQLite has it: UTC, without saying so."""
    return None if text is None else dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
