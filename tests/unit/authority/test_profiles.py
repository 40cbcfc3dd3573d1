# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates of cards hold what the decoded certificates of the real TEST hierarchy hold.

Expected values are the fields of those certificates: their names, private extensions, orders and
sizes in bytes. Keys, serials and dates are ours; they are as long as the real ones.
"""

import datetime as dt
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.authority.conftest import NOW, Issue, Requests

from caducee.authority.authority import Authority
from caducee.authority.names import CardName, PersonName, StructureName
from caducee.authority.requests import CardRequest, issuer_of
from caducee.base.clock import FixedClock
from caducee.base.dates import years_later
from caducee.base.errors import IssueError
from caducee.codec.tlv import Tlv
from caducee.directory.registry import Registry
from caducee.spec import igc
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.testing.keys import SharedKeys
from caducee.trust import STRICT, CertificatePurpose, CrlSource, validate
from caducee.trust.certificate import CertificateUse

FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
AUTH, SIGN = CertificateUse.AUTHENTICATION, CertificateUse.SIGNATURE

COMMON = ["2.5.29.19", "2.5.29.14", "2.5.29.35", "2.5.29.15", "2.5.29.32", "2.5.29.37"]
PUBLISHED = ["2.5.29.31", "2.5.29.46", "1.3.6.1.5.5.7.1.1"]
PRIVATE = [f"1.2.250.1.71.1.2.{last}" for last in (5, 2, 3, 7)]


def value_of(certificate: x509.Certificate, oid: str) -> bytes:
    extension = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(oid))
    return extension.value.public_bytes()


def oids_of(certificate: x509.Certificate) -> list[str]:
    return [extension.oid.dotted_string for extension in certificate.extensions]


def test_what_is_issued_keeps_the_rules_for_those_who_issue(
    issue: Issue, requests: Requests, authority: Authority
) -> None:
    certificate = issue(requests("olivier", AUTH))
    authorities = [*authority.anchors(), *authority.intermediates()]
    lists = CrlSource(authorities, strength=STRICT)
    for crl in authority.crls():
        lists.load(crl)
    validate(
        certificate,
        authority.intermediates(),
        anchors=authority.anchors(),
        at=NOW,
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=lists,
        strength=STRICT,
    ).require()


@pytest.mark.parametrize(
    ("name", "use", "expected"),
    [
        ("geraldine", AUTH, [*COMMON, "2.5.29.17", *PUBLISHED, *PRIVATE]),
        ("olivier", SIGN, [*COMMON, "2.5.29.16", *PUBLISHED, *PRIVATE]),
        ("charles", AUTH, [*COMMON, "2.5.29.17", *PUBLISHED, *PRIVATE[:3]]),
    ],
)
def test_extensions_stand_in_the_order_of_the_real_ones(
    issue: Issue, requests: Requests, name: str, use: CertificateUse, expected: list[str]
) -> None:
    made = issue(requests(name, use))
    assert oids_of(made) == expected
    assert [extension.oid.dotted_string for extension in made.extensions if extension.critical] == [
        "2.5.29.15"
    ]


@pytest.mark.parametrize(
    ("name", "use", "size"),
    [("olivier", SIGN, 2178), ("charles", AUTH, 2317)],
)
def test_a_certificate_is_as_long_as_the_real_one_with_the_same_holder(
    issue: Issue, requests: Requests, name: str, use: CertificateUse, size: int
) -> None:
    # The authority of this test has keys of 2048 bits: its signatures are 256 bytes shorter.
    assert len(issue(requests(name, use)).public_bytes(Encoding.DER)) + 256 == size


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("olivier", "GN=OLIVIER+CN=00B6087510+SN=INFIRMCS ADELI8751,T=Infirmier,C=FR"),
        (
            "charles",
            "GN=CHARLES+CN=30B0057881/CPET0002+SN=ADMINISTRATIF-CH057880002,"
            "T=Personnel santé ou social,OU=10B0057881,O=HOPITAL DES 3 DAMES,ST=Paris (75),C=FR",
        ),
        (
            "geraldine",
            "GN=GERALDINE+CN=899700041983+SN=DENTISTE RPPS-ADELI,T=Chirurgien-Dentiste,C=FR",
        ),
    ],
)
def test_the_subject_has_the_layout_and_der_order_of_the_real_one(
    issue: Issue, requests: Requests, name: str, expected: str
) -> None:
    short = {"2.5.4.42": "GN", "2.5.4.4": "SN", "2.5.4.12": "T", "2.5.4.8": "ST"}
    names = {x509.ObjectIdentifier(oid): text for oid, text in short.items()}
    subject = issue(requests(name, AUTH)).subject
    assert subject.rfc4514_string(names) == expected


def test_the_person_stands_in_one_set_and_only_the_country_is_printable(
    issue: Issue, requests: Requests
) -> None:
    name = Tlv.from_bytes(issue(requests("olivier", AUTH)).subject.public_bytes())
    sets = name.children()
    assert [len(item.children()) for item in sets] == [1, 1, 3]
    encoded = [child.to_bytes() for child in sets[2].children()]
    assert encoded == sorted(encoded)
    strings = [part.children()[1].tag for item in sets for part in item.children()]
    assert strings == [0x13, 0x0C, 0x0C, 0x0C, 0x0C]


@pytest.mark.parametrize(
    ("name", "oid", "expected"),
    [
        ("olivier", "1.2.250.1.71.1.2.5", bytes.fromhex("040180")),
        ("olivier", "1.2.250.1.71.1.2.2", bytes.fromhex("020100")),
        ("charles", "1.2.250.1.71.1.2.2", bytes.fromhex("020102")),
        ("olivier", "1.2.250.1.71.1.2.3", b"\x13\x158025000001/2800636234"),
        ("olivier", "1.2.250.1.71.1.2.7", bytes.fromhex("02013C")),
        ("geraldine", "1.2.250.1.71.1.2.7", bytes.fromhex("020128")),
    ],
)
def test_private_extensions_have_the_decoded_values(
    issue: Issue, requests: Requests, name: str, oid: str, expected: bytes
) -> None:
    assert value_of(issue(requests(name, AUTH)), oid) == expected


@pytest.mark.parametrize(
    ("name", "upn"),
    [
        ("geraldine", b"8.99700041983@carte-cps.fr"),
        ("charles", b"30B0057881/CPET0002@carte-cps.fr"),
    ],
)
def test_the_principal_name_is_the_documented_one(
    issue: Issue, requests: Requests, name: str, upn: bytes
) -> None:
    made = issue(requests(name, AUTH)).extensions
    (found,) = made.get_extension_for_class(x509.SubjectAlternativeName).value
    assert isinstance(found, x509.OtherName)
    assert found.type_id.dotted_string == "1.3.6.1.4.1.311.20.2.3"
    assert found.value == bytes([0x0C, len(upn)]) + upn


@pytest.mark.parametrize(
    ("use", "usage", "extended"),
    [
        (AUTH, "03020780", ["1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2"]),
        (SIGN, "03020640", ["1.3.6.1.5.5.7.3.4"]),
    ],
)
def test_key_usages(
    issue: Issue, requests: Requests, use: CertificateUse, usage: str, extended: list[str]
) -> None:
    made = issue(requests("olivier", use))
    assert value_of(made, "2.5.29.15") == bytes.fromhex(usage)
    purposes = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [purpose.dotted_string for purpose in purposes] == extended
    assert value_of(made, "2.5.29.19") == bytes.fromhex("3000")


def test_addresses_are_those_of_the_test_hierarchy(issue: Issue, requests: Requests) -> None:
    made = issue(requests("olivier", SIGN))
    entry = (
        "ldap://annuaire-igc.esante.gouv.fr/cn=TEST%20AC%20IGC-SANTE%20FORT%20PERSONNES,"
        "ou=TEST%20AC%20RACINE%20IGC-SANTE%20FORT,ou=IGC-SANTE%20TEST,ou=0002%20187512751,"
        "o=ASIP-SANTE,c=FR"
    )
    condition = "binary?base?objectClass=pkiCA"
    points = made.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [point.full_name[0].value for point in points if point.full_name] == [
        "http://igc-sante.esante.gouv.fr/CRL/ACI-FO-PP-TEST.crl",
        f"{entry}?certificaterevocationlist;{condition}",
    ]
    (delta,) = made.extensions.get_extension_for_class(x509.FreshestCRL).value
    assert delta.full_name is not None
    assert delta.full_name[0].value == f"{entry}?deltarevocationlist;{condition}"
    access = made.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert [item.access_location.value for item in access] == [
        "http://ocsp.esante.gouv.fr",
        "http://igc-sante.esante.gouv.fr/AC%20TEST/ACI-FO-PP-TEST.cer",
    ]
    policy = made.extensions.get_extension_for_class(x509.CertificatePolicies).value[0]
    assert policy.policy_identifier.dotted_string == "1.2.250.1.213.1.7.2.1.1.1.1"


def test_a_certificate_lives_exactly_three_years_and_its_key_as_long(
    issue: Issue, requests: Requests
) -> None:
    made = issue(requests("olivier", SIGN))
    start = NOW.replace(microsecond=0)
    assert made.not_valid_before_utc == start
    assert made.not_valid_after_utc == start.replace(year=2029)
    period = made.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    assert period.not_before == start.replace(tzinfo=None)
    assert period.not_after == start.replace(year=2029, tzinfo=None)


def test_29_february_becomes_28_in_another_year() -> None:
    leap = dt.datetime(2028, 2, 29, 12, tzinfo=dt.UTC)
    assert years_later(leap, 3) == dt.datetime(2031, 2, 28, 12, tzinfo=dt.UTC)
    assert years_later(leap, 4) == dt.datetime(2032, 2, 29, 12, tzinfo=dt.UTC)


def test_the_serial_begins_as_those_of_its_issuer(issue: Issue, requests: Requests) -> None:
    for name, prefix in (("olivier", "63DAFFCFC8034BDC"), ("charles", "6BC2874B9334BED1")):
        serial = issue(requests(name, AUTH)).serial_number.to_bytes(16)
        assert serial[:8] == bytes.fromhex(prefix)


def test_an_issuer_whose_serials_are_unknown_has_a_steady_prefix(authority: Authority) -> None:
    ca = igc.ca(igc.Range.FORT, igc.Domain.ORGANISATIONS)
    item, two = authority.reserve(ca, 2)
    assert item.to_bytes(16)[:8] == two.to_bytes(16)[:8]
    assert 0x40 <= item.to_bytes(16)[0] < 0x80
    assert item != two


def test_families_are_certified_by_their_range() -> None:
    assert {member: issuer_of(member).common_name for member in CardFamily} == {
        CardFamily.CPS: "TEST AC IGC-SANTE FORT PERSONNES",
        CardFamily.CPF: "TEST AC IGC-SANTE FORT PERSONNES",
        CardFamily.CPE: "TEST AC IGC-SANTE STANDARD PERSONNES",
        CardFamily.CPA: "TEST AC IGC-SANTE STANDARD PERSONNES",
    }


def test_the_certificate_is_signed_by_its_issuer(
    authority: Authority, issue: Issue, requests: Requests
) -> None:
    request = requests("charles", AUTH)
    issue(request).verify_directly_issued_by(authority.certificate(issuer_of(request.family)))


def test_a_technical_certificate_opens_no_session(issue: Issue, keys: SharedKeys) -> None:
    public = keys.card_key().public_key()
    number = "2950000000"
    made = issue(
        CardRequest(CardFamily.CPS, CertificateUse.OTHER, CardName(number), number, public)
    )
    assert made.subject.rfc4514_string() == "CN=8025000001/2950000000,C=FR"
    assert oids_of(made) == [*COMMON[:5], *PUBLISHED, *PRIVATE[:3]]


def test_a_certificate_never_outlives_its_issuer(
    authority: Authority, requests: Requests, clock: FixedClock, registry: Registry
) -> None:
    clock.advance(dt.datetime(2031, 1, 1, tzinfo=dt.UTC) - NOW)
    with pytest.raises(IssueError) as caught:
        authority.issue(requests("olivier", AUTH))
    assert caught.value.code == "authority.beyond_ca"
    assert registry.certificates.of_card("2800636234") == ()


def test_a_redated_certificate_differs_in_serial_and_dates_alone(
    authority: Authority, issue: Issue, requests: Requests, registry: Registry
) -> None:
    made = issue(requests("olivier", SIGN))
    start = NOW.replace(year=2021, microsecond=0)
    again = authority.redated(made, start)
    again.verify_directly_issued_by(authority.certificate(FORT_PP))
    assert (again.subject, again.public_key()) == (made.subject, made.public_key())
    assert again.not_valid_before_utc == start
    assert again.not_valid_after_utc == start.replace(year=2024)
    period = again.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    assert period.not_before == start.replace(tzinfo=None)
    assert again.serial_number != made.serial_number
    assert oids_of(again) == oids_of(made)
    assert registry.certificates.get(FORT_PP.common_name, again.serial_number) is None


def test_a_certificate_of_another_authority_is_not_redated(authority: Authority) -> None:
    with pytest.raises(IssueError) as caught:
        authority.redated(authority.certificate(igc.ca(igc.Range.FORT)), NOW.replace(year=2000))
    assert caught.value.code == "authority.beyond_ca"


def test_the_category_chooses_the_hierarchy_and_stands_in_the_certificate(
    authority: Authority, requests: Requests
) -> None:
    for name, range_ in (("olivier", "FORT"), ("charles", "STANDARD")):
        for category, world in (
            (ProductCategory.TEST_CARD, "TEST"),
            (ProductCategory.CARD, "SANDBOX"),
        ):
            request = replace(requests(name, AUTH), category=category)
            made = authority.sign(request, 1)
            (issuer,) = made.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
            assert issuer.value == f"{world} AC IGC-SANTE {range_} PERSONNES"
            assert value_of(made, "1.2.250.1.71.1.2.5") == bytes([4, 1, category])
            for oid in ("2.5.29.31", "2.5.29.46", "1.3.6.1.5.5.7.1.1"):
                assert (b"SANDBOX" in value_of(made, oid)) is (world == "SANDBOX")


def test_a_start_in_another_zone_is_the_same_moment(
    authority: Authority, requests: Requests
) -> None:
    paris = dt.timezone(dt.timedelta(hours=1))
    start = dt.datetime(2026, 1, 15, 8, tzinfo=paris)
    made = authority.sign(replace(requests("olivier", SIGN), not_before=start), 1)
    assert made.not_valid_before_utc == start
    assert made.not_valid_after_utc == start.replace(year=2029)
    period = made.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    assert period.not_before == dt.datetime(2026, 1, 15, 7)


def test_a_person_without_a_name_has_an_identifier_alone() -> None:
    structure = StructureName("10B0057881", "HOPITAL DES 3 DAMES", "Paris (75)")
    name = PersonName("30B0057881/CPET0009", "", "", "Personnel santé ou social", structure)
    last = name.to_x509().rdns[-1]
    assert [(item.oid, item.value) for item in last] == [
        (x509.NameOID.COMMON_NAME, "30B0057881/CPET0009")
    ]


def test_years_end_with_the_calendar() -> None:
    late = dt.datetime(9998, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
    assert years_later(late, 3) == dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
