# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Processes that take an order the whole way and are killed on it; run by `test_killed`.

Reads a JSON list of tasks and forks one process for each, after another. A process counts its
steps: every commit, and every file that gets its name or loses it. It kills itself before the
step that its task names, so that every state that the disk ever has is one in which somebody died.
Each process goes on where the one before it died, as a worker and a client that are started again.
"""

import datetime as dt
import errno
import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from msgspec.structs import replace
from tests.unit.ordering import scenarios
from tests.unit.ordering.conftest import AT, FIT
from tests.unit.ordering.scenarios import MAKER, REVIEWER, ZOE

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import CpsError
from caducee.base.files import write_atomic
from caducee.base.secret import Secret
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardPins
from caducee.services.ordering import production, schema
from caducee.services.ordering.database import prepare
from caducee.services.ordering.form import CardLine
from caducee.services.ordering.items import ItemState, StopReason
from caducee.services.ordering.orders import Order
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

FORM = replace(
    FIT, cards=(CardLine(product="cps-medecin", quantity=2), CardLine(product="revoked"))
)
LATER = 3 * 60
"""Seconds after which the lease of a worker that died is over."""

_STEPS = 0


class Folder:
    """A reader that keeps cards in files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def receive(self, card_number: str, image: bytes) -> str:
        path = self._folder / f"{card_number}.json"
        if not path.exists():
            write_atomic(path, image)
        return str(path)


def step(kill: int) -> None:
    """Count a step, and die before it when it is the one."""
    global _STEPS  # noqa: PLW0603 (one counter for the process)
    _STEPS += 1
    if kill == _STEPS:
        os.kill(os.getpid(), signal.SIGKILL)


def watch(kill: int) -> None:
    """Have every commit and every change of a name counted."""

    def before[**P, R](does: Callable[P, R]) -> Callable[P, R]:
        def counted(*args: P.args, **kwargs: P.kwargs) -> R:
            step(kill)
            return does(*args, **kwargs)

        return counted

    dialect = sa.engine.default.DefaultDialect
    dialect.do_commit = before(dialect.do_commit)  # type: ignore[method-assign]
    os.link, os.replace, os.unlink = before(os.link), before(os.replace), before(os.unlink)


def opened(url: str, folder: Path, keys: SharedKeys, seconds: int = 0) -> Ordering:
    clock = FixedClock(AT + dt.timedelta(seconds=seconds))
    registry = Registry(url, clock=clock)
    prepare(registry)
    authority = Authority(folder / "ca", RegistryRecords(registry), clock, keys=keys)
    (folder / "reader").mkdir(exist_ok=True)
    reader = Folder(folder / "reader")
    return Ordering(registry, authority, folder / "ordering", keys=keys, reader=reader)


def world(url: str, folder: Path, keys: SharedKeys) -> None:
    """Make what every victim begins with: accounts and authorities."""
    ordering = opened(url, folder, keys)
    with ordering.registry.writing() as connection:
        row = {"id": "zoe", "name": "Zoé", "language": "fr", "created_at": AT}
        connection.execute(sa.insert(schema.account).values(row))
    for domain in (igc.Domain.PERSONNES, igc.Domain.ORGANISATIONS):
        ordering.authority.certificate(igc.ca(igc.Range.FORT, domain))
        ordering.authority.certificate(igc.ca(igc.Range.ELEMENTAIRE, domain))
    ordering.registry.close()


def whole_way(ordering: Ordering, folder: Path) -> None:
    """Take the order on from wherever it stands until it is in hand."""
    order = ordering.orders.begin("zoe", FORM, request_key="only")
    if order.state is OrderState.DRAFT:
        order = ordering.orders.submit(order, ZOE, "{}")
    if order.state is OrderState.SUBMITTED:
        order = ordering.act(order, REVIEWER, OrderAction.ACCEPT)
    if order.state is OrderState.ACCEPTED:
        order = ordering.act(order, MAKER, OrderAction.PRODUCE)
    ordering.worker.work(f"worker-{os.getpid()}")
    order = ordering.orders.order(order.id)
    if order.state in (OrderState.READY, OrderState.DELIVERED):
        taken(ordering, order, folder)


def taken(ordering: Ordering, order: Order, folder: Path) -> None:
    codes, archive = folder / "codes.json", folder / "cards.zip"
    if not codes.exists():
        letter = scenarios.opened(ordering, order)
        lines = {card.card_number: card.pin.reveal().decode() for card in letter.cards}
        write_atomic(codes, json.dumps(lines).encode())
    if not archive.exists():
        ordering.shipments.deliver(order, ZOE)
        into = io.BytesIO()
        ordering.shipments.write(ordering.orders.order(order.id), ZOE, into)
        write_atomic(archive, into.getvalue())
    ordering.shipments.received(ordering.orders.order(order.id), ZOE)


def whole_life(ordering: Ordering, folder: Path) -> None:
    """Take delivered cards through their life: used, lost, replaced, ended."""
    (order,) = ordering.orders.of("zoe")
    first, second, _third = (
        item.card_number or "" for item in ordering.items.page(order.id, count=3)
    )
    if ordering.cards.history(first).item.state is ItemState.TAKEN:
        ordering.cards.activate(first, ZOE)
    ordering.cards.lose(first, ZOE, StopReason.LOST)
    if order.state is OrderState.DELIVERED:
        ordering.cards.replace(first, ZOE)
        ordering.worker.work(f"worker-{os.getpid()}")
        replaced(ordering, order)
        ordering.cards.destroy(second, ZOE)
        order = ordering.act(ordering.orders.order(order.id), ZOE, OrderAction.END)
    while ordering.worker.work(f"worker-{os.getpid()}"):
        pass


def replaced(ordering: Ordering, order: Order) -> None:
    new = ordering.items.page(order.id)[-1]
    if new.state is ItemState.MADE:
        scenarios.opened(ordering, order)
        ordering.shipments.deliver(order, ZOE)
    ordering.shipments.received(ordering.orders.order(order.id), ZOE)
    ordering.cards.activate(new.card_number or "", ZOE)


def random_pins(_: object = None) -> CardPins:
    """Codes that are found when they stand anywhere: both of eight digits."""
    numbers = [f"{int.from_bytes(os.urandom(4)) % 90_000_000 + 10_000_000}" for _ in range(2)]
    return CardPins(*map(Secret.of, numbers))


def live(task: dict[str, object], keys: SharedKeys) -> int:
    """Be one process; returns its exit code."""
    folder = Path(str(task["folder"]))
    if task.get("make"):
        world(str(task["url"]), folder, keys)
        return 0
    ordering = opened(str(task["url"]), folder, keys, int(str(task.get("later", 0))))
    if task.get("work"):
        ordering.worker.work(f"worker-{os.getpid()}")
        return 0
    room = task.get("room")
    if room is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(str(room)), resource.RLIM_INFINITY))
    watch(int(str(task.get("kill", 0))))
    try:
        (whole_life if task.get("life") else whole_way)(ordering, folder)
    except CpsError as error:
        sys.stderr.write(f"{error}\n")
        return errno.ENOSPC if room is not None else 1
    (folder / "steps").write_text(str(_STEPS))
    return 0


def main() -> None:
    production._BATCH = 2
    CardPins.random = random_pins  # type: ignore[method-assign]
    keys = SharedKeys(card_keys=3)
    for ca in igc.TEST_CAS:
        keys.ca_key(ca.key_name)
    for _ in range(3):
        keys.card_key()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            code = 70
            try:
                code = live(json.loads(line), keys)
            finally:
                os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
