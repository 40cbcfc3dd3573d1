# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.psc.conftest import (
    CALLBACK,
    LOGIN,
    NOW,
    PENDING,
    VERIFIER,
    grants_in,
    token_request,
)

from caducee.base.clock import FixedClock
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.pkce import challenge_of
from caducee.services.psc.grants import CODE_SECONDS, Grant, Grants
from caducee.services.psc.sessions import Sessions
from caducee.store import MemoryStore

THREADS = 8


def refused(call: Callable[[], object], reason: str = "codec.oidc_refused") -> None:
    with pytest.raises(OidcError, match=reason) as caught:
        call()
    assert caught.value.error is OidcErrorCode.INVALID_GRANT


def begun(grants: Grants) -> Grant:
    return grants.redeem(token_request(grants.new_code(PENDING)), "app")


def later(clock: FixedClock, seconds: float) -> None:
    clock.advance(dt.timedelta(seconds=seconds))


def test_a_code_becomes_the_grant_that_it_stands_for(grants: Grants) -> None:
    grant = begun(grants)
    assert (grant.client_id, grant.scope, grant.nonce) == ("app", PENDING.scope, "n")
    assert grant.login == LOGIN
    assert grants.find(grant.id) == grant


def test_a_code_that_comes_again_revokes_what_the_first_use_gave(grants: Grants) -> None:
    code = grants.new_code(PENDING)
    grant = grants.redeem(token_request(code), "app")
    refused(lambda: grants.redeem(token_request(code), "app"), "used")
    assert grants.find(grant.id) is None
    refused(lambda: grants.refresh(grant.refresh_token, "app"))


def test_a_code_that_comes_again_after_renewals_revokes_the_newest(grants: Grants) -> None:
    code = grants.new_code(PENDING)
    grant = grants.redeem(token_request(code), "app")
    newest = grants.refresh(grant.refresh_token, "app")
    refused(lambda: grants.redeem(token_request(code), "app"))
    refused(lambda: grants.refresh(newest.refresh_token, "app"))


@pytest.mark.parametrize(
    ("changed", "client", "reason"),
    [
        ({}, "other", "another client"),
        ({"redirect_uri": CALLBACK + "/"}, "app", "redirect_uri"),
        ({"redirect_uri": ""}, "app", "redirect_uri"),
        ({"code_verifier": "w" * 43}, "app", "code_verifier"),
        ({"code_verifier": ""}, "app", "code_verifier"),
        ({"code_verifier": challenge_of(VERIFIER)}, "app", "code_verifier"),
    ],
)
def test_a_code_that_is_not_the_callers_is_refused_and_used_up(
    grants: Grants, changed: dict[str, str], client: str, reason: str
) -> None:
    code = grants.new_code(PENDING)
    refused(lambda: grants.redeem(token_request(code, **changed), client), reason)
    refused(lambda: grants.redeem(token_request(code), "app"), "used")


def test_a_verifier_without_a_challenge_before_is_a_downgrade(grants: Grants) -> None:
    code = grants.new_code(msgspec.structs.replace(PENDING, challenge=""))
    refused(lambda: grants.redeem(token_request(code), "app"), "without a code_challenge")


def test_a_client_without_pkce_gets_its_grant(grants: Grants) -> None:
    code = grants.new_code(msgspec.structs.replace(PENDING, challenge=""))
    assert grants.redeem(token_request(code, code_verifier=""), "app").client_id == "app"


def test_a_code_ends_after_its_seconds(grants: Grants, clock: FixedClock) -> None:
    early, late = grants.new_code(PENDING), grants.new_code(PENDING)
    later(clock, CODE_SECONDS - 1)
    grants.redeem(token_request(early), "app")
    later(clock, 1)
    refused(lambda: grants.redeem(token_request(late), "app"), "too old")


@pytest.mark.parametrize("code", ["", "x", "é", "\x00", "c" * 201, "c" * 100_000])
def test_any_other_text_is_no_code(grants: Grants, code: str) -> None:
    refused(lambda: grants.redeem(token_request(code), "app"))


def test_of_many_that_bring_one_code_at_most_one_gets_a_grant_that_lasts(grants: Grants) -> None:
    code = grants.new_code(PENDING)

    def redeem(_: int) -> Grant | None:
        try:
            return grants.redeem(token_request(code), "app")
        except OidcError:
            return None

    with ThreadPoolExecutor(THREADS) as pool:
        got = [grant for grant in pool.map(redeem, range(THREADS)) if grant]
    assert len(got) <= 1
    # Somebody brought the code twice: what it gave has ended.
    assert all(grants.find(grant.id) is None for grant in got)


def test_a_refresh_token_is_renewed_each_time(grants: Grants) -> None:
    tokens, grant = [], begun(grants)
    for number in range(5):
        assert grant.number == number
        tokens.append(grant.refresh_token)
        grant = grants.refresh(grant.refresh_token, "app")
    assert len(set(tokens)) == 5
    assert grants.find(grant.id) == grant


@pytest.mark.parametrize("age", [1, 2, 5])
def test_a_refresh_token_used_before_ends_the_grant(grants: Grants, age: int) -> None:
    first = grant = begun(grants)
    for _ in range(age):
        grant = grants.refresh(grant.refresh_token, "app")
    refused(lambda: grants.refresh(first.refresh_token, "app"), "used before")
    refused(lambda: grants.refresh(grant.refresh_token, "app"), "revoked")
    assert grants.find(grant.id) is None


def test_of_many_that_bring_one_refresh_token_at_most_one_is_answered(grants: Grants) -> None:
    grant = begun(grants)

    def refresh(_: int) -> Grant | None:
        try:
            return grants.refresh(grant.refresh_token, "app")
        except OidcError:
            return None

    with ThreadPoolExecutor(THREADS) as pool:
        got = [item for item in pool.map(refresh, range(THREADS)) if item]
    assert len(got) <= 1
    assert grants.find(grant.id) is None


def test_a_refresh_token_of_another_client_is_refused_and_harms_nobody(grants: Grants) -> None:
    grant = begun(grants)
    refused(lambda: grants.refresh(grant.refresh_token, "other"), "another client")
    grants.revoke_token(grant.refresh_token, "other")
    assert grants.refresh(grant.refresh_token, "app").number == 1


def test_a_forged_refresh_token_is_refused_and_harms_nobody(grants: Grants) -> None:
    grant = begun(grants)
    name, number, mac = grant.refresh_token.split(".")
    forged = [
        f"{name}.1.{mac}",
        f"{name}.{number}.{'0' * 64}",
        f"{name}.{number}.",
        f"{name}.{number}",
        f"{name}.0{number}.{mac}",
        f"{name}.-1.{mac}",
        f"{name}.9999999999.{mac}",
        f"{name}..{mac}",
        name,
        f".{number}.{mac}",
        f"{grant.refresh_token}.",
        f"{grant.refresh_token}é",
        "",
        "x" * 10_000,
    ]
    for token in forged:
        refused(lambda token=token: grants.refresh(token, "app"), "unknown")  # type: ignore[misc]
        grants.revoke_token(token, "app")
    assert grants.refresh(grant.refresh_token, "app").number == 1


def test_a_code_is_no_refresh_token_and_its_key_names_no_grant(grants: Grants) -> None:
    code = grants.new_code(PENDING)
    refused(lambda: grants.refresh(code, "app"))
    assert grants.find(f"code:{code}") is None
    assert grants.redeem(token_request(code), "app").login == LOGIN


def test_a_revoked_refresh_token_is_refused(grants: Grants) -> None:
    grant = begun(grants)
    grants.revoke_token(grant.refresh_token, "app")
    refused(lambda: grants.refresh(grant.refresh_token, "app"))
    grants.revoke_token(grant.refresh_token, "app")


def test_a_refresh_token_lives_thirty_minutes_from_its_renewal(
    grants: Grants, clock: FixedClock
) -> None:
    grant = begun(grants)
    later(clock, 30 * 60 - 1)
    grant = grants.refresh(grant.refresh_token, "app")
    later(clock, 30 * 60 - 1)
    grant = grants.refresh(grant.refresh_token, "app")
    later(clock, 30 * 60)
    refused(lambda: grants.refresh(grant.refresh_token, "app"), "too old")


def test_no_renewal_outlives_the_session_of_four_hours(grants: Grants, clock: FixedClock) -> None:
    grant = begun(grants)
    for _ in range(9):
        later(clock, 25 * 60)
        grant = grants.refresh(grant.refresh_token, "app")
    later(clock, 15 * 60 - 1)
    assert grants.find(grant.id) is not None
    later(clock, 1)
    refused(lambda: grants.refresh(grant.refresh_token, "app"))


def test_a_code_of_a_session_that_ended_gives_nothing(grants: Grants, sessions: Sessions) -> None:
    code = grants.new_code(PENDING)
    sessions.end(LOGIN.sid)
    refused(lambda: grants.redeem(token_request(code), "app"), "session has ended")


def test_the_end_of_a_session_ends_its_grants(grants: Grants, sessions: Sessions) -> None:
    grant = begun(grants)
    sessions.end(LOGIN.sid)
    assert grants.find(grant.id) is None
    refused(lambda: grants.refresh(grant.refresh_token, "app"))


def test_a_renewal_is_use_of_the_session(
    grants: Grants, sessions: Sessions, clock: FixedClock
) -> None:
    grant = begun(grants)
    later(clock, 30 * 60 - 1)
    grants.refresh(grant.refresh_token, "app")
    later(clock, 30 * 60 - 1)
    assert sessions.goes_on(LOGIN.sid)


def test_no_text_of_a_value_shows_a_secret(grants: Grants) -> None:
    code = grants.new_code(PENDING)
    assert code not in repr(token_request(code)) and VERIFIER not in repr(token_request(code))


@given(token=st.text())
def test_any_text_is_refused_as_a_refresh_token(token: str) -> None:
    clock = FixedClock(NOW)
    grants = grants_in(MemoryStore(clock), clock)
    refused(lambda: grants.refresh(token, "app"))
