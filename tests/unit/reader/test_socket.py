# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A reader at a local socket, with a good card and with hostile ones at the other end."""

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caducee.base.errors import CardRemovedError, MuteCardError, ReaderError
from caducee.codec.virtual_reader import ReaderDeframer, frame
from caducee.reader.socket import SocketReader
from caducee.reader.transport import CardProtocol, Ending
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug.socket import SocketPlug

READ = bytes.fromhex("00B0000002")
ATR = ScriptedChip().atr


def asking(stream: socket.socket) -> Iterator[bytes]:
    """Yield the messages of the reader, one by one, until it hangs up."""
    messages = ReaderDeframer()
    while data := stream.recv(100):
        yield from messages.feed(data)


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path: the system allows some 100 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "card"


@pytest.fixture
def chip() -> ScriptedChip:
    return ScriptedChip({"00B0000002": "AABB9000"})


@pytest.fixture
def reader(place: Path, chip: ScriptedChip) -> Iterator[SocketReader]:
    plug = SocketPlug(chip, place)
    plug.start()
    yield SocketReader(place)
    plug.stop()


@pytest.fixture
def hostile(place: Path) -> Iterator[Callable[..., SocketReader]]:
    """Serve answers that were written by hand, one for each message, then nothing."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(place))
    listener.listen()
    threads: list[threading.Thread] = []

    def play(answers: list[bytes], hold: bool) -> None:
        stream, _ = listener.accept()
        with stream, suppress(OSError):
            asked = asking(stream)
            for answer in answers:
                next(asked)
                stream.sendall(answer)
            while hold and stream.recv(100):
                pass

    def serve(*answers: bytes, hold: bool = True, patience: float = 10) -> SocketReader:
        thread = threading.Thread(target=play, args=([b"", *answers], hold), daemon=True)
        threads.append(thread)
        thread.start()
        return SocketReader(place, patience=patience)

    yield serve
    listener.close()


class TestGoodCard:
    def test_the_card_gets_current_and_its_answer_to_reset_is_read(
        self, reader: SocketReader, chip: ScriptedChip
    ) -> None:
        transport = reader.connect()
        assert transport.atr == chip.atr
        assert transport.protocol is CardProtocol.T0
        assert chip.happened == ["on"]
        transport.close()

    def test_commands_go_through(self, reader: SocketReader) -> None:
        transport = reader.connect()
        assert transport.transmit(READ).hex() == "aabb9000"
        assert transport.transmit(bytes(5)).hex() == "9000"
        transport.close()

    def test_a_long_command_and_a_long_answer_go_through(self, place: Path) -> None:
        plug = SocketPlug(ScriptedChip(lambda command: command[:-2] + b"\x90\x00"), place)
        plug.start()
        transport = SocketReader(place).connect()
        command = bytes(0xFFFF)
        assert transport.transmit(command) == command[:-2] + b"\x90\x00"
        with pytest.raises(ReaderError) as caught:
            transport.transmit(bytes(0x10000))
        assert caught.value.code == "reader.message_oversized"
        assert transport.transmit(bytes(10))[-2:] == b"\x90\x00"
        transport.close()
        plug.stop()

    def test_a_reset_reaches_the_card(self, reader: SocketReader, chip: ScriptedChip) -> None:
        transport = reader.connect()
        assert transport.reset() == chip.atr
        assert chip.happened == ["on", "reset"]
        transport.close()

    @pytest.mark.parametrize("ending", [Ending.RESET, Ending.LEAVE])
    def test_a_transaction_ends_without_current(
        self, reader: SocketReader, chip: ScriptedChip, ending: Ending
    ) -> None:
        transport = reader.connect()
        with transport.transaction(ending), transport.transaction(Ending.LEAVE):
            transport.transmit(READ)
        assert transport.transmit(READ).hex() == "aabb9000"
        assert chip.happened == ["on", "00B0000002", "off", "on", "00B0000002"]
        transport.close()

    def test_a_card_that_is_kept_keeps_its_current_until_a_reset(
        self, reader: SocketReader, chip: ScriptedChip
    ) -> None:
        transport = reader.connect()
        with transport.transaction(Ending.KEEP):
            transport.transmit(READ)
        with transport.transaction(Ending.LEAVE):
            transport.transmit(READ)
        assert chip.happened == ["on", "00B0000002", "00B0000002"]
        with transport.transaction(Ending.RESET):
            transport.transmit(READ)
        with transport.transaction(Ending.LEAVE):
            transport.transmit(READ)
        assert chip.happened[3:7] == ["00B0000002", "off", "on", "00B0000002"]
        transport.close()

    def test_two_programs_use_a_card_in_turn(self, reader: SocketReader) -> None:
        first, second = reader.connect(), None
        try:
            with first.transaction():
                waiting = ThreadPoolExecutor(1)
                turn = waiting.submit(reader.connect)
                assert first.transmit(READ).hex() == "aabb9000"
                assert not turn.done()
            second = turn.result()
            with second.transaction():
                assert second.transmit(READ).hex() == "aabb9000"
            with first.transaction():
                assert first.transmit(READ).hex() == "aabb9000"
        finally:
            first.close()
            if second is not None:
                second.close()
            waiting.shutdown()

    def test_card_exchanged_between_two_transactions_is_removed(
        self, place: Path, chip: ScriptedChip
    ) -> None:
        plug = SocketPlug(chip, place)
        plug.start()
        transport = SocketReader(place).connect()
        with transport.transaction():
            transport.transmit(READ)
        plug.stop()
        other = SocketPlug(chip, place)
        other.start()
        with pytest.raises(CardRemovedError), transport.transaction():
            transport.transmit(READ)
        other.stop()

    def test_the_next_reader_finds_the_card_without_current_before(
        self, reader: SocketReader, chip: ScriptedChip
    ) -> None:
        reader.connect().close()
        reader.connect().close()
        assert chip.happened[:3] == ["on", "off", "on"]

    def test_a_card_that_is_ejected_in_use_is_removed(
        self, place: Path, chip: ScriptedChip
    ) -> None:
        plug = SocketPlug(chip, place)
        plug.start()
        reader = SocketReader(place)
        transport = reader.connect()
        plug.stop()
        with pytest.raises(CardRemovedError) as caught:
            transport.transmit(READ)
        assert caught.value.code == "reader.card_removed"
        with pytest.raises(ReaderError) as closed:
            transport.transmit(READ)
        assert closed.value.code == "reader.closed"
        with pytest.raises(CardRemovedError) as absent:
            reader.connect()
        assert absent.value.code == "reader.no_card"

    def test_a_removal_inside_a_transaction_is_reported_once(
        self, place: Path, chip: ScriptedChip
    ) -> None:
        plug = SocketPlug(chip, place)
        plug.start()
        transport = SocketReader(place).connect()
        with pytest.raises(CardRemovedError), transport.transaction():
            plug.stop()
            transport.transmit(READ)

    def test_the_status_counts_insertions(self, place: Path, chip: ScriptedChip) -> None:
        reader = SocketReader(place)
        assert reader.status().present is False
        for times in (1, 3):
            plug = SocketPlug(chip, place)
            plug.start()
            assert reader.status().present is True
            assert reader.status().changes == times
            plug.stop()
            assert reader.status().present is False

    def test_it_has_a_name_and_no_features(self, reader: SocketReader, place: Path) -> None:
        assert reader.name == f"socket:{place}"
        transport = reader.connect()
        with pytest.raises(ReaderError):
            transport.control(1)
        with pytest.raises(ReaderError) as caught:
            transport.transmit(b"\x00")
        assert caught.value.code == "reader.command_malformed"
        transport.close()


class TestHostileCard:
    def test_a_card_without_answer_to_reset_is_mute(
        self, hostile: Callable[..., SocketReader]
    ) -> None:
        with pytest.raises(MuteCardError):
            hostile(frame(b"")).connect()

    def test_an_endless_answer_to_reset_is_refused(
        self, hostile: Callable[..., SocketReader]
    ) -> None:
        with pytest.raises(ReaderError) as caught:
            hostile(frame(bytes(34))).connect()
        assert caught.value.code == "reader.wire_malformed"

    @pytest.mark.parametrize("half", [b"\x00", b"\x00\x05", b"\x00\x05\x90"])
    def test_half_a_frame_and_silence_is_a_mute_card_in_bounded_time(
        self, hostile: Callable[..., SocketReader], half: bytes
    ) -> None:
        transport = hostile(frame(ATR), half, patience=0.05).connect()
        with pytest.raises(MuteCardError):
            transport.transmit(READ)

    @pytest.mark.parametrize("half", [b"", b"\x00", b"\xff\xff", b"\x00\x05\x90"])
    def test_half_a_frame_and_death_is_a_removed_card(
        self, hostile: Callable[..., SocketReader], half: bytes
    ) -> None:
        transport = hostile(frame(ATR), half, hold=False).connect()
        with pytest.raises(CardRemovedError):
            transport.transmit(READ)

    def test_a_late_answer_is_never_taken_for_the_next(
        self, hostile: Callable[..., SocketReader]
    ) -> None:
        transport = hostile(frame(ATR), frame(b"\x90\x00") * 2).connect()
        with pytest.raises(ReaderError) as caught:
            transport.transmit(READ)
        assert caught.value.code == "reader.wire_malformed"
        with pytest.raises(ReaderError) as closed:
            transport.transmit(READ)
        assert closed.value.code == "reader.closed"

    @pytest.mark.parametrize(
        ("answer", "code"), [(b"", "reader.card_mute"), (b"\x90", "reader.answer_malformed")]
    )
    def test_an_answer_without_status_word_is_refused(
        self, hostile: Callable[..., SocketReader], answer: bytes, code: str
    ) -> None:
        transport = hostile(frame(ATR), frame(answer)).connect()
        with pytest.raises(ReaderError) as caught:
            transport.transmit(READ)
        assert caught.value.code == code
        transport.close()

    def test_a_card_that_never_reads_stops_nobody_for_ever(self, place: Path) -> None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with listener:
            listener.bind(str(place))
            listener.listen()
            with pytest.raises(MuteCardError):
                SocketReader(place, patience=0.05).connect()

    def test_a_path_that_is_too_long_is_an_absent_card(self) -> None:
        with pytest.raises(CardRemovedError):
            SocketReader(Path("/tmp/" + "x" * 200)).connect()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=60), st.booleans())
    def test_whatever_a_card_sends_is_an_answer_or_an_error_of_ours(
        self, answer: bytes, honest: bool
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "card"
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with listener:
                listener.bind(str(place))
                listener.listen()
                server = threading.Thread(target=_answer, args=(listener, answer, honest))
                server.start()
                with suppress(ReaderError):
                    with closing(SocketReader(place, patience=5).connect()) as transport:
                        assert len(transport.transmit(READ)) >= 2
                server.join()


def _answer(listener: socket.socket, answer: bytes, honest: bool) -> None:
    stream, _ = listener.accept()
    with stream, suppress(OSError, StopIteration):
        asked = asking(stream)
        next(asked), next(asked)
        stream.sendall(frame(ATR) if honest else answer)
        if honest:
            next(asked)
            stream.sendall(answer)
