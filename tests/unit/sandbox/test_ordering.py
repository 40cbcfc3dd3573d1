# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A sandbox orders, makes and hands cards over in one step, into its folder and its readers."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.unit.ordering import scenarios

from caducee.base.errors import IssueError, StateError
from caducee.reader.pcsc import PcscContext
from caducee.reader.waiting import virtual_readers, wait_for_card
from caducee.relying.nonces import Challenges
from caducee.sandbox.ordering import (
    LOCAL,
    WorldReader,
    fill_pool,
    open_ordering,
    quick,
    shared_nonces,
)
from caducee.sandbox.world import Sandbox
from caducee.services.ordering.item_maker import Maker
from caducee.services.ordering.items import ItemState
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderState
from caducee.services.ordering.worker import Worker
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug import slots


@pytest.fixture
def service(world: Sandbox) -> Ordering:
    fill_pool(world, 6)
    return open_ordering(world)


def test_one_step_puts_cards_into_hand(world: Sandbox, service: Ordering) -> None:
    done = quick(world, service, scenarios.cards("cps-medecin", "cpe"))
    assert done.order.state is OrderState.DELIVERED
    assert [item.state for item in done.items] == [ItemState.TAKEN] * 2
    for line, place in zip(done.letter.cards, done.places, strict=True):
        assert world.card_path(line.card_number) == Path(place)
        image = CardImage.load(place)
        assert [code.value.reveal() for code in image.pins] == [
            line.pin.reveal(),
            line.puk.reveal(),
        ]


def test_every_step_of_one_step_is_in_the_trail(world: Sandbox, service: Ordering) -> None:
    done = quick(world, service, scenarios.cards("cps-medecin"))
    steps = service.orders.steps(done.order)
    assert [step.action.value for step in steps] == [
        "save", "submit", "accept", "produce", "finish", "deliver",
    ]  # fmt: skip
    assert {step.actor for step in steps} == {
        LOCAL,
        "automatic",
        "worker",
    }
    assert service.checkpoints.check().lines > 6


def test_a_pool_that_is_empty_only_takes_longer(world: Sandbox) -> None:
    assert quick(world, open_ordering(world), scenarios.cards("cps-medecin")).items


def test_an_order_that_is_wrong_makes_nothing(world: Sandbox, service: Ordering) -> None:
    with pytest.raises(IssueError):
        quick(world, service, scenarios.cards())
    assert world.card_paths() == ()


def test_a_production_that_fails_is_said(
    world: Sandbox, service: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StateError("directory.database_failed", reason="gone")

    monkeypatch.setattr(Maker, "record", refuse)
    with pytest.raises(StateError) as caught:
        quick(world, service, scenarios.cards("cps-medecin"))
    assert caught.value.code == "ordering.item_failed"
    assert caught.value.facts["reason"] == "directory.database_failed"


def test_a_worker_that_is_faster_is_waited_for(
    world: Sandbox, service: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    do = Worker.do
    turns: list[str] = []

    def late(worker: Worker, kind: str, key: str, name: str) -> bool:
        turns.append(name)
        return len(turns) == 3 and do(worker, kind, key, "another")

    monkeypatch.setattr(Worker, "do", late)
    assert quick(world, service, scenarios.cards("cps-medecin")).order.state is OrderState.DELIVERED
    assert len(turns) == 3


def test_a_card_that_is_there_is_not_written_over(world: Sandbox, service: Ordering) -> None:
    done = quick(world, service, scenarios.cards("cps-medecin"))
    path, number = Path(done.places[0]), done.letter.cards[0].card_number
    tried = path.read_bytes().replace(b'"tries_left": 3', b'"tries_left": 1', 1)
    path.write_bytes(tried)
    assert WorldReader(world).receive(number, CardImage.load(path).to_json()) == str(path)
    assert path.read_bytes() == tried


@pytest.fixture
def readers(pcscd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PcscContext]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    with PcscContext() as context:
        yield context
    for item in slots.inserted(pcscd):
        slots.eject(item)


@pytest.mark.system
def test_a_card_goes_into_the_virtual_reader(
    world: Sandbox, readers: PcscContext, pcscd: Path
) -> None:
    done = quick(world, open_ordering(world, plug=True), scenarios.cards("cps-medecin"))
    (made,) = slots.inserted(pcscd)
    assert done.places == (f"{made.card} (slot {made.slot})",)
    reader = virtual_readers(readers)[made.slot]
    assert wait_for_card(readers, reader.name).atr


@pytest.mark.system
def test_two_that_deliver_one_card_find_it_in_the_same_slot(
    world: Sandbox, service: Ordering, readers: PcscContext, pcscd: Path
) -> None:
    done = quick(world, service, scenarios.cards("cps-medecin"))
    number, image = done.letter.cards[0].card_number, Path(done.places[0]).read_bytes()
    ready = threading.Barrier(4)

    def deliver(_: int) -> str:
        ready.wait()
        return WorldReader(world, plug=True).receive(number, image)

    with ThreadPoolExecutor(4) as threads:
        places = set(threads.map(deliver, range(4)))
    (made,) = slots.inserted(pcscd)
    assert places == {f"{made.card} (slot {made.slot})"}


def test_processes_of_one_world_take_each_others_nonces_once(world: Sandbox) -> None:
    # No order was ever made here: whatever the nonces need is made with them.
    with shared_nonces(world) as first, shared_nonces(world) as second:
        here, there = (Challenges("https://a.test", world.clock, it) for it in (first, second))
        ticket = here.issue("login").ticket
        assert there.take(ticket, "login").refusal is None
        assert here.take(ticket, "login").refusal == "relying.nonce_used"
    with shared_nonces(world) as again:  # after a restart, too
        taken = Challenges("https://a.test", world.clock, again).take(ticket, "login")
        assert taken.refusal == "relying.nonce_used"
