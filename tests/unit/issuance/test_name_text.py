# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names are written as the registers write them: capital letters without accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.issuance.name_text import as_registers, check_name


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Cécile", "CECILE"),
        ("Lévêque-d’Œuvre", "LEVEQUE-D'OEUVRE"),
        ("L'HEUREUX", "L'HEUREUX"),
        ("Ægidius", "AEGIDIUS"),
        ("Łukasz Åström", "LUKASZ ASTROM"),
        ("Strauß", "STRAUSS"),
        ("Groẞe", "GROSSE"),
        ("Noël\u00a0Marie‐Ange", "NOEL MARIE-ANGE"),
        ("e\u0301", "E"),
        ("Đorđe Þór", "DORDE THOR"),
        ("Nguyễn", "NGUYEN"),
        ("DE LA TOUR-DUPIN", "DE LA TOUR-DUPIN"),
        ("MAXIMAXIMAXIMAXIMAXIMAX5811", "MAXIMAXIMAXIMAXIMAXIMAX5811"),
        ("", ""),
    ],
)
def test_a_name_loses_its_accents(name: str, written: str) -> None:
    assert as_registers(name) == written
    if written:
        check_name(name)


def test_the_limit_counts_what_is_written() -> None:
    check_name("é" * 27)
    check_name("œ" * 13 + "a")
    with pytest.raises(FormatError) as caught:
        check_name("œ" * 14)
    assert caught.value.code == "issuance.name_length"
    assert caught.value.facts["length"] == 28


@pytest.mark.parametrize("name", ["", " A", "A ", "-A", "Δ", "A\n", "A\x00B", "李", "A_B", "A/B"])
def test_what_no_register_writes_is_refused(name: str) -> None:
    with pytest.raises(FormatError) as caught:
        check_name(name)
    assert caught.value.code == "issuance.name_characters"
    assert str(caught.value).isprintable()


@given(st.text(max_size=30))
def test_writing_a_name_twice_changes_nothing(name: str) -> None:
    once = as_registers(name)
    try:
        check_name(name)
    except FormatError:
        return
    assert as_registers(once) == once
    assert once.isascii()
