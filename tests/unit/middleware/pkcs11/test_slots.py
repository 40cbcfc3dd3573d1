# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Slots: readers that come and go, cards that are none of ours, events."""

from typing import Any

import pytest

from caducee.codec.pkcs11 import Call, OutputBuffer
from caducee.reader.memory import MemoryReader
from caducee.spec.pkcs11 import Ckr, SlotFlag
from caducee.testing.chips import ScriptedChip

VITALE = bytes.fromhex("3F6525082204688B04B0EC C1739401808290000E".replace(" ", ""))


def listed(program: Any, present: bool = False) -> tuple[int, ...]:
    found: tuple[int, ...] = program.ok(
        "C_GetSlotList", token_present=present, slots=OutputBuffer(64)
    ).values
    return found


def flags(program: Any, slot: int) -> SlotFlag:
    return SlotFlag(program.ok("C_GetSlotInfo", slot=slot).flags)


@pytest.fixture
def foreign() -> ScriptedChip:
    return ScriptedChip(atr=VITALE, other="6A82")


@pytest.fixture
def mute() -> ScriptedChip:
    return ScriptedChip(atr=b"")


def test_readers_are_listed_also_when_empty(make_place: Any, bench: Any) -> None:
    program = make_place(MemoryReader(), bench, MemoryReader()).program()
    assert listed(program) == (0, 1, 2)
    assert listed(program, present=True) == (1,)
    assert SlotFlag.TOKEN_PRESENT not in flags(program, 0)
    assert SlotFlag.TOKEN_PRESENT in flags(program, 1)
    for name, named in (
        ("C_GetTokenInfo", {}),
        ("C_OpenSession", {"flags": 6}),
        ("C_GetMechanismList", {"mechanisms": OutputBuffer(9)}),
    ):
        assert program.rv(name, slot=0, **named) == Ckr.TOKEN_NOT_PRESENT


def test_a_list_says_its_length_and_waits_for_room(make_place: Any) -> None:
    program = make_place(MemoryReader(), MemoryReader()).program()
    assert program.ok("C_GetSlotList", token_present=False, slots=OutputBuffer(None)).count == 2
    small = program.call("C_GetSlotList", token_present=False, slots=OutputBuffer(1))
    assert (small.rv, small.results[0].count) == (Ckr.BUFFER_TOO_SMALL, 2)


def test_empty_slots_are_hidden_on_demand(make_place: Any, bench: Any) -> None:
    program = make_place(MemoryReader(), bench, hide_empty=True).program()
    assert listed(program) == (1,)


def test_a_reader_that_is_plugged_in_gets_the_next_slot(make_place: Any, bench: Any) -> None:
    place = make_place(bench)
    program = place.program()
    place.context.add(MemoryReader("another"))
    place.look()
    assert listed(program) == (0, 1)
    assert program.ok("C_GetSlotInfo", slot=1).description.rstrip() == b"another"


def test_there_are_so_many_slots_and_a_reader_that_left_makes_room(make_place: Any) -> None:
    place = make_place(*(MemoryReader() for _ in range(20)))
    program = place.program()
    assert listed(program) == tuple(range(16))
    place.context.remove(place.reader(3))
    place.look()
    assert listed(program) == tuple(number for number in range(16) if number != 3)
    place.context.add(MemoryReader("late"))
    place.look()
    assert len(listed(program)) == 16
    assert program.ok("C_GetSlotInfo", slot=3).description.rstrip() == b"late"


def test_a_long_name_keeps_its_beginning_and_its_end(make_place: Any) -> None:
    reader = MemoryReader()
    place = make_place(reader)
    reader._name = "A" * 40 + "middle" + "é" * 40
    place.look()
    shown = place.program().ok("C_GetSlotInfo", slot=1).description
    assert len(shown) == 64 and shown.startswith(b"A" * 30 + b"...")
    assert shown.rstrip().endswith("é".encode())


@pytest.mark.parametrize("kind", ["foreign", "mute"])
def test_cards_that_are_none_of_ours_are_present_and_not_recognised(
    request: pytest.FixtureRequest, make_place: Any, bench: Any, kind: str
) -> None:
    place = make_place(MemoryReader(), bench)
    place.insert(request.getfixturevalue(kind))
    program = place.program()
    assert listed(program, present=True) == (0, 1)
    assert SlotFlag.TOKEN_PRESENT in flags(program, 0)
    for name, named in (
        ("C_GetTokenInfo", {}),
        ("C_OpenSession", {"flags": 6}),
        ("C_GetMechanismList", {"mechanisms": OutputBuffer(9)}),
        ("C_GetMechanismInfo", {"mechanism": 1}),
    ):
        for _ in range(2):
            assert program.rv(name, slot=0, **named) == Ckr.TOKEN_NOT_RECOGNIZED, name
    program.open(1)
    place.eject()
    place.insert(bench.chip)  # the same card in the other reader, after all
    program.open(0)


def test_the_original_lists_only_cps_cards(
    make_place: Any, bench: Any, foreign: Any, mute: Any
) -> None:
    place = make_place(MemoryReader(), MemoryReader(), bench, MemoryReader(), compat="cps3")
    place.insert(foreign, 0)
    place.insert(mute, 1)
    program = place.program()
    assert listed(program) == (2,)
    assert flags(program, 1) & SlotFlag.HW_SLOT  # a mute card does not make it fail


def test_a_foreign_card_is_asked_once(make_place: Any, foreign: Any) -> None:
    place = make_place(MemoryReader())
    place.insert(foreign)
    program = place.program()
    program.rv("C_GetTokenInfo", slot=0)
    asked = len(foreign.commands)
    program.rv("C_GetTokenInfo", slot=0)
    assert len(foreign.commands) == asked


def test_an_unfinished_update_is_reported_when_a_session_is_opened(
    make_place: Any, make_bench: Any, updated_content: Any
) -> None:
    bench = make_bench(updated_content)
    head = bytes.fromhex("EC128107")

    def without_end(command: bytes, answer: bytes) -> bytes:
        return answer[:13] + bytes(7) + answer[20:] if answer[:4] == head else answer

    bench.chip.change = without_end
    place = make_place(bench)
    program = place.program()
    assert program.ok("C_GetTokenInfo", slot=0).label.startswith(b"CPS3v3")
    assert program.rv("C_OpenSession", slot=0, flags=6) == Ckr.ASIP_BAD_EF_ACTUA
    bench.chip.change = None
    place.eject()
    place.insert(bench.chip)
    program.open()


# Events


def waiting(program: Any, flags: int = 0) -> bool:
    parks: bool = program.app.parks(Call.build("C_WaitForSlotEvent", 1, flags=flags))
    return parks


def test_each_program_gets_each_event_once(make_place: Any, bench: Any) -> None:
    place = make_place(bench, MemoryReader())
    first, second = place.program(), place.program()
    assert first.rv("C_WaitForSlotEvent", flags=1) == Ckr.NO_EVENT
    place.eject()
    for program in (first, second):
        assert program.ok("C_WaitForSlotEvent", flags=1) == 0
        assert program.rv("C_WaitForSlotEvent", flags=1) == Ckr.NO_EVENT
    place.insert(bench.chip)
    place.context.remove(place.reader(1))
    place.look()
    found = {first.ok("C_WaitForSlotEvent", flags=1) for _ in range(2)}
    assert found == {0, 1}
    assert first.rv("C_WaitForSlotEvent", flags=1) == Ckr.NO_EVENT


def test_who_waits_is_parked_until_something_happens(place: Any) -> None:
    program = place.program()
    assert waiting(program) and not waiting(program, flags=1)
    assert program.app.next_slot_event() is None
    place.eject()
    assert program.app.next_slot_event() == 0
    assert program.app.next_slot_event() is None


def test_the_original_has_no_slot_events(make_place: Any, bench: Any) -> None:
    place = make_place(bench, compat="cps3")
    program = place.program()
    place.eject()
    assert not waiting(program)
    assert program.rv("C_WaitForSlotEvent", flags=0) == Ckr.FUNCTION_NOT_SUPPORTED
    assert program.rv("C_WaitForSlotEvent", flags=1) == Ckr.NO_EVENT


# What the module and its tokens say of themselves


def test_the_original_names_itself(make_place: Any, bench: Any, cps4_bench: Any) -> None:
    program = make_place(bench, cps4_bench, compat="cps3").program()
    info = program.ok("C_GetInfo")
    assert (info.manufacturer.rstrip(), info.cryptoki_version) == (b"ANS", (2, 20))
    reported = [program.ok("C_GetTokenInfo", slot=number) for number in (0, 1)]
    assert [(item.model.rstrip(b"\0"), item.max_sessions) for item in reported] == [
        (b"IAS ECC", 0)
    ] * 2
    ours = make_place(MemoryReader()).program().ok("C_GetInfo")
    assert (ours.manufacturer.rstrip(), ours.cryptoki_version) == (b"caducee", (3, 0))


def test_a_session_at_most_so_often(make_place: Any, bench: Any) -> None:
    place = make_place(bench, sessions=3)
    program, other = place.program(), place.program()
    opened = [program.rv("C_OpenSession", slot=0, flags=6) for _ in range(4)]
    assert opened == [Ckr.OK] * 3 + [Ckr.SESSION_COUNT]
    other.open(flags=4)
    reported = program.ok("C_GetTokenInfo", slot=0)
    assert (reported.sessions, reported.rw_sessions, reported.max_sessions) == (3, 3, 3)
    assert other.ok("C_GetTokenInfo", slot=0).rw_sessions == 0


def test_a_card_that_left_unseen_gives_way_to_the_next_one(
    place: Any, program: Any, cps4_bench: Any
) -> None:
    first = program.ok("C_GetTokenInfo", slot=0)
    place.reader().eject()
    place.reader().insert(cps4_bench.chip)  # nobody reported the engine
    place.chips.append(cps4_bench.chip)
    second = program.ok("C_GetTokenInfo", slot=0)
    assert (first.model.strip(), second.model.strip()) == (b"IAS ECC", b"ChipDoc")
    session = program.open()
    place.look()  # the watcher sees the removal and the insertion now
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.OK


def test_a_card_that_left_unseen_is_no_token(place: Any, program: Any) -> None:
    program.ok("C_GetTokenInfo", slot=0)
    place.reader().eject()
    assert program.rv("C_GetTokenInfo", slot=0) == Ckr.TOKEN_NOT_PRESENT
    assert program.rv("C_GetTokenInfo", slot=0) == Ckr.TOKEN_NOT_PRESENT
