# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What every store does, in memory, in SQLite, PostgreSQL and Valkey."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import pytest

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.store import MAX_VALUE, Store

ALL_BYTES = bytes(range(256))
THREADS = 8


def later(clock: FixedClock, seconds: float) -> None:
    clock.advance(dt.timedelta(seconds=seconds))


@pytest.mark.parametrize("value", [b"", b"x", ALL_BYTES, bytes(MAX_VALUE)])
def test_a_value_comes_back_as_it_was(store: Store, value: bytes) -> None:
    assert store.put("a", value, 60)
    assert store.get("a") == value
    assert store.get("a") == value


@pytest.mark.parametrize("key", ["", "nonce:é€😀", "a" * 500, "a b\n", "%s{0}'\";--"])
def test_any_text_is_a_key(store: Store, key: str) -> None:
    assert store.put(key, b"1", 60)
    assert store.get(key) == b"1" and store.get(key + "x") is None
    assert store.take(key) == b"1"


def test_a_key_in_use_takes_no_other_value(store: Store) -> None:
    assert store.put("a", b"1", 60)
    assert not store.put("a", b"2", 600)
    assert store.get("a") == b"1"


def test_a_value_is_taken_once(store: Store) -> None:
    store.put("a", b"1", 60)
    assert store.take("a") == b"1"
    assert store.take("a") is None and store.get("a") is None
    assert store.put("a", b"2", 60)


def test_a_value_ends_at_its_second(store: Store, clock: FixedClock) -> None:
    store.put("a", b"1", 60)
    later(clock, 59.999999)
    assert store.get("a") == b"1"
    later(clock, 0.000001)
    assert store.get("a") is None and store.take("a") is None
    assert not store.replace("a", b"1", b"2", 60) and not store.expire("a", 60)
    assert store.put("a", b"3", 60) and store.get("a") == b"3"


def test_a_value_is_replaced_only_while_it_is_what_was_read(store: Store) -> None:
    store.put("a", ALL_BYTES, 60)
    assert not store.replace("a", b"other", b"2", 60)
    assert store.replace("a", ALL_BYTES, b"2", 60)
    assert not store.replace("a", ALL_BYTES, b"3", 60)
    assert store.get("a") == b"2"
    assert not store.replace("absent", b"", b"1", 60) and store.get("absent") is None


def test_replacing_and_expiring_set_a_new_end(store: Store, clock: FixedClock) -> None:
    store.put("a", b"1", 60)
    later(clock, 50)
    assert store.replace("a", b"1", b"2", 60)
    later(clock, 50)
    assert store.get("a") == b"2"
    assert store.expire("a", 100)
    later(clock, 99)
    assert store.get("a") == b"2"
    assert store.expire("a", 0)
    assert store.get("a") is None


def test_a_counter_counts_for_its_time_from_the_first_on(store: Store, clock: FixedClock) -> None:
    assert [store.count("a", 60) for _ in range(3)] == [1, 2, 3]
    assert store.count("a", 600, by=5) == 8 and store.count("a", 60, by=-8) == 0
    later(clock, 60)
    assert store.count("a", 60, by=2) == 2
    assert store.expire("a", 0) and store.count("a", 60) == 1


def test_a_value_that_is_too_large_is_refused_and_changes_nothing(store: Store) -> None:
    store.put("a", b"1", 60)
    with pytest.raises(StateError, match=r"store\.value_too_large"):
        store.put("b", bytes(MAX_VALUE + 1), 60)
    with pytest.raises(StateError, match=r"store\.value_too_large"):
        store.replace("a", b"1", bytes(MAX_VALUE + 1), 60)
    assert store.get("b") is None and store.get("a") == b"1"


def test_of_many_that_take_a_value_at_once_one_gets_it(store: Store) -> None:
    for number in range(20):
        key = f"code:{number}"
        store.put(key, b"1", 60)
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(store.take, [key] * THREADS))
        assert found.count(b"1") == 1


def test_of_many_that_put_a_key_at_once_one_does(store: Store) -> None:
    for number in range(20):
        key = f"nonce:{number}"
        with ThreadPoolExecutor(THREADS) as pool:
            values = [b"%d" % item for item in range(THREADS)]
            done = list(pool.map(store.put, repeat(key), values, repeat(60)))
        assert done.count(True) == 1
        assert store.get(key) == b"%d" % done.index(True)


def test_no_count_and_no_replacement_is_lost(store: Store) -> None:
    store.put("sum", b"0", 600)

    def add(_: int) -> None:
        store.count("counter", 600)
        while True:
            before = store.get("sum")
            assert before is not None
            if store.replace("sum", before, b"%d" % (int(before) + 1), 600):
                return

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(add, range(100)))
    assert store.count("counter", 600, by=0) == 100
    assert store.get("sum") == b"100"
