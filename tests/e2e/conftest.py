# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A world with a running portal, and cards that log in to it."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from caducee.authority.keys import KeySource
from caducee.cryptolib import open_card
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.portal import PortalClient, trusting
from caducee.cryptolib.tls import use_card
from caducee.directory.model import Person, Structure
from caducee.issuance import CardOrder, CardPins, IssuedCard, Practice
from caducee.issuance.identities import new_person, practice_of
from caducee.reader.memory import MemoryReader
from caducee.reader.pcsc import PcscContext
from caducee.relying.policy import CardPolicy
from caducee.sandbox.world import Sandbox
from caducee.services.web.settings import PortalAddresses
from caducee.spec.nomenclatures import CardFamily
from caducee.testing.keys import SharedKeys
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import MemoryStore

type OpenCard = Callable[[IssuedCard], AbstractContextManager[CpsCard]]

KEYS = SharedKeys()
EMPLOYEE = Person("30B0057881/CPET0002", "ADMINISTRATIF-CH057880002", "CHARLES")
HOSPITAL = Practice(Structure("10B0057881", "HOPITAL DES 3 DAMES", department="75"), "SA01", "01")


@dataclass(frozen=True)
class Place:
    """A world, and the addresses of its portal."""

    world: Sandbox
    addresses: PortalAddresses

    def issue(self, family: CardFamily = CardFamily.CPS, **details: Any) -> IssuedCard:
        """Issue a card with the codes of test cards: a CPS to somebody new, or a CPE."""
        if family is CardFamily.CPE:
            person, practice = EMPLOYEE, HOSPITAL
        else:
            person = new_person(self.world.registry)
            practice = Practice(practice_of(person), "SA07", "00")
        order = CardOrder(
            person=person,
            practices=(practice,),
            pins=CardPins.of_test_cards(),
            family=family,
            **details,
        )
        return self.world.issue(order, keys=KEYS)

    def context(self) -> ssl.SSLContext:
        """Return a client context that trusts the portal."""
        return trusting(self.world.server_root())

    def log_in(self, card: CpsCard, origin: str | None = None) -> tuple[int, dict[str, Any]]:
        """Log in by TLS client certificate."""
        context = self.context()
        use_card(context, card)
        with PortalClient(origin or self.addresses.tls12, context) as client:
            return client.get("/login/certificate")


@contextmanager
def running_place(folder: Path, *, keep_alive_seconds: int = 5) -> Iterator[Place]:
    """A world whose authorities of CPS and CPE cards exist, with its portal running."""
    keys: KeySource = KEYS
    Sandbox.create(folder, ca_keys=keys).close()
    settings = folder / "sandbox.toml"
    chosen = f"[portal]\nkeep_alive_seconds = {keep_alive_seconds}\n"
    settings.write_text(settings.read_text("utf-8").replace("[portal]\n", chosen), "utf-8")
    with Sandbox(folder, ca_keys=keys) as world:
        Place(world, PortalAddresses("", "", "")).issue(CardFamily.CPE)
        policy = CardPolicy.test_cards()
        policy = replace(policy, families=frozenset({CardFamily.CPS, CardFamily.CPF}))
        with world.portal(policy) as addresses:
            yield Place(world, addresses)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A world of the test's own."""
    with running_place(tmp_path / "world") as made:
        yield made


@pytest.fixture
def in_memory() -> OpenCard:
    """Opens a card that sits in a reader in memory."""

    @contextmanager
    def opened(issued: IssuedCard) -> Iterator[CpsCard]:
        reader = MemoryReader("memory")
        reader.insert(VirtualCard(MemoryStore(issued.image)))
        with open_card(reader) as card:
            card.verify(issued.pin)
            yield card

    return opened


@pytest.fixture
def in_pcscd(inserted_card: InsertCard) -> OpenCard:
    """Opens a card that sits in a reader of a real pcscd."""

    @contextmanager
    def opened(issued: IssuedCard) -> Iterator[CpsCard]:
        with ExitStack() as stack:
            name = inserted_card(issued.image)
            context = stack.enter_context(PcscContext())
            card = stack.enter_context(open_card(context.reader(name)))
            card.verify(issued.pin)
            yield card

    return opened
