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
"""

from caducee.base.errors import IssueError
from caducee.codec.identifiers import PsIdNat, Rpps, RppsRang, StructIdNat
from caducee.directory.model import Identifier, Person, Qualification, Structure
from caducee.directory.registry import Registry
from caducee.spec import ours
from caducee.spec.nomenclatures import PersonIdType

__all__ = ["new_person", "person", "practice_of"]

_COUNTER = "test-identity"


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
        identifiers=(Identifier(PersonIdType.RPPS.value, rpps.text),),
    )


def new_person(registry: Registry, *, given_name: str = "KIT", profession: str = "10") -> Person:
    """Return a test person of an order that the registry never gave before.

    The order stays taken, whether or not a card follows. Other details by `dataclasses.replace`.
    """
    first = ours.table("issuance").integer("first_order")
    order = registry.draw(_COUNTER, first=first)[0]
    return person(order, given_name=given_name, profession=profession)


def practice_of(holder: Person) -> Structure:
    """Return the practice of a test person with an RPPS number.

    Raises `IssueError` (``issuance.no_practice``) for anybody else.
    """
    number = PsIdNat.parse(holder.ps_idnat).person
    if not isinstance(number, Rpps):
        raise IssueError("issuance.no_practice", ps_idnat=holder.ps_idnat)
    return Structure(
        struct_idnat=str(StructIdNat.of(RppsRang.of(number, 0))),
        name=f"CABINET M {holder.family_name}",
    )


def _role(profession: str) -> str:
    roles = ours.table("issuance.roles")
    return roles.text(profession if profession in roles else "other")
