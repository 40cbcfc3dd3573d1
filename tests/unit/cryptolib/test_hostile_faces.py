# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Hostile cards on every face: bounded commands, time and memory, and an error that names it."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.cryptolib.test_hostile_card import (
    CHANGES,
    MANY,
    OK,
    REUSED_FIXTURE,
    Hostile,
    use,
)

from caducee.base.errors import CardError, CpsError
from caducee.codec.apdu import CommandApdu
from caducee.codec.pkcs15 import DataEntry, KeyAccess, KeyUsage, OdfEntry, PrivateKeyEntry
from caducee.codec.tlv import Tlv, build
from caducee.cryptolib import open_card
from caducee.cryptolib.channel import Channel
from caducee.reader.memory import MemoryReader
from caducee.spec.aids import CPS3_CONTACT, CPS3_CONTACTLESS
from caducee.spec.atrs import KNOWN, STORAGE_CARD
from caducee.spec.instructions import Instruction
from caducee.spec.pkcs15 import DirectoryKind
from caducee.spec.tags import DirTag
from caducee.virtualcard.personalise import PersonalisationData, cps4

ATRS = {item.name: item.atr for item in KNOWN} | {
    "badge": STORAGE_CARD,
    "CPS3 or CPS4": bytes.fromhex("3BDC18FF00001225006480000501009000"),
}
SERIAL = bytes.fromhex("5A0A80250000012900995 29F".replace(" ", ""))
LOOPING = ["6985", "6E00", "6A86", "6881", "6D00", "6982", "63C1", "6F00", "9F10", "9804", "6282"]


class HostileFace(Hostile):
    """A hostile chip with an answer to reset of its own."""

    def __init__(self, atr: bytes, answer: Callable[[bytes], bytes]) -> None:
        super().__init__(answer)
        self.atr = atr

    def power_on(self) -> bytes:
        return self.atr

    def reset(self) -> bytes:
        super().reset()
        return self.atr


@pytest.fixture(params=ATRS, ids=lambda name: name.replace(" ", "-"))
def atr(request: Any) -> bytes:
    return ATRS[request.param]


def serial_then(answer: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A card that is a CPS by its serial number, on every face, and then does as it likes."""

    def respond(command: bytes) -> bytes:
        state["count"] += 1
        if state["count"] <= state["until"]:
            if command[1] == Instruction.READ_BINARY:
                state["until"] = state["count"]
                return SERIAL + OK
            return OK
        return answer(command)

    state = {"count": 0, "until": 6}
    return respond


def opening(chip: Hostile) -> str:
    reader = MemoryReader()
    reader.insert(chip)
    try:
        open_card(reader).close()
    except CpsError as error:
        assert error.sentence() and error.advice()
        return error.code
    return ""


@given(st.sampled_from(list(ATRS.values())), st.lists(st.binary(max_size=300), min_size=1))
def test_random_answers(atr: bytes, answers: list[bytes]) -> None:
    turn = iter(range(MANY))
    use(HostileFace(atr, lambda command: answers[next(turn) % len(answers)]))


@pytest.mark.parametrize("sw", LOOPING)
@pytest.mark.parametrize("sound", [True, False], ids=["a CPS", "nothing"])
def test_one_status_word_for_ever_ends(atr: bytes, sw: str, sound: bool) -> None:
    def always(command: bytes) -> bytes:
        return bytes.fromhex(sw)

    chip = HostileFace(atr, serial_then(always) if sound else always)
    use(chip)
    assert chip.count < 200


@pytest.mark.parametrize("sw", LOOPING)
def test_status_words_that_alternate_end(atr: bytes, sw: str) -> None:
    turn = iter(range(MANY))
    words = [OK, bytes.fromhex(sw)]
    chip = HostileFace(atr, serial_then(lambda command: words[next(turn) % 2]))
    use(chip)
    assert chip.count < 1000


@pytest.mark.parametrize("answer", ["00 61FF", "61FF", "61 00", "00 6100"])
def test_endless_announcements_are_named(atr: bytes, answer: str) -> None:
    chip = HostileFace(atr, serial_then(lambda command: bytes.fromhex(answer)))
    named = "cryptolib.not_a_cps" if atr == STORAGE_CARD else "cryptolib.answer_endless"
    assert opening(chip) == named
    assert chip.count < 2000


def test_endless_answers_of_full_length_are_named(atr: bytes) -> None:
    chip = HostileFace(atr, serial_then(lambda command: bytes(256) + b"\x61\x00"))
    named = "cryptolib.not_a_cps" if atr == STORAGE_CARD else "reader.answer_endless"
    assert opening(chip) == named
    assert chip.count < 600


def test_answers_of_16_megabytes_cost_no_more_memory_than_one(atr: bytes) -> None:
    huge = bytes(16 << 20) + OK
    chip = HostileFace(atr, serial_then(lambda command: huge))
    tracemalloc.start()
    try:
        code = opening(chip)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A badge is asked for its identifier alone, and this is none.
    assert code == "cryptolib." + ("not_a_cps" if atr == STORAGE_CARD else "answer_invalid")
    assert peak < 4 << 20


@pytest.mark.parametrize("size", [0x8001, 0xFFFFFF, 16 << 20, 0xFFFFFFFF])
def test_files_that_claim_to_be_huge_are_refused_unread(atr: bytes, size: int) -> None:
    if atr == STORAGE_CARD:
        return
    fcp = Tlv.build(0x6F, Tlv(0x80, size.to_bytes(4))).to_bytes() + OK

    def answer(command: bytes) -> bytes:
        return fcp if command[1] == Instruction.SELECT else bytes(command[4] or 256) + OK

    chip = HostileFace(atr, serial_then(answer))
    assert opening(chip) == "cryptolib.too_much"
    assert chip.count < 400


class Files:
    """A card of any face that serves files, byte by byte when it drips."""

    def __init__(self, drip: bool = False) -> None:
        self.folder = bytes.fromhex("3F000001")
        data = OdfEntry.build(DirectoryKind.DATA_OBJECTS, self.folder + b"\x70\x06")
        names = [Tlv(DirTag.PATH, self.folder)]
        records = [
            Tlv.build(DirTag.APPLICATION, Tlv(DirTag.AID, aid), *names)
            for aid in (CPS3_CONTACT, CPS3_CONTACTLESS)
        ]
        entry = DataEntry.build("X", self.folder + b"\xd1\x00", application="")
        self.files = {
            b"\xd0\x03": SERIAL,
            b"\x2f\x00": build(*records),
            b"\x50\x31": data.to_bytes(),
            b"\x50\x32": bytes.fromhex("300C0201008003434C4F03020470"),
            b"\x70\x06": entry.to_bytes(),
            b"\xd1\x00": b"\x04\x82\x7f\xf0" + bytes(0x7FF0),
        }
        self.drip = drip
        self.selected = b""
        self.waiting = b""

    def __call__(self, command: bytes) -> bytes:
        if command[1] == Instruction.GET_RESPONSE:
            return self._drop(OK)
        if command[1] == Instruction.SELECT:
            return self._select(command)
        if command[1] != Instruction.READ_BINARY:
            return OK
        whole = self.files.get(self.selected, b"")
        offset = int.from_bytes(command[2:4])
        part = whole[offset : offset + (command[4] or 256)]
        self.waiting = part
        return self._drop(OK) if self.drip and part else part + (OK if part else b"\x6b\x00")

    def _select(self, command: bytes) -> bytes:
        self.selected = command[5 : 5 + command[4]][-2:]
        if command[2] == 0x04 or self.selected in (b"\x3f\x00", b"\x00\x01"):
            return OK
        return OK if self.selected in self.files else b"\x6a\x82"

    def _drop(self, sw: bytes) -> bytes:
        """Give one byte, and announce one more."""
        item, self.waiting = self.waiting[:1], self.waiting[1:]
        return item + (b"\x61\x01" if self.waiting else sw)


@pytest.mark.parametrize("drip", [False, True])
def test_card_that_gives_byte_by_byte_is_read_or_given_up(atr: bytes, drip: bool) -> None:
    if atr == STORAGE_CARD:
        return
    chip = HostileFace(atr, Files(drip))
    reader = MemoryReader()
    reader.insert(chip)
    card = open_card(reader)
    before = chip.count
    if not drip:
        assert len(card.data_objects()[0].value or b"") == 0x7FF4
        return
    with pytest.raises(CardError) as caught:
        card.data_objects()
    assert caught.value.code == "cryptolib.too_slow"
    assert chip.count - before < 4200
    with pytest.raises(CardError) as caught:
        card.random(8)
    assert caught.value.code == "cryptolib.answer_invalid"  # the next one has a bound of its own


def test_card_that_takes_too_long_is_given_up(atr: bytes) -> None:
    now = [0.0]

    def answer(command: bytes) -> bytes:
        now[0] += 30
        return OK

    reader = MemoryReader()
    reader.insert(HostileFace(atr, answer))
    channel = Channel(reader.connect(), lambda: now[0])
    command = CommandApdu(0, Instruction.GET_CHALLENGE, 0, 0, le=8)
    for _ in range(5):
        channel.send(command)
    with pytest.raises(CardError) as caught:
        channel.send(command)
    assert caught.value.code == "cryptolib.too_slow"
    assert caught.value.facts == {"commands": 5, "seconds": 150}
    channel.begin_operation()
    channel.send(command)


FACES = ("contact", "contactless", "cps4")


@REUSED_FIXTURE
@given(
    st.sampled_from(FACES),
    st.lists(
        st.tuples(st.integers(0, 140), st.sampled_from(CHANGES), st.integers(0, 0xFFFF)),
        min_size=1,
        max_size=6,
    ),
)
def test_spoiled_answers_of_a_real_dialogue(
    make_bench: Any,
    billed_content: PersonalisationData,
    cps4_content: PersonalisationData,
    face: str,
    changes: list[tuple[int, Callable[[bytes, int], bytes], int]],
) -> None:
    four = face == "cps4"
    variant = {"personalise": cps4} if four else {"face": face}
    chip = make_bench(cps4_content if four else billed_content, **variant).chip
    spoil = {place: (change, number) for place, change, number in changes}

    def change(command: bytes, answer: bytes) -> bytes:
        assert len(chip.commands) < MANY
        if len(chip.commands) in spoil:
            how, number = spoil[len(chip.commands)]
            return how(answer, number)
        return answer

    chip.change = change
    use(chip)


@pytest.mark.parametrize("name", ["CPS3 contact", "CPS4"])
@pytest.mark.parametrize("bits", [0, 7, 511, 4097, 1 << 40, 1 << 100])
def test_key_of_an_impossible_size_is_refused_before_anything_is_padded(
    name: str, bits: int
) -> None:
    files = Files()
    listed = OdfEntry.build(DirectoryKind.PRIVATE_KEYS, files.folder + b"\x70\x02")
    key = PrivateKeyEntry.build(
        "K", b"\x01", KeyUsage.SIGN, 1, files.folder, access=KeyAccess(0), auth_id=b"1", bits=bits
    )
    files.files |= {b"\x50\x31": listed.to_bytes(), b"\x70\x02": key.to_bytes()}
    reader = MemoryReader()
    reader.insert(HostileFace(ATRS[name], files))
    with open_card(reader) as card, pytest.raises(CardError) as caught:
        card.authenticate(b"block")
    assert caught.value.code == "cryptolib.answer_invalid"
