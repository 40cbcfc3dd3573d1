# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The order of a card; `caducee.issuance.checking` validates it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from caducee.authority.names import PersonName, StructureName
from caducee.codec.billing import BillingSituation
from caducee.directory.model import Person, Structure
from caducee.issuance.name_text import as_registers
from caducee.issuance.pins import CardPins
from caducee.issuance.states import CardState
from caducee.spec.cards import STAFF_TITLE, CardGeneration
from caducee.spec.nomenclatures import (
    NO_RESPONSIBILITY,
    CardFamily,
    ProductCategory,
    Table,
    label,
)
from caducee.virtualcard.content import ContactlessChip

__all__ = ["STAFF", "CardOrder", "Practice", "name_for", "numbered"]

STAFF = (CardFamily.CPE, CardFamily.CPA)
"""Families whose holders are named by their structure."""


@dataclass(frozen=True, slots=True)
class Practice:
    """One practice situation to be written on the card."""

    structure: Structure
    """Where."""

    sector: str
    """Code of TRE_R02 SecteurActivite, e.g. ``SA07``."""

    mode: str | None = None
    """Code of table G17, e.g. ``00`` self-employed."""

    number: int | None = None
    """Place on the card, 1 to 16; none: the one after the practice before it."""

    section: str | None = None
    """Section of the pharmacists' order, code of table G05."""

    status: str | None = None
    """Status of practice; its table is not known. The registry does not keep it."""

    billing: BillingSituation | None = None
    """What the health insurance says; only the insurance's own facts count, the others come from
    this practice. The registry does not keep it: such data are not the directory's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOrder:
    """The order of one card.

    Card and certificates carry names as `written.as_registers` has them; the registry keeps them
    as they are here.
    """

    person: Person
    """Whose card; entered into the registry, or brought up to date there."""

    practices: tuple[Practice, ...] = ()
    """The practice situations, at most 16. They replace those that the registry has of this
    person; none: the registry's are taken."""

    family: CardFamily = CardFamily.CPS
    """Which card."""

    pins: CardPins | None = None
    """The PIN and PUK of the card; none: random ones."""

    languages: tuple[str, ...] = ("fr",)
    """Languages of the holder, codes of table G00."""

    two_applications: bool = True
    """Whether a CPS3 lists its contactless application too, with a technical key, as real cards
    do; OpenSC then shows the contactless one first."""

    generation: CardGeneration = CardGeneration.CPS3
    """CPS3 or CPS4; the certificates of both are valid for three years, since nothing else is
    known of a CPS4."""

    category: ProductCategory = ProductCategory.TEST_CARD
    """Test card, or card of the real category: that one is issued by the hierarchy marked
    SANDBOX, and to a test identity all the same."""

    responsibility: str = NO_RESPONSIBILITY
    """Code of table G04: ``01`` or ``02`` make a CPE a CDE, a CPA a CDA."""

    contactless: ContactlessChip | None = None
    """The contactless chip of a CPS3, when it is another than `two_applications` says: one that
    only identifies stands for cards before December 2020."""

    state: CardState = CardState.NEW
    """The state in which the card is delivered."""

    not_before: dt.datetime | None = None
    """Start of validity; none: as the state has it, which is now for most."""

    @property
    def has_technical_key(self) -> bool:
        """Whether the card has the contactless application with its key and certificate."""
        return (
            self.generation is CardGeneration.CPS3
            and self.two_applications
            and self.contactless in (None, ContactlessChip.APPLICATION)
        )

    @property
    def names_its_holder(self) -> bool:
        """Whether card and certificates bear a name, beside the identifier."""
        return bool(self.person.family_name or self.person.given_name)


def numbered(practices: Iterable[Practice]) -> list[tuple[int, Practice]]:
    """Return practices with their places on the card; these may be wrong, or taken twice."""
    found = []
    place = 0
    for practice in practices:
        place = place + 1 if practice.number is None else practice.number
        found.append((place, practice))
    return found


def name_for(order: CardOrder) -> PersonName:
    """Return the subject of the certificates of an order that was checked."""
    person = order.person
    return PersonName(
        ps_idnat=person.ps_idnat,
        family_name=as_registers(person.family_name),
        given_name=as_registers(person.given_name),
        title=_title(order),
        structure=_structure_name(order) if order.family in STAFF else None,
    )


def _title(order: CardOrder) -> str:
    if order.family in STAFF:
        return STAFF_TITLE
    if order.family is CardFamily.CPF:
        return label(Table.FUTURE_PROFESSIONS, order.person.future_profession or "") or ""
    return label(Table.PROFESSIONS, order.person.profession or "") or ""


def _structure_name(order: CardOrder) -> StructureName:
    structure = order.practices[0].structure
    return StructureName(
        struct_idnat=structure.struct_idnat,
        name=as_registers(structure.name),
        department=label(Table.DEPARTMENTS, structure.department or "") or "",
    )
