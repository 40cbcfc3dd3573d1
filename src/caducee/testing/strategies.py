# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: data objects of every form, and bytes that are nearly right."""

from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec.tlv import INDEFINITE, Tlv

__all__ = ["spoiled", "tags", "tlvs"]


def tags(constructed: bool) -> st.SearchStrategy[int]:
    """Make tags of one to four bytes, all constructed or all primitive."""
    first = st.integers(0, 3).map(lambda kind: kind << 6 | (0x20 if constructed else 0))
    short = st.builds(lambda head, number: head | number, first, st.integers(0, 30))
    middle = st.lists(st.integers(0x80, 0xFF), max_size=2).map(bytes)
    long = st.builds(
        lambda head, more, last: int.from_bytes(bytes((head | 0x1F, *more, last))),
        first,
        middle,
        st.integers(0, 0x7F),
    )
    return short.filter(bool) | long


def _tlv(tag: int, value: bytes, form: int) -> Tlv:
    try:
        return Tlv(tag, value, form)
    except FormatError:  # the form is too short for the value
        return Tlv(tag, value)


def tlvs(max_leaves: int = 8) -> st.SearchStrategy[Tlv]:
    """Make objects of every tag and every form of length, some levels deep."""
    sizes = st.binary(max_size=20) | st.binary(min_size=120, max_size=300)
    leaves = st.builds(_tlv, tags(False), sizes, st.integers(0, 4))

    def around(inside: st.SearchStrategy[Tlv]) -> st.SearchStrategy[Tlv]:
        value = st.lists(inside.map(Tlv.to_bytes), max_size=4).map(b"".join)
        return st.builds(_tlv, tags(True), value, st.integers(INDEFINITE, 4))

    return st.recursive(leaves, around, max_leaves=max_leaves)


@st.composite
def spoiled(draw: st.DrawFn, good: st.SearchStrategy[bytes]) -> bytes:
    """Make bytes that were right before up to three small changes."""
    data = bytearray(draw(good))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("change", "cut", "double", "drop"))):
            case "change":
                data[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del data[place:]
            case "double":
                data[place:place] = data[place : place + 4]
            case _:
                del data[place : place + 1]
    return bytes(data)
