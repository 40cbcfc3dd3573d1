# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries follow the registry: after any change they are what a new directory would have."""

import datetime as dt
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography import x509

from caducee.base.clock import FixedClock
from caducee.codec.ldap.names import Dn
from caducee.directory import feed
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.ldap import persons, projection
from caducee.directory.ldap.batch import Batch
from caducee.directory.ldap.layout import path_of
from caducee.directory.ldap.persons import RegistryPersons
from caducee.directory.ldap.projection import Projection
from caducee.directory.ldap.publication import PublishedAuthority, entries
from caducee.directory.ldap.store import EntryStore
from caducee.directory.model import Activity, Person, Structure
from caducee.directory.registry import Registry
from caducee.spec.igc import TEST_CAS
from caducee.testing.ldap import sample_authorities, sample_card, sample_persons
from caducee.testing.pki import NOW, YEAR

FORT = "TEST AC IGC-SANTE FORT PERSONNES"
HOSPITAL = Structure("10B0041968", "HOPITAL", "75")
DOCTOR, NURSE, STAFF = "899700000013", "899700000021", "310B0041968/CPET0001"
MINUTE = dt.timedelta(minutes=1)


@dataclass
class World:
    """A registry, its authorities, and the entries that follow them."""

    registry: Registry
    clock: FixedClock
    store: EntryStore
    published: list[PublishedAuthority] = field(default_factory=sample_authorities)

    def __post_init__(self) -> None:
        self.projection = self.new()

    def new(self) -> Projection:
        return Projection(self.store, self.registry, self, self.clock.now)

    def authorities(self) -> list[PublishedAuthority]:
        return self.published

    def expect_current(self) -> None:
        """The entries are those of a directory made anew."""
        self.projection.catch_up()
        people = RegistryPersons(self.registry, self.clock.now)
        made = entries(self.published, people.persons())
        wanted = {path_of(Dn.parse(item.name).keys()): item.attributes for item in made}
        assert {item.path: item.attributes for item in self.store.all()} == wanted


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path}/registry.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").url()
    clock = FixedClock(NOW)
    with Registry(url, clock=clock) as registry, EntryStore(tmp_path / "entries.db") as store:
        with registry.transaction():
            registry.structures.put(HOSPITAL)
            registry.structures.put(replace(HOSPITAL, struct_idnat="10B0041976", department="69"))
            registry.persons.put(Person(DOCTOR, "DOC0000001", "KIT", "10"))
            registry.persons.put(Person(NURSE, "NURSE0000002", "ZOÉ", "60"))
            registry.persons.put(Person(STAFF, "STAFF", "ANNE"))
            registry.activities.put(Activity(STAFF, 1, HOSPITAL.struct_idnat, "SA01"))
            sample_card(registry, DOCTOR, "2800000001", 0x10)
            registry.consents.set(DOCTOR, True)
        yield World(registry, clock, store)


def person(registry: Registry, ps_idnat: str) -> Person:
    found = registry.persons.get(ps_idnat)
    assert found is not None
    return found


def other_name(registry: Registry) -> None:
    registry.persons.put(replace(person(registry, DOCTOR), family_name="DUPONT"))


def other_profession(registry: Registry) -> None:
    registry.persons.put(replace(person(registry, DOCTOR), profession="40"))


def no_more_in_practice(registry: Registry) -> None:
    registry.persons.put(replace(person(registry, DOCTOR), active=False))


def somebody_new(registry: Registry) -> None:
    registry.persons.put(Person("899700000039", "NEW", "ONE", "21"))


def consent_withdrawn(registry: Registry) -> None:
    registry.consents.set(DOCTOR, False)


def consent_given(registry: Registry) -> None:
    sample_card(registry, NURSE, "2800000002", 0x20)
    registry.consents.set(NURSE, True)


def second_card(registry: Registry) -> None:
    sample_card(registry, DOCTOR, "2800000003", 0x30)


def card_stopped(registry: Registry) -> None:
    registry.cards.oppose("2800000001", NOW, "key_compromise")


def certificate_revoked(registry: Registry) -> None:
    at = NOW + dt.timedelta(seconds=1.5)
    RegistryRecords(registry).revoke(FORT, 0x10, at, x509.ReasonFlags.key_compromise)


def other_structure(registry: Registry) -> None:
    registry.activities.put(Activity(STAFF, 1, "10B0041976", "SA01"))


def structure_moved(registry: Registry) -> None:
    registry.structures.put(replace(HOSPITAL, department="13"))


CHANGES = [
    other_name,
    other_profession,
    no_more_in_practice,
    somebody_new,
    consent_withdrawn,
    consent_given,
    second_card,
    card_stopped,
    certificate_revoked,
    other_structure,
    structure_moved,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_followed(world: World, change: Callable[[Registry], None]) -> None:
    world.expect_current()
    before = world.store.version
    world.clock.advance(MINUTE)
    change(world.registry)
    world.expect_current()
    assert world.store.version > before
    after = world.store.version
    assert world.projection.step() == 0
    assert world.store.version == after


def test_a_series_of_changes_is_followed_also_by_one_who_comes_later(world: World) -> None:
    world.expect_current()
    for change in CHANGES:
        world.clock.advance(MINUTE)
        change(world.registry)
    world.projection = world.new()
    world.expect_current()


def test_two_certificates_revoked_in_the_same_second_are_both_seen(world: World) -> None:
    world.expect_current()
    world.clock.advance(MINUTE)
    certificate_revoked(world.registry)
    world.expect_current()
    at = NOW + dt.timedelta(seconds=1.9)
    RegistryRecords(world.registry).revoke(FORT, 0x11, at, x509.ReasonFlags.key_compromise)
    world.expect_current()


def test_certificates_come_and_go_with_the_time(world: World) -> None:
    world.expect_current()
    for moved in (YEAR, MINUTE, -3 * YEAR, MINUTE, 2 * YEAR - MINUTE, -YEAR):
        world.clock.advance(moved)
        world.expect_current()


def test_changes_at_a_moment_that_the_clock_has_left_are_followed(world: World) -> None:
    world.expect_current()
    world.clock.advance(10 * MINUTE)
    other_name(world.registry)  # nobody looked
    world.clock.advance(-9 * MINUTE)
    world.expect_current()
    world.clock.advance(MINUTE)
    somebody_new(world.registry)
    world.expect_current()


def test_lists_and_authorities_are_followed(world: World) -> None:
    world.expect_current()
    first = world.published[0]
    world.published[0] = replace(first, revocation_list=b"another list")
    world.expect_current()
    world.published = [item for item in world.published if item.facts is not TEST_CAS[4]]
    world.expect_current()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (persons, projection):
        monkeypatch.setattr(module, "PAGE", 3)


@pytest.mark.usefixtures("small_pages")
def test_many_persons_are_followed_page_by_page(world: World) -> None:
    people = [sample_person.person for sample_person in sample_persons(20)]
    steps: list[int] = []
    for item in people[:11]:
        world.registry.persons.put(item)
    world.projection.catch_up(steps.append)
    assert steps[:4] == [3, 3, 3, 3]  # two of them were there before
    world.expect_current()
    with world.registry.transaction():
        world.clock.advance(MINUTE)
        for item in people:
            world.registry.persons.put(replace(item, family_name="X"))
    world.expect_current()


@pytest.mark.usefixtures("small_pages")
def test_a_new_start_looks_at_nobody_again(world: World) -> None:
    world.expect_current()
    world.clock.advance(MINUTE)
    with world.registry.transaction():
        for sample_person in sample_persons(10):
            world.registry.persons.put(replace(sample_person.person, given_name="Y"))
    world.expect_current()
    world.projection = world.new()
    assert world.projection.step() == 0
    world.expect_current()


@pytest.mark.usefixtures("small_pages")
def test_a_new_start_sees_what_came_at_the_moment_where_the_last_one_ended(world: World) -> None:
    world.expect_current()
    world.clock.advance(MINUTE)
    first, *others = (sample_person.person for sample_person in sample_persons(10))
    world.registry.persons.put(replace(first, given_name="Z"))
    world.expect_current()
    for other in others:
        world.registry.persons.put(replace(other, given_name="Z"))
    world.projection = world.new()
    assert world.projection.step() > 0
    world.expect_current()


@pytest.mark.usefixtures("small_pages")
def test_what_the_registry_does_not_know_is_taken_away_when_all_is_looked_at(world: World) -> None:
    world.expect_current()
    people = list(sample_persons(14))[2:]
    for place, item in enumerate(people):
        made = [entry for entry in entries([], [item]) if entry.name.startswith("cn=")]
        with world.store.changes() as batch:
            batch.put(f"person {place % 10}{item.person.ps_idnat}", made)
    world.projection.again()
    world.expect_current()


def _work(folder: Path, steps: int) -> None:
    with Registry(f"sqlite:///{folder}/registry.db") as registry:
        with EntryStore(folder / "entries.db") as store:
            made = World(registry, FixedClock(NOW), store)
            for _ in range(steps):
                made.projection.step()
            put = made.projection._put

            def die(batch: Batch, keys: Sequence[str], first: str) -> None:
                put(batch, keys, first)
                os._exit(9)

            made.projection._put = die  # type: ignore[method-assign]
            made.projection.step()


def test_a_process_killed_while_it_fills_the_file_is_gone_on_with(tmp_path: Path) -> None:
    clock = FixedClock(NOW)
    with Registry(f"sqlite:///{tmp_path}/registry.db", clock=clock) as registry:
        with registry.transaction():
            for sample_person in sample_persons(persons.PAGE + 50):
                registry.persons.put(sample_person.person)
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(tmp_path, 1))
    process.start()
    process.join(120)
    assert process.exitcode == 9
    with (
        Registry(f"sqlite:///{tmp_path}/registry.db", clock=clock) as registry,
        EntryStore(tmp_path / "entries.db") as store,
    ):
        assert store.meta("behind")
        world = World(registry, clock, store)
        steps: list[int] = []
        world.projection.catch_up(steps.append)
        assert steps[0] == 50
        world.expect_current()


def test_a_change_that_comes_to_light_late_is_seen_on_postgresql_alone(world: World) -> None:
    late = feed.look_back(world.registry)
    assert (late > dt.timedelta()) is (world.registry.dialect == "postgresql")
    if late:
        world.clock.advance(MINUTE)
        somebody_new(world.registry)
        world.expect_current()
        world.clock.advance(-MINUTE / 2)  # as a transaction that began before would have it
        other_name(world.registry)
        world.clock.advance(MINUTE / 2)
        world.expect_current()
