# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import datetime as dt
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import CardError
from caducee.codec.tlv import Tlv
from caducee.cryptolib.certificates import (
    load_certificate,
    matches,
    profession_of,
    repaired,
    specialties_of,
)
from caducee.cryptolib.model import Hash
from caducee.spec import oids
from caducee.spec.tags import Universal
from caducee.virtualcard.personalise import PersonalisationData

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def with_unused_bits(der: bytes, unused: int) -> bytes:
    whole = Tlv.from_bytes(der)
    *head, signature = whole.children()
    spoiled = Tlv(Universal.BIT_STRING, bytes((unused,)) + signature.value[1:])
    return Tlv.build(whole.tag, *head, spoiled).to_bytes()


@pytest.mark.parametrize("unused", range(8))
def test_wrong_number_of_unused_bits_is_repaired(content: PersonalisationData, unused: int) -> None:
    der = content.auth_certificate
    assert repaired(with_unused_bits(der, unused)) == der


def test_openssl_refuses_what_was_not_repaired(content: PersonalisationData) -> None:
    """The reason for the repair; when this fails, it is not needed any more."""
    with pytest.raises(ValueError, match="asn1"):
        x509.load_der_x509_certificate(with_unused_bits(content.auth_certificate, 9))


def test_repaired_certificate_loads_and_its_signature_holds(content: PersonalisationData) -> None:
    found = load_certificate(with_unused_bits(content.auth_certificate, 7), "authentication")
    found.verify_directly_issued_by(found)


def test_filler_after_the_certificate_is_left_out(content: PersonalisationData) -> None:
    found = load_certificate(content.auth_certificate + bytes(100), "authentication")
    assert found.public_bytes(Encoding.DER) == content.auth_certificate


@given(st.binary(max_size=200))
def test_bytes_that_are_no_certificate_are_an_error(data: bytes) -> None:
    with pytest.raises(CardError) as caught:
        load_certificate(data, "signature")
    assert caught.value.code == "cryptolib.certificate_invalid"


def builder(key: Any) -> x509.CertificateBuilder:
    name = x509.Name([])
    return x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW)


def test_certificate_of_another_kind_of_key_is_an_error() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    der = builder(key).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    with pytest.raises(CardError):
        load_certificate(der, "signature")


def test_certificate_of_a_monstrous_key_is_an_error(keys: Any) -> None:
    public = rsa.RSAPublicNumbers(65537, (1 << 8191) + 1).public_key()
    name = x509.Name([])
    monster = x509.CertificateBuilder(name, name, public, 1, NOW, NOW)
    with pytest.raises(CardError):
        load_certificate(
            monster.sign(keys.auth, hashes.SHA256()).public_bytes(Encoding.DER), "signature"
        )


def with_extension(key: rsa.RSAPrivateKey, oid: str, value: str) -> x509.Certificate:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), bytes.fromhex(value))
    return builder(key).add_extension(extension, False).sign(key, hashes.SHA256())


@pytest.mark.parametrize(
    ("oid", "value", "expected"),
    [
        (oids.PROFESSION, "02010A", "10"),
        (oids.PROFESSION, "3003020132", "50"),
        (oids.PROFESSION, "020100", "00"),
        (oids.FUTURE_PROFESSION, "020128", "40"),
        (oids.PROFESSION, "0C0131", "49"),
        (oids.PROFESSION, "", None),
        (oids.PROFESSION, "3000", None),
        (oids.CARD_TYPE, "02010A", None),
    ],
)
def test_profession_is_read_from_its_extension(
    keys: Any, oid: str, value: str, expected: str | None
) -> None:
    assert profession_of(with_extension(keys.auth, oid, value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("300C0C04534D33360C04534D3236", ("SM36", "SM26")), ("3000", ()), ("0201", ()), ("", ())],
)
def test_specialties_are_read_from_their_extension(
    keys: Any, value: str, expected: tuple[str, ...]
) -> None:
    assert specialties_of(with_extension(keys.auth, oids.SPECIALTIES, value)) == expected


def test_signature_is_compared_with_what_was_signed(
    keys: Any, content: PersonalisationData
) -> None:
    certificate = load_certificate(content.auth_certificate, "authentication")
    pkcs1 = padding.PKCS1v15()
    made = keys.auth.sign(b"data", pkcs1, hashes.SHA256())
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"data")
    right = digest.finalize()
    assert matches(certificate, made, right, Hash.SHA256)
    assert not matches(certificate, made, bytes(32), Hash.SHA256)
    assert not matches(certificate, made[:-1], right, Hash.SHA256)
    assert not matches(certificate, made, right, None)
