# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Events tell those who must know, by a documented schema, in order and without gaps."""

import json
import threading
from pathlib import Path

import jsonschema
import pytest
from tests.unit.ordering import scenarios
from tests.unit.ordering.scenarios import ZOE

from caducee.directory.registry import Registry
from caducee.services.ordering.items import StopReason
from caducee.services.ordering.outbox import Event, EventKind, Outbox, schema
from caducee.services.ordering.service import Ordering

pytestmark = pytest.mark.usefixtures("accounts")

DOCUMENTED = Path("docs/reference/ordering-events.schema.json")


def test_the_schema_is_the_documented_one() -> None:
    assert json.loads(DOCUMENTED.read_text(encoding="utf-8")) == schema()


def test_every_body_follows_the_schema(ordering: Ordering) -> None:
    order, _ = scenarios.delivered(ordering, scenarios.cards("cps-medecin", "cpe", "near-expiry"))
    first, second, _third = (item.card_number or "" for item in ordering.items.page(order.id))
    ordering.cards.activate(first, ZOE)
    ordering.cards.lose(first, ZOE, StopReason.STOLEN)
    ordering.cards.destroy(second, ZOE)
    ordering.cards.replace(first, ZOE)
    while ordering.worker.work("w1"):
        pass
    order = ordering.orders.order(order.id)
    ordering.letters.make(order, ZOE)
    ordering.shipments.deliver(order, ZOE)
    ordering.cards.activate(ordering.items.page(order.id)[-1].card_number or "", ZOE)
    events = ordering.outbox.events()
    assert {event.kind for event in events} == set(EventKind)
    for event in events:
        jsonschema.validate(json.loads(event.body), schema())
    assert [event.number for event in events] == list(range(1, len(events) + 1))


def test_a_reader_goes_on_where_it_stopped(ordering: Ordering) -> None:
    scenarios.ready(ordering, scenarios.cards("cps-medecin", quantity=5))
    seen: list[Event] = []
    after = 0
    while page := ordering.outbox.events(after=after, count=2):
        seen += page
        after = page[-1].number
    assert [event.number for event in seen] == [1, 2, 3, 4, 5]


def test_a_reader_misses_none_of_many_writers(ordering: Ordering, registry: Registry) -> None:
    order = scenarios.ready(ordering, scenarios.cards("cps-medecin"))
    card = registry.cards.get(ordering.items.page(order.id)[0].card_number or "")
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
