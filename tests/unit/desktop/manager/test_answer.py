# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the first page answers: the worst first, and never that all is well when it is not."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from caducee.desktop.manager.model.answer import answer, valid_until
from caducee.diagnosis.model import Finding

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def card(expires: dt.date | None) -> Any:
    return SimpleNamespace(holder=SimpleNamespace(expires=expires))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (dt.date(2028, 1, 2), "Valid until 2028-01-02"),
        (dt.date(2026, 11, 24), "Valid until 2026-11-24"),
        (dt.date(2026, 11, 23), "Expired on 2026-11-23"),
        (None, ""),
    ],
)
def test_a_card_is_valid_until_the_end_of_its_last_day(day: dt.date | None, said: str) -> None:
    assert valid_until(card(day), NOW) == said


def test_the_worst_finding_is_said_with_what_to_do() -> None:
    findings = [Finding("diag.card_test"), Finding("diag.code_last"), Finding("diag.code_blocked")]
    said = answer(card(None), findings, NOW)
    assert said.startswith(Finding("diag.code_blocked").sentence())
    assert Finding("diag.code_blocked").advice() in said


def test_what_was_not_checked_is_never_taken_for_sound() -> None:
    unchecked = Finding("diag.revocation_unchecked", {"use": "authentication"})
    assert "Nothing wrong" not in answer(card(None), [unchecked], NOW)
    assert "Nothing wrong" in answer(card(None), [Finding("diag.card_test")], NOW)


def test_an_expired_card_without_a_finding_is_still_expired() -> None:
    assert "expired" in answer(card(dt.date(2020, 1, 1)), [], NOW)
