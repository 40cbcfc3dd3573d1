# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Nonces: 256 bit, one use, short life, bound to a session."""

import base64
import datetime as dt

from caducee.base.clock import FixedClock
from caducee.relying.nonces import Challenges, MemoryNonces

ORIGIN = "https://portal.example.test"


def test_a_nonce_has_256_bits_and_never_comes_twice(clock: FixedClock) -> None:
    challenges = Challenges(ORIGIN, clock)
    nonces = {challenges.issue("session") for _ in range(50)}
    assert len(nonces) == 50
    assert {len(base64.b64decode(one)) for one in nonces} == {32}


def test_a_nonce_is_taken_by_the_session_it_was_given_to(clock: FixedClock) -> None:
    challenges = Challenges(ORIGIN, clock)
    nonce = challenges.issue("mine")
    assert challenges.take("another").refusal == "relying.nonce_unknown"
    taken = challenges.take("mine")
    assert (taken.nonce, taken.origin, taken.refusal) == (nonce, ORIGIN, None)
    assert taken.issued == clock.now()


def test_a_nonce_is_used_once(clock: FixedClock) -> None:
    challenges = Challenges(ORIGIN, clock)
    challenges.issue("session")
    challenges.take("session")
    assert challenges.take("session").refusal == "relying.nonce_used"


def test_a_new_nonce_replaces_the_one_before(clock: FixedClock) -> None:
    challenges = Challenges(ORIGIN, clock)
    challenges.issue("session")
    second = challenges.issue("session")
    assert challenges.take("session").nonce == second
    assert challenges.take("session").refusal == "relying.nonce_used"


def test_a_nonce_expires_at_its_lifetime(clock: FixedClock) -> None:
    challenges = Challenges(ORIGIN, clock, lifetime=dt.timedelta(minutes=5))
    challenges.issue("early")
    challenges.issue("late")
    clock.advance(dt.timedelta(minutes=5) - dt.timedelta(seconds=1))
    assert challenges.take("early").refusal is None
    clock.advance(dt.timedelta(seconds=1))
    assert challenges.take("late").refusal == "relying.nonce_expired"


def test_a_clock_that_is_set_back_keeps_no_nonce_alive(clock: FixedClock) -> None:
    challenges = Challenges(ORIGIN, clock)
    challenges.issue("session")
    clock.advance(dt.timedelta(seconds=-1))
    assert challenges.take("session").refusal == "relying.nonce_expired"


def test_nonces_in_memory_are_bounded_and_the_oldest_goes_first(clock: FixedClock) -> None:
    challenges = Challenges(ORIGIN, clock, MemoryNonces(limit=2))
    for session in ("first", "second", "third"):
        challenges.issue(session)
    assert challenges.take("first").refusal == "relying.nonce_unknown"
    assert challenges.take("second").refusal is None
    assert challenges.take("third").refusal is None
