# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the window for the code says, without a window."""

import pytest
from tests.unit.desktop.pin_views import view

from caducee.desktop.pin_view import judge
from caducee.middleware.pin_entry import PinKind


def test_it_reports_who_asks_and_for_which_card() -> None:
    output = dict(view().facts)
    assert output["Site"] == "https://portail.test"
    assert output["Program"].startswith("firefox-esr (/usr/lib/firefox-esr/firefox-esr")
    assert output["Holder"] == "KIT DOC0073574"
    assert output["Card"] == "CPS3v3-2900995235"
    assert "For" not in output  # the program did not say


def test_it_warns_before_the_last_try_and_after_a_wrong_code() -> None:
    assert view().warning == ""
    assert "Wrong PIN" in view(wrong=True).warning
    last = view(tries=1, wrong=True)
    assert "Wrong PIN" in last.warning and "One try left" in last.warning
    assert view(tries=None).tries == ""
    assert view(tries=2).tries == "Tries left: 2"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (PinKind.LOGIN, ["old"]),
        (PinKind.UNBLOCK_LOGIN, ["old"]),
        (PinKind.CHANGE, ["old", "new", "again"]),
        (PinKind.NEW, ["new", "again"]),
        (PinKind.CONFIRM, []),
    ],
)
def test_it_asks_for_what_the_kind_needs(kind: PinKind, fields: list[str]) -> None:
    assert [field.name for field in view(kind).fields] == fields
    assert view(kind).headline


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (PinKind.LOGIN, {"old": "1234"}, ""),
        (PinKind.LOGIN, {"old": ""}, "old"),
        (PinKind.LOGIN, {"old": "123"}, "old"),
        (PinKind.LOGIN, {"old": "123456789"}, "old"),
        (PinKind.LOGIN, {"old": "12a4"}, "old"),
        (PinKind.LOGIN, {"old": "１２３４"}, "old"),
        (PinKind.CHANGE, {"old": "1234", "new": "5871", "again": "5871"}, ""),
        (PinKind.CHANGE, {"old": "1234", "new": "5871", "again": "5872"}, "again"),
        (PinKind.CHANGE, {"old": "7291", "new": "7291", "again": "7291"}, "new"),
        (PinKind.CHANGE, {"old": "1234", "new": "5678", "again": "5678"}, "new"),
        (PinKind.NEW, {"new": "5871", "again": "5871"}, ""),
        (PinKind.NEW, {"new": "1985", "again": "1985"}, "new"),
    ],
)
def test_a_code_that_cannot_be_costs_no_try(
    kind: PinKind, values: dict[str, str], field: str
) -> None:
    found, why = judge(view(kind), values)
    assert found == field
    assert bool(why) == bool(field)
    assert not any(value and value in why for value in values.values())
