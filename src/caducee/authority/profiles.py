# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What each kind of certificate holds: its extensions, in the order of the real ones.

A profile is a list of (extension, critical). Order, criticality and content follow the decoded
TEST certificates: authentication 2018, signature 2020, CPE 2017, and the CA files.
"""

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID

from caducee.authority.names import CardName, PersonName
from caducee.codec.identifiers import PsIdNat
from caducee.codec.tlv import Tlv
from caducee.spec import igc, oids
from caducee.spec.cards import CARD_ISSUER
from caducee.spec.igc import CaFacts
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.spec.tags import Universal
from caducee.trust.certificate import CertificateUse

__all__ = ["CardRequest", "Extensions", "ca_extensions", "card_extensions", "issuer_of"]

type Extensions = list[tuple[x509.ExtensionType, bool]]


@dataclass(frozen=True, slots=True)
class CardRequest:
    """The order of one certificate of a card."""

    family: CardFamily
    """CPS, CPF, CPE or CPA; it chooses the issuing CA."""

    use: CertificateUse
    """Authentication, signature, or other: the technical certificate of the contactless side."""

    subject: PersonName | CardName
    """Whose certificate; the card itself for a technical one."""

    card_number: str
    """The 10 digits of the card number."""

    public_key: rsa.RSAPublicKey
    """The key on the card, RSA 2048."""

    profession: str | None = None
    """Code of TRE_G15, e.g. ``10``; none for staff and for a professional in training."""

    future_profession: str | None = None
    """Code of TRE_G16 (CPF)."""

    not_before: dt.datetime | None = None
    """Start of validity; none: now. Both certificates of a card share one."""


def issuer_of(family: CardFamily) -> CaFacts:
    """Return the issuing CA of the cards of a family.

    CPS: FORT PERSONNES, CPE: STANDARD PERSONNES, as decoded. CPF stands with CPS and CPA with CPE
    by analogy; no certificate of theirs is known.
    """
    if family in (CardFamily.CPS, CardFamily.CPF):
        return igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
    return igc.ca(igc.Range.STANDARD, igc.Domain.PERSONNES)


def ca_extensions(
    facts: CaFacts, issuer: CaFacts, key: rsa.RSAPublicKey, issuer_key: x509.SubjectKeyIdentifier
) -> Extensions:
    """Return the extensions of an authority; a root has neither lists nor access points."""
    found: Extensions = [
        (x509.BasicConstraints(ca=True, path_length=facts.path_length), True),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), False),
        (_key_usage("key_cert_sign", "crl_sign"), True),
        (_policies(oids.ANY_POLICY), False),
    ]
    return found if facts.is_root else found + _published(issuer)


def card_extensions(
    request: CardRequest,
    issuer_key: x509.SubjectKeyIdentifier,
    validity: tuple[dt.datetime, dt.datetime],
) -> Extensions:
    """Return the extensions of a card's certificate; ``validity`` is start and end, UTC."""
    found: Extensions = [
        (x509.BasicConstraints(ca=False, path_length=None), False),
        (x509.SubjectKeyIdentifier.from_public_key(request.public_key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), False),
        (_key_usage(_USAGE[request.use]), True),
        (_policies(igc.TEST_POLICY), False),
        *_purpose(request, validity),
    ]
    return found + _published(issuer_of(request.family)) + _private(request)


_USAGE = {
    CertificateUse.AUTHENTICATION: "digital_signature",
    CertificateUse.SIGNATURE: "content_commitment",
    CertificateUse.OTHER: "digital_signature",
}


def _purpose(request: CardRequest, validity: tuple[dt.datetime, dt.datetime]) -> Extensions:
    if request.use is CertificateUse.SIGNATURE:
        period = x509.PrivateKeyUsagePeriod(*map(_naive, validity))
        return [(_extended_usage(oids.EMAIL_PROTECTION), False), (period, False)]
    if request.use is CertificateUse.AUTHENTICATION:
        usage = _extended_usage(oids.CLIENT_AUTH, oids.SMARTCARD_LOGON)
        return [(usage, False), (_principal_name(request.subject), False)]
    # A technical certificate works without a code: it must not open a session anywhere, so that
    # it has no extended usage.
    return []


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _key_usage(*names: str) -> x509.KeyUsage:
    known = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{one: one in names for one in known})


def _extended_usage(*usages: str) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in usages])


def _policies(oid: str) -> x509.CertificatePolicies:
    policy = x509.PolicyInformation(x509.ObjectIdentifier(oid), [igc.CPS_POLICY_URI])
    return x509.CertificatePolicies([policy])


def _principal_name(subject: PersonName | CardName) -> x509.SubjectAlternativeName:
    idnat = subject.ps_idnat if isinstance(subject, PersonName) else ""
    text = PsIdNat.parse(idnat).upn.encode()
    value = Tlv(Universal.UTF8_STRING, text).to_bytes()
    name = x509.OtherName(x509.ObjectIdentifier(oids.USER_PRINCIPAL_NAME), value)
    return x509.SubjectAlternativeName([name])


def _published(issuer: CaFacts) -> Extensions:
    lists = [_point(issuer.crl_url), _point(issuer.crl_ldap_url)]
    access = (
        (AuthorityInformationAccessOID.OCSP, igc.OCSP_URL),
        (AuthorityInformationAccessOID.CA_ISSUERS, issuer.certificate_url),
    )
    return [
        (x509.CRLDistributionPoints(lists), False),
        (x509.FreshestCRL([_point(issuer.delta_ldap_url)]), False),
        (
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
                    for method, url in access
                ]
            ),
            False,
        ),
    ]


def _point(url: str) -> x509.DistributionPoint:
    return x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)


def _private(request: CardRequest) -> Extensions:
    category = bytes([ProductCategory.TEST_CARD])
    card_id = f"{CARD_ISSUER}/{request.card_number}".encode()
    values = [
        (oids.PRODUCT_CATEGORY, Tlv(Universal.OCTET_STRING, category)),
        (oids.CARD_TYPE, _integer(request.family)),
        (oids.CARD_ID, Tlv(Universal.PRINTABLE_STRING, card_id)),
    ]
    if request.profession is not None:
        values.append((oids.PROFESSION, _integer(int(request.profession))))
    if request.future_profession is not None:
        values.append((oids.FUTURE_PROFESSION, _integer(int(request.future_profession))))
    return [
        (x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value.to_bytes()), False)
        for oid, value in values
    ]


def _integer(value: int) -> Tlv:
    return Tlv(Universal.INTEGER, value.to_bytes(value.bit_length() // 8 + 1))
