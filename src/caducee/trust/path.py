# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a certificate to an anchor: path building and validation (RFC 5280 section 6), bounded."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Final

from cryptography import x509

from caducee.base.errors import (
    ExpiredError,
    Fact,
    NotYetValidError,
    RevocationUnknownError,
    RevokedError,
    TrustError,
)
from caducee.trust.checks import Check, CheckOutcome
from caducee.trust.path_building import CertificatePool, PathLimits, SearchBudget, chains
from caducee.trust.path_checks import CertificatePurpose, ValidationInputs, problem_of, steps
from caducee.trust.policies import PolicyDemand
from caducee.trust.revocation import RevocationSource
from caducee.trust.strength import SAFE, STRICT, Strength
from caducee.trust.x509 import ParsedCertificate, view

__all__ = [
    "SAFE",
    "STRICT",
    "USUAL",
    "CertificatePurpose",
    "PathLimits",
    "PathResult",
    "PolicyDemand",
    "Strength",
    "validate",
]

USUAL: Final = PathLimits()
"""How much a chain may cost unless said otherwise."""


@dataclass(frozen=True, slots=True)
class PathResult:
    """What validation found: every step, in order, and the chain it speaks of."""

    chain: tuple[x509.Certificate, ...]
    """Leaf first, anchor last; the leaf alone when no chain was found."""

    checks: tuple[Check, ...]
    """``chain`` (or ``extensions``, for a leaf that is too large to be read); when there is one,
    ``validity`` of the anchor; per certificate from there down ``signature``, ``validity``,
    ``extensions``, ``ca`` (issuers), ``revocation`` and, for each source of it that gave nothing
    new, ``sources``; then ``ca`` (lengths), ``names``, ``policies`` and the leaf's ``usage``;
    ``rules`` per certificate when they are enforced, ``peer`` when names were expected.
    When the time is over, ``time`` stands in place of what was not checked."""

    @property
    def ok(self) -> bool:
        """Whether no check failed and none is unknown."""
        return not self.failures()

    def failures(self) -> tuple[Check, ...]:
        """Return the checks that failed or could not be made."""
        return tuple(
            check
            for check in self.checks
            if check.outcome in (CheckOutcome.FAILED, CheckOutcome.UNKNOWN)
        )

    def require(self) -> None:
        """Raise the first failure, if there is one, with its code and facts.

        `ExpiredError`, `NotYetValidError`, `RevokedError`, `RevocationUnknownError`, else
        `TrustError`.
        """
        for failure in self.failures():
            raise _error(failure)


_ERRORS: Final = {
    "trust.expired": ExpiredError,
    "trust.not_yet_valid": NotYetValidError,
    "trust.revoked": RevokedError,
    "trust.revoked_by_bundle": RevokedError,
}


def _error(failure: Check) -> TrustError:
    unknown = failure.name == "revocation" and failure.outcome is CheckOutcome.UNKNOWN
    kind = RevocationUnknownError if unknown else _ERRORS.get(failure.code, TrustError)
    return kind(failure.code, **failure.facts)


def validate(  # noqa: PLR0913 (the inputs of RFC 5280 6.1.1, all needed)
    leaf: x509.Certificate,
    intermediates: Iterable[x509.Certificate],
    *,
    anchors: Sequence[x509.Certificate],
    at: dt.datetime,
    purpose: CertificatePurpose,
    revocation: RevocationSource | None,
    policies: frozenset[str] | PolicyDemand | None = None,
    strength: Strength = SAFE,
    limits: PathLimits = USUAL,
    expected_names: Iterable[x509.GeneralName] | None = None,
) -> PathResult:
    """Find a chain from a leaf to an anchor and check it. Never raises on any certificate.

    However large and many the certificates, the work is bounded by ``limits`` and by the sizes of
    `trust.loading`: what was not done for it is a check that says so.

    Without a revocation source the step ``revocation`` is written down as skipped. Of several
    chains the first that passes is reported, else the first. ``at`` is an aware moment.
    A set of ``policies`` (dotted OIDs) means that the chain must be valid for one of them; a
    `PolicyDemand` says it in the terms of RFC 5280 6.1.1. With ``expected_names`` (host names, IP
    or mail addresses, URIs, directory names, others) the leaf must bear one of them, as RFC 9525
    compares them. ``strength=STRICT`` also enforces the rules for those who issue.
    """
    work = SearchBudget(limits)
    own = view(leaf)
    if not own.readable:
        return PathResult((leaf,), (problem_of(own),))
    demand = PolicyDemand.of(policies)
    names = None if expected_names is None else tuple(expected_names)
    question = ValidationInputs(at, purpose, revocation, demand, strength, work, names)
    trusted, between = CertificatePool(anchors, work), CertificatePool(intermediates, work)
    first: PathResult | None = None
    for chain in islice(chains(own, between, trusted, work), limits.chains):
        result = _result(chain, question)
        if result.ok:
            return result
        first = first or result
        if work.time_is_over(waiting=True):
            break
    return first or _nothing(own, work)


def _result(chain: tuple[ParsedCertificate, ...], question: ValidationInputs) -> PathResult:
    facts: dict[str, Fact] = {"certificate": chain[0].label, "anchor": chain[-1].label}
    found = Check("chain", CheckOutcome.PASSED, "trust.chain_found", MappingProxyType(facts))
    return PathResult(tuple(item.certificate for item in chain), (found, *steps(chain, question)))


def _nothing(leaf: ParsedCertificate, work: SearchBudget) -> PathResult:
    """Return the check that explains a missing chain."""
    facts: dict[str, Fact] = {"certificate": leaf.label}
    code = "trust.chain_not_found"
    if work.reached is not None:
        code = "trust.chain_not_searched"
        facts["limit"] = str(work.reached)
    elif work.refused is not None:
        child, issuer = work.refused
        code, facts = "trust.signature_wrong", {"certificate": child.label, "issuer": issuer.label}
    check = Check("chain", CheckOutcome.FAILED, code, MappingProxyType(facts))
    return PathResult((leaf.certificate,), (check,))
