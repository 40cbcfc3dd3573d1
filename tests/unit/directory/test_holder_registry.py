# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the registry answers a relying party."""

import datetime as dt
from dataclasses import replace

import pytest

from caducee.directory.holder_registry import DirectoryHolderRegistry
from caducee.directory.model import Activity, Card, Person, Qualification, Structure
from caducee.directory.registry import Registry
from caducee.relying.registry import HolderRegistry
from caducee.spec.nomenclatures import CardFamily, ProductCategory

KIT = Person("899700427885", "DOC0042788", "KIT", "10", qualifications=(Qualification("SM26"),))
CABINET = Structure("499700427885006", "CABINET M DOC0042788")
HOSPITAL = Structure("10B0172805", "HOPITAL GENERIQUE", "75")
AT = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
CARD = Card(
    "2950000000",
    CardFamily.CPS,
    ProductCategory.TEST_CARD,
    KIT.ps_idnat,
    AT,
    AT.replace(year=2029),
)


@pytest.fixture
def holders(registry: Registry) -> HolderRegistry:
    registry.persons.put(KIT)
    registry.structures.put(CABINET)
    registry.structures.put(HOSPITAL)
    registry.activities.put(Activity(KIT.ps_idnat, 2, HOSPITAL.struct_idnat, "SA01", "01"))
    registry.activities.put(Activity(KIT.ps_idnat, 1, CABINET.struct_idnat, "SA07"))
    registry.cards.put(CARD)
    return DirectoryHolderRegistry(registry)


def test_a_holder_comes_with_names_specialties_and_activities(holders: HolderRegistry) -> None:
    found = holders.holder(KIT.ps_idnat)
    assert found is not None
    assert (found.ps_idnat, found.family_name, found.given_name, found.profession) == (
        KIT.ps_idnat,
        "DOC0042788",
        "KIT",
        "10",
    )
    assert list(found.specialties) == ["SM26"]
    assert found.active
    assert [
        (
            activity.key,
            activity.structure_id,
            activity.structure_name,
            activity.sector,
            activity.mode,
        )
        for activity in found.activities
    ] == [
        ("01", CABINET.struct_idnat, CABINET.name, "SA07", None),
        ("02", HOSPITAL.struct_idnat, HOSPITAL.name, "SA01", "01"),
    ]


@pytest.mark.parametrize("ps_idnat", ["899700000000", "", "\x00", "é" * 1000, "'; DROP TABLE card"])
def test_an_unknown_holder_is_none(holders: HolderRegistry, ps_idnat: str) -> None:
    assert holders.holder(ps_idnat) is None


def test_closed_activities_and_structures_are_not_given(
    registry: Registry, holders: HolderRegistry
) -> None:
    registry.structures.put(replace(HOSPITAL, active=False))
    registry.activities.put(Activity(KIT.ps_idnat, 1, CABINET.struct_idnat, "SA07", active=False))
    found = holders.holder(KIT.ps_idnat)
    assert found is not None
    assert list(found.activities) == []


def test_a_holder_who_stopped_is_given_as_not_active(
    registry: Registry, holders: HolderRegistry
) -> None:
    registry.persons.put(replace(KIT, active=False))
    found = holders.holder(KIT.ps_idnat)
    assert found is not None
    assert not found.active


def test_a_card_is_in_use_until_it_is_opposed(registry: Registry, holders: HolderRegistry) -> None:
    assert holders.card_active("8025000001/2950000000") is True
    registry.cards.oppose(CARD.number, AT, "unspecified")
    assert holders.card_active("8025000001/2950000000") is False


@pytest.mark.parametrize(
    "card_id", ["8025000001/2950000001", "8025000002/2950000000", "", "/", "8025000001/\x00"]
)
def test_a_card_of_another_number_or_issuer_is_unknown(
    holders: HolderRegistry, card_id: str
) -> None:
    assert holders.card_active(card_id) is None
