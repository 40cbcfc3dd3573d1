# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Card certificates: the profiles that were decoded from real test certificates, and odd ones."""

import contextlib
from collections.abc import Iterable, Mapping

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from caducee.base.errors import FormatError, TrustError
from caducee.spec import oids
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.testing.pki import Chain, Extension, Issued, private, usage
from caducee.trust import CardCertificate, CertificateUse, PrivateExtension
from caducee.trust.names import UNREADABLE, read_name, same_name

CARD: Mapping[str, str] = {
    oids.PRODUCT_CATEGORY: "040180",
    oids.CARD_TYPE: "020100",
    oids.CARD_ID: "1315" + b"8025000001/2800636234".hex(),
    oids.PROFESSION: "02013C",
}
"""Private extensions in their order on a CPS, as in the certificate of 00B6087510."""

AUTH = (
    (usage("digital_signature"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
)
SIGN = ((usage("content_commitment"), True),)


def rdn(*pairs: tuple[ObjectIdentifier, str]) -> x509.RelativeDistinguishedName:
    return x509.RelativeDistinguishedName([x509.NameAttribute(*pair) for pair in pairs])


def holder(cn: str, sn: str, gn: str, *before: tuple[ObjectIdentifier, str]) -> x509.Name:
    """Return a subject: single attributes, then CN, SN and GN in one set."""
    return x509.Name(
        [
            *(rdn(item) for item in before),
            rdn((NameOID.COMMON_NAME, cn), (NameOID.SURNAME, sn), (NameOID.GIVEN_NAME, gn)),
        ]
    )


NURSE = holder(
    "00B6087510",
    "INFIRMCS ADELI8751",
    "OLIVIER",
    (NameOID.COUNTRY_NAME, "FR"),
    (NameOID.TITLE, "Infirmier"),
)


def upn(text: str) -> Extension:
    value = bytes((0x0C, len(text))) + text.encode()
    other = x509.OtherName(ObjectIdentifier(oids.USER_PRINCIPAL_NAME), value)
    return x509.SubjectAlternativeName([other]), False


def card(
    world: Chain,
    subject: x509.Name = NURSE,
    changes: Mapping[str, str | None] | None = None,
    more: Iterable[Extension] = AUTH,
) -> Issued:
    """Issue a card certificate; a private extension changed to ``None`` is left out."""
    values = {**CARD, **(changes or {})}
    ours = [private(oid, value) for oid, value in values.items() if value is not None]
    return world.issuing.issue(subject, extensions=[*more, *ours])


def test_a_card_of_a_professional_says_all_that_it_holds(world: Chain) -> None:
    read = CardCertificate.read(card(world, more=[*AUTH, upn("0.0B6087510@carte-cps.fr")]).der)
    assert read.ps_idnat == "00B6087510"
    assert read.family is CardFamily.CPS
    assert read.category is ProductCategory.TEST_CARD
    assert read.is_test
    assert read.card_id == "8025000001/2800636234"
    assert read.card_number == "2800636234"
    assert read.use is CertificateUse.AUTHENTICATION
    assert (read.given_name, read.surname) == ("OLIVIER", "INFIRMCS ADELI8751")
    assert read.common_name == "OLIVIER INFIRMCS ADELI8751"
    assert read.title == "Infirmier"
    assert read.structure is None
    assert read.professions == ("60",)
    assert read.future_professions == ()
    assert read.specialties == ()
    assert read.upn == "0.0B6087510@carte-cps.fr"
    assert read.unknown_extensions == ()


def test_a_loaded_certificate_reads_like_its_bytes(world: Chain) -> None:
    issued = card(world)
    assert CardCertificate.read(issued.certificate) == CardCertificate.read(issued.der)


def test_a_signature_certificate_is_known_by_its_key_usage(world: Chain) -> None:
    assert CardCertificate.read(card(world, more=SIGN).der).use is CertificateUse.SIGNATURE


@pytest.mark.parametrize("more", [(), ((usage("key_encipherment"), True),)])
def test_a_key_for_neither_purpose_is_neither(world: Chain, more: Iterable[Extension]) -> None:
    read = CardCertificate.read(card(world, more=more).der)
    assert read.use is CertificateUse.OTHER
    assert read.upn is None


def test_a_card_of_staff_names_its_structure(world: Chain) -> None:
    subject = holder(
        "30B0057881/CPET0002",
        "ADMINISTRATIF-CH057880002",
        "CHARLES",
        (NameOID.COUNTRY_NAME, "FR"),
        (NameOID.STATE_OR_PROVINCE_NAME, "Paris (75)"),
        (NameOID.ORGANIZATION_NAME, "HOPITAL DES 3 DAMES"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "10B0057881"),
        (NameOID.TITLE, "Personnel santé ou social"),
    )
    changes = {oids.CARD_TYPE: "020102", oids.PROFESSION: None}
    read = CardCertificate.read(card(world, subject, changes).der)
    assert read.family is CardFamily.CPE
    assert read.professions == ()
    assert read.title == "Personnel santé ou social"
    assert read.structure is not None
    assert read.structure.idnat == "10B0057881"
    assert read.structure.name == "HOPITAL DES 3 DAMES"
    assert read.structure.department == "Paris (75)"


def test_a_card_of_the_older_generation_has_its_profession_in_ou(world: Chain) -> None:
    teletex = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Médecin", _ASN1Type.T61String)
    subject = x509.Name(
        [
            rdn((NameOID.COUNTRY_NAME, "FR")),
            rdn((NameOID.ORGANIZATION_NAME, "TEST")),
            x509.RelativeDistinguishedName([teletex]),
            rdn((NameOID.COMMON_NAME, "00B1058110"), (NameOID.SURNAME, "MAXI5811")),
        ]
    )
    changes = {oids.PROFESSION: "02010A", oids.SPECIALTIES: "30060C04534D3336"}
    read = CardCertificate.read(card(world, subject, changes).der)
    assert read.title == "Médecin"
    assert read.structure is None
    assert read.specialties == ("SM36",)
    assert read.given_name is None
    assert read.common_name == "MAXI5811"


def test_a_structure_without_an_identifier_is_kept(world: Chain) -> None:
    subject = holder("1", "S", "G", (NameOID.ORGANIZATION_NAME, "CABINET"))
    structure = CardCertificate.read(card(world, subject).der).structure
    assert structure is not None
    assert (structure.idnat, structure.name) == (None, "CABINET")


def test_a_student_has_a_future_profession(world: Chain) -> None:
    changes = {oids.CARD_TYPE: "020101", oids.PROFESSION: None, oids.FUTURE_PROFESSION: "02010A"}
    read = CardCertificate.read(card(world, changes=changes).der)
    assert read.family is CardFamily.CPF
    assert read.future_professions == ("10",)


def test_codes_nobody_knows_stay_numbers(world: Chain) -> None:
    changes = {oids.CARD_TYPE: "02017F", oids.PRODUCT_CATEGORY: "040190", oids.PROFESSION: "020105"}
    read = CardCertificate.read(card(world, changes=changes).der)
    assert read.family == 0x7F
    assert read.category == 0x90
    assert read.is_test
    assert read.professions == ("05",)


def test_a_real_card_is_not_a_test_card(world: Chain) -> None:
    read = CardCertificate.read(card(world, changes={oids.PRODUCT_CATEGORY: "040100"}).der)
    assert read.category is ProductCategory.CARD
    assert not read.is_test


def test_unknown_extensions_are_kept_as_they_are(world: Chain) -> None:
    read = CardCertificate.read(card(world, changes={"1.2.250.1.71.4.2.4": "0C0453413037"}).der)
    assert read.unknown_extensions == (
        PrivateExtension("1.2.250.1.71.4.2.4", False, bytes.fromhex("0C0453413037")),
    )


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({oids.CARD_ID: None}, oids.CARD_ID),
        ({oids.CARD_TYPE: None}, oids.CARD_TYPE),
        ({oids.PRODUCT_CATEGORY: None}, oids.PRODUCT_CATEGORY),
        ({oids.PRODUCT_CATEGORY: "040183"}, oids.PRODUCT_CATEGORY),
        ({oids.PRODUCT_CATEGORY: "040102"}, oids.PRODUCT_CATEGORY),
    ],
)
def test_a_certificate_in_software_or_of_nobody_is_no_card(
    world: Chain, changes: Mapping[str, str | None], missing: str
) -> None:
    with pytest.raises(TrustError) as caught:
        CardCertificate.read(card(world, changes=changes).der)
    assert caught.value.code == "trust.not_a_card_certificate"
    assert caught.value.facts == {"missing": missing}


def test_a_card_without_a_common_name_is_no_card(world: Chain) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")])
    with pytest.raises(TrustError) as caught:
        CardCertificate.read(card(world, subject).der)
    assert caught.value.facts == {"missing": "CN"}


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        (oids.CARD_TYPE, "0200"),
        (oids.CARD_TYPE, "0211" + "01" * 17),
        (oids.CARD_TYPE, "0401FF"),
        (oids.CARD_TYPE, "020100FF"),
        (oids.CARD_TYPE, ""),
        (oids.CARD_ID, "1302C3A9"),
        (oids.CARD_ID, "13021B5B"),
        (oids.PRODUCT_CATEGORY, "0400"),
        (oids.SPECIALTIES, "30060C04"),
        (oids.SPECIALTIES, "0C04534D3336"),
        (oids.SPECIALTIES, "30030C01FF"),
    ],
)
def test_a_private_extension_of_another_form_is_refused_by_name(
    world: Chain, oid: str, value: str
) -> None:
    with pytest.raises(TrustError) as caught:
        CardCertificate.read(card(world, changes={oid: value}).der)
    assert caught.value.code == "trust.private_extension"
    assert caught.value.facts == {"oid": oid}


def test_a_logon_name_that_is_no_text_is_refused(world: Chain) -> None:
    other = x509.OtherName(ObjectIdentifier(oids.USER_PRINCIPAL_NAME), b"\x0c\x01\xff")
    names: Extension = (x509.SubjectAlternativeName([other]), False)
    with pytest.raises(TrustError) as caught:
        CardCertificate.read(card(world, more=[*AUTH, names]).der)
    assert caught.value.facts == {"oid": oids.USER_PRINCIPAL_NAME}


def test_other_names_of_the_holder_are_passed_over(world: Chain) -> None:
    other = x509.OtherName(ObjectIdentifier("1.2.3"), b"\x05\x00")
    names = x509.SubjectAlternativeName([x509.RFC822Name("a@b.test"), other])
    assert CardCertificate.read(card(world, more=[*AUTH, (names, False)]).der).upn is None


@pytest.mark.parametrize("oid", ["2.5.29.15", "2.5.29.17", "2.5.29.37"])
def test_standard_extensions_that_cannot_be_read_are_refused(world: Chain, oid: str) -> None:
    broken = x509.UnrecognizedExtension(ObjectIdentifier(oid), b"\x30\x7f")
    with pytest.raises(TrustError) as caught:
        CardCertificate.read(card(world, more=[(broken, False)]).der)
    assert caught.value.code == "trust.certificate_unreadable"


def test_a_huge_certificate_is_refused_unread() -> None:
    with pytest.raises(TrustError) as caught:
        CardCertificate.read(bytes(32_769))
    assert caught.value.code == "trust.certificate_too_large"


@pytest.fixture(scope="session")
def sample(world: Chain) -> bytes:
    return card(world, more=[*AUTH, upn("0.0B6087510@carte-cps.fr")]).der


def read_or_refuse(der: bytes) -> None:
    try:
        CardCertificate.read(der)
    except TrustError as error:
        assert error.code.startswith("trust.")


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_with_a_code(der: bytes) -> None:
    with pytest.raises(TrustError):
        CardCertificate.read(der)


PLACES = st.integers(0, 9_999)
"""Places in a certificate, by their share of its length: lengths differ with the signature."""


@settings(max_examples=400)
@given(st.lists(st.tuples(PLACES, st.integers(0, 255)), min_size=1, max_size=4))
def test_a_card_certificate_with_changed_bytes_is_read_or_refused(
    sample: bytes, changes: list[tuple[int, int]]
) -> None:
    der = bytearray(sample)
    for place, value in changes:
        der[place * len(der) // 10_000] = value
    read_or_refuse(bytes(der))


@given(PLACES)
def test_a_truncated_card_certificate_is_refused(sample: bytes, place: int) -> None:
    with pytest.raises(TrustError):
        CardCertificate.read(sample[: place * len(sample) // 10_000])


@given(st.sampled_from(sorted(CARD)), st.binary(max_size=40))
def test_any_private_extension_is_read_or_refused(world: Chain, oid: str, value: bytes) -> None:
    read_or_refuse(card(world, changes={oid: value.hex()}).der)


# Names in T61String, as IGC-CPS2ter wrote them


def t61(value: bytes) -> bytes:
    """Return a name whose OU is a T61String of those bytes."""
    made = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "x" * len(value))])
    return made.public_bytes().replace(
        b"\x0c" + bytes((len(value),)) + b"x" * len(value), b"\x14" + bytes((len(value),)) + value
    )


@pytest.mark.parametrize("value", [b"M\xe9decin", "Médecin".encode()])
def test_a_name_in_t61_string_is_read_as_latin_1_or_utf_8(value: bytes) -> None:
    assert read_name(t61(value)).rfc4514_string() == "OU=Médecin"
    utf8 = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "MÉDECIN")])
    assert same_name(t61(value), utf8.public_bytes())


@given(st.binary(max_size=40))
def test_no_bytes_of_a_name_do_harm(data: bytes) -> None:
    for item in (data, b"\x30" + bytes((len(data),)) + data, t61(data or b"x")):
        with contextlib.suppress(FormatError, *UNREADABLE):
            read_name(item)
        assert same_name(item, item)
