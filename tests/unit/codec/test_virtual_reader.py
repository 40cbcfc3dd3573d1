# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The wire between virtual readers and cards."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import virtual_reader
from caducee.codec.virtual_reader import ReaderDeframer, frame


def test_the_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(virtual_reader).failed == 0


@given(st.lists(st.binary(max_size=300)), st.integers(1, 50))
def test_messages_come_out_as_they_went_in_however_the_stream_is_cut(
    messages: list[bytes], size: int
) -> None:
    stream = b"".join(frame(message) for message in messages)
    deframer = ReaderDeframer()
    found = []
    for at in range(0, len(stream), size):
        found += deframer.feed(stream[at : at + size])
    assert found == messages
    assert not deframer.unfinished


@given(st.lists(st.binary(max_size=400)))
def test_no_stream_makes_the_deframer_hold_more_than_one_message(pieces: list[bytes]) -> None:
    deframer = ReaderDeframer()
    for piece in pieces:
        for message in deframer.feed(piece):
            assert len(message) <= 0xFFFF
        assert len(deframer._waiting) <= 0xFFFF + 1


def test_half_a_message_waits_for_its_other_half() -> None:
    deframer = ReaderDeframer()
    assert deframer.feed(b"\x00") == []
    assert deframer.unfinished
    assert deframer.feed(b"\x02\xaa") == []
    assert deframer.feed(b"\xbb") == [b"\xaa\xbb"]


def test_the_longest_message_has_65535_bytes() -> None:
    assert len(frame(bytes(0xFFFF))) == 0xFFFF + 2
    with pytest.raises(FormatError) as caught:
        frame(bytes(0x10000))
    assert caught.value.code == "reader.message_oversized"
