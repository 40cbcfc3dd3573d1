# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Dates and times are shown in local time, in the way of the language."""

import datetime as dt
import time
from collections.abc import Iterator

import pytest

from caducee.base.catalogue import fill
from caducee.base.dates import local_day, local_time
from caducee.base.i18n import use_language

LATE = dt.datetime(2026, 1, 15, 23, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def in_paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_moment_is_shown_in_local_time() -> None:
    with use_language("en"):
        assert local_time(LATE) == "2026-01-16 00:30:00"
    with use_language("fr"):
        assert local_time(LATE) == "16/01/2026 00:30:00"


def test_a_day_without_time_stays_the_same_day() -> None:
    with use_language("fr"):
        assert local_day(LATE.date()) == "15/01/2026"


def test_a_day_among_facts_is_written_in_the_language() -> None:
    with use_language("fr"):
        assert fill("le {date}", {"date": "2026-01-15"}) == "le 15/01/2026"
        assert fill("{code}", {"code": "2026-13-45"}) == "2026-13-45"
