# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A login by card, and the request of a client that it answers."""

import datetime as dt
from collections.abc import Iterator

import pytest

from caducee.base.clock import FixedClock
from caducee.codec.oidc.pkce import challenge_of
from caducee.codec.oidc.tokens import TokenRequest
from caducee.services.psc.grants import Grants, Login, PendingCode
from caducee.store import Store, open_store

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
def store(store_url: str, clock: FixedClock) -> Iterator[Store]:
    with open_store(store_url, clock) as opened:
        yield opened


@pytest.fixture
def grants(store: Store, clock: FixedClock) -> Grants:
    return Grants(store, clock)


def token_request(code: str, **changed: str) -> TokenRequest:
    """Return the request that redeems a code, with parameters changed."""
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return TokenRequest.from_parameters(parameters | changed)
