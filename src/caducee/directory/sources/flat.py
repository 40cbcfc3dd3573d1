# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The flat files ``PS_LibreAcces`` and ``Porteurs_CPS_CPF``, read through for every question.

They have no certificates and no lists. A file of the whole country takes some seconds, and the
memory of one person.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from caducee.base.errors import DirectoryError, StateError
from caducee.directory.extraction.cards import HolderLine, read_holder
from caducee.directory.extraction.lines import ACTIVITIES, HOLDERS, FlatFile, read
from caducee.directory.extraction.persons import Practices, read_person
from caducee.directory.model import Card, Person
from caducee.directory.names import folded
from caducee.directory.sources.model import FoundCard, FoundPerson, FoundPractice, is_number
from caducee.spec.igc import CaFacts

__all__ = ["FlatSource"]

_NUMBER = "Identification nationale PP"


@dataclass(frozen=True, slots=True)
class _Practising:
    """A person with their practice."""

    person: Person
    practices: Practices


class FlatSource:
    """Flat files: each an archive, a text file, or a folder, of which the newest are taken."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Raises `StateError` (``directory.flat_unreadable``) for any other file."""
        self._activities: Path | None = None
        self._holders: Path | None = None
        for path in paths:
            self._take(path)

    def _take(self, path: Path) -> None:
        found = [path]
        if path.is_dir():
            newest = (_newest(path, kind) for kind in (ACTIVITIES, HOLDERS))
            found = [entry for entry in newest if entry is not None]
        taken = 0
        for item in found:
            if item.name.startswith(HOLDERS.archive):
                self._holders = item
                taken += 1
            elif item.name.startswith(ACTIVITIES.archive):
                self._activities = item
                taken += 1
        if not taken:
            names = f"{ACTIVITIES.archive}…, {HOLDERS.archive}…"
            raise StateError("directory.flat_unreadable", file=path.name, reason=names)

    def find(self, text: str, most: int) -> list[FoundPerson]:
        """Return persons by PS_IdNat, identifier or card number, or by beginnings of names."""
        found: dict[str, FoundPerson] = {}
        words = [] if is_number(text) else folded(text).split()
        for held in self._cards():
            numbers = held.card.number, held.card.ps_idnat, held.card.ps_idnat[1:]
            if _named(held.person, words) if words else text in numbers:
                found.setdefault(held.person.ps_idnat, _found(held.person))
        for person in self._persons():
            known = person.person.ps_idnat, person.person.ps_idnat[1:]
            fits = _named(person.person, words) if words else text in known
            if fits or person.person.ps_idnat in found:
                found[person.person.ps_idnat] = _found(person.person, person.practices)
        return sorted(found.values(), key=lambda item: item.ps_idnat)[:most]

    def person(self, ps_idnat: str) -> FoundPerson | None:
        """Return a person with practices and cards."""
        held = [card for card in self._cards() if card.card.ps_idnat == ps_idnat]
        cards = tuple(_card(entry.card) for entry in held)
        for item in self._persons(ps_idnat):
            return _found(item.person, item.practices, cards)
        return _found(held[0].person, (), cards) if held else None

    def revocation_list(self, ca: CaFacts, *, delta: bool) -> bytes:
        """Raise `DirectoryError` (``directory.no_list``): flat files have none."""
        raise DirectoryError("directory.no_list", ca=ca.common_name)

    def _persons(self, only: str | None = None) -> Iterator[_Practising]:
        if self._activities is None:
            return
        lines = read(ACTIVITIES, self._activities)
        for key, group in groupby(lines, key=lambda line: line[_NUMBER]):
            if only is None or key == only:
                yield _Practising(*read_person(list(group)))

    def _cards(self) -> Iterator[HolderLine]:
        if self._holders is not None:
            yield from map(read_holder, read(HOLDERS, self._holders))


def _newest(folder: Path, kind: FlatFile) -> Path | None:
    """Return the last file of a kind by its name, which ends with its moment."""
    return max(folder.glob(f"{kind.archive}*"), key=lambda path: path.name, default=None)


def _named(person: Person, words: list[str]) -> bool:
    names = folded(person.family_name), folded(person.given_name)
    return all(any(name.startswith(word) for name in names) for word in words)


def _found(
    person: Person, practices: Practices = (), cards: tuple[FoundCard, ...] = ()
) -> FoundPerson:
    return FoundPerson(
        ps_idnat=person.ps_idnat,
        family_name=person.family_name,
        given_name=person.given_name,
        profession=person.profession or person.future_profession,
        specialties=tuple(qualification.code for qualification in person.qualifications),
        active=True,
        practices=tuple(
            FoundPractice(at.struct_idnat, at.name, item.sector, active=True)
            for item, at in practices
        ),
        cards=cards,
    )


def _card(card: Card) -> FoundCard:
    return FoundCard(card.number, card.called, card.issued_at, card.expires_at, card.opposed_at)
