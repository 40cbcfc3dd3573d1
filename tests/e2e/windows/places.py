# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where scenes play: a world with cards, and readers in memory that hold them."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from caducee.base.clock import SystemClock
from caducee.cli.manager import make_ports
from caducee.cryptolib import CpsCard, open_card
from caducee.desktop.manager.ports import Ports
from caducee.issuance import CardPins
from caducee.issuance import profiles as ready
from caducee.middleware.requests import RequestServer
from caducee.reader.cancelling import CancellableReader, CancelToken, named
from caducee.reader.memory import Chip, MemoryContext, MemoryReader
from caducee.sandbox.faults import make_fault
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.faults.switch import FaultRequest, done
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault
from caducee.virtualcard.store import MemoryStore

__all__ = ["READERS", "MemoryCards", "Place", "make_world"]

READERS = ("SCM Microsystems SCR 3310 00 00", "ACS ACR1252 Contactless 01 00")
DOCTOR, NURSE = "cps-medecin", "cpe-administratif"
_OF_THE_WORLD = (FaultName.EXPIRED, FaultName.NOT_YET_VALID, FaultName.REVOKED)


def make_world(folder: Path) -> Path:
    """Make a world with a card of each kind that scenes show; return its folder."""
    keys = SharedKeys()
    with Sandbox.create(folder, ca_keys=keys) as world:
        for name in ("doctor", "other", "revoked"):
            order = ready.profile(DOCTOR).order(world.registry)
            made = world.issue(replace(order, pins=CardPins.of_test_cards()), keys=keys)
            (folder / f"{name}.card").write_text(made.card.number)
    return folder


class MemoryCards:
    """The port ``Cards`` over readers in memory."""

    def __init__(self, *names: str) -> None:
        self.context = MemoryContext(*(MemoryReader(name) for name in names))

    def readers(self) -> MemoryContext:
        return self.context

    def insert(self, number: int, chip: Chip) -> None:
        """Put a card into a reader."""
        list(self.context.readers())[number].insert(chip)

    def eject(self, number: int) -> None:
        """Take it out."""
        list(self.context.readers())[number].eject()

    def open(
        self, reader: str, token: CancelToken | None = None, *, unfinished: bool = False
    ) -> CpsCard:
        found = named(self.context.readers(), reader)
        chosen = found if token is None else CancellableReader(found, token)
        return open_card(chosen, unfinished=unfinished)

    def close(self) -> None:
        self.context.close()


@dataclass(frozen=True)
class Place:
    """A world, and the language in which scenes speak."""

    world: Path
    language: str

    def card(self, name: str = "doctor", *faults: FaultName) -> Chip:
        """Return a card of the world, as it left the factory, with faults."""
        path = self._path(name)
        wanted = [self._fault(path, fault) for fault in faults]
        image = done(
            CardImage.load(path), [FaultRequest(item) for item in wanted if item is not None]
        )
        return FaultyCard(MemoryStore(image))

    def _path(self, name: str) -> Path:
        number = (self.world / f"{name}.card").read_text()
        return next(path for path in (self.world / "cards").iterdir() if number in path.name)

    def _fault(self, path: Path, name: FaultName) -> Fault | None:
        if name not in _OF_THE_WORLD:
            return Fault(name=name)
        with Sandbox(self.world) as world:
            return make_fault(world, path, name)

    def ports(self, *chips: Chip | None) -> Ports:
        """Return the ports of the command ``caducee manager``, with readers in memory."""
        requests = Path(mkdtemp()) / "requests.sock"  # of this window alone
        cards = MemoryCards(*READERS[: len(chips)])
        for number, chip in enumerate(chips):
            if chip is not None:
                cards.insert(number, chip)
        return replace(
            make_ports(self.world),
            cards=cards,
            settings=None,
            logs=None,
            requests=RequestServer(SystemClock(), path=requests),
        )
