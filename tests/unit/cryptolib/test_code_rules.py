# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which codes a holder may choose."""

import pytest

from caducee.base.errors import CardError
from caducee.base.i18n import use_language
from caducee.base.secret import Secret
from caducee.cryptolib.code_rules import CodeForm, Weakness, check_new, form_fault, weakness

WEAK = [
    ("0000", Weakness.REPEATED),
    ("77777", Weakness.REPEATED),
    ("1212", Weakness.REPEATED),
    ("479479", Weakness.REPEATED),
    ("48174817", Weakness.REPEATED),
    ("1234", Weakness.SEQUENCE),
    ("9876", Weakness.SEQUENCE),
    ("7890", Weakness.SEQUENCE),
    ("09876543", Weakness.SEQUENCE),
    ("2580", Weakness.KEYPAD),
    ("0852", Weakness.KEYPAD),
    ("1900", Weakness.DATE),
    ("1985", Weakness.DATE),
    ("2029", Weakness.DATE),
    ("140785", Weakness.DATE),
    ("850714", Weakness.DATE),
    ("071985", Weakness.DATE),
    ("14071985", Weakness.DATE),
    ("19850714", Weakness.DATE),
    ("29022024", Weakness.DATE),
    ("9009", Weakness.PRINTED),
    ("5235", Weakness.PRINTED),
    ("7291", Weakness.SAME),
    ("6047", Weakness.UNBLOCKING),
    ("46047813", Weakness.UNBLOCKING),
]
PRINTED = ("2900995235", "810097899009")


@pytest.mark.parametrize(("code", "why"), WEAK)
def test_a_weak_code_is_refused_with_its_reason(code: str, why: Weakness) -> None:
    found = weakness(code.encode(), old=b"7291", unblocking=b"46047813", printed=PRINTED)
    assert found is why
    assert found.sentence() and code not in found.sentence()


@pytest.mark.parametrize(
    "code",
    "4071 1224 1235 1899 2030 2581 14785 141385 29022023 132030 73915046 3141592".split(),
)
def test_a_code_that_says_nothing_is_accepted(code: str) -> None:
    assert weakness(code.encode(), old=b"7291", unblocking=b"46047813", printed=PRINTED) is None


def test_at_least_95_of_100_codes_of_four_digits_may_be_chosen() -> None:
    refused = [index for index in range(10_000) if weakness(b"%04d" % index, old=b"7291")]
    assert 100 <= len(refused) <= 500


def test_the_last_digits_do_not_make_a_sequence_of_a_code_that_turns() -> None:
    assert weakness(b"1232") is None
    assert weakness(b"9901") is None


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("1234", None),
        ("12345678", None),
        ("", CodeForm.LENGTH),
        ("123", CodeForm.LENGTH),
        ("123456789", CodeForm.LENGTH),
        ("12a4", CodeForm.DIGITS),
        ("１２３４", CodeForm.DIGITS),
        ("12 4", CodeForm.DIGITS),
    ],
)
def test_a_code_has_as_many_digits_as_the_card_says(code: str, fault: CodeForm | None) -> None:
    assert form_fault(code.encode(), 4, 8) is fault


def test_a_card_that_takes_any_character_gets_any_character() -> None:
    assert form_fault(b"12a4", 4, 8, any_character=True) is None
    assert form_fault(b"12a", 4, 8, any_character=True) is CodeForm.LENGTH


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("why", list(Weakness))
def test_a_refusal_never_quotes_the_code(why: Weakness, language: str) -> None:
    """Its sentence holds no digits at all, so that none of a code can be read in it."""
    with use_language(language):
        assert not any(item.isdigit() for item in why.sentence())


def test_a_refused_code_is_an_error_of_the_catalogue_without_the_code() -> None:
    with pytest.raises(CardError) as caught:
        check_new(Secret.of("8912"), printed=("78912",))
    assert caught.value.code == "cryptolib.code_printed"
    assert not caught.value.facts and "8912" not in str(caught.value)
    check_new(Secret.of("8913"), old=Secret.of("1234"), unblocking=Secret.of("12345678"))
