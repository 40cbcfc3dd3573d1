# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Transcripts are written for people, replay exactly, and hold no code."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import CardRemovedError, FormatError, ReaderError
from caducee.reader.memory import MemoryReader
from caducee.reader.transcript import Pattern, Player, Recorder, Transcript
from caducee.reader.transport import CardProtocol, Ending
from caducee.testing.chips import ScriptedChip

EXAMPLE = """\
# caducee transcript
atr: 3BAC00402A001225006480000310009000
protocol: T=0
origin: by hand

# SELECT 3F00/D003 SERIAL
> 00A40904043F00D003
< 6218 9000
> 0020000104********
< 63C2
! reset
> 00B00000 0C
< 5A0A 9000
! removed
"""


def recorded(play: "list[str]", chip: ScriptedChip) -> str:
    reader = MemoryReader()
    reader.insert(chip)
    sink = io.StringIO()
    recorder = Recorder(reader.connect(), sink.write, {"origin": "a test\nof two lines"})
    for command in play:
        recorder.transmit(bytes.fromhex(command))
    return sink.getvalue()


class TestRecorder:
    def test_a_dialogue_is_written_for_people(self) -> None:
        chip = ScriptedChip({"00A40904043F00D003": "62189000", "00B000000C": "5A0A9000"})
        text = recorded(["00A40904043F00D003", "00B000000C", "00A4090C043F000001"], chip)
        assert text == (
            "# caducee transcript\n"
            "atr: 3BAC00402A001225006480000310009000\n"
            "protocol: T=0\n"
            "origin: a test of two lines\n"
            "\n"
            "# SELECT 3F00/D003 SERIAL\n"
            "> 00A40904043F00D003\n"
            "< 6218 9000\n"
            "> 00B000000C\n"
            "< 5A0A 9000\n"
            "# SELECT 3F00/0001 CONTACT\n"
            "> 00A4090C043F000001\n"
            "< 9000\n"
        )

    def test_codes_are_masked(self) -> None:
        text = recorded(["002000010431323334", "00240001083132333434333231"], ScriptedChip())
        assert "> 0020000104********\n" in text
        assert "31323334" not in text

    @pytest.mark.parametrize(
        "command", ["00A404040601020304050600", "00A4000003112233", "00A40000"]
    )
    def test_a_select_that_names_no_path_has_no_comment(self, command: str) -> None:
        assert recorded([command], ScriptedChip()).count("#") == 1

    def test_an_unknown_file_is_named_by_its_id(self) -> None:
        assert "# SELECT 3F00/ABCD\n" in recorded(["00A40904043F00ABCD"], ScriptedChip())

    def test_resets_and_removals_are_written(self) -> None:
        reader = MemoryReader()
        reader.insert(ScriptedChip())
        sink = io.StringIO()
        recorder = Recorder(reader.connect(), sink.write)
        recorder.reset()
        with recorder.transaction():
            recorder.transmit(bytes(5))
        with recorder.transaction(Ending.LEAVE):
            reader.eject()
            with pytest.raises(CardRemovedError):
                recorder.transmit(bytes(5))
        lines = sink.getvalue().splitlines()
        assert lines[-5:] == ["! reset", "> 0000000000", "< 9000", "! reset", "! removed"]


class TestPlayer:
    def test_it_answers_as_it_was_recorded(self) -> None:
        player = Player(EXAMPLE)
        assert player.atr.hex().upper() == "3BAC00402A001225006480000310009000"
        assert player.protocol is CardProtocol.T0
        assert player.transmit(bytes.fromhex("00A40904043F00D003")).hex() == "62189000"
        assert player.transmit(bytes.fromhex("002000010439393939")).hex() == "63c2"
        assert player.reset() == player.atr
        assert player.transmit(bytes.fromhex("00B000000C")).hex() == "5a0a9000"
        assert not player.finished
        with pytest.raises(CardRemovedError):
            player.transmit(bytes(5))
        assert player.finished

    def test_the_first_deviation_is_reported_with_its_line(self) -> None:
        with pytest.raises(ReaderError) as caught:
            Player(EXAMPLE).transmit(bytes.fromhex("00A40904043F002F00"))
        assert caught.value.code == "reader.transcript_deviates"
        assert caught.value.facts == {
            "line": 7,
            "expected": "00A40904043F00D003",
            "got": "00A40904043F002F00",
        }

    def test_a_deviation_never_shows_a_pin(self) -> None:
        player = Player("> 0020000104 31323334\n< 9000\n")
        with pytest.raises(ReaderError) as caught:
            player.transmit(bytes.fromhex("002000010439383736"))
        message = str(caught.value)
        assert "31323334" not in message
        assert "39383736" not in message

    def test_a_masked_code_has_the_length_that_was_recorded(self) -> None:
        player = Player("> 0020000104********\n< 9000\n")
        with pytest.raises(ReaderError):
            player.transmit(bytes.fromhex("00200001083132333435363738"))

    def test_a_command_after_the_end_is_refused(self) -> None:
        with pytest.raises(ReaderError) as caught:
            Player("").transmit(bytes.fromhex("0084000008"))
        assert caught.value.code == "reader.transcript_ended"
        assert caught.value.facts["got"] == "0084000008"

    def test_a_reset_where_a_command_was_recorded_deviates(self) -> None:
        with pytest.raises(ReaderError):
            Player("> 0084000008\n< 9000\n").reset()

    def test_a_command_where_a_reset_was_recorded_deviates(self) -> None:
        with pytest.raises(ReaderError):
            Player("! reset\n").transmit(bytes(5))
        with pytest.raises(ReaderError):
            Player("! removed\n").reset()

    def test_a_response_that_was_left_out_cannot_be_played(self) -> None:
        with pytest.raises(ReaderError):
            Player("> 0084000008\n< ... 9000\n").transmit(bytes.fromhex("0084000008"))

    def test_a_transaction_plays_its_reset(self) -> None:
        player = Player("> 0084000008\n< 9000\n! reset\n")
        with player.transaction():
            player.transmit(bytes.fromhex("0084000008"))
        assert player.finished
        with player.transaction(Ending.LEAVE):
            pass

    def test_a_closed_player_plays_no_more(self) -> None:
        player = Player(EXAMPLE)
        player.close()
        with pytest.raises(ReaderError):
            player.transmit(bytes(5))
        with pytest.raises(ReaderError):
            player.control(1)

    @given(
        st.lists(
            st.tuples(
                st.binary(min_size=5, max_size=40).filter(
                    lambda item: item[1] not in range(0x20, 0x30)
                ),
                st.binary(min_size=2, max_size=40),
            )
        )
    )
    def test_what_a_recorder_wrote_a_player_plays(self, pairs: list[tuple[bytes, bytes]]) -> None:
        answers = iter([answer for _, answer in pairs])
        chip = ScriptedChip(lambda command: next(answers))
        player = Player(recorded([command.hex() for command, _ in pairs], chip))
        for command, answer in pairs:
            assert player.transmit(command) == answer
        assert player.finished


class TestParse:
    def test_headers_comments_and_steps_are_read(self) -> None:
        found = Transcript.parse(EXAMPLE)
        assert found.headers["origin"] == "by hand"
        assert [exchange.comment for exchange in found.exchanges] == [
            "SELECT 3F00/D003 SERIAL",
            "",
            "",
        ]
        assert len(found.steps) == 5

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("> 00\n> 00\n", 2),
            ("< 9000\n", 1),
            ("> 00A4\n", 1),
            ("> 00A\n< 9000\n", 1),
            ("> 00A4\n< xyz\n", 2),
            ("! burnt\n", 1),
            ("> 00A4\n! reset\n", 2),
            ("Atr 3B\n", 1),
            ("> 00A4\n< 9000\natr: 3B00\n", 3),
            ("atr: 3B0\n", 1),
            ("protocol: T=2\n", 1),
        ],
    )
    def test_a_malformed_line_is_reported(self, text: str, line: int) -> None:
        with pytest.raises(FormatError) as caught:
            Transcript.parse(text)
        assert caught.value.code == "reader.transcript_malformed"
        assert caught.value.facts["line"] == line

    @given(st.text(alphabet=">< !#*.…0aF\n:xatr", max_size=200))
    def test_any_text_is_read_or_refused_by_our_error(self, text: str) -> None:
        try:
            Transcript.parse(text)
        except FormatError as error:
            assert error.code == "reader.transcript_malformed"


class TestPattern:
    @pytest.mark.parametrize(
        ("text", "data", "matches"),
        [
            ("00A4", "00A4", True),
            ("00A4", "00A5", False),
            ("00**", "00FF", True),
            ("00**", "00", False),
            ("...9000", "9000", True),
            ("...9000", "0A0A9000", True),
            ("...9000", "6A82", False),
            ("29...A1", "290A0DA1", True),
        ],
    )
    def test_it_matches_what_it_says(self, text: str, data: str, matches: bool) -> None:
        assert Pattern(text).matches(bytes.fromhex(data)) is matches

    def test_only_a_pattern_without_gaps_is_exact(self) -> None:
        assert Pattern("00A4").exact == b"\x00\xa4"
        assert Pattern("00**").exact is None
        assert Pattern("...").exact is None

    def test_it_is_made_of_hex(self) -> None:
        with pytest.raises(FormatError):
            Pattern("0x00")
