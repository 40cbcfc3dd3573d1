# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which codes a holder may choose."""

import pytest

from caducee.base.errors import CardError
from caducee.base.i18n import use_language
from caducee.base.secret import Secret
from caducee.cryptolib.pin_rules import (
    PinFormatFault,
    PinWeakness,
    check_new_pin,
    find_weakness,
    format_fault,
)

WEAK = [
    ("0000", PinWeakness.REPEATED),
    ("77777", PinWeakness.REPEATED),
    ("1212", PinWeakness.REPEATED),
    ("479479", PinWeakness.REPEATED),
    ("48174817", PinWeakness.REPEATED),
    ("1234", PinWeakness.SEQUENCE),
    ("9876", PinWeakness.SEQUENCE),
    ("7890", PinWeakness.SEQUENCE),
    ("09876543", PinWeakness.SEQUENCE),
    ("2580", PinWeakness.COLUMN),
    ("0852", PinWeakness.COLUMN),
    ("1900", PinWeakness.DATE),
    ("1985", PinWeakness.DATE),
    ("2029", PinWeakness.DATE),
    ("140785", PinWeakness.DATE),
    ("850714", PinWeakness.DATE),
    ("071985", PinWeakness.DATE),
    ("14071985", PinWeakness.DATE),
    ("19850714", PinWeakness.DATE),
    ("29022024", PinWeakness.DATE),
    ("9009", PinWeakness.PRINTED),
    ("5235", PinWeakness.PRINTED),
    ("7291", PinWeakness.SAME),
    ("6047", PinWeakness.UNBLOCKING),
    ("46047813", PinWeakness.UNBLOCKING),
]
PRINTED = ("2900995235", "810097899009")


@pytest.mark.parametrize(("code", "why"), WEAK)
def test_a_weak_pin_is_refused_with_its_reason(code: str, why: PinWeakness) -> None:
    found = find_weakness(code.encode(), old=b"7291", puk=b"46047813", printed=PRINTED)
    assert found is why
    assert found.sentence() and code not in found.sentence()


@pytest.mark.parametrize(
    "code",
    "4071 1224 1235 1899 2030 2581 14785 141385 29022023 132030 73915046 3141592".split(),
)
def test_a_pin_that_says_nothing_is_accepted(code: str) -> None:
    assert find_weakness(code.encode(), old=b"7291", puk=b"46047813", printed=PRINTED) is None


def test_at_least_95_of_100_pins_of_four_digits_may_be_chosen() -> None:
    refused = [index for index in range(10_000) if find_weakness(b"%04d" % index, old=b"7291")]
    assert 100 <= len(refused) <= 500


def test_the_last_digits_do_not_make_a_sequence_of_a_pin_that_turns() -> None:
    assert find_weakness(b"1232") is None
    assert find_weakness(b"9901") is None


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("1234", None),
        ("12345678", None),
        ("", PinFormatFault.LENGTH),
        ("123", PinFormatFault.LENGTH),
        ("123456789", PinFormatFault.LENGTH),
        ("12a4", PinFormatFault.DIGITS),
        ("１２３４", PinFormatFault.DIGITS),
        ("12 4", PinFormatFault.DIGITS),
    ],
)
def test_pin_length_is_that_of_the_card(code: str, fault: PinFormatFault | None) -> None:
    assert format_fault(code.encode(), 4, 8) is fault


def test_a_card_that_takes_any_character_gets_any_character() -> None:
    assert format_fault(b"12a4", 4, 8, any_character=True) is None
    assert format_fault(b"12a", 4, 8, any_character=True) is PinFormatFault.LENGTH


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("why", list(PinWeakness))
def test_a_refusal_never_quotes_the_pin(why: PinWeakness, language: str) -> None:
    """Its sentence holds no digits at all, so that none of a code can be read in it."""
    with use_language(language):
        assert not any(item.isdigit() for item in why.sentence())


def test_a_refused_pin_is_an_error_of_the_catalogue_without_the_code() -> None:
    with pytest.raises(CardError) as caught:
        check_new_pin(Secret.of("8912"), printed=("78912",))
    assert caught.value.code == "cryptolib.pin_printed"
    assert not caught.value.facts and "8912" not in str(caught.value)
    check_new_pin(Secret.of("8913"), old=Secret.of("1234"), puk=Secret.of("12345678"))
