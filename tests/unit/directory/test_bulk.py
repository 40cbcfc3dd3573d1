# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Many new persons at once, on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from caducee.base.errors import StateError
from caducee.directory.bulk import NewPerson, enter_new
from caducee.directory.history import HistorySubject
from caducee.directory.model import (
    Activity,
    Person,
    PersonIdentifier,
    Population,
    Qualification,
    Structure,
)
from caducee.directory.person_records import all_persons
from caducee.directory.registry import Registry
from caducee.issuance import population
from caducee.issuance.population import member, populate, population_size

CABINET = Structure("499700427885006", "CABINET M DOC0042788")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make transactions of ten persons."""
    monkeypatch.setattr(population, "_AT_ONCE", 10)


def new_person(number: int) -> NewPerson:
    ps_idnat = f"0B{number:08}"
    person = Person(
        ps_idnat,
        f"DOC{number}",
        "KIT",
        qualifications=(Qualification("SM26"),),
        identifiers=(PersonIdentifier("0", ps_idnat[1:]),),
    )
    practice = Activity(ps_idnat, 1, CABINET.struct_idnat, "SA07")
    return NewPerson(person, ((practice, CABINET),), consent=bool(number % 2))


def test_new_persons_are_entered_whole_with_one_line_of_history(registry: Registry) -> None:
    wanted = [new_person(number) for number in range(700)]
    enter_new(registry, wanted, Population(0, 0, 700))
    found = list(all_persons(registry))
    assert [record.person for record in found] == [new.person for new in wanted]
    assert [record.activities for record in found] == [new.practices for new in wanted]
    assert registry.consents.given(wanted[1].person.ps_idnat)
    assert not registry.consents.given(wanted[0].person.ps_idnat)
    (line,) = registry.history(HistorySubject.POPULATION)
    assert line.state == {"seed": 0, "first": 0, "count": 700}
    assert registry.history(HistorySubject.PERSON) == ()


def test_a_person_who_is_known_stops_all_of_them(registry: Registry) -> None:
    registry.persons.put(new_person(3).person)
    with pytest.raises(StateError) as caught:
        enter_new(registry, [new_person(2), new_person(3)], Population(0, 0, 2))
    assert caught.value.code == "directory.reference_broken"
    assert registry.persons.all() == (new_person(3).person,)
    assert registry.history(HistorySubject.POPULATION) == ()


def test_two_who_populate_at_once_enter_everybody_once(registry: Registry, small: None) -> None:
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(populate, registry, 60, 7) for _ in range(2)]
        assert sum(run.result() for run in runs) == 60
    assert len(registry.persons.all()) == population_size(registry) == 60
    assert {person.person for person in all_persons(registry)} == {
        member(7, place).new.person for place in range(60)
    }
