# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a certificate was revoked: the question, and the answer of CRLs (RFC 5280 6.3).

A list that is missing, stale or does not concern the certificate gives `RevocationState.UNKNOWN`
with its reason, never an "ok".
"""

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final, Protocol

from cryptography import x509

from caducee.base.errors import Fact, TrustError
from caducee.trust.crl import CrlIndex
from caducee.trust.crl_entry import CrlEntry
from caducee.trust.crl_scope import ALL_REASONS, CrlPoint, CrlScope, points
from caducee.trust.crl_signers import CrlSigners
from caducee.trust.dates import day
from caducee.trust.loading import Certificates, certificates
from caducee.trust.names import UNREADABLE, Directory, normal
from caducee.trust.strength import SAFE, Strength
from caducee.trust.x509 import ParsedCertificate, view

__all__ = [
    "CrlInfo",
    "CrlSource",
    "RevocationAnswer",
    "RevocationSource",
    "RevocationState",
    "SourceProblem",
]


SKEW: Final = dt.timedelta(minutes=5)
"""How far the clock of an authority may be ahead of ours."""


@unique
class RevocationState(StrEnum):
    """What a source knows of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A source that could not say what is new, so that something older or another stood in."""

    source: str
    """Its address."""

    code: str
    """Why, e.g. ``trust.fetch_failed``, ``trust.ocsp_unreachable``, ``trust.crl_signature``."""


@dataclass(frozen=True, slots=True)
class RevocationAnswer:
    """The answer of a source for one certificate."""

    state: RevocationState
    code: str
    """``trust.not_revoked``, ``trust.not_revoked_late`` (good by what has ended, within a bound
    that was asked for), ``trust.revoked``, ``trust.crl_missing``, ``trust.crl_stale``..."""

    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))
    """E.g. ``revoked_at``, ``reason``, ``next_update``, ``crl_number``."""

    since: dt.datetime | None = None
    """The thisUpdate of what a good answer rests on."""

    until: dt.datetime | None = None
    """How long what a good answer rests on is taken, if nothing newer can be had."""

    problems: tuple[SourceProblem, ...] = ()
    """Sources that were asked and gave nothing new."""

    @property
    def is_late(self) -> bool:
        """Whether the certificate is only taken for good because nothing newer can be had."""
        return self.code == "trust.not_revoked_late"


class RevocationSource(Protocol):
    """Something that knows whether certificates were revoked (CRL, index, OCSP, bundle)."""

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
    base: int | None = None
    """For a delta list, the number of the complete list that it changes."""


class CrlSource:
    """Revocation by CRLs, verified when they are taken in, indexed in memory.

    Complete, delta and indirect lists, whole or by distribution point and reason. Safe to use
    from several threads: a list is put in place whole.
    """

    def __init__(
        self,
        issuers: Certificates,
        *,
        grace: dt.timedelta = dt.timedelta(),
        strength: Strength = SAFE,
    ) -> None:
        """Take the CA certificates whose lists are wanted, and those above them.

        A list signed by another key than the certificate's issuer is believed when both hang on
        one root among these certificates. ``grace``: how long after its nextUpdate a list is
        still believed (0: not at all).
        """
        self._issuers = tuple(view(issuer) for issuer in certificates(issuers))
        self._crl_signers = CrlSigners(self._issuers)
        self._grace = grace
        self._strength = strength
        self._lists: dict[_Key, CrlIndex] = {}
        self._named: dict[Directory | bytes, tuple[CrlIndex, ...]] = {}
        self._lock = threading.Lock()

    def load(self, crl: bytes) -> CrlInfo:
        """Take in a list, DER (or PEM), in place of an older one of the same issuer and scope.

        A delta list stands beside the complete one that it changes. Raises `TrustError`:
        ``trust.crl_unreadable``, ``trust.crl_too_large``, ``trust.crl_issuer_unknown``,
        ``trust.crl_signature``, ``trust.signature_weak``, ``trust.crl_unsupported``,
        ``trust.crl_older`` (a lower CRL number than the list in use). What was in use stays in
        use then.
        """
        index = CrlIndex.read(crl, self._issuers, self._strength)
        with self._lock:
            known = self._lists.get(_key(index))
            if known is not None and index.older_than(known):
                raise TrustError(
                    "trust.crl_older",
                    issuer=index.issuer.label,
                    number=index.number,
                    known=known.number,
                )
            self._lists[_key(index)] = index
            name = normal(index.issuer.subject)
            self._named[name] = tuple(
                item for item in self._lists.values() if normal(item.issuer.subject) == name
            )
        return _info(index)

    def infos(self) -> tuple[CrlInfo, ...]:
        """Return what the lists in use say of themselves."""
        return tuple(_info(item) for item in self._lists.values())

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell what the lists say of a certificate, by all its distribution points."""
        try:
            return self._status(view(certificate), view(issuer), at, frozenset())
        except UNREADABLE:
            return unknown("trust.extensions_unreadable")

    def _status(
        self,
        own: ParsedCertificate,
        issuer: ParsedCertificate,
        at: dt.datetime,
        asking: frozenset[bytes],
    ) -> RevocationAnswer:
        left = ALL_REASONS
        reserve = unknown("trust.crl_missing", issuer=issuer.label)
        good: RevocationAnswer | None = None
        for index, reasons in self._concerning(own, issuer, at, asking):
            if not reasons & left:
                continue
            answer = self._answer(index, own, at)
            if answer.state is RevocationState.REVOKED:
                return answer
            if answer.state is RevocationState.GOOD:
                left -= reasons
                good = good or answer
            elif reserve.code in ("trust.crl_missing", "trust.crl_delta"):
                reserve = answer
        if good is not None and left and reserve.code == "trust.crl_missing":
            return unknown("trust.crl_partial", issuer=issuer.label)
        return reserve if good is None or left else good

    def _concerning(
        self,
        own: ParsedCertificate,
        issuer: ParsedCertificate,
        at: dt.datetime,
        asking: frozenset[bytes],
    ) -> Iterator[tuple[CrlIndex, frozenset[x509.ReasonFlags]]]:
        """Yield the lists that speak of a certificate, and for which reasons."""

        def is_good(
            item: ParsedCertificate, above: ParsedCertificate, asked: frozenset[bytes]
        ) -> bool:
            return self._status(item, above, at, asked).state is RevocationState.GOOD

        trusted = self._crl_signers.trusts
        for point in self._points(own):
            for name in point.issuers or (normal(own.issuer),):
                for index in self._named.get(name, ()):
                    reasons = point.covers(index.scope, index.issuer.subject, own)
                    if reasons and trusted(index.issuer, issuer, at, asking, is_good):
                        yield index, reasons

    def _points(self, own: ParsedCertificate) -> Iterator[CrlPoint]:
        """Yield the distribution points of a certificate; only the usual one where all lists of
        its issuer hold all that it issued, and nobody else publishes for it."""
        usual = CrlScope()
        lists = self._named.get(normal(own.issuer), ())
        named = own.distribution_points or ()
        if all(item.scope == usual for item in lists) and all(
            item.crl_issuer is None and item.reasons is None for item in named
        ):
            yield _USUAL_POINT
        else:
            yield from points(own)

    def _answer(self, index: CrlIndex, own: ParsedCertificate, at: dt.datetime) -> RevocationAnswer:
        """Tell what one complete list and its delta say."""
        label = index.issuer.label
        if index.is_delta:
            return unknown("trust.crl_delta", issuer=label)
        if at < index.this_update - SKEW:
            return unknown("trust.crl_not_yet", issuer=label, this_update=day(index.this_update))
        delta = self._delta(index, at)
        entry = index.entry(own.serial_number, own.issuer)
        if delta is not None:
            changed = delta.entry(own.serial_number, own.issuer)
            if changed is not None:
                entry = None if changed.reason == "removeFromCRL" else changed
        if entry is not None:
            return revoked(entry)
        latest, ends = index, index.next_update
        if delta is not None:  # it says more than the complete list, even after its own end
            latest, ends = delta, max(ends, delta.next_update)
        if at > ends + self._grace:
            return unknown("trust.crl_stale", issuer=label, next_update=day(ends))
        times = latest.this_update, ends
        return not_revoked(at, *times, late=self._grace, crl_number=latest.number)

    def _delta(self, index: CrlIndex, at: dt.datetime) -> CrlIndex | None:
        """Return the delta list that has begun and may be laid over a complete one."""
        for item in self._named.get(normal(index.issuer.subject), ()):
            if item.this_update - SKEW <= at and item.changes(index):
                return item
        return None


_USUAL_POINT: Final = CrlPoint(None, None, ALL_REASONS)

type _Key = tuple[bytes, bytes, CrlScope, bool]


def _key(index: CrlIndex) -> _Key:
    """A list belongs to a name, a key and a scope; a delta list takes no complete one's place."""
    return index.issuer.subject, index.issuer.spki, index.scope, index.is_delta


def _info(index: CrlIndex) -> CrlInfo:
    return CrlInfo(
        index.issuer.label,
        index.number,
        index.this_update,
        index.next_update,
        len(index),
        index.base,
    )


def not_revoked(
    at: dt.datetime,
    this_update: dt.datetime,
    next_update: dt.datetime,
    *,
    late: dt.timedelta = dt.timedelta(),
    **facts: Fact,
) -> RevocationAnswer:
    """Return the answer for a certificate that is not revoked; its code says if it is late.

    ``late``: how long after ``next_update`` such an answer is still taken.
    """
    code = "trust.not_revoked" if at <= next_update else "trust.not_revoked_late"
    known = {"this_update": day(this_update), "next_update": day(next_update), **facts}
    good, until = RevocationState.GOOD, next_update + late
    return RevocationAnswer(good, code, MappingProxyType(known), this_update, until)


def revoked(entry: CrlEntry) -> RevocationAnswer:
    facts: dict[str, Fact] = {
        "revoked_at": "?" if entry.revoked_at is None else day(entry.revoked_at),
        "reason": entry.reason,
    }
    return RevocationAnswer(RevocationState.REVOKED, "trust.revoked", MappingProxyType(facts))


def unknown(code: str, **facts: Fact) -> RevocationAnswer:
    return RevocationAnswer(RevocationState.UNKNOWN, code, MappingProxyType(facts))
