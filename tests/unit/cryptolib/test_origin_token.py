# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import CardError
from caducee.base.secret import Secret
from caducee.codec.origin_token import OriginToken, TokenAlgorithm, signed_bytes
from caducee.cryptolib import CpsCard, KeyUse
from caducee.cryptolib.origin_token import make_token

ORIGIN = "https://portal.test:8443"
NONCE = "n" * 44


def test_token_is_signed_by_the_authentication_key(card: CpsCard) -> None:
    card.verify(Secret.of("1234"))
    token = make_token(card, ORIGIN, NONCE)
    certificate = card.certificate(KeyUse.AUTHENTICATION)
    assert token.certificate == certificate.public_bytes(Encoding.DER)
    assert token.algorithm is TokenAlgorithm.RS256
    key: Any = certificate.public_key()
    signed = signed_bytes(token.algorithm, ORIGIN, NONCE)
    key.verify(token.signature, signed, padding.PKCS1v15(), hashes.SHA256())


def test_token_travels_as_json(card: CpsCard) -> None:
    card.verify(Secret.of("1234"))
    token = make_token(card, ORIGIN, NONCE, app_version="urn:test")
    assert OriginToken.from_json(token.to_json()) == token
    assert token.app_version == "urn:test"


@pytest.mark.parametrize("name", ["PS256", "PS384", "PS512"])
def test_token_of_a_cps4_may_be_signed_with_pss(cps4_card: CpsCard, name: str) -> None:
    cps4_card.verify(Secret.of("1234"))
    algorithm = TokenAlgorithm(name)
    token = make_token(cps4_card, ORIGIN, NONCE, algorithm=algorithm)
    assert token.algorithm is algorithm
    hash = {"PS256": hashes.SHA256(), "PS384": hashes.SHA384(), "PS512": hashes.SHA512()}[name]
    key: Any = cps4_card.certificate(KeyUse.AUTHENTICATION).public_key()
    scheme = padding.PSS(padding.MGF1(hash), padding.PSS.DIGEST_LENGTH)
    key.verify(token.signature, signed_bytes(algorithm, ORIGIN, NONCE), scheme, hash)


def test_token_is_rs256_unless_asked_otherwise(cps4_card: CpsCard) -> None:
    cps4_card.verify(Secret.of("1234"))
    assert make_token(cps4_card, ORIGIN, NONCE).algorithm is TokenAlgorithm.RS256


@pytest.mark.parametrize(("name", "code"), [("PS256", "not_supported"), ("ES256", "unknown")])
def test_algorithm_that_the_card_has_not_is_refused(card: CpsCard, name: str, code: str) -> None:
    with pytest.raises(CardError) as caught:
        make_token(card, ORIGIN, NONCE, algorithm=TokenAlgorithm(name))
    assert caught.value.code == f"cryptolib.padding_{code}"


def test_token_needs_the_pin(card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        make_token(card, ORIGIN, NONCE)
    assert caught.value.code == "cryptolib.pin_needed"


@pytest.mark.parametrize("name", ["RS256", "PS256"])
def test_the_key_for_documents_makes_no_token(cps4_bench: Any, name: str) -> None:
    card = cps4_bench.open()
    card.verify(Secret.of("1234"))
    before = len(cps4_bench.chip.commands)
    with pytest.raises(CardError) as caught:
        make_token(card, ORIGIN, NONCE, algorithm=TokenAlgorithm(name), use=KeyUse.SIGNATURE)
    assert caught.value.code == "session_policy.key_wrong"
    assert len(cps4_bench.chip.commands) == before, "the card was asked"
