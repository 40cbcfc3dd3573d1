# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The wrappers around a transport speak to the card as the standards want it."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import CardError, ReaderError
from caducee.reader.exchange import (
    TRAFFIC,
    Chaining,
    GetResponse,
    ShortT0,
    TrafficLog,
    Wrapper,
    standard,
)
from caducee.reader.memory import MemoryReader
from caducee.reader.transport import Ending, Transport
from caducee.testing.chips import ScriptedChip


def connect(chip: ScriptedChip) -> Transport:
    reader = MemoryReader()
    reader.insert(chip)
    return reader.connect()


def send(transport: Transport, command: str) -> str:
    return transport.transmit(bytes.fromhex(command)).hex().upper()


class TestWrapper:
    def test_it_passes_everything_through(self) -> None:
        chip = ScriptedChip(other="6A82")
        bare = connect(chip)
        wrapper = Wrapper(bare)
        assert wrapper.atr == bare.atr
        assert wrapper.protocol is bare.protocol
        assert send(wrapper, "00A40000") == "6A82"
        with wrapper.transaction(Ending.LEAVE):
            assert wrapper.reset() == chip.atr
        with pytest.raises(ReaderError):
            wrapper.control(1)
        wrapper.close()
        with pytest.raises(ReaderError):
            bare.transmit(bytes(5))


class TestGetResponse:
    def test_announced_data_are_fetched(self) -> None:
        chip = ScriptedChip({"00A4090402D003": "6103", "00C0000003": "AABBCC9000"})
        assert send(GetResponse(connect(chip)), "00A4090402D003") == "AABBCC9000"

    def test_data_announced_again_and_again_are_joined(self) -> None:
        answers = iter(["AA6102", "BB6102", "CC9000"])
        chip = ScriptedChip(lambda command: bytes.fromhex(next(answers)))
        assert send(GetResponse(connect(chip)), "00CB3FFF00") == "AABBCC9000"
        assert chip.commands == ["00CB3FFF00", "00C0000002", "00C0000002"]

    def test_256_bytes_are_announced_by_zero(self) -> None:
        chip = ScriptedChip({"0088000000": "6100", "00C0000000": "11" * 256 + "9000"})
        assert send(GetResponse(connect(chip)), "0088000000") == "11" * 256 + "9000"

    def test_the_channel_is_kept_and_the_chaining_bit_is_not(self) -> None:
        chip = ScriptedChip({"112A80860211220000": "6101"}, other="AA9000")
        send(GetResponse(connect(chip)), "112A80860211220000")
        assert chip.commands[-1] == "01C0000001"

    @pytest.mark.parametrize(
        ("command", "again"),
        [("00B0000000", "00B000000C"), ("00CB3FFF014D00", "00CB3FFF014D0C")],
    )
    def test_a_wrong_length_is_corrected_once(self, command: str, again: str) -> None:
        chip = ScriptedChip({command: "6C0C", again: "BB9000"})
        assert send(GetResponse(connect(chip)), command) == "BB9000"
        assert chip.commands == [command, again]

    def test_a_wrong_length_without_end_is_returned(self) -> None:
        chip = ScriptedChip(other="6C0C")
        assert send(GetResponse(connect(chip)), "00B0000000") == "6C0C"
        assert len(chip.commands) == 2

    def test_a_wrong_length_of_a_command_that_wanted_nothing_is_returned(self) -> None:
        chip = ScriptedChip(other="6C0C")
        assert send(GetResponse(connect(chip)), "00A4090C023F00") == "6C0C"

    def test_a_warning_after_the_data_is_kept(self) -> None:
        chip = ScriptedChip({"00B09C00C0": "6102", "00C0000002": "AABB6282"})
        assert send(GetResponse(connect(chip)), "00B09C00C0") == "AABB6282"

    def test_the_cps2ter_class_passes_as_it_is(self) -> None:
        chip = ScriptedChip(other="6110")
        assert send(GetResponse(connect(chip)), "A0A40000023F00") == "6110"

    def test_a_code_check_without_length_passes_as_it_is(self) -> None:
        chip = ScriptedChip(other="63C3")
        assert send(GetResponse(connect(chip)), "01200001") == "63C3"

    @pytest.mark.parametrize("answer", ["AA" * 255 + "6100", "6100", "6C00"])
    def test_a_card_that_never_ends_is_refused(self, answer: str) -> None:
        chip = ScriptedChip({"00B0000000": "6110"}, other=answer)
        with pytest.raises(CardError) as caught:
            GetResponse(connect(chip)).transmit(bytes.fromhex("00B0000000"))
        assert caught.value.code == "reader.answer_endless"


class TestShortT0:
    @pytest.mark.parametrize(
        ("command", "sent"),
        [
            ("00CB3FFF024D0800", "00CB3FFF024D08"),
            ("00CB3FFF024D08", "00CB3FFF024D08"),
            ("00B0000000", "00B0000000"),
            ("00200001", "00200001"),
            ("00CB3FFF0000024D080000", "00CB3FFF0000024D080000"),
        ],
    )
    def test_only_the_le_of_short_commands_with_data_is_left_out(
        self, command: str, sent: str
    ) -> None:
        chip = ScriptedChip()
        send(ShortT0(connect(chip)), command)
        assert chip.commands == [sent]


class TestChaining:
    @given(st.integers(1, 1200))
    def test_the_links_of_a_chain_carry_the_data_in_order(self, size: int) -> None:
        chip = ScriptedChip()
        data = bytes(n % 251 for n in range(size))
        command = b"\x00\x2a\x80\x86\x00" + size.to_bytes(2) + data + b"\x01\x00"
        Chaining(connect(chip)).transmit(command)
        links = [bytes.fromhex(item) for item in chip.commands]
        assert b"".join(link[5 : 5 + link[4]] for link in links) == data
        assert [link[0] for link in links] == [0x10] * (len(links) - 1) + [0]
        assert len(links) == -(-size // 255)
        assert links[-1][-1] == 0  # Le of the last link: 256

    def test_a_short_command_passes_as_it_is(self) -> None:
        chip = ScriptedChip()
        send(Chaining(connect(chip)), "00A4090402D003")
        send(Chaining(connect(chip)), "00200001")
        assert chip.commands == ["00A4090402D003", "00200001"]

    def test_a_refused_link_ends_the_chain(self) -> None:
        chip = ScriptedChip(other="6A80")
        command = b"\x00\x2a\x80\x86\x00\x02\x00" + bytes(512)
        assert Chaining(connect(chip)).transmit(command) == b"\x6a\x80"
        assert len(chip.commands) == 1

    def test_an_extended_question_becomes_a_short_one(self) -> None:
        chip = ScriptedChip()
        send(Chaining(connect(chip)), "00B00000000020")
        assert chip.commands == ["00B0000020"]

    @given(st.binary(min_size=7, max_size=20))
    def test_any_bytes_are_sent_or_refused_by_our_error(self, command: bytes) -> None:
        try:
            Chaining(connect(ScriptedChip())).transmit(command)
        except ReaderError as error:
            assert error.code == "reader.command_malformed"


class TestTrafficLog:
    def test_codes_never_reach_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(TRAFFIC, "caducee.reader.exchange"):
            log = TrafficLog(connect(ScriptedChip()))
            send(log, "002000010431323334")
            send(log, "00A4090402D003")
            log.reset()
        assert "> 0020000104********" in caplog.messages
        assert "> 00A4090402D003" in caplog.messages
        assert "! reset" in caplog.messages
        assert "31323334" not in caplog.text

    def test_traffic_lies_below_debug(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG, "caducee.reader.exchange"):
            send(TrafficLog(connect(ScriptedChip())), "00A4090402D003")
        assert caplog.messages == []


class TestStandard:
    def test_t0_commands_lose_their_le_and_their_answers_are_fetched(self) -> None:
        chip = ScriptedChip({"00CB3FFF024D08": "6101", "00C0000001": "AA9000"})
        assert send(standard(connect(chip)), "00CB3FFF024D0800") == "AA9000"

    def test_t1_commands_keep_their_le(self) -> None:
        chip = ScriptedChip(atr=bytes.fromhex("3B8101AA"))
        send(standard(connect(chip)), "00CB3FFF024D0800")
        assert chip.commands == ["00CB3FFF024D0800"]
