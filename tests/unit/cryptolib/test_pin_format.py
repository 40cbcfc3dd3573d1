# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import CardError
from caducee.base.secret import Secret
from caducee.codec.pkcs15 import PinEntry
from caducee.codec.tlv import Tlv
from caducee.cryptolib.pin_format import check_pin, lengths, reference_data
from caducee.spec.pkcs15 import PinFlags, PinType
from caducee.spec.tags import Universal

PADDED = PinFlags.NEEDS_PADDING | PinFlags.INITIALIZED
PLAIN = PinFlags.INITIALIZED


def entry(
    flags: PinFlags = PLAIN,
    sizes: tuple[int, int, int] = (4, 8, 8),
    pad: int | None = 0xFF,
    kind: int = PinType.ASCII_NUMERIC,
) -> PinEntry:
    made = PinEntry.build("PIN", b"\x01", 1, flags, sizes, pad=pad)
    return PinEntry(with_kind(made.tlv, kind))


def with_kind(item: Tlv, kind: int) -> Tlv:
    if item.tag == Universal.ENUMERATED:
        return Tlv(item.tag, bytes((kind,)))
    if item.constructed:
        return Tlv.build(item.tag, *(with_kind(child, kind) for child in item.children()))
    return item


def data(pin: PinEntry, code: str) -> str:
    return reference_data(pin, Secret.of(code)).reveal().hex()


def test_digits_go_as_ascii() -> None:
    assert data(entry(), "1234") == "31323334"


@pytest.mark.parametrize(("pad", "end"), [(0xFF, "ff" * 4), (0x00, "00" * 4), (None, "ff" * 4)])
def test_padding_fills_up_to_the_stored_length(pad: int | None, end: str) -> None:
    assert data(entry(PADDED, pad=pad), "1234") == "31323334" + end


@pytest.mark.parametrize(("code", "written"), [("1234", "1234"), ("12345", "12345f")])
def test_bcd_packs_two_digits_in_a_byte(code: str, written: str) -> None:
    assert data(entry(kind=PinType.BCD), code) == written
    padded = entry(PADDED, kind=PinType.BCD)
    assert data(padded, code) == written.ljust(16, "f")


@pytest.mark.parametrize("kind", [PinType.HALF_NIBBLE_BCD, PinType.ISO9564_1, 9])
def test_unknown_form_is_refused(kind: int) -> None:
    with pytest.raises(CardError) as caught:
        data(entry(kind=kind), "1234")
    assert caught.value.code == "cryptolib.pin_form_unknown"


def test_letters_are_fair_where_the_card_says_text() -> None:
    assert data(entry(kind=PinType.UTF8), "ab12") == "61623132"


@pytest.mark.parametrize("code", ["123", "123456789", ""])
def test_lengths_are_those_of_the_entry(code: str) -> None:
    with pytest.raises(CardError) as caught:
        check_pin(entry(), Secret.of(code))
    assert caught.value.code == "cryptolib.pin_length"
    assert (caught.value.facts["min_length"], caught.value.facts["max_length"]) == (4, 8)


@pytest.mark.parametrize("code", ["12 4", "abcd", "-123", "1.34"])
def test_anything_but_digits_is_refused(code: str) -> None:
    with pytest.raises(CardError) as caught:
        check_pin(entry(), Secret.of(code))
    assert caught.value.code == "cryptolib.pin_digits"


def test_card_that_reports_no_lengths_takes_four_to_eight() -> None:
    assert lengths(entry(sizes=(0, 0, 0))) == (4, 8)


def test_stored_length_limits_a_padded_pin() -> None:
    assert lengths(entry(PADDED, (4, 6, 12))) == (4, 6)


@given(
    st.tuples(*[st.integers(0, 1 << 40)] * 3),
    st.sampled_from([PLAIN, PADDED]),
    st.sampled_from([PinType.BCD, PinType.ASCII_NUMERIC, PinType.UTF8]),
)
def test_contradicting_lengths_fit_a_command(
    sizes: tuple[int, int, int], flags: PinFlags, kind: PinType
) -> None:
    pin = entry(flags, sizes, kind=kind)
    least, most = lengths(pin)
    assert 0 < least <= most <= 0x7F
    assert len(reference_data(pin, Secret.of("1" * most))) <= 0x7F
