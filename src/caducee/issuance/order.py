# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is wanted: the order of a card, checked before anything is made."""

import re
from dataclasses import dataclass

from caducee.authority.names import PersonName, StructureName
from caducee.base.errors import FormatError, IssueError
from caducee.codec.identifiers import PsIdNat, StructIdNat
from caducee.directory.model import Person, Structure
from caducee.issuance.codes import CardCodes
from caducee.spec.cards import MAX_ACTIVITIES, MAX_NAME, MAX_ORGANIZATION_NAME, STAFF_TITLE
from caducee.spec.nomenclatures import CardFamily, Table, label

__all__ = ["CardOrder", "Practice", "check", "name_for"]

_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9' .-]*[A-Z0-9.])?")

_STAFF = (CardFamily.CPE, CardFamily.CPA)


@dataclass(frozen=True, slots=True)
class Practice:
    """One practice situation to be written on the card."""

    structure: Structure
    """Where."""

    sector: str
    """Code of TRE_R02 SecteurActivite, e.g. ``SA07``."""

    mode: str | None = None
    """Code of table G17, e.g. ``00`` self-employed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOrder:
    """The order of one card. Names are in upper case without accents, as registers have them."""

    person: Person
    """Whose card; entered into the registry, or brought up to date there."""

    practices: tuple[Practice, ...] = ()
    """The practice situations, in card order from 01, at most 16. They replace those that the
    registry has of this person; none: the registry's are taken."""

    family: CardFamily = CardFamily.CPS
    """Which card."""

    codes: CardCodes | None = None
    """The codes of the card; none: random ones."""

    languages: tuple[str, ...] = ("fr",)
    """Languages of the holder, codes of table G00."""

    two_applications: bool = True
    """Whether the card lists its contactless application too, with a technical key, as real cards
    do; OpenSC then shows the contactless one first."""


def check(order: CardOrder) -> None:
    """Refuse an order that cannot be fulfilled.

    Raises `FormatError` (``codec.identifier_*``, ``issuance.name_*``) and `IssueError`
    (``issuance.*``).
    """
    person = order.person
    idnat = PsIdNat.parse(person.ps_idnat)
    if not idnat.is_test:
        raise IssueError("issuance.not_a_test_identity", ps_idnat=person.ps_idnat)
    if (idnat.register is not None) != (order.family in _STAFF):
        raise IssueError(
            "issuance.identifier_of_another_family",
            ps_idnat=person.ps_idnat,
            family=order.family.name,
        )
    _check_name(person.family_name)
    _check_name(person.given_name)
    _check_profession(order)
    for one in person.qualifications:
        _known(Table.SPECIALTIES, one.code)
    for language in order.languages:
        _known(Table.LANGUAGES, language)
    _check_practices(order)


def name_for(order: CardOrder) -> PersonName:
    """Return the subject of the certificates of an order that was checked."""
    person = order.person
    return PersonName(
        ps_idnat=person.ps_idnat,
        family_name=person.family_name,
        given_name=person.given_name,
        title=_title(order),
        structure=_structure_name(order) if order.family in _STAFF else None,
    )


def _title(order: CardOrder) -> str:
    if order.family in _STAFF:
        return STAFF_TITLE
    if order.family is CardFamily.CPF:
        return label(Table.FUTURE_PROFESSIONS, order.person.future_profession or "") or ""
    return label(Table.PROFESSIONS, order.person.profession or "") or ""


def _structure_name(order: CardOrder) -> StructureName:
    structure = order.practices[0].structure
    return StructureName(
        struct_idnat=structure.struct_idnat,
        name=structure.name,
        department=label(Table.DEPARTMENTS, structure.department or "") or "",
    )


def _check_name(name: str) -> None:
    if len(name) > MAX_NAME:
        raise FormatError("issuance.name_length", length=len(name), most=MAX_NAME)
    if not _NAME.fullmatch(name):
        shown = "".join(one if one.isprintable() else "?" for one in name)
        raise FormatError("issuance.name_characters", name=shown)


def _check_profession(order: CardOrder) -> None:
    profession, future = order.person.profession, order.person.future_profession
    if order.family is CardFamily.CPS:
        _known(Table.PROFESSIONS, profession)
    elif order.family is CardFamily.CPF:
        _known(Table.FUTURE_PROFESSIONS, future)
    elif profession is not None:
        raise IssueError("issuance.profession_on_staff_card", profession=profession)


def _check_practices(order: CardOrder) -> None:
    if len(order.practices) > MAX_ACTIVITIES:
        raise IssueError(
            "issuance.too_many_practices", count=len(order.practices), most=MAX_ACTIVITIES
        )
    for practice in order.practices:
        StructIdNat.parse(practice.structure.struct_idnat)
        name = practice.structure.name
        if not (0 < len(name) <= MAX_ORGANIZATION_NAME and name.isprintable()):
            raise FormatError("issuance.structure_name", length=len(name))
        _known(Table.SECTORS, practice.sector)
        if practice.mode is not None:
            _known(Table.PRACTICE_MODES, practice.mode)
    if order.family in _STAFF:
        if not order.practices:
            raise IssueError("issuance.structure_missing", family=order.family.name)
        _known(Table.DEPARTMENTS, order.practices[0].structure.department)


def _known(table: Table, code: str | None) -> None:
    if code is None or label(table, code) is None:
        raise IssueError("issuance.code_unknown", table=table.value, code=code)
