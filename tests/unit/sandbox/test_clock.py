# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import datetime as dt
from pathlib import Path

import pytest

from caducee.base.clock import FixedClock
from caducee.base.errors import ConfigError, StateError
from caducee.sandbox.clock import SandboxClock

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def clock(tmp_path: Path) -> SandboxClock:
    return SandboxClock(tmp_path / "clock", FixedClock(NOON))


def test_a_new_clock_follows_the_machine(clock: SandboxClock) -> None:
    assert clock.now() == NOON


def test_moves_add_up_and_can_be_taken_back(clock: SandboxClock) -> None:
    clock.move(dt.timedelta(days=2))
    assert clock.move(dt.timedelta(hours=-1)) == NOON + dt.timedelta(days=2, hours=-1)
    assert clock.reset() == NOON


def test_the_clock_can_be_set_to_a_moment(clock: SandboxClock) -> None:
    moment = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    assert clock.move_to(moment) == moment


def test_another_process_sees_a_move_at_once(clock: SandboxClock, tmp_path: Path) -> None:
    other = SandboxClock(tmp_path / "clock", FixedClock(NOON))
    assert other.now() == NOON
    clock.move(dt.timedelta(days=1))
    assert other.now() == NOON + dt.timedelta(days=1)
    clock.move(dt.timedelta(days=1))
    assert other.now() == NOON + dt.timedelta(days=2)


@pytest.mark.parametrize("spoiled", [b"tomorrow", b"", b"\xff\xfe", b"1e400", b"nan", b"1e12"])
def test_a_spoiled_file_is_reported_with_the_way_out(
    clock: SandboxClock, tmp_path: Path, spoiled: bytes
) -> None:
    (tmp_path / "clock").write_bytes(spoiled)
    with pytest.raises(StateError) as error:
        clock.now()
    assert error.value.code == "sandbox.clock"


@pytest.mark.parametrize("days", [1e11, 3_000_000, -20_000, 1e400, float("nan"), -1e11])
def test_a_move_out_of_all_calendars_is_refused_and_leaves_the_clock(
    clock: SandboxClock, days: float
) -> None:
    clock.move(dt.timedelta(days=2))
    with pytest.raises(ConfigError) as error:
        clock.move_days(days)
    assert error.value.code == "sandbox.clock_range"
    assert clock.now() == NOON + dt.timedelta(days=2)


def test_the_longest_move_is_refused_after_another(clock: SandboxClock) -> None:
    clock.move(dt.timedelta(days=2))
    with pytest.raises(ConfigError):
        clock.move(dt.timedelta.max)
