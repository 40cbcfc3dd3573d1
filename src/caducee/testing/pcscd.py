# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures with a real pcscd, and virtual cards in its readers.

Each test process has a pcscd of its own, in a network and with a PC/SC socket of its own: they
stand beside the system's, and beside those of other test processes (pytest-xdist). They need
root, pcscd and vpcd; where one is missing, the test fails and says which.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.plug.link import ServedChip

__all__ = ["InsertCard", "inserted_card", "pcscd"]


class InsertCard(Protocol):
    """What `inserted_card` gives to a test."""

    def __call__(self, card: "CardImage | ServedChip") -> str:
        """Put a card image (run in memory), or any chip, into the first free virtual reader.

        Waits until PC/SC shows it, and returns the name of the reader.
        """


@pytest.fixture(scope="session")
def pcscd() -> Iterator[Path]:
    """The folder of a running pcscd, whose socket every program of this test process uses."""
    from caducee.virtualcard.plug.pcscd import private_service

    with private_service() as folder:
        yield folder


@pytest.fixture
def inserted_card(pcscd: Path) -> Iterator[InsertCard]:
    """A function that inserts a card into a virtual reader (`InsertCard`); all leave at the end."""
    from caducee.reader.pcsc import PcscContext
    from caducee.reader.waiting import virtual_readers, wait_for_card, wait_until_gone
    from caducee.spec.virtual_reader import SLOTS
    from caducee.virtualcard.card import VirtualCard
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.plug.link import ServedChip
    from caducee.virtualcard.plug.vpcd import VpcdPlug
    from caducee.virtualcard.store import MemoryStore

    with ExitStack() as leaving, PcscContext() as context:
        taken: set[int] = set()

        def insert(card: CardImage | ServedChip) -> str:
            readers = virtual_readers(context)
            slot = next(
                index
                for index in range(SLOTS)
                if index not in taken and not readers[index].status().present
            )
            taken.add(slot)
            chip = VirtualCard(MemoryStore(card)) if isinstance(card, CardImage) else card
            plug = VpcdPlug(chip, slot=slot, folder=pcscd)
            plug.start()
            leaving.callback(wait_until_gone, context, readers[slot].name)
            leaving.callback(plug.stop)
            wait_for_card(context, readers[slot].name)
            return readers[slot].name

        yield insert
