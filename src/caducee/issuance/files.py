# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card described in a TOML file: a ready profile and what is different.

.. code-block:: toml

    profile = "cps-pharmacien"
    generation = "CPS4"

    [person]
    family_name = "Lévêque"
    given_name = "Zoé"

    [[practice]]
    number = 3
    structure = { identifier = "10B0057881", name = "HOPITAL DES 3 DAMES", department = "75" }
    sector = "SA01"
    mode = "01"
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Literal

from caducee.base.config import Settings, load
from caducee.base.errors import IssueError
from caducee.codec.billing import BillingSituation, billing_key
from caducee.codec.identifiers import PsIdNat
from caducee.directory.model import Person, PersonIdentifier, Qualification, Structure
from caducee.directory.registry import Registry
from caducee.issuance.order import STAFF, CardOrder, Practice
from caducee.issuance.profiles import CardProfile, profile
from caducee.issuance.states import CardState
from caducee.spec.cards import CardGeneration
from caducee.spec.nomenclatures import PersonIdType, ProductCategory
from caducee.virtualcard.content import ContactlessChip

__all__ = ["OrderFile", "load_order_file"]

_CATEGORIES = {"test": ProductCategory.TEST_CARD, "real": ProductCategory.CARD}
_REGISTERS = {"RPPS": PersonIdType.RPPS, "ADELI": PersonIdType.ADELI}


class PersonEntry(Settings, frozen=True):
    """``[person]``: the holder. What is not given is a new test identity's."""

    identifier: str | None = None
    """PS_IdNat, e.g. ``899700427885`` or ``30B0057881/CPET0002``; of the test ranges only."""

    register: Literal["RPPS", "ADELI"] | None = None
    """The register of a new identity of a CPS or CPF."""

    family_name: str | None = None
    """Also with accents; empty, as the given name, for staff that the card does not name."""

    given_name: str | None = None

    civility: str | None = None
    """Code of table G03: ``22`` Madame, ``31`` Monsieur."""

    profession: str | None = None
    """Code of table G15; of G16 for a CPF. A CPE or CPA has none."""

    specialties: tuple[str, ...] | None = None
    """Codes of table R01, the main one first."""


class StructureEntry(Settings, frozen=True):
    """``structure`` of a practice."""

    identifier: str
    """Struct_IdNat, e.g. ``10B0057881``."""

    name: str

    department: str | None = None
    """Code of table G09; a CPE or CPA needs it."""


class BillingEntry(Settings, frozen=True):
    """``[practice.billing]``: what the health insurance says of a practice."""

    number: str
    """Billing number, 8 characters."""

    key: str | None = None
    """Its key; none: the right one."""

    convention: str | None = None
    """Code of table G101."""

    specialty: str | None = None
    """Code of table G100."""

    tariff_zone: str | None = None
    """Code of table G102."""

    travel: str | None = None
    """Code of table G103."""

    agreements: tuple[str, ...] = ()
    """Codes of table G104, at most three."""

    sign_fse: bool = True
    """Right to sign care sheets."""

    sign_batches: bool = True
    """Right to sign batches of care sheets."""

    replaced: str | None = None
    """PS_IdNat of the person who is replaced."""


class PracticeEntry(Settings, frozen=True):
    """``[[practice]]``: one practice situation."""

    structure: StructureEntry

    sector: str
    """Code of table R02, e.g. ``SA07``."""

    number: int | None = None
    """Place on the card, 1 to 16; none: the one after the practice before it."""

    mode: str | None = None
    """Code of table G17."""

    section: str | None = None
    """Section of the pharmacists' order, code of table G05."""

    status: str | None = None
    """Status of practice, any text."""

    billing: BillingEntry | None = None


class OrderFile(Settings, frozen=True):
    """The file. Every key may be left out: the profile has it then."""

    profile: str = "cps"
    """A ready profile; it says which card this is (``cps``, ``cpf``, ``cpe``, ``cde``, …)."""

    generation: CardGeneration | None = None
    """``CPS3`` or ``CPS4``."""

    category: Literal["test", "real"] | None = None
    """``real``: under the hierarchy marked SANDBOX."""

    responsibility: str | None = None
    """Code of table G04; only for a CPE or CPA."""

    state: CardState | None = None
    """``new``, ``expired``, ``blocked``, …"""

    contactless: ContactlessChip | None = None
    """``application`` or ``identification``; a CPS3 with contacts alone has ``none``."""

    languages: tuple[str, ...] | None = None
    """Codes of table G00."""

    not_before: dt.datetime | None = None
    """Start of validity, with its offset from UTC; none: as the state has it."""

    person: PersonEntry = PersonEntry()

    practice: tuple[PracticeEntry, ...] | None = None
    """The practices in place of those of the profile; ``practice = []``: none."""

    def order(self, registry: Registry) -> CardOrder:
        """Return the order that the file describes; identities that it does not give are new.

        Raises `IssueError` (``issuance.profile_unknown``). Whether the order can be fulfilled is
        reported when it is issued.
        """
        base = self._profile()
        made = base.order(registry, self._person(base, registry))
        if self.practice is not None:
            made = replace(made, practices=tuple(map(_practice, self.practice)))
        return replace(made, not_before=self.not_before)

    def _profile(self) -> CardProfile:
        base = profile(self.profile)
        chip = self.contactless
        return replace(
            base,
            generation=_or(self.generation, base.generation),
            category=base.category if self.category is None else _CATEGORIES[self.category],
            responsibility=_or(self.responsibility, base.responsibility),
            state=_or(self.state, base.state),
            languages=_or(self.languages, base.languages),
            contactless=_or(chip, base.contactless),
            two_applications=base.two_applications and chip is not ContactlessChip.NONE,
            profession=_or(self.person.profession, base.profession),
            register=_REGISTERS[self.person.register] if self.person.register else base.register,
            specialties=_or(self.person.specialties, base.specialties),
        )

    def _person(self, base: CardProfile, registry: Registry) -> Person:
        made = base.person(registry)
        own = self.person
        if own.identifier is not None:
            made = replace(made, ps_idnat=own.identifier, identifiers=_numbers(own.identifier))
        if own.profession is not None and base.family in STAFF:
            made = replace(made, profession=own.profession)
        return replace(
            made,
            family_name=_or(own.family_name, made.family_name),
            given_name=_or(own.given_name, made.given_name),
            civility=_or(own.civility, made.civility),
            qualifications=tuple(Qualification(specialty) for specialty in base.specialties),
        )


def load_order_file(path: Path) -> OrderFile:
    """Read a file.

    Raises `ConfigError` (``base.config_*``) for a wrong or unknown key, and `IssueError`
    (``issuance.file_wrong``) for a start without its offset from UTC.
    """
    found = load(path, OrderFile)
    if found.not_before is not None and found.not_before.tzinfo is None:
        raise IssueError(
            "issuance.file_wrong", path=str(path), reason="not_before without an offset from UTC"
        )
    return found


def _or[T](given: T | None, other: T) -> T:
    return other if given is None else given


def _numbers(ps_idnat: str) -> tuple[PersonIdentifier, ...]:
    """Return the numbers beside the PS_IdNat. Raises `FormatError` (``codec.identifier_*``)."""
    idnat = PsIdNat.parse(ps_idnat)
    return () if idnat.person is None else (PersonIdentifier(idnat.kind.value, idnat.number),)


def _practice(entry: PracticeEntry) -> Practice:
    where = entry.structure
    return Practice(
        Structure(where.identifier, where.name, where.department),
        entry.sector,
        entry.mode,
        entry.number,
        section=entry.section,
        status=entry.status,
        billing=None if entry.billing is None else _billing(entry.billing),
    )


def _billing(entry: BillingEntry) -> BillingSituation:
    situation = BillingSituation(
        number=entry.number,
        key=entry.key,
        convention=entry.convention,
        specialty=entry.specialty,
        tariff_zone=entry.tariff_zone,
        travel=entry.travel,
        agreements=entry.agreements,
        sign_fse=entry.sign_fse,
        sign_batches=entry.sign_batches,
        replaced=entry.replaced,
    )
    return situation if entry.key is not None else replace(situation, key=billing_key(entry.number))
