# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The origin-bound token: every refusal by its code, vectors made by openssl, hostile tokens."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caducee.codec.origin_token import OriginToken, TokenAlgorithm, signed_bytes
from caducee.relying.nonces import Challenge
from caducee.relying.token import TokenFindings, TokenJudge
from caducee.relying.verdict import CheckName, CheckOutcome

if TYPE_CHECKING:
    from tests.unit.relying.conftest import World

VECTORS = Path(__file__).parents[2] / "vectors" / "origin-token"
ORIGIN = "https://portal.example.test"
NONCE = base64.b64encode(bytes(range(32))).decode()
CHALLENGE = Challenge(ORIGIN, NONCE)
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


@cache
def key_for(algorithm: str) -> Any:
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm])
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign(key: Any, algorithm: str, data: bytes) -> bytes:
    digest = HASHES[algorithm[2:]]
    if algorithm.startswith("RS"):
        return bytes(key.sign(data, padding.PKCS1v15(), digest))
    if algorithm.startswith("PS"):
        pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
        return bytes(key.sign(data, pss, digest))
    size = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
    return r.to_bytes(size) + s.to_bytes(size)


def make(
    world: "World",
    with_: str = "RS256",
    origin: str = ORIGIN,
    nonce: str = NONCE,
    **changes: Any,
) -> str:
    """Make a token as a card would; ``changes`` replace members of its JSON."""
    key = key_for("RS256" if with_[0] in "RP" else with_)
    certificate = world.issue(key=key).public_bytes(Encoding.DER)
    name = TokenAlgorithm(with_)
    signature = sign(key, with_, signed_bytes(name, origin, nonce))
    members = json.loads(OriginToken(certificate, name, signature).to_json())
    return json.dumps({**members, **changes})


def judge(token: str | bytes, challenge: Challenge = CHALLENGE, **more: Any) -> TokenFindings:
    return TokenJudge().judge(token, challenge, more.get("seen_origin"))


def outcome(findings: TokenFindings) -> dict[str, tuple[str, str]]:
    return {str(check.name): (check.outcome.value, check.code) for check in findings.checks}


def codes(findings: TokenFindings) -> list[str]:
    return [check.code for check in findings.checks if check.outcome is CheckOutcome.FAILED]


def all_passed(findings: TokenFindings) -> bool:
    names = {check.name for check in findings.checks if check.ok}
    return names == {CheckName.TOKEN, CheckName.NONCE, CheckName.ORIGIN, CheckName.SIGNATURE}


@pytest.mark.parametrize("algorithm", list(TokenAlgorithm))
def test_a_token_of_each_algorithm_passes(world: "World", algorithm: str) -> None:
    findings = judge(make(world, algorithm))
    assert all_passed(findings), outcome(findings)
    assert findings.certificate is not None


@pytest.mark.parametrize("path", sorted(VECTORS.glob("openssl-*.txt")), ids=lambda item: item.stem)
def test_tokens_made_by_openssl_alone_pass(path: Path) -> None:
    head, _, token = path.read_text(encoding="utf-8").partition("\n\n")
    pairs = (line.partition(": ") for line in head.splitlines())
    facts = {key: value for key, _, value in pairs}
    assert all_passed(judge(token.strip(), Challenge(facts["origin"], facts["nonce"])))
    wrong = judge(token.strip(), Challenge(facts["origin"], facts["nonce"][:-1] + "4"))
    assert codes(wrong) == ["relying.token_signature_invalid"]


def test_a_token_for_another_nonce_is_refused(world: "World") -> None:
    findings = judge(make(world, nonce="A" * 44))
    assert codes(findings) == ["relying.token_signature_invalid"]


def test_a_token_of_another_card_is_refused(world: "World") -> None:
    other = world.issue(key=key_for("ES256")).public_bytes(Encoding.DER)
    text = base64.b64encode(other).decode()
    mixed = judge(make(world, "ES256", unverifiedCertificate=text))
    assert all_passed(mixed)
    unknown_issuer = ec.generate_private_key(ec.SECP256R1())
    text = base64.b64encode(world.issue(key=unknown_issuer).public_bytes(Encoding.DER)).decode()
    mixed = judge(make(world, "ES256", unverifiedCertificate=text))
    assert codes(mixed) == ["relying.token_signature_invalid"]


def test_a_token_made_for_another_site_is_refused_and_the_site_named(world: "World") -> None:
    evil = "https://portal.example.evil"
    token = make(world, origin=evil)
    strict = judge(token, seen_origin=evil)
    assert codes(strict) == ["relying.origin_wrong"]
    assert strict.checks[2].facts["found"] == evil
    untold = judge(token)
    assert codes(untold) == ["relying.token_signature_invalid"]
    known = judge(token, Challenge(ORIGIN, NONCE, others=("https://a.test", evil)))
    assert codes(known) == ["relying.origin_wrong"]
    assert not any(all_passed(item) for item in (strict, untold, known))


def test_a_right_token_brought_by_another_site_is_refused(world: "World") -> None:
    findings = judge(make(world), seen_origin="https://portal.example.evil")
    assert codes(findings) == ["relying.origin_wrong"]
    assert all_passed(judge(make(world), seen_origin=ORIGIN))


@pytest.mark.parametrize("origin", ["null", "", "https://é", "\ud800", "x" * 100_000])
def test_a_hostile_origin_header_is_only_another_site(world: "World", origin: str) -> None:
    findings = judge(make(world, origin="https://elsewhere.test"), seen_origin=origin)
    assert "relying.origin_wrong" in codes(findings)
    assert all(len(str(check.facts.get("found", ""))) <= 200 for check in findings.checks)


@pytest.mark.parametrize(
    "code", ["relying.nonce_used", "relying.nonce_expired", "relying.nonce_unknown"]
)
def test_a_used_expired_or_unknown_nonce_is_refused_by_its_own_code(
    world: "World", code: str
) -> None:
    nonce = "" if code == "relying.nonce_unknown" else NONCE
    findings = judge(make(world), Challenge(ORIGIN, nonce, code))
    assert codes(findings) == [code]


def test_an_unknown_nonce_never_lets_a_token_over_the_empty_nonce_pass(world: "World") -> None:
    findings = judge(make(world, nonce=""), Challenge(ORIGIN, "", "relying.nonce_unknown"))
    assert outcome(findings)["signature"] == ("skipped", "relying.not_checked")


def test_a_replayed_token_is_refused_by_its_own_code(world: "World") -> None:
    judges = TokenJudge()
    token = make(world)
    assert all_passed(judges.judge(token, CHALLENGE, None))
    again = judges.judge(token, Challenge(ORIGIN, "B" * 44), None)
    assert codes(again) == ["relying.token_replayed"]


def test_what_the_judge_remembers_is_bounded(world: "World") -> None:
    judges = TokenJudge(remembered=1)
    first, second = make(world), make(world, "RS384")
    assert all_passed(judges.judge(first, CHALLENGE, None))
    assert all_passed(judges.judge(second, CHALLENGE, None))
    again = judges.judge(first, Challenge(ORIGIN, "B" * 44), None)
    assert codes(again) == ["relying.token_signature_invalid"]


def test_an_ecdsa_signature_has_one_length_only(world: "World") -> None:
    members = json.loads(make(world, "ES256"))
    signature = base64.b64decode(members["signature"])
    r, s = signature[:32], signature[32:]
    for changed in (r + b"\x00" + s, r + s + b"\x00", b"\x00" + r + b"\x00" + s, r, b"\x00"):
        members["signature"] = base64.b64encode(changed).decode()
        assert codes(judge(json.dumps(members))) == ["relying.token_signature_invalid"]


def test_an_algorithm_that_the_service_does_not_admit_is_refused(world: "World") -> None:
    judges = TokenJudge(frozenset({TokenAlgorithm.ES256}))
    assert codes(judges.judge(make(world), CHALLENGE, None)) == ["relying.token_algorithm"]
    assert all_passed(judges.judge(make(world, "ES256"), CHALLENGE, None))


@pytest.mark.parametrize(
    ("algorithm", "claimed"),
    [("RS256", "ES256"), ("ES256", "RS256"), ("ES256", "ES384"), ("ES384", "ES256")],
)
def test_an_algorithm_that_does_not_fit_the_key_is_refused(
    world: "World", algorithm: str, claimed: str
) -> None:
    findings = judge(make(world, algorithm, algorithm=claimed))
    assert codes(findings) == ["relying.token_key_mismatch"]
    assert outcome(findings)["signature"][0] == "skipped"


@pytest.mark.parametrize("claimed", ["RS384", "PS256"])
def test_another_algorithm_of_the_same_key_does_not_verify(world: "World", claimed: str) -> None:
    findings = judge(make(world, algorithm=claimed))
    assert codes(findings) == ["relying.token_signature_invalid"]


@pytest.mark.filterwarnings("ignore:DSA is deprecated")
def test_keys_of_other_kinds_or_too_short_are_refused(world: "World") -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    curve = ec.generate_private_key(ec.SECP256K1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    for key in (weak, curve, edwards, dsa.generate_private_key(1024)):
        text = base64.b64encode(world.issue(key=key).public_bytes(Encoding.DER)).decode()
        for algorithm in ("RS256", "ES256"):
            findings = judge(make(world, algorithm, unverifiedCertificate=text))
            assert codes(findings) == ["relying.token_key_mismatch"]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "null",
        "[]",
        "{}",
        "{" * 5000,
        "[" * 5000 + "]" * 5000,
        '{"a":' * 1600 + "1" + "}" * 1600,
        "x" * 200_000,
        b"\xff\xfe",
        '{"algorithm":NaN}',
        '{"format":"web-eid:1","format":"web-eid:1"}',
        "9" * 9000,
    ],
)
def test_what_is_no_token_is_refused_at_the_first_check(token: str | bytes) -> None:
    findings = judge(token)
    assert findings.certificate is None
    assert len(codes(findings)) == 1
    assert codes(findings)[0].startswith("codec.token_")
    assert outcome(findings)["signature"][0] == "skipped"


@pytest.mark.parametrize(
    "changes",
    [
        {"unverifiedCertificate": 1},
        {"unverifiedCertificate": "AQID\n"},
        {"unverifiedCertificate": "***"},
        {"signature": None},
        {"signature": ["AQID"]},
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"format": "web-eid:2"},
        {"format": {}},
        {"appVersion": 7},
    ],
    ids=str,
)
def test_wrong_members_are_refused_at_the_first_check(
    world: "World", changes: dict[str, Any]
) -> None:
    findings = judge(make(world, **changes))
    assert len(codes(findings)) == 1
    assert codes(findings)[0].startswith("codec.token_")


def test_a_token_whose_certificate_is_none_has_no_key_to_verify_with(world: "World") -> None:
    findings = judge(make(world, unverifiedCertificate="AQID"))
    assert outcome(findings)["signature"] == ("skipped", "relying.not_checked")
    assert findings.certificate == b"\x01\x02\x03"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(signature=st.binary(min_size=1, max_size=600), algorithm=st.sampled_from(TokenAlgorithm))
def test_no_signature_of_any_length_passes_or_raises(
    world: "World", signature: bytes, algorithm: TokenAlgorithm
) -> None:
    text = base64.b64encode(signature).decode()
    assert not all_passed(judge(make(world, algorithm, signature=text)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_passes_or_raises(value: Any) -> None:
    assert not all_passed(judge(json.dumps(value)))


@given(st.binary() | st.text())
def test_no_bytes_pass_or_raise(token: str | bytes) -> None:
    assert not all_passed(judge(token))
