# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The wire between façade and daemon: frames, calls, replies."""

import doctest
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.codec import pkcs11_values as some

from caducee.base.errors import FormatError
from caducee.base.secret import Secret
from caducee.codec import pkcs11
from caducee.codec.pkcs11 import (
    Attribute,
    AttributeOutput,
    Call,
    Frame,
    FrameDeframer,
    Hello,
    OutputBuffer,
    OutputBytes,
    OutputNumbers,
    Reply,
    SlotInfo,
    Welcome,
    calls,
    padded,
    structures,
    values,
)
from caducee.spec.pkcs11 import Ckr
from caducee.spec.pkcs11.functions import FUNCTIONS, Function, by_name
from caducee.spec.pkcs11.wire import MAX_ATTRIBUTES, MAX_FRAME, MAX_PIN, FrameKind

FRAMES = st.builds(
    Frame, st.integers(0, 255), st.integers(0, (1 << 32) - 1), st.binary(max_size=60)
)
HELLOS = st.builds(
    Hello,
    st.sampled_from((4, 8)),
    st.binary(min_size=16, max_size=16),
    some.u64,
    some.u64,
    st.booleans(),
    st.booleans(),
    st.binary(max_size=64),
    st.integers(0, (1 << 32) - 1),
)


@pytest.mark.parametrize(
    "module", [pkcs11, calls, structures, values], ids=lambda item: item.__name__
)
def test_the_examples_of_the_documentation_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


# --- frames ---------------------------------------------------------------------------------------


@given(FRAMES)
def test_a_frame_comes_back_as_it_was(frame: Frame) -> None:
    assert Frame.from_bytes(frame.to_bytes()) == frame


@given(st.lists(FRAMES, max_size=5), st.integers(1, 30))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    frames: list[Frame], size: int
) -> None:
    stream = b"".join(frame.to_bytes() for frame in frames)
    deframer = FrameDeframer()
    found = []
    for at in range(0, len(stream), size):
        found += deframer.feed(stream[at : at + size])
    assert found == frames
    assert not deframer.unfinished


@pytest.mark.parametrize("size", [0, 4, MAX_FRAME + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_ends_the_stream_before_anything_is_kept(size: int) -> None:
    with pytest.raises(FormatError) as caught:
        FrameDeframer().feed(size.to_bytes(4, "little"))
    assert caught.value.code == "codec.pkcs11_frame"


@pytest.mark.parametrize(
    "data", ["", "05000000", "06000000 03 00000000", "05000000 03 00000000 00"]
)
def test_a_frame_of_another_length_than_it_says_is_refused(data: str) -> None:
    with pytest.raises(FormatError):
        Frame.from_bytes(bytes.fromhex(data))


def test_a_frame_that_is_too_long_cannot_be_written() -> None:
    Frame(1, 2, bytes(MAX_FRAME - 5)).to_bytes()
    with pytest.raises(FormatError):
        Frame(1, 2, bytes(MAX_FRAME - 4)).to_bytes()


def test_a_payload_is_not_shown_and_can_be_wiped() -> None:
    (frame,) = FrameDeframer().feed(Frame(FrameKind.CALL, 19, b"1234").to_bytes())
    assert "1234" not in repr(frame)
    frame.wipe()
    assert frame.payload == bytes(4)


def test_a_frame_that_never_ends_can_be_wiped() -> None:
    deframer = FrameDeframer()
    data = Frame(FrameKind.CALL, 19, b"1234").to_bytes()
    deframer.feed(data[:-1])
    room = deframer._room
    deframer.wipe()
    assert not deframer.unfinished and not any(room)
    assert deframer.feed(data) == [Frame(FrameKind.CALL, 19, b"1234")]


def test_the_rooms_of_a_stream_are_overwritten_before_they_are_given_up() -> None:
    deframer = FrameDeframer()
    data = Frame(FrameKind.CALL, 19, b"1234").to_bytes()
    rooms = []
    for item in data:
        rooms.append(deframer._room)
        deframer.feed(bytes((item,)))
    given_up = [room for room in rooms if room is not deframer._room]
    assert len({id(entry) for entry in given_up}) > 2
    assert not any(map(any, given_up))


def test_what_waits_takes_no_more_room_than_it_has_bytes_after_a_long_frame() -> None:
    deframer = FrameDeframer()
    data = Frame(FrameKind.CALL, 19, bytes(1 << 20)).to_bytes()
    deframer.feed(data[:9])
    deframer.feed(data[9:] + data[:7])
    assert len(deframer._room) == 7


@pytest.mark.parametrize("size", [5, MAX_PIN + 1])
def test_a_code_that_is_longer_than_may_be_is_refused(size: int) -> None:
    call = Call.build("C_Login", session=1, user=1, pin=Secret.of("1234")).to_frame()
    payload = call.payload[:-8] + size.to_bytes(4, "little") + b"1234"
    with pytest.raises(FormatError):
        Call.from_frame(Frame(FrameKind.CALL, call.code, payload))


def test_bytes_cannot_be_wiped_and_nothing_breaks() -> None:
    frame = Frame(FrameKind.CALL, 19, b"1234")
    frame.wipe()
    assert frame.payload == b"1234"


@given(HELLOS)
def test_a_hello_comes_back_as_it_was(hello: Hello) -> None:
    assert Hello.from_frame(hello.to_frame()) == hello


@given(st.builds(Welcome, st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1)))
def test_a_welcome_comes_back_as_it_was(welcome: Welcome) -> None:
    assert Welcome.from_frame(welcome.to_frame()) == welcome


def test_a_hello_of_another_width_or_with_more_behind_it_is_refused() -> None:
    good = Hello(8, bytes(16), 1).to_frame()
    for payload in (b"\x05" + good.payload[1:], good.payload + b"\x00", good.payload[:-1]):
        with pytest.raises(FormatError):
            Hello.from_frame(Frame(FrameKind.HELLO, 1, payload))


def test_a_token_has_64_bytes_at_most() -> None:
    with pytest.raises(FormatError):
        Hello.from_frame(Hello(8, bytes(16), 1, token=bytes(65)).to_frame())


def test_frames_of_another_kind_are_no_hello_welcome_call_or_reply() -> None:
    other = Frame(FrameKind.WORKING, 3)
    with pytest.raises(FormatError):
        Hello.from_frame(other)
    with pytest.raises(FormatError):
        Welcome.from_frame(other)
    with pytest.raises(FormatError):
        Call.from_frame(other)
    with pytest.raises(FormatError):
        Reply.from_frame(other, by_name("C_Logout"))


# --- calls and replies ----------------------------------------------------------------------------

_CARRIED = st.sampled_from(some.CARRIED)
_CALLS = _CARRIED.flatmap(some.calls)
_REPLIES = _CARRIED.flatmap(some.replies)


@pytest.mark.parametrize("function", some.CARRIED, ids=lambda item: item.name)
@settings(max_examples=15)
@given(st.data())
def test_a_call_of_each_function_comes_back_as_it_was(
    function: Function, data: st.DataObject
) -> None:
    call = data.draw(some.calls(function))
    frame = call.to_frame()
    found = Call.from_frame(frame)
    assert found.to_frame() == frame
    assert (found.function, found.trace) == (function, call.trace)
    for item, sent, came in zip(function.ins, call.arguments, found.arguments, strict=True):
        if isinstance(sent, Secret):
            assert came.reveal() == sent.reveal()
        else:
            assert came == sent, item


@pytest.mark.parametrize("function", some.CARRIED, ids=lambda item: item.name)
@settings(max_examples=15)
@given(st.data())
def test_a_reply_of_each_function_comes_back_as_it_was(
    function: Function, data: st.DataObject
) -> None:
    reply = data.draw(some.replies(function))
    assert Reply.from_frame(reply.to_frame(), function) == reply


@given(_CALLS, st.data())
def test_a_damaged_call_is_refused_or_is_another_call_exactly(
    call: Call, data: st.DataObject
) -> None:
    frame = _damaged(call.to_frame(), data)
    try:
        found = Call.from_frame(frame)
    except FormatError:
        return
    assert found.to_frame() == frame


@given(_REPLIES, st.data())
def test_a_damaged_reply_is_refused_or_is_another_reply_exactly(
    reply: Reply, data: st.DataObject
) -> None:
    frame = _damaged(reply.to_frame(), data)
    try:
        found = Reply.from_frame(frame, reply.function)
    except FormatError:
        return
    assert found.to_frame() == frame


def _damaged(frame: Frame, data: st.DataObject) -> Frame:
    payload = bytearray(frame.payload)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(payload)))
        payload[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    return Frame(frame.kind, frame.code, bytes(payload))


@pytest.mark.parametrize("number", [0, len(FUNCTIONS) + 1, by_name("C_Initialize").number])
def test_a_number_of_no_function_and_of_one_that_stays_outside_is_no_call(
    number: int,
) -> None:
    with pytest.raises(FormatError) as caught:
        Call.from_frame(Frame(FrameKind.CALL, number, bytes(8)))
    assert caught.value.code == "codec.pkcs11_function"


def test_a_name_that_the_table_does_not_have_is_a_fault_of_ours() -> None:
    with pytest.raises(LookupError):
        Call.build("C_Logout", session=1, pin=None)
    with pytest.raises(LookupError):
        Call.build("C_Logout")
    with pytest.raises(LookupError):
        Call.build("C_LogOut", session=1)


def test_results_have_names() -> None:
    reply = Reply.build("C_OpenSession", Ckr.OK, session=3)
    assert reply.named() == {"session": 3}
    assert Reply.build("C_OpenSession", Ckr.SLOT_ID_INVALID).named() == {}


def test_a_success_has_all_its_results() -> None:
    with pytest.raises(FormatError) as caught:
        Reply.build("C_OpenSession").to_frame()
    assert caught.value.code == "codec.pkcs11_results"
    with pytest.raises(FormatError):
        Reply.from_frame(Frame(FrameKind.REPLY, Ckr.OK), by_name("C_OpenSession"))
    with pytest.raises(FormatError):
        Reply(by_name("C_GenerateKeyPair"), Ckr.GENERAL_ERROR, (1,)).to_frame()
    Reply.build("C_Logout").to_frame()


def test_no_argument_of_a_call_is_shown() -> None:
    call = Call.build("C_Login", session=1, user=1, pin=Secret.of("1234"))
    assert "1234" not in repr(call)


# --- what cannot be written -----------------------------------------------------------------------


def test_numbers_beyond_64_bits_are_refused() -> None:
    for value in (-1, 1 << 64):
        with pytest.raises(FormatError) as caught:
            Call.build("C_Logout", session=value).to_frame()
        assert caught.value.code == "codec.pkcs11_number"


def test_a_value_of_another_length_than_it_says_is_refused() -> None:
    wrong = (
        Reply.build("C_Sign", signature=OutputBytes(3, b"ab")),
        Reply.build("C_GetSlotList", slots=OutputNumbers(3, (1, 2))),
        Reply.build("C_GetAttributeValue", template=(AttributeOutput(3, b"ab"),)),
        Reply.build("C_GetSlotInfo", info=SlotInfo(b"short", bytes(32), 0, (0, 0), (0, 0))),
    )
    for reply in wrong:
        with pytest.raises(FormatError) as caught:
            reply.to_frame()
        assert caught.value.code == "codec.pkcs11_characters"


def test_a_label_has_32_characters() -> None:
    for size in (31, 33):
        with pytest.raises(FormatError):
            Call.build("C_InitToken", slot=0, pin=None, label=bytes(size)).to_frame()
    good = Call.build("C_InitToken", slot=0, pin=None, label=bytes(32)).to_frame()
    short = good.payload[:-36] + b"\x1f\x00\x00\x00" + bytes(31)
    with pytest.raises(FormatError):
        Call.from_frame(Frame(good.kind, good.code, short))


def test_a_template_has_4096_attributes_at_most() -> None:
    template = (Attribute(0, b""),) * (MAX_ATTRIBUTES + 1)
    with pytest.raises(FormatError) as caught:
        Call.build("C_FindObjectsInit", session=1, template=template).to_frame()
    assert caught.value.code == "codec.pkcs11_template"
    payload = bytes(16) + (1_000_000).to_bytes(4, "little") + bytes(12_000_000)
    with pytest.raises(FormatError):
        Call.from_frame(Frame(FrameKind.CALL, by_name("C_FindObjectsInit").number, payload))


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("C_SignInit", "01 0000000000000000 04"),  # a form of parameter that is not
        ("C_Sign", "00000000 03"),  # a form of room that is not
        ("C_Sign", "00000000 02"),  # a room that only optional ones can be
        ("C_SignMessageNext", "00 00000000 03"),
        ("C_Login", "0000000000000000 01 00010000" + "00" * 256),  # a PIN of 256 bytes
        ("C_Login", "0000000000000000 02"),
    ],
)
def test_forms_that_do_not_exist_are_refused(name: str, payload: str) -> None:
    data = bytes(16) + bytes.fromhex(payload)
    with pytest.raises(FormatError) as caught:
        Call.from_frame(Frame(FrameKind.CALL, by_name(name).number, data))
    assert caught.value.code == "codec.pkcs11_message"


def test_a_list_longer_than_its_bytes_costs_nothing() -> None:
    payload = (1 << 60).to_bytes(8, "little") + b"\x01"
    with pytest.raises(FormatError):
        Reply.from_frame(Frame(FrameKind.REPLY, 0, payload), by_name("C_GetSlotList"))


def test_what_is_unavailable_has_no_value() -> None:
    payload = b"\x01\x00\x00\x00" + b"\xff" * 8 + b"\x01"
    with pytest.raises(FormatError):
        Reply.from_frame(Frame(FrameKind.REPLY, 0, payload), by_name("C_GetAttributeValue"))


# --- rooms ----------------------------------------------------------------------------------------


def test_a_buffer_takes_what_fits_and_gives_the_length_of_what_does_not() -> None:
    assert OutputBuffer(3).fill(b"abc") == OutputBytes(3, b"abc")
    assert OutputBuffer(2).fill(b"abc") == OutputBytes(3)
    assert OutputBuffer(None).fill(b"abc") == OutputBytes(3)
    assert [OutputBuffer(size).code(3) for size in (3, 2, None)] == [
        Ckr.OK,
        Ckr.BUFFER_TOO_SMALL,
        Ckr.OK,
    ]
    assert OutputBuffer(2).list([7, 8]) == OutputNumbers(2, (7, 8))
    assert OutputBuffer(1).list([7, 8]) == OutputNumbers(2)


def test_a_text_is_cut_between_characters() -> None:
    assert padded("à" * 20, 5) == "àà ".encode()
    assert padded("", 3) == b"   "
