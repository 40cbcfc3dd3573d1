# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The published test persons get from us the certificates that the real TEST hierarchy gave them.

Everything is compared but keys, signature, dates and, for one of them, a variant of the CA.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.authority.requests import SoftwareRequest
from caducee.codec.tlv import Tlv
from caducee.directory.model import Person, Qualification, Structure
from caducee.issuance import CardOrder, Practice
from caducee.issuance.order import name_for
from caducee.issuance.personalisation import ReservedNumbers, personalise
from caducee.spec import igc
from caducee.spec.nomenclatures import CardFamily, ProductCategory, Table, table
from caducee.testing.keys import SharedKeys
from caducee.trust.certificate import CardCertificate, CertificateUse

FILE = Path(__file__).parents[2] / "vectors" / "certificates.toml"
VECTORS: list[dict[str, Any]] = tomllib.loads(FILE.read_text())["certificate"]
SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.6": "C",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.42": "GN",
}
CODES = {item.label: item.code for item in table(Table.PROFESSIONS)}
DEPARTMENTS = {item.label: item.code for item in table(Table.DEPARTMENTS)}

each = pytest.mark.parametrize("vector", VECTORS, ids=lambda it: it["name"])


def fields(vector: dict[str, Any]) -> dict[str, str]:
    parts = [part for rdn in vector["subject"] for part in rdn]
    return dict(part.split("=", 1) for part in parts)


def order_of(vector: dict[str, Any]) -> CardOrder:
    """Return the order of the card whose holder the vector names."""
    name = fields(vector)
    family = CardFamily[vector.get("family", "CPS")]
    known = [value for oid, value in vector["private"] if oid.startswith("1.2.250.1.71.4")]
    person = Person(
        name["CN"],
        name["SN"],
        name["GN"],
        profession=CODES.get(name["T"]),
        qualifications=tuple(Qualification(bytes.fromhex(item)[4:].decode()) for item in known),
    )
    practices: tuple[Practice, ...] = ()
    if family is CardFamily.CPE:
        department = DEPARTMENTS[name["ST"]]
        practices = (Practice(Structure(name["OU"], name["O"], department), "SA01"),)
    return CardOrder(person=person, family=family, practices=practices, two_applications=False)


@pytest.fixture
def certificate(vector: dict[str, Any], authority: Authority, keys: SharedKeys) -> x509.Certificate:
    """Return the certificate that we give to the holder of a vector, under its serial."""
    order = order_of(vector)
    serial = int(vector["serial"], 16)
    if "card" not in vector:
        request = SoftwareRequest(
            use=CertificateUse.SIGNATURE,
            subject=name_for(order),
            public_key=keys.card_key().public_key(),
            profession=order.person.profession,
            specialties=tuple(qualification.code for qualification in order.person.qualifications),
        )
        return authority.sign(request, serial)
    first = vector["use"] == "authentication"
    reserved = ReservedNumbers(vector["card"], [serial, 1] if first else [1, serial])
    pair = [keys.card_key(), keys.card_key()]
    made = personalise(authority, order, dict(enumerate(order.practices, 1)), reserved, pair)
    return made.issued[0 if first else 1][1]


def value_of(certificate: x509.Certificate, oid: str) -> bytes:
    extension = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(oid))
    return extension.value.public_bytes()


@each
def test_the_subject_is_the_published_one(
    vector: dict[str, Any], certificate: x509.Certificate
) -> None:
    found = [
        sorted(f"{SHORT[item.oid.dotted_string]}={item.value!s}" for item in rdn)
        for rdn in certificate.subject.rdns
    ]
    assert found == vector["subject"]
    sets = Tlv.from_bytes(certificate.subject.public_bytes()).children()
    encoded = [child.to_bytes() for child in sets[-1].children()]
    assert encoded == sorted(encoded)


@each
def test_issuer_and_serial_are_the_published_ones(
    vector: dict[str, Any], certificate: x509.Certificate
) -> None:
    (issuer,) = certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert issuer.value == vector["issuer"]
    assert f"{certificate.serial_number:X}" == vector["serial"]
    facts = igc.by_name(vector["issuer"])
    assert facts is not None
    if vector["name"] != "geraldine":  # a variant of the CA
        assert bytes.fromhex(vector["serial"])[:8] == facts.entity_serial_prefix


@each
def test_extensions_are_the_published_ones_in_their_order(
    vector: dict[str, Any], certificate: x509.Certificate
) -> None:
    basic = ["2.5.29.19", "2.5.29.14", "2.5.29.35", "2.5.29.15", "2.5.29.32", "2.5.29.37"]
    period = ["2.5.29.16"] if vector.get("key_period") else []
    alternative = ["2.5.29.17"] if "principal" in vector else []
    published = ["2.5.29.31", "2.5.29.46", "1.3.6.1.5.5.7.1.1"]
    private = [oid for oid, _ in vector["private"]]
    found = [extension.oid.dotted_string for extension in certificate.extensions]
    assert found == [*basic, *period, *alternative, *published, *private]
    assert [
        extension.oid.dotted_string for extension in certificate.extensions if extension.critical
    ] == ["2.5.29.15"]


@each
def test_usages_policies_and_names_are_the_published_ones(
    vector: dict[str, Any], certificate: x509.Certificate
) -> None:
    assert value_of(certificate, "2.5.29.15").hex().upper() == vector["key_usage"]
    usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [usage.dotted_string for usage in usages] == vector["extended"]
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier.dotted_string for policy in policies] == [
        "1.2.250.1.213.1.7.2.1.1.1.1"
    ]
    if "principal" in vector:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (name,) = names
        assert isinstance(name, x509.OtherName)
        assert name.value[2:].decode() == vector["principal"]


@each
def test_private_extensions_are_the_published_ones(
    vector: dict[str, Any], certificate: x509.Certificate
) -> None:
    for oid, value in vector["private"]:
        assert value_of(certificate, oid).hex().upper() == value


@each
def test_the_size_is_the_published_one(
    vector: dict[str, Any], certificate: x509.Certificate
) -> None:
    # The authority of this test has keys of 2048 bits: its signatures are 256 bytes shorter.
    size = len(certificate.public_bytes(Encoding.DER)) + 256
    assert size == vector.get("size", size)


@pytest.mark.parametrize(
    "vector", [item for item in VECTORS if "card" in item], ids=lambda it: it["name"]
)
def test_a_verifier_reads_the_published_holder(
    vector: dict[str, Any], certificate: x509.Certificate
) -> None:
    read = CardCertificate.read(certificate)
    name = fields(vector)
    assert (read.ps_idnat, read.surname, read.given_name) == (name["CN"], name["SN"], name["GN"])
    assert read.family is CardFamily[vector["family"]]
    assert read.category is ProductCategory.TEST_CARD
    assert read.card_number == vector["card"]
    assert read.use == vector["use"]
    assert (read.upn or "") == vector.get("principal", "")
    assert read.unknown_extensions == ()
