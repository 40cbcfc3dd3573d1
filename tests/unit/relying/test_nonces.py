# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Nonces: 256 bit, one use, short life, bound to a browser and a purpose."""

import base64
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.relying.nonces import Challenges, MemoryUsedNonces, SharedNonces, StoredNonces
from caducee.store import MemoryStore, open_store

ORIGIN = "https://portal.example.test"
KEY = bytes(range(32))
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def challenges(clock: FixedClock) -> Challenges:
    return Challenges(ORIGIN, clock)


def test_a_nonce_has_256_bits_and_never_comes_twice(challenges: Challenges) -> None:
    nonces = {challenges.issue("login").nonce for _ in range(50)}
    assert len(nonces) == 50
    assert {len(base64.b64decode(nonce)) for nonce in nonces} == {32}


def test_a_ticket_gives_its_nonce_back(challenges: Challenges, clock: FixedClock) -> None:
    issued = challenges.issue("login")
    taken = challenges.take(issued.ticket, "login")
    assert (taken.nonce, taken.origin, taken.refusal) == (issued.nonce, ORIGIN, None)
    assert taken.issued == clock.now()


def test_a_nonce_is_used_once(challenges: Challenges) -> None:
    ticket = challenges.issue("login").ticket
    assert challenges.take(ticket, "login").refusal is None
    assert challenges.take(ticket, "login").refusal == "relying.nonce_used"


def test_a_nonce_is_good_for_its_purpose_alone(challenges: Challenges) -> None:
    ticket = challenges.issue("login").ticket
    assert challenges.take(ticket, "sign").refusal == "relying.nonce_unknown"
    assert challenges.take(ticket, "login").refusal is None


def test_a_nonce_of_another_origin_is_unknown_even_under_the_same_key(clock: FixedClock) -> None:
    here = Challenges(ORIGIN, clock, SharedNonces(KEY, MemoryUsedNonces()))
    there = Challenges("https://other.example.test", clock, SharedNonces(KEY, MemoryUsedNonces()))
    assert here.take(there.issue("login").ticket, "login").refusal == "relying.nonce_unknown"


def test_processes_with_one_key_take_each_others_nonces(clock: FixedClock) -> None:
    used = MemoryUsedNonces()
    first, second = (Challenges(ORIGIN, clock, SharedNonces(KEY, used)) for _ in range(2))
    ticket = first.issue("login").ticket
    assert second.take(ticket, "login").refusal is None
    assert first.take(ticket, "login").refusal == "relying.nonce_used"


def test_processes_with_one_store_take_each_others_nonces_once(
    clock: FixedClock, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    with open_store(url, clock) as here, open_store(url, clock) as there:
        first, second = (
            Challenges(ORIGIN, clock, SharedNonces(KEY, StoredNonces(store)))
            for store in (here, there)
        )
        ticket = first.issue("login").ticket
        assert second.take(ticket, "login").refusal is None
        clock.advance(dt.timedelta(minutes=4, seconds=59))
        assert first.take(ticket, "login").refusal == "relying.nonce_used"


def test_a_store_without_room_takes_no_nonce(clock: FixedClock) -> None:
    used = StoredNonces(MemoryStore(clock, limit=1))
    challenges = Challenges(ORIGIN, clock, SharedNonces(KEY, used))
    assert challenges.take(challenges.issue("login").ticket, "login").refusal is None
    ticket = challenges.issue("login").ticket
    with pytest.raises(StateError, match=r"store\.full"):
        challenges.take(ticket, "login")


@given(at=st.integers(0, 71), bit=st.integers(0, 7))
def test_a_ticket_with_any_bit_changed_is_unknown(at: int, bit: int) -> None:
    challenges = Challenges(ORIGIN, FixedClock(dt.datetime(2026, 1, 5, tzinfo=dt.UTC)))
    ticket = bytearray(base64.urlsafe_b64decode(challenges.issue("login").ticket))
    ticket[at] ^= 1 << bit
    changed = base64.urlsafe_b64encode(ticket).decode()
    assert challenges.take(changed, "login").refusal == "relying.nonce_unknown"


@given(ticket=st.text())
def test_any_text_in_place_of_a_ticket_is_unknown(ticket: str) -> None:
    challenges = Challenges(ORIGIN, FixedClock(dt.datetime(2026, 1, 5, tzinfo=dt.UTC)))
    taken = challenges.take(ticket, "login")
    assert (taken.nonce, taken.refusal, taken.issued) == ("", "relying.nonce_unknown", None)


def test_a_nonce_expires_at_its_lifetime(clock: FixedClock) -> None:
    challenges = Challenges(ORIGIN, clock, lifetime=dt.timedelta(minutes=5))
    early, late = (challenges.issue("login").ticket for _ in range(2))
    clock.advance(dt.timedelta(minutes=5) - SECOND)
    assert challenges.take(early, "login").refusal is None
    clock.advance(SECOND)
    assert challenges.take(late, "login").refusal == "relying.nonce_expired"


def test_a_clock_that_is_set_back_keeps_no_nonce_alive(
    challenges: Challenges, clock: FixedClock
) -> None:
    ticket = challenges.issue("login").ticket
    clock.advance(-SECOND)
    assert challenges.take(ticket, "login").refusal == "relying.nonce_expired"


def test_nonces_that_were_only_issued_push_nobody_out(challenges: Challenges) -> None:
    mine = challenges.issue("login").ticket
    for _ in range(20_000):
        challenges.issue("login")
    assert challenges.take(mine, "login").refusal is None


def test_beyond_its_limit_the_memory_refuses_old_nonces_and_never_admits_one_twice(
    clock: FixedClock,
) -> None:
    challenges = Challenges(ORIGIN, clock, SharedNonces(KEY, MemoryUsedNonces(limit=2)))
    tickets = []
    for _ in range(4):
        tickets.append(challenges.issue("login").ticket)
        clock.advance(SECOND)
    unused, *others = tickets
    assert [challenges.take(ticket, "login").refusal for ticket in others] == [None] * 3
    again = [challenges.take(ticket, "login").refusal for ticket in (unused, *others)]
    assert again == ["relying.nonce_used"] * 4


def test_used_nonces_are_forgotten_when_they_have_expired(clock: FixedClock) -> None:
    used = MemoryUsedNonces(limit=1)
    challenges = Challenges(ORIGIN, clock, SharedNonces(KEY, used), lifetime=SECOND)
    for _ in range(3):
        assert challenges.take(challenges.issue("login").ticket, "login").refusal is None
        clock.advance(SECOND)
