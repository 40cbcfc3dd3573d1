# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a certificate was revoked: the question, and the answer of a CRL.

A list that is missing, stale or does not concern the certificate gives `RevocationState.UNKNOWN`
with its reason, never an "ok".
"""

import datetime as dt
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final, Protocol

from cryptography import x509

from caducee.base.errors import Fact, TrustError
from caducee.trust.crl import CrlIndex
from caducee.trust.dates import day
from caducee.trust.x509 import View, view

__all__ = ["CrlInfo", "CrlSource", "RevocationAnswer", "RevocationSource", "RevocationState"]


_SKEW: Final = dt.timedelta(minutes=5)
"""How far the clock of an authority may be ahead of ours."""


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
    """Common name of the issuer."""

    number: int | None
    this_update: dt.datetime
    next_update: dt.datetime
    entries: int


class CrlSource:
    """Revocation by complete CRLs, verified when they are taken in, indexed in memory.

    Safe to use from several threads: a list is put in place whole.
    """

    def __init__(
        self, issuers: Iterable[x509.Certificate], *, grace: dt.timedelta = dt.timedelta()
    ) -> None:
        """Take the CA certificates whose lists are wanted.

        ``grace``: how long after its nextUpdate a list is still believed (0: not at all).
        """
        self._issuers = tuple(view(one) for one in issuers)
        self._grace = grace
        self._lists: dict[_Key, CrlIndex] = {}
        self._lock = threading.Lock()

    def load(self, crl: bytes) -> CrlInfo:
        """Take in a list, DER (or PEM), in place of an older one of the same issuer.

        Raises `TrustError`: ``trust.crl_unreadable``, ``trust.crl_too_large``,
        ``trust.crl_issuer_unknown``, ``trust.crl_signature``, ``trust.signature_weak``,
        ``trust.crl_unsupported``, ``trust.crl_delta``, ``trust.crl_older`` (a lower CRL number
        than the list in use). What was in use stays in use then.
        """
        index = CrlIndex.read(crl, self._issuers)
        with self._lock:
            known = self._lists.get(_key(index.issuer))
            if known is not None and index.older_than(known):
                raise TrustError(
                    "trust.crl_older",
                    issuer=index.issuer.label,
                    number=index.number,
                    known=known.number,
                )
            self._lists[_key(index.issuer)] = index
        return _info(index)

    def infos(self) -> tuple[CrlInfo, ...]:
        """Return what the lists in use say of themselves."""
        return tuple(_info(one) for one in self._lists.values())

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell whether a certificate stands in its issuer's list."""
        authority = view(issuer)
        index = self._lists.get(_key(authority))
        if index is None:
            return _unknown("trust.crl_missing", issuer=authority.label)
        if at < index.this_update - _SKEW:
            return _unknown(
                "trust.crl_not_yet", issuer=authority.label, this_update=day(index.this_update)
            )
        entry = index.entry(certificate.serial_number)
        if entry is not None:
            facts: dict[str, Fact] = {
                "revoked_at": "?" if entry.revoked_at is None else day(entry.revoked_at),
                "reason": entry.reason,
            }
            return RevocationAnswer(
                RevocationState.REVOKED, "trust.revoked", MappingProxyType(facts)
            )
        if at > index.next_update + self._grace:
            return _unknown(
                "trust.crl_stale", issuer=authority.label, next_update=day(index.next_update)
            )
        facts = {
            "this_update": day(index.this_update),
            "next_update": day(index.next_update),
            "crl_number": index.number,
        }
        return RevocationAnswer(RevocationState.GOOD, "trust.not_revoked", MappingProxyType(facts))


type _Key = tuple[bytes, bytes]


def _key(issuer: View) -> _Key:
    """A list belongs to a name and a key: the one of the certificate's own issuer."""
    return issuer.subject, issuer.spki


def _info(index: CrlIndex) -> CrlInfo:
    return CrlInfo(
        index.issuer.label, index.number, index.this_update, index.next_update, len(index)
    )


def _unknown(code: str, **facts: Fact) -> RevocationAnswer:
    return RevocationAnswer(RevocationState.UNKNOWN, code, MappingProxyType(facts))
