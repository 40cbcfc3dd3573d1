# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Faulty cards on the wire between a reader and a card's process."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from caducee.base.errors import CardRemovedError, MuteCardError
from caducee.codec.virtual_reader import frame
from caducee.reader.memory import MemoryReader
from caducee.reader.socket import SocketReader
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault
from caducee.virtualcard.plug.link import serve
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

MF = bytes.fromhex("00A4000C023F00")
GET_ATR = b"\x04"


@pytest.fixture
def card(image: CardImage) -> FaultyCard:
    return FaultyCard(MemoryStore(image))


@contextmanager
def vpcd(card: FaultyCard) -> Iterator[socket.socket]:
    """A connection as vpcd has one: TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()

    def run() -> None:
        with ours:
            serve(ours, card)

    thread = threading.Thread(target=run)
    thread.start()
    with theirs:
        theirs.settimeout(10)
        yield theirs
    thread.join()


@pytest.fixture
def served(card: FaultyCard) -> Iterator[SocketReader]:
    with tempfile.TemporaryDirectory() as folder:
        plug = SocketPlug(card, Path(folder) / "s")
        plug.start()
        yield SocketReader(Path(folder) / "s", patience=10)
        plug.stop()


def test_a_torn_card_sends_its_last_answer_and_hangs_up(card: FaultyCard) -> None:
    card.store.switch(Fault(name=FaultName.TORN, after=1))
    with vpcd(card) as reader:
        reader.sendall(frame(MF))
        assert reader.recv(100) == frame(b"\x90\x00")
        assert reader.recv(100) == b""


@pytest.mark.parametrize("message", [MF, GET_ATR])
def test_a_mute_card_never_sends_vpcd_an_empty_answer(card: FaultyCard, message: bytes) -> None:
    card.store.switch(Fault(name=FaultName.MUTE))
    with vpcd(card) as reader:
        reader.sendall(frame(message))
        assert reader.recv(100) == b""


@pytest.mark.parametrize("name", [FaultName.TORN, FaultName.REMOVED])
def test_a_card_that_left_a_socket_is_gone_and_the_next_connection_puts_it_in(
    card: FaultyCard, served: SocketReader, name: FaultName
) -> None:
    card.store.switch(Fault(name=name, after=2))
    for _ in range(2):
        connection = served.connect()
        connection.transmit(MF)
        with pytest.raises(CardRemovedError):
            for _ in range(2):
                connection.transmit(MF)


def test_a_card_that_falls_silent_at_a_socket_is_mute(
    card: FaultyCard, served: SocketReader
) -> None:
    connection = served.connect()
    connection.transmit(MF)
    card.store.switch(Fault(name=FaultName.MUTE))
    with pytest.raises(MuteCardError):
        connection.transmit(MF)
    connection.close()
    with pytest.raises(MuteCardError):
        served.connect()


@pytest.mark.parametrize("name", [FaultName.TORN, FaultName.REMOVED])
def test_a_card_that_leaves_a_reader_in_memory_is_out_of_it(
    card: FaultyCard, name: FaultName
) -> None:
    reader = MemoryReader()
    card.leave = reader.eject
    card.store.switch(Fault(name=name, after=2))
    reader.insert(card)
    connection = reader.connect()
    connection.transmit(MF)
    with pytest.raises(CardRemovedError):
        for _ in range(2):
            connection.transmit(MF)
    assert not reader.status().present
    reader.insert(card)
    assert reader.connect().transmit(MF) == b"\x90\x00"
