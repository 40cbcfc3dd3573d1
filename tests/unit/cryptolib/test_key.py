# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import copy
import datetime as dt
import hashlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
)
from cryptography.x509.oid import NameOID

from caducee.base.errors import CardError, KeyOperationError
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, KeyUse
from caducee.cryptolib.key import CardPrivateKey

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "caducee test")])
NOW = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
PKCS1 = padding.PKCS1v15()


@pytest.fixture(params=[KeyUse.AUTHENTICATION, KeyUse.SIGNATURE], ids=lambda use: use.value)
def key(request: Any, card: CpsCard) -> CardPrivateKey:
    card.verify(Secret.of("1234"))
    return CardPrivateKey(card, request.param)


@pytest.fixture
def auth_key(card: CpsCard) -> CardPrivateKey:
    card.verify(Secret.of("1234"))
    return CardPrivateKey(card, KeyUse.AUTHENTICATION)


@pytest.fixture
def sign_key(card: CpsCard) -> CardPrivateKey:
    card.verify(Secret.of("1234"))
    return CardPrivateKey(card, KeyUse.SIGNATURE)


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA1()], ids=["sha256", "sha1"])
def test_key_signs_data(key: CardPrivateKey, algorithm: hashes.HashAlgorithm) -> None:
    made = key.sign(b"data", PKCS1, algorithm)
    key.public_key().verify(made, b"data", PKCS1, algorithm)


def test_key_signs_a_digest(key: CardPrivateKey) -> None:
    digest = hashlib.sha256(b"data").digest()
    made = key.sign(digest, PKCS1, utils.Prehashed(hashes.SHA256()))
    key.public_key().verify(made, b"data", PKCS1, hashes.SHA256())


@pytest.mark.parametrize(
    "algorithm",
    [hashes.SHA224(), hashes.SHA384(), hashes.SHA512()],
    ids=lambda algorithm: algorithm.name,
)
def test_authentication_key_signs_with_all_of_sha2(
    auth_key: CardPrivateKey, algorithm: hashes.HashAlgorithm
) -> None:
    made = auth_key.sign(b"data", PKCS1, algorithm)
    auth_key.public_key().verify(made, b"data", PKCS1, algorithm)


@pytest.mark.parametrize("algorithm", [hashes.SHA384(), hashes.SHA3_256(), hashes.MD5()])
def test_signature_key_refuses_other_hashes(
    sign_key: CardPrivateKey, algorithm: hashes.HashAlgorithm
) -> None:
    with pytest.raises(CardError) as caught:
        sign_key.sign(b"data", PKCS1, algorithm)
    assert caught.value.code == "cryptolib.hash_not_supported"


def test_authentication_key_signs_a_block_without_digest_info(auth_key: CardPrivateKey) -> None:
    made = auth_key.sign(b"block", PKCS1, utils.NoDigestInfo())
    public = auth_key.public_key()
    assert public.recover_data_from_signature(made, PKCS1, None) == b"block"


def test_signature_key_refuses_a_block_without_digest_info(sign_key: CardPrivateKey) -> None:
    with pytest.raises(CardError) as caught:
        sign_key.sign(b"block", PKCS1, utils.NoDigestInfo())
    assert caught.value.code == "cryptolib.hash_not_supported"


def test_pss_is_refused_with_the_reason(key: CardPrivateKey) -> None:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    with pytest.raises(CardError) as caught:
        key.sign(b"data", pss, hashes.SHA256())
    assert caught.value.code == "cryptolib.padding_not_supported"
    assert "PKCS#1 v1.5" in caught.value.sentence()


def test_authentication_key_decrypts(auth_key: CardPrivateKey) -> None:
    cryptogram = auth_key.public_key().encrypt(b"message", PKCS1)
    assert auth_key.decrypt(cryptogram, PKCS1) == b"message"
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    with pytest.raises(CardError) as caught:
        auth_key.decrypt(cryptogram, oaep)
    assert caught.value.code == "cryptolib.padding_unknown"


def test_signature_key_does_not_decrypt(sign_key: CardPrivateKey) -> None:
    with pytest.raises(CardError):
        sign_key.decrypt(bytes(256), PKCS1)


def test_key_never_leaves_the_card(key: CardPrivateKey) -> None:
    with pytest.raises(KeyOperationError) as caught:
        key.private_numbers()
    assert caught.value.code == "cryptolib.key_stays"
    with pytest.raises(KeyOperationError):
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_copies_are_the_same_key_of_the_same_card(key: CardPrivateKey) -> None:
    assert copy.copy(key) is key
    assert copy.deepcopy(key) is key
    assert key.key_size == 2048


def test_certificate_builder_takes_the_key(key: CardPrivateKey) -> None:
    made = (
        x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, NOW, NOW + dt.timedelta(days=1))
    ).sign(key, hashes.SHA256())
    made.verify_directly_issued_by(made)


def test_request_builder_takes_the_key(key: CardPrivateKey) -> None:
    made = x509.CertificateSigningRequestBuilder(NAME).sign(key, hashes.SHA256())
    assert made.is_signature_valid


def test_crl_builder_takes_the_key(key: CardPrivateKey) -> None:
    made = x509.CertificateRevocationListBuilder(NAME, NOW, NOW).sign(key, hashes.SHA256())
    assert made.is_signature_valid(key.public_key())


def test_pkcs7_builder_takes_the_key(card: CpsCard, sign_key: CardPrivateKey) -> None:
    made = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(b"document")
        .add_signer(card.certificate(KeyUse.SIGNATURE), sign_key, hashes.SHA256())
        .sign(Encoding.DER, [])
    )
    assert b"document" in made


def test_key_is_an_rsa_private_key_for_every_isinstance(key: CardPrivateKey) -> None:
    assert isinstance(key, rsa.RSAPrivateKey)


@pytest.mark.parametrize("use", [KeyUse.AUTHENTICATION, KeyUse.SIGNATURE])
def test_certificate_builder_takes_a_key_that_signs_with_pss(
    cps4_card: CpsCard, use: KeyUse
) -> None:
    cps4_card.verify(Secret.of("1234"))
    key = CardPrivateKey(cps4_card, use)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    made = (
        x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, NOW, NOW + dt.timedelta(days=1))
    ).sign(key, hashes.SHA256(), rsa_padding=scheme)
    made.verify_directly_issued_by(made)
