# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import datetime as dt
import time

import pytest

from caducee.base.clock import FixedClock, ShiftedClock, SystemClock, elapsed

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
PARIS = dt.timezone(dt.timedelta(hours=1))


def test_the_system_clock_gives_an_aware_time_in_utc() -> None:
    assert SystemClock().now().tzinfo is dt.UTC


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.advance(dt.timedelta(hours=2))
    assert clock.now() == NOON + dt.timedelta(hours=2)
    clock.advance(dt.timedelta(hours=-3))
    assert clock.now() == NOON - dt.timedelta(hours=1)


def test_a_fixed_clock_answers_in_utc_and_refuses_a_time_without_zone() -> None:
    clock = FixedClock(dt.datetime(2026, 11, 24, 13, 0, tzinfo=PARIS))
    assert clock.now() == NOON
    assert clock.now().tzinfo is dt.UTC
    with pytest.raises(ValueError, match="aware"):
        FixedClock(dt.datetime(2026, 11, 24))


def test_a_shifted_clock_is_another_clock_moved() -> None:
    under = FixedClock(NOON)
    clock = ShiftedClock(under, dt.timedelta(days=1))
    assert clock.now() == NOON + dt.timedelta(days=1)
    under.advance(dt.timedelta(hours=1))
    clock.by = dt.timedelta()
    assert clock.now() == NOON + dt.timedelta(hours=1)
    assert ShiftedClock(under).now() == under.now()


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="a clock of Linux")
def test_time_goes_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux stops CLOCK_MONOTONIC then: a session would wait for its card all night."""
    clocks = {time.CLOCK_MONOTONIC: 100.0, time.CLOCK_BOOTTIME: 30_000.0}
    monkeypatch.setattr(time, "clock_gettime", clocks.__getitem__)
    assert elapsed() == 30_000.0
