# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether an order can be fulfilled; asked before anything is made."""

from caducee.base.errors import FormatError, IssueError
from caducee.codec.identifiers import PsIdNat, StructIdNat
from caducee.issuance.name_text import as_registers, check_name
from caducee.issuance.order import STAFF, CardOrder, Practice, numbered
from caducee.spec.cards import MAX_ACTIVITIES, MAX_ORGANIZATION_NAME, CardGeneration
from caducee.spec.nomenclatures import NO_RESPONSIBILITY, CardFamily, Table, label

__all__ = ["check"]

_PHARMACIST = "21"
"""Code of G15 and G16."""


def check(order: CardOrder) -> None:
    """Refuse an order that cannot be fulfilled.

    Raises `FormatError` (``codec.identifier_*``, ``issuance.name_*``) and `IssueError`
    (``issuance.*``).
    """
    _check_identifier(order)
    _check_names(order)
    _check_profession(order)
    for qualification in order.person.qualifications:
        _known(Table.SPECIALTIES, qualification.code)
    for language in order.languages:
        _known(Table.LANGUAGES, language)
    if order.person.civility is not None:
        _known(Table.CIVILITIES, order.person.civility)
    _check_card(order)
    _check_practices(order)


def _check_identifier(order: CardOrder) -> None:
    ps_idnat = order.person.ps_idnat
    idnat = PsIdNat.parse(ps_idnat)
    if not idnat.is_test:
        raise IssueError("issuance.not_a_test_identity", ps_idnat=ps_idnat)
    if (idnat.register is not None) != (order.family in STAFF):
        raise IssueError(
            "issuance.identifier_of_another_family", ps_idnat=ps_idnat, family=order.family.name
        )


def _check_names(order: CardOrder) -> None:
    if order.family in STAFF and not order.names_its_holder:
        return
    check_name(order.person.family_name)
    check_name(order.person.given_name)


def _check_profession(order: CardOrder) -> None:
    profession, future = order.person.profession, order.person.future_profession
    if order.family is CardFamily.CPS:
        _known(Table.PROFESSIONS, profession)
    elif order.family is CardFamily.CPF:
        _known(Table.FUTURE_PROFESSIONS, future)
    elif profession is not None:
        raise IssueError("issuance.profession_on_staff_card", profession=profession)


def _check_card(order: CardOrder) -> None:
    if not order.category.is_card:
        raise IssueError("issuance.category_not_a_card", category=f"{order.category:02X}")
    _known(Table.RESPONSIBILITIES, order.responsibility)
    if order.responsibility != NO_RESPONSIBILITY and order.family not in STAFF:
        raise IssueError(
            "issuance.responsibility_of_another_family",
            responsibility=order.responsibility,
            family=order.family.name,
        )
    if order.generation is CardGeneration.CPS4 and order.contactless is not None:
        raise IssueError("issuance.contactless_unknown", generation=order.generation.value)


def _check_practices(order: CardOrder) -> None:
    if len(order.practices) > MAX_ACTIVITIES:
        raise IssueError(
            "issuance.too_many_practices", count=len(order.practices), most=MAX_ACTIVITIES
        )
    places = [place for place, _ in numbered(order.practices)]
    for place in places:
        if not 1 <= place <= MAX_ACTIVITIES or places.count(place) > 1:
            raise IssueError("issuance.practice_number", number=place, most=MAX_ACTIVITIES)
    for practice in order.practices:
        _check_practice(order, practice)
    if order.family in STAFF:
        if not order.practices:
            raise IssueError("issuance.structure_missing", family=order.family.name)
        _known(Table.DEPARTMENTS, order.practices[0].structure.department)


def _check_practice(order: CardOrder, practice: Practice) -> None:
    StructIdNat.parse(practice.structure.struct_idnat)
    name = as_registers(practice.structure.name)
    if not (0 < len(name) <= MAX_ORGANIZATION_NAME and name.isprintable()):
        raise FormatError("issuance.structure_name", length=len(name))
    _known(Table.SECTORS, practice.sector)
    if practice.mode is not None:
        _known(Table.PRACTICE_MODES, practice.mode)
    if practice.section is not None:
        _check_section(order, practice.section)
    if practice.billing is not None:
        for fact in practice.billing.coded():
            _known(fact.table, fact.code)
        if practice.billing.replaced is not None:
            _check_replaced(practice.billing.replaced)


def _check_section(order: CardOrder, section: str) -> None:
    _known(Table.PHARMACIST_SECTIONS, section)
    if _PHARMACIST not in (order.person.profession, order.person.future_profession):
        raise IssueError("issuance.section_of_another_profession", section=section)


def _check_replaced(ps_idnat: str) -> None:
    if not PsIdNat.parse(ps_idnat).is_test:
        raise IssueError("issuance.not_a_test_identity", ps_idnat=ps_idnat)


def _known(table: Table, code: str | None) -> None:
    if code is None or label(table, code) is None:
        raise IssueError("issuance.code_unknown", table=table.value, code=code)
