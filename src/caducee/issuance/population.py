# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fictional populations: any number of coherent persons, the same each time for the same seed.

The person at a place follows from the seed and the place alone, so that a population can be made
longer later, and a run that was killed goes on where it ended:

- the *family* of the card: the published numbers of cards (`CARDS`), spread so evenly that every
  beginning of a population has nearly the same shares, and one of 1,556,950 has them exactly;
- a *professional or student*: the test RPPS of the order 1,000,000 + place, named by the rule of
  `caducee.issuance.identities` (``DOC1000042``), at their own practice or in a hospital as their
  profession usually is;
- *staff*: a number in the register of one of 20,000 hospitals (CPE) or 4,000 bodies (CPA), each
  number once (``30B0571211/CPET0001``);
- profession, specialty, given name, consent: drawn by the seed, in shares that are ours
  (``ours.toml``, ``population``).
"""

import hashlib
import itertools
import math
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import batched
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.authority.authority import Authority
from caducee.base.errors import IssueError
from caducee.directory.bulk import NewPerson, enter_new
from caducee.directory.history import HistorySubject
from caducee.directory.model import Activity, Population, Structure
from caducee.directory.registry import Registry
from caducee.issuance import identities
from caducee.issuance.cards import IssuedCard, issue_cards
from caducee.issuance.keys import CardKeySource, FreshCardKeys
from caducee.issuance.order import CardOrder, Practice
from caducee.spec import ours
from caducee.spec.nomenclatures import CardFamily, Table, table

__all__ = [
    "ALL_CARDS",
    "CARDS",
    "Member",
    "SharedCardKeys",
    "issue_population",
    "member",
    "populate",
    "population_size",
]

CARDS: Final = {CardFamily.CPS: 830_023, CardFamily.CPF: 48_577}
"""Active cards of professionals and of students, as the ANS publishes them."""

ALL_CARDS: Final = 1_556_950
"""Active cards of all families, as the ANS publishes them; the others are CPE and CPA."""

_COUNTER = "population"
_AT_ONCE = 5_000
"""Persons of one transaction."""

_PHYSICIAN = "10"
_SALARIED = "01"
_HOSPITAL_SECTOR = "SA01"


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a population."""

    place: int
    """From 0."""

    family: CardFamily
    """Which card is theirs."""

    new: NewPerson
    """What the registry learns."""

    @property
    def order(self) -> CardOrder:
        """The order of their card."""
        practices = tuple(
            Practice(at, item.sector, item.mode, item.number) for item, at in self.new.practices
        )
        return CardOrder(person=self.new.person, practices=practices, family=self.family)


class SharedCardKeys:
    """Gives a few keys in turn, for cards that nobody will ever hold."""

    def __init__(self, count: int | None = None) -> None:
        source = FreshCardKeys()
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            count = count or _own().integer("shared_keys")
            made = list(threads.map(lambda _: source.card_key(), range(count)))
        self._turn = itertools.cycle(made)
        self._lock = threading.Lock()

    def card_key(self) -> rsa.RSAPrivateKey:
        """Return the next key; other cards have it too."""
        with self._lock:
            return next(self._turn)


class _Draw:
    """Numbers that follow from a seed and a place."""

    def __init__(self, seed: int, place: int) -> None:
        data = hashlib.blake2b(f"{seed}:{place}".encode(), digest_size=24).digest()
        self._left = int.from_bytes(data)

    def below(self, count: int) -> int:
        """Return a number from 0 to ``count`` - 1."""
        self._left, found = divmod(self._left, count)
        return found

    def percent(self, name: str) -> bool:
        """Tell whether this place is among the hundredths that the setting gives."""
        return self.below(100) < _own().integer(name)


def member(seed: int, place: int) -> Member:
    """Return the person at a place (from 0) of the population of a seed."""
    draw = _Draw(seed, place)
    family = _family(seed, place)
    if family is None:
        family = CardFamily.CPE if draw.percent("establishment") else CardFamily.CPA
        new = _staff(family, place, draw)
    else:
        new = _professional(family, place, draw)
    person = replace(new.person, active=False) if draw.percent("inactive") else new.person
    return Member(place, family, NewPerson(person, new.practices, draw.percent("consent")))


def population_size(registry: Registry) -> int:
    """Return how many persons of a population a registry holds."""
    lines = registry.history(HistorySubject.POPULATION)
    return sum(int(line.state["count"]) for line in lines)


def populate(
    registry: Registry, count: int, seed: int = 0, *, entered: Callable[[int], None] | None = None
) -> int:
    """Bring the population of a registry to ``count`` persons; returns how many are new.

    ``entered`` is called after each transaction with how many it entered. A run that was killed is
    gone on with by the same call. Raises `IssueError` (``issuance.population_seed``,
    ``issuance.population_size``).
    """
    most = _own().integer("most_persons")
    if count > most:
        raise IssueError("issuance.population_size", count=count, most=most)
    _check_seed(registry, seed)
    new = 0
    while made := _some(registry, count, seed):
        new += made
        if entered is not None:
            entered(made)
    return new


def issue_population(
    registry: Registry, authority: Authority, keys: CardKeySource, seed: int = 0
) -> Iterator[IssuedCard]:
    """Issue a card to every person of the population who has none, as they are asked for.

    ``keys`` may give the same key to several cards: nobody keeps the cards of a population, only
    their certificates. A run that was killed is gone on with by the same call; persons who are not
    in practice any more get a card too.
    """
    _check_seed(registry, seed)
    return issue_cards(registry, authority, _orders(registry, seed), keys=keys)


def _orders(registry: Registry, seed: int) -> Iterator[CardOrder]:
    for places in batched(range(population_size(registry)), _AT_ONCE):
        members = [member(seed, place) for place in places]
        have = registry.cards.holders_among([item.new.person.ps_idnat for item in members])
        yield from (item.order for item in members if item.new.person.ps_idnat not in have)


def _check_seed(registry: Registry, seed: int) -> None:
    for line in registry.history(HistorySubject.POPULATION):
        if line.state["seed"] != seed:
            raise IssueError("issuance.population_seed", seed=seed, known=str(line.state["seed"]))


def _some(registry: Registry, count: int, seed: int) -> int:
    """Enter the next persons; two processes never enter the same."""
    with registry.transaction():
        held = registry.draw(_COUNTER, 0).stop - 1  # none; but it locks the counter
        places = range(held, min(count, held + _AT_ONCE))
        if places:
            registry.draw(_COUNTER, len(places))
            of = Population(seed, places.start, len(places))
            enter_new(registry, [member(seed, place).new for place in places], of)
        return len(places)


def _family(seed: int, place: int) -> CardFamily | None:
    """Return the family of a professional or student; none for staff.

    Places are sent onto the published cards one to one, by steps of the golden section, which
    leaves no beginning with a share far from the whole.
    """
    card = (place * _step() + _start(seed)) % ALL_CARDS
    for family, held in CARDS.items():
        if card < held:
            return family
        card -= held
    return None


@cache
def _start(seed: int) -> int:
    return _Draw(seed, -1).below(ALL_CARDS)


@cache
def _step() -> int:
    step = round(ALL_CARDS * (math.sqrt(5) - 1) / 2)
    while math.gcd(step, ALL_CARDS) != 1:
        step += 1
    return step


def _professional(family: CardFamily, place: int, draw: _Draw) -> NewPerson:
    order = _own().integer("first_order") + place
    civility, given_name = _name(draw)
    student = family is CardFamily.CPF
    profession = _profession("future_professions" if student else "professions", draw)
    if student:
        made = identities.student(order, given_name=given_name, future_profession=profession)
        person = replace(made, civility=civility)
    else:
        specialties = _specialties()
        known = (specialties[draw.below(len(specialties))],) if profession == _PHYSICIAN else ()
        person = identities.person(
            order,
            given_name=given_name,
            profession=profession,
            qualifications=known,
            civility=civility,
        )
    usual = ours.table("issuance.professions").table(profession)
    hospital = _hospital(draw.below(_own().integer("hospitals")))
    in_hospital = (_HOSPITAL_SECTOR, _SALARIED, hospital)
    practices = [in_hospital]
    if usual.text("at") == "own" and not student:
        own = _placed(identities.practice_of(person), hospital.department or "", place)
        practices = [(usual.text("sector"), usual.text("mode"), own)]
        if draw.percent("second_practice"):
            practices.append(in_hospital)
    return NewPerson(
        person,
        tuple(
            (Activity(person.ps_idnat, number, at.struct_idnat, sector, mode), at)
            for number, (sector, mode, at) in enumerate(practices, 1)
        ),
    )


def _staff(family: CardFamily, place: int, draw: _Draw) -> NewPerson:
    civility, given_name = _name(draw)
    which = "hospitals" if family is CardFamily.CPE else "bodies"
    turn, at = divmod(place, _own().integer(which))
    structure = _hospital(at) if family is CardFamily.CPE else _body(at)
    person = replace(
        identities.staff(structure, turn + 1, given_name=given_name), civility=civility
    )
    sector = ours.table("issuance.staff_sectors").text(family.name)
    activity = Activity(person.ps_idnat, 1, structure.struct_idnat, sector, _SALARIED)
    return NewPerson(person, ((activity, structure),))


@cache  # of a few thousand, which every member is sent to
def _hospital(at: int) -> Structure:
    order = _own().integer("first_hospital") + at
    department = _departments()[at % len(_departments())]
    return _placed(identities.hospital(order, department=department), department, at)


@cache
def _body(at: int) -> Structure:
    order = _own().integer("first_body") + at
    department = _departments()[at % len(_departments())]
    return _placed(identities.body(order, department=department), department, at)


def _placed(structure: Structure, department: str, number: int) -> Structure:
    """Return a structure at an address that does not exist, in a department that does."""
    start = "20" if department in ("2A", "2B") else department
    return replace(
        structure,
        department=department,
        street=f"{number % 99 + 1} RUE DE TEST",
        postal_code=f"{start:0<5}",
        city=f"VILLE DE TEST {department}",
    )


@cache
def _departments() -> tuple[str, ...]:
    """Return the departments that have postal codes of their own."""
    codes = (item.code for item in table(Table.DEPARTMENTS))
    return tuple(code for code in codes if len(code) == 2 or code in ("971", "972", "973", "974"))


def _name(draw: _Draw) -> tuple[str, str]:
    civility = ("22", "31")[draw.below(2)]
    names = _given_names(civility)
    return civility, names[draw.below(len(names))]


@cache
def _given_names(civility: str) -> tuple[str, ...]:
    return _own().texts(f"names_{civility}")


@cache
def _specialties() -> tuple[str, ...]:
    return _own().texts("specialties")


def _profession(name: str, draw: _Draw) -> str:
    codes = _shares(name)
    return codes[draw.below(len(codes))]


@cache
def _shares(name: str) -> tuple[str, ...]:
    parts = _own().table(name)
    return tuple(code for code in parts for _ in range(parts.integer(code)))


@cache
def _own() -> ours.OurTable:
    return ours.table("population")
