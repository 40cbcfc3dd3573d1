# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The ordering service of a sandbox: its reader, its pool of keys, and orders in one step."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from caducee.base.errors import ReaderError, StateError
from caducee.base.files import make_folder, write_new
from caducee.issuance.keys import KeyPool
from caducee.relying.nonces import SharedNonces, StoredNonces
from caducee.services.ordering import schema
from caducee.services.ordering.accounts import Accounts
from caducee.services.ordering.database import prepare
from caducee.services.ordering.form import OrderForm
from caducee.services.ordering.items import OrderItem
from caducee.services.ordering.letters import Letter
from caducee.services.ordering.mail import OutgoingMail
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.tools import MAKER, JobKind
from caducee.services.ordering.worker import worker_name
from caducee.services.web.settings import PortalAddresses
from caducee.store import open_store
from caducee.trust.fetch import FetchTransport
from caducee.virtualcard.image import CardImage

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from caducee.sandbox.world import Sandbox

__all__ = [
    "LOCAL",
    "QuickOrder",
    "WorldReader",
    "enter_account",
    "fill_pool",
    "mailbox",
    "open_accounts",
    "open_ordering",
    "quick",
    "running_site",
    "shared_nonces",
]

LOCAL = "local"
"""The account of the user of the sandbox's machine."""

_AUTOMATIC = Actor("automatic", Role.REVIEWER)
"""Reviewers of one-step orders: none in a sandbox."""


_PAUSE = 0.05
"""Seconds between two looks at an order that another worker makes."""

_PATIENCE = 2400
"""Looks before it is given up: as long as a worker that died keeps its job."""


class WorldReader:
    """Takes cards into the sandbox: into its folder, and into a virtual reader when asked to.

    ``plug``: whether cards go into the virtual reader of a running PC/SC service too, as long as
    slots are free there.
    """

    def __init__(self, world: "Sandbox", *, plug: bool = False) -> None:
        self._world = world
        self._plug = plug

    def receive(self, card_number: str, image: bytes) -> str:
        """Keep a card image and return where it is. Raises `StateError`.

        One that is there already stays as it is: it may be in use, and its PINs tried.
        """
        path = self._world.keep(card_number, CardImage.from_json(image))
        return (self._reader(path) if self._plug else None) or str(path)

    def _reader(self, path: Path) -> str | None:
        """Put a card into a free slot; none where no PC/SC service runs, or no slot is free."""
        from caducee.virtualcard.plug import slots
        from caducee.virtualcard.plug.pcscd import answers, chosen_folder, socket_in

        folder = chosen_folder()
        if not answers(socket_in(folder)):
            return None
        made = slots.find(path, folder)
        if not made:
            try:
                made = slots.insert(path, pcscd=folder)
            except (ReaderError, StateError):
                # Who waited for another to insert this very card finds it in use.
                made = slots.find(path, folder)
        return f"{path} (slot {made[0].slot})" if made else None


@dataclass(frozen=True, slots=True, eq=False)
class QuickOrder:
    """Cards in hand, in one step."""

    order: Order
    letter: Letter
    """The PINs; kept nowhere else."""

    items: tuple[OrderItem, ...]
    places: tuple[str, ...]
    """Where the cards are, in the order of ``letter.cards``."""


def open_ordering(world: "Sandbox", *, plug: bool = False) -> Ordering:
    """Return the ordering service of a world; its tables are made if need be."""
    prepare(world.registry)
    return Ordering(
        world.registry,
        world.authority,
        world.folder / "ordering",
        keys=_pool(world).spare(),
        reader=WorldReader(world, plug=plug),
        mail=_mail(world),
    )


def mailbox(world: "Sandbox") -> Path:
    """Return the folder of messages that the ordering service sent."""
    return world.folder / "ordering" / "mail"


def open_accounts(world: "Sandbox", ordering: Ordering) -> Accounts:
    """Return the accounts of the ordering service of a world; its mail stays in a folder."""
    return Accounts(world.registry, ordering.trail, _mail(world))


def _mail(world: "Sandbox") -> OutgoingMail:
    return OutgoingMail(mailbox(world), world.clock)


@contextmanager
def running_site(
    world: "Sandbox", *, transport: FetchTransport | None = None, plug: bool = True
) -> Iterator[PortalAddresses]:
    """Run the pages and the worker for the length of a ``with`` block; gives the addresses."""
    from caducee.services.ordering.api import api_routes
    from caducee.services.ordering.site.app import create_app
    from caducee.services.web.serving import running_app

    ordering = open_ordering(world, plug=plug)
    accounts, verifier = open_accounts(world, ordering), world.verifier(transport=transport)
    ports = world.settings.ordering
    settings = replace(
        world.portal_settings(),
        bind=ports.bind,
        open_port=ports.open_port,
        tls12_port=ports.tls12_port,
        tls13_port=ports.tls13_port,
    )

    def make(addresses: PortalAddresses) -> "ASGIApp":
        return create_app(
            ordering,
            accounts,
            verifier,
            world.clock,
            addresses,
            nonces=nonces,
            more=api_routes(ordering),
        )

    with (
        shared_nonces(world) as nonces,
        _working(ordering),
        running_app(settings, make, world.clock) as addresses,
    ):
        yield addresses


@contextmanager
def shared_nonces(world: "Sandbox") -> Iterator[SharedNonces]:
    """Give what the processes of one world share, so that each takes the nonces of the others.

    Used nonces stand in the database of the registry when that is a server, else in a file beside
    the orders. Raises `StateError`.
    """
    folder = world.folder / "ordering"
    make_folder(folder)
    key = folder / "nonce.key"
    write_new(key, secrets.token_bytes(32))
    named = world.settings.registry or ""
    server = named.startswith("postgresql")
    url = named if server else f"sqlite:///{(folder / 'state.db').absolute()}"
    with open_store(url, world.clock) as store:
        yield SharedNonces(key.read_bytes(), StoredNonces(store))


@contextmanager
def _working(ordering: Ordering) -> Iterator[None]:
    """Let a worker of this process make what is ordered."""
    stop = threading.Event()
    thread = threading.Thread(
        target=ordering.worker.run, args=(stop,), name="caducee-ordering", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def fill_pool(world: "Sandbox", count: int) -> None:
    """Make keys ahead, so that an order of one step takes no time for them."""
    _pool(world).fill(count)


def quick(world: "Sandbox", ordering: Ordering, form: OrderForm) -> QuickOrder:
    """Order, make and hand over in one step, for continuous integration.

    The form goes the whole way, with every step in the trail; it is accepted by the sandbox
    itself. Raises what the steps raise; an order that cannot be made is `StateError`
    (``ordering.item_failed``).
    """
    enter_account(world, LOCAL)
    me = Actor(LOCAL, Role.APPLICANT)
    order = ordering.orders.begin(LOCAL, form)
    order = ordering.orders.submit(order, me, msgspec.json.encode({"by": "sandbox"}).decode())
    order = ordering.act(order, _AUTOMATIC, OrderAction.ACCEPT)
    order = ordering.act(order, MAKER, OrderAction.PRODUCE)
    order = _made(ordering, order)
    progress = ordering.production.progress(order)
    letter = ordering.letters.open(ordering.letters.make(order, me).secret)
    places = ordering.shipments.deliver(order, me)
    order = ordering.orders.order(order.id)
    items = ordering.items.page(order.id, count=progress.total)
    ordering.shipments.received(order, me)
    return QuickOrder(order, letter, items, places)


def _made(ordering: Ordering, order: Order) -> Order:
    """Make an order, or wait for the worker of the site, which may have been faster."""
    name = worker_name()
    for _ in range(_PATIENCE):
        ordering.worker.do(JobKind.PRODUCE, order.id, name)
        order = ordering.orders.order(order.id)
        progress = ordering.production.progress(order)
        if progress.error or progress.failed:
            break
        if order.state is OrderState.READY:
            return order
        time.sleep(_PAUSE)
    raise StateError("ordering.item_failed", number=order.number, reason=progress.error or "-")


def _pool(world: "Sandbox") -> KeyPool:
    return KeyPool(world.folder / "ordering" / "keys")


def enter_account(world: "Sandbox", name: str) -> None:
    """Create an account for a user of this machine, unless it exists."""
    row = {"id": name, "name": name, "language": "fr", "created_at": world.clock.now()}
    with world.registry.writing() as connection:
        insert = world.registry.insert(schema.account).values(row)
        connection.execute(insert.on_conflict_do_nothing())
