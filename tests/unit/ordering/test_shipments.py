# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards are handed over encrypted or into the reader, and removed when they arrived."""

import datetime as dt
import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.unit.ordering import scenarios
from tests.unit.ordering.conftest import Tray
from tests.unit.ordering.scenarios import OTHER, SUPPORT, ZOE

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.dates import years_later
from caducee.base.errors import IssueError, StateError
from caducee.base.secret import Secret
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.items import ItemState, StopReason
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderState
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.image import CardImage

pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def order(ordering: Ordering) -> Order:
    return scenarios.ready(ordering, scenarios.cards("cps-medecin", quantity=2))


def contents(registry: Registry) -> list[bytes]:
    query = sa.select(schema.item.c.content).where(schema.item.c.content.is_not(None))
    with registry.reading() as connection:
        return list(connection.execute(query).scalars())


def test_the_archive_holds_cards_and_certificates(ordering: Ordering, order: Order) -> None:
    letter = scenarios.opened(ordering, order)
    files = scenarios.shipment(ordering, order, letter.archive)
    for line in letter.cards:
        image = CardImage.from_json(files[f"cards/{line.card_number}.json"])
        assert line.card_number in image.name
        assert files[f"cards/{line.card_number}.pem"].count(b"BEGIN CERTIFICATE") == 2


def test_the_archive_does_not_open_with_another_password(ordering: Ordering, order: Order) -> None:
    into = io.BytesIO()
    note = ordering.shipments.write(order, ZOE, into)
    assert note.name == f"{order.number}.zip"
    assert scenarios.plain_names(into)
    with pytest.raises(RuntimeError, match="Bad password"):
        scenarios.unpacked(into, Secret.of("aaaaa-bbbbb-ccccc-ddddd-eeeee-fffff"))


def test_the_first_hand_over_begins_the_test_use(
    ordering: Ordering, order: Order, clock: FixedClock
) -> None:
    ordering.shipments.write(order, ZOE, io.BytesIO())
    again = ordering.orders.order(order.id)
    assert again.state is OrderState.DELIVERED
    assert again.ends_at == years_later(clock.now(), 3)
    assert {item.state for item in ordering.items.page(order.id)} == {ItemState.TAKEN}


def test_a_download_that_broke_can_be_begun_again(ordering: Ordering, order: Order) -> None:
    letter = scenarios.opened(ordering, order)
    first = scenarios.shipment(ordering, order, letter.archive)
    second = scenarios.shipment(ordering, ordering.orders.order(order.id), letter.archive)
    assert first == second
    assert [step.action.value for step in ordering.orders.steps(order)].count("deliver") == 1


def test_what_arrived_is_removed_with_its_key(
    ordering: Ordering, order: Order, registry: Registry, tmp_path: Path
) -> None:
    scenarios.opened(ordering, order)
    ordering.shipments.write(order, ZOE, io.BytesIO())
    delivered = ordering.orders.order(order.id)
    assert len(contents(registry)) == 2
    ordering.shipments.received(delivered, ZOE)
    assert contents(registry) == []
    assert list((tmp_path / "ordering" / "waiting").iterdir()) == []
    ordering.shipments.received(delivered, ZOE)  # reported twice: nothing happens
    with pytest.raises(IssueError) as caught:
        ordering.shipments.write(delivered, ZOE, io.BytesIO())
    assert caught.value.code == "ordering.nothing_waits"


def test_nothing_is_removed_before_its_codes_were_asked_for(
    ordering: Ordering, order: Order, registry: Registry, clock: FixedClock
) -> None:
    ordering.shipments.write(order, ZOE, io.BytesIO())
    with pytest.raises(IssueError) as caught:
        ordering.shipments.received(ordering.orders.order(order.id), ZOE)
    assert caught.value.code == "ordering.letter_first"
    clock.advance(dt.timedelta(days=8))
    ordering.worker.work("w1")
    assert len(contents(registry)) == 2
    scenarios.opened(ordering, order)
    clock.advance(dt.timedelta(days=8))
    ordering.worker.work("w1")
    assert contents(registry) == []


def test_nothing_is_removed_before_it_was_handed_over(ordering: Ordering, order: Order) -> None:
    scenarios.opened(ordering, order)
    with pytest.raises(IssueError) as caught:
        ordering.shipments.received(order, ZOE)
    assert caught.value.code == "ordering.not_taken"


def test_what_nobody_confirms_is_removed_after_some_days(
    ordering: Ordering, order: Order, registry: Registry, tmp_path: Path, clock: FixedClock
) -> None:
    scenarios.opened(ordering, order)
    ordering.shipments.write(order, ZOE, io.BytesIO())
    clock.advance(dt.timedelta(days=6))
    ordering.worker.work("w1")
    assert len(contents(registry)) == 2
    clock.advance(dt.timedelta(days=2))
    ordering.worker.work("w1")
    assert contents(registry) == []
    assert list((tmp_path / "ordering" / "waiting").iterdir()) == []


def test_cards_go_into_the_reader(ordering: Ordering, order: Order, reader: Tray) -> None:
    places = ordering.shipments.deliver(order, ZOE)
    numbers = [item.card_number for item in ordering.items.page(order.id)]
    assert list(reader.cards) == numbers
    assert places == tuple(f"tray/{number}" for number in numbers)
    for number, image in reader.cards.items():
        assert number in CardImage.from_json(image).name
    assert ordering.orders.order(order.id).state is OrderState.DELIVERED


def test_an_order_whose_cards_were_all_lost_before_is_handed_over_all_the_same(
    ordering: Ordering, order: Order
) -> None:
    for item in ordering.items.page(order.id):
        ordering.cards.lose(item.card_number or "", ZOE, StopReason.DAMAGED)
    ordering.shipments.deliver(order, ZOE)
    assert ordering.orders.order(order.id).state is OrderState.DELIVERED
    assert {made.state for made in ordering.items.page(order.id)} == {ItemState.STOPPED}


def test_a_service_without_a_reader_says_so(
    tmp_path: Path, ordering: Ordering, order: Order, authority: Authority, keys: SharedKeys
) -> None:
    without = Ordering(ordering.registry, authority, tmp_path / "ordering", keys=keys)
    with pytest.raises(IssueError) as caught:
        without.shipments.deliver(order, ZOE)
    assert caught.value.code == "ordering.no_reader"


@pytest.mark.parametrize("actor", [OTHER, SUPPORT])
def test_nobody_else_takes_the_cards(ordering: Ordering, order: Order, actor: Actor) -> None:
    for call in (
        lambda: ordering.shipments.write(order, actor, io.BytesIO()),
        lambda: ordering.shipments.deliver(order, actor),
        lambda: ordering.shipments.received(order, actor),
    ):
        with pytest.raises(IssueError):
            call()
    assert ordering.orders.order(order.id).state is OrderState.READY


def test_content_without_its_key_is_said_to_be_lost(
    ordering: Ordering, order: Order, tmp_path: Path
) -> None:
    for path in (tmp_path / "ordering" / "waiting").iterdir():
        path.unlink()
    with pytest.raises(StateError) as caught:
        ordering.shipments.write(order, ZOE, io.BytesIO())
    assert caught.value.code == "ordering.content_lost"
    assert ordering.orders.order(order.id).state is OrderState.READY
