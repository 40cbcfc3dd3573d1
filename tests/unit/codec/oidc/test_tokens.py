# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.codec.oidc import credentials, pkce
from caducee.codec.oidc.credentials import ClientCredentials, bearer_token
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.parameters import encode_parameters, parse_parameters
from caducee.codec.oidc.pkce import challenge_of, is_challenge, is_verifier, verifier_fits
from caducee.codec.oidc.tokens import IdTokenClaims, TokenAnswer, TokenRequest

text = st.text(st.characters(exclude_categories=["Cs"]))
words = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)).map(tuple)
VERIFIER = st.text("ABCXYZabcxyz0189-._~", min_size=43, max_size=128)

token_requests = st.builds(
    TokenRequest,
    grant_type=text,
    code=text,
    redirect_uri=text,
    code_verifier=text,
    refresh_token=text,
    scope=words,
    client_id=text,
    client_secret=text,
)
number = st.integers(0, 2**40)
claims = st.builds(
    IdTokenClaims,
    iss=st.text(min_size=1),
    sub=st.text(min_size=1),
    aud=st.lists(st.text(min_size=1), min_size=1).map(tuple),
    exp=number,
    iat=number,
    auth_time=number,
    nonce=text,
    acr=text,
    azp=text,
    sid=text,
    others=st.dictionaries(st.sampled_from(["typ", "authMode"]), text),
)


def test_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(credentials).failed == doctest.testmod(pkce).failed == 0


@given(token_requests)
def test_token_request_reads_back_as_it_was_written(request: TokenRequest) -> None:
    written = encode_parameters(request.to_parameters())
    assert TokenRequest.from_parameters(parse_parameters(written)) == request


def test_what_is_secret_does_not_show() -> None:
    secrets = {"code": "S1", "code_verifier": "S2", "refresh_token": "S3", "client_secret": "S4"}
    shown = repr(TokenRequest.from_parameters(secrets)) + repr(ClientCredentials("app", "S5"))
    assert not any(f"S{number}" in shown for number in range(1, 6))


@given(claims)
def test_claims_read_back_as_they_were_written(made: IdTokenClaims) -> None:
    assert IdTokenClaims.from_claims(made.to_claims()) == made


GOOD = {"iss": "i", "sub": "s", "aud": "a", "exp": 2, "iat": 1, "auth_time": 1}


@pytest.mark.parametrize(
    "wrong",
    [{"aud": []}, {"aud": None}, {"aud": [1]}, {"exp": "2"}, {"exp": True}, {"iss": 1}, {"sid": 1}],
)
def test_claims_of_another_type_are_refused(wrong: dict[str, object]) -> None:
    IdTokenClaims.from_claims(GOOD)
    with pytest.raises(OidcError, match="invalid_token"):
        IdTokenClaims.from_claims(GOOD | wrong)


@given(text, st.integers(1, 10**6), text)
def test_answer_reads_back_as_it_was_written(token: str, seconds: int, scope: str) -> None:
    made = TokenAnswer(access_token=token, expires_in=seconds, token_type="Bearer", scope=scope)
    assert TokenAnswer.from_json(made.to_json()) == made


@given(st.binary())
def test_any_answer_is_read_or_refused(data: bytes) -> None:
    with pytest.raises(OidcError):
        TokenAnswer.from_json(data)


@given(text, text)
def test_credentials_read_back_as_they_were_written(client_id: str, secret: str) -> None:
    made = ClientCredentials(client_id, secret)
    assert ClientCredentials.from_header(made.to_header()) == made


@given(st.text())
def test_any_header_is_read_or_refused(header: str) -> None:
    try:
        ClientCredentials.from_header(header)
    except OidcError as error:
        assert error.error is OidcErrorCode.INVALID_CLIENT
    bearer_token(header)


def test_bearer_token_is_what_stands_behind_the_scheme() -> None:
    assert bearer_token("bearer abc") == "abc"
    assert bearer_token("Bearer ") is bearer_token("Basic abc") is None


@given(VERIFIER, VERIFIER)
def test_only_its_own_verifier_fits_a_challenge(verifier: str, other: str) -> None:
    assert is_verifier(verifier)
    assert is_challenge(challenge_of(verifier))
    assert verifier_fits(verifier, challenge_of(verifier))
    assert verifier_fits(other, challenge_of(verifier)) is (other == verifier)


@pytest.mark.parametrize("verifier", ["", "a" * 42, "a" * 129, "a" * 42 + "é", "a" * 43 + "\n"])
def test_verifier_of_another_form_fits_nothing(verifier: str) -> None:
    assert not verifier_fits(verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")


def test_error_keeps_its_parts_when_it_is_copied() -> None:
    error = OidcError(OidcErrorCode.INVALID_GRANT, "the code was used before")
    copied = pickle.loads(pickle.dumps(error))
    assert (copied.error, copied.description) == (error.error, error.description)
    assert "invalid_grant" in error.sentence()
