# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest

from caducee.base.i18n import use_language
from caducee.spec import status
from caducee.spec.status import StatusWord, bytes_waiting, describe, exact_le, tries_left


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(status).failed == 0


def test_every_status_word_has_a_value_and_only_two_byte_values_do() -> None:
    for sw in range(0x10000):
        assert StatusWord(sw) == sw
    for wrong in (-1, 0x10000, "9000"):
        with pytest.raises(ValueError, match="is not a valid StatusWord"):
            StatusWord(wrong)  # type: ignore[arg-type]


def test_a_status_word_without_a_name_says_its_digits() -> None:
    assert StatusWord(0x6FED).name == "UNKNOWN_6FED"
    assert StatusWord(0x6FED).value == 0x6FED


@pytest.mark.parametrize(
    ("sw", "left"), [(0x63C0, 0), (0x63C2, 2), (0x63CF, 15), (0x6300, None), (0x9000, None)]
)
def test_tries_left_are_read_from_63cx_alone(sw: int, left: int | None) -> None:
    assert tries_left(sw) == left


@pytest.mark.parametrize(
    ("sw", "count"), [(0x6110, 16), (0x6100, 256), (0x9F0A, 10), (0x9000, None), (0x6C10, None)]
)
def test_waiting_bytes_are_read_from_61xx_and_9fxx_alone(sw: int, count: int | None) -> None:
    assert bytes_waiting(sw) == count


@pytest.mark.parametrize(("sw", "le"), [(0x6C0C, 12), (0x6C00, 256), (0x6700, None)])
def test_the_right_length_is_read_from_6cxx_alone(sw: int, le: int | None) -> None:
    assert exact_le(sw) == le


@pytest.mark.parametrize(
    ("sw", "text"),
    [
        (0x9000, "9000: done"),
        (0x6982, "6982: the card asks for its code first"),
        (0x63C1, "63C1: wrong code, tries left: 1"),
        (0x6105, "6105: more data to fetch: 5 bytes"),
        (0x6C0C, "6C0C: wrong length wanted, right is 12"),
        (0x6FED, "6FED: unknown status word"),
    ],
)
def test_a_status_word_is_shown_in_words_with_its_digits(sw: int, text: str) -> None:
    with use_language("en"):
        assert describe(sw) == text


def test_every_named_status_word_says_something() -> None:
    with use_language("en"):
        for sw in StatusWord:
            assert "unknown" not in describe(sw), sw.name
