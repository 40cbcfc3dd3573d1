# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The code tables: labels of the card dictionary, unknown codes, enums that agree with them."""

import pytest

from caducee.spec.nomenclatures import (
    CardFamily,
    PersonIdType,
    ProductCategory,
    StructureIdType,
    Table,
    label,
    table,
)


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        (Table.PROFESSIONS, "10", "Médecin"),
        (Table.PROFESSIONS, "93", "Psychologue"),
        (Table.FUTURE_PROFESSIONS, "50", "Sage-Femme en formation"),
        (Table.CARD_TYPES, "00", "Carte de Professionnel de Santé (CPS)"),
        (Table.CIVILITIES, "31", "Monsieur"),
        (Table.DEPARTMENTS, "75", "Paris (75)"),
        (Table.DEPARTMENTS, "21", "Côte-d'Or (21)"),
        (Table.SECTORS, "SA01", "Etablissement public de santé"),
        (Table.SPECIALTIES, "SM26", "Qualifié en Médecine Générale (SM)"),
        (Table.PRACTICE_MODES, "01", "Salarié"),
    ],
)
def test_a_code_has_its_published_label(name: str, code: str, text: str) -> None:
    assert label(name, code) == text


@pytest.mark.parametrize(("name", "code"), [("G15", "00"), ("G15", ""), ("G999999", "10")])
def test_an_unknown_code_or_table_has_no_label(name: str, code: str) -> None:
    assert label(name, code) is None


def test_an_unknown_table_is_empty() -> None:
    assert table("nothing") == ()


@pytest.mark.parametrize(
    ("name", "count"), [("G15", 30), ("R01", 244), ("R02", 63), ("G00", 191), ("R03", 10)]
)
def test_a_table_is_whole(name: str, count: int) -> None:
    assert len(table(name)) == count


def test_codes_with_a_second_key_are_kept_apart() -> None:
    twice = [entry for entry in table("G102") if entry.code == "10"]
    assert [entry.extra for entry in twice] == ["1", "2"]


@pytest.mark.parametrize("name", Table)
def test_every_table_with_a_name_of_its_own_exists(name: Table) -> None:
    assert table(name)


def test_the_families_are_the_card_types_of_the_table() -> None:
    assert [entry.code for entry in table(Table.CARD_TYPES)] == [f"{one:02d}" for one in CardFamily]


def test_the_categories_are_those_of_the_table() -> None:
    codes = [entry.code for entry in table(Table.PRODUCT_CATEGORIES)]
    assert codes == [f"{one:02X}" for one in ProductCategory]


def test_the_test_categories_are_those_that_the_table_calls_so() -> None:
    for one in ProductCategory:
        text = label(Table.PRODUCT_CATEGORIES, f"{one:02X}") or ""
        assert one.is_test is text.endswith("de TEST")
        assert one.is_card is text.startswith("Carte")


def test_the_types_of_identifiers_are_those_of_their_tables() -> None:
    persons = {entry.code for entry in table(Table.PERSON_ID_TYPES)}
    assert {one.value for one in PersonIdType} == persons - {"10"}
    structures = {entry.code for entry in table(Table.STRUCTURE_ID_TYPES)}
    assert {one.value for one in StructureIdType} == structures
