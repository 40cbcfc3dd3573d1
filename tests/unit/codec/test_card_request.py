# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines of requests and the signed confirmation: strict from outside, exact to the outside."""

import base64
import doctest
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import RSAKey

from caducee.base.errors import FormatError
from caducee.codec import card_request
from caducee.codec.card_request import (
    Confirmation,
    ErrorMessage,
    RequestMessage,
    Statement,
    StateMessage,
    WithdrawMessage,
    answer_from_bytes,
    request_from_bytes,
)
from caducee.spec.card_request import MAX_ASK, RequestState

NONCE = "n" * 43
ASK = RequestMessage(service="Portail de santé", binding_message="42", nonce=NONCE, seconds=60)
STATEMENT = Statement("Portail", "07", NONCE, 1_700_000_000, 1_700_000_060, b"\x30\x03\x02\x01\x01")
NAMES = st.text(min_size=1, max_size=80).filter(lambda it: it.isprintable() and it == it.strip())


def line(**changes: object) -> bytes:
    members = {
        "type": "ask",
        "v": 1,
        "service": "Portail",
        "binding_message": "42",
        "nonce": NONCE,
        "seconds": 60,
        "login_hint": "",
    }
    return json.dumps(members | changes).encode() + b"\n"


def test_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(card_request).failed == 0


@given(
    NAMES,
    st.from_regex(r"[0-9]{2}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_-]{22,128}", fullmatch=True),
    st.integers(5, 600),
    st.from_regex(r"([0-9A-Za-z/.-]{1,40})?", fullmatch=True),
)
def test_a_request_is_read_as_it_was_written(
    service: str, digits: str, nonce: str, seconds: int, hint: str
) -> None:
    ask = RequestMessage(
        service=service, binding_message=digits, nonce=nonce, seconds=seconds, login_hint=hint
    )
    written = ask.to_bytes()
    assert written.count(b"\n") == 1 and written.endswith(b"\n")
    assert request_from_bytes(written) == ask


@given(st.sampled_from(RequestState), st.integers(0, 15), st.text(max_size=40))
def test_a_state_is_read_as_it_was_written(state: RequestState, before: int, proof: str) -> None:
    message = StateMessage(state=state, before=before, confirmation=proof)
    assert answer_from_bytes(message.to_bytes()) == message


def test_what_later_versions_add_is_passed_over() -> None:
    found = request_from_bytes(line(color="blue", deep=[{"x": [1, 2]}]))
    assert isinstance(found, RequestMessage) and found.service == "Portail"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("service", ""),
        ("service", "x" * 81),
        ("service", " Portail"),
        ("service", "Por\u202etail"),
        ("service", "Por\ntail"),
        ("service", "Por\u200btail"),
        ("service", "\u3164"),
        ("service", "Portail\u2800\u2800de"),
        ("service", "Por\u034ftail"),
        ("service", "Portail\ufe0f"),
        ("service", "Portail\U000e0100"),
        ("service", "\u0301Portail"),
        ("service", "Portai" + "l\u0336\u0337\u0338\u0489"),
        ("binding_message", "4"),
        ("binding_message", "421"),
        ("binding_message", "4a"),
        ("binding_message", "٤٢"),
        ("nonce", "n" * 21),
        ("nonce", "n" * 129),
        ("nonce", "n" * 22 + "="),
        ("seconds", 4),
        ("seconds", 601),
        ("login_hint", "x" * 41),
        ("login_hint", "a b"),
    ],
)
def test_a_member_that_cannot_be_is_named(member: str, value: object) -> None:
    with pytest.raises(FormatError) as caught:
        request_from_bytes(line(**{member: value}))
    assert caught.value.code == "request.member"
    assert caught.value.facts == {"member": member}


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"\xff\xfe\n",
        b'{"type":"ask"}\n',
        b'{"type":"confirm","v":1}\n',
        line()[:-3],
        line(seconds="60"),
        line(service=None),
        line(service="x" * MAX_ASK),
        b"[" * 1900 + b"\n",
        b'{"type":"ask","x":' * 100 + b"\n",
    ],
)
def test_what_is_no_line_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        request_from_bytes(data)
    assert caught.value.code == "request.malformed"


def test_another_version_is_answered_with_what_is_understood() -> None:
    with pytest.raises(FormatError) as caught:
        request_from_bytes(line(v=2, service=7))
    assert caught.value.code == "request.version"
    assert "1" in caught.value.sentence()


@given(st.binary(max_size=300))
def test_bytes_from_outside_raise_nothing_else(data: bytes) -> None:
    for read in (request_from_bytes, answer_from_bytes):
        try:
            read(data)
        except FormatError:
            continue


def test_a_withdrawal_and_a_trouble_are_read_as_they_were_written() -> None:
    assert request_from_bytes(WithdrawMessage().to_bytes()) == WithdrawMessage()
    trouble = ErrorMessage(code="request.version", versions=(1,))
    assert answer_from_bytes(trouble.to_bytes()) == trouble


@pytest.mark.parametrize("code", ["", "request", "request.Malformed", "a.b\n", "x" * 20000])
def test_a_trouble_with_no_code_is_refused(code: str) -> None:
    with pytest.raises(FormatError):
        answer_from_bytes(ErrorMessage(code=code).to_bytes())


@given(NAMES, st.binary(min_size=1, max_size=2000), st.binary(min_size=1, max_size=512))
def test_a_confirmation_is_read_as_it_was_written(
    service: str, certificate: bytes, signature: bytes
) -> None:
    made = Confirmation(Statement(service, "00", NONCE, 1, 2, certificate), signature)
    assert Confirmation.from_compact(made.to_compact()) == made


def test_a_third_party_verifies_the_signature_and_reads_what_was_confirmed() -> None:
    key = rsa.generate_private_key(65537, 2048)
    signed = key.sign(STATEMENT.signed_bytes(), padding.PKCS1v15(), hashes.SHA256())
    text = Confirmation(STATEMENT, signed).to_compact()
    found = jws.deserialize_compact(text, RSAKey.import_key(key.public_key()), ["RS256"])
    assert found.headers()["typ"] == "card-confirmation+jwt"
    assert found.headers()["x5c"] == [base64.b64encode(STATEMENT.certificate).decode()]
    assert json.loads(found.payload) == {
        "aud": "Portail",
        "binding_message": "07",
        "nonce": NONCE,
        "iat": 1_700_000_000,
        "exp": 1_700_000_060,
    }


def other(**changes: object) -> str:
    """Return a confirmation whose header says something else."""
    head, payload, signature = Confirmation(STATEMENT, b"s").to_compact().split(".")
    found = json.loads(base64.urlsafe_b64decode(head + "=="))
    found.update(changes)
    data = json.dumps(found, separators=(",", ":")).encode()
    return f"{base64.urlsafe_b64encode(data).decode().rstrip('=')}.{payload}.{signature}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "é.é.é",
        Confirmation(STATEMENT, b"sig").to_compact() + "=",
        Confirmation(STATEMENT, b"sig").to_compact().replace(".", " .", 1),
        other(alg="none"),
        other(alg="HS256"),
        other(typ="JWT"),
        other(x5c=[]),
        other(x5c=["MA==", "MA=="]),
        other(x5c=["!"]),
        other(jku="https://evil.test"),
        "x" * 20_000,
    ],
)
def test_a_confirmation_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        Confirmation.from_compact(text)
    assert caught.value.code == "request.confirmation"


@given(st.text(max_size=200))
def test_a_text_from_outside_raises_nothing_else(text: str) -> None:
    with pytest.raises(FormatError):
        Confirmation.from_compact(text)


@pytest.mark.parametrize(
    "service", ["MSSanté", "Ma\u0302\u0301y", "עִבְרִית", "ไทยที่", "हिन्दी", "健康", "A & B <b>"]
)
def test_a_name_in_any_writing_is_taken(service: str) -> None:
    found = request_from_bytes(line(service=service))
    assert isinstance(found, RequestMessage) and found.service == service
