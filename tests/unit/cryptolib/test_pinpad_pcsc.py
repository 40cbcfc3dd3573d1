# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A code entered at a reader of PC/SC, by the calls of the binding on every system's layout."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.reader.conftest import FakeLibrary

from caducee.base.errors import CardError, PinBlockedError, ReaderError, WrongPinError
from caducee.cryptolib import CpsCard, open_card
from caducee.reader.pcsc import PcscContext
from caducee.reader.pcsc.abi import LINUX, MACOS, WINDOWS, Abi
from caducee.reader.pcsc.native import WinScard
from caducee.spec.pcsc import PcscResult
from caducee.spec.pinpad import PadStatus
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.pinpad import Prompt, SimulatedPinPad
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[2] / "vectors" / "cards"
NAME = "Reader A"


class Chip:
    """A virtual card as a chip of the test library."""

    def __init__(self, image: str) -> None:
        self._card = VirtualCard(MemoryStore(CardImage.load(CARDS / image)), face="contact")
        self.resets = 0
        self.atr = self._card.power_on()

    def power_on(self) -> bytes:
        return self.atr

    def power_off(self) -> None:
        self._card.power_off()

    def reset(self) -> bytes:
        self.resets += 1
        return self._card.reset()

    def transmit(self, command: bytes) -> bytes:
        return self._card.transmit(command)


class Seat:
    def __init__(self, abi: Abi, image: str) -> None:
        self.library: Any = FakeLibrary(abi)
        self.chip = Chip(image)
        self.library.insert(NAME, self.chip)  # type: ignore[arg-type]  # as good as one
        self.typed: list[str | PadStatus] = []
        self.library.pin_pad = SimulatedPinPad(self.chip, self._next)
        self.card: CpsCard = open_card(PcscContext(WinScard(abi, self.library)).reader(NAME))

    def _next(self, _: Prompt) -> str | PadStatus:
        return self.typed.pop(0)


@pytest.fixture(params=["cps3.json", "cps4.json"])
def seat(request: pytest.FixtureRequest) -> Seat:
    return Seat(LINUX, request.param)


@pytest.mark.parametrize("abi", [LINUX, MACOS, WINDOWS], ids=lambda abi: abi.system)
def test_a_pin_entered_at_the_reader_opens_the_card_on_every_system(abi: Abi) -> None:
    seat = Seat(abi, "cps3.json")
    assert seat.card.pin_pad is not None
    seat.typed = ["1234"]
    seat.card.verify_at_reader()
    assert seat.card.typed
    assert len(seat.card.sign(b"one")) == len(seat.card.sign(b"two")) == 256


def test_the_card_is_closed_by_a_reset(seat: Seat) -> None:
    seat.typed = ["1234"]
    seat.card.verify_at_reader()
    before = seat.chip.resets
    seat.card.end_reader_login()
    assert seat.chip.resets == before
    seat.card.settle()
    assert seat.chip.resets == before + 1
    with pytest.raises(CardError) as caught:
        seat.card.sign(b"letter")
    assert caught.value.code == "cryptolib.pin_needed"


def test_closing_the_connection_closes_the_card(seat: Seat) -> None:
    seat.typed = ["1234"]
    seat.card.verify_at_reader()
    before = seat.chip.resets
    seat.card.close()
    assert seat.chip.resets == before + 1


def test_a_reset_by_another_program_shows_at_the_next_use(seat: Seat) -> None:
    seat.typed = ["1234"]
    seat.card.verify_at_reader()
    seat.chip.reset()
    seat.library.results["SCardBeginTransaction"] = [PcscResult.W_RESET_CARD]
    with pytest.raises(CardError) as caught:
        seat.card.sign(b"letter")
    assert caught.value.code == "cryptolib.pin_needed"


def test_wrong_pins_and_refusals_leave_the_card_closed(seat: Seat) -> None:
    seat.typed = ["9999", PadStatus.CANCELLED, "9999", "9999"]
    with pytest.raises(WrongPinError) as refused:
        seat.card.verify_at_reader()
    assert refused.value.facts["tries_left"] == 2
    with pytest.raises(ReaderError) as cancelled:
        seat.card.verify_at_reader()
    assert cancelled.value.code == "pin.cancelled"
    with pytest.raises(WrongPinError):
        seat.card.verify_at_reader()
    with pytest.raises(PinBlockedError):
        seat.card.verify_at_reader()
    with pytest.raises(PinBlockedError):
        seat.card.verify_at_reader()  # and nobody is asked
    assert not seat.typed
    assert not seat.card.typed


def test_a_reader_without_a_pin_pad_is_reported(seat: Seat) -> None:
    seat.library.pin_pad = None
    fresh = open_card(PcscContext(WinScard(LINUX, seat.library)).reader(NAME))
    for job in (fresh.verify_at_reader, fresh.change_at_reader):
        with pytest.raises(ReaderError) as caught:
            job()
        assert caught.value.code == "reader.feature_absent"
