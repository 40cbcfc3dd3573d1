# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Publication points on a real socket, over an authority whose clock can be moved."""

import datetime as dt
import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from caducee.base.clock import ShiftedClock, SystemClock
from caducee.issuance import CardOrder, IssuedCard, identities
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

KEYS = SharedKeys(card_keys=1)
FORT = igc.ca(igc.Range.FORT)
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


@dataclass(frozen=True)
class Points:
    """A world whose publication points run."""

    world: Sandbox
    clock: ShiftedClock
    issued: IssuedCard
    host: str
    port: int

    def ca(self, facts: igc.CaFacts) -> x509.Certificate:
        return self.world.authority.certificate(facts)

    def advance(self, by: dt.timedelta) -> None:
        self.clock.by += by


@dataclass(frozen=True)
class Answer:
    """An answer to a request."""

    status: int
    headers: dict[str, str]
    body: bytes


type Get = Callable[..., Answer]


@pytest.fixture
def points(tmp_path: Path) -> Iterator[Points]:
    clock = ShiftedClock(SystemClock())
    with Sandbox.create(tmp_path / "world", machine=clock, ca_keys=KEYS) as world:
        order = CardOrder(person=identities.person(42788))
        issued = world.issue(order, keys=KEYS)
        with world.publication() as address:
            host, port = address.removeprefix("http://").split(":")
            yield Points(world, clock, issued, host, int(port))


@pytest.fixture
def get(points: Points) -> Get:
    """Send one request; headers by keyword, with _ for -."""

    def run(path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection(points.host, points.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        found = connection.getresponse()
        names = {name.lower(): value for name, value in found.getheaders()}
        answer = Answer(found.status, names, found.read())
        connection.close()
        return answer

    return run
