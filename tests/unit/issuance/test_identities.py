# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Test identities follow the rule of the published ones."""

import dataclasses

import pytest

from caducee.base.errors import FormatError, IssueError
from caducee.codec.identifiers import PsIdNat, StructIdNat
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


def test_a_profession_without_a_known_word_gets_the_general_one() -> None:
    assert identities.person(1, profession="86").family_name == "PROF0000001"


def test_new_persons_are_never_the_same(registry: Registry) -> None:
    made = [identities.new_person(registry) for _ in range(5)]
    assert len({one.ps_idnat for one in made}) == 5
    assert made[0].family_name == "DOC5000000"
    assert all(PsIdNat.parse(one.ps_idnat).is_test for one in made)


@pytest.mark.parametrize("order", [-1, 10_000_000])
def test_an_order_of_more_than_seven_digits_is_refused(order: int) -> None:
    with pytest.raises(FormatError) as caught:
        identities.person(order)
    assert caught.value.code == "codec.identifier_order"


def test_staff_have_no_practice_of_their_own() -> None:
    charles = dataclasses.replace(identities.person(1), ps_idnat="30B0057881/CPET0002")
    with pytest.raises(IssueError) as caught:
        identities.practice_of(charles)
    assert caught.value.code == "issuance.no_practice"
