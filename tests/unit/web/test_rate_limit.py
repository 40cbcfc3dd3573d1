# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who comes too often waits, others do not, and nothing grows without end."""

import pytest

from caducee.services.web import rate_limit
from caducee.services.web.rate_limit import RateLimiter


class Ticks:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_admitted_and_the_rest_waits_for_its_turn() -> None:
    ticks = Ticks()
    counted = RateLimiter(burst=3, each_second=2, ticks=ticks)
    assert [counted.admits("one") for _ in range(5)] == [True] * 3 + [False] * 2
    ticks.now += 0.4
    assert not counted.admits("one")
    ticks.now += 0.1
    assert [counted.admits("one") for _ in range(2)] == [True, False]


def test_one_does_not_keep_another_waiting() -> None:
    counted = RateLimiter(burst=1, each_second=1, ticks=Ticks())
    assert [counted.admits(name) for name in ("one", "one", "two")] == [True, False, True]


def test_a_long_rest_fills_no_more_than_a_burst() -> None:
    ticks = Ticks()
    counted = RateLimiter(burst=2, each_second=1, ticks=ticks)
    counted.admits("one")
    ticks.now += 3600
    assert [counted.admits("one") for _ in range(3)] == [True, True, False]


def test_names_are_forgotten_from_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MOST_NAMES", 2)
    counted = RateLimiter(burst=1, each_second=0, ticks=Ticks())
    for name in ("one", "two", "one", "three"):
        counted.admits(name)
    assert counted.admits("two") and not counted.admits("three")
