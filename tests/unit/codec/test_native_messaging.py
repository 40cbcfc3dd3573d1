# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec.native_messaging import MessageDeframer, frame

MESSAGES = st.lists(
    st.dictionaries(st.text(max_size=8), st.text() | st.integers(-(2**50), 2**50), max_size=4),
    max_size=4,
)


@given(messages=MESSAGES, cut=st.integers(1, 30))
def test_messages_survive_the_pipe_however_it_is_cut(
    messages: list[dict[str, str | int]], cut: int
) -> None:
    stream = b"".join(frame(message) for message in messages)
    taken = MessageDeframer()
    found = []
    for at in range(0, len(stream), cut):
        found += taken.feed(stream[at : at + cut])
    assert [json.loads(item) for item in found] == messages


def test_length_is_in_the_byte_order_of_the_machine() -> None:
    assert frame({"id": 1}) == struct.pack("=I", 8) + b'{"id":1}'


def test_length_that_says_too_much_is_refused_before_its_bytes_come() -> None:
    with pytest.raises(FormatError) as caught:
        MessageDeframer(most=10).feed(struct.pack("=I", 11))
    assert caught.value.code == "codec.native_size"
    assert caught.value.facts == {"size": 11, "most": 10}


def test_message_that_the_browser_would_not_take_is_not_sent() -> None:
    with pytest.raises(FormatError) as caught:
        frame({"text": "é" * 10}, most=25)
    assert caught.value.code == "codec.native_size"
