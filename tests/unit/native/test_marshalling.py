# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every function of the table, from C over the wire to the codec and back."""

import ctypes
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.codec import pkcs11_values as some
from tests.unit.native.daemon import Conversation, FakeDaemon
from tests.unit.native.facade import WILD, CAttribute, CMechanism, Facade, Given

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import (
    Attribute,
    AttributeBuffer,
    AttributeOutput,
    Call,
    Mechanism,
    OutputBuffer,
    PssParameters,
    Reply,
    UnreadParameter,
)
from caducee.spec.pkcs11 import UNAVAILABLE, Cka, Ckm, Ckr
from caducee.spec.pkcs11.functions import Argument, Function, Kind, by_name
from caducee.spec.pkcs11.wire import MAX_ATTRIBUTES, MAX_FRAME, MAX_PIN
from caducee.spec.pkcs11.wire import PARAMETER_WANTED as WANTED

CARRIED = tuple(item for item in some.CARRIED if item.name != "C_Finalize")
u64 = some.u64
data = st.binary(max_size=50)
room = st.builds(OutputBuffer, st.none() | st.integers(0, 60))
types = st.sampled_from([Cka.LABEL, Cka.ID, Cka.VALUE, Cka.ALLOWED_MECHANISMS, 0x8000_1234])
mechanism = st.one_of(
    st.builds(Mechanism, u64, st.none()),
    st.builds(Mechanism, u64, st.builds(UnreadParameter, st.integers(1, (1 << 64) - 1))),
    st.builds(
        Mechanism,
        st.sampled_from([int(Ckm.RSA_PKCS_PSS), int(Ckm.SHA256_RSA_PKCS_PSS)]),
        st.builds(PssParameters, u64, u64, u64),
    ),
)
INS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.ULONG: u64,
    Kind.FLAG: st.booleans(),
    Kind.BYTES: data,
    Kind.DATA: st.none() | data,
    Kind.OPTIONAL_BYTES: st.none() | data,
    Kind.PIN: st.none() | data.map(Secret),
    Kind.LABEL: st.binary(min_size=32, max_size=32),
    Kind.MECHANISM: st.none() | mechanism,
    Kind.TEMPLATE: st.lists(st.builds(Attribute, types, data), max_size=5).map(tuple),
    Kind.PARAMETER: st.none() | u64,
    Kind.BYTES_ROOM: room,
    Kind.OPTIONAL_BYTES_ROOM: st.none() | room,
    Kind.LIST_ROOM: room,
    Kind.FOUND_ROOM: st.builds(OutputBuffer, st.integers(0, 60)),
    Kind.TEMPLATE_ROOM: st.lists(
        st.builds(AttributeBuffer, types, st.none() | st.integers(0, 60)), max_size=5
    ).map(tuple),
    Kind.RANDOM: st.integers(0, 4000),
}


def _result(argument: Argument, value: Any, draw: st.DataObject) -> tuple[int, Any]:
    """Return what an honest daemon answers for one argument, with its code."""
    match argument.kind:
        case Kind.BYTES_ROOM | Kind.OPTIONAL_BYTES_ROOM:
            if value is None:
                return Ckr.OK, OutputBuffer(None).fill(b"")
            found = draw.draw(data)
            return value.code(len(found)), value.fill(found)
        case Kind.LIST_ROOM | Kind.FOUND_ROOM:
            numbers = draw.draw(st.lists(u64, max_size=value.capacity or 5))
            return value.code(len(numbers)), value.list(numbers)
        case Kind.TEMPLATE_ROOM:
            filled = tuple(_attribute(room, draw.draw(data)) for room in value)
            missing = any(
                room.capacity is not None and item.value is None
                for room, item in zip(value, filled, strict=True)
            )
            return Ckr.BUFFER_TOO_SMALL if missing else Ckr.OK, filled
        case Kind.RANDOM:
            return Ckr.OK, draw.draw(st.binary(min_size=value, max_size=value))
        case _:
            return Ckr.OK, draw.draw(some._result(argument))


def _attribute(room: AttributeBuffer, value: bytes) -> AttributeOutput:
    if room.capacity is None:
        return AttributeOutput(len(value))
    if len(value) > room.capacity:
        return AttributeOutput(None)
    return AttributeOutput(len(value), value)


def _plain(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value


def _check_results(given: Given, reply: Reply) -> None:
    for item, value in zip(reply.function.outs, reply.results, strict=True):
        match item.kind:
            case Kind.ULONG_OUT:
                assert given.number(item.name) == value
            case Kind.STRUCTURE_OUT:
                assert given.structure(item.name) == asdict(value)
            case Kind.RANDOM:
                assert bytes(given.items(item.name, len(value))) == value
            case Kind.TEMPLATE_ROOM:
                _check_attributes(given.attributes(item.name), value)
            case Kind.LIST_ROOM | Kind.FOUND_ROOM:
                assert given.size(item.name) == value.count
                if value.values is not None:
                    assert given.items(item.name, value.count) == value.values
            case _ if value.value is not None:
                assert given.size(item.name) == value.length
                assert bytes(given.items(item.name, value.length)) == value.value


def _check_attributes(
    found: list[tuple[int, bytes | None]], sent: tuple[AttributeOutput, ...]
) -> None:
    for (length, value), item in zip(found, sent, strict=True):
        assert length == (UNAVAILABLE if item.length is None else item.length)
        if item.value is not None:
            assert value == item.value


@pytest.mark.parametrize("function", CARRIED, ids=lambda item: item.name)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_each_function_arrives_as_it_was_called_and_returns_as_it_was_answered(
    function: Function, draw: st.DataObject, facade: Facade, daemon: FakeDaemon
) -> None:
    values = {item.name: draw.draw(INS[item.kind], item.name) for item in function.ins}
    if function.name == "C_WaitForSlotEvent":
        values["flags"] |= 1
    answers = [_result(out, values.get(out.name), draw) for out in function.outs]
    rv = max([code for code, _ in answers], default=Ckr.OK)
    reply = Reply(function, rv, tuple(value for _, value in answers))

    def answer(conversation: Conversation, call: Call) -> None:
        """Ask for the parameter of the mechanism that the program brings, then answer."""
        whole = [_plain(argument) for argument in call.arguments] == [
            _plain(item) for item in values.values()
        ]
        conversation.send(reply if whole else Reply(function, WANTED))

    daemon.script = answer
    given = Given(function, values)
    assert getattr(facade, function.name)(*given.arguments) == rv
    call = daemon.calls[-1]
    assert call.function is function
    assert [_plain(argument) for argument in call.arguments] == [
        _plain(item) for item in values.values()
    ]
    _check_results(given, reply)


@pytest.mark.parametrize("function", CARRIED, ids=lambda item: item.name)
def test_the_code_of_a_failure_comes_through_and_writes_nothing(
    function: Function, facade: Facade, daemon: FakeDaemon
) -> None:
    daemon.script = lambda conversation, call: conversation.send(Reply(function, 0x8000_0001))
    values = {item.name: _least(item.kind) for item in function.ins}
    given = Given(function, values)
    assert getattr(facade, function.name)(*given.arguments) == 0x8000_0001


def _least(kind: Kind) -> Any:
    """Return a small value of a kind; 1 for numbers, so that C_WaitForSlotEvent does not block."""
    if kind in (Kind.BYTES_ROOM, Kind.LIST_ROOM, Kind.FOUND_ROOM):
        return OutputBuffer(4)
    return {
        Kind.ULONG: 1,
        Kind.FLAG: 0,
        Kind.BYTES: b"",
        Kind.LABEL: bytes(32),
        Kind.TEMPLATE: (),
        Kind.TEMPLATE_ROOM: (),
        Kind.RANDOM: 3,
    }.get(kind)


# --- what the façade refuses by itself ------------------------------------------------------------


@pytest.fixture
def unasked(facade: Facade, daemon: FakeDaemon) -> Iterator[Facade]:
    """Give the façade; in the end the daemon must not have been asked anything."""
    yield facade
    assert daemon.calls == []


NULLS = [
    (function, position)
    for function in CARRIED
    for position, item in enumerate(function.arguments)
    if item.kind in (Kind.ULONG_OUT, Kind.STRUCTURE_OUT, Kind.LABEL)
]


@pytest.mark.parametrize(
    ("function", "position"),
    NULLS,
    ids=lambda item: item.name if isinstance(item, Function) else item,
)
def test_a_null_pointer_where_something_must_be_is_a_bad_argument(
    function: Function, position: int, unasked: Facade
) -> None:
    values = {entry.name: _least(entry.kind) for entry in function.ins}
    arguments: list[Any] = []
    for number, item in enumerate(function.arguments):
        part = Given(Function("", (item,), 0), values).arguments
        arguments += [None] if number == position else part
    keep_alive = Given(function, values)
    assert getattr(unasked, function.name)(*arguments) == Ckr.ARGUMENTS_BAD
    del keep_alive


def test_a_null_pointer_with_a_length_is_a_bad_argument(unasked: Facade) -> None:
    size = ctypes.c_ulong(10)
    place = ctypes.byref(size)
    assert unasked.C_Sign(1, None, 5, None, ctypes.addressof(size)) == Ckr.ARGUMENTS_BAD
    assert unasked.C_Sign(1, None, 0, None, None) == Ckr.ARGUMENTS_BAD
    assert unasked.C_FindObjects(1, None, 5, ctypes.addressof(size)) == Ckr.ARGUMENTS_BAD
    assert unasked.C_FindObjects(1, ctypes.addressof(size), 1, None) == Ckr.ARGUMENTS_BAD
    assert unasked.C_GenerateRandom(1, None, 5) == Ckr.ARGUMENTS_BAD
    assert unasked.C_FindObjectsInit(1, None, 5) == Ckr.ARGUMENTS_BAD
    assert unasked.C_GetAttributeValue(1, 1, None, 5) == Ckr.ARGUMENTS_BAD
    assert unasked.C_LoginUser(1, 1, None, 0, None, 4) == Ckr.ARGUMENTS_BAD
    assert unasked.C_SignMessageBegin(1, None, 4) == Ckr.ARGUMENTS_BAD
    assert unasked.C_GetSlotList(1, place, None) == Ckr.ARGUMENTS_BAD


def test_reserved_pointers_must_be_null(unasked: Facade) -> None:
    slot = ctypes.c_ulong()
    assert unasked.C_WaitForSlotEvent(1, ctypes.addressof(slot), 1) == Ckr.ARGUMENTS_BAD
    assert unasked.C_Finalize(1) == Ckr.ARGUMENTS_BAD


def test_lengths_that_no_frame_carries_are_refused_before_anything_is_read(
    unasked: Facade,
) -> None:
    byte = ctypes.c_ubyte()
    place = ctypes.addressof(byte)
    size = ctypes.c_ulong(1)
    room = ctypes.addressof(size)
    for length in (MAX_FRAME, MAX_FRAME * 5, 1 << 40, (1 << 64) - 1):
        assert unasked.C_Digest(1, place, length, None, room) == Ckr.DATA_LEN_RANGE
        assert unasked.C_Decrypt(1, place, length, None, room) == Ckr.ENCRYPTED_DATA_LEN_RANGE
        assert unasked.C_VerifyFinal(1, place, length) == Ckr.SIGNATURE_LEN_RANGE
        assert unasked.C_InitPIN(1, place, length) == Ckr.PIN_LEN_RANGE
        assert unasked.C_Login(1, 1, place, length) == Ckr.PIN_INCORRECT
        assert unasked.C_GenerateRandom(1, place, length) == Ckr.ARGUMENTS_BAD
    assert unasked.C_Login(1, 1, place, MAX_PIN + 1) == Ckr.PIN_INCORRECT


def test_the_sum_of_two_arguments_may_not_exceed_a_frame(unasked: Facade) -> None:
    half = (ctypes.c_ubyte * (MAX_FRAME // 2))()
    place = ctypes.addressof(half)
    assert unasked.C_Verify(1, place, len(half), place, len(half)) == Ckr.SIGNATURE_LEN_RANGE


def test_the_longest_data_that_fits_goes_through(facade: Facade, daemon: FakeDaemon) -> None:
    part = (ctypes.c_ubyte * (MAX_FRAME - 64))(7, 8, 9)
    assert facade.C_DigestUpdate(1, ctypes.addressof(part), len(part)) == Ckr.OK
    assert daemon.calls[-1].named()["part"] == bytes(part)


def test_templates_of_a_million_attributes_are_refused_before_anything_is_read(
    unasked: Facade,
) -> None:
    attribute = CAttribute()
    for count in (MAX_ATTRIBUTES + 1, 1_000_000, 1 << 60, (1 << 64) - 1):
        assert unasked.C_FindObjectsInit(1, ctypes.addressof(attribute), count) == Ckr.ARGUMENTS_BAD
        assert (
            unasked.C_GetAttributeValue(1, 1, ctypes.addressof(attribute), count)
            == Ckr.ARGUMENTS_BAD
        )


@pytest.mark.parametrize("attribute", [Cka.WRAP_TEMPLATE, Cka.UNWRAP_TEMPLATE, 0xC000_0001])
def test_no_template_within_a_template_is_sent(attribute: int, unasked: Facade) -> None:
    c_attribute = CAttribute(attribute, None, 0)
    rv = unasked.C_FindObjectsInit(1, ctypes.addressof(c_attribute), 1)
    assert rv == Ckr.ATTRIBUTE_TYPE_INVALID


def test_attributes_without_a_value_but_with_a_length_are_refused(unasked: Facade) -> None:
    for length in (5, (1 << 64) - 1):
        attribute = CAttribute(Cka.LABEL, None, length)
        rv = unasked.C_FindObjectsInit(1, ctypes.addressof(attribute), 1)
        assert rv == Ckr.ATTRIBUTE_VALUE_INVALID


@pytest.fixture
def asking(facade: Facade, daemon: FakeDaemon) -> Facade:
    """Give the façade; the daemon asks for the parameter of every mechanism."""
    daemon.script = lambda conversation, call: conversation.send(Reply(call.function, WANTED))
    return facade


@pytest.mark.parametrize("length", [1, 23, 25, 1 << 50, (1 << 64) - 1])
def test_a_parameter_of_another_size_than_the_mechanism_defines_is_not_read(
    length: int, asking: Facade
) -> None:
    mechanism = CMechanism(Ckm.RSA_PKCS_PSS, WILD, length)
    rv = asking.C_SignInit(1, ctypes.addressof(mechanism), 1)
    assert rv == Ckr.MECHANISM_PARAM_INVALID


def test_a_parameter_at_no_address_is_not_read(asking: Facade) -> None:
    mechanism = CMechanism(Ckm.RSA_PKCS_PSS, None, 24)
    rv = asking.C_SignInit(1, ctypes.addressof(mechanism), 1)
    assert rv == Ckr.MECHANISM_PARAM_INVALID


def test_a_mechanism_without_a_parameter_has_none_read_whatever_the_daemon_says(
    asking: Facade,
) -> None:
    mechanism = CMechanism(Ckm.AES_CBC, WILD, 24)
    rv = asking.C_SignInit(1, ctypes.addressof(mechanism), 1)
    assert rv == Ckr.MECHANISM_PARAM_INVALID


def test_a_daemon_that_asks_again_for_a_parameter_that_it_has_is_not_believed(
    asking: Facade, daemon: FakeDaemon
) -> None:
    pss = (ctypes.c_ulong * 3)(Ckm.SHA256, 2, 32)
    mechanism = CMechanism(Ckm.RSA_PKCS_PSS, ctypes.addressof(pss), ctypes.sizeof(pss))
    assert asking.C_SignInit(1, ctypes.addressof(mechanism), 1) == Ckr.DEVICE_ERROR
    assert daemon.names == ["C_SignInit"] * 2


def test_a_daemon_that_asks_for_a_parameter_where_there_is_no_mechanism_is_not_believed(
    asking: Facade,
) -> None:
    assert asking.C_Logout(1) == Ckr.DEVICE_ERROR
    assert asking.C_SignInit(1, None, 1) == Ckr.DEVICE_ERROR


# --- the pieces around a call ---------------------------------------------------------------------


def test_each_call_has_a_trace_of_its_own(facade: Facade, daemon: FakeDaemon) -> None:
    for _ in range(50):
        facade.C_Logout(1)
    assert len({call.trace for call in daemon.calls}) == 50


def test_hello_says_who_calls(library: Path, daemon: FakeDaemon) -> None:
    import os

    loaded = Facade(library)
    assert loaded.C_Initialize(None) == 0
    loaded.C_Finalize(None)
    assert loaded.C_Initialize(None) == 0
    loaded.C_Finalize(None)
    first, second = daemon.hellos
    assert (first.ulong_size, first.pid) == (ctypes.sizeof(ctypes.c_ulong), os.getpid())
    assert not first.reserved
    assert first.flags == 0
    assert first.application != second.application


def test_a_card_that_the_daemon_needs_to_borrow_is_not_lent(
    facade: Facade, daemon: FakeDaemon
) -> None:
    from caducee.codec.pkcs11 import Frame
    from caducee.spec.pkcs11.wire import FrameKind, Lending

    answers: list[Frame | None] = []

    def borrow(conversation: Conversation, call: Call) -> None:
        for _ in range(2):
            conversation.send(Frame(FrameKind.LEND, Lending.TRANSMIT, bytes.fromhex("0084000008")))
            answers.append(conversation.receive())
        conversation.send(Reply.build("C_OpenSession", session=7))

    daemon.script = borrow
    given = Given(by_name("C_OpenSession"), {"slot": 0, "flags": 4})
    assert facade.C_OpenSession(*given.arguments) == Ckr.OK
    assert given.number("session") == 7
    assert answers == [Frame(FrameKind.LENT, Ckr.FUNCTION_NOT_SUPPORTED)] * 2
