# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest

from caducee.spec import ours
from caducee.spec.ours import OurTable, table

TABLE = OurTable(
    "some",
    {
        "number": 3,
        "yes": True,
        "text": "abc",
        "hex": "3F 00",
        "numbers": [1, 2],
        "texts": ["a"],
        "mixed": [1, "a", True],
        "inner": {"number": 4},
    },
)


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(ours).failed == 0


def test_values_come_with_their_type() -> None:
    assert TABLE.integer("number") == 3
    assert TABLE.flag("yes") is True
    assert TABLE.text("text") == "abc"
    assert TABLE.octets("hex") == b"\x3f\x00"
    assert TABLE.integers("numbers") == (1, 2)
    assert TABLE.texts("texts") == ("a",)
    assert TABLE.table("inner").integer("number") == 4
    assert "text" in TABLE
    assert "other" not in TABLE
    assert list(TABLE)[:2] == ["number", "yes"]


def test_a_missing_name_or_another_type_is_a_fault_that_names_the_value() -> None:
    with pytest.raises(LookupError, match=r"some\.other"):
        TABLE.integer("other")
    with pytest.raises(LookupError, match=r"some\.yes"):
        TABLE.integer("yes")
    with pytest.raises(LookupError, match=r"some\.number"):
        TABLE.flag("number")
    with pytest.raises(LookupError, match=r"some\.mixed"):
        TABLE.integers("mixed")
    with pytest.raises(LookupError, match=r"some\.mixed"):
        TABLE.texts("mixed")
    with pytest.raises(LookupError, match=r"some\.inner\.x"):
        TABLE.table("inner").text("x")


def test_tables_are_found_by_dotted_names() -> None:
    assert table("pkcs15.pin").integer("reference") == table("pkcs15").table("pin").integer(
        "reference"
    )
    assert table("pkcs15") is table("pkcs15")
    with pytest.raises(LookupError, match=r"pkcs15\.nothing"):
        table("pkcs15.nothing")
