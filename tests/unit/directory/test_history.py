# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The history records who changed what and when, and cannot be rewritten."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.directory import schema
from caducee.directory.history import Action, HistorySubject
from caducee.directory.model import Activity, Card, Person, PersonIdentifier, Structure
from caducee.directory.registry import Registry
from caducee.spec.nomenclatures import CardFamily, ProductCategory

AT = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)
KIT = Person(
    "899700427885", "DOC0042788", "KIT", identifiers=(PersonIdentifier("8", "99700427885"),)
)
CABINET = Structure("499700427885006", "CABINET M DOC0042788", city="PARIS")
CARD = Card(
    "2950000000", CardFamily.CPS, ProductCategory.TEST_CARD, KIT.ps_idnat, AT, AT.replace(year=2029)
)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def kept(registry_url: str, clock: FixedClock) -> Iterator[Registry]:
    with Registry(registry_url, clock=clock) as registry:
        yield registry


def test_a_change_records_who_what_and_when(kept: Registry, clock: FixedClock) -> None:
    with kept.acting("register"):
        kept.persons.put(KIT)
    clock.advance(dt.timedelta(days=1))
    with kept.acting("correction"):
        kept.persons.put(replace(KIT, given_name="KITTY"))
    entered, changed = kept.history(HistorySubject.PERSON, KIT.ps_idnat)
    assert (entered.actor, entered.action, entered.at) == ("register", Action.ENTERED, AT)
    assert entered.state["given_name"] == "KIT"
    assert entered.state["identifiers"] == [{"kind": "8", "value": "99700427885"}]
    assert (changed.actor, changed.action) == ("correction", Action.CHANGED)
    assert changed.at == AT + dt.timedelta(days=1)
    assert changed.state["given_name"] == "KITTY"
    assert kept.history(HistorySubject.PERSON, after=entered.number) == (changed,)


def test_what_changes_nothing_adds_no_line(kept: Registry) -> None:
    for _ in range(2):
        kept.persons.put(KIT)
        kept.structures.put(CABINET)
        kept.activities.put_all(KIT.ps_idnat, [practice(1)])
        kept.cards.put(CARD)
        kept.consents.set(KIT.ps_idnat, True)
    assert [item.action for item in kept.history_of_person(KIT.ps_idnat)] == [Action.ENTERED] * 4
    assert len(kept.history(HistorySubject.STRUCTURE)) == 1


def practice(number: int, sector: str = "SA07") -> Activity:
    return Activity(KIT.ps_idnat, number, CABINET.struct_idnat, sector, "00")


def test_activities_that_are_replaced_leave_their_line(kept: Registry) -> None:
    kept.persons.put(KIT)
    kept.structures.put(CABINET)
    kept.activities.put_all(KIT.ps_idnat, [practice(1), practice(2)])
    kept.activities.put_all(KIT.ps_idnat, [practice(1, "SA08"), practice(3)])
    assert kept.activities.of(KIT.ps_idnat) == (practice(1, "SA08"), practice(3))
    found = [(item.key[-2:], item.action) for item in kept.history(HistorySubject.ACTIVITY)]
    assert found == [
        ("01", Action.ENTERED),
        ("02", Action.ENTERED),
        ("01", Action.CHANGED),
        ("03", Action.ENTERED),
        ("02", Action.REMOVED),
    ]


def test_the_opposition_of_a_card_is_kept_once_and_found_by_its_date(kept: Registry) -> None:
    kept.persons.put(KIT)
    kept.cards.put(CARD)
    assert kept.cards.oppose(CARD.number, AT, "key_compromise")
    assert not kept.cards.oppose(CARD.number, AT, "key_compromise")
    _, opposed = kept.history(HistorySubject.CARD, CARD.number)
    assert (opposed.action, opposed.state["reason"]) == (Action.OPPOSED, "key_compromise")
    assert [opposition.number for opposition in kept.cards.opposed(AT)] == [CARD.number]
    assert kept.cards.opposed(AT + dt.timedelta(seconds=1)) == ()


def test_publication_needs_a_consent_that_was_given(kept: Registry) -> None:
    kept.persons.put(KIT)
    assert kept.consents.get(KIT.ps_idnat) is None
    assert not kept.consents.given(KIT.ps_idnat)
    kept.consents.set(KIT.ps_idnat, True)
    assert kept.consents.given(KIT.ps_idnat)
    kept.consents.set(KIT.ps_idnat, False)
    assert not kept.consents.given(KIT.ps_idnat)
    found = [item.state["given"] for item in kept.history(HistorySubject.CONSENT, KIT.ps_idnat)]
    assert found == [True, False]
    with pytest.raises(StateError, match="does not take this entry"):
        kept.consents.set("8", True)


def test_what_is_undone_leaves_no_line(kept: Registry) -> None:
    with pytest.raises(RuntimeError), kept.transaction():
        kept.persons.put(KIT)
        raise RuntimeError
    assert kept.history(HistorySubject.PERSON) == ()


@pytest.mark.parametrize("statement", [sa.delete(schema.history), sa.update(schema.history)])
def test_the_database_refuses_to_rewrite_the_history(
    kept: Registry, statement: sa.Delete | sa.Update
) -> None:
    kept.persons.put(KIT)
    if isinstance(statement, sa.Update):
        statement = statement.values(actor="nobody")
    with pytest.raises(StateError, match="only added to"), kept.writing() as connection:
        connection.execute(statement)
    assert len(kept.history(HistorySubject.PERSON)) == 1


def test_persons_are_known_by_each_of_their_identifiers(kept: Registry) -> None:
    kept.persons.put(KIT)
    assert kept.persons.identified_by("8", "99700427885") == (KIT,)
    assert kept.persons.identified_by("0", "99700427885") == ()
