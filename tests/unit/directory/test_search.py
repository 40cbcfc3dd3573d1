# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A search finds what a look at everything finds, on both databases."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from caducee.base.clock import FixedClock
from caducee.directory import search
from caducee.directory.model import Card, Person, Structure
from caducee.directory.names import folded
from caducee.directory.person_records import PersonRecord, all_persons
from caducee.directory.registry import Registry
from caducee.directory.search import Condition, Key, Match, SearchTarget
from caducee.issuance.population import CARDS, member, populate
from caducee.spec.nomenclatures import CardFamily, ProductCategory

AT = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)
NEW = next(item.new for item in (member(7, at) for at in range(120)) if item.family in CARDS)
KIT = NEW.person
ACCENTS = Person("899700427885", "Lœvêque Çédille", "Zoé", "10")
CARD = Card(
    "2950000000", CardFamily.CPS, ProductCategory.TEST_CARD, KIT.ps_idnat, AT, AT.replace(year=2029)
)


@pytest.fixture
def filled(registry_url: str) -> Iterator[Registry]:
    clock = FixedClock(AT)
    with Registry(registry_url, clock=clock) as registry:
        populate(registry, 120, 7)
        registry.persons.put(ACCENTS)
        clock.advance(dt.timedelta(days=1))
        registry.cards.put(CARD)
        registry.structures.put(replace(CABINET, name="Clinique de l'Été"))
        yield registry


CABINET = NEW.practices[0][1]

PERSONS: list[tuple[Condition, Callable[[PersonRecord], bool]]] = [
    (
        search.name_starts(SearchTarget.PERSON, ("family_key",), ["infirm", "DOC"]),
        lambda item: item.person.family_name.startswith(("INFIRM", "DOC")),
    ),
    (
        search.name_starts(SearchTarget.PERSON, ("family_key", "given_key"), ["zoe"]),
        lambda item: folded(item.person.given_name).startswith("ZOE"),
    ),
    (
        search.name_starts(SearchTarget.PERSON, ("family_key",), ["loevêque c"]),
        lambda item: item.person == ACCENTS,
    ),
    (
        search.known_by([("8", KIT.ps_idnat[1:]), (None, "0")]),
        lambda item: item.person.ps_idnat == KIT.ps_idnat,
    ),
    (search.with_card([CARD.number]), lambda item: bool(item.cards)),
    (
        search.qualified(["60", "SM26"]),
        lambda item: (
            "60" in (item.person.profession, item.person.future_profession)
            or any(known.code == "SM26" for known in item.person.qualifications)
        ),
    ),
    (
        search.starts(SearchTarget.PERSON, "ps_idnat", ["3", "5"]),
        lambda item: item.person.ps_idnat[0] in "35",
    ),
    (search.starts(SearchTarget.PERSON, "ps_idnat", ["8_", "%"]), lambda item: False),
    (search.equals(SearchTarget.PERSON, "active", [False]), lambda item: not item.person.active),
    (
        search.updated(SearchTarget.PERSON, AT + dt.timedelta(hours=1)),
        lambda item: bool(item.cards),
    ),
    (
        search.updated(SearchTarget.PERSON, None, AT + dt.timedelta(hours=1)),
        lambda item: not item.cards,
    ),
    (search.nothing(), lambda item: False),
    (search.any_of([search.nothing()]), lambda item: False),
]


def everything(registry: Registry, subject: SearchTarget, conditions: list[Condition]) -> list[Key]:
    """Return all keys, read in small pages."""
    found: list[Key] = []
    behind: Key = ()
    while True:
        page = search.find(registry, subject, conditions, behind=behind, limit=9)
        found += page.keys
        if not page.more:
            return found
        behind = page.keys[-1]


def test_persons_are_found_by_every_condition(filled: Registry) -> None:
    records = list(all_persons(filled))
    for condition, meets in PERSONS:
        wanted = {record.person.ps_idnat for record in records if meets(record)}
        assert {key[0] for key in everything(filled, SearchTarget.PERSON, [condition])} == wanted


def test_conditions_hold_together(filled: Registry) -> None:
    both = [PERSONS[0][0], search.equals(SearchTarget.PERSON, "profession", ["60"])]
    wanted = {
        person.person.ps_idnat
        for person in all_persons(filled)
        if PERSONS[0][1](person) and person.person.profession == "60"
    }
    assert wanted
    assert {key[0] for key in everything(filled, SearchTarget.PERSON, both)} == wanted


def test_pages_have_every_activity_once_and_in_order(filled: Registry) -> None:
    wanted = sorted(
        (what.ps_idnat, f"{what.number:02}")
        for person in all_persons(filled)
        for what, _ in person.activities
    )
    found = everything(filled, SearchTarget.ACTIVITY, [])
    assert sorted(found) == wanted
    assert len(set(found)) == len(found)
    (item,) = everything(filled, SearchTarget.ACTIVITY, [search.activity_is(wanted[3])])
    assert item == wanted[3]
    (activity,) = search.activities_with(filled, [wanted[3]])
    assert (activity.ps_idnat, activity.number) == (wanted[3][0], int(wanted[3][1]))


def test_structures_are_found_by_name_and_address(filled: Registry) -> None:
    def keys(condition: Condition) -> list[str]:
        return [key[0] for key in everything(filled, SearchTarget.STRUCTURE, [condition])]

    def text(field: str, start: str) -> Condition:
        return search.text_matches(SearchTarget.STRUCTURE, [field], [start], Match.STARTS)

    known: dict[str, Structure] = {
        at.struct_idnat: at for person in all_persons(filled) for _, at in person.activities
    }
    assert keys(
        search.name_starts(SearchTarget.STRUCTURE, ("name_key",), ["clinique de l'ete"])
    ) == [CABINET.struct_idnat]
    start = (CABINET.postal_code or "")[:2]
    wanted = {key for key, at in known.items() if (at.postal_code or "").startswith(start)}
    assert set(keys(text("postal_code", start))) == wanted
    town = CABINET.city or ""
    wanted = {key for key, at in known.items() if (at.city or "").startswith(town)}
    assert set(keys(text("city", town.lower()))) == wanted
    assert [item.struct_idnat for item in search.structures_with(filled, sorted(wanted))] == sorted(
        wanted
    )
