# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A wrong order is refused with its reason before anything is made."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.issuance.conftest import Issue

from caducee.base.errors import CpsError, FormatError, IssueError
from caducee.codec.billing import BillingSituation
from caducee.codec.identifiers import luhn_key
from caducee.directory.model import Person, Qualification, Structure
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, Practice, identities
from caducee.issuance.checking import check
from caducee.issuance.order import numbered
from caducee.spec.cards import CardGeneration
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.virtualcard.content import ContactlessChip

KIT = identities.person(42788)
CABINET = identities.practice_of(KIT)
HOSPITAL = Structure("10B0057881", "HOPITAL DES 3 DAMES", "75")
CHARLES = Person("30B0057881/CPET0002", "ADMINISTRATIF-CH057880002", "CHARLES")


def with_person(**changes: object) -> CardOrder:
    return CardOrder(person=replace(KIT, **changes))  # type: ignore[arg-type]  # wrong on purpose


def with_practice(**changes: object) -> CardOrder:
    practice = replace(Practice(CABINET, "SA07"), **changes)  # type: ignore[arg-type]
    return CardOrder(person=KIT, practices=(practice,))


def staff(**changes: object) -> CardOrder:
    order = CardOrder(
        person=CHARLES, family=CardFamily.CPE, practices=(Practice(HOSPITAL, "SA01"),)
    )
    return replace(order, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (with_person(ps_idnat="899700427884"), "codec.identifier_key"),
        (with_person(ps_idnat="8997004278"), "codec.identifier_shape"),
        (with_person(ps_idnat=""), "codec.identifier_type"),
        (with_person(ps_idnat="X99700427885"), "codec.identifier_type"),
        (
            with_person(ps_idnat="81000000000" + luhn_key("1000000000")),
            "issuance.not_a_test_identity",
        ),
        (with_person(family_name="X" * 28), "issuance.name_length"),
        (with_person(given_name="X" * 28), "issuance.name_length"),
        (with_person(family_name=""), "issuance.name_characters"),
        (with_person(family_name="Δοκιμή"), "issuance.name_characters"),
        (with_person(given_name="ÆÆ" * 7), "issuance.name_length"),
        (with_person(family_name="A\nB"), "issuance.name_characters"),
        (with_person(family_name="A\x00"), "issuance.name_characters"),
        (with_person(family_name=" A"), "issuance.name_characters"),
        (with_person(family_name="A\n"), "issuance.name_characters"),
        (with_person(profession="11"), "issuance.code_unknown"),
        (with_person(profession=None), "issuance.code_unknown"),
        (with_person(qualifications=(Qualification("SM99"),)), "issuance.code_unknown"),
        (CardOrder(person=KIT, languages=("klingon",)), "issuance.code_unknown"),
        (CardOrder(person=KIT, practices=(Practice(CABINET, "SA99"),)), "issuance.code_unknown"),
        (
            CardOrder(person=KIT, practices=(Practice(CABINET, "SA07", "09"),)),
            "issuance.code_unknown",
        ),
        (
            CardOrder(person=KIT, practices=(Practice(CABINET, "SA07"),) * 17),
            "issuance.too_many_practices",
        ),
        (
            CardOrder(person=KIT, practices=(Practice(Structure("499", "X"), "SA07"),)),
            "codec.identifier_shape",
        ),
        (CardOrder(person=KIT, family=CardFamily.CPF), "issuance.code_unknown"),
        (CardOrder(person=KIT, family=CardFamily.CPE), "issuance.identifier_of_another_family"),
        (with_person(ps_idnat=CHARLES.ps_idnat), "issuance.identifier_of_another_family"),
        (
            CardOrder(person=replace(CHARLES, profession="10"), family=CardFamily.CPE),
            "issuance.profession_on_staff_card",
        ),
        (
            CardOrder(person=KIT, practices=(Practice(replace(CABINET, name="X" * 65), "SA07"),)),
            "issuance.structure_name",
        ),
        (
            CardOrder(person=KIT, practices=(Practice(replace(CABINET, name=""), "SA07"),)),
            "issuance.structure_name",
        ),
        (
            CardOrder(person=KIT, practices=(Practice(replace(CABINET, name="A\x00B"), "SA07"),)),
            "issuance.structure_name",
        ),
        (CardOrder(person=CHARLES, family=CardFamily.CPE), "issuance.structure_missing"),
        (staff(person=replace(CHARLES, family_name="")), "issuance.name_characters"),
        (staff(person=replace(CHARLES, given_name="")), "issuance.name_characters"),
        (staff(responsibility="03"), "issuance.code_unknown"),
        (
            CardOrder(person=KIT, responsibility="01"),
            "issuance.responsibility_of_another_family",
        ),
        (
            CardOrder(person=KIT, category=ProductCategory.TEST_SOFTWARE),
            "issuance.category_not_a_card",
        ),
        (
            CardOrder(
                person=KIT,
                generation=CardGeneration.CPS4,
                contactless=ContactlessChip.IDENTIFICATION,
            ),
            "issuance.contactless_unknown",
        ),
        (with_person(civility="99"), "issuance.code_unknown"),
        (with_practice(number=0), "issuance.practice_number"),
        (with_practice(number=17), "issuance.practice_number"),
        (
            CardOrder(
                person=KIT,
                practices=(Practice(CABINET, "SA07"), Practice(CABINET, "SA07", number=1)),
            ),
            "issuance.practice_number",
        ),
        (
            CardOrder(
                person=KIT,
                practices=(Practice(CABINET, "SA07", number=16), Practice(CABINET, "SA07")),
            ),
            "issuance.practice_number",
        ),
        (with_practice(section="Z"), "issuance.code_unknown"),
        (with_practice(section="A"), "issuance.section_of_another_profession"),
        (with_practice(billing=BillingSituation(convention="7")), "issuance.code_unknown"),
        (with_practice(billing=BillingSituation(agreements=("77",))), "issuance.code_unknown"),
        (
            with_practice(billing=BillingSituation(replaced="899700218895")),
            "codec.identifier_key",
        ),
        (
            with_practice(
                billing=BillingSituation(replaced="81000000000" + luhn_key("1000000000"))
            ),
            "issuance.not_a_test_identity",
        ),
        (
            CardOrder(
                person=CHARLES, family=CardFamily.CPE, practices=(Practice(CABINET, "SA07"),)
            ),
            "issuance.code_unknown",
        ),
    ],
)
def test_a_wrong_order_is_refused_and_nothing_is_made(
    registry: Registry, issue: Issue, order: CardOrder, code: str
) -> None:
    with pytest.raises((FormatError, IssueError)) as caught:
        issue(order)
    assert caught.value.code == code
    assert caught.value.advice()
    assert registry.persons.all() == ()
    assert registry.cards.all() == ()


@pytest.mark.parametrize(
    "name",
    ["MAXIMAXIMAXIMAXIMAXIMAX5811", "X" * 27, "INFIRMCS ADELI8751", "RPPS-ADELI", "L'HEUREUX", "A"],
)
def test_names_of_published_test_cards_are_taken(name: str) -> None:
    check(with_person(family_name=name))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
def test_any_text_is_taken_or_refused_with_a_code(family: str, given_name: str, idnat: str) -> None:
    order = with_person(family_name=family, given_name=given_name, ps_idnat=idnat)
    try:
        check(order)
    except CpsError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("given_numbers", "places"),
    [
        ([None, None, None], [1, 2, 3]),
        ([3, None, 7], [3, 4, 7]),
        ([None, 16], [1, 16]),
        ([16, 1, None], [16, 1, 2]),
    ],
)
def test_a_practice_without_a_number_comes_after_the_one_before(
    given_numbers: list[int | None], places: list[int]
) -> None:
    practices = [Practice(CABINET, "SA07", number=number) for number in given_numbers]
    assert [place for place, _ in numbered(practices)] == places
    check(CardOrder(person=KIT, practices=tuple(practices)))
