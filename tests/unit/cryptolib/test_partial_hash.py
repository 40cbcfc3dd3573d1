# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import hashlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caducee.cryptolib.model import Hash
from caducee.cryptolib.partial_hash import partial_hash


def finished(data: bytes, algorithm: Hash) -> bytes:
    """Do what the card does: pad the rest, and go on from the state.

    Going on is hashing one more block and looking at the state after it, so the padded rest
    followed by anything shows the digest.
    """
    begun = partial_hash(data, algorithm)
    assert data[begun.bits // 8 :] == begun.rest
    padded = data + b"\x80"
    padded += bytes((56 - len(padded)) % 64) + (8 * len(data)).to_bytes(8)
    return partial_hash(padded + b"x", algorithm).state


@pytest.mark.parametrize("algorithm", list(Hash))
@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 127, 128, 129])
def test_state_is_that_of_the_standard(algorithm: Hash, size: int) -> None:
    data = bytes(range(size))
    assert finished(data, algorithm) == hashlib.new(algorithm.value, data).digest()


@settings(max_examples=30)
@given(st.binary(max_size=400), st.sampled_from(list(Hash)))
def test_state_is_that_of_the_standard_for_any_data(data: bytes, algorithm: Hash) -> None:
    assert finished(data, algorithm) == hashlib.new(algorithm.value, data).digest()


@example(bytes(64))
@example(bytes(128))
@given(st.binary(min_size=1, max_size=300))
def test_card_gets_the_last_block_whole_blocks_are_ours(data: bytes) -> None:
    begun = partial_hash(data, Hash.SHA256)
    assert 1 <= len(begun.rest) <= 64
    assert begun.bits % 512 == 0
