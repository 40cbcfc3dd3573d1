# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Events tell those who must know, by a documented schema, in order and without gaps."""

import json
import threading
from pathlib import Path

import jsonschema
import pytest
from tests.unit.ordering import ways
from tests.unit.ordering.ways import ZOE

from caducee.directory.registry import Registry
from caducee.services.ordering.outbox import Event, EventKind, Outbox, schema
from caducee.services.ordering.pieces import StopReason
from caducee.services.ordering.service import Ordering

pytestmark = pytest.mark.usefixtures("accounts")

DOCUMENTED = Path("docs/reference/ordering-events.schema.json")


def test_the_schema_is_the_documented_one() -> None:
    assert json.loads(DOCUMENTED.read_text(encoding="utf-8")) == schema()


def test_every_body_follows_the_schema(ordering: Ordering) -> None:
    order, _ = ways.delivered(ordering, ways.cards("cps-medecin", "cpe", "near-expiry"))
    first, second, _third = (piece.card_number or "" for piece in ordering.pieces(order))
    ordering.activate(first, ZOE)
    ordering.lose(first, ZOE, StopReason.STOLEN)
    ordering.destroy(second, ZOE)
    ordering.replace(first, ZOE)
    while ordering.work("w1"):
        pass
    order = ordering.order(order.id)
    ordering.letter(order, ZOE)
    ordering.deliver(order, ZOE)
    ordering.activate(ordering.pieces(order)[-1].card_number or "", ZOE)
    events = ordering.events()
    assert {item.kind for item in events} == set(EventKind)
    for event in events:
        jsonschema.validate(json.loads(event.body), schema())
    assert [item.number for item in events] == list(range(1, len(events) + 1))


def test_a_reader_goes_on_where_it_stopped(ordering: Ordering) -> None:
    ways.ready(ordering, ways.cards("cps-medecin", quantity=5))
    seen: list[Event] = []
    after = 0
    while page := ordering.events(after=after, count=2):
        seen += page
        after = page[-1].number
    assert [item.number for item in seen] == [1, 2, 3, 4, 5]


def test_a_reader_misses_none_of_many_writers(ordering: Ordering, registry: Registry) -> None:
    order = ways.ready(ordering, ways.cards("cps-medecin"))
    card = registry.card(ordering.pieces(order)[0].card_number or "")
    assert card
    outbox, stop = Outbox(registry), threading.Event()
    seen: list[int] = []

    def write() -> None:
        for _ in range(10):
            with registry.transaction():
                ordering.trail.add("w", "production", "card.made", "x")
                outbox.add(EventKind.ACTIVATED, card)

    def read() -> None:
        after = 0
        while not stop.is_set() or outbox.events(after=after):
            for event in outbox.events(after=after):
                seen.append(event.number)
                after = event.number

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write) for _ in range(4)]
    for item in (reader, *writers):
        item.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert seen == list(range(1, 42))
