# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What each kind of certificate holds: its extensions, in the order of the real ones.

A profile is a list of (extension, critical). Order, criticality and content follow the decoded
TEST certificates: authentication 2018, signature 2020, CPE 2017, a person's signature in software,
and the CA files.
"""

import datetime as dt
from collections.abc import Iterator
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

__all__ = [
    "CardRequest",
    "Extensions",
    "Request",
    "SoftwareRequest",
    "ca_extensions",
    "extensions_of",
    "issuer_of",
]

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

    category: ProductCategory = ProductCategory.TEST_CARD
    """Test card or card; it chooses the hierarchy, and stands in the certificate."""

    @property
    def issuer(self) -> CaFacts:
        """The authority that issues it."""
        return issuer_of(self.family, self.category)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareRequest:
    """The order of a person's certificate whose key is kept by software (ELEMENTAIRE PERSONNES).

    A signature certificate is as decoded (two of 2018 to 2021); no certificate for authentication
    was seen: ours is by analogy with that of organisations, so that it opens no Windows session.
    """

    use: CertificateUse
    """Authentication or signature."""

    subject: PersonName
    """Whose certificate."""

    public_key: rsa.RSAPublicKey
    """The person's key, RSA 2048."""

    profession: str | None
    """Code of TRE_G15."""

    specialties: tuple[str, ...] = ()
    """Codes of TRE_R01, e.g. ``SM26``; none: no extension."""

    email: str | None = None
    """Address of the person (rfc822Name)."""

    not_before: dt.datetime | None = None
    """Start of validity; none: now."""

    @property
    def issuer(self) -> CaFacts:
        """The authority that issues it."""
        return igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.PERSONNES)

    @property
    def card_number(self) -> None:
        """No card."""
        return None


type Request = CardRequest | SoftwareRequest


def issuer_of(family: CardFamily, category: ProductCategory = ProductCategory.TEST_CARD) -> CaFacts:
    """Return the issuing CA of the cards of a family.

    CPS: FORT PERSONNES, CPE: STANDARD PERSONNES, as decoded. CPF stands with CPS and CPA with CPE
    by analogy; no certificate of theirs is known. Test cards come from the TEST hierarchy, others
    from the one of ours whose names say SANDBOX.
    """
    world = igc.World.TEST if category.is_test else igc.World.SANDBOX
    if family in (CardFamily.CPS, CardFamily.CPF):
        return igc.ca(igc.Range.FORT, igc.Domain.PERSONNES, world)
    return igc.ca(igc.Range.STANDARD, igc.Domain.PERSONNES, world)


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


def extensions_of(
    request: Request,
    issuer_key: x509.SubjectKeyIdentifier,
    validity: tuple[dt.datetime, dt.datetime],
) -> Extensions:
    """Return the extensions of a certificate; ``validity`` is start and end, UTC."""
    found: Extensions = [
        (x509.BasicConstraints(ca=False, path_length=None), False),
        (x509.SubjectKeyIdentifier.from_public_key(request.public_key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), False),
        (_key_usage(_USAGE[request.use]), True),
        (_policies(igc.TEST_POLICY), False),
        *_purpose(request, validity),
    ]
    return found + _published(request.issuer) + _private(request)


_USAGE = {
    CertificateUse.AUTHENTICATION: "digital_signature",
    CertificateUse.SIGNATURE: "content_commitment",
    CertificateUse.OTHER: "digital_signature",
}


def _purpose(request: Request, validity: tuple[dt.datetime, dt.datetime]) -> Extensions:
    if request.use is CertificateUse.SIGNATURE:
        period = x509.PrivateKeyUsagePeriod(*map(_naive, validity))
        usage = _extended_usage(oids.EMAIL_PROTECTION)
        return [(usage, False), (period, False), *_address(request)]
    if isinstance(request, SoftwareRequest):
        return [(_extended_usage(oids.CLIENT_AUTH), False), *_address(request)]
    if request.use is CertificateUse.AUTHENTICATION:
        usage = _extended_usage(oids.CLIENT_AUTH, oids.SMARTCARD_LOGON)
        return [(usage, False), (_principal_name(request.subject), False)]
    # A technical certificate works without a code: it must not open a session anywhere, so that
    # it has no extended usage.
    return []


def _address(request: Request) -> Extensions:
    if not isinstance(request, SoftwareRequest) or request.email is None:
        return []
    return [(x509.SubjectAlternativeName([x509.RFC822Name(request.email)]), False)]


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


def _private(request: Request) -> Extensions:
    values = _of_software(request) if isinstance(request, SoftwareRequest) else _of_card(request)
    return [
        (x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value.to_bytes()), False)
        for oid, value in values
    ]


def _of_card(request: CardRequest) -> Iterator[tuple[str, Tlv]]:
    card_id = f"{CARD_ISSUER}/{request.card_number}".encode()
    yield _category(request.category)
    yield oids.CARD_TYPE, _integer(request.family)
    yield oids.CARD_ID, Tlv(Universal.PRINTABLE_STRING, card_id)
    if request.profession is not None:
        yield oids.PROFESSION, _integer(int(request.profession))
    if request.future_profession is not None:
        yield oids.FUTURE_PROFESSION, _integer(int(request.future_profession))


def _of_software(request: SoftwareRequest) -> Iterator[tuple[str, Tlv]]:
    yield _category(ProductCategory.TEST_SOFTWARE)
    if request.profession is not None:
        yield oids.PROFESSION, _integer(int(request.profession))
    if request.specialties:
        codes = (Tlv(Universal.UTF8_STRING, one.encode()) for one in request.specialties)
        yield oids.SPECIALTIES, Tlv.build(Universal.SEQUENCE, *codes)


def _category(category: ProductCategory) -> tuple[str, Tlv]:
    return oids.PRODUCT_CATEGORY, Tlv(Universal.OCTET_STRING, bytes([category]))


def _integer(value: int) -> Tlv:
    return Tlv(Universal.INTEGER, value.to_bytes(value.bit_length() // 8 + 1))
