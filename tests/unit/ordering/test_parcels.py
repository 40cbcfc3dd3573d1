# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards are handed over encrypted or into the reader, and removed when they arrived."""

import datetime as dt
import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.unit.ordering import ways
from tests.unit.ordering.conftest import Tray
from tests.unit.ordering.ways import OTHER, SUPPORT, ZOE

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.dates import years_later
from caducee.base.errors import IssueError, StateError
from caducee.base.secret import Secret
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.pieces import PieceState, StopReason
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderState
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.image import CardImage

pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def order(ordering: Ordering) -> Order:
    return ways.ready(ordering, ways.cards("cps-medecin", quantity=2))


def contents(registry: Registry) -> list[bytes]:
    query = sa.select(schema.piece.c.content).where(schema.piece.c.content.is_not(None))
    with registry.reading() as connection:
        return list(connection.execute(query).scalars())


def test_the_archive_holds_cards_and_certificates(ordering: Ordering, order: Order) -> None:
    letter = ways.opened(ordering, order)
    files = ways.parcel(ordering, order, letter.archive)
    for line in letter.cards:
        image = CardImage.from_json(files[f"cards/{line.card_number}.json"])
        assert line.card_number in image.name
        assert files[f"cards/{line.card_number}.pem"].count(b"BEGIN CERTIFICATE") == 2


def test_the_archive_does_not_open_with_another_password(ordering: Ordering, order: Order) -> None:
    into = io.BytesIO()
    note = ordering.parcel(order, ZOE, into)
    assert note.name == f"{order.number}.zip"
    assert ways.plain_names(into)
    with pytest.raises(RuntimeError, match="Bad password"):
        ways.unpacked(into, Secret.of("aaaaa-bbbbb-ccccc-ddddd-eeeee-fffff"))


def test_the_first_hand_over_begins_the_test_use(
    ordering: Ordering, order: Order, clock: FixedClock
) -> None:
    ordering.parcel(order, ZOE, io.BytesIO())
    again = ordering.order(order.id)
    assert again.state is OrderState.DELIVERED
    assert again.ends_at == years_later(clock.now(), 3)
    assert {piece.state for piece in ordering.pieces(order)} == {PieceState.TAKEN}


def test_a_download_that_broke_can_be_begun_again(ordering: Ordering, order: Order) -> None:
    letter = ways.opened(ordering, order)
    first = ways.parcel(ordering, order, letter.archive)
    second = ways.parcel(ordering, ordering.order(order.id), letter.archive)
    assert first == second
    assert [step.action.value for step in ordering.steps(order)].count("deliver") == 1


def test_what_arrived_is_removed_with_its_key(
    ordering: Ordering, order: Order, registry: Registry, tmp_path: Path
) -> None:
    ways.opened(ordering, order)
    ordering.parcel(order, ZOE, io.BytesIO())
    delivered = ordering.order(order.id)
    assert len(contents(registry)) == 2
    ordering.received(delivered, ZOE)
    assert contents(registry) == []
    assert list((tmp_path / "ordering" / "waiting").iterdir()) == []
    ordering.received(delivered, ZOE)  # told twice: nothing happens
    with pytest.raises(IssueError) as caught:
        ordering.parcel(delivered, ZOE, io.BytesIO())
    assert caught.value.code == "ordering.nothing_waits"


def test_nothing_is_removed_before_its_codes_were_asked_for(
    ordering: Ordering, order: Order, registry: Registry, clock: FixedClock
) -> None:
    ordering.parcel(order, ZOE, io.BytesIO())
    with pytest.raises(IssueError) as caught:
        ordering.received(ordering.order(order.id), ZOE)
    assert caught.value.code == "ordering.letter_first"
    clock.advance(dt.timedelta(days=8))
    ordering.work("w1")
    assert len(contents(registry)) == 2
    ways.opened(ordering, order)
    clock.advance(dt.timedelta(days=8))
    ordering.work("w1")
    assert contents(registry) == []


def test_nothing_is_removed_before_it_was_handed_over(ordering: Ordering, order: Order) -> None:
    ways.opened(ordering, order)
    with pytest.raises(IssueError) as caught:
        ordering.received(order, ZOE)
    assert caught.value.code == "ordering.not_taken"


def test_what_nobody_confirms_is_removed_after_some_days(
    ordering: Ordering, order: Order, registry: Registry, tmp_path: Path, clock: FixedClock
) -> None:
    ways.opened(ordering, order)
    ordering.parcel(order, ZOE, io.BytesIO())
    clock.advance(dt.timedelta(days=6))
    ordering.work("w1")
    assert len(contents(registry)) == 2
    clock.advance(dt.timedelta(days=2))
    ordering.work("w1")
    assert contents(registry) == []
    assert list((tmp_path / "ordering" / "waiting").iterdir()) == []


def test_cards_go_into_the_reader(ordering: Ordering, order: Order, reader: Tray) -> None:
    places = ordering.deliver(order, ZOE)
    numbers = [piece.card_number for piece in ordering.pieces(order)]
    assert list(reader.cards) == numbers
    assert places == tuple(f"tray/{item}" for item in numbers)
    for number, image in reader.cards.items():
        assert number in CardImage.from_json(image).name
    assert ordering.order(order.id).state is OrderState.DELIVERED


def test_an_order_whose_cards_were_all_lost_before_is_handed_over_all_the_same(
    ordering: Ordering, order: Order
) -> None:
    for piece in ordering.pieces(order):
        ordering.lose(piece.card_number or "", ZOE, StopReason.DAMAGED)
    ordering.deliver(order, ZOE)
    assert ordering.order(order.id).state is OrderState.DELIVERED
    assert {item.state for item in ordering.pieces(order)} == {PieceState.STOPPED}


def test_a_service_without_a_reader_says_so(
    tmp_path: Path, ordering: Ordering, order: Order, authority: Authority, keys: SharedKeys
) -> None:
    without = Ordering(ordering.registry, authority, tmp_path / "ordering", keys=keys)
    with pytest.raises(IssueError) as caught:
        without.deliver(order, ZOE)
    assert caught.value.code == "ordering.no_reader"


@pytest.mark.parametrize("actor", [OTHER, SUPPORT])
def test_nobody_else_takes_the_cards(ordering: Ordering, order: Order, actor: Actor) -> None:
    for call in (
        lambda: ordering.parcel(order, actor, io.BytesIO()),
        lambda: ordering.deliver(order, actor),
        lambda: ordering.received(order, actor),
    ):
        with pytest.raises(IssueError):
            call()
    assert ordering.order(order.id).state is OrderState.READY


def test_content_without_its_key_is_said_to_be_lost(
    ordering: Ordering, order: Order, tmp_path: Path
) -> None:
    for path in (tmp_path / "ordering" / "waiting").iterdir():
        path.unlink()
    with pytest.raises(StateError) as caught:
        ordering.parcel(order, ZOE, io.BytesIO())
    assert caught.value.code == "ordering.content_lost"
    assert ordering.order(order.id).state is OrderState.READY
