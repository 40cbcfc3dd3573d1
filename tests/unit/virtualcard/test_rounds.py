# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.virtualcard.crypto.rounds import BLOCK, HASHES

NAMES = sorted(HASHES)


@pytest.mark.parametrize("name", NAMES)
@given(message=st.binary(max_size=300))
def test_the_whole_hash_is_that_of_hashlib(name: str, message: bytes) -> None:
    function = HASHES[name]
    assert function.finish(function.start, 0, message) == hashlib.new(name, message).digest()


@pytest.mark.parametrize("name", NAMES)
@given(message=st.binary(max_size=300), blocks=st.integers(0, 4))
def test_a_hash_continued_from_any_block_is_that_of_hashlib(
    name: str, message: bytes, blocks: int
) -> None:
    function = HASHES[name]
    cut = min(blocks, len(message) // BLOCK) * BLOCK
    words = struct.unpack(f">{function.size // 4}I", function.start)
    for at in range(0, cut, BLOCK):
        words = function.compress(words, message[at : at + BLOCK])
    state = struct.pack(f">{len(words)}I", *words)
    assert function.finish(state, cut, message[cut:]) == hashlib.new(name, message).digest()


def test_a_count_beyond_sixty_four_bits_does_not_fail() -> None:
    function = HASHES["sha1"]
    assert len(function.finish(function.start, 0xFFFFFFFFFFFFFFFF // 8, b"x" * 64)) == 20
