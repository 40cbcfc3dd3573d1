# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which codes a holder may choose: four to eight digits, and none that is guessed in three tries.

The form is the card's own (its directory says the lengths; CPS Gestion 6 takes 4 to 8 digits). The
weaknesses are chosen here: no document of the issuer lists any. They leave more than 95 of 100
codes of four digits.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from enum import StrEnum, unique

from caducee.base import catalogue
from caducee.base.errors import CardError
from caducee.base.i18n import gettext
from caducee.base.secret import Secret

__all__ = ["CodeForm", "Weakness", "check_new", "form_fault", "weakness"]

_YEARS = range(1900, 2030)
"""Years in which holders, their children, or their cards were born."""

_KEYPAD = ("2580", "0852")
"""The one line of four keys on a keypad."""


@unique
class CodeForm(StrEnum):
    """Why a text is no code of a card; the value is the end of its code of the catalogue."""

    DIGITS = "digits"
    """Something else than the digits 0 to 9 is in it."""

    LENGTH = "length"
    """It is too short or too long."""


@unique
class Weakness(StrEnum):
    """Why a new code is refused; the value is the end of its code of the catalogue."""

    SAME = "same"
    """It is the present code."""

    UNBLOCKING = "unblocking"
    """It is the unblocking code, or stands in it."""

    REPEATED = "repeated"
    """One digit, or one or two groups, over and over: 0000, 1212, 123123."""

    SEQUENCE = "sequence"
    """Digits in their order, up or down: 1234, 9876, 7890."""

    KEYPAD = "keypad"
    """A line on the keypad: 2580."""

    DATE = "date"
    """A year, or a date with one: 1985, 0785, 140785, 14071985."""

    PRINTED = "printed"
    """It stands in a number that is printed on the card."""

    @property
    def code(self) -> str:
        """The code of the catalogue, e.g. ``cryptolib.code_sequence``."""
        return _CODES[self]

    def sentence(self) -> str:
        """Return why the code is refused, in the language in use."""
        return gettext(catalogue.entry(self.code).sentence)


_CODES = {
    Weakness.SAME: "cryptolib.code_same",
    Weakness.UNBLOCKING: "cryptolib.code_unblocking",
    Weakness.REPEATED: "cryptolib.code_repeated",
    Weakness.SEQUENCE: "cryptolib.code_sequence",
    Weakness.KEYPAD: "cryptolib.code_keypad",
    Weakness.DATE: "cryptolib.code_date",
    Weakness.PRINTED: "cryptolib.code_printed",
}


def form_fault(
    code: bytes | memoryview, least: int, most: int, *, any_character: bool = False
) -> CodeForm | None:
    """Return why a text is no code of a card with codes of ``least`` to ``most`` digits.

    ``any_character``: for a card whose entry takes more than digits.
    """
    if not any_character and code and not _is_digits(code):
        return CodeForm.DIGITS
    return None if least <= len(code) <= most else CodeForm.LENGTH


def weakness(
    new: bytes, *, old: bytes = b"", unblocking: bytes = b"", printed: Iterable[str] = ()
) -> Weakness | None:
    """Return why a code of digits must not be chosen; None for one that may.

    ``old`` and ``unblocking`` are the codes that were entered with it, ``printed`` the numbers
    that stand on the card.
    """
    return next(_weaknesses(new, old, unblocking, printed), None)


def check_new(
    new: Secret,
    *,
    old: Secret | None = None,
    unblocking: Secret | None = None,
    printed: Iterable[str] = (),
) -> None:
    """Refuse a new code that is guessed soon. Raises `CardError` (``cryptolib.code_same`` …)."""
    found = weakness(
        new.reveal(),
        old=old.reveal() if old else b"",
        unblocking=unblocking.reveal() if unblocking else b"",
        printed=printed,
    )
    if found is not None:
        raise CardError(found.code)


def _weaknesses(
    new: bytes, old: bytes, unblocking: bytes, printed: Iterable[str]
) -> Iterator[Weakness]:
    if not new:
        return
    if new == old:
        yield Weakness.SAME
    if unblocking and new in unblocking:
        yield Weakness.UNBLOCKING
    if not _is_digits(new):
        return
    if _is_repeated(new):
        yield Weakness.REPEATED
    if _is_sequence(new):
        yield Weakness.SEQUENCE
    text = new.decode()
    if text in _KEYPAD:
        yield Weakness.KEYPAD
    if _is_date(text):
        yield Weakness.DATE
    if any(text in number for number in printed):
        yield Weakness.PRINTED


def _is_digits(code: bytes | memoryview) -> bool:
    return all(byte in b"0123456789" for byte in code)


def _is_repeated(code: bytes) -> bool:
    return any(
        len(code) % size == 0 and code == code[:size] * (len(code) // size)
        for size in range(1, len(code) // 2 + 1)
    )


def _is_sequence(code: bytes) -> bool:
    """Tell whether each digit follows the one before; 0 follows 9, and comes before it."""
    steps = {(after - before) % 10 for before, after in itertools.pairwise(code)}
    return steps in ({1}, {9})


def _is_date(text: str) -> bool:
    match len(text):
        case 4:
            return int(text) in _YEARS
        case 6:
            return any(map(_is_day, _short_dates(text))) or _has_year(text[2:], text[:2])
        case 8:
            return _is_day((text[4:], text[2:4], text[:2])) or _is_day(
                (text[:4], text[4:6], text[6:])
            )
    return False


def _short_dates(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield year, month and day of a date of six digits, however it is written."""
    for century in ("19", "20"):
        yield century + text[4:], text[2:4], text[:2]
        yield century + text[:2], text[2:4], text[4:]


def _has_year(year: str, month: str) -> bool:
    return int(year) in _YEARS and 1 <= int(month) <= 12


def _is_day(date: tuple[str, str, str]) -> bool:
    year, month, day = map(int, date)
    if year not in _YEARS:
        return False
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True
