# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import atr
from caducee.codec.atr import Atr, InterfaceBytes
from caducee.spec.atrs import KNOWN, KnownAtr
from caducee.testing.strategies import spoiled

BYTE = st.none() | st.integers(0, 255)
MIDDLE = st.builds(InterfaceBytes, BYTE, BYTE, BYTE, st.integers(0, 15))
LAST = st.builds(InterfaceBytes, BYTE, BYTE, BYTE)
ATRS = st.builds(
    lambda more, last, historical, inverse: Atr((*more, last), historical, inverse),
    st.lists(MIDDLE, max_size=3),
    LAST,
    st.binary(max_size=15),
    st.booleans(),
)


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(atr).failed == 0


@given(ATRS)
def test_every_answer_to_reset_is_read_again(item: Atr) -> None:
    assert Atr.from_bytes(item.to_bytes()) == item


@given(spoiled(ATRS.map(Atr.to_bytes)) | st.binary(max_size=40))
def test_what_is_accepted_comes_back_byte_for_byte_and_all_else_is_a_format_error(
    data: bytes,
) -> None:
    try:
        found = Atr.from_bytes(data)
    except FormatError as error:
        assert error.code == "codec.atr"
    else:
        assert found.to_bytes() == data


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_the_answers_to_reset_of_the_family_follow_the_standard(known: KnownAtr) -> None:
    assert Atr.from_bytes(known.atr).to_bytes() == known.atr


@pytest.mark.parametrize(
    ("text", "protocols", "rate"),
    [
        ("3B00", (0,), (372, 1)),
        ("3F00", (0,), (372, 1)),
        ("3B8F80010031B86404B0ECC1739401808290000E", (0, 1), (372, 1)),
        ("3B9B188001001225006480040100009044", (0, 1), (372, 12)),
        ("3B101A", (0,), None),
        ("3B1071", (0,), None),
    ],
)
def test_protocols_and_rate_are_read(
    text: str, protocols: tuple[int, ...], rate: tuple[int, int] | None
) -> None:
    found = Atr.from_bytes(bytes.fromhex(text))
    assert (found.protocols, found.rate) == (protocols, rate)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3B",
        "3C00",
        "3B01",
        "3B0001",
        "3BF0000000",
        "3B80",
        "3B8001",
        "3B800180",
        "3B9B188001001225006480040100009045",
        "3B9B1880010012250064800401000090",
        "3BAC00402A00122500648000031000900000",
        "3B" + "80" * 33,
    ],
)
def test_a_wrong_start_length_or_check_byte_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        Atr.from_bytes(bytes.fromhex(text))
    assert caught.value.code == "codec.atr"


@pytest.mark.parametrize(
    ("groups", "historical"),
    [
        ((), b""),
        ((InterfaceBytes(protocol=0),), b""),
        ((InterfaceBytes(), InterfaceBytes()), b""),
        ((InterfaceBytes(ta=256),), b""),
        ((InterfaceBytes(protocol=16), InterfaceBytes()), b""),
        ((InterfaceBytes(),), bytes(16)),
        ((*[InterfaceBytes(1, 1, 1, 1)] * 5, InterfaceBytes()), bytes(15)),
    ],
)
def test_what_cannot_be_sent_cannot_be_made(
    groups: tuple[InterfaceBytes, ...], historical: bytes
) -> None:
    with pytest.raises(FormatError) as caught:
        Atr(groups, historical)
    assert caught.value.code == "codec.atr"
