# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A letter is opened once, by whoever has its link; then its codes are kept nowhere."""

import datetime as dt
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.unit.ordering import scenarios
from tests.unit.ordering.scenarios import MAKER, OTHER, REVIEWER, SUPPORT, ZOE

from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.directory import schema as directory
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.service import Ordering

pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def order(ordering: Ordering) -> Order:
    return scenarios.ready(ordering, scenarios.cards("cps-medecin", quantity=2))


def sealed(registry: Registry) -> list[bytes | None]:
    with registry.reading() as connection:
        return list(connection.execute(sa.select(schema.letter.c.sealed)).scalars())


def test_the_link_opens_the_letter_once(
    ordering: Ordering, order: Order, clock: FixedClock
) -> None:
    link = ordering.letters.make(order, ZOE)
    note = ordering.letters.peek(link.secret)
    assert (note.order, note.number, note.opened_at) == (order.id, order.number, None)
    letter = ordering.letters.open(link.secret)
    assert [len(card.pin) for card in letter.cards] == [4, 4]
    assert [card.card_number for card in letter.cards] == [
        item.card_number for item in ordering.items.page(order.id)
    ]
    assert ordering.letters.peek(link.secret).opened_at == clock.now()
    with pytest.raises(IssueError) as caught:
        ordering.letters.open(link.secret)
    assert caught.value.code == "ordering.link_used"


def test_an_opened_letter_is_empty(ordering: Ordering, order: Order, registry: Registry) -> None:
    link = ordering.letters.make(order, ZOE)
    assert sealed(registry) != [None]
    ordering.letters.open(link.secret)
    assert sealed(registry) == [None]


@pytest.mark.parametrize("secret", ["", "x" * 43, "é", "' OR 1=1 --"])
def test_another_link_leads_nowhere(ordering: Ordering, order: Order, secret: str) -> None:
    ordering.letters.make(order, ZOE)
    for call in (ordering.letters.peek, ordering.letters.open):
        with pytest.raises(IssueError) as caught:
            call(Secret.of(secret))
        assert caught.value.code == "ordering.link_unknown"


def test_a_letter_whose_time_is_over_is_emptied(
    ordering: Ordering, order: Order, registry: Registry, clock: FixedClock
) -> None:
    link = ordering.letters.make(order, ZOE)
    clock.advance(link.expires_at - clock.now())
    with pytest.raises(IssueError) as caught:
        ordering.letters.open(link.secret)
    assert caught.value.code == "ordering.link_expired"
    assert sealed(registry) == [None]


def test_the_worker_empties_letters_whose_time_is_over(
    ordering: Ordering, order: Order, registry: Registry, clock: FixedClock
) -> None:
    ordering.letters.make(order, ZOE)
    clock.advance(dt.timedelta(days=29))
    ordering.worker.work("w1")
    assert sealed(registry) != [None]
    clock.advance(dt.timedelta(days=2))
    ordering.worker.work("w1")
    assert sealed(registry) == [None]
    ordering.letters.make(order, ZOE)  # what waits can be reported again


def test_another_letter_makes_the_one_before_void(
    ordering: Ordering, order: Order, registry: Registry
) -> None:
    first, second = ordering.letters.make(order, ZOE), ordering.letters.make(order, ZOE)
    with pytest.raises(IssueError) as caught:
        ordering.letters.open(first.secret)
    assert caught.value.code == "ordering.link_used"
    assert len(ordering.letters.open(second.secret).cards) == 2
    assert sealed(registry) == [None, None]


@pytest.mark.parametrize("actor", [OTHER, REVIEWER, MAKER, SUPPORT])
def test_nobody_else_gets_the_codes(ordering: Ordering, order: Order, actor: Actor) -> None:
    with pytest.raises(IssueError):
        ordering.letters.make(order, actor)


def test_nothing_waits_before_it_is_made(ordering: Ordering) -> None:
    order = scenarios.producing(ordering, scenarios.cards("cps-medecin"))
    with pytest.raises(IssueError) as caught:
        ordering.letters.make(order, ZOE)
    assert caught.value.code == "ordering.nothing_waits"


def test_of_many_who_open_at_once_one_gets_the_codes(ordering: Ordering, order: Order) -> None:
    link = ordering.letters.make(order, ZOE)
    got: list[object] = []

    def open_() -> None:
        try:
            got.append(ordering.letters.open(link.secret))
        except IssueError as error:
            got.append(error.code)

    threads = [threading.Thread(target=open_) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(item) for item in got if isinstance(item, str)) == ["ordering.link_used"] * 5


def test_the_secret_of_the_link_is_kept_nowhere(
    ordering: Ordering, order: Order, registry: Registry, tmp_path: Path
) -> None:
    secret = ordering.letters.make(order, ZOE).secret.reveal()
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    tables = (*schema.METADATA.sorted_tables, *directory.METADATA.sorted_tables)
    with registry.reading() as connection:
        rows = [row for table in tables for row in connection.execute(sa.select(table))]
    assert files and rows
    assert secret not in b"".join(files) + repr(rows).encode()
