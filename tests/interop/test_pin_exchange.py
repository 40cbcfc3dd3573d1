# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card exchanged in a reader of a real pcscd while its holder enters a code."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.cryptolib.conftest import content, keys

from caducee.base.errors import CpsError
from caducee.base.secret import Secret
from caducee.codec.carddata import SerialNumber
from caducee.cryptolib import CpsCard, open_card
from caducee.cryptolib.pin_tasks import PinTask, perform, read_pin_status
from caducee.middleware.pin_entry import EnteredPins
from caducee.reader.pcsc import PcscContext
from caducee.reader.transport import Reader
from caducee.reader.waiting import virtual_readers, wait_for_card, wait_until_gone
from caducee.spec.instructions import PinInstruction
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.personalise import PersonalisationData, cps3
from caducee.virtualcard.plug.vpcd import VpcdPlug
from caducee.virtualcard.store import MemoryStore

__all__ = ["content", "keys"]

pytestmark = pytest.mark.system

PIN, PUK, NEW = "1234", "12345678", "7302"
CODES = frozenset(map(int, PinInstruction))
REFUSALS = frozenset(
    ("cryptolib.card_exchanged", "reader.card_removed", "reader.card_mute", "reader.card_reset")
)
"""Before pcscd has looked again, the new card has not got its current: it is mute."""


class Noted(VirtualCard):
    """A card that notes the commands that carried a code."""

    codes: int = 0

    def transmit(self, command: bytes) -> bytes:
        self.codes += command[1] in CODES and len(command) > 5
        return super().transmit(command)


class Slot:
    """The first virtual reader, and cards that go in and out."""

    def __init__(self, folder: Path, context: PcscContext) -> None:
        self._folder = folder
        self._context = context
        self.reader: Reader = virtual_readers(context)[0]
        self._plug: VpcdPlug | None = None

    def insert(self, card: Noted) -> None:
        self._plug = VpcdPlug(card, slot=0, folder=self._folder)
        self._plug.start()
        wait_for_card(self._context, self.reader.name)

    def eject(self, *, noticed: bool = True) -> None:
        if self._plug is not None:
            self._plug.stop()
            self._plug = None
        if noticed:
            wait_until_gone(self._context, self.reader.name)


@pytest.fixture
def slot(pcscd: Path) -> Iterator[Slot]:
    with PcscContext() as context:
        made = Slot(pcscd, context)
        yield made
        made.eject()


def card_of(content: PersonalisationData, number: str) -> Noted:
    made = replace(content, card_number=number, serial=SerialNumber.make(number[:8]))
    return Noted(MemoryStore(cps3(made)))


def codes(task: PinTask) -> EnteredPins:
    old = PUK if task is PinTask.UNBLOCK else PIN
    return EnteredPins(Secret.of(old), None if task is PinTask.ENTER else Secret.of(NEW))


@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "at-once"])
@pytest.mark.parametrize("task", list(PinTask))
def test_no_code_reaches_the_card_that_took_the_place(
    slot: Slot, content: PersonalisationData, task: PinTask, noticed: bool
) -> None:
    """By a connection to the first card, and by a new one; also before pcscd looked again."""
    first, second = card_of(content, "2900995235"), card_of(content, "2900996643")
    slot.insert(first)
    with open_card(slot.reader) as card:
        seen = read_pin_status(card)
        slot.eject(noticed=noticed)
        slot.insert(second)
        for way in (contextlib.nullcontext(card), _Opened(slot.reader)):
            with pytest.raises(CpsError) as caught, way as used:
                perform(used, seen, task, codes(task))
            assert caught.value.code in REFUSALS
    assert second.codes == 0 and first.codes == 0
    slot.eject()
    slot.insert(second)
    with open_card(slot.reader) as card:
        found = read_pin_status(card)
        assert found.card.icc != seen.card.icc
        perform(card, found, task, codes(task))
    assert second.codes > 0


class _Opened:
    """Opens the card when the block begins."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __enter__(self) -> CpsCard:
        self._card = open_card(self._reader)
        return self._card

    def __exit__(self, *_: object) -> None:
        self._card.close()
