# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The origin-bound token: vectors made by openssl alone, its JSON, the bytes that are signed."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec.origin_token import OriginToken, TokenAlgorithm, signed_bytes, signed_digest

VECTORS = Path(__file__).parents[2] / "vectors" / "origin-token"


def vector(name: str) -> tuple[str, str, str]:
    """Return origin, nonce and token of a vector."""
    head, _, token = (VECTORS / name).read_text(encoding="utf-8").partition("\n\n")
    pairs = (line.partition(": ") for line in head.splitlines() if not line.startswith("#"))
    facts = {key: value for key, _, value in pairs}
    return facts["origin"], facts["nonce"], token.strip()


def check(token: OriginToken, data: bytes) -> None:
    key = x509.load_der_x509_certificate(token.certificate).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(token.signature, data, padding.PKCS1v15(), hashes.SHA256())
        return
    assert isinstance(key, ec.EllipticCurvePublicKey)
    half = len(token.signature) // 2
    r, s = (int.from_bytes(part) for part in (token.signature[:half], token.signature[half:]))
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA384()))


@pytest.mark.parametrize("name", ["openssl-es384.txt", "openssl-rs256.txt"])
def test_the_signature_of_a_token_made_by_openssl_covers_our_signed_bytes(name: str) -> None:
    origin, nonce, text = vector(name)
    token = OriginToken.from_json(text)
    check(token, signed_bytes(token.algorithm, origin, nonce))
    with pytest.raises(InvalidSignature):
        check(token, signed_bytes(token.algorithm, origin + "/", nonce))


@pytest.mark.parametrize("name", ["openssl-es384.txt", "openssl-rs256.txt"])
def test_a_token_comes_back(name: str) -> None:
    text = vector(name)[2]
    token = OriginToken.from_json(text)
    assert json.loads(token.to_json()) == json.loads(text)
    assert token.app_version == "urn:caducee:vectors"


@pytest.mark.parametrize("algorithm", TokenAlgorithm)
def test_origin_and_nonce_are_hashed_apart_with_the_hash_of_the_algorithm(
    algorithm: TokenAlgorithm,
) -> None:
    digest = getattr(hashlib, f"sha{algorithm[2:]}")
    data = signed_bytes(algorithm, "https://portail.test:8443", "nonce")
    assert data == digest(b"https://portail.test:8443").digest() + digest(b"nonce").digest()
    assert signed_digest(algorithm, "https://portail.test:8443", "nonce") == digest(data).digest()


def test_moving_the_border_between_origin_and_nonce_changes_what_is_signed() -> None:
    item = signed_bytes(TokenAlgorithm.RS256, "https://a.fr", "b1")
    assert item != signed_bytes(TokenAlgorithm.RS256, "https://a.frb", "1")


def members(**changes: object) -> str:
    """Return a token with members changed; ``None`` takes one away."""
    token: dict[str, object] = {
        "unverifiedCertificate": "MAA=",
        "algorithm": "RS256",
        "signature": "AAAA",
        "format": "web-eid:1.0",
        "appVersion": "https://caducee.test/1",
    }
    token |= changes
    return json.dumps({key: value for key, value in token.items() if value is not None})


@pytest.mark.parametrize("version", ["web-eid:1", "web-eid:1.0", "web-eid:1.1", "web-eid:1.10"])
def test_every_minor_version_of_1_is_understood(version: str) -> None:
    assert OriginToken.from_json(members(format=version)).format == version


@pytest.mark.parametrize(
    "version", ["", "web-eid", "web-eid:0.9", "web-eid:2", "web-eid:1:0", "web-eid:1.0\n", "1"]
)
def test_another_format_is_refused(version: str) -> None:
    with pytest.raises(FormatError) as caught:
        OriginToken.from_json(members(format=version))
    assert caught.value.code == "codec.token_format"


@pytest.mark.parametrize("algorithm", ["", "none", "HS256", "rs256", "RS1", "\x1b[2J" + "R" * 99])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    with pytest.raises(FormatError) as caught:
        OriginToken.from_json(members(algorithm=algorithm))
    assert caught.value.code == "codec.token_algorithm"
    assert "\x1b" not in str(caught.value)


def test_members_of_later_minor_versions_are_kept() -> None:
    text = members(format="web-eid:1.1", unverifiedSigningCertificates=[{"certificate": "MAA="}])
    token = OriginToken.from_json(text)
    assert token.extra == {"unverifiedSigningCertificates": [{"certificate": "MAA="}]}
    assert OriginToken.from_json(token.to_json()) == token


def test_the_name_of_the_program_may_be_missing() -> None:
    assert OriginToken.from_json(members(appVersion=None)).app_version == ""


@pytest.mark.parametrize("name", ["unverifiedCertificate", "algorithm", "signature", "format"])
@pytest.mark.parametrize("value", [None, 1, [], {}, True])
def test_a_member_that_is_missing_or_no_text_is_refused(name: str, value: object) -> None:
    with pytest.raises(FormatError) as caught:
        OriginToken.from_json(members(**{name: value}))
    assert caught.value.code == "codec.token_member"
    assert caught.value.facts == {"member": name}


@pytest.mark.parametrize("text", ["", "MAA", "MAB=", "MA A=", "MAA=\n", "M-_=", "MAA=MAA=", "é"])
def test_base64_has_one_form(text: str) -> None:
    for name in ("unverifiedCertificate", "signature"):
        with pytest.raises(FormatError) as caught:
            OriginToken.from_json(members(**{name: text}))
        assert caught.value.code == "codec.token_member"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        "null",
        "{",
        "{}{}",
        '{"format":"a","format":"b"}',
        '{"a":NaN}',
        "[" * 9000,
        '{"a":' + "1" * 6000 + "}",
        b"\xff\xfe{",
        b"{\x00}",
    ],
)
def test_what_is_no_single_json_object_is_refused(text: str | bytes) -> None:
    with pytest.raises(FormatError) as caught:
        OriginToken.from_json(text)
    assert caught.value.code == "codec.token_json"


def test_a_member_twice_deep_inside_is_refused_too() -> None:
    with pytest.raises(FormatError):
        OriginToken.from_json(members()[:-1] + ',"x":{"y":1,"y":2}}')


def test_a_token_has_a_size_limit() -> None:
    with pytest.raises(FormatError) as caught:
        OriginToken.from_json(members(appVersion="x" * 10_000))
    assert caught.value.code == "codec.token_size"
    assert caught.value.facts["most"] == 10_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
KNOWN = {"unverifiedCertificate", "algorithm", "signature", "format", "appVersion"}


@given(
    st.binary(min_size=1, max_size=300),
    st.sampled_from(TokenAlgorithm),
    st.binary(min_size=1, max_size=300),
    st.text(max_size=40),
    st.dictionaries(st.text(max_size=9).filter(lambda name: name not in KNOWN), JSON, max_size=3),
)
def test_made_tokens_come_back(
    certificate: bytes, algorithm: TokenAlgorithm, signature: bytes, app: str, extra: dict[str, str]
) -> None:
    token = OriginToken(certificate, algorithm, signature, app_version=app, extra=extra)
    assert OriginToken.from_json(token.to_json()) == token
    assert base64.b64encode(certificate).decode() in token.to_json()


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_input_is_refused_with_a_code(text: str | bytes) -> None:
    with pytest.raises(FormatError) as caught:
        OriginToken.from_json(text)
    assert caught.value.code.startswith("codec.token_")
