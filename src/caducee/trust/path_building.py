# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The search for chains from a certificate to an anchor, with a limit on all the work.

Depth first (RFC 4158): an issuer is a certificate whose subject is the issuer of the one below
and whose key verifies its signature; those whose key identifier fits come first. Certificates are
picked by their names, which cost little, and only those picked are read and counted. Look-alikes
cost one signature each, and every step counts against the limits, so that no set of certificates,
however hostile, makes the search long.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum, unique

from cryptography import x509

from caducee.trust.loading import heading
from caducee.trust.x509 import ParsedCertificate, same_name, signature_is_right, view

__all__ = ["CertificatePool", "LimitReached", "PathLimits", "SearchBudget", "chains"]


@dataclass(frozen=True, slots=True)
class PathLimits:
    """How much work a chain may cost; beyond it the result is a failed check, not a wait."""

    depth: int = 8
    """Most certificates in a chain, leaf and anchor included."""

    candidates: int = 64
    """Most certificates of a fitting name that are read and tried in all, over all attempts."""

    names: int = 1000
    """Most certificates whose names are compared, among intermediates and among anchors."""

    signatures: int = 24
    """Most signatures verified in all."""

    chains: int = 6
    """Most complete chains checked before the first is reported."""

    seconds: float = 0.7
    """Longest time of the search and of the checks, without waiting for revocation sources; after
    it no certificate is looked at any more, and no further check is made."""

    clock: Callable[[], float] = time.monotonic
    """What measures ``seconds``."""


@unique
class LimitReached(StrEnum):
    """The limit at which a search stopped or left something out."""

    DEPTH = "depth"
    CANDIDATES = "candidates"
    NAMES = "names"
    SIGNATURES = "signatures"
    TIME = "time"
    SIZE = "size"
    """A certificate, or a name in it, was too large to be read."""


@dataclass(slots=True)
class SearchBudget:
    """What a search has spent of its limits."""

    limits: PathLimits
    candidates: int = 0
    signatures: int = 0
    reached: LimitReached | None = None
    """The first limit that stopped the search or cut something off it."""

    refused: tuple[ParsedCertificate, ParsedCertificate] | None = None
    """A certificate, and one of the right name and key identifier that did not sign it."""

    waited: float = 0.0
    """Seconds spent in revocation sources, which have limits of their own."""

    _until: float = 0.0
    _known: dict[tuple[int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._until = self.limits.clock() + self.limits.seconds

    def look(self) -> bool:
        """Count one candidate; no when there are none left, or no time."""
        if self.stopped():
            return False
        self.candidates += 1
        if self.candidates > self.limits.candidates:
            self.reach(LimitReached.CANDIDATES)
            return False
        return True

    def reach(self, limit: LimitReached) -> None:
        """Note that a limit was reached; the first one is reported."""
        self.reached = self.reached or limit

    def time_is_over(self, *, waiting: bool = False) -> bool:
        """Tell whether the work, with or without waiting for others, took too long."""
        return self.limits.clock() - (0 if waiting else self.waited) > self._until

    def stopped(self) -> bool:
        """Tell whether the time is over, and note it."""
        if self.time_is_over():
            self.reach(LimitReached.TIME)
            return True
        return False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Stop the clock while others work."""
        start = self.limits.clock()
        yield
        self.waited += self.limits.clock() - start

    def signed(self, child: ParsedCertificate, issuer: ParsedCertificate) -> bool:
        """Tell whether ``issuer`` signed ``child``; no when no signature may be verified any
        more."""
        pair = id(child), id(issuer)
        known = self._known.get(pair)
        if known is not None:
            return known
        if self.stopped():
            return False
        if self.signatures >= self.limits.signatures:
            self.reach(LimitReached.SIGNATURES)
            return False
        self.signatures += 1
        right = self._known[pair] = signature_is_right(child, issuer)
        if not right and not _unlikely(child, issuer):
            self.refused = self.refused or (child, issuer)
        return right


class CertificatePool:
    """Certificates that may be issuers, found by their subjects and read when these fit."""

    def __init__(self, certificates: Iterable[x509.Certificate], work: SearchBudget) -> None:
        self._work = work
        self._named: dict[bytes, dict[x509.Certificate, None]] = {}
        self._views: dict[x509.Certificate, ParsedCertificate] = {}
        for count, certificate in enumerate(certificates):
            if count >= work.limits.names:
                work.reach(LimitReached.NAMES)
                return
            if work.stopped():
                return
            self._add(certificate)

    def _add(self, certificate: x509.Certificate) -> None:
        head = heading(certificate)
        if head.problem is not None:
            self._work.reach(LimitReached.SIZE)
            return
        self._named.setdefault(head.subject, {})[certificate] = None

    def bearing(self, name: bytes) -> Iterator[ParsedCertificate]:
        """Yield the certificates of a name, DER, each once, while the limits admit it."""
        for subject, certificates in self._named.items():
            if self._work.stopped():
                return
            if same_name(subject, name):
                for certificate in certificates:
                    if not self._work.look():
                        return
                    yield self._read(certificate)

    def bears(self, name: bytes) -> bool:
        """Tell whether a certificate of that name is there; no when the time is over."""
        return any(same_name(subject, name) for subject in self._named if not self._work.stopped())

    def _read(self, certificate: x509.Certificate) -> ParsedCertificate:
        found = self._views.get(certificate)
        if found is None:
            found = self._views[certificate] = view(certificate)
        return found


def chains(
    leaf: ParsedCertificate,
    intermediates: CertificatePool,
    anchors: CertificatePool,
    work: SearchBudget,
) -> Iterator[tuple[ParsedCertificate, ...]]:
    """Yield complete chains, leaf first and anchor last, until the limits are reached."""
    yield from _grow((leaf,), intermediates, anchors, work)


def _grow(
    path: tuple[ParsedCertificate, ...],
    intermediates: CertificatePool,
    anchors: CertificatePool,
    work: SearchBudget,
) -> Iterator[tuple[ParsedCertificate, ...]]:
    child = path[-1]
    for anchor in _issuers(child, anchors):
        if work.signed(child, anchor):
            yield (*path, anchor)
    if len(path) + 2 > work.limits.depth:
        if intermediates.bears(child.issuer):
            work.reach(LimitReached.DEPTH)
        return
    for issuer in _issuers(child, intermediates):
        if not _stands_in(issuer, path) and work.signed(child, issuer):
            yield from _grow((*path, issuer), intermediates, anchors, work)


def _issuers(child: ParsedCertificate, among: CertificatePool) -> list[ParsedCertificate]:
    """Return the certificates that bear the issuer's name, the likeliest first."""
    named = [item for item in among.bearing(child.issuer) if item.problem is None]
    identified = child.authority_key_id is not None
    named.sort(
        key=lambda item: (identified and _unlikely(child, item), not _signs_certificates(item))
    )
    return named


def _signs_certificates(item: ParsedCertificate) -> bool:
    """Tell the right one of the two keys that an authority of IGC-CPS2ter has under one name."""
    return item.key_usage is None or "key_cert_sign" in item.key_usage


def _unlikely(child: ParsedCertificate, issuer: ParsedCertificate) -> int:
    if issuer.key_id is None:
        return 1
    return 0 if issuer.key_id == child.authority_key_id else 2


def _stands_in(issuer: ParsedCertificate, path: tuple[ParsedCertificate, ...]) -> bool:
    """Tell whether a chain would go through the same name and key twice (RFC 4158 section 2.4)."""
    return any(item.spki == issuer.spki and item.subject == issuer.subject for item in path)
