# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.codec.oidc import redirects
from caducee.codec.oidc.errors import OidcError
from caducee.codec.oidc.redirects import (
    check_redirect_uri,
    is_registered,
    with_fragment,
    with_query,
)

REGISTERED = "https://app.example.test/callback"


def test_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(redirects).failed == 0


@pytest.mark.parametrize(
    "uri",
    [
        REGISTERED,
        "https://app.example.test/?openidconnectcallback=1",
        "http://localhost:3000/cb",
        "http://127.0.0.1/cb",
        "http://[::1]:8080/cb",
    ],
)
def test_uris_that_may_be_registered(uri: str) -> None:
    check_redirect_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "//app.example.test/callback",
        "http://app.example.test/callback",
        "javascript:alert(1)",
        "https://",
        "https://user@app.example.test/callback",
        "https://app.example.test/callback#",
        "https://app.example.test/\\@evil.test",
        "https://app.example.test/call back",
        "https://app.example.test/call\nback",
        "https://app.example.test:0/",
        "https://app.example.test:x/",
        "https://é.test/",
        "https://[::1",
        "http://localhost.evil.test/",
    ],
)
def test_uris_that_may_not_be_registered(uri: str) -> None:
    with pytest.raises(OidcError, match="redirect URI"):
        check_redirect_uri(uri)


@given(st.text())
def test_any_text_is_taken_or_refused(uri: str) -> None:
    try:
        check_redirect_uri(uri)
    except OidcError:
        return
    assert urlsplit(uri).hostname


@given(st.text())
def test_comparison_is_exact(uri: str) -> None:
    assert is_registered(uri, [REGISTERED]) is (uri == REGISTERED)


values = st.dictionaries(st.sampled_from(["code", "state", "iss"]), st.text(min_size=1), min_size=1)


@given(values)
def test_parameters_join_the_query_that_is_there(added: dict[str, str]) -> None:
    for uri, before in (
        (REGISTERED, []),
        (f"{REGISTERED}?a=1", [("a", "1")]),
        (f"{REGISTERED}?", []),
        (f"{REGISTERED}?a=1&", [("a", "1")]),
    ):
        made = with_query(
            uri, {key: value.encode("utf-8", "replace").decode() for key, value in added.items()}
        )
        assert made.startswith(uri)
        found = parse_qsl(urlsplit(made).query, keep_blank_values=True)
        assert [name for name, _ in found] == [name for name, _ in before] + list(added)


def test_fragment_takes_the_parameters() -> None:
    assert with_fragment(REGISTERED, {"code": "a b"}) == f"{REGISTERED}#code=a+b"
