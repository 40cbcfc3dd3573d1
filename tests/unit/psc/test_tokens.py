# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Claims are those of the tokens of the test environment (services.md 1.5)."""

import base64
import datetime as dt
import hmac
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.unit.psc.conftest import CALLBACK, NOW, PENDING, grants_in, token_request

from caducee.base.clock import FixedClock
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.tokens import IdTokenClaims
from caducee.services.psc.clients import Client
from caducee.services.psc.grants import Grant, Grants
from caducee.services.psc.keys import SigningKeys
from caducee.services.psc.tokens import Tokens
from caducee.store import MemoryStore

ISSUER = "https://auth.psc.example.test/auth/realms/esante-wallet"
SUB = "f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:899700000017"
APP = Client(client_id="app", redirect_uris=(CALLBACK,))
OTHER = Client(client_id="other", redirect_uris=(CALLBACK,))
PROXY = Client(client_id="proxy", redirect_uris=(CALLBACK,), introspects=("app",))
GATEWAY = Client(client_id="gateway", redirect_uris=(CALLBACK,), introspects=("*",))
AT = int(NOW.timestamp())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def keys(folder: Path, clock: FixedClock) -> SigningKeys:
    return SigningKeys.open(folder, clock)


@pytest.fixture
def grants(clock: FixedClock) -> Grants:
    return grants_in(MemoryStore(clock), clock)


@pytest.fixture
def tokens(keys: SigningKeys, grants: Grants, clock: FixedClock) -> Tokens:
    return Tokens(ISSUER, keys, grants, clock)


@pytest.fixture
def grant(grants: Grants) -> Grant:
    return grants.redeem(token_request(grants.new_code(PENDING)), "app")


def read(keys: SigningKeys, token: str) -> jwt.Token:
    """Read a token as a client does that has the JWKS."""
    return jwt.decode(token, KeySet.import_key_set(keys.published()), algorithms=["RS256"])  # type: ignore[arg-type]


def refused(tokens: Tokens, token: str) -> None:
    with pytest.raises(OidcError) as caught:
        tokens.grant_of(token)
    assert caught.value.error is OidcErrorCode.INVALID_TOKEN
    assert tokens.introspect(token, GATEWAY) == {"active": False}


def signed(keys: SigningKeys, claims: dict[str, Any], **header: str) -> str:
    key = keys.current()
    return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, claims, key)


def test_the_answer_has_the_members_of_the_true_service(tokens: Tokens, grant: Grant) -> None:
    answer = tokens.answer(grant)
    assert answer.expires_in == 120 and answer.refresh_expires_in == 1800
    assert answer.token_type == "Bearer" and answer.session_state == "session"
    assert answer.scope == "openid scope_all" and answer.refresh_token == grant.refresh_token


def test_the_access_token_has_the_claims_of_published_ones(
    tokens: Tokens, keys: SigningKeys, grant: Grant
) -> None:
    token = read(keys, tokens.answer(grant).access_token)
    assert token.header == {"alg": "RS256", "typ": "JWT", "kid": keys.current().kid}
    jti = token.claims.pop("jti")
    assert token.claims == {
        "exp": AT + 120,
        "iat": AT,
        "auth_time": AT,
        "iss": ISSUER,
        "sub": SUB,
        "typ": "Bearer",
        "azp": "app",
        "nonce": "n",
        "session_state": "session",
        "sid": "session",
        "acr": "eidas1",
        "scope": "openid scope_all",
        "authMode": "CARD",
        "otherIds": [{"identifiant": "899700000017", "origine": "RPPS", "qualite": 1}],
        "preferred_username": "899700000017",
    }
    assert jti != read(keys, tokens.answer(grant).access_token).claims["jti"]


def test_the_id_token_is_for_its_client_and_names_its_access_token(
    tokens: Tokens, keys: SigningKeys, grant: Grant
) -> None:
    answer = tokens.answer(grant)
    claims = IdTokenClaims.from_claims(read(keys, answer.id_token).claims)
    assert (claims.iss, claims.sub, claims.aud, claims.azp) == (ISSUER, SUB, ("app",), "app")
    assert (claims.nonce, claims.acr, claims.sid) == ("n", "eidas1", "session")
    assert (claims.exp, claims.iat, claims.auth_time) == (AT + 120, AT, AT)
    assert claims.others["typ"] == "ID" and claims.others["SubjectNameID"] == "899700000017"
    half = sha256(answer.access_token.encode()).digest()[:16]  # OpenID Connect Core 3.1.3.6
    assert claims.others["at_hash"] == _segment(half)


def test_a_request_without_nonce_gets_none(tokens: Tokens, keys: SigningKeys, grant: Grant) -> None:
    answer = tokens.answer(msgspec.structs.replace(grant, nonce=""))
    assert "nonce" not in read(keys, answer.access_token).claims
    assert "nonce" not in read(keys, answer.id_token).claims


def test_an_access_token_leads_to_its_grant(tokens: Tokens, grant: Grant) -> None:
    assert tokens.grant_of(tokens.answer(grant).access_token) == grant


def test_an_access_token_lives_two_minutes(tokens: Tokens, grant: Grant, clock: FixedClock) -> None:
    token = tokens.answer(grant).access_token
    clock.advance(dt.timedelta(seconds=119))
    assert tokens.grant_of(token) == grant
    clock.advance(dt.timedelta(seconds=1))
    refused(tokens, token)


def test_a_revoked_grant_ends_its_tokens_at_once(
    tokens: Tokens, grants: Grants, grant: Grant
) -> None:
    answer = tokens.answer(grant)
    grants.revoke(grant.id)
    refused(tokens, answer.access_token)
    assert tokens.introspect(answer.refresh_token, APP) == {"active": False}


def test_a_token_of_the_key_before_is_accepted(
    tokens: Tokens, keys: SigningKeys, grant: Grant
) -> None:
    token = tokens.answer(grant).access_token
    keys.roll()
    assert tokens.grant_of(token) == grant
    assert tokens.grant_of(tokens.answer(grant).access_token) == grant


def test_an_id_token_is_no_access_token(tokens: Tokens, grant: Grant) -> None:
    refused(tokens, tokens.answer(grant).id_token)


def test_a_refresh_token_is_no_access_token(tokens: Tokens, grant: Grant) -> None:
    with pytest.raises(OidcError):
        tokens.grant_of(tokens.answer(grant).refresh_token)


@pytest.mark.parametrize(
    "changed",
    [
        {"typ": "ID"},
        {"typ": None},
        {"iss": ISSUER + "/"},
        {"exp": AT},
        {"exp": None},
        {"exp": str(AT + 60)},
        {"exp": True},
        {"jti": ""},
        {"jti": None},
        {"jti": "0" * 64},
        {"jti": ["x"]},
    ],
)
def test_a_token_of_our_key_with_another_purpose_is_refused(
    tokens: Tokens, keys: SigningKeys, grant: Grant, changed: dict[str, Any]
) -> None:
    claims = read(keys, tokens.answer(grant).access_token).claims
    assert tokens.grant_of(signed(keys, claims)) == grant
    refused(tokens, signed(keys, claims | changed))


def test_a_token_without_signature_is_refused(
    tokens: Tokens, keys: SigningKeys, grant: Grant
) -> None:
    token = tokens.answer(grant).access_token
    _, payload, signature = token.split(".")
    for name in ("none", "None", "NONE"):
        head = _segment(json.dumps({"alg": name, "kid": keys.current().kid}).encode())
        for end in ("", signature):
            refused(tokens, f"{head}.{payload}.{end}")


def test_an_hmac_with_the_public_key_is_no_signature(
    tokens: Tokens, keys: SigningKeys, grant: Grant
) -> None:
    claims = read(keys, tokens.answer(grant).access_token).claims
    public, header = keys.current().public_key, {"alg": "HS256", "kid": keys.current().kid}
    content = ".".join(_segment(json.dumps(part).encode()) for part in (header, claims))
    for encoding in (Encoding.PEM, Encoding.DER):
        for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
            mac = hmac.digest(public.public_bytes(encoding, form), content.encode(), "sha256")
            refused(tokens, f"{content}.{_segment(mac)}")


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_key_that_the_token_brings_is_not_believed(
    tokens: Tokens, keys: SigningKeys, grant: Grant, tmp_path: Path, clock: FixedClock
) -> None:
    claims = read(keys, tokens.answer(grant).access_token).claims
    unregistered = SigningKeys.open(tmp_path / "unregistered", clock).current()
    public = unregistered.as_dict(private=False)
    for header in (
        {"kid": keys.current().kid},
        {"kid": unregistered.kid},
        {},
        {"jwk": public},
        {"jku": "https://evil.test/jwks", "kid": keys.current().kid},
    ):
        token = jwt.encode({"alg": "RS256", **header}, claims, unregistered)
        refused(tokens, token)


def test_introspection_gives_the_client_of_a_token_what_published_answers_have(
    tokens: Tokens, keys: SigningKeys, grant: Grant
) -> None:
    token = tokens.answer(grant).access_token
    assert tokens.introspect(token, APP) == {
        **read(keys, token).claims,
        "SubjectNameID": "899700000017",
        "client_id": "app",
        "username": "899700000017",
        "email_verified": False,
        "active": True,
    }


def test_introspection_of_a_refresh_token_names_no_holder_claim(
    tokens: Tokens, grant: Grant
) -> None:
    answer = tokens.introspect(grant.refresh_token, APP)
    assert answer["active"] is True and answer["typ"] == "Refresh"
    assert answer["exp"] == AT + 1800 and "SubjectNameID" not in answer


def test_introspection_uses_no_refresh_token_up(
    tokens: Tokens, grants: Grants, grant: Grant
) -> None:
    newest = grants.refresh(grant.refresh_token, "app")
    assert tokens.introspect(grant.refresh_token, APP) == {"active": False}
    assert tokens.introspect(newest.refresh_token, APP)["active"] is True
    assert grants.refresh(newest.refresh_token, "app").number == 2


@pytest.mark.parametrize(
    ("client", "active"), [(APP, True), (OTHER, False), (PROXY, True), (GATEWAY, True)]
)
def test_a_client_asks_about_its_own_tokens_and_those_it_may(
    tokens: Tokens, grant: Grant, client: Client, active: bool
) -> None:
    answer = tokens.answer(grant)
    for token in (answer.access_token, answer.refresh_token):
        found = tokens.introspect(token, client)
        assert found["active"] is active
        assert active or found == {"active": False}


@pytest.fixture(scope="module")
def lasting_tokens(folder: Path) -> Tokens:
    clock = FixedClock(NOW)
    keys = SigningKeys.open(folder, clock)
    return Tokens(ISSUER, keys, grants_in(MemoryStore(clock), clock), clock)


@given(token=st.text() | st.text("abcXYZ019-_.", max_size=60))
def test_any_text_is_refused_as_a_token(lasting_tokens: Tokens, token: str) -> None:
    refused(lasting_tokens, token)


@pytest.mark.parametrize(
    "header",
    [
        b"1",
        b"[]",
        b"null",
        b"\xff",
        b'{"alg": 1}',
        b'{"alg": ["RS256"]}',
        b'{"alg": "RS256", "kid": {}}',
        b'{"alg": "RS256", "crit": 1}',
        b'{"alg": "RS256", "crit": ["x"]}',
        b"[" * 400,
    ],
)
def test_a_malformed_header_is_refused(tokens: Tokens, header: bytes) -> None:
    refused(tokens, f"{_segment(header)}.e30.e30")


def test_a_token_of_any_length_is_refused(tokens: Tokens) -> None:
    refused(tokens, "e" * 1_000_000)
    refused(tokens, "e." * 1_000_000)
