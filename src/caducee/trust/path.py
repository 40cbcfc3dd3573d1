# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a certificate to an anchor: path building and validation (RFC 5280 section 6), bounded."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from cryptography import x509

from caducee.trust.checks import Check
from caducee.trust.revocation import RevocationSource

__all__ = ["Limits", "PathResult", "Purpose", "validate"]


@unique
class Purpose(StrEnum):
    """What the leaf is to be used for: decides on keyUsage and extended key usage."""

    CLIENT_AUTHENTICATION = "client authentication"
    """TLS client or origin-bound token: digitalSignature and clientAuth."""

    SIGNATURE = "signature"
    """Signature of a document: nonRepudiation, and emailProtection if usages are restricted."""

    SERVER_AUTHENTICATION = "server authentication"
    ANY = "any"
    """No question about usage."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much work a chain may cost; beyond it the result is a failed check, not a wait."""

    depth: int = 8
    """Most certificates in a chain, leaf and anchor included."""

    candidates: int = 64
    """Most certificates looked at in all, over all attempts."""

    signatures: int = 24
    """Most signatures verified in all."""

    certificate_size: int = 32_768
    """Largest certificate taken, in bytes."""


@dataclass(frozen=True, slots=True)
class PathResult:
    """What validation found: every step, in order, and the chain it speaks of."""

    chain: tuple[x509.Certificate, ...]
    """Leaf first, anchor last; what could be built when there is no whole chain."""

    checks: tuple[Check, ...]
    """In this order: chain, limits, then per certificate from the anchor down: signature,
    validity, extensions, ca (basicConstraints, pathLen, keyUsage), names, policies, revocation,
    and at last the leaf's usage."""

    @property
    def ok(self) -> bool:
        """Whether no check failed and none is unknown."""
        raise NotImplementedError

    def failures(self) -> tuple[Check, ...]:
        """Return the checks that failed or could not be made."""
        raise NotImplementedError

    def require(self) -> None:
        """Raise `TrustError` with the code and facts of the first failure, if there is one."""
        raise NotImplementedError


def validate(  # noqa: PLR0913 (the inputs of RFC 5280 6.1.1, all needed)
    leaf: x509.Certificate,
    intermediates: Iterable[x509.Certificate],
    *,
    anchors: Sequence[x509.Certificate],
    at: dt.datetime,
    purpose: Purpose,
    revocation: RevocationSource | None,
    limits: Limits = Limits(),
) -> PathResult:
    """Find a chain from a leaf to an anchor and check it. Never raises on any certificate.

    Without a revocation source the step ``revocation`` is written down as skipped.
    """
    raise NotImplementedError
