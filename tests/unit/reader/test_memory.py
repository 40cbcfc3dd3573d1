# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Readers in memory behave as real ones do."""

import doctest
import threading

import pytest

from caducee.base.errors import CardRemovedError, MuteCardError, ReaderError
from caducee.reader import transport as transport_module
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.reader.transport import CardProtocol, Ending, ReaderStatus, protocol_of
from caducee.testing.chips import ScriptedChip


@pytest.fixture
def chip() -> ScriptedChip:
    return ScriptedChip({"00B0000002": "AABB9000"})


@pytest.fixture
def reader(chip: ScriptedChip) -> MemoryReader:
    made = MemoryReader()
    made.insert(chip)
    return made


def test_the_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(transport_module).failed == 0


@pytest.mark.parametrize(
    ("atr", "protocol"),
    [
        ("3BAC00402A001225006480000310009000", CardProtocol.T0),
        ("3B9B188001001225006480040100009044", CardProtocol.T1),
        ("3BDC18FF00001225006480000401009000", CardProtocol.T0),
        ("3B8F80010031B86404B0ECC1739401808290000E", CardProtocol.T1),
        ("3B8101AA", CardProtocol.T1),
        ("3BF1112233010A", CardProtocol.T1),
        ("3B810FAA", CardProtocol.RAW),
        ("3B80", CardProtocol.T0),
        ("3B", CardProtocol.T0),
        ("", CardProtocol.T0),
    ],
)
def test_the_protocol_is_t1_where_it_is_offered_else_the_first(
    atr: str, protocol: CardProtocol
) -> None:
    assert protocol_of(bytes.fromhex(atr)) is protocol


def test_a_command_reaches_the_chip_and_its_answer_returns(reader: MemoryReader) -> None:
    assert reader.connect().transmit(bytes.fromhex("00B0000002")).hex() == "aabb9000"


def test_an_empty_reader_refuses_a_connection() -> None:
    with pytest.raises(CardRemovedError) as caught:
        MemoryReader().connect()
    assert caught.value.code == "reader.no_card"


def test_a_chip_without_an_answer_to_reset_is_mute() -> None:
    reader = MemoryReader()
    reader.insert(ScriptedChip(atr=b""))
    assert reader.status() == ReaderStatus(present=True, atr=None, mute=True, changes=1)
    with pytest.raises(MuteCardError):
        reader.connect()


def test_a_chip_without_an_answer_to_a_command_is_mute() -> None:
    reader = MemoryReader()
    reader.insert(ScriptedChip(other=""))
    with pytest.raises(MuteCardError):
        reader.connect().transmit(bytes(5))


def test_a_removed_card_ends_its_connections(reader: MemoryReader, chip: ScriptedChip) -> None:
    transport = reader.connect()
    reader.eject()
    with pytest.raises(CardRemovedError):
        transport.transmit(bytes(5))
    with pytest.raises(CardRemovedError):
        transport.reset()
    assert chip.happened[-1] == "off"


def test_an_exchanged_card_ends_connections_to_the_one_before(
    reader: MemoryReader, chip: ScriptedChip
) -> None:
    transport = reader.connect()
    reader.insert(ScriptedChip())
    assert chip.happened[-1] == "off"
    with pytest.raises(CardRemovedError):
        transport.transmit(bytes(5))


def test_a_closed_connection_is_not_used_again(reader: MemoryReader) -> None:
    transport = reader.connect()
    transport.close()
    transport.close()
    with pytest.raises(ReaderError) as caught:
        transport.transmit(bytes(5))
    assert caught.value.code == "reader.closed"


def test_the_end_of_a_transaction_resets_the_card(reader: MemoryReader, chip: ScriptedChip) -> None:
    transport = reader.connect()
    with transport.transaction():
        transport.transmit(bytes(5))
    assert chip.happened[-1] == "reset"


def test_a_transaction_may_leave_the_card_as_it_is(
    reader: MemoryReader, chip: ScriptedChip
) -> None:
    transport = reader.connect()
    with transport.transaction(Ending.LEAVE):
        transport.transmit(bytes(5))
    assert chip.happened[-1] == "0000000000"


def test_a_failed_transaction_resets_the_card_too(reader: MemoryReader, chip: ScriptedChip) -> None:
    with pytest.raises(ZeroDivisionError), reader.connect().transaction():
        raise ZeroDivisionError
    assert chip.happened[-1] == "reset"


def test_a_removal_inside_a_transaction_is_no_second_error(reader: MemoryReader) -> None:
    transport = reader.connect()
    with transport.transaction():
        reader.eject()


def test_a_transaction_keeps_other_threads_out(reader: MemoryReader, chip: ScriptedChip) -> None:
    ours, theirs = reader.connect(), reader.connect()
    other = threading.Thread(target=theirs.transmit, args=(b"\x00\x84\x00\x00\x08",))
    with ours.transaction(Ending.LEAVE):
        other.start()
        ours.transmit(bytes(5))
        ours.transmit(bytes(5))
    other.join()
    assert chip.commands == ["0000000000", "0000000000", "0084000008"]


def test_a_reset_returns_the_answer_to_reset(reader: MemoryReader, chip: ScriptedChip) -> None:
    transport = reader.connect()
    assert transport.reset() == transport.atr == chip.atr
    chip.atr = b""
    with pytest.raises(MuteCardError):
        transport.reset()


def test_a_memory_reader_has_no_features(reader: MemoryReader) -> None:
    with pytest.raises(ReaderError) as caught:
        reader.connect().control(0xD48)
    assert caught.value.code == "reader.feature_absent"


def test_every_insertion_and_removal_is_counted(reader: MemoryReader) -> None:
    before = reader.status()
    reader.eject()
    reader.eject()
    reader.insert(ScriptedChip())
    assert reader.status().changes == before.changes + 2
    assert reader.status() != before


class TestContext:
    def test_it_lists_its_readers_in_order(self) -> None:
        first, second = MemoryReader("A"), MemoryReader("B")
        context = MemoryContext(first)
        context.add(second)
        assert list(context.readers()) == [first, second]
        context.remove(first)
        assert list(context.readers()) == [second]

    def test_what_differs_already_is_returned_at_once(self, reader: MemoryReader) -> None:
        context = MemoryContext(reader)
        assert context.wait({}) == {reader.name: reader.status()}

    def test_an_insertion_in_another_thread_ends_the_wait(self) -> None:
        reader = MemoryReader()
        context = MemoryContext(reader)
        known = context.wait({})
        threading.Timer(0.05, reader.insert, (ScriptedChip(),)).start()
        assert context.wait(known)[reader.name].present

    def test_a_reader_that_leaves_ends_the_wait(self, reader: MemoryReader) -> None:
        context = MemoryContext(reader)
        known = context.wait({})
        threading.Timer(0.05, context.remove, (reader,)).start()
        assert context.wait(known) == {}

    def test_nothing_new_returns_what_is_after_the_timeout(self, reader: MemoryReader) -> None:
        context = MemoryContext(reader)
        known = context.wait({})
        assert context.wait(known, timeout=0) == known

    def test_a_cancel_ends_the_wait_of_another_thread(self, reader: MemoryReader) -> None:
        context = MemoryContext(reader)
        known = context.wait({})
        threading.Timer(0.01, context.cancel).start()
        assert context.wait(known) == known

    def test_a_cancel_before_the_wait_ends_that_wait_and_no_other(
        self, reader: MemoryReader
    ) -> None:
        context = MemoryContext(reader)
        known = context.wait({})
        context.cancel()
        assert context.wait(known) == known
        reader.eject()
        assert context.wait(known) != known
        context.close()
