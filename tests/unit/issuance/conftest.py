# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A registry and an authority with shared keys, ready to issue."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, IssuedCard, Practice, identities, issue_card
from caducee.testing.keys import SharedKeys

NOW = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def keys() -> SharedKeys:
    return SharedKeys()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry(f"sqlite:///{tmp_path}/registry.db") as opened:
        yield opened


@pytest.fixture
def authority(tmp_path: Path, registry: Registry, clock: FixedClock, keys: SharedKeys) -> Authority:
    return Authority(tmp_path / "ca", RegistryRecords(registry), clock, keys=keys)


@pytest.fixture
def order() -> CardOrder:
    """The order of a CPS for KIT DOC0042788."""
    kit = identities.person(42788, qualifications=("SM26",))
    return CardOrder(person=kit, practices=(Practice(identities.practice_of(kit), "SA07", "00"),))


type Issue = Callable[[CardOrder], IssuedCard]


@pytest.fixture
def issue(registry: Registry, authority: Authority, keys: SharedKeys) -> Issue:
    return lambda order: issue_card(registry, authority, order, keys=keys)
