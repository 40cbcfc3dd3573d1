# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import datetime as dt
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.unit.psc.conftest import (
    CALLBACK,
    LOGIN,
    PENDING,
    authorization_request,
    grants_in,
    token_request,
)

from caducee.base.clock import FixedClock
from caducee.base.errors import LoginRefusedError
from caducee.codec.oidc.authorization import AuthorizationRequest
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.services.psc.authorization import Answer, Authorization
from caducee.services.psc.clients import Client, Clients
from caducee.services.psc.grants import Grants
from caducee.store import MemoryStore

ISSUER = "https://auth.psc.example.test/auth/realms/esante-wallet"
CLIENTS = Clients([Client(client_id="app", redirect_uris=(CALLBACK,))])


@pytest.fixture
def grants(clock: FixedClock) -> Grants:
    return grants_in(MemoryStore(clock), clock)


@pytest.fixture
def authorization(grants: Grants, clock: FixedClock) -> Authorization:
    return Authorization(ISSUER, CLIENTS, grants, clock)


def asked(**changed: str) -> AuthorizationRequest:
    challenge = {"code_challenge": PENDING.challenge, "code_challenge_method": "S256"}
    return authorization_request(**challenge | changed)


def refusal(answer: Answer | None) -> str:
    assert answer is not None and "code" not in answer.parameters
    assert answer.parameters["iss"] == ISSUER and answer.parameters["state"] == "s"
    return answer.parameters["error"]


def test_a_session_answers_at_once_with_a_code_and_the_issuer(
    authorization: Authorization, grants: Grants
) -> None:
    answer = authorization.begin(asked(), LOGIN)
    assert answer is not None
    assert answer.parameters.keys() == {"code", "iss", "state", "session_state"}
    assert answer.parameters["iss"] == ISSUER and answer.parameters["state"] == "s"
    assert dict(parse_qsl(urlsplit(answer.location).query)) == answer.parameters
    grant = grants.redeem(token_request(answer.parameters["code"]), "app")
    assert grant.login == LOGIN and grant.nonce == "n"
    assert grant.scope == ("openid", "scope_all", "profile", "identity")


def test_without_a_session_the_holder_logs_in(authorization: Authorization) -> None:
    assert authorization.begin(asked(), None) is None
    assert authorization.granted(asked(), LOGIN).parameters["code"]


@pytest.mark.parametrize(
    ("changed", "at_once"),
    [
        ({"prompt": "login"}, False),
        ({"prompt": "select_account"}, False),
        ({"prompt": "login consent"}, False),
        ({"prompt": "consent"}, True),
        ({"prompt": "none"}, True),
        ({"max_age": "0"}, False),
        ({"max_age": "59"}, False),
        ({"max_age": "60"}, True),
        ({"login_hint": LOGIN.ps_idnat}, True),
        ({"login_hint": "899700000025"}, False),
    ],
)
def test_a_client_can_ask_for_a_new_login_or_for_another_holder(
    authorization: Authorization, clock: FixedClock, changed: dict[str, str], at_once: bool
) -> None:
    clock.advance(dt.timedelta(seconds=60))
    assert (authorization.begin(asked(**changed), LOGIN) is not None) is at_once


@pytest.mark.parametrize("changed", [{}, {"max_age": "59"}, {"login_hint": "899700000025"}])
def test_where_no_page_may_appear_a_login_is_required(
    authorization: Authorization, clock: FixedClock, changed: dict[str, str]
) -> None:
    clock.advance(dt.timedelta(seconds=60))
    session = LOGIN if changed else None
    answer = authorization.begin(asked(prompt="none", **changed), session)
    assert refusal(answer) == "login_required"


def test_what_is_not_allowed_is_answered_before_anybody_logs_in(
    authorization: Authorization,
) -> None:
    assert refusal(authorization.begin(asked(scope="profile"), None)) == "invalid_scope"
    assert refusal(authorization.begin(asked(scope="profile"), LOGIN)) == "invalid_scope"


@pytest.mark.parametrize(
    "changed", [{"redirect_uri": "https://evil.test/"}, {"client_id": "unknown"}]
)
def test_nothing_is_answered_to_an_address_that_is_not_registered(
    authorization: Authorization, changed: dict[str, str]
) -> None:
    with pytest.raises(LoginRefusedError):
        authorization.begin(asked(scope="profile", **changed), LOGIN)
    with pytest.raises(LoginRefusedError):
        authorization.granted(asked(**changed), LOGIN)
    error = OidcError(OidcErrorCode.ACCESS_DENIED, "the holder gave up")
    with pytest.raises(LoginRefusedError):
        authorization.refused(asked(**changed), error)


def test_an_answer_by_form_keeps_the_address_free_of_the_code(
    authorization: Authorization,
) -> None:
    answer = authorization.begin(asked(response_mode="form_post"), LOGIN)
    assert answer is not None and answer.location == CALLBACK and answer.parameters["code"]
    answer = authorization.begin(asked(response_mode="fragment"), LOGIN)
    assert answer is not None
    assert dict(parse_qsl(urlsplit(answer.location).fragment)) == answer.parameters


@pytest.mark.parametrize(("forced", "acr"), [("", "eidas2"), ("eidas3", "eidas3")])
def test_the_code_keeps_the_acr_asked_for_or_the_one_of_the_setting(
    grants: Grants, clock: FixedClock, forced: str, acr: str
) -> None:
    authorization = Authorization(ISSUER, CLIENTS, grants, clock, acr=forced)
    code = authorization.granted(asked(acr_values="eidas2"), LOGIN).parameters["code"]
    assert grants.redeem(token_request(code), "app").login.acr == acr
