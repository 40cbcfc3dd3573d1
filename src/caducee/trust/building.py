# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The search for chains from a certificate to an anchor, with a limit on all the work.

Depth first (RFC 4158): an issuer is a certificate whose subject is the issuer of the one below
and whose key verifies its signature; those whose key identifier fits come first. Look-alikes cost
one signature each, and every step counts against the limits, so that no set of certificates,
however hostile, makes the search long.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cryptography import x509

from caducee.trust.x509 import View, same_name, signature_is_right, view

__all__ = ["Limits", "Work", "chains", "pool"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much work a chain may cost; beyond it the result is a failed check, not a wait."""

    depth: int = 8
    """Most certificates in a chain, leaf and anchor included."""

    candidates: int = 64
    """Most certificates looked at in all, over all attempts; also the most intermediates that
    are taken at all, in the order in which they are given."""

    signatures: int = 24
    """Most signatures verified in all."""

    chains: int = 6
    """Most complete chains checked before the first is reported."""

    seconds: float = 0.7
    """Longest time of the search; after it no certificate is looked at any more, and no further
    chain is checked."""


@dataclass(slots=True)
class Work:
    """What a search has spent of its limits."""

    limits: Limits
    candidates: int = 0
    signatures: int = 0
    exhausted: bool = False
    """Whether a limit stopped the search."""

    until: float = 0.0
    """When the time is over, on the clock of `time.monotonic`."""

    refused: tuple[View, View] | None = None
    """A certificate, and one of the right name and key identifier that did not sign it."""

    _known: dict[tuple[int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.limits.seconds

    def look(self) -> bool:
        """Count one candidate; no when there are none left, or no time."""
        self.candidates += 1
        if self.candidates > self.limits.candidates or self.time_is_over():
            self.exhausted = True
        return not self.exhausted

    def time_is_over(self) -> bool:
        """Tell whether the search, with the chains checked on its way, took too long."""
        return time.monotonic() > self.until

    def signed(self, child: View, issuer: View) -> bool:
        """Tell whether ``issuer`` signed ``child``; no when no signature may be verified any
        more."""
        pair = id(child), id(issuer)
        known = self._known.get(pair)
        if known is not None:
            return known
        self.signatures += 1
        if self.signatures > self.limits.signatures:
            self.exhausted = True
            return False
        right = self._known[pair] = signature_is_right(child, issuer)
        if not right and not _unlikely(child, issuer):
            self.refused = self.refused or (child, issuer)
        return right


def pool(certificates: Iterable[x509.Certificate], limits: Limits) -> tuple[View, ...]:
    """Read the intermediates that may be used: the first ones, each once."""
    found: dict[x509.Certificate, View] = {}
    for certificate in certificates:
        if len(found) >= limits.candidates:
            break
        if certificate not in found:
            found[certificate] = view(certificate)
    return tuple(found.values())


def chains(
    leaf: View, intermediates: Sequence[View], anchors: Sequence[View], work: Work
) -> Iterator[tuple[View, ...]]:
    """Yield complete chains, leaf first and anchor last, until the limits are reached."""
    yield from _grow((leaf,), intermediates, anchors, work)


def _grow(
    path: tuple[View, ...], intermediates: Sequence[View], anchors: Sequence[View], work: Work
) -> Iterator[tuple[View, ...]]:
    child = path[-1]
    for anchor in _issuers(child, anchors):
        if not work.look():
            return
        if work.signed(child, anchor):
            yield (*path, anchor)
    if len(path) + 2 > work.limits.depth:
        return
    for issuer in _issuers(child, intermediates):
        if _stands_in(issuer, path):
            continue
        if not work.look():
            return
        if work.signed(child, issuer):
            yield from _grow((*path, issuer), intermediates, anchors, work)


def _issuers(child: View, among: Sequence[View]) -> list[View]:
    """Return the certificates that bear the issuer's name, the likeliest first."""
    named = [one for one in among if one.problem is None and same_name(child.issuer, one.subject)]
    told = child.authority_key_id is not None
    named.sort(key=lambda one: (told and _unlikely(child, one), not _signs_certificates(one)))
    return named


def _signs_certificates(one: View) -> bool:
    """Tell the right one of the two keys that an authority of IGC-CPS2ter has under one name."""
    return one.key_usage is None or "key_cert_sign" in one.key_usage


def _unlikely(child: View, issuer: View) -> int:
    if issuer.key_id is None:
        return 1
    return 0 if issuer.key_id == child.authority_key_id else 2


def _stands_in(issuer: View, path: tuple[View, ...]) -> bool:
    """Tell whether a chain would go through the same name and key twice (RFC 4158 section 2.4)."""
    return any(one.spki == issuer.spki and one.subject == issuer.subject for one in path)
