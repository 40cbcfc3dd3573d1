# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Populations: the same for the same seed, coherent, as large as asked, whatever interrupts."""

import signal
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from caducee.authority.authority import Authority
from caducee.base.errors import IssueError
from caducee.codec.identifiers import PsIdNat, StructIdNat
from caducee.directory.person_records import all_persons
from caducee.directory.registry import Registry
from caducee.issuance import population
from caducee.issuance.checking import check
from caducee.issuance.population import (
    ALL_CARDS,
    CARDS,
    Member,
    SharedCardKeys,
    issue_population,
    member,
    populate,
    population_size,
)
from caducee.spec.nomenclatures import CardFamily, Table, label

SOME = 2_000


@pytest.fixture(scope="module")
def members() -> list[Member]:
    return [member(7, place) for place in range(SOME)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make transactions of ten persons."""
    monkeypatch.setattr(population, "_AT_ONCE", 10)


def test_the_same_seed_gives_the_same_persons(members: list[Member]) -> None:
    assert [member(7, place) for place in range(50)] == members[:50]
    assert [member(8, place) for place in range(50)] != members[:50]


def test_nobody_is_there_twice(members: list[Member]) -> None:
    assert len({item.new.person.ps_idnat for item in members}) == SOME


def test_every_identifier_is_a_test_identifier_with_its_key(members: list[Member]) -> None:
    for item in members:
        assert PsIdNat.parse(item.new.person.ps_idnat).is_test
        for activity, structure in item.new.practices:
            assert StructIdNat.parse(structure.struct_idnat).identifier.is_test
            assert activity.struct_idnat == structure.struct_idnat
            assert label(Table.SECTORS, activity.sector)
            assert label(Table.DEPARTMENTS, structure.department or "")


def test_names_follow_the_rule_of_test_identities(members: list[Member]) -> None:
    for item in members:
        person = item.new.person
        if item.family in CARDS:
            assert person.family_name.endswith(person.ps_idnat[4:11])
        else:
            assert person.family_name.endswith(person.ps_idnat[-4:])


def test_one_structure_is_the_same_for_all_who_practise_there(members: list[Member]) -> None:
    found: dict[str, set[object]] = {}
    for item in members:
        for _, structure in item.new.practices:
            found.setdefault(structure.struct_idnat, set()).add(structure)
    assert all(len(entry) == 1 for entry in found.values())
    assert len(found) < sum(len(entry.new.practices) for entry in members)


def test_every_person_could_be_issued_a_card(members: list[Member]) -> None:
    for item in members:
        check(item.order)


def test_a_whole_population_has_the_published_number_of_cards() -> None:
    found = Counter(population._family(3, place) for place in range(ALL_CARDS))
    assert {family: found[family] for family in CARDS} == CARDS
    assert found.total() == ALL_CARDS


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_beginning_of_a_population_has_nearly_the_same_shares(seed: int) -> None:
    found = Counter(population._family(seed, place) for place in range(1_000))
    for family, held in CARDS.items():
        assert abs(found[family] - 1_000 * held / ALL_CARDS) < 5
    assert found[CardFamily.CPF] > 0


def test_a_population_grows_to_the_size_that_is_asked_for(registry: Registry, small: None) -> None:
    steps: list[int] = []
    assert populate(registry, 25, 7, entered=steps.append) == 25
    assert steps == [10, 10, 5]
    assert populate(registry, 25, 7) == 0
    assert populate(registry, 32, 7) == 7
    assert population_size(registry) == 32
    wanted = {entry.new.person for entry in (member(7, place) for place in range(32))}
    assert set(registry.persons.all()) == wanted
    item = member(7, 3).new
    assert registry.activities.of(item.person.ps_idnat) == tuple(what for what, _ in item.practices)
    assert registry.consents.given(item.person.ps_idnat) == item.consent


def test_a_registry_holds_the_population_of_one_seed(registry: Registry, small: None) -> None:
    populate(registry, 5, 7)
    with pytest.raises(IssueError) as caught:
        populate(registry, 9, 8)
    assert caught.value.code == "issuance.population_seed"
    with pytest.raises(IssueError) as caught:
        populate(registry, 10_000_000, 7)
    assert caught.value.code == "issuance.population_size"


KILLED = """
import sys
from caducee.directory.registry import Registry
from caducee.issuance import population
population._AT_ONCE = 50
def entered(count):
    sys.stdout.write(".")
    sys.stdout.flush()
population.populate(Registry(sys.argv[1]), 100_000, 7, entered=entered)
"""


def test_a_killed_run_is_gone_on_with(tmp_path: Path, small: None) -> None:
    url = f"sqlite:///{tmp_path}/registry.db"
    with subprocess.Popen([sys.executable, "-c", KILLED, url], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(3)
        child.send_signal(signal.SIGKILL)
    with Registry(url) as registry:
        held = population_size(registry)
        assert held >= 150
        assert held % 50 == 0
        populate(registry, held + 7, 7)
        wanted = {member(7, place).new.person for place in range(held + 7)}
        assert {person.person for person in all_persons(registry)} == wanted


def test_everybody_gets_one_card_although_issuing_was_interrupted(
    registry: Registry, authority: Authority
) -> None:
    populate(registry, 70, 7)
    keys = SharedCardKeys(2)
    started = issue_population(registry, authority, keys, 7)
    assert len(list(islice(started, 3))) == 3
    del started
    before = {entry.number for entry in registry.cards.all()}
    assert 3 <= len(before) < 70
    rest = list(issue_population(registry, authority, keys, 7))
    assert len(rest) == 70 - len(before)
    found = Counter(entry.ps_idnat for entry in registry.cards.all())
    assert found == Counter({member(7, place).new.person.ps_idnat: 1 for place in range(70)})
    for place in range(0, 70, 9):
        item = member(7, place)
        (card,) = registry.cards.of(item.new.person.ps_idnat)
        assert card.family is item.family
        assert len(registry.certificates.of_card(card.number)) == 3
    assert list(issue_population(registry, authority, keys, 7)) == []
