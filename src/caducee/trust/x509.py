# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The one place where certificates are loaded, and read for validation.

A `ParsedCertificate` holds what path validation needs, read once. Reading never raises: what cannot
be read is noted in ``problem``, and validation refuses it.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA1, HashAlgorithm

from caducee.base.errors import FormatError
from caducee.codec.tlv import Tlv
from caducee.spec import oids
from caducee.trust.loading import (
    MAX_CERTIFICATE,
    TOO_LARGE,
    USUAL,
    DSAPublicKey,
    elements,
    header,
    heading,
    load_certificate,
    oid_of,
    remembered,
)
from caducee.trust.names import UNREADABLE, read_name, same_name

__all__ = [
    "KEY_USAGES",
    "MAX_CERTIFICATE",
    "UNREADABLE",
    "ParsedCertificate",
    "header",
    "load_certificate",
    "same_name",
    "signature_is_right",
    "values_of",
    "view",
]

_KNOWN: Final = frozenset(
    {
        oids.SUBJECT_KEY_IDENTIFIER,
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.KEY_USAGE,
        oids.BASIC_CONSTRAINTS,
        oids.EXTENDED_KEY_USAGE,
        oids.CERTIFICATE_POLICIES,
        oids.SUBJECT_ALTERNATIVE_NAME,
        oids.CRL_DISTRIBUTION_POINTS,
        oids.FRESHEST_CRL,
        oids.AUTHORITY_INFORMATION_ACCESS,
        oids.NAME_CONSTRAINTS,
        oids.POLICY_CONSTRAINTS,
        oids.POLICY_MAPPINGS,
        oids.INHIBIT_ANY_POLICY,
        oids.OCSP_NO_CHECK,
    }
)
"""Extensions that validation understands."""


@dataclass(frozen=True, slots=True, eq=False)
class ParsedCertificate:
    """What validation asks of one certificate."""

    certificate: x509.Certificate
    subject: bytes
    """Subject name, DER; its SHA-256 when it is too large (`Heading`)."""

    issuer: bytes
    """Issuer name, DER; its SHA-256 when it is too large."""

    label: str
    """The common name, or the whole subject: for people."""

    not_before: dt.datetime
    not_after: dt.datetime
    size: int
    """Size of the part that is signed and of the signature, in bytes."""

    key_id: bytes | None = None
    authority_key_id: bytes | None = None
    is_ca: bool = False
    path_length: int | None = None
    key_usage: frozenset[str] | None = None
    """Names of RFC 5280 4.2.1.3; ``None`` when the extension is absent."""

    extended_usage: frozenset[str] | None = None
    """Dotted OIDs; ``None`` when the extension is absent."""

    policies: frozenset[str] | None = None
    """Dotted OIDs; ``None`` when the extension is absent."""

    policy_mappings: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """For a policy of this authority, those of the subject that mean the same; dotted OIDs."""

    require_explicit_policy: int | None = None
    inhibit_policy_mapping: int | None = None
    inhibit_any_policy: int | None = None
    name_constraints: x509.NameConstraints | None = None
    distribution_points: x509.CRLDistributionPoints | None = None
    """Where lists stand, and which; ``None`` when the extension is absent."""

    critical_unknown: tuple[str, ...] = ()
    """Extensions that forbid the use of the certificate because they are not understood."""

    problem: str | None = None
    """Why the certificate cannot be used at all; a code of the catalogue."""

    spki: bytes = field(default=b"", repr=False)
    """SubjectPublicKeyInfo, DER."""

    serial_content: bytes = field(default=b"", repr=False)
    """The serial number as it is encoded: content of its INTEGER."""

    @property
    def serial_number(self) -> int:
        """The serial number; old certificates may have a negative one."""
        return int.from_bytes(self.serial_content, signed=True)

    @property
    def readable(self) -> bool:
        """Whether the certificate is small enough for its names and extensions to be read."""
        return self.problem not in TOO_LARGE

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name."""
        return same_name(self.subject, self.issuer)


@remembered(256)
def view(certificate: x509.Certificate) -> ParsedCertificate:
    """Read a certificate for validation. Never raises.

    Neither extensions nor names of a certificate that is too large, or has names that are, are
    decoded.
    """
    head = heading(certificate)
    label, found, problem = "?", dict[str, object](), head.problem
    if problem is None:
        label, problem = _label(head.subject)
        try:
            _read_extensions(certificate, found)
        except (FormatError, *UNREADABLE):
            problem = problem or "trust.extensions_unreadable"
            found = {}
    constraints = found.get("name_constraints")
    if isinstance(constraints, x509.NameConstraints) and not _written_so(constraints, certificate):
        problem = problem or "trust.name_constraints_unsupported"
    return ParsedCertificate(
        certificate,
        subject=head.subject,
        issuer=head.issuer,
        label=label,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        size=head.size,
        problem=problem,
        spki=head.spki,
        serial_content=head.serial,
        **found,  # type: ignore[arg-type]
    )


def _label(subject: bytes) -> tuple[str, str | None]:
    """Return how a certificate is called for a person, and what is wrong with its name."""
    try:
        name = read_name(subject)
        for attribute in name:
            if attribute.oid.dotted_string == oids.COMMON_NAME:
                return str(attribute.value)[:128], None
        return name.rfc4514_string()[:256], None
    except (FormatError, *UNREADABLE):
        return "?", "trust.certificate_unreadable"


def _written_so(constraints: x509.NameConstraints, certificate: x509.Certificate) -> bool:
    """Tell whether name constraints stand in the certificate as they were read.

    ``cryptography`` drops the distances ``minimum`` and ``maximum``, which RFC 5280 4.2.1.10
    forbids: constraints that have them say something else than what was read.
    """
    try:
        return constraints.public_bytes() in certificate.tbs_certificate_bytes
    except UNREADABLE:
        return False


type _Reader = Callable[[x509.ExtensionType, dict[str, object]], None]


def _read_extensions(certificate: x509.Certificate, found: dict[str, object]) -> None:
    unknown = []
    for extension in certificate.extensions:
        oid = extension.oid.dotted_string
        reader = _READERS.get(oid)
        if reader is not None:
            reader(extension.value, found)
        if extension.critical and oid not in _KNOWN:
            unknown.append(oid)
    found["critical_unknown"] = tuple(unknown)


def _read_constraints(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.BasicConstraints)  # noqa: S101 (the OID says so)
    found["is_ca"] = value.ca
    found["path_length"] = value.path_length


KEY_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
"""Bits of keyUsage, as ``cryptography`` names them; two more limit keyAgreement."""


def _read_usage(value: x509.ExtensionType, found: dict[str, object]) -> None:
    found["key_usage"] = frozenset(name for name in KEY_USAGES if getattr(value, name))


def _read_extended(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.ExtendedKeyUsage)  # noqa: S101
    found["extended_usage"] = frozenset(item.dotted_string for item in value)


def _read_policies(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.CertificatePolicies)  # noqa: S101
    found["policies"] = frozenset(item.policy_identifier.dotted_string for item in value)


def _read_key_id(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.SubjectKeyIdentifier)  # noqa: S101
    found["key_id"] = value.digest


def _read_authority(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.AuthorityKeyIdentifier)  # noqa: S101
    found["authority_key_id"] = value.key_identifier


def _read_mappings(value: x509.ExtensionType, found: dict[str, object]) -> None:
    """Read policyMappings, which ``cryptography`` leaves as bytes."""
    assert isinstance(value, x509.UnrecognizedExtension)  # noqa: S101
    mappings: dict[str, list[str]] = {}
    for pair in Tlv.from_bytes(value.value).children():
        ours, theirs = (oid_of(child) for child in pair.children())
        mappings.setdefault(ours, []).append(theirs)
    if not mappings:
        raise ValueError("empty policyMappings")
    found["policy_mappings"] = MappingProxyType(
        {ours: tuple(dict.fromkeys(theirs)) for ours, theirs in mappings.items()}
    )


def _read_policy_constraints(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.PolicyConstraints)  # noqa: S101
    found["require_explicit_policy"] = value.require_explicit_policy
    found["inhibit_policy_mapping"] = value.inhibit_policy_mapping


def _read_inhibit_any(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.InhibitAnyPolicy)  # noqa: S101
    found["inhibit_any_policy"] = value.skip_certs


def _read_name_constraints(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.NameConstraints)  # noqa: S101
    found["name_constraints"] = value


def _read_distribution(value: x509.ExtensionType, found: dict[str, object]) -> None:
    assert isinstance(value, x509.CRLDistributionPoints)  # noqa: S101
    found["distribution_points"] = value


_READERS: Final[dict[str, _Reader]] = {
    oids.BASIC_CONSTRAINTS: _read_constraints,
    oids.KEY_USAGE: _read_usage,
    oids.EXTENDED_KEY_USAGE: _read_extended,
    oids.CERTIFICATE_POLICIES: _read_policies,
    oids.SUBJECT_KEY_IDENTIFIER: _read_key_id,
    oids.AUTHORITY_KEY_IDENTIFIER: _read_authority,
    oids.POLICY_MAPPINGS: _read_mappings,
    oids.POLICY_CONSTRAINTS: _read_policy_constraints,
    oids.INHIBIT_ANY_POLICY: _read_inhibit_any,
    oids.NAME_CONSTRAINTS: _read_name_constraints,
    oids.CRL_DISTRIBUTION_POINTS: _read_distribution,
}


def values_of(name: x509.Name, oid: str) -> tuple[str, ...]:
    """Return the values of an attribute, in order; values that are no text are left out."""
    return tuple(
        item.value for item in name if item.oid.dotted_string == oid and isinstance(item.value, str)
    )


def signature_is_right(child: ParsedCertificate, issuer: ParsedCertificate) -> bool:
    """Tell whether the key of ``issuer`` signed ``child``. Never raises.

    The answer for a CA certificate is remembered: it cannot change, and the same few CA
    certificates stand under every card.
    """
    if child.is_ca and max(child.size, issuer.size) <= USUAL:
        return _remembered(child, issuer)
    return _verify(child, issuer)


@lru_cache(maxsize=128)
def _remembered(child: ParsedCertificate, issuer: ParsedCertificate) -> bool:
    return _verify(child, issuer)


def _verify(child: ParsedCertificate, issuer: ParsedCertificate) -> bool:
    try:
        key = issuer.certificate.public_key()
        old = isinstance(key, DSAPublicKey) or _hashed_by_sha1(child.certificate)
        if child.issuer == issuer.subject and not old:
            child.certificate.verify_directly_issued_by(issuer.certificate)
        else:
            _verify_key(child.certificate, key)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def _verify_key(child: x509.Certificate, key: CertificatePublicKeyTypes) -> None:
    """Verify a signature that ``verify_directly_issued_by`` does not: where names are the same
    only after normalising them, DSA, and SHA-1 (IGC-CPS2ter; `Strength` decides on it)."""
    whole = child.public_bytes(serialization.Encoding.DER)
    verify_bytes(key, child, whole)


def _hashed_by_sha1(signed: "SignedObject") -> bool:
    return isinstance(signed.signature_hash_algorithm, SHA1)


class SignedObject(Protocol):
    """A certificate or a list: what ``cryptography`` read of its signature."""

    @property
    def signature_algorithm_oid(self) -> x509.ObjectIdentifier:
        """Which algorithm it says it is signed with."""

    @property
    def signature(self) -> bytes:
        """The signature."""

    @property
    def signature_algorithm_parameters(self) -> object:
        """Padding or scheme."""

    @property
    def signature_hash_algorithm(self) -> HashAlgorithm | None:
        """The hash, ``None`` for a scheme that has no choice."""


def verify_bytes(key: CertificatePublicKeyTypes, signed: SignedObject, whole: bytes) -> None:
    """Verify the signature of a certificate or list against its own bytes, DER.

    ``cryptography`` can do so too, but encodes a list anew for it, which takes long for a large
    one. Raises ``InvalidSignature``.
    """
    tbs_part, algorithm, _ = elements(whole)
    tbs = whole[tbs_part]
    if whole[algorithm] not in (tbs[place] for place in elements(tbs)[:3]):
        raise InvalidSignature  # RFC 5280 4.1.1.2: the algorithm stands inside and outside
    parameters, digest = signed.signature_algorithm_parameters, signed.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, AsymmetricPadding) and digest:
        key.verify(signed.signature, tbs, parameters, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
        key.verify(signed.signature, tbs, parameters)
    elif isinstance(key, ec.EllipticCurvePublicKey) and _is_ecdsa_with_sha1(signed) and digest:
        key.verify(signed.signature, tbs, ec.ECDSA(digest))
    elif isinstance(key, DSAPublicKey) and parameters is None and digest:
        key.verify(signed.signature, tbs, digest)
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) and not digest:
        key.verify(signed.signature, tbs)
    else:
        raise InvalidSignature


def _is_ecdsa_with_sha1(signed: SignedObject) -> bool:
    """Tell the one scheme of ECDSA for which ``cryptography`` gives no parameters."""
    return signed.signature_algorithm_oid.dotted_string == oids.ECDSA_WITH_SHA1
