# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an authority must remember, as a small protocol.

`caducee.directory.authority_records.RegistryRecords` implements it. The protocols name attributes
only, so that a registry answers with values of its own and need not know this package.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cryptography import x509

__all__ = ["AuthorityRecords", "CrlRecord", "DeltaRecord", "RevokedRecord", "StatusRecord"]


class RevokedRecord(Protocol):
    """One line of a revocation list."""

    @property
    def serial(self) -> int:
        """Serial number of the certificate."""

    @property
    def at(self) -> dt.datetime:
        """Moment of revocation, aware, UTC."""


class CrlRecord(Protocol):
    """The newest revocation list of one issuer."""

    @property
    def number(self) -> int:
        """CRL number."""

    @property
    def this_update(self) -> dt.datetime:
        """Moment from which the list speaks, UTC."""

    @property
    def next_update(self) -> dt.datetime:
        """Moment before which the next list comes, UTC."""

    @property
    def der(self) -> bytes:
        """The list."""


class DeltaRecord(CrlRecord, Protocol):
    """The newest delta list of one issuer."""

    @property
    def base(self) -> int:
        """Number of the full list that it goes beyond."""


class StatusRecord(Protocol):
    """How it stands with one certificate that was issued."""

    @property
    def revoked_at(self) -> dt.datetime | None:
        """Moment of revocation, UTC; none while it is not revoked."""


class AuthorityRecords(Protocol):
    """Keeps serial numbers, certificates, revocations and list numbers of all issuers.

    An issuer is named by the CN of its certificate.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Keep everything that is recorded in the block together, or nothing of it."""

    def reserve_serials(self, issuer: str, prefix: bytes, length: int, count: int) -> Sequence[int]:
        """Return serial numbers of ``length`` bytes that start with ``prefix``.

        None was ever returned before for this issuer, by any process.
        """

    def record_issued(
        self,
        issuer: str,
        certificate: x509.Certificate,
        *,
        card_number: str | None = None,
        use: str | None = None,
    ) -> None:
        """Keep a certificate. A serial used twice raises `StateError`."""

    def revoke(self, issuer: str, serial: int, at: dt.datetime, reason: x509.ReasonFlags) -> bool:
        """Mark a certificate revoked; false when it was revoked before (its date then stays).

        An unknown certificate raises `IssueError` (``authority.certificate_unknown``).
        """

    def revoked(self, issuer: str, expired_before: dt.datetime) -> Sequence[RevokedRecord]:
        """Return what is revoked, by serial, without what had expired before a moment."""

    def revocations(self, issuer: str) -> int:
        """Return how many certificates of an issuer are revoked, expired ones too.

        The number only grows, so that whoever keeps answers sees by it that they are out of date.
        """

    def status(self, issuer: str, serial: int) -> StatusRecord | None:
        """Return how it stands with a certificate; none when the issuer never issued it."""

    def statuses(self, issuer: str, serials: Collection[int]) -> Mapping[int, StatusRecord]:
        """Return the same for several serials at once; those never issued are left out."""

    def next_crl_number(self, issuer: str) -> int:
        """Return a list number greater than every number returned before for this issuer."""

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

    def newest_crl(self, issuer: str, generation: int = 1) -> CrlRecord | None:
        """Return the newest list of an issuer's key, or none."""

    def record_delta(self, issuer: str, delta: DeltaRecord, *, generation: int = 1) -> None:
        """Keep a delta list as the newest, unless one with a greater number is kept already."""

    def newest_delta(self, issuer: str, generation: int = 1) -> DeltaRecord | None:
        """Return the newest delta list of an issuer's key, or none."""

    def last_end(self, issuer: str, prefix: bytes) -> dt.datetime | None:
        """Return when the last certificate with such a serial ends; none without any."""
