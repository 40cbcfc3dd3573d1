# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""No code of a holder appears in text, whatever the command looks like."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.reader import masking
from caducee.reader.masking import carries_pin, masked
from caducee.spec.instructions import PinInstruction

PIN = b"31415926"


def test_the_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(masking).failed == 0


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("0020000104 31323334", "0020000104********"),
        ("002000010431323334 00", "0020000104********00"),
        ("0024000108 3132333434333231", "0024000108" + "**" * 8),
        ("002C020104 31323334", "002C020104********"),
        ("0124010104 34333231", "0124010104********"),
        ("1020000104 31323334", "1020000104********"),
        ("A020000108 31323334FFFFFFFF", "A020000108" + "**" * 8),
        ("00200001 000004 31323334", "00200001000004********"),
        ("00200001", "00200001"),
        ("0020000100", "0020000100"),
        ("012C0381", "012C0381"),
        ("00200001 08 31323334", "0020000108********"),
        ("00200001 00 31323334", "0020000100********"),
        ("00200001 00 31", "0020000100**"),
        ("00200001 00 0004 31323334 0000", "00200001000004" + "**" * 6),
        ("00200001 02 31323334", "0020000102********"),
        ("00A4020C023F00", "00A4020C023F00"),
        ("00", "00"),
        ("", ""),
    ],
)
def test_only_codes_are_masked(command: str, shown: str) -> None:
    assert masked(bytes.fromhex(command)) == shown


@given(
    st.integers(0, 255),
    st.sampled_from(PinInstruction),
    st.binary(min_size=2, max_size=2),
    st.sampled_from([bytes([n]) for n in (0, 4, 8, 9, 20)] + [b"\0\0\x08", b"\0\x01\x08"]),
    st.binary(max_size=3),
)
def test_a_code_is_masked_in_every_class_and_length_form(
    cla: int, ins: PinInstruction, p1_p2: bytes, length: bytes, rest: bytes
) -> None:
    command = bytes((cla, ins)) + p1_p2 + length + PIN + rest
    assert PIN.hex() not in masked(command)
    assert carries_pin(command)
    assert len(masked(command)) == 2 * len(command)
