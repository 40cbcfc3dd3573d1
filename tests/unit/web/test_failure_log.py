# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Failures that clients cause do not fill the log; others are logged whole."""

import asyncio
import datetime as dt
import logging

import pytest

from caducee.base.clock import FixedClock
from caducee.services.web.failure_log import FailureLog


def test_failures_of_one_kind_are_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = FixedClock(dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    noise, loop = FailureLog(clock), asyncio.new_event_loop()
    try:
        for _ in range(500):
            noise(loop, {"message": "accept", "exception": OSError(24, "too many open files")})
        clock.advance(dt.timedelta(minutes=1))
        noise(loop, {"message": "accept", "exception": OSError(24, "too many open files")})
    finally:
        loop.close()
    assert [record.getMessage() for record in caplog.records] == [
        "accept: OSError (0 more since the last line)",
        "accept: OSError (499 more since the last line)",
    ]


def test_a_fault_of_the_program_is_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    try:
        noise = FailureLog(FixedClock(dt.datetime(2026, 1, 5, tzinfo=dt.UTC)))
        for _ in range(2):
            noise(loop, {"message": "a task failed", "exception": ValueError("wrong")})
    finally:
        loop.close()
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
