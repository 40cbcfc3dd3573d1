# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a certificate was revoked: the question, and the answer of a CRL.

A list that is missing, stale or does not concern the certificate gives `RevocationState.UNKNOWN`
with its reason, never an "ok".
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Protocol

from cryptography import x509

from caducee.base.errors import Fact

__all__ = ["CrlInfo", "CrlSource", "RevocationAnswer", "RevocationSource", "RevocationState"]


@unique
class RevocationState(StrEnum):
    """What a source knows of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RevocationAnswer:
    """The answer of a source for one certificate."""

    state: RevocationState
    code: str
    """``trust.not_revoked``, ``trust.revoked``, ``trust.crl_missing``, ``trust.crl_stale``..."""

    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))
    """E.g. ``revoked_at``, ``reason``, ``next_update``, ``crl_number``."""


class RevocationSource(Protocol):
    """Something that knows whether certificates were revoked (a CRL, later delta and OCSP)."""

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell the state of a certificate at a moment. Never raises on what it was fed."""


@dataclass(frozen=True, slots=True)
class CrlInfo:
    """What a list that was taken in says of itself."""

    issuer: str
    """Name of the issuer, RFC 4514."""

    number: int | None
    this_update: dt.datetime
    next_update: dt.datetime
    entries: int


class CrlSource:
    """Revocation by complete CRLs, verified when they are taken in, indexed in memory."""

    def __init__(
        self, issuers: Iterable[x509.Certificate], *, grace: dt.timedelta = dt.timedelta()
    ) -> None:
        """Take the CA certificates whose lists are wanted.

        ``grace``: how long after its nextUpdate a list is still believed (0: not at all).
        """
        raise NotImplementedError

    def load(self, crl: bytes) -> CrlInfo:
        """Take in a list, DER (or PEM), in place of an older one of the same issuer.

        Raises `TrustError`: ``trust.crl_unreadable``, ``trust.crl_issuer_unknown``,
        ``trust.crl_signature``, ``trust.crl_unsupported``, ``trust.crl_older`` (a lower CRL
        number than the list in use).
        """
        raise NotImplementedError

    def infos(self) -> tuple[CrlInfo, ...]:
        """Return what the lists in use say of themselves."""
        raise NotImplementedError

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell whether a certificate stands in its issuer's list."""
        raise NotImplementedError
