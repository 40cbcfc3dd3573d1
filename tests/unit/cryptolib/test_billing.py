# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The billing situations: class A0 on a CPS3, the directory of a CPS4."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.cryptolib.conftest import situation

from caducee.base.errors import CardError, PinBlockedError, WrongPinError
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard
from caducee.virtualcard.personalise import Cps2terData, PersonalisationData, cps4

PIN, WRONG = Secret.of("1234"), Secret.of("9999")
RAW = bytes.fromhex("F00C 800A 62696C6C696E67203031")


@pytest.fixture
def bench(make_bench: Any, billed_content: PersonalisationData) -> Any:
    return make_bench(billed_content)


@pytest.fixture(params=["cps3", "cps4"])
def card(request: Any, bench: Any, cps4_bench: Any) -> CpsCard:
    made: CpsCard = (bench if request.param == "cps3" else cps4_bench).open()
    return made


def a0(bench: Any) -> list[str]:
    return [command.hex().upper() for command in bench.chip.commands if command[0] == 0xA0]


def test_situations_come_with_their_numbers_and_values(card: CpsCard) -> None:
    card.verify(PIN)
    found = card.billing()
    assert [activity.number for activity in found.activities] == [1, 3]
    assert [activity.situation for activity in found.activities] == [situation(1), situation(3)]
    assert found.situations == (situation(1), situation(3))


def test_objects_of_another_layout_stay_bytes(
    make_bench: Any, billed_content: PersonalisationData
) -> None:
    other = replace(billed_content, cps2ter=Cps2terData(sit_fact=RAW, activities={1: b"\x30\x05"}))
    card = make_bench(other).open()
    card.verify(PIN)
    found = card.billing()
    assert (found.situation, found.situations) == (RAW, ())
    assert [
        (activity.number, activity.raw, activity.situation) for activity in found.activities
    ] == [(1, b"\x30\x05", None)]


def test_billing_needs_the_pin(card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        card.billing()
    assert caught.value.code == "cryptolib.pin_needed"


def test_pin_of_a_blocked_card_is_reported_on_this_side_too(bench: Any) -> None:
    card = bench.open()
    for _ in range(3):
        with pytest.raises((WrongPinError, PinBlockedError)):
            card.verify(WRONG)
    with pytest.raises(PinBlockedError) as caught:
        card.billing()
    assert caught.value.facts["sw"] == "9840"


@pytest.mark.parametrize(("sw", "code"), [("9808", "pin_blocked"), ("9802", "pin_needed")])
def test_other_status_words_of_the_pin_are_understood(bench: Any, sw: str, code: str) -> None:
    card = bench.open()
    bench.chip.change = lambda command, answer: (
        bytes.fromhex(sw) if command[:2] == b"\xa0\xb0" else answer
    )
    with pytest.raises(CardError) as caught:
        card.billing()
    assert caught.value.code == f"cryptolib.{code}"


def test_each_file_costs_three_commands_and_each_folder_one(bench: Any) -> None:
    card = bench.open()
    card.keep_pin(PIN)
    bench.chip.commands.clear()
    card.billing()
    assert a0(bench) == [
        "A0A40000023F00",
        "A0A40000024010",
        "A0C000000A",
        f"A0B00000{size(bench, 1):02X}",
        "A0A40000024012",
        "A0C000000A",
        f"A0B00000{size(bench, 3):02X}",
        "A0A40000027F01",
        "A0A40000024000",
        "A0C000000A",
        f"A0B00000{len(raw_situation(card)):02X}",
    ]


def size(bench: Any, number: int) -> int:
    card = bench.open()
    card.verify(PIN)
    return len(
        next(activity.raw for activity in card.billing().activities if activity.number == number)
    )


def raw_situation(card: CpsCard) -> bytes:
    return card.billing().situation or b""


def test_practice_without_a_file_is_left_out(
    make_bench: Any, billed_content: PersonalisationData
) -> None:
    side = replace(billed_content.cps2ter, activities={3: billed_content.cps2ter.activities[3]})
    card = make_bench(replace(billed_content, cps2ter=side)).open()
    card.verify(PIN)
    assert [activity.number for activity in card.billing().activities] == [3]


@pytest.mark.parametrize("generation", ["cps3", "cps4"])
def test_card_without_this_side_has_nothing_to_bill(
    make_bench: Any,
    content: PersonalisationData,
    cps4_content: PersonalisationData,
    generation: str,
) -> None:
    bench = (
        make_bench(content)
        if generation == "cps3"
        else make_bench(replace(cps4_content, cps2ter=Cps2terData()), personalise=cps4)
    )
    card = bench.open()
    card.verify(PIN)
    found = card.billing()
    assert (found.situation, found.activities, found.situations) == (None, (), ())


def test_long_object_is_read_in_pieces(
    make_bench: Any, billed_content: PersonalisationData
) -> None:
    long = bytes.fromhex("F0820300") + bytes(range(256)) * 3
    bench = make_bench(replace(billed_content, cps2ter=Cps2terData(sit_fact=long)))
    card = bench.open()
    card.verify(PIN)
    assert card.billing().situation == long
    assert a0(bench)[-4:] == ["A0B00000FF", "A0B000FFFF", "A0B001FEFF", "A0B002FD07"]


def test_other_side_is_used_as_before_after_it(bench: Any) -> None:
    card = bench.open()
    card.verify(PIN)
    with card.transaction():
        card.billing()
        card.authenticate(b"block")
        assert card.activities()


@pytest.mark.parametrize(
    "header", ["", "8508", "85020009", "8708000E400004000000", "8508FFFF400004000000"]
)
def test_header_that_is_none_is_an_error(bench: Any, header: str) -> None:
    card = bench.open()
    card.verify(PIN)
    bench.chip.change = lambda command, answer: (
        bytes.fromhex(header + "9000") if command[:2] == b"\xa0\xc0" else answer
    )
    with pytest.raises(CardError) as caught:
        card.billing()
    assert caught.value.code == "cryptolib.answer_invalid"


@pytest.mark.parametrize("part", [b"", b"\x00", bytes(300)])
def test_answer_of_another_length_is_an_error(bench: Any, part: bytes) -> None:
    card = bench.open()
    card.verify(PIN)
    bench.chip.change = lambda command, answer: (
        part + b"\x90\x00" if command[:2] == b"\xa0\xb0" else answer
    )
    with pytest.raises(CardError) as caught:
        card.billing()
    assert caught.value.code == "cryptolib.answer_invalid"


def test_nothing_of_it_is_cached(bench: Any, cps4_bench: Any, tmp_path: Any) -> None:
    from caducee.cryptolib import PublicDataCache

    cache = PublicDataCache(tmp_path)
    for item in (bench, cps4_bench):
        card = item.open(cache)
        card.holder()
        card.verify(PIN)
        found = card.billing()
        kept = cache.load(card.identity)
        assert kept is not None
        assert found.situation not in kept.files.values()
        assert not {it.raw for it in found.activities} & set(kept.files.values())
