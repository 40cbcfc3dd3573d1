# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import datetime as dt
import doctest
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import bcd
from caducee.codec.bcd import (
    date_from_bcd,
    date_to_bcd,
    from_bcd,
    moment_from_bcd,
    moment_to_bcd,
    to_bcd,
)

PARIS = dt.timezone(dt.timedelta(hours=1))


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(bcd).failed == 0


@given(st.text("0123456789"))
def test_all_digits_are_read_again(digits: str) -> None:
    assert from_bcd(to_bcd(digits)) == digits


@given(st.dates())
def test_every_date_is_read_again(day: dt.date) -> None:
    assert date_from_bcd(date_to_bcd(day)) == day


@given(st.datetimes(timezones=st.just(dt.UTC)).map(lambda item: item.replace(microsecond=0)))
def test_every_moment_is_read_again(moment: dt.datetime) -> None:
    assert moment_from_bcd(moment_to_bcd(moment)) == moment


@given(st.binary(max_size=8))
def test_accepted_bytes_come_back_and_all_else_is_a_format_error(data: bytes) -> None:
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: to_bcd(from_bcd(data)),
        lambda: date_to_bcd(date_from_bcd(data)),
        lambda: moment_to_bcd(moment_from_bcd(data)),
    )
    for again in ways:
        try:
            assert again() == data
        except FormatError as error:
            assert error.code in ("codec.bcd_digits", "codec.bcd_date")


@pytest.mark.parametrize("digits", ["12a4", "-1", " 12", "１２", "²", "1.2"])
def test_only_the_ten_digits_are_written(digits: str) -> None:
    with pytest.raises(FormatError) as caught:
        to_bcd(digits)
    assert caught.value.code == "codec.bcd_digits"


@pytest.mark.parametrize("text", ["FF", "1F23", "A1", "1A", "12FF"])
def test_a_filler_stands_only_once_and_at_the_end(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        from_bcd(bytes.fromhex(text))
    assert caught.value.code == "codec.bcd_digits"


@pytest.mark.parametrize("text", ["", "202601", "00000000", "20261301", "20260230", "2026AB01"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        date_from_bcd(bytes.fromhex(text))
    assert caught.value.code == "codec.bcd_date"


@pytest.mark.parametrize("text", ["", "20260115", "00" * 7, "20260115240000", "20260115236000"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        moment_from_bcd(bytes.fromhex(text))
    assert caught.value.code == "codec.bcd_date"


def test_moments_are_written_in_utc_and_never_without_a_zone() -> None:
    moment = dt.datetime(2026, 1, 15, 0, 30, 5, 999999, tzinfo=PARIS)
    assert moment_to_bcd(moment).hex() == "20260114233005"
    with pytest.raises(FormatError) as caught:
        moment_to_bcd(dt.datetime(2026, 1, 15))
    assert caught.value.code == "codec.bcd_date"
