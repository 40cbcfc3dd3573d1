# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A chip at real pace, on a clock that nobody waits for."""

from dataclasses import dataclass, field

import pytest

from caducee.spec import atrs
from caducee.spec.atrs import CardFace
from caducee.spec.pace import chip as pace_of
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.pace.chip import CardSpeed, PacedChip, at_pace
from caducee.virtualcard.pace.line import line_of

CPS3 = next(item.atr for item in atrs.KNOWN if item.face is CardFace.CPS3_CONTACT)
CPS4 = next(item.atr for item in atrs.KNOWN if item.face is CardFace.CPS4)


@dataclass
class Clock:
    """Time that passes only when somebody sleeps, or when the test says so."""

    time: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds


def paced(chip: ScriptedChip, clock: Clock) -> PacedChip:
    return PacedChip(chip, clock=clock.now, sleep=clock.sleep)


def test_an_answer_comes_when_line_and_chip_would_have_given_it() -> None:
    clock = Clock()
    chip = paced(ScriptedChip(atr=CPS3, other="11229000"), clock)
    assert chip.power_on() == CPS3
    assert clock.time == pytest.approx(line_of(CPS3).activation())
    before = clock.time
    command = bytes.fromhex("00B0000002")
    assert chip.transmit(command) == bytes.fromhex("11229000")
    line = line_of(CPS3).exchange(command, bytes(4))
    assert clock.time - before == pytest.approx(
        line + pace_of(CardFace.CPS3_CONTACT).command / 1000
    )


def test_a_reset_takes_its_time_too() -> None:
    clock = Clock()
    chip = paced(ScriptedChip(atr=CPS4), clock)
    chip.reset()
    assert clock.time == pytest.approx(line_of(CPS4).activation())


def test_the_time_that_this_machine_needed_counts() -> None:
    clock = Clock()

    def slow(command: bytes) -> bytes:
        clock.time += 0.004
        return b"\x90\x00"

    chip = paced(ScriptedChip(slow, atr=CPS3), clock)
    chip.power_on()
    before = clock.time
    chip.transmit(bytes.fromhex("00A4000C"))
    assert clock.time - before == pytest.approx(chip.spent.chip + 7 * 12 * 372 / 4e6)
    assert clock.sleeps[-1] == pytest.approx(clock.time - before - 0.004)


def test_an_answer_that_is_late_already_waits_no_more() -> None:
    clock = Clock()

    def very_slow(command: bytes) -> bytes:
        clock.time += 60
        return b"\x90\x00"

    chip = paced(ScriptedChip(very_slow, atr=CPS3), clock)
    chip.power_on()
    sleeps = len(clock.sleeps)
    chip.transmit(bytes.fromhex("00A4000C"))
    assert len(clock.sleeps) == sleeps


@pytest.mark.parametrize(
    ("command", "answer", "operations"),
    [
        ("0088000002 1122", "9000", 1),
        ("0088000002 1122", "6100", 1),
        ("0088000002 1122", "6982", 0),
        ("002A9E9A00", "9000", 1),
        ("002A808602 3D06", "6100", 1),
        ("102A808602 3D06", "9000", 0),
        ("002A90A002 8000", "9000", 0),
        ("00C0000000", "9000", 0),
        ("00B0000002", "9000", 0),
    ],
)
def test_rsa_takes_its_time_where_a_key_is_used_and_the_card_does_it(
    command: str, answer: str, operations: int
) -> None:
    chip = paced(ScriptedChip(atr=CPS3, other=answer), Clock())
    chip.power_on()
    chip.transmit(bytes.fromhex(command))
    assert chip.spent.keys == pytest.approx(operations * pace_of(CardFace.CPS3_CONTACT).rsa / 1000)


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("00D60000021234", "write"),
        ("0020000104 31323334", "code"),
        ("00200001", ""),
        ("00", "none"),
    ],
)
def test_writing_and_comparing_pins_take_their_time(command: str, extra: str) -> None:
    values = pace_of(CardFace.CPS4)
    chip = paced(ScriptedChip(atr=CPS4), Clock())
    chip.power_on()
    chip.transmit(bytes.fromhex(command))
    expected = {
        "write": values.command + values.write,
        "code": values.command + values.code,
        "": values.command,
        "none": 0,
    }
    assert chip.spent.chip == pytest.approx(expected[extra] / 1000)


def test_what_was_spent_is_reported_by_where_it_went() -> None:
    clock = Clock()
    chip = paced(ScriptedChip(atr=CPS3), clock)
    chip.power_on()
    for command in ("00A4000C", "0088000002 1122"):
        chip.transmit(bytes.fromhex(command))
    spent = chip.spent
    assert (spent.commands, spent.moved) == (2, 4 + 7 + 2 + 2)
    assert spent.total == pytest.approx(spent.line + spent.keys + spent.chip)
    assert clock.time == pytest.approx(spent.total)


def test_a_card_that_is_silent_costs_the_line_alone() -> None:
    chip = paced(ScriptedChip(atr=CPS3, other=""), Clock())
    chip.power_on()
    assert chip.transmit(bytes.fromhex("0088000002 1122")) == b""
    assert (chip.spent.keys, chip.spent.chip) == (0, 0)


def test_an_instant_card_is_left_as_it_is() -> None:
    chip = ScriptedChip()
    assert at_pace(chip, CardSpeed.INSTANT) is chip
    assert isinstance(at_pace(chip, CardSpeed.REAL), PacedChip)


def test_a_paced_chip_reports_when_the_card_left_and_passes_current_on() -> None:
    class Leaving(ScriptedChip):
        present = False

    inner = Leaving(atr=CPS3)
    chip = paced(inner, Clock())
    assert not chip.present
    assert paced(ScriptedChip(), Clock()).present
    chip.power_on()
    chip.power_off()
    assert inner.happened == ["on", "off"]
