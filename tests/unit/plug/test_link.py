# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card's side of the wire answers what a reader sends, and survives whatever else comes."""

import socket
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.codec.virtual_reader import ReaderDeframer, frame
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug.link import CardSide, serve


@pytest.fixture
def chip() -> ScriptedChip:
    return ScriptedChip({"00B0000002": "AABB9000"})


class TestCardSide:
    def test_only_the_answer_to_reset_and_commands_are_answered(self, chip: ScriptedChip) -> None:
        side = CardSide(chip)
        assert side.answer(b"\x01") is None
        assert side.answer(b"\x04") == chip.atr
        assert side.answer(bytes.fromhex("00B0000002")) == bytes.fromhex("AABB9000")
        assert side.answer(b"\x02") is None
        assert side.answer(b"\x00") is None
        assert chip.happened == ["on", "00B0000002", "reset", "off"]

    def test_current_is_given_once(self, chip: ScriptedChip) -> None:
        side = CardSide(chip)
        side.answer(b"\x04")
        side.answer(b"\x01")
        side.answer(b"\x04")
        assert chip.happened == ["on"]

    def test_a_reset_without_current_gives_current(self, chip: ScriptedChip) -> None:
        CardSide(chip).answer(b"\x02")
        assert chip.happened == ["on"]

    def test_a_command_without_current_gives_current_first(self, chip: ScriptedChip) -> None:
        CardSide(chip).answer(bytes(5))
        assert chip.happened == ["on", "0000000000"]

    def test_power_off_twice_is_once(self, chip: ScriptedChip) -> None:
        side = CardSide(chip)
        side.answer(b"\x01")
        side.answer(b"\x00")
        side.answer(b"\x00")
        assert chip.happened == ["on", "off"]

    @pytest.mark.parametrize("byte", [3, 5, 0x80, 0xFF])
    def test_an_unknown_byte_is_a_command_too_short(self, chip: ScriptedChip, byte: int) -> None:
        assert CardSide(chip).answer(bytes([byte])) == b"\x67\x00"

    def test_an_empty_message_is_a_command_that_the_card_judges(self, chip: ScriptedChip) -> None:
        assert CardSide(chip).answer(b"") == b"\x90\x00"

    def test_an_answer_too_long_for_the_wire_is_a_status_word(self) -> None:
        side = CardSide(ScriptedChip(lambda command: bytes(0x10000) + b"\x90\x00"))
        assert side.answer(bytes(5)) == b"\x6f\x00"


def played(chip: ScriptedChip, stream: bytes | bytearray, size: int = 1000) -> list[bytes]:
    """Send a stream in pieces, hang up, and return the answers."""
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=_served, args=(theirs, chip))
    server.start()
    with ours:
        for at in range(0, len(stream), size):
            ours.sendall(stream[at : at + size])
        ours.shutdown(socket.SHUT_WR)
        messages, found = ReaderDeframer(), []
        while data := ours.recv(100000):
            found += messages.feed(data)
    server.join()
    return found


def _served(stream: socket.socket, chip: ScriptedChip) -> None:
    with stream:
        serve(stream, chip)


class NotedSocket:
    """A TCP socket that notes what is done with it, in order."""

    family = socket.AF_INET

    def __init__(self, *pieces: bytes | bytearray) -> None:
        self.done: list[str] = []
        self._pieces = [*map(bytes, pieces), b""]

    def setsockopt(self, level: int, option: int, value: int) -> None:
        assert (level, option, value) == (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        self.done.append("quick ack")

    def recv(self, size: int) -> bytes:
        self.done.append("recv")
        return self._pieces.pop(0)

    def sendall(self, data: bytes) -> None:
        self.done.append(f"send {data.hex()}")


@pytest.mark.skipif(sys.platform != "linux", reason="quick acknowledgement is Linux's")
class TestSpeed:
    """vpcd 3.3 sends length and data apart; these two things make it 500 times faster."""

    def test_quick_acknowledgement_is_armed_before_each_receive(self) -> None:
        stream = NotedSocket(b"\x00\x05", bytes(5))
        serve(stream, ScriptedChip())  # type: ignore[arg-type]
        assert stream.done == [
            *("quick ack", "recv"),
            *("quick ack", "recv", "send 00029000"),
            *("quick ack", "recv"),
        ]

    def test_an_answer_is_one_send(self) -> None:
        stream = NotedSocket(frame(b"\x04"), frame(bytes(5)))
        serve(stream, ScriptedChip(), quick_ack=False)  # type: ignore[arg-type]
        atr = ScriptedChip().atr
        sends = [item for item in stream.done if item.startswith("send")]
        assert sends == [f"send {frame(atr).hex()}", "send 00029000"]
        assert "quick ack" not in stream.done


class TestServe:
    def test_each_message_is_answered_in_order(self, chip: ScriptedChip) -> None:
        asked = [b"\x01", b"\x04", bytes.fromhex("00B0000002"), bytes(5)]
        found = played(chip, b"".join(map(frame, asked)))
        assert [item.hex() for item in found] == [chip.atr.hex(), "aabb9000", "9000"]

    def test_the_end_of_the_reader_takes_the_current_away(self, chip: ScriptedChip) -> None:
        played(chip, frame(b"\x01"))
        assert chip.happened == ["on", "off"]

    def test_half_a_frame_is_not_executed(self, chip: ScriptedChip) -> None:
        assert played(chip, frame(b"\x01") + b"\x00\x05\x00\xb0") == []
        assert chip.commands == []

    def test_a_reader_that_dies_in_mid_answer_is_survived(self) -> None:
        ours, theirs = socket.socketpair()

        def die(command: bytes) -> bytes:
            ours.close()
            return b"\x90\x00"

        chip = ScriptedChip(die)
        ours.sendall(frame(bytes(5)))
        with theirs:
            serve(theirs, chip)
        assert chip.happened[-1] == "off"

    @given(st.binary(max_size=300), st.integers(1, 40))
    def test_any_stream_ends_well(self, stream: bytes, size: int) -> None:
        chip = ScriptedChip()
        played(chip, stream, size)
        assert not chip.happened or chip.happened[-1] == "off"
