# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A directory on a real socket, over the registry of a small world."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from caducee.base.clock import FixedClock
from caducee.directory.person_records import PersonRecord, all_persons
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, IssuedCard, Practice, identities
from caducee.issuance.population import populate
from caducee.sandbox.world import Sandbox
from caducee.services.annuaire.server import running
from caducee.services.annuaire.settings import AnnuaireSettings
from caducee.testing.keys import SharedKeys

KEYS = SharedKeys(card_keys=1)
NOW = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)
PERSONS = 60


@dataclass(frozen=True)
class Directory:
    """A directory that runs."""

    world: Sandbox
    issued: IssuedCard
    client: httpx2.Client

    @property
    def registry(self) -> Registry:
        return self.world.registry

    def get(self, path: str, **parameters: str) -> httpx2.Response:
        return self.client.get(path, params=parameters)

    def ids(self, path: str, **parameters: str) -> list[str]:
        """Return the ids of all that a search finds, following its pages."""
        found: list[str] = []
        answer = self.get(path, **parameters)
        while True:
            assert answer.status_code == 200, answer.text
            bundle = answer.json()
            found += [item["resource"]["id"] for item in bundle.get("entry", ())]
            following = [item["url"] for item in bundle["link"] if item["relation"] == "next"]
            if not following:
                return found
            answer = self.client.get(following[0])


@pytest.fixture(scope="session")
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory, clock: FixedClock) -> Iterator[Directory]:
    folder = tmp_path_factory.mktemp("annuaire") / "world"
    with Sandbox.create(folder, machine=clock, ca_keys=KEYS) as world:
        populate(world.registry, PERSONS, 7)
        person = identities.person(42788, qualifications=("SM26",))
        practice = Practice(identities.practice_of(person), "SA07", "00")
        order = CardOrder(person=person, practices=(practice,))
        issued = world.issue(order, keys=KEYS)
        settings = AnnuaireSettings(calls_per_second=0, page_size=7)
        with (
            running(settings, world.registry, world.clock) as address,
            httpx2.Client(base_url=address, headers={"ESANTE-API-KEY": "some-key"}) as client,
        ):
            yield Directory(world, issued, client)


@pytest.fixture(scope="module")
def records(directory: Directory) -> list[PersonRecord]:
    return list(all_persons(directory.registry))


type Extension = Callable[[dict[str, Any], str], list[dict[str, Any]]]


@pytest.fixture
def extension() -> Extension:
    """Give the extensions of a resource by the end of their address, as plain values."""

    def found(resource: dict[str, Any], name: str) -> list[dict[str, Any]]:
        return [
            {
                part["url"]: next(value for key, value in part.items() if key != "url")
                for part in item["extension"]
            }
            for item in resource.get("extension", ())
            if item["url"].endswith(name)
        ]

    return found
