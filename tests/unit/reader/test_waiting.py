# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for cards ends when it should, and says why when it does not."""

import threading

import pytest

from caducee.base.errors import MuteCardError, ReaderError
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.reader.waiting import virtual_readers, wait_for_card, wait_until_gone
from caducee.testing.chips import ScriptedChip


@pytest.fixture
def reader() -> MemoryReader:
    return MemoryReader("Virtual PCD 00 01")


@pytest.fixture
def context(reader: MemoryReader) -> MemoryContext:
    return MemoryContext(MemoryReader("Other 00 00"), reader)


def test_virtual_readers_are_found_by_slot(reader: MemoryReader, context: MemoryContext) -> None:
    assert virtual_readers(context) == {1: reader}


def test_a_card_that_comes_is_returned(reader: MemoryReader, context: MemoryContext) -> None:
    threading.Timer(0.01, reader.insert, (ScriptedChip(),)).start()
    assert wait_for_card(context, reader.name).atr == ScriptedChip().atr


def test_an_absent_card_is_reported(reader: MemoryReader, context: MemoryContext) -> None:
    with pytest.raises(ReaderError) as caught:
        wait_for_card(context, reader.name, 0)
    assert caught.value.code == "reader.not_seen"
    with pytest.raises(ReaderError):
        wait_for_card(context, "no such reader", 0)


def test_a_mute_card_is_reported(reader: MemoryReader, context: MemoryContext) -> None:
    reader.insert(ScriptedChip(atr=b""))
    with pytest.raises(MuteCardError):
        wait_for_card(context, reader.name)


def test_a_card_that_leaves_ends_the_wait(reader: MemoryReader, context: MemoryContext) -> None:
    reader.insert(ScriptedChip())
    threading.Timer(0.01, reader.eject).start()
    wait_until_gone(context, reader.name)
    wait_until_gone(context, "no such reader")


def test_a_card_that_stays_is_reported(reader: MemoryReader, context: MemoryContext) -> None:
    reader.insert(ScriptedChip())
    with pytest.raises(ReaderError) as caught:
        wait_until_gone(context, reader.name, 0)
    assert caught.value.code == "reader.still_seen"
