# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.codec.oidc import authorization, parameters
from caducee.codec.oidc.authorization import (
    AuthorizationAnswer,
    AuthorizationRequest,
    error_answer,
)
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.parameters import encode_parameters, parse_parameters

words = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)).map(tuple)
text = st.text(st.characters(exclude_categories=["Cs"]))
requests = st.builds(
    AuthorizationRequest,
    client_id=text,
    redirect_uri=text,
    response_type=text,
    response_mode=text,
    scope=words,
    state=text,
    nonce=text,
    code_challenge=text,
    code_challenge_method=text,
    acr_values=words,
    prompt=words,
    max_age=st.none() | st.integers(0, 10**8),
    login_hint=text,
    claims=text,
)


def test_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(authorization).failed == doctest.testmod(parameters).failed == 0


@given(requests)
def test_request_reads_back_as_it_was_written(request: AuthorizationRequest) -> None:
    written = encode_parameters(request.to_parameters())
    assert AuthorizationRequest.from_parameters(parse_parameters(written)) == request


@given(st.text())
def test_any_text_is_read_or_refused_as_the_standard_says(query: str) -> None:
    try:
        AuthorizationRequest.from_parameters(parse_parameters(query))
    except OidcError as error:
        assert error.error is OidcErrorCode.INVALID_REQUEST


def test_a_parameter_that_comes_twice_is_refused() -> None:
    with pytest.raises(OidcError, match="more than once"):
        parse_parameters("redirect_uri=https://a.test/&redirect_uri=https://b.test/")
    with pytest.raises(OidcError, match="more than once"):
        parse_parameters("state=&state=x")


@pytest.mark.parametrize("max_age", ["-1", "1.5", "x", "٣", "9" * 5000])
def test_max_age_that_is_no_number_is_refused(max_age: str) -> None:
    with pytest.raises(OidcError, match="max_age"):
        AuthorizationRequest.from_parameters({"max_age": max_age})


def test_answers_name_the_issuer_and_leave_out_what_is_empty() -> None:
    answer = AuthorizationAnswer(code="c", issuer="https://psc.test", state="s")
    assert answer.to_parameters() == {"state": "s", "iss": "https://psc.test", "code": "c"}
    refused = OidcError(OidcErrorCode.LOGIN_REQUIRED, "nobody is logged in")
    assert error_answer(refused, "https://psc.test", "") == {
        "error": "login_required",
        "error_description": "nobody is logged in",
        "iss": "https://psc.test",
    }
