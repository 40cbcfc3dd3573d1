# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The four stores, each empty, with real servers behind two of them."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caducee.base.clock import FixedClock
from caducee.store import Store, open_store
from caducee.testing.postgresql import TemporaryPostgres
from caducee.testing.valkey import TemporaryValkey

NOW = dt.datetime(2026, 12, 3, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[TemporaryPostgres]:
    with TemporaryPostgres() as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[TemporaryValkey]:
    with TemporaryValkey() as server:
        yield server


SHARED = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.system),
    pytest.param("valkey", marks=pytest.mark.system),
]


@pytest.fixture(params=["memory", *SHARED])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty store of each kind."""
    kind: str = request.param
    if kind == "memory":
        return "memory:"
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/state.db"
    found: str = request.getfixturevalue(kind).url()
    return found


@pytest.fixture
def store(url: str, clock: FixedClock) -> Iterator[Store]:
    with open_store(url, clock) as opened:
        yield opened


@pytest.fixture
def processes(url: str, clock: FixedClock) -> Iterator[Callable[[], Store]]:
    """Open the same store again, as another process would."""
    opened: list[Store] = []

    def another() -> Store:
        opened.append(open_store(url, clock))
        return opened[-1]

    yield another
    for item in opened:
        item.close()
