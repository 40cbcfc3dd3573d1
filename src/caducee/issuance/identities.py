# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Test identities by the rule that the published ones follow.

RPPS = ``997``, an order of 7 digits, the key; the family name ends with the same 7 digits; the
practice is ``CABINET M <name>`` under the RPPS-rang 00 of its holder (published test cards).

>>> kit = person(42788, given_name="KIT")
>>> kit.ps_idnat, kit.family_name
('899700427885', 'DOC0042788')
>>> practice_of(kit).struct_idnat
'499700427885006'

Staff are named by their structure: ``CPET`` or ``CPAT`` and a number; the family name ends with
the digits of both.

>>> charles = staff(hospital(5788), 2, given_name="CHARLES")
>>> charles.ps_idnat, charles.family_name
('30B0057881/CPET0002', 'ADMINISTRATIF-CH057880002')
"""

from dataclasses import replace

from caducee.base.errors import IssueError
from caducee.codec.identifiers import (
    Adeli,
    AdeliRank,
    Finess,
    PsIdNat,
    Rpps,
    RppsRang,
    Siret,
    StructIdNat,
)
from caducee.directory.model import Person, PersonIdentifier, Qualification, Structure
from caducee.directory.registry import Registry
from caducee.spec import ours
from caducee.spec.nomenclatures import PersonIdType

__all__ = [
    "adeli_person",
    "body",
    "employer_of",
    "hospital",
    "new_person",
    "person",
    "practice_of",
    "staff",
    "student",
]

_COUNTER = "test-identity"

_STUDENT_CATEGORY = "E"
"""Code of TRE_R09."""


def person(
    order: int,
    *,
    given_name: str = "KIT",
    profession: str = "10",
    role: str | None = None,
    qualifications: tuple[str, ...] = (),
    civility: str | None = "31",
) -> Person:
    """Return the test person of an order (0 to 9999999); the same order gives the same person.

    ``role`` is the word before the order in the family name (default: by profession).
    Raises `FormatError` (``codec.identifier_order``).
    """
    rpps = Rpps.test(order)
    return Person(
        ps_idnat=str(PsIdNat.of(rpps)),
        family_name=f"{role or _role(profession)}{order:07d}",
        given_name=given_name,
        profession=profession,
        civility=civility,
        qualifications=tuple(Qualification(code) for code in qualifications),
        identifiers=(PersonIdentifier(PersonIdType.RPPS.value, rpps.text),),
    )


def adeli_person(
    order: int, *, given_name: str = "KIT", profession: str = "60", role: str | None = None
) -> Person:
    """Return the test person of an order (0 to 9999) in the ADELI register.

    Raises `FormatError` (``codec.identifier_order``).
    """
    adeli = Adeli.test(profession, order)
    return Person(
        ps_idnat=str(PsIdNat.of(adeli)),
        family_name=f"{role or _role(profession)}{order:04d}",
        given_name=given_name,
        profession=profession,
        civility="31",
        identifiers=(PersonIdentifier(PersonIdType.ADELI.value, adeli.text),),
    )


def student(order: int, *, given_name: str = "KIT", future_profession: str = "10") -> Person:
    """Return the test person of an order in training for a profession (table G16)."""
    made = person(order, given_name=given_name, profession=future_profession)
    return replace(
        made, profession=None, future_profession=future_profession, category=_STUDENT_CATEGORY
    )


def hospital(order: int, *, department: str = "75") -> Structure:
    """Return the test establishment of an order (0 to 99999), known by its FINESS."""
    finess = Finess.test(order)
    name = f"HOPITAL GENERIQUE{order:05d}"
    return Structure(str(StructIdNat.of(finess)), name, department)


def body(order: int, *, department: str = "75") -> Structure:
    """Return the test body of an order (0 to 9999), known by its SIRET."""
    siret = Siret.test(order)
    return Structure(str(StructIdNat.of(siret)), f"MINISTERE DE TEST{order:04d}", department)


def staff(
    structure: Structure,
    number: int,
    *,
    given_name: str = "CHARLES",
    role: str | None = None,
    named: bool = True,
) -> Person:
    """Return the test person of a number in the register of a structure.

    An establishment (FINESS) has holders of a CPE, a body (SIRET) those of a CPA. ``role`` is the
    word before the digits in the family name; a person who is not ``named`` has no name at all.
    """
    identifier = StructIdNat.parse(structure.struct_idnat).identifier
    cpe = isinstance(identifier, Finess)
    digits = identifier.text[3:8] if cpe else identifier.text[4:13]
    family = "CPE" if cpe else "CPA"
    word = role or ours.table("issuance.staff_roles").text(family)
    return Person(
        ps_idnat=str(PsIdNat.in_register(identifier, f"{family}T{number:04d}")),
        family_name=f"{word}{digits}{number:04d}" if named else "",
        given_name=given_name if named else "",
        civility="31" if named else None,
    )


def employer_of(holder: Person, *, department: str = "75") -> Structure:
    """Return the structure that named a member of staff.

    Raises `IssueError` (``issuance.no_practice``) for anybody else.
    """
    identifier = PsIdNat.parse(holder.ps_idnat).structure
    if identifier is None:
        raise IssueError("issuance.no_practice", ps_idnat=holder.ps_idnat)
    name = "HOPITAL GENERIQUE" if isinstance(identifier, Finess) else "MINISTERE DE TEST"
    end = identifier.text[3:8] if isinstance(identifier, Finess) else identifier.text[9:13]
    return Structure(str(StructIdNat.of(identifier)), f"{name}{end}", department)


def new_person(registry: Registry, *, given_name: str = "KIT", profession: str = "10") -> Person:
    """Return a test person of an order that the registry never gave before.

    The order stays taken, whether or not a card follows. Other details by `dataclasses.replace`.
    """
    first = ours.table("issuance").integer("first_order")
    order = registry.draw(_COUNTER, first=first)[0]
    return person(order, given_name=given_name, profession=profession)


def practice_of(holder: Person) -> Structure:
    """Return the practice of a test person with an RPPS or ADELI number.

    Raises `IssueError` (``issuance.no_practice``) for anybody else.
    """
    number = PsIdNat.parse(holder.ps_idnat).person
    if number is None:
        raise IssueError("issuance.no_practice", ps_idnat=holder.ps_idnat)
    rank: RppsRang | AdeliRank = (
        RppsRang.of(number, 0) if isinstance(number, Rpps) else AdeliRank(f"{number}00")
    )
    return Structure(
        struct_idnat=str(StructIdNat.of(rank)),
        name=f"CABINET M {holder.family_name}",
    )


def _role(profession: str) -> str:
    roles = ours.table("issuance.roles")
    return roles.text(profession if profession in roles else "other")
