# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The chip with faults, without any reader of cards: bytes in, bytes out."""

import msgspec
import pytest

from caducee.spec.foreign_cards import PAYMENT, VITALE
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.faults.store import FaultStore
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile, Fault
from caducee.virtualcard.store import MemoryStore, Store

MF = bytes.fromhex("00A4000C023F00")
VERIFY = bytes.fromhex("002000010431323334")
WRONG = bytes.fromhex("002000010430303030")
TRIES = bytes.fromhex("00200001")
WRITE = VERIFY, bytes.fromhex("00A4090C063F000001D107"), bytes.fromhex("00D60000021234")
READ = WRITE[1], bytes.fromhex("00B0000002")
OK = b"\x90\x00"


class Bench:
    """A faulty card with current, in a store that can be looked into."""

    def __init__(self, image: CardImage, *faults: Fault) -> None:
        self.store = MemoryStore(image)
        self.slept: list[float] = []
        self.left = 0
        self.card = FaultyCard(self.store, sleep=self.slept.append)
        self.card.leave = self.leave
        for fault in faults:
            self.card.store.switch(fault)
        self.atr = self.card.power_on()

    def leave(self) -> None:
        self.left += 1

    def send(self, *commands: bytes) -> list[bytes]:
        return [self.card.transmit(command) for command in commands]


def test_a_card_without_faults_answers_as_the_card_itself(image: CardImage) -> None:
    plain = VirtualCard(MemoryStore(image))
    bench = Bench(image)
    assert bench.atr == plain.power_on()
    assert bench.send(MF, VERIFY, b"") == [plain.transmit(item) for item in (MF, VERIFY, b"")]
    assert bench.card.reset() == plain.reset()
    assert bench.card.present


def test_a_card_without_current_is_silent(image: CardImage) -> None:
    bench = Bench(image)
    bench.card.power_off()
    assert bench.send(MF) == [b""]


def test_a_mute_card_gives_neither_answer_to_reset_nor_answers(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.MUTE))
    assert (bench.atr, bench.card.reset(), bench.send(MF)) == (b"", b"", [b""])
    assert bench.card.present


def test_a_slow_card_waits_before_each_answer(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.SLOW, delay=250))
    assert bench.send(MF, MF) == [OK, OK]
    assert bench.slept == [0.25, 0.25]


def test_a_torn_card_answers_the_last_command_and_is_gone(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.TORN, after=3))
    assert bench.send(MF, MF) == [OK, OK]
    assert (bench.card.present, bench.left) == (True, 0)
    assert bench.send(MF) == [OK]
    assert (bench.card.present, bench.left) == (False, 1)
    assert bench.send(MF) == [b""]
    assert bench.card.reset() == b""
    assert bench.left == 1


def test_a_card_removed_in_mid_command_has_done_it_and_does_not_say_so(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.REMOVED, after=2))
    assert bench.send(MF, WRONG) == [OK, b""]
    assert (bench.card.present, bench.left) == (False, 1)
    assert bench.store.image.pins[0].tries_left == 2


def test_a_card_that_is_put_in_again_counts_anew(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.TORN, after=2))
    bench.send(MF, MF)
    assert bench.card.power_on() == bench.atr
    assert bench.card.present
    assert bench.send(MF, MF, MF) == [OK, OK, b""]


def test_a_reset_and_current_off_do_not_begin_the_count_anew(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.TORN, after=2))
    bench.send(MF)
    bench.card.reset()
    bench.card.power_off()
    bench.card.power_on()
    assert bench.send(MF, MF) == [OK, b""]


@pytest.mark.parametrize(("name", "atr"), [("vitale", VITALE), ("payment", PAYMENT)])
def test_a_foreign_card_shows_its_own_answer_to_reset_and_knows_no_command(
    image: CardImage, name: str, atr: bytes
) -> None:
    bench = Bench(image, Fault(name=FaultName(name)))
    assert bench.atr == bench.card.reset() == atr
    assert bench.send(MF, WRONG) == [b"\x6e\x00", b"\x6e\x00"]
    assert bench.store.image.pins[0].tries_left == 3


def test_a_card_becomes_foreign_at_its_next_reset_only(image: CardImage) -> None:
    bench = Bench(image)
    bench.card.store.switch(Fault(name=FaultName.VITALE))
    assert bench.send(MF) == [OK]
    assert bench.card.reset() == VITALE
    bench.card.store.switch(None)
    assert bench.send(MF) == [b"\x6e\x00"]
    assert bench.card.reset() == bench.atr


def test_the_switch_begins_the_count_and_keeps_the_session(image: CardImage) -> None:
    bench = Bench(image)
    bench.send(VERIFY, MF, MF)
    bench.card.store.switch(Fault(name=FaultName.TORN, after=2))
    assert bench.send(TRIES, MF, MF) == [OK, OK, b""]


def test_a_fault_of_what_the_card_holds_resets_a_running_card(image: CardImage) -> None:
    bench = Bench(image)
    assert bench.send(VERIFY, TRIES) == [OK, OK]
    bench.card.store.switch(Fault(name=FaultName.UPDATE_EMPTY))
    assert bench.send(TRIES) == [b"\x63\xc3"]
    assert bench.send(bytes.fromhex("00A4090C043F00D010")) == [OK]
    bench.card.store.switch(None)
    assert bench.send(bytes.fromhex("00A4090C043F00D010")) == [b"\x6a\x82"]


def test_a_card_that_is_out_comes_back_when_the_switch_is_turned(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.TORN))
    bench.send(MF)
    assert not bench.card.present
    bench.card.store.switch(None)
    assert bench.card.present
    assert bench.card.power_on() == bench.atr


def test_a_fault_replaces_its_like(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.SLOW, delay=9), Fault(name=FaultName.SLOW, delay=5))
    bench.send(MF)
    assert bench.slept == [0.005]


def test_what_the_card_writes_outlives_its_faults(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.UNUSED_BITS))
    assert bench.send(*WRITE, WRONG) == [OK, OK, OK, b"\x63\xc2"]
    bench.card.store.switch(Fault(name=FaultName.UPDATE_EMPTY))
    assert bench.send(*READ, TRIES) == [
        OK,
        b"\x12\x34\x90\x00",
        b"\x63\xc2",
    ]
    bench.card.store.switch(None)
    found = {item.path: item for item in bench.store.image.files}
    for file in image.files:
        after = found.pop(file.path)
        if isinstance(file, DataFile) and isinstance(after, DataFile) and "D107" not in file.path:
            assert after.content == file.content
    assert not found


def test_what_a_fault_shows_never_reaches_the_store(image: CardImage) -> None:
    bench = Bench(image, Fault(name=FaultName.UNUSED_BITS), Fault(name=FaultName.UPDATE_EMPTY))
    bench.send(WRONG)
    kept = bench.store.image
    assert kept.pins[0].tries_left == 2
    assert [getattr(file, "content", b"") for file in kept.files] == [
        getattr(file, "content", b"") for file in image.files
    ]


def test_a_fault_of_pins_in_an_image_is_done_when_the_card_starts(image: CardImage) -> None:
    written = msgspec.structs.replace(image, faults=(Fault(name=FaultName.BLOCKED),))
    bench = Bench(written)
    assert bench.send(TRIES) == [b"\x69\x83"]
    assert bench.store.image.faults is msgspec.UNSET
    assert bench.store.image.pins[0].tries_left == 0


def test_both_faces_of_a_card_have_its_faults(image: CardImage) -> None:
    store = FaultStore(MemoryStore(image))

    def contactless(kept: Store) -> VirtualCard:
        return VirtualCard(kept, face="contactless")

    pair = [FaultyCard(store), FaultyCard(store, make=contactless)]
    powered = [item.power_on() for item in pair]
    assert powered[0] != powered[1]
    store.switch(Fault(name=FaultName.MUTE))
    assert [item.transmit(MF) for item in pair] == [b"", b""]
    store.switch(None)
    assert [pair[0].transmit(item) for item in WRITE] == [OK, OK, OK]
    assert [pair[1].transmit(item) for item in READ] == [OK, b"\x12\x34\x90\x00"]


def test_a_fault_in_the_image_is_there_from_the_first_command(image: CardImage) -> None:
    first = FaultyCard(MemoryStore(image))
    first.store.switch(Fault(name=FaultName.TORN))
    written = CardImage.from_json(first.store._true.to_json())
    bench = Bench(written)
    assert bench.send(MF, MF) == [OK, b""]


def test_a_card_that_cannot_start_anew_goes_on_as_before(image: CardImage) -> None:
    bench = Bench(image)

    def broken() -> CardImage:
        from caducee.base.errors import StateError

        raise StateError("card.image_unreadable", path="-", reason="spoiled")

    bench.store.load = broken  # type: ignore[method-assign]
    bench.card.store.switch(Fault(name=FaultName.BLOCKED))
    assert bench.send(MF) == [OK]
