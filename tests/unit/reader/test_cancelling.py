# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Operations on a card end between two commands, and the reader serves the next one."""

import pytest

from caducee.base.errors import ReaderError
from caducee.reader.cancelling import CancellableReader, CancelToken, named
from caducee.reader.memory import MemoryReader
from caducee.reader.transport import Ending

ATR = bytes.fromhex("3BAC00402A001225006480000310009000")
SELECT = bytes.fromhex("00A4040000")


class Chip:
    """Counts commands and resets; says yes to everything."""

    def __init__(self) -> None:
        self.commands = 0
        self.resets = 0

    def power_on(self) -> bytes:
        return ATR

    def power_off(self) -> None:
        pass

    def reset(self) -> bytes:
        self.resets += 1
        return ATR

    def transmit(self, command: bytes) -> bytes:
        self.commands += 1
        return bytes.fromhex("9000")


@pytest.fixture
def chip() -> Chip:
    return Chip()


@pytest.fixture
def reader(chip: Chip) -> MemoryReader:
    made = MemoryReader("Reader A")
    made.insert(chip)
    return made


def test_no_command_is_sent_once_the_token_is_cancelled(reader: MemoryReader, chip: Chip) -> None:
    token = CancelToken()
    transport = CancellableReader(reader, token).connect()
    assert transport.transmit(SELECT) == bytes.fromhex("9000")
    token.cancel()
    with pytest.raises(ReaderError, match="cancelled"):
        transport.transmit(SELECT)
    assert chip.commands == 1


def test_the_transaction_of_a_cancelled_operation_ends_with_its_reset(
    reader: MemoryReader, chip: Chip
) -> None:
    token = CancelToken()
    transport = CancellableReader(reader, token).connect()
    token.cancel()
    with (
        pytest.raises(ReaderError, match="cancelled"),
        transport.transaction(Ending.RESET),
    ):
        transport.transmit(SELECT)
    assert chip.resets == 1
    other = reader.connect()
    with other.transaction():  # the reader is free again
        assert other.transmit(SELECT) == bytes.fromhex("9000")


def test_a_cancelled_reader_does_not_connect(reader: MemoryReader) -> None:
    token = CancelToken()
    token.cancel()
    token.cancel()
    with pytest.raises(ReaderError, match="cancelled"):
        CancellableReader(reader, token).connect()


def test_name_and_status_are_those_of_the_reader(reader: MemoryReader) -> None:
    wrapped = CancellableReader(reader, CancelToken())
    assert wrapped.name == "Reader A" and wrapped.status() == reader.status()


def test_a_reader_is_found_by_its_name(reader: MemoryReader) -> None:
    assert named([reader], "Reader A") is reader
    with pytest.raises(ReaderError) as caught:
        named([reader], "Reader B")
    assert caught.value.code == "reader.unknown_reader"
