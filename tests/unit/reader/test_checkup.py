# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A reader tried out: what is done, in which order, and that it leaves the card as it was."""

import pytest

from caducee.base.errors import CardRemovedError, MuteCardError
from caducee.reader.checkup import COMMANDS, CheckupStep, check_reader
from caducee.reader.memory import MemoryReader
from caducee.reader.transport import CardProtocol


class Chip:
    """Answers everything; its answer to reset changes on request."""

    def __init__(self) -> None:
        self.atr = bytes.fromhex("3BAC00402A001225006480000310009000")
        self.later: bytes | None = None
        self.commands: list[bytes] = []
        self.fails_at = 0

    def power_on(self) -> bytes:
        return self.atr

    def power_off(self) -> None:
        pass

    def reset(self) -> bytes:
        return self.atr if self.later is None else self.later

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        return b"" if len(self.commands) == self.fails_at else bytes.fromhex("6A82")


@pytest.fixture
def chip() -> Chip:
    return Chip()


@pytest.fixture
def reader(chip: Chip) -> MemoryReader:
    made = MemoryReader("Reader A")
    made.insert(chip)
    return made


def test_a_card_that_refuses_the_command_has_answered_too(reader: MemoryReader, chip: Chip) -> None:
    steps: list[tuple[CheckupStep, int]] = []
    found = check_reader(reader, lambda step, number: steps.append((step, number)))
    assert found.reader == "Reader A" and found.atr == chip.atr and found.same
    assert found.protocol is CardProtocol.T0
    assert len(found.commands) == len(chip.commands) == COMMANDS == 20
    assert found.answer == bytes.fromhex("6A82")
    assert 0 < found.median <= found.longest
    assert steps[:2] == [(CheckupStep.CONNECT, 0), (CheckupStep.RESTART, 0)]
    assert steps[2:] == [(CheckupStep.COMMANDS, number) for number in range(20)]


def test_nothing_but_a_selection_of_the_master_file_is_sent(
    reader: MemoryReader, chip: Chip
) -> None:
    check_reader(reader)
    assert {command.hex() for command in chip.commands} == {"00a4000c023f00"}


def test_another_card_after_the_new_start_is_seen(reader: MemoryReader, chip: Chip) -> None:
    chip.later = bytes.fromhex("3B6500002063CB6800")
    found = check_reader(reader)
    assert not found.same and found.atr_again == chip.later


def test_without_a_card_it_says_so(reader: MemoryReader) -> None:
    reader.eject()
    with pytest.raises(CardRemovedError):
        check_reader(reader)


def test_a_card_that_falls_silent_leaves_the_reader_free(reader: MemoryReader, chip: Chip) -> None:
    chip.fails_at = 7
    with pytest.raises(MuteCardError):
        check_reader(reader)
    with reader.connect().transaction():
        pass
