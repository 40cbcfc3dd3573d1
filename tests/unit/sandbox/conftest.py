# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.issuance import CardOrder, CardPins, IssuedCard, Practice
from caducee.issuance.identities import new_person, practice_of
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys


@pytest.fixture(scope="session")
def keys() -> SharedKeys:
    return SharedKeys()


@pytest.fixture
def world(tmp_path: Path, keys: SharedKeys) -> Iterator[Sandbox]:
    with Sandbox.create(tmp_path / "world", ca_keys=keys) as made:
        yield made


def order(world: Sandbox) -> CardOrder:
    person = new_person(world.registry)
    practices = (Practice(practice_of(person), "SA07", "00"),)
    return CardOrder(person=person, practices=practices, pins=CardPins.of_test_cards())


@pytest.fixture
def issued(world: Sandbox, keys: SharedKeys) -> IssuedCard:
    return world.issue(order(world), keys=keys)
