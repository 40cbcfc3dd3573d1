# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Test identities follow the rule of the published ones."""

import dataclasses

import pytest

from caducee.base.errors import FormatError, IssueError
from caducee.codec.identifiers import PsIdNat, StructIdNat
from caducee.directory.model import Structure
from caducee.directory.registry import Registry
from caducee.issuance import identities


@pytest.mark.parametrize(
    ("order", "ps_idnat", "profession", "role", "name"),
    [
        (42788, "899700427885", "10", None, "DOC0042788"),
        (36624, "899700366240", "10", None, "DOC0036624"),
        (7506, "899700075064", "50", None, "SAGECH0007506"),
        (21889, "899700218896", "10", "SPECIALISTE", "SPECIALISTE0021889"),
        (34394, "899700343943", "70", None, "MASSEUR0034394"),
        (23419, "899700234199", "40", None, "DENTISTE0023419"),
    ],
)
def test_published_identities_come_out_of_the_rule(
    order: int, ps_idnat: str, profession: str, role: str | None, name: str
) -> None:
    made = identities.person(order, profession=profession, role=role)
    assert (made.family_name, made.profession) == (name, profession)
    assert made.ps_idnat[:-1] == ps_idnat[:-1]
    assert made.ps_idnat == str(PsIdNat.parse(made.ps_idnat))


@pytest.mark.parametrize(
    ("order", "struct_idnat"),
    [
        (73574, "499700735741008"),
        (2445, "499700024450014"),
        (34394, "499700343942006"),
        (23419, "499700234190004"),
    ],
)
def test_a_practice_is_the_rpps_rang_of_its_holder(order: int, struct_idnat: str) -> None:
    practice = identities.practice_of(identities.person(order))
    assert practice.struct_idnat[:12] == struct_idnat[:12]
    assert StructIdNat.parse(practice.struct_idnat).is_test
    assert practice.name == f"CABINET M DOC{order:07d}"


def test_a_practice_is_the_first_of_its_holder() -> None:
    assert identities.practice_of(identities.person(42788)).struct_idnat == "499700427885006"


def test_a_profession_without_a_known_word_gets_the_general_one() -> None:
    assert identities.person(1, profession="86").family_name == "PROF0000001"


def test_new_persons_are_never_the_same(registry: Registry) -> None:
    made = [identities.new_person(registry) for _ in range(5)]
    assert len({item.ps_idnat for item in made}) == 5
    assert made[0].family_name == "DOC5000000"
    assert all(PsIdNat.parse(item.ps_idnat).is_test for item in made)


@pytest.mark.parametrize("order", [-1, 10_000_000])
def test_an_order_of_more_than_seven_digits_is_refused(order: int) -> None:
    with pytest.raises(FormatError) as caught:
        identities.person(order)
    assert caught.value.code == "codec.identifier_order"


@pytest.mark.parametrize(
    ("profession", "order", "ps_idnat", "name"),
    [
        ("60", 8751, "00B6087510", "INFIRMCH8751"),
        ("60", 7760, "00B6077602", "INFIRMCH7760"),
        ("28", 58, "00B2800585", "OPTOLUNE0058"),
        ("10", 5869, "00B1058698", "DOC5869"),
    ],
)
def test_published_adeli_identities_come_out_of_the_rule(
    profession: str, order: int, ps_idnat: str, name: str
) -> None:
    made = identities.adeli_person(order, profession=profession)
    assert (made.ps_idnat, made.family_name, made.civility) == (ps_idnat, name, "31")
    assert identities.practice_of(made).struct_idnat == f"{ps_idnat}00"


def test_published_staff_come_out_of_the_rule() -> None:
    charles = identities.staff(identities.hospital(5788), 2)
    assert (charles.ps_idnat, charles.family_name) == (
        "30B0057881/CPET0002",
        "ADMINISTRATIF-CH057880002",
    )
    other = identities.staff(identities.body(2155), 1)
    assert (other.ps_idnat, other.family_name) == (
        "500000000021550/CPAT0001",
        "RESPONSABLE0000021550001",
    )


@pytest.mark.parametrize("where", [identities.hospital(5788), identities.body(7708)])
def test_the_employer_of_staff_is_the_structure_that_named_them(where: Structure) -> None:
    for named in (True, False):
        made = identities.staff(where, 3, named=named)
        assert identities.employer_of(made) == where
        assert bool(made.family_name) is bool(made.given_name) is named


def test_a_professional_has_no_employer() -> None:
    with pytest.raises(IssueError) as caught:
        identities.employer_of(identities.person(1))
    assert caught.value.code == "issuance.no_practice"


def test_a_student_has_a_future_profession_alone() -> None:
    made = identities.student(7, future_profession="21")
    assert (made.profession, made.future_profession, made.category) == (None, "21", "E")
    assert made.family_name == "PHARMA0000007"


def test_staff_have_no_practice_of_their_own() -> None:
    charles = dataclasses.replace(identities.person(1), ps_idnat="30B0057881/CPET0002")
    with pytest.raises(IssueError) as caught:
        identities.practice_of(charles)
    assert caught.value.code == "issuance.no_practice"
