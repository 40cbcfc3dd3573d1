# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The four stores, each empty, with real servers behind two of them (`store_url`)."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from caducee.base.clock import FixedClock
from caducee.store import Store, open_store

NOW = dt.datetime(2026, 12, 3, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def processes(store_url: str, clock: FixedClock) -> Iterator[Callable[[], Store]]:
    """Open the same store again, as another process would."""
    opened: list[Store] = []

    def another() -> Store:
        opened.append(open_store(store_url, clock))
        return opened[-1]

    yield another
    for item in opened:
        item.close()
