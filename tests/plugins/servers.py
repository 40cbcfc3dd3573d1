# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One PostgreSQL and one Valkey for every test of a worker, and what lies empty in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.base.clock import FixedClock
from caducee.store import Store, open_store
from caducee.testing.postgresql import TemporaryPostgres
from caducee.testing.valkey import TemporaryValkey

SHARED_STORES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.system),
    pytest.param("valkey", marks=pytest.mark.system),
]
"""The stores that several processes can open."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[TemporaryPostgres]:
    with TemporaryPostgres() as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[TemporaryValkey]:
    with TemporaryValkey() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def registry_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty registry of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/registry.db"
    server: TemporaryPostgres = request.getfixturevalue("postgresql")
    return server.url()


@pytest.fixture(params=["memory", *SHARED_STORES])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty store of each kind."""
    kind: str = request.param
    if kind == "memory":
        return "memory:"
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/state.db"
    found: str = request.getfixturevalue(kind).url()
    return found


@pytest.fixture
def store(store_url: str, clock: FixedClock) -> Iterator[Store]:
    """Open an empty store of each kind, by the clock of the room."""
    with open_store(store_url, clock) as opened:
        yield opened
