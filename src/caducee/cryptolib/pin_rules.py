# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules for new PINs: four to eight digits, not to be guessed in three tries.

The form is the card's own (its directory says the lengths; CPS Gestion 6 takes 4 to 8 digits). The
weaknesses are chosen here: no document of the issuer lists any. They leave more than 95 of 100
PINs of four digits.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from enum import StrEnum, unique

from caducee.base import catalogue
from caducee.base.errors import CardError
from caducee.base.i18n import gettext
from caducee.base.secret import Secret

__all__ = ["PinFormatFault", "PinWeakness", "check_new_pin", "find_weakness", "format_fault"]

_YEARS = range(1900, 2030)
"""Birth years of holders and their children, and years of issue."""

_COLUMN = ("2580", "0852")
"""The only column of four keys on a PIN pad, down and up."""


@unique
class PinFormatFault(StrEnum):
    """Why a text cannot be a PIN; the value ends its catalogue code."""

    DIGITS = "digits"
    """It has characters other than the digits 0 to 9."""

    LENGTH = "length"
    """It is too short or too long."""


@unique
class PinWeakness(StrEnum):
    """Why a new PIN is refused."""

    SAME = "same"
    """It is the current PIN."""

    UNBLOCKING = "puk"
    """It is the PUK, or part of it."""

    REPEATED = "repeated"
    """A repeated digit or group: 0000, 1212, 123123."""

    SEQUENCE = "sequence"
    """Digits in their order, up or down: 1234, 9876, 7890."""

    COLUMN = "column"
    """A column of the PIN pad: 2580."""

    DATE = "date"
    """A year, or a date with one: 1985, 0785, 140785, 14071985."""

    PRINTED = "printed"
    """It is part of a number printed on the card."""

    @property
    def code(self) -> str:
        """The catalogue code, e.g. ``cryptolib.pin_sequence``."""
        return _CODES[self]

    def sentence(self) -> str:
        """Return the reason in the language in use."""
        return gettext(catalogue.entry(self.code).sentence)


_CODES = {
    PinWeakness.SAME: "cryptolib.pin_same",
    PinWeakness.UNBLOCKING: "cryptolib.pin_is_puk",
    PinWeakness.REPEATED: "cryptolib.pin_repeated",
    PinWeakness.SEQUENCE: "cryptolib.pin_sequence",
    PinWeakness.COLUMN: "cryptolib.pin_column",
    PinWeakness.DATE: "cryptolib.pin_date",
    PinWeakness.PRINTED: "cryptolib.pin_printed",
}


def format_fault(
    pin: bytes | memoryview, least: int, most: int, *, any_character: bool = False
) -> PinFormatFault | None:
    """Return why a text cannot be a PIN of ``least`` to ``most`` digits; None for one that can.

    ``any_character``: for a card whose entry takes more than digits.
    """
    if not any_character and pin and not _is_digits(pin):
        return PinFormatFault.DIGITS
    return None if least <= len(pin) <= most else PinFormatFault.LENGTH


def find_weakness(
    new: bytes, *, old: bytes = b"", puk: bytes = b"", printed: Iterable[str] = ()
) -> PinWeakness | None:
    """Return why a new PIN is too weak; None for one that may be chosen.

    ``old`` and ``puk`` were entered with it; ``printed`` are the numbers on the card.
    """
    return next(_weaknesses(new, old, puk, printed), None)


def check_new_pin(
    new: Secret,
    *,
    old: Secret | None = None,
    puk: Secret | None = None,
    printed: Iterable[str] = (),
) -> None:
    """Refuse a weak new PIN. Raises `CardError` (``cryptolib.pin_same`` …)."""
    found = find_weakness(
        new.reveal(),
        old=old.reveal() if old else b"",
        puk=puk.reveal() if puk else b"",
        printed=printed,
    )
    if found is not None:
        raise CardError(found.code)


def _weaknesses(
    new: bytes, old: bytes, puk: bytes, printed: Iterable[str]
) -> Iterator[PinWeakness]:
    if not new:
        return
    if new == old:
        yield PinWeakness.SAME
    if puk and new in puk:
        yield PinWeakness.UNBLOCKING
    if not _is_digits(new):
        return
    if _is_repeated(new):
        yield PinWeakness.REPEATED
    if _is_sequence(new):
        yield PinWeakness.SEQUENCE
    text = new.decode()
    if text in _COLUMN:
        yield PinWeakness.COLUMN
    if _is_date(text):
        yield PinWeakness.DATE
    if any(text in number for number in printed):
        yield PinWeakness.PRINTED


def _is_digits(pin: bytes | memoryview) -> bool:
    return all(byte in b"0123456789" for byte in pin)


def _is_repeated(pin: bytes) -> bool:
    return any(
        len(pin) % size == 0 and pin == pin[:size] * (len(pin) // size)
        for size in range(1, len(pin) // 2 + 1)
    )


def _is_sequence(pin: bytes) -> bool:
    """Tell whether the digits count up or down; 9 and 0 are neighbours."""
    steps = {(after - before) % 10 for before, after in itertools.pairwise(pin)}
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
    """Yield year, month and day of a date of six digits, in both orders."""
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
