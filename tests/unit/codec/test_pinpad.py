# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Structures for PIN pads: as written down, there and back, and refused when they are none."""

import doctest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import pinpad
from caducee.codec.pinpad import (
    PadProperties,
    PinFormat,
    PinModify,
    PinVerify,
    read_features,
    write_features,
)
from caducee.spec.pinpad import EntryEnd, Feature, MessageLanguage, PadProperty, PinEncoding

byte = st.integers(0, 255)
nibble = st.integers(0, 15)
places = st.builds(
    PinFormat, nibble, st.sampled_from(PinEncoding), nibble, st.booleans(), nibble, byte
)
digits = st.tuples(byte, byte).map(sorted)
commands = st.binary(max_size=60)
language = st.integers(0, 0xFFFF)
threes = st.tuples(byte, byte, byte)
verifies = st.builds(
    lambda pair, *rest: PinVerify(rest[0], rest[1], pair[0], pair[1], *rest[2:]),
    digits, commands, places, language, byte, byte, byte, byte, st.binary(min_size=3, max_size=3),
)  # fmt: skip
modifies = st.builds(
    lambda pair, *rest: PinModify(rest[0], rest[1], pair[0], pair[1], *rest[2:]),
    digits, commands, places, byte, byte, st.booleans(), st.booleans(), language, byte, byte,
    threes, st.binary(min_size=3, max_size=3),
)  # fmt: skip


def test_the_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(pinpad).failed == 0


@given(verifies)
def test_an_entry_comes_back_as_it_went(plan: PinVerify) -> None:
    assert PinVerify.from_bytes(plan.to_bytes()) == plan


@given(modifies)
def test_a_change_comes_back_as_it_went(plan: PinModify) -> None:
    assert PinModify.from_bytes(plan.to_bytes()) == plan


near_structures = st.one_of(verifies, modifies).flatmap(
    lambda plan: st.tuples(
        st.just(plan.to_bytes()), st.integers(0, len(plan.to_bytes()) - 1), byte
    ).map(lambda found: found[0][: found[1]] + bytes((found[2],)) + found[0][found[1] + 1 :])
)
"""Structures with one byte changed: nearly all bytes by chance are refused for their length."""


@pytest.mark.parametrize(
    "plan", [PinVerify(b"", PinFormat(8), 4, 8), PinModify(b"", PinFormat(8), 4, 8)]
)
def test_fewer_digits_at_most_than_at_least_are_refused(plan: PinVerify | PinModify) -> None:
    data = plan.to_bytes().replace(b"\x08\x04", b"\x04\x08")
    with pytest.raises(FormatError, match=r"codec\.pinpad"):
        type(plan).from_bytes(data)


@given(st.binary(max_size=80) | near_structures)
def test_what_is_read_is_written_the_same_and_all_else_refused(data: bytes) -> None:
    for kind in (PinVerify, PinModify, PadProperties):
        try:
            found: Any = kind.from_bytes(data)
        except FormatError as error:
            assert error.code == "codec.pinpad"
        else:
            if kind is PadProperties and len(found.values) != _count(data):
                continue  # a tag that comes twice: the last one holds
            assert found.to_bytes() == data


def _count(data: bytes) -> int:
    at, count = 0, 0
    while at < len(data):
        at, count = at + 2 + data[at + 1], count + 1
    return count


def test_an_entry_is_written_byte_by_byte() -> None:
    command = bytes.fromhex("00200001 08 FFFFFFFFFFFFFFFF")
    plan = PinVerify(command, PinFormat(8), 4, 8, MessageLanguage.FRENCH, seconds=20)
    assert plan.to_bytes().hex(" ", 1) == (
        "14 14"  # seconds
        " 82 08 00"  # bytes, ASCII, from the begin; a block of 8; no length in the command
        " 08 04"  # 0408: at least 4, at most 8
        " 02"  # ended by a key
        " 01 0c 04 00"  # one message, French, the first
        " 00 00 00"
        " 0d 00 00 00 00 20 00 01 08 ff ff ff ff ff ff ff ff"
    )


def test_a_change_is_written_byte_by_byte() -> None:
    command = bytes.fromhex("00240001 10") + b"\xff" * 16
    plan = PinModify(command, PinFormat(8), 4, 8, 0, 8, seconds=20)
    assert plan.to_bytes().hex(" ", 1) == (
        "14 14 82 08 00"
        " 00 08"  # where the old and the new code begin
        " 08 04"
        " 03"  # asks for the old code, and twice for the new one
        " 02 03 09 04 00 01 02"  # by a key; three messages in English
        " 00 00 00 15 00 00 00 00 24 00 01 10" + " ff" * 16
    )


@pytest.mark.parametrize(
    ("least", "most", "seconds"), [(5, 4, 1), (-1, 4, 1), (4, 256, 1), (4, 8, 256), (4, 8, -1)]
)
def test_what_no_structure_carries_is_refused(least: int, most: int, seconds: int) -> None:
    with pytest.raises(FormatError):
        PinVerify(b"", PinFormat(8), least, most, seconds=seconds).to_bytes()
    with pytest.raises(FormatError):
        PinModify(b"", PinFormat(8), least, most, seconds=seconds).to_bytes()


@pytest.mark.parametrize(
    "place", [PinFormat(16), PinFormat(8, offset=16), PinFormat(8, length_bits=16)]
)
def test_a_place_that_no_byte_names_is_refused(place: PinFormat) -> None:
    with pytest.raises(FormatError):
        place.to_bytes()


def test_a_code_beyond_the_command_is_refused() -> None:
    with pytest.raises(FormatError):
        PinModify(b"", PinFormat(8), 4, 8, new_offset=256).to_bytes()


@pytest.mark.parametrize(
    "broken",
    [
        {0: 0x01},  # two times that differ
        {2: 0x02},  # positions in bits
        {2: 0x83},  # a form that nobody knows
        {15: 0x0C},  # a length that is not that of the command
    ],
)
def test_a_broken_entry_is_refused(broken: dict[int, int]) -> None:
    data = bytearray(PinVerify(bytes(13), PinFormat(8), 4, 8).to_bytes())
    for at, value in broken.items():
        data[at] = value
    with pytest.raises(FormatError):
        PinVerify.from_bytes(bytes(data))


@pytest.mark.parametrize(("at", "value"), [(0, 1), (9, 4), (11, 1)])
def test_a_broken_change_is_refused(at: int, value: int) -> None:
    data = bytearray(PinModify(bytes(13), PinFormat(8), 4, 8).to_bytes())
    data[at] = value
    with pytest.raises(FormatError):
        PinModify.from_bytes(bytes(data))


def test_the_features_of_a_reader_are_read_with_their_codes() -> None:
    answer = bytes.fromhex("0604 42330006 0704 42330007 1204 42330012")
    found = read_features(answer)
    assert found[Feature.VERIFY_PIN_DIRECT] == 0x42330006
    assert found[Feature.GET_TLV_PROPERTIES] == 0x42330012
    assert write_features(found) == answer
    for broken in (answer[:-1], b"\x06\x05" + bytes(4)):
        with pytest.raises(FormatError):
            read_features(broken)


def test_a_reader_reports_what_its_pin_pad_can_do() -> None:
    found = PadProperties.from_bytes(
        bytes.fromhex("0102 1002 0201 07 0601 04 0701 0C 0803 312E32 0B02 4B07 7F01 AA")
    )
    assert found.lines == 2
    assert found.number(PadProperty.ENTRY_END) == int(
        EntryEnd.LONGEST_REACHED | EntryEnd.KEY_PRESSED | EntryEnd.TIMEOUT
    )
    assert (found.number(PadProperty.LEAST_PIN), found.number(PadProperty.MOST_PIN)) == (4, 12)
    assert found.firmware == "1.2"
    assert found.number(PadProperty.VENDOR) == 0x074B
    assert found.values[0x7F] == b"\xaa"
    assert PadProperties().lines == 0
    assert PadProperties().number(PadProperty.LCD_LINES) is None
    for broken in ("01", "0102", "010210"):
        with pytest.raises(FormatError):
            PadProperties.from_bytes(bytes.fromhex(broken))
