# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whoever is killed while cards are lost, replaced and ended loses nothing and doubles nothing.

As `tests.unit.ordering.test_killed`, from a world in which an order is delivered.
"""

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from tests.unit.ordering.test_killed import Parent, Worlds, points
from tests.unit.ordering.victims import LATER, opened

from caducee.directory.model import CardStatus
from caducee.services.ordering.items import ItemState
from caducee.services.ordering.states import OrderState
from caducee.spec import igc
from caducee.testing.keys import SharedKeys
from caducee.testing.postgresql import TemporaryPostgres

STEPS = 76
"""Commits and names of files from the delivery to the end."""

EVENTS = Counter(
    {
        "card.issued": 4,
        "card.activated": 2,
        "card.replaced": 1,
        "card.stopped": 4,
        "card.destroyed": 1,
    }
)


@pytest.fixture(scope="module")
def parent() -> Iterator[Parent]:
    made = Parent()
    yield made
    made.close()


@pytest.fixture(scope="module")
def keys() -> SharedKeys:
    return SharedKeys()


@pytest.fixture(scope="module")
def server() -> Iterator[TemporaryPostgres]:
    with TemporaryPostgres() as running:
        yield running


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)]
)
def worlds(
    request: pytest.FixtureRequest, parent: Parent, tmp_path_factory: pytest.TempPathFactory
) -> Worlds:
    server = request.getfixturevalue("server") if request.param == "postgresql" else None
    made = Worlds(parent, tmp_path_factory.mktemp("world"), server)
    assert parent.run(url=made.url, folder=made.folder) == 0
    return made


type Here = tuple[str, Path]


@pytest.fixture
def here(worlds: Worlds, tmp_path: Path) -> Here:
    folder = tmp_path / "world"
    return worlds.copy(folder), folder


def judged(url: str, folder: Path, keys: SharedKeys) -> None:
    """Find every card stopped once, reported once, and in the list."""
    ordering = opened(url, folder, keys, LATER)
    with ordering.registry as registry:
        (order,) = ordering.orders.of("zoe")
        assert order.state is OrderState.ENDED
        items = ordering.items.page(order.id)
        states = [item.state for item in items]
        assert states == [
            ItemState.STOPPED, ItemState.DESTROYED, ItemState.STOPPED, ItemState.STOPPED,
        ]  # fmt: skip
        assert [item.reason for item in items] == ["lost", "destroyed", "ended", "ended"]
        assert items[3].replaces == items[0].card_number
        cards = registry.cards.all()
        assert {card.number for card in cards} == {item.card_number for item in items}
        assert {card.status for card in cards} == {CardStatus.OPPOSED}
        assert Counter(event.kind.value for event in ordering.outbox.events()) == EVENTS
        ordering.checkpoints.check()
        ordering.worker.work("w9")
        ca = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
        crl = x509.load_der_x509_crl(ordering.authority.crl(ca))
        serials = {
            certificate.serial
            for card in cards
            for certificate in registry.certificates.of_card(card.number)
        }
        assert {revoked.serial_number for revoked in crl} == serials


def test_without_a_kill_there_are_just_these_steps(
    parent: Parent, here: Here, keys: SharedKeys
) -> None:
    url, folder = here
    assert parent.run(url=url, folder=folder, life=True) == 0
    judged(url, folder, keys)
    assert int((folder / "steps").read_text()) == STEPS


@pytest.mark.parametrize(("worlds", "point"), points(STEPS, 4), indirect=["worlds"])
def test_a_kill_before_any_step_loses_and_doubles_nothing(
    parent: Parent, here: Here, keys: SharedKeys, point: int
) -> None:
    url, folder = here
    assert parent.run(url=url, folder=folder, life=True, kill=point) == -signal.SIGKILL
    assert parent.run(url=url, folder=folder, life=True, later=LATER) == 0
    judged(url, folder, keys)
