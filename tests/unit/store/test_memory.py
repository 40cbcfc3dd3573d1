# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The bounds of a store, and that what has ended takes no room."""

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.store.conftest import NOW

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.store import MemoryStore, Store, open_store


def test_a_full_store_refuses_new_keys_and_forgets_none(clock: FixedClock) -> None:
    store = MemoryStore(clock, limit=3)
    for key in "abc":
        assert store.put(key, b"1", 60)
    with pytest.raises(StateError, match=r"store\.full"):
        store.put("d", b"1", 60)
    with pytest.raises(StateError, match=r"store\.full"):
        store.count("e", 60)
    assert [store.get(key) for key in "abcd"] == [b"1", b"1", b"1", None]
    clock.advance(dt.timedelta(seconds=60))
    assert all(store.put(key, b"2", 60) for key in "def")


def test_a_session_that_is_prolonged_for_ever_takes_no_more_room(clock: FixedClock) -> None:
    store = MemoryStore(clock)
    store.put("a", b"1", 60)
    for _ in range(10_000):
        assert store.expire("a", 60)
    assert len(store._ends) < 100


def test_what_has_ended_leaves_the_database(tmp_path: Path, clock: FixedClock) -> None:
    with open_store(f"sqlite:///{tmp_path}/state.db", clock) as store:
        for number in range(1_000):
            store.put(f"nonce:{number}", b"", 60)
        clock.advance(dt.timedelta(seconds=61))
        for number in range(500):
            store.put(f"later:{number}", b"", 60)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/state.db")
    with engine.connect() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM caducee_store")).scalar()
    engine.dispose()
    assert count is not None and count <= 500


KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from([b"", b"1", b"\0\xff"])
SECONDS = st.sampled_from([0.0, 1.0, 5.5, 100.0])


class SqliteAndMemoryAgree(RuleBasedStateMachine):
    """Whatever is done in whatever order, both answer alike."""

    @initialize()
    def open(self) -> None:
        self.clock = FixedClock(NOW)
        self.stores: list[Store] = [
            MemoryStore(self.clock),
            open_store("sqlite://", self.clock),
        ]

    def same(self, *answers: object) -> None:
        assert answers[0] == answers[1]

    @rule(key=KEYS, value=VALUES, seconds=SECONDS)
    def put(self, key: str, value: bytes, seconds: float) -> None:
        self.same(*(store.put(key, value, seconds) for store in self.stores))

    @rule(key=KEYS)
    def take(self, key: str) -> None:
        self.same(*(store.take(key) for store in self.stores))

    @rule(key=KEYS, before=VALUES, after=VALUES, seconds=SECONDS)
    def replace(self, key: str, before: bytes, after: bytes, seconds: float) -> None:
        self.same(*(store.replace(key, before, after, seconds) for store in self.stores))

    @rule(key=KEYS, seconds=SECONDS)
    def expire(self, key: str, seconds: float) -> None:
        self.same(*(store.expire(key, seconds) for store in self.stores))

    @rule(key=st.sampled_from(["n", "m"]), seconds=SECONDS, by=st.integers(-5, 5))
    def count(self, key: str, seconds: float, by: int) -> None:
        self.same(*(store.count(key, seconds, by) for store in self.stores))

    @rule(seconds=st.sampled_from([0.5, 1.0, 60.0, -3.0]))
    def move_the_clock(self, seconds: float) -> None:
        self.clock.advance(dt.timedelta(seconds=seconds))

    @invariant()
    def both_hold_the_same(self) -> None:
        for key in ("a", "b", "c"):
            self.same(*(store.get(key) for store in self.stores))

    def teardown(self) -> None:
        for store in self.stores:
            store.close()


TestSqliteAndMemory = SqliteAndMemoryAgree.TestCase
