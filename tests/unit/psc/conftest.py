# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A login by card, and the request of a client that it answers."""

import datetime as dt

import msgspec
import pytest

from caducee.base.clock import Clock, FixedClock
from caducee.codec.oidc.authorization import AuthorizationRequest
from caducee.codec.oidc.pkce import challenge_of
from caducee.codec.oidc.tokens import TokenRequest
from caducee.services.psc.grants import Grants, PendingCode
from caducee.services.psc.logins import Login
from caducee.services.psc.sessions import Session, Sessions
from caducee.spec import psc
from caducee.store import Store

NOW = dt.datetime(2026, 12, 7, 9, tzinfo=dt.UTC)
CALLBACK = "https://app.example.test/callback"
VERIFIER = "v" * 43
LOGIN = Login(
    ps_idnat="899700000017",
    given_name="CAMILLE",
    family_name="ESSAI0000001",
    auth_time=int(NOW.timestamp()),
    auth_mode="CARD",
    acr="eidas1",
    sid="session",
)
PENDING = PendingCode(
    client_id="app",
    redirect_uri=CALLBACK,
    scope=("openid", "scope_all"),
    nonce="n",
    challenge=challenge_of(VERIFIER),
    login=LOGIN,
)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def sessions(store: Store, clock: FixedClock) -> Sessions:
    return Sessions(store, clock)


@pytest.fixture
def grants(store: Store, clock: FixedClock) -> Grants:
    return grants_in(store, clock)


def grants_in(store: Store, clock: Clock) -> Grants:
    """Return grants whose store has the session of `LOGIN`."""
    session = Session(login=LOGIN, secret_sha256="")
    store.put(f"session:{LOGIN.sid}", msgspec.json.encode(session), psc.SESSION_IDLE_SECONDS)
    return Grants(store, clock, Sessions(store, clock))


def authorization_request(**changed: str) -> AuthorizationRequest:
    """Return the request of the published examples, with parameters changed."""
    parameters = {
        "client_id": "app",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid scope_all",
        "acr_values": "eidas1",
        "state": "s",
        "nonce": "n",
    }
    return AuthorizationRequest.from_parameters(parameters | changed)


def token_request(code: str, **changed: str) -> TokenRequest:
    """Return the request that redeems a code, with parameters changed."""
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return TokenRequest.from_parameters(parameters | changed)
