# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A field is asked with the words, the bounds and the choices with which the form declares it."""

import msgspec
import pytest
from tests.unit.ordering.conftest import FIT

from caducee.services.ordering.fields import LINES, fields, line_fields
from caducee.services.ordering.form import LINE, MOST_CARDS, Environment, OrderForm

BY_NAME = {item.name: item for item in fields()}


def test_every_member_of_the_form_is_asked_or_has_lines() -> None:
    asked = {name.partition(".")[0] for name in BY_NAME} | set(LINES)
    assert asked == set(OrderForm.__struct_fields__)
    assert all(item.label for item in fields())


@pytest.mark.parametrize(
    ("name", "kind", "most"),
    [
        ("structure.name", "line", LINE),
        ("structure.kind", "choice", 0),
        ("card_usage.uses", "paragraph", 4000),
        ("card_usage.environments", "checks", 0),
        ("card_usage.services", "lines", LINE),
    ],
)
def test_kind_and_bound_follow_from_the_type(name: str, kind: str, most: int) -> None:
    assert (BY_NAME[name].kind, BY_NAME[name].most) == (kind, most)
    assert {item.name: item.most for item in line_fields("cards")}["quantity"] == MOST_CARDS


def test_a_value_comes_back_from_its_text() -> None:
    for item in fields():
        value = msgspec.to_builtins(item.value(item.text(FIT)))
        part = msgspec.to_builtins(FIT)
        for word in item.name.split("."):
            part = part[word]
        assert value == part, item.name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("structure.name", "x" * (LINE + 1)),
        ("structure.kind", "VAT"),
        ("card_usage.environments", "development\nmoon"),
        ("card_usage.services", "\n".join("x" * 21)),
    ],
)
def test_a_text_out_of_bounds_is_no_value(name: str, text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        BY_NAME[name].value(text)


def test_choices_are_the_members_of_the_enumeration() -> None:
    assert BY_NAME["card_usage.environments"].choices == tuple(Environment)
