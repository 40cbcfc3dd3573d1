# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What each kind of certificate holds: its extensions, in the order of the real ones.

A profile is a list of (extension, critical). Order, criticality and content follow the decoded
TEST certificates: authentication 2018, signature 2020, CPE 2017, a person's signature in software,
organisations, and the CA files.
"""

import datetime as dt
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID

from caducee.authority.keys import PublicKey
from caducee.authority.names import CardName, OrganisationName, PersonName
from caducee.authority.requests import (
    CardRequest,
    OrganisationRequest,
    Request,
    SoftwareRequest,
)
from caducee.codec import card_extensions
from caducee.codec.identifiers import PsIdNat
from caducee.codec.tlv import Tlv
from caducee.spec import igc, oids
from caducee.spec.cards import CARD_ISSUER
from caducee.spec.igc import CaFacts, OrganisationUse
from caducee.spec.nomenclatures import ProductCategory
from caducee.spec.tags import Universal
from caducee.trust.certificate import CertificateUse
from caducee.trust.x509 import KEY_USAGES

__all__ = ["Extensions", "ca_extensions", "extensions_of", "published_by"]

type Extensions = list[tuple[x509.ExtensionType, bool]]


def ca_extensions(
    facts: CaFacts, issuer: CaFacts, key: PublicKey, issuer_key: x509.SubjectKeyIdentifier
) -> Extensions:
    """Return the extensions of an authority; a root has neither lists nor access points.

    ``issuer`` is the authority itself where it signs itself; a link (one key of an authority
    certified with another) is a certificate like any other.
    """
    found: Extensions = [
        (x509.BasicConstraints(ca=True, path_length=facts.path_length), True),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), False),
        (_key_usage("key_cert_sign", "crl_sign"), True),
        (_policies(oids.ANY_POLICY), False),
    ]
    return found if facts.is_root and facts == issuer else found + published_by(issuer)


def extensions_of(
    request: Request,
    issuer: CaFacts,
    issuer_key: x509.SubjectKeyIdentifier,
    validity: tuple[dt.datetime, dt.datetime],
) -> Extensions:
    """Return the extensions of a certificate; ``validity`` is start and end, UTC.

    ``issuer`` is the generation of ``request.issuer`` that signs.
    """
    found: Extensions = [
        (x509.BasicConstraints(ca=False, path_length=None), False),
        (x509.SubjectKeyIdentifier.from_public_key(request.public_key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), False),
        (_key_usage(*_usages(request)), True),
        (_policies(_policy(request)), False),
        *_purpose(request, validity),
    ]
    return found + published_by(issuer) + _private(request)


_USAGE = {
    CertificateUse.AUTHENTICATION: "digital_signature",
    CertificateUse.SIGNATURE: "content_commitment",
    CertificateUse.OTHER: "digital_signature",
}

_ORGANISATION = {
    OrganisationUse.AUTH_CLI: (("digital_signature",), (oids.CLIENT_AUTH,)),
    OrganisationUse.SIGN: (("digital_signature", "content_commitment"), (oids.EMAIL_PROTECTION,)),
    OrganisationUse.SSL: (
        ("digital_signature", "key_encipherment"),
        (oids.SERVER_AUTH, oids.CLIENT_AUTH),
    ),
}
"""Key usages and extended usages of organisations, as decoded."""


def _usages(request: Request) -> tuple[str, ...]:
    if not isinstance(request, OrganisationRequest):
        return (_USAGE[request.use],)
    usages = _ORGANISATION[request.use][0]
    if isinstance(request.public_key, rsa.RSAPublicKey):
        return usages
    # Nothing can be enciphered with such a key (RFC 8813 3).
    return tuple(usage for usage in usages if usage != "key_encipherment")


def _policy(request: Request) -> str:
    if isinstance(request, OrganisationRequest) and request.world is igc.World.SANDBOX:
        return igc.ORGANISATION_POLICIES[request.use]
    return igc.TEST_POLICY


def _purpose(request: Request, validity: tuple[dt.datetime, dt.datetime]) -> Extensions:
    if isinstance(request, OrganisationRequest):
        return _purpose_of_organisation(request, validity)
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


def _purpose_of_organisation(
    request: OrganisationRequest, validity: tuple[dt.datetime, dt.datetime]
) -> Extensions:
    found: Extensions = [(_extended_usage(*_ORGANISATION[request.use][1]), False)]
    if request.use is OrganisationUse.SIGN:
        found.append((x509.PrivateKeyUsagePeriod(*map(_naive, validity)), False))
    if request.hosts:
        names = [x509.DNSName(host) for host in request.hosts]
        found.append((x509.SubjectAlternativeName(names), False))
    return found


def _address(request: Request) -> Extensions:
    if not isinstance(request, SoftwareRequest) or request.email is None:
        return []
    return [(x509.SubjectAlternativeName([x509.RFC822Name(request.email)]), False)]


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _key_usage(*names: str) -> x509.KeyUsage:
    known = (*KEY_USAGES, "encipher_only", "decipher_only")
    return x509.KeyUsage(**{item: item in names for item in known})


def _extended_usage(*usages: str) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage) for usage in usages])


def _policies(oid: str) -> x509.CertificatePolicies:
    policy = x509.PolicyInformation(x509.ObjectIdentifier(oid), [igc.CPS_POLICY_URI])
    return x509.CertificatePolicies([policy])


def _principal_name(
    subject: PersonName | CardName | OrganisationName,
) -> x509.SubjectAlternativeName:
    idnat = subject.ps_idnat if isinstance(subject, PersonName) else ""
    text = PsIdNat.parse(idnat).upn.encode()
    value = Tlv(Universal.UTF8_STRING, text).to_bytes()
    name = x509.OtherName(x509.ObjectIdentifier(oids.USER_PRINCIPAL_NAME), value)
    return x509.SubjectAlternativeName([name])


def published_by(issuer: CaFacts) -> Extensions:
    """Return where an authority publishes: lists, delta lists, OCSP and its certificate."""
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
    if isinstance(request, CardRequest):
        values = _of_card(request)
    elif isinstance(request, SoftwareRequest):
        values = _of_software(request)
    else:
        values = iter((_extension(card_extensions.PRODUCT_CATEGORY, request.category),))
    return [(value, False) for value in values]


def _of_card(request: CardRequest) -> Iterator[x509.UnrecognizedExtension]:
    yield _extension(card_extensions.PRODUCT_CATEGORY, request.category)
    yield _extension(card_extensions.CARD_TYPE, request.family)
    yield _extension(card_extensions.CARD_ID, f"{CARD_ISSUER}/{request.card_number}")
    if request.profession is not None:
        yield _extension(card_extensions.PROFESSION, request.profession)
    if request.future_profession is not None:
        yield _extension(card_extensions.FUTURE_PROFESSION, request.future_profession)


def _of_software(request: SoftwareRequest) -> Iterator[x509.UnrecognizedExtension]:
    yield _extension(card_extensions.PRODUCT_CATEGORY, ProductCategory.TEST_SOFTWARE)
    if request.profession is not None:
        yield _extension(card_extensions.PROFESSION, request.profession)
    if request.specialties:
        yield _extension(card_extensions.SPECIALTIES, request.specialties)


def _extension[T](kind: card_extensions.CardExtension[T], value: T) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(kind.oid), kind.build(value))
