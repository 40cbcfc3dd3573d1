# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.unit.psc.conftest import CALLBACK, authorization_request

from caducee.base.errors import LoginRefusedError
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.pkce import challenge_of
from caducee.services.psc.clients import Client, Clients
from caducee.services.psc.requests import (
    acr_of,
    check_request,
    client_of,
    redirect_to,
    scopes_of,
)

CHALLENGE = challenge_of("v" * 43)
APP = Client(client_id="app", redirect_uris=(CALLBACK, "https://lemon.example.test/?callback=1"))
CAREFUL = Client(client_id="careful", redirect_uris=(CALLBACK,), pkce_required=True)
CLIENTS = Clients([APP, CAREFUL])


def test_the_request_of_the_published_examples_is_accepted() -> None:
    request = authorization_request()
    assert client_of(request, CLIENTS) == APP
    check_request(request, APP)
    assert scopes_of(request) == ("openid", "scope_all", "profile", "identity")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        CALLBACK + "/",
        CALLBACK + "?a=1",
        CALLBACK + "#",
        CALLBACK[:-1],
        CALLBACK.upper(),
        CALLBACK.replace("app.", "APP."),
        CALLBACK.replace(".test/", ".test:443/"),
        CALLBACK.replace("https://", "https://app.example.test@evil.test/"),
        CALLBACK.replace("https://", "https://user@"),
        CALLBACK.replace("callback", "%63allback"),
        CALLBACK.replace("https", "http"),
        CALLBACK + "/../evil",
        CALLBACK + "\n",
        "https://lemon.example.test/?callback=1&callback=2",
        "https://lemon.example.test/",
    ],
)
def test_no_answer_leaves_for_a_uri_that_is_not_registered(uri: str) -> None:
    with pytest.raises(LoginRefusedError, match=r"psc\.redirect_uri_unknown"):
        client_of(authorization_request(redirect_uri=uri), CLIENTS)


@pytest.mark.parametrize("name", ["", "App", "app ", "unknown"])
def test_no_answer_leaves_for_a_client_that_is_not_registered(name: str) -> None:
    with pytest.raises(LoginRefusedError, match=r"psc\.client_unknown"):
        client_of(authorization_request(client_id=name), CLIENTS)


def test_a_registered_uri_may_hold_a_query() -> None:
    request = authorization_request(redirect_uri="https://lemon.example.test/?callback=1")
    assert client_of(request, CLIENTS) == APP
    target = redirect_to(request, {"code": "c", "state": "a b&c"})
    assert parse_qsl(urlsplit(target).query) == [
        ("callback", "1"),
        ("code", "c"),
        ("state", "a b&c"),
    ]


@pytest.mark.parametrize(("mode", "separator"), [("", "?"), ("query", "?"), ("fragment", "#")])
def test_an_answer_goes_where_the_response_mode_says(mode: str, separator: str) -> None:
    request = authorization_request(response_mode=mode)
    assert redirect_to(request, {"code": "c"}) == f"{CALLBACK}{separator}code=c"


REFUSED = [
    ({"request": "eyJ"}, OidcErrorCode.REQUEST_NOT_SUPPORTED),
    ({"request_uri": "https://app.example.test/r"}, OidcErrorCode.REQUEST_URI_NOT_SUPPORTED),
    ({"response_type": ""}, OidcErrorCode.INVALID_REQUEST),
    ({"response_type": "none"}, OidcErrorCode.UNAUTHORIZED_CLIENT),
    ({"response_type": "token"}, OidcErrorCode.UNAUTHORIZED_CLIENT),
    ({"response_type": "id_token"}, OidcErrorCode.UNAUTHORIZED_CLIENT),
    ({"response_type": "token id_token"}, OidcErrorCode.UNAUTHORIZED_CLIENT),
    ({"response_type": "code id_token"}, OidcErrorCode.UNAUTHORIZED_CLIENT),
    ({"response_type": "code token"}, OidcErrorCode.UNAUTHORIZED_CLIENT),
    ({"response_type": "id_token code token"}, OidcErrorCode.UNAUTHORIZED_CLIENT),
    ({"response_type": "code code"}, OidcErrorCode.UNSUPPORTED_RESPONSE_TYPE),
    ({"response_type": "saml"}, OidcErrorCode.UNSUPPORTED_RESPONSE_TYPE),
    ({"response_mode": "query.jwt"}, OidcErrorCode.INVALID_REQUEST),
    ({"response_mode": "fragment.jwt"}, OidcErrorCode.INVALID_REQUEST),
    ({"response_mode": "form_post.jwt"}, OidcErrorCode.INVALID_REQUEST),
    ({"response_mode": "jwt"}, OidcErrorCode.INVALID_REQUEST),
    ({"response_mode": "web_message"}, OidcErrorCode.INVALID_REQUEST),
    ({"scope": ""}, OidcErrorCode.INVALID_SCOPE),
    ({"scope": "scope_all"}, OidcErrorCode.INVALID_SCOPE),
    ({"scope": "openid admin"}, OidcErrorCode.INVALID_SCOPE),
    ({"prompt": "none login"}, OidcErrorCode.INVALID_REQUEST),
    ({"prompt": "create"}, OidcErrorCode.INVALID_REQUEST),
    ({"code_challenge": "v" * 43}, OidcErrorCode.INVALID_REQUEST),
    ({"code_challenge": "v" * 43, "code_challenge_method": "plain"}, OidcErrorCode.INVALID_REQUEST),
    ({"code_challenge": "v" * 42, "code_challenge_method": "S256"}, OidcErrorCode.INVALID_REQUEST),
    ({"code_challenge_method": "S256"}, OidcErrorCode.INVALID_REQUEST),
]


@pytest.mark.parametrize(("changed", "error"), REFUSED, ids=[str(item[0]) for item in REFUSED])
def test_what_is_not_allowed_gets_the_error_of_the_standard(
    changed: dict[str, str], error: OidcErrorCode
) -> None:
    with pytest.raises(OidcError) as caught:
        check_request(authorization_request(**changed), APP)
    assert caught.value.error is error


@pytest.mark.parametrize("prompt", ["", "none", "login", "consent", "login consent"])
@pytest.mark.parametrize("mode", ["", "query", "fragment", "form_post"])
def test_every_prompt_and_mode_of_the_standard_is_accepted(prompt: str, mode: str) -> None:
    challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    check_request(authorization_request(prompt=prompt, response_mode=mode, **challenge), CAREFUL)


def test_a_client_that_requires_pkce_gets_no_code_without_it() -> None:
    with pytest.raises(OidcError, match="code_challenge is absent"):
        check_request(authorization_request(), CAREFUL)


@pytest.mark.parametrize(
    ("values", "forced", "acr"),
    [
        ("eidas1", "", "eidas1"),
        ("eidas2", "", "eidas2"),
        ("eidas3 eidas1", "", "eidas3"),
        ("unknown eidas2", "", "eidas2"),
        ("unknown", "", "eidas1"),
        ("", "", "eidas1"),
        ("eidas1", "eidas3", "eidas3"),
    ],
)
def test_acr_is_the_first_known_value_asked_for(values: str, forced: str, acr: str) -> None:
    assert acr_of(authorization_request(acr_values=values), forced) == acr
