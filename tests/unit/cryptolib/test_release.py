# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How the card forgets the PIN at the end of a transaction, alone and beside another program."""

from pathlib import Path

import pytest

from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, open_card
from caducee.cryptolib.release import Release
from caducee.reader.memory import MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[2] / "vectors" / "cards"
CLA = {"cps3": "00", "cps4": "01"}


class Seat:
    """A card in a reader beside another program; it may refuse or belie the commands to forget."""

    def __init__(self, face: str, forgets: str = "yes") -> None:
        self.card = VirtualCard(MemoryStore(CardImage.load(CARDS / f"{face}.json")))
        self.forgets, self.resets = forgets, 0
        self.sent: list[str] = []
        self._cla = CLA[face]
        self._reader = MemoryReader()
        self._reader.insert(self)
        self._reader.shared = True

    def power_on(self) -> bytes:
        return self.card.power_on()

    def power_off(self) -> None:
        self.card.power_off()

    def reset(self) -> bytes:
        self.resets += 1
        return self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command[:4].hex().upper())
        if command[1:3] == b"\x20\xff" and self.forgets != "yes":
            return bytes.fromhex("6A86" if self.forgets == "no" else "9000")
        return self.card.transmit(command)

    def open(self, how: Release = Release.AUTO) -> CpsCard:
        card = open_card(self._reader)
        card.releaser.how = how
        card.keep_pin(Secret.of("1234"))
        return card

    @property
    def is_open(self) -> bool:
        return self.card.transmit(bytes.fromhex(self._cla + "200001")) == b"\x90\x00"


@pytest.mark.parametrize("face", CLA)
def test_beside_another_program_the_card_forgets_by_a_command(face: str) -> None:
    seat = Seat(face)
    seat.open().sign(b"a letter")
    assert not seat.is_open
    assert seat.resets == 0


def test_a_card_that_says_it_forgot_and_did_not_is_found_out() -> None:
    seat = Seat("cps3", forgets="lies")
    card = seat.open()
    card.sign(b"a letter")
    assert card.releaser.opened


def test_a_cps4_that_refuses_the_command_forgets_with_a_new_selection() -> None:
    seat = Seat("cps4", forgets="no")
    card = seat.open()
    card.sign(b"a letter")
    assert not seat.is_open
    seat.sent.clear()
    card.sign(b"a letter")
    assert not seat.is_open
    assert seat.resets == 0
    assert "0120FF01" not in seat.sent  # what the card refused is not tried again


def test_a_cps3_that_refuses_the_command_is_reset_when_the_login_ends() -> None:
    seat = Seat("cps3", forgets="no")
    card = seat.open()
    card.sign(b"a letter")
    assert (seat.is_open, seat.resets) == (True, 0)
    card.close_if_open()
    card.rest()
    assert (seat.is_open, seat.resets) == (False, 1)


def test_what_another_program_opened_is_left_open() -> None:
    seat = Seat("cps3")
    card = seat.open()
    seat.card.transmit(bytes.fromhex("002000010431323334"))
    card.sign(b"a letter")
    assert seat.is_open


@pytest.mark.parametrize(("how", "resets", "is_open"), [("reset", 1, False), ("leave", 0, True)])
def test_the_setting_chooses(how: str, resets: int, is_open: bool) -> None:
    seat = Seat("cps3")
    seat.open(Release(how)).sign(b"a letter")
    assert (seat.resets, seat.is_open) == (resets, is_open)


def test_a_transaction_without_a_pin_costs_no_reset() -> None:
    seat = Seat("cps3")
    with seat.open().transaction():
        pass
    assert seat.resets == 0
