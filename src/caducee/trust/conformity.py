# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules of RFC 5280 for those who issue, which section 6 does not ask a verifier to enforce.

`Strength.strict` enforces them: serial numbers, key identifiers, critical flags, and what an
authority must say of itself. Anchors are held to them as well.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from cryptography import x509

from caducee.base.errors import Fact
from caducee.spec import oids
from caducee.trust.names import UNREADABLE
from caducee.trust.x509 import ParsedCertificate

__all__ = ["departures"]

_LONGEST_SERIAL: Final = 20
"""Bytes (4.1.2.2)."""

_CRITICAL: Final = frozenset(
    {oids.NAME_CONSTRAINTS, oids.POLICY_CONSTRAINTS, oids.INHIBIT_ANY_POLICY}
)
"""Extensions that must be critical (4.2.1.10, .11, .14)."""

_NOT_CRITICAL: Final = frozenset(
    {
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.SUBJECT_KEY_IDENTIFIER,
        oids.FRESHEST_CRL,
        oids.AUTHORITY_INFORMATION_ACCESS,
    }
)
"""Extensions that must not be critical (4.2.1.1, .2, .15, 4.2.2.1)."""

_NO_NAME: Final = bytes.fromhex("30 00")

type Departure = tuple[str, Mapping[str, Fact]]
"""A code of the catalogue, and its facts beside the certificate."""


def departures(
    view: ParsedCertificate, issuer: ParsedCertificate | None, *, issues: bool
) -> Iterator[Departure]:
    """Yield the rules that a certificate does not keep.

    ``issuer``: the certificate above it, ``None`` for an anchor. ``issues``: whether it stands as
    an issuer in the chain.
    """
    try:
        flags = {each.oid.dotted_string: each.critical for each in view.certificate.extensions}
    except UNREADABLE:
        yield "trust.extensions_unreadable", {}
        return
    if view.certificate.version is not x509.Version.v3:
        yield "trust.version_wrong", {}
    yield from _serial(view)
    yield from _names(view, flags, issues)
    yield from _key_identifiers(view, issuer, flags, issues)
    yield from _flags(flags)
    if issues:
        yield from _authority(view, flags)


def _serial(view: ParsedCertificate) -> Iterator[Departure]:
    if view.serial_number <= 0:
        yield "trust.serial_not_positive", {}
    elif len(view.serial_content) > _LONGEST_SERIAL:
        yield "trust.serial_too_long", {"size": len(view.serial_content), "most": _LONGEST_SERIAL}


def _names(view: ParsedCertificate, flags: Mapping[str, bool], issues: bool) -> Iterator[Departure]:
    """An issuer has a name (4.1.2.4, 4.1.2.6); without a subject the alternative name is critical
    (4.2.1.6)."""
    if view.issuer == _NO_NAME or (issues and view.subject == _NO_NAME):
        yield "trust.issuer_nameless", {}
    elif view.subject == _NO_NAME and not flags.get(oids.SUBJECT_ALTERNATIVE_NAME):
        yield _not_critical(oids.SUBJECT_ALTERNATIVE_NAME)


def _key_identifiers(
    view: ParsedCertificate,
    issuer: ParsedCertificate | None,
    flags: Mapping[str, bool],
    issues: bool,
) -> Iterator[Departure]:
    """Authorities have one, and all but roots name that of their issuer (4.2.1.1, 4.2.1.2)."""
    if issues and view.key_id is None:
        yield _missing(oids.SUBJECT_KEY_IDENTIFIER)
    if view.authority_key_id is None:
        if issuer is not None or not view.self_issued:
            yield _missing(oids.AUTHORITY_KEY_IDENTIFIER)
    elif issuer is not None and issuer.key_id not in (None, view.authority_key_id):
        yield "trust.key_identifier_differs", {"issuer": issuer.label}


def _flags(flags: Mapping[str, bool]) -> Iterator[Departure]:
    for oid, critical in flags.items():
        if oid in _CRITICAL and not critical:
            yield _not_critical(oid)
        if oid in _NOT_CRITICAL and critical:
            yield "trust.extension_wrongly_critical", {"extension": _called(oid)}


def _authority(view: ParsedCertificate, flags: Mapping[str, bool]) -> Iterator[Departure]:
    """basicConstraints is there and critical, keyUsage is there (4.2.1.3, 4.2.1.9)."""
    if oids.BASIC_CONSTRAINTS not in flags:
        yield _missing(oids.BASIC_CONSTRAINTS)
    elif not flags[oids.BASIC_CONSTRAINTS]:
        yield _not_critical(oids.BASIC_CONSTRAINTS)
    if oids.KEY_USAGE not in flags:
        yield _missing(oids.KEY_USAGE)


def _missing(oid: str) -> Departure:
    return "trust.extension_missing", {"extension": _called(oid)}


def _not_critical(oid: str) -> Departure:
    return "trust.extension_not_critical", {"extension": _called(oid)}


def _called(oid: str) -> str:
    return oids.EXTENSION_NAMES.get(oid, oid)
