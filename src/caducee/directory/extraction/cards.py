# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards to lines of ``Porteurs_CPS_CPF``, and back."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

from caducee.base.errors import FormatError
from caducee.codec.identifiers import PsIdNat
from caducee.directory.extraction.lines import HOLDERS, FlatLine
from caducee.directory.extraction.persons import identity_columns
from caducee.directory.model import Card, CardStatus, Person, PersonIdentifier
from caducee.directory.person_records import all_persons
from caducee.directory.registry import Registry
from caducee.spec import extraction as words
from caducee.spec import ours
from caducee.spec.nomenclatures import CardFamily, ProductCategory

__all__ = ["HolderLine", "card_lines", "enter_cards", "read_holder"]

_AT_ONCE = 500
_CARD_DIGITS = 10


@dataclass(frozen=True, slots=True)
class HolderLine:
    """What a line of the file says."""

    person: Person
    card: Card


def card_lines(registry: Registry, updated: dt.datetime) -> Iterator[FlatLine]:
    """Yield a line for each CPS and CPF of the registry, by PS_IdNat.

    ``updated`` is the moment that the file speaks of.
    """
    for record in all_persons(registry):
        for card in record.cards:
            if card.family.name in words.CARD_LABELS:
                yield _line(record.person, card, updated)


def _line(person: Person, card: Card, updated: dt.datetime) -> FlatLine:
    profession = {}
    if card.family is CardFamily.CPF:
        # A student has no profession yet: the column says which one it will be.
        profession = {"Code profession": person.future_profession or ""}
    known = {
        key: value for key, value in identity_columns(person).items() if key in HOLDERS.columns
    }
    return HOLDERS.line(
        known
        | profession
        | {
            "Code type de carte": card.family.name,
            "Libellé type de carte": words.CARD_LABELS[card.family.name],
            "Numéro carte": card.number,
            "Identifiant national contenu dans la carte": card.ps_idnat,
            "Date début validité": _date(card.issued_at),
            "Date fin validité": _date(card.expires_at),
            "Date opposition": _date(card.opposed_at) if card.opposed_at else "",
            "Date de mise à jour": _date(updated),
        }
    )


def enter_cards(registry: Registry, lines: Iterable[FlatLine]) -> int:
    """Enter the cards of lines that the registry does not know; returns how many it entered.

    A holder whom the registry does not know is entered too; what it knows of holders and cards
    stays. Dates have no time of day: they stand for midnight UTC.
    """
    count = 0
    for batch in batched((read_holder(line) for line in lines), _AT_ONCE):
        with registry.transaction():
            for item in batch:
                if registry.cards.get(item.card.number) is not None:
                    continue
                if registry.persons.get(item.person.ps_idnat) is None:
                    registry.persons.put(item.person)
                registry.cards.put(item.card)
                count += 1
    return count


def read_holder(line: FlatLine) -> HolderLine:
    """Return what a line says. Raises `FormatError` (``directory.flat_value``)."""
    ps_idnat = line["Identifiant national contenu dans la carte"]
    try:
        known = PsIdNat.parse(ps_idnat)
    except FormatError:
        raise line.refuse("Identifiant national contenu dans la carte") from None
    kind, number = line["Code type de carte"], line["Numéro carte"]
    if kind not in words.CARD_LABELS:
        raise line.refuse("Code type de carte")
    if len(number) != _CARD_DIGITS or not (number.isascii() and number.isdigit()):
        raise line.refuse("Numéro carte")
    opposed = _moment(line, "Date opposition") if line["Date opposition"] else None
    card = Card(
        number=number,
        family=CardFamily[kind],
        category=ProductCategory.TEST_CARD if known.is_test else ProductCategory.CARD,
        ps_idnat=ps_idnat,
        issued_at=_moment(line, "Date début validité"),
        expires_at=_moment(line, "Date fin validité"),
        status=CardStatus.OPPOSED if opposed else CardStatus.ACTIVE,
        opposed_at=opposed,
    )
    return HolderLine(_person(line, ps_idnat, card.family), card)


def _person(line: FlatLine, ps_idnat: str, family: CardFamily) -> Person:
    civility = {code: card for card, code in words.CIVILITIES.items()}
    profession = line["Code profession"] or None
    student = family is CardFamily.CPF
    return Person(
        ps_idnat=ps_idnat,
        family_name=line["Nom d'exercice"],
        given_name=line["Prénom d'exercice"],
        profession=None if student else profession,
        future_profession=profession if student else None,
        civility=civility.get(line["Code civilité"]),
        category=line["Code catégorie professionnelle"],
        identifiers=(PersonIdentifier(ps_idnat[0], ps_idnat[1:]),),
    )


def _date(at: dt.datetime) -> str:
    return at.strftime(ours.table("extraction").text("date"))


def _moment(line: FlatLine, column: str) -> dt.datetime:
    try:
        found = dt.datetime.strptime(line[column], ours.table("extraction").text("date"))
    except ValueError:
        raise line.refuse(column) from None
    return found.replace(tzinfo=dt.UTC)
