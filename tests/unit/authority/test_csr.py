# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Signing requests are checked before a key is certified; certificates are renewed."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.authority.conftest import Issue, Requests
from tests.unit.authority.test_crl import AUTH, FORT_PP

from caducee.authority.authority import Authority
from caducee.authority.csr import read_request
from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError
from caducee.codec.tlv import Tlv
from caducee.directory.registry import Registry
from caducee.spec.tags import Universal
from caducee.testing.keys import SharedKeys

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "anybody")])


def builder(*emails: str) -> x509.CertificateSigningRequestBuilder:
    made = x509.CertificateSigningRequestBuilder().subject_name(NAME)
    names = [x509.RFC822Name(email) for email in emails]
    return made.add_extension(x509.SubjectAlternativeName(names), False) if names else made


def code(data: bytes) -> str:
    with pytest.raises(IssueError) as caught:
        read_request(data)
    return caught.value.code


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_good_request_gives_its_key_and_address(keys: SharedKeys, encoding: Encoding) -> None:
    key = keys.card_key()
    made = builder("kit@example.test").sign(key, hashes.SHA256())
    found = read_request(made.public_bytes(encoding))
    assert found.public_key == key.public_key()
    assert found.email == "kit@example.test"


def test_no_address_is_taken_when_there_is_none_or_more_than_one(keys: SharedKeys) -> None:
    for emails in ((), ("a@example.test", "b@example.test")):
        made = builder(*emails).sign(keys.card_key(), hashes.SHA256())
        assert read_request(made.public_bytes(Encoding.DER)).email is None


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        rsa.generate_private_key(65537, 3072),
        rsa.generate_private_key(3, 2048),
        ec.generate_private_key(ec.SECP521R1()),
        ec.generate_private_key(ec.SECP256K1()),
    ],
    ids=["1024", "3072", "exponent 3", "P-521", "secp256k1"],
)
def test_a_key_of_another_kind_is_refused(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
) -> None:
    made = builder().sign(key, hashes.SHA256())
    assert code(made.public_bytes(Encoding.DER)) == "authority.csr_key"


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=["P-256", "P-384"])
def test_a_key_on_a_curve_is_certified_too(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    names = x509.SubjectAlternativeName([x509.DNSName("a.test"), x509.DNSName("b.test")])
    made = builder().add_extension(names, False).sign(key, hashes.SHA384())
    found = read_request(made.public_bytes(Encoding.PEM))
    assert found.public_key == key.public_key()
    assert found.hosts == ("a.test", "b.test")


def test_a_request_signed_with_another_key_is_refused(keys: SharedKeys) -> None:
    item, other = keys.card_key(), keys.card_key()
    made = builder().sign(item, hashes.SHA256()).public_bytes(Encoding.DER)
    swapped = made.replace(_modulus(item), _modulus(other))
    assert swapped != made
    assert code(swapped) == "authority.csr_signature"


def _modulus(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_numbers().n.to_bytes(256)


@given(st.binary(max_size=300))
def test_other_bytes_are_refused_with_a_code(data: bytes) -> None:
    with pytest.raises(IssueError):
        read_request(data)


@pytest.mark.parametrize("change", [0x01, 0x27, 0x55, 0x80, 0xFF])
def test_a_request_of_which_any_byte_was_changed_is_refused(change: int) -> None:
    unused_bits = len(WHOLE) - 257  # before the signature; it may be 1 where the last bit is 0
    for place in set(range(len(WHOLE))) - {unused_bits}:
        damaged = bytearray(WHOLE)
        damaged[place] ^= change
        with pytest.raises(IssueError):
            read_request(bytes(damaged))


WHOLE = (
    builder()
    .sign(rsa.generate_private_key(65537, 2048), hashes.SHA256())
    .public_bytes(Encoding.DER)
)


def test_an_endless_request_is_not_even_read() -> None:
    assert code(b"0" * 20_000) == "authority.csr_unreadable"


def test_a_renewed_certificate_has_the_same_name_and_key_and_a_life_from_now(
    authority: Authority, registry: Registry, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    old = issue(requests("olivier", AUTH))
    clock.advance(dt.timedelta(days=900))
    new = authority.renew(old, use="authentication")
    assert (new.subject, new.public_key()) == (old.subject, old.public_key())
    assert new.serial_number != old.serial_number
    assert new.not_valid_before_utc == clock.now().replace(microsecond=0)
    assert (
        new.not_valid_after_utc - new.not_valid_before_utc
        == old.not_valid_after_utc - old.not_valid_before_utc
    )
    kept = registry.certificates.get(FORT_PP.common_name, new.serial_number)
    assert kept is not None
    assert kept.use == "authentication"


def test_what_is_revoked_or_was_never_issued_is_not_renewed(
    authority: Authority, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    made = issue(requests("olivier", AUTH))
    unknown_issuer = authority.redated(made, clock.now())
    with pytest.raises(IssueError) as caught:
        authority.renew(unknown_issuer)
    assert caught.value.code == "authority.certificate_unknown"
    authority.revoke(FORT_PP, made.serial_number)
    with pytest.raises(IssueError) as caught:
        authority.renew(made)
    assert caught.value.code == "authority.certificate_revoked"


def test_a_request_signed_with_sha1_is_refused(keys: SharedKeys) -> None:
    key = keys.card_key()
    made = Tlv.from_bytes(builder().sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    asked = made.children()[0]
    oid = bytes.fromhex("2A 86 48 86 F7 0D 01 01 05")  # sha1WithRSAEncryption
    algorithm = Tlv.build(
        Universal.SEQUENCE, Tlv(Universal.OBJECT_IDENTIFIER, oid), Tlv(Universal.NULL)
    )
    signature = key.sign(asked.to_bytes(), padding.PKCS1v15(), hashes.SHA1())
    signed = Tlv.build(
        Universal.SEQUENCE, asked, algorithm, Tlv(Universal.BIT_STRING, b"\x00" + signature)
    )
    assert code(signed.to_bytes()) == "authority.csr_signature"
