# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The code tables of the cards: professions, sectors, specialties, types and their labels.

The data are the card dictionary that the Cryptolib installs (``DICO-FR.GIP``, version 02.18 of
28/02/2020), labels in French as published. Codes that the tables do not know keep their place:
a label of ``None``. The OIDs are those of the ANS nomenclatures (NOS); several were seen as
extensions of certificates.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique
from functools import cache
from pathlib import Path
from typing import Final

from caducee.spec import oids

__all__ = [
    "NO_RESPONSIBILITY",
    "CardFamily",
    "NomenclatureEntry",
    "PersonIdType",
    "ProductCategory",
    "StructureIdType",
    "Table",
    "card_name",
    "label",
    "labels",
    "names",
    "oid",
    "table",
    "title",
]


@unique
class CardFamily(IntEnum):
    """The family of a card (nomenclature TRE_G02 TypeProduit; certificate OID ...71.1.2.2)."""

    CPS = 0
    """Carte de professionnel de santé: a registered health professional."""

    CPF = 1
    """Carte de professionnel en formation: a student of a health profession."""

    CPE = 2
    """Carte de personnel d'établissement: staff named by their structure (also CDE)."""

    CPA = 3
    """Carte de personnel autorisé: staff of an authorised body (also CDA)."""


NO_RESPONSIBILITY: Final = "00"
"""Code of table G04 of whoever is not responsible for the structure."""


def card_name(family: CardFamily, responsibility: str = NO_RESPONSIBILITY) -> str:
    """Return what a card is called: CPS, CPF, CPE or CPA; CDE or CDA for who is responsible.

    Type and certificate do not tell them apart, the code of table G04 does.

    >>> card_name(CardFamily.CPE, "01")
    'CDE'
    """
    if family in (CardFamily.CPE, CardFamily.CPA) and responsibility != NO_RESPONSIBILITY:
        return family.name.replace("P", "D")
    return family.name


@unique
class ProductCategory(IntEnum):
    """What holds the key, real or test (TRE_G01 CategorieProduit; certificate OID ...71.1.2.5)."""

    CARD = 0x00
    SECURITY_MODULE = 0x02
    SOFTWARE = 0x03
    TEST_CARD = 0x80
    TEST_SECURITY_MODULE = 0x82
    TEST_SOFTWARE = 0x83

    @property
    def is_test(self) -> bool:
        """Whether the product belongs to the TEST world."""
        return self >= ProductCategory.TEST_CARD

    @property
    def is_card(self) -> bool:
        """Whether the product is a card of the CPS family."""
        return self in (ProductCategory.CARD, ProductCategory.TEST_CARD)


@unique
class PersonIdType(StrEnum):
    """First character of a PS_IdNat (TRE_G08): what kind of identifier follows."""

    ADELI = "0"
    ADELI_REGISTER = "1"
    """Practice of an ADELI holder, and its own register (CPE)."""

    DRASS = "2"
    """Closed in 2020."""

    FINESS_REGISTER = "3"
    """Establishment, and its own register (CPE)."""

    SIREN_REGISTER = "4"
    """Legal entity, and its own register; no use is known."""

    SIRET_REGISTER = "5"
    """Legal site, and its own register (CPA)."""

    RPPS_REGISTER = "6"
    """Practice of an RPPS holder, and its own register (CPE)."""

    RPPS = "8"
    STUDENT = "9"
    """Number of the pharmacists' order for students; closed in 2020."""


@unique
class StructureIdType(StrEnum):
    """First character of a Struct_IdNat (TRE_G07)."""

    ADELI_RANK = "0"
    FINESS = "1"
    SIREN = "2"
    SIRET = "3"
    RPPS_RANK = "4"


@unique
class Table(StrEnum):
    """The tables that the project names by meaning; every other one is reached by its name."""

    LANGUAGES = "G00"
    PRODUCT_CATEGORIES = "G01"
    CARD_TYPES = "G02"
    CIVILITIES = "G03"
    RESPONSIBILITIES = "G04"
    PHARMACIST_SECTIONS = "G05"
    STRUCTURE_ID_TYPES = "G07"
    PERSON_ID_TYPES = "G08"
    DEPARTMENTS = "G09"
    QUALIFICATION_NATURES = "G11"
    PROFESSIONS = "G15"
    FUTURE_PROFESSIONS = "G16"
    PRACTICE_MODES = "G17"
    INSURANCE_SPECIALTIES = "G100"
    CONVENTIONS = "G101"
    TARIFF_ZONES = "G102"
    TRAVEL = "G103"
    AGREEMENTS = "G104"
    SPECIALTIES = "R01"
    SECTORS = "R02"
    ATTRIBUTIONS = "R03"


@dataclass(frozen=True, slots=True)
class NomenclatureEntry:
    """One code of a table."""

    code: str

    extra: str
    """A second key, empty nearly everywhere (G102: the table's own sub-division)."""

    label: str
    """The French label, as published."""


_LATER: Final = (("G15", NomenclatureEntry("93", "", "Psychologue")),)
"""Codes that the dictionary of 2020 lacks: ANS nomenclatures (NOS) of 2021."""


_OIDS: Final = {
    "G00": oids.LANGUAGE,
    "G01": oids.PRODUCT_CATEGORY,
    "G02": oids.CARD_TYPE,
    "G04": oids.RESPONSIBILITY_LEVEL,
    "G07": oids.STRUCTURE_ID_TYPE,
    "G08": oids.PERSON_ID_TYPE,
    "G09": oids.DEPARTMENT,
    "G15": oids.PROFESSION,
    "G16": oids.FUTURE_PROFESSION,
    "G18": oids.ADDITIONAL_ATTRIBUTION,
    "G100": oids.INSURANCE_SPECIALTY,
    "R01": oids.SPECIALTIES,
    "R02": oids.SECTOR,
    "R04": oids.KNOW_HOW_TYPE,
    "R09": oids.PROFESSIONAL_CATEGORY,
    "R11": oids.PRACTICE_CIVILITY,
    "R21": oids.FUNCTION,
    "R22": oids.ACTIVITY_KIND,
    "R23": oids.PRACTICE_MODE,
    "R33": oids.INSCRIPTION_STATUS,
    "R38": oids.ORDINAL_SPECIALTY,
    "R60": oids.REGISTRATION_AUTHORITY,
    "R81": oids.CIVILITY,
    "R85": oids.CARE_ROLE,
    "R87": oids.CARD_KIND,
    "R94": oids.SOCIAL_PROFESSION,
    "R95": oids.TITLE_USER,
}
"""The OID of each table that has a known one, also of some whose codes are not among the data."""


@cache
def _tables() -> dict[str, tuple[NomenclatureEntry, ...]]:
    import csv

    found: dict[str, list[NomenclatureEntry]] = {}
    source = Path(__file__).with_name("data") / "nomenclatures.csv"
    for row in csv.DictReader(source.read_text(encoding="utf-8").splitlines()):
        entry = NomenclatureEntry(row["code"], row["extra"], row["label"])
        found.setdefault(row["table"], []).append(entry)
    for name, entry in _LATER:
        found[name].append(entry)
    return {name: tuple(entries) for name, entries in found.items()}


@cache
def _labels(name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in table(name):
        found.setdefault(entry.code, entry.label)
    return found


def table(name: str) -> tuple[NomenclatureEntry, ...]:
    """Return the entries of a table in their published order; an unknown name has none."""
    return _tables().get(name, ())


def names() -> tuple[str, ...]:
    """Return the names of the tables that there are, in published order."""
    return tuple(name for name in _tables() if not name.startswith("NOM_"))


def title(name: str) -> str | None:
    """Return the French title of a table.

    >>> title("G15")
    'Professions'
    """
    return label("NOM_TABLE", name)


def oid(name: str) -> str | None:
    """Return the OID of a table, ``None`` when none is known.

    >>> oid("G15")
    '1.2.250.1.71.1.2.7'
    """
    return _OIDS.get(name)


def labels(name: str, code: str) -> tuple[str, ...]:
    """Return every label of a code: some tables (G102) have the same code in several parts.

    >>> labels("G102", "30")
    ('Zone C', 'Zone B')
    """
    found = (item.label for item in table(name) if item.code == code)
    return tuple(dict.fromkeys(found))


def label(name: str, code: str) -> str | None:
    """Return the French label of a code, ``None`` when the table or the code is not known.

    >>> label("G15", "10")
    'Médecin'
    >>> label("G15", "7777") is None
    True
    """
    return _labels(name).get(code)
