# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a revocation list speaks of, and whether a certificate sends there (RFC 5280 6.3.3 b).

A certificate names distribution points; a list may say in its issuingDistributionPoint that it
holds only some certificates or only some reasons. Both must meet for the list to say anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from caducee.trust.names import Directory, GeneralName, directory, general, normal, relative
from caducee.trust.x509 import ParsedCertificate

__all__ = ["ALL_REASONS", "CrlPoint", "CrlScope", "points"]

ALL_REASONS: Final = frozenset(
    reasonflag
    for reasonflag in x509.ReasonFlags
    if reasonflag not in (x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl)
)
"""Every reason that a distribution point can speak of (RFC 5280 4.2.1.13)."""


@dataclass(frozen=True, slots=True)
class CrlScope:
    """What a list holds; without an issuingDistributionPoint, all that its issuer issued."""

    names: frozenset[GeneralName] | None = None
    """Names of the distribution point; ``None`` when the list names none."""

    users_only: bool = False
    authorities_only: bool = False
    attributes_only: bool = False
    indirect: bool = False
    reasons: frozenset[x509.ReasonFlags] = ALL_REASONS

    @classmethod
    def of(cls, value: x509.IssuingDistributionPoint, issuer: bytes) -> "CrlScope":
        """Read the extension of a list whose issuer has that name. Raises on odd names."""
        names = None
        if value.full_name is not None:
            names = frozenset(general(item) for item in value.full_name)
        elif value.relative_name is not None:
            base = normal(issuer)
            if isinstance(base, tuple):
                names = frozenset({_named(relative(base, value.relative_name))})
        return cls(
            names,
            value.only_contains_user_certs,
            value.only_contains_ca_certs,
            value.only_contains_attribute_certs,
            value.indirect_crl,
            ALL_REASONS if value.only_some_reasons is None else value.only_some_reasons,
        )


@dataclass(frozen=True, slots=True)
class CrlPoint:
    """One distribution point of a certificate."""

    names: frozenset[GeneralName] | None
    issuers: frozenset[Directory | bytes] | None
    """Who publishes the list, when it is not the issuer of the certificate."""

    reasons: frozenset[x509.ReasonFlags]

    def covers(
        self, scope: CrlScope, list_issuer: bytes, own: ParsedCertificate
    ) -> frozenset[x509.ReasonFlags]:
        """Return the reasons for which a list speaks of a certificate; none if it does not."""
        if self.issuers is None:
            if normal(list_issuer) != normal(own.issuer):
                return _NONE
        elif normal(list_issuer) not in self.issuers or not scope.indirect:
            return _NONE
        if scope.names is not None and not scope.names & self._meeting():
            return _NONE
        wrong_kind = scope.users_only if own.is_ca else scope.authorities_only
        if wrong_kind or scope.attributes_only:
            return _NONE
        return scope.reasons & self.reasons

    def _meeting(self) -> frozenset[GeneralName]:
        """Return the names that the list may go by (6.3.3 b 2 i)."""
        if self.names is not None:
            return self.names
        issuers = self.issuers or frozenset()
        return frozenset(_named(issuer) for issuer in issuers if isinstance(issuer, tuple))


_NONE: Final[frozenset[x509.ReasonFlags]] = frozenset()


def _named(name: Directory) -> GeneralName:
    return "directory", name


def points(own: ParsedCertificate) -> Iterator[CrlPoint]:
    """Yield the distribution points of a certificate, then the one that always is.

    The last is the issuer itself (RFC 5280 6.3.3, at the end). Raises on names that cannot be
    read.
    """
    for point in own.distribution_points or ():
        yield _point(point, own)
    issuer = normal(own.issuer)
    names = frozenset({_named(issuer)}) if isinstance(issuer, tuple) else None
    yield CrlPoint(names, None, ALL_REASONS)


def _point(point: x509.DistributionPoint, own: ParsedCertificate) -> CrlPoint:
    issuers = None
    base = normal(own.issuer)
    if point.crl_issuer is not None:
        named = [name for name in point.crl_issuer if isinstance(name, x509.DirectoryName)]
        issuers = frozenset(directory(name.value) for name in named)
        base = next(iter(issuers), base)
    names = None
    if point.full_name is not None:
        names = frozenset(general(name) for name in point.full_name)
    elif point.relative_name is not None and isinstance(base, tuple):
        names = frozenset({_named(relative(base, point.relative_name))})
    return CrlPoint(names, issuers, ALL_REASONS if point.reasons is None else point.reasons)
