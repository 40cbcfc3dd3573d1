# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import ber
from caducee.codec.ber import (
    read_bits,
    read_integer,
    read_label,
    read_reference,
    read_text,
    write_bits,
    write_integer,
)


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(ber).failed == 0


@given(st.integers(-(2**127), 2**127 - 1))
def test_every_integer_is_read_again(number: int) -> None:
    assert read_integer(write_integer(number)) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "00"),
        (127, "7F"),
        (128, "0080"),
        (-1, "FF"),
        (-128, "80"),
        (-129, "FF7F"),
        (2048, "0800"),
    ],
)
def test_integers_are_as_short_as_can_be(number: int, text: str) -> None:
    assert write_integer(number) == bytes.fromhex(text)


@pytest.mark.parametrize("value", [b"", bytes(17)])
def test_an_integer_of_no_or_too_many_bytes_is_refused(value: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        read_integer(value)
    assert caught.value.code == "codec.ber_integer"
    with pytest.raises(FormatError):
        write_integer(2**127)


def test_a_reference_of_one_byte_has_no_sign() -> None:
    assert read_reference(b"\x81") == 0x81
    assert read_reference(b"\x00\x81") == 0x81
    with pytest.raises(FormatError) as caught:
        read_reference(b"\xff\x81")
    assert caught.value.code == "codec.ber_integer"


@given(st.integers(0, 2**120 - 1))
def test_every_bit_string_is_read_again(flags: int) -> None:
    assert read_bits(write_bits(flags)) == flags


@pytest.mark.parametrize(
    ("flags", "text"),
    [(0, "00"), (1, "0780"), (2, "0640"), (3, "06C0"), (0x204, "062040"), (0x1D, "03B8")],
)
def test_bit_strings_are_as_short_as_can_be(flags: int, text: str) -> None:
    assert write_bits(flags) == bytes.fromhex(text)


def test_bits_marked_unused_do_not_count() -> None:
    assert read_bits(bytes.fromhex("04FF")) == 0b1111
    assert read_bits(bytes.fromhex("00F0")) == 0b1111


@pytest.mark.parametrize("text", ["", "01", "0880", "00" * 17])
def test_an_impossible_bit_string_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_bits(bytes.fromhex(text))
    assert caught.value.code == "codec.ber_bits"


@pytest.mark.parametrize("flags", [-1, 2**120])
def test_flags_that_fit_no_bit_string_are_refused(flags: int) -> None:
    with pytest.raises(FormatError) as caught:
        write_bits(flags)
    assert caught.value.code == "codec.ber_bits"


def test_text_is_utf8_and_nothing_else() -> None:
    assert read_text("Clé".encode()) == "Clé"
    with pytest.raises(FormatError) as caught:
        read_text("Clé".encode("latin-1"))
    assert (caught.value.code, caught.value.facts["offset"]) == ("codec.ber_text", 2)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
def test_label_is_read_in_either_encoding(encoding: str) -> None:
    assert read_label("Clé privée".encode(encoding)) == "Clé privée"


@given(st.binary(max_size=40))
def test_any_bytes_are_a_label(value: bytes) -> None:
    assert isinstance(read_label(value), str)
