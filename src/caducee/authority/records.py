# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an authority must remember, as a small protocol.

The registry implements it (`caducee.directory.records.RegistryRecords`). The protocols name
attributes only, so that a registry answers with values of its own and need not know this package.
"""

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cryptography import x509

__all__ = ["CrlRecord", "RecordBook", "RevokedRecord"]


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


class RecordBook(Protocol):
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

    def next_crl_number(self, issuer: str) -> int:
        """Return a list number greater than every number returned before for this issuer."""

    def record_crl(
        self,
        issuer: str,
        number: int,
        this_update: dt.datetime,
        next_update: dt.datetime,
        der: bytes,
    ) -> None:
        """Keep a list as the newest, unless one with a greater number is kept already."""

    def newest_crl(self, issuer: str) -> CrlRecord | None:
        """Return the newest list of an issuer, or none."""
