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
    card_name,
    label,
    labels,
    names,
    oid,
    table,
    title,
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


def test_a_code_of_several_parts_keeps_every_label() -> None:
    assert labels("G102", "10") == ("Zone A",)
    assert labels("G102", "30") == ("Zone C", "Zone B")
    assert labels("G102", "77") == labels("nothing", "1") == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("G01", "1.2.250.1.71.1.2.5"),
        ("G02", "1.2.250.1.71.1.2.2"),
        ("G04", "1.2.250.1.71.1.2.12"),
        ("G15", "1.2.250.1.71.1.2.7"),
        ("G16", "1.2.250.1.71.1.2.8"),
        ("G100", "1.2.250.1.71.1.2.38"),
        ("R01", "1.2.250.1.71.4.2.5"),
        ("R02", "1.2.250.1.71.4.2.4"),
        ("R38", "1.2.250.1.213.2.28"),
        ("G03", None),
        ("G05", None),
        ("nothing", None),
    ],
)
def test_a_table_has_its_oid_where_one_is_known(name: str, expected: str | None) -> None:
    assert oid(name) == expected


def test_every_table_of_the_dictionary_is_there_with_its_title() -> None:
    assert len(names()) == 28
    assert all(title(name) and table(name) for name in names())
    assert title("G999999") is None


@pytest.mark.parametrize(
    ("family", "responsibility", "name"),
    [
        (CardFamily.CPE, "00", "CPE"),
        (CardFamily.CPE, "01", "CDE"),
        (CardFamily.CPE, "02", "CDE"),
        (CardFamily.CPA, "00", "CPA"),
        (CardFamily.CPA, "01", "CDA"),
        (CardFamily.CPS, "01", "CPS"),
        (CardFamily.CPF, "01", "CPF"),
    ],
)
def test_the_responsibility_separates_a_cde_from_a_cpe(
    family: CardFamily, responsibility: str, name: str
) -> None:
    assert card_name(family, responsibility) == name


@pytest.mark.parametrize("name", Table)
def test_every_table_with_a_name_of_its_own_exists(name: Table) -> None:
    assert table(name)


def test_the_families_are_the_card_types_of_the_table() -> None:
    assert [entry.code for entry in table(Table.CARD_TYPES)] == [
        f"{member:02d}" for member in CardFamily
    ]


def test_the_categories_are_those_of_the_table() -> None:
    codes = [entry.code for entry in table(Table.PRODUCT_CATEGORIES)]
    assert codes == [f"{member:02X}" for member in ProductCategory]


def test_the_test_categories_are_those_that_the_table_calls_so() -> None:
    for member in ProductCategory:
        text = label(Table.PRODUCT_CATEGORIES, f"{member:02X}") or ""
        assert member.is_test is text.endswith("de TEST")
        assert member.is_card is text.startswith("Carte")


def test_the_types_of_identifiers_are_those_of_their_tables() -> None:
    persons = {entry.code for entry in table(Table.PERSON_ID_TYPES)}
    assert {member.value for member in PersonIdType} == persons - {"10"}
    structures = {entry.code for entry in table(Table.STRUCTURE_ID_TYPES)}
    assert {member.value for member in StructureIdType} == structures
