# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.base.secret import Secret
from caducee.codec import apdu
from caducee.codec.apdu import CommandApdu, ResponseApdu
from caducee.spec.instructions import PinInstruction
from caducee.testing.strategies import spoiled

BYTE = st.integers(0, 255)
DATA = st.binary(max_size=20) | st.integers(250, 600).map(bytes) | st.just(bytes(65535))
LE = st.none() | st.integers(1, 65536) | st.sampled_from((255, 256, 257, 65535, 65536))
COMMANDS = st.builds(CommandApdu, BYTE, BYTE, BYTE, BYTE, DATA, LE, st.booleans())
RESPONSES = st.builds(ResponseApdu, st.binary(max_size=300), st.integers(0, 0xFFFF))


def command(text: str) -> CommandApdu:
    return CommandApdu.from_bytes(bytes.fromhex(text))


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(apdu).failed == 0


@given(COMMANDS)
def test_every_command_is_read_again(command_apdu: CommandApdu) -> None:
    assert CommandApdu.from_bytes(command_apdu.to_bytes()) == command_apdu


@given(spoiled(COMMANDS.map(CommandApdu.to_bytes)) | st.binary(max_size=12))
def test_an_accepted_command_comes_back_byte_for_byte_and_all_else_is_a_format_error(
    data: bytes,
) -> None:
    try:
        found = CommandApdu.from_bytes(data)
    except FormatError as error:
        assert error.code == "codec.apdu_length"
    else:
        assert found.to_bytes() == data


@given(RESPONSES)
def test_every_answer_is_read_again(response_apdu: ResponseApdu) -> None:
    assert ResponseApdu.from_bytes(response_apdu.to_bytes()) == response_apdu


@pytest.mark.parametrize(
    ("text", "case", "data", "le", "extended"),
    [
        ("00840000", 1, "", None, False),
        ("0084000008", 2, "", 8, False),
        ("00B0000000", 2, "", 256, False),
        ("00B00000000000", 2, "", 65536, True),
        ("00B00000000100", 2, "", 256, True),
        ("00A4090C043F000001", 3, "3F000001", None, False),
        ("00A40904043F00000100", 4, "3F000001", 256, False),
        ("002A9E9A000002AABB", 3, "AABB", None, True),
        ("002A9E9A000002AABB0000", 4, "AABB", 65536, True),
        ("002A9E9A000002AABB0010", 4, "AABB", 16, True),
    ],
)
def test_all_cases_are_distinguished(
    text: str, case: int, data: str, le: int | None, extended: bool
) -> None:
    found = command(text)
    assert (found.case, found.data, found.le, found.extended) == (
        case,
        bytes.fromhex(data),
        le,
        extended,
    )
    assert found.to_bytes() == bytes.fromhex(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00A404",
        "00A4040C02AA",
        "00A4040C01AABBCC",
        "00A4040C00AA",
        "00A4040C000000AA",
        "00A4040C000001AABB",
        "00A4040C000001AABBCCDD",
    ],
)
def test_lengths_that_contradict_each_other_are_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        command(text)
    assert caught.value.code == "codec.apdu_length"
    assert caught.value.facts["size"] == len(text) // 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"cla": 256}, "codec.apdu_header"),
        ({"p2": -1}, "codec.apdu_header"),
        ({"data": bytes(65536)}, "codec.apdu_length"),
        ({"le": 0}, "codec.apdu_expected"),
        ({"le": 65537}, "codec.apdu_expected"),
    ],
)
def test_what_cannot_be_written_cannot_be_made(fields: dict[str, object], code: str) -> None:
    header: dict[str, object] = {"cla": 0, "ins": 0, "p1": 0, "p2": 0}
    with pytest.raises(FormatError) as caught:
        CommandApdu(**(header | fields))  # type: ignore[arg-type]
    assert caught.value.code == code


def test_long_commands_become_extended_by_themselves() -> None:
    assert CommandApdu(0, 0xD6, 0, 0, bytes(256)).extended
    assert CommandApdu(0, 0xB0, 0, 0, le=257).extended
    assert not CommandApdu(0, 0xD6, 0, 0, bytes(255), 256).extended


def test_a_command_without_lengths_has_no_extended_form() -> None:
    assert CommandApdu(0, 0x20, 0, 1, extended=True) == CommandApdu(0, 0x20, 0, 1)


@pytest.mark.parametrize(
    ("cla", "chained", "channel", "secure", "proprietary"),
    [
        (0x00, False, 0, False, False),
        (0x10, True, 0, False, False),
        (0x01, False, 1, False, False),
        (0x11, True, 1, False, False),
        (0x0C, False, 0, True, False),
        (0x04, False, 0, True, False),
        (0x40, False, 4, False, False),
        (0x5F, True, 19, False, False),
        (0x60, False, 4, True, False),
        (0xA0, False, 0, False, True),
        (0x9F, False, 0, False, True),
    ],
)
def test_the_class_byte_says_chaining_channel_and_secure_messaging(
    cla: int, chained: bool, channel: int, secure: bool, proprietary: bool
) -> None:
    command_apdu = CommandApdu(cla, 0xA4, 0, 0)
    assert (
        command_apdu.chained,
        command_apdu.channel,
        command_apdu.secure_messaging,
        command_apdu.proprietary,
    ) == (
        chained,
        channel,
        secure,
        proprietary,
    )


def test_the_chaining_bit_is_set_and_cleared_alone() -> None:
    command_apdu = CommandApdu(0x01, 0x2A, 0x80, 0x86, b"\x81")
    assert command_apdu.with_chaining(True).cla == 0x11
    assert command_apdu.with_chaining(True).with_chaining(False) == command_apdu


@pytest.mark.parametrize(("channel", "cla"), [(0, 0x10), (3, 0x13), (4, 0x50), (19, 0x5F)])
def test_the_channel_is_written_into_the_class_and_chaining_stays(channel: int, cla: int) -> None:
    moved = CommandApdu(0x11, 0xA4, 0, 0).on_channel(channel)
    assert moved.cla == cla
    assert moved.channel == channel


@pytest.mark.parametrize(("cla", "channel"), [(0x00, 20), (0x00, -1), (0xA0, 1)])
def test_a_channel_that_cannot_be_written_is_refused(cla: int, channel: int) -> None:
    with pytest.raises(FormatError) as caught:
        CommandApdu(cla, 0xA4, 0, 0).on_channel(channel)
    assert caught.value.code == "codec.apdu_header"


def test_an_answer_is_data_and_a_status_word() -> None:
    answer = ResponseApdu.from_bytes(bytes.fromhex("AABB6982"))
    assert (answer.data, answer.sw, answer.sw1, answer.sw2) == (b"\xaa\xbb", 0x6982, 0x69, 0x82)
    assert not answer.ok
    assert ResponseApdu.from_bytes(b"\x90\x00").ok


@pytest.mark.parametrize("data", [b"", b"\x90", bytes(65539)])
def test_an_answer_of_an_impossible_length_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        ResponseApdu.from_bytes(data)
    assert caught.value.code == "codec.response_length"


def test_the_longest_answer_is_65536_bytes_and_a_status_word() -> None:
    assert len(ResponseApdu.from_bytes(bytes(65538)).data) == 65536


def test_a_status_word_beyond_two_bytes_is_refused() -> None:
    with pytest.raises(FormatError):
        ResponseApdu(b"", 0x10000)


@pytest.mark.parametrize("instruction", list(PinInstruction))
def test_the_text_of_a_command_never_shows_a_code(instruction: PinInstruction) -> None:
    shown = repr(CommandApdu(0x00, instruction, 0, 1, b"9753", 256))
    assert shown.endswith("p1=0x00, p2=0x01, data=<Secret>, le=256, extended=False)")
    assert "9753" not in shown


def test_the_text_of_other_commands_shows_their_data() -> None:
    assert "data=b'9753'" in repr(CommandApdu(0x00, 0xA4, 0, 0, b"9753"))
    assert "data=b''" in repr(CommandApdu(0x00, PinInstruction.VERIFY, 0, 1))


def test_a_command_carries_a_code_in_bytes_that_can_be_overwritten() -> None:
    command = CommandApdu(0x01, 0x20, 0, 0x81)
    sent = command.carrying(Secret.of("1234"))
    assert sent == bytes.fromhex("01200081 04 31323334")
    assert CommandApdu.from_bytes(bytes(sent)).data == b"1234"
    sent[:] = bytes(len(sent))


@pytest.mark.parametrize(
    ("command", "size"),
    [
        (CommandApdu(0, 0x20, 0, 1), 256),
        (CommandApdu(0, 0x20, 0, 1, b"1"), 4),
        (CommandApdu(0, 0x20, 0, 1, le=1), 4),
    ],
)
def test_a_command_that_cannot_carry_a_code_is_refused(command: CommandApdu, size: int) -> None:
    with pytest.raises(FormatError):
        command.carrying(Secret(bytes(size)))
