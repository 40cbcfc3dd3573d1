# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Persons and practice situations to lines of ``PS_LibreAcces_Personne_activite``, and back.

Only professionals with a number of a register of professions (RPPS, ADELI) stand in the file, not
students and not the staff of structures. What the registry does not keep (telephone, labels of
roles, ...) stays empty; of a mode of practice that TRE_R23 does not have only the activity is
written.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched, groupby

from caducee.base.errors import FormatError
from caducee.codec.identifiers import Finess, PsIdNat, Siret, StructIdNat
from caducee.directory.extraction.lines import ACTIVITIES, FlatLine
from caducee.directory.model import Activity, Person, PersonIdentifier, Qualification, Structure
from caducee.directory.person_records import PersonRecord, all_persons
from caducee.directory.registry import Registry
from caducee.spec import extraction as words
from caducee.spec.nomenclatures import PersonIdType, Table, label

__all__ = [
    "Practices",
    "enter_persons",
    "identity_columns",
    "lines_of",
    "person_lines",
    "read_person",
]

_REGISTERS = (PersonIdType.RPPS.value, PersonIdType.ADELI.value)
_AT_ONCE = 500
"""Persons whose entries go into one transaction."""

_PLACE = " (coord. structure)"


def person_lines(registry: Registry) -> Iterator[FlatLine]:
    """Yield the lines of all professionals who are in practice, by PS_IdNat."""
    for record in all_persons(registry):
        yield from lines_of(record)


def lines_of(record: PersonRecord) -> Iterator[FlatLine]:
    """Yield the lines of one person: one for each situation and know-how, at least one."""
    person = record.person
    if not person.active or person.profession is None or person.ps_idnat[0] not in _REGISTERS:
        return
    current = [(item, at) for item, at in record.activities if item.active and at.active]
    practices = [_practice(*item) for item in current] or [{}]
    for practice in practices:
        for know_how in person.qualifications or (None,):
            yield ACTIVITIES.line(identity_columns(person) | _know_how(know_how) | practice)


def enter_persons(registry: Registry, lines: Iterable[FlatLine]) -> int:
    """Enter the persons, structures and practice situations of lines; returns how many persons.

    Lines of one person stand together, as they do in the published file. What the registry knew of
    these persons and structures is replaced; each change stands in the history. A wrong line stops
    with `FormatError` (``directory.flat_value``); the persons some hundred lines before it stay
    entered.
    """
    count = 0
    persons = groupby(lines, key=lambda line: line["Identification nationale PP"])
    read = (read_person(list(group)) for _, group in persons)
    for batch in batched(read, _AT_ONCE):
        with registry.transaction():
            for person, practices in batch:
                registry.persons.put(person)
                for _, structure in practices:
                    registry.structures.put(structure)
                registry.activities.put_all(person.ps_idnat, [item for item, _ in practices])
                count += 1
    return count


def identity_columns(person: Person) -> dict[str, str]:
    """Return the columns that say who a person is."""
    civility = words.CIVILITIES.get(person.civility or "", "")
    return {
        "Type d'identifiant PP": person.ps_idnat[0],
        "Identifiant PP": person.ps_idnat[1:],
        "Identification nationale PP": person.ps_idnat,
        "Code civilité": civility,
        "Libellé civilité": words.CIVILITY_LABELS.get(civility, ""),
        "Nom d'exercice": person.family_name,
        "Prénom d'exercice": person.given_name,
        "Code profession": person.profession or "",
        "Libellé profession": label(Table.PROFESSIONS, person.profession or "") or "",
        "Code catégorie professionnelle": person.category,
        "Libellé catégorie professionnelle": words.CATEGORY_LABELS.get(person.category, ""),
    }


def _know_how(qualification: Qualification | None) -> dict[str, str]:
    if qualification is None:
        return {}
    return {
        "Code type savoir-faire": qualification.kind,
        "Libellé type savoir-faire": words.KNOW_HOW_LABELS.get(qualification.kind, ""),
        "Code savoir-faire": qualification.code,
        "Libellé savoir-faire": label(Table.SPECIALTIES, qualification.code) or "",
    }


def _practice(activity: Activity, structure: Structure) -> dict[str, str]:
    mode = words.MODES.get(activity.mode or "", "")
    department = structure.department or ""
    return _site(structure) | {
        "Code mode exercice": mode,
        "Libellé mode exercice": words.MODE_LABELS.get(mode, ""),
        "Raison sociale site": structure.name,
        f"Libellé Voie{_PLACE}": structure.street or "",
        f"Code postal{_PLACE}": structure.postal_code or "",
        f"Code commune{_PLACE}": structure.commune or "",
        f"Libellé commune{_PLACE}": structure.city or "",
        "Code Département (structure)": department,
        "Libellé Département (structure)": label(Table.DEPARTMENTS, department) or "",
        "Code secteur d'activité": activity.sector,
        "Libellé secteur d'activité": label(Table.SECTORS, activity.sector) or "",
        "Code section tableau pharmaciens": activity.section or "",
        "Libellé section tableau pharmaciens": label(
            Table.PHARMACIST_SECTIONS, activity.section or ""
        )
        or "",
        "Code rôle": activity.role or "",
        "Code genre activité": activity.kind or "",
    }


def _site(structure: Structure) -> dict[str, str]:
    kind, number = structure.struct_idnat[0], structure.struct_idnat[1:]
    letter = words.STRUCTURE_LETTERS.get(kind)
    found = {
        "Ancien identifiant de la structure": structure.struct_idnat,
        "Identifiant technique de la structure": f"{letter}{number}" if letter else "",
    }
    match StructIdNat.parse(structure.struct_idnat).identifier:
        case Finess():
            found["Numéro FINESS site"] = number
        case Siret() as siret:
            found["Numéro SIRET site"] = number
            found["Numéro SIREN site"] = str(siret.siren)
        case _:
            pass
    return found


type Practices = Sequence[tuple[Activity, Structure]]
"""Situations, each with its structure."""


def read_person(lines: list[FlatLine]) -> tuple[Person, Practices]:
    """Return the person of lines that stand together, with their practice.

    Raises `FormatError` (``directory.flat_value``).
    """
    first = lines[0]
    ps_idnat = first["Identification nationale PP"]
    try:
        PsIdNat.parse(ps_idnat)
    except FormatError:
        raise first.refuse("Identification nationale PP") from None
    if first["Type d'identifiant PP"] + first["Identifiant PP"] != ps_idnat:
        raise first.refuse("Identifiant PP")
    civility = {code: card for card, code in words.CIVILITIES.items()}
    qualifications = dict.fromkeys(
        Qualification(line["Code savoir-faire"], line["Code type savoir-faire"])
        for line in lines
        if line["Code savoir-faire"]
    )
    person = Person(
        ps_idnat=ps_idnat,
        family_name=first["Nom d'exercice"],
        given_name=first["Prénom d'exercice"],
        profession=first["Code profession"] or None,
        civility=civility.get(first["Code civilité"]),
        category=first["Code catégorie professionnelle"],
        qualifications=tuple(qualifications),
        identifiers=(PersonIdentifier(ps_idnat[0], ps_idnat[1:]),),
    )
    return person, _practices(ps_idnat, lines)


def _practices(ps_idnat: str, lines: list[FlatLine]) -> Practices:
    modes = {code: card for card, code in words.MODES.items()}
    found: dict[tuple[str, ...], tuple[FlatLine, Structure]] = {}
    for line in lines:
        structure = _structure(line)
        if structure is not None:
            codes = (line[column] for column in _SITUATION)
            found[structure.struct_idnat, *codes] = (line, structure)
    return [
        (
            Activity(
                ps_idnat,
                number,
                structure.struct_idnat,
                line["Code secteur d'activité"],
                modes.get(line["Code mode exercice"]),
                section=line["Code section tableau pharmaciens"] or None,
                role=line["Code rôle"] or None,
                kind=line["Code genre activité"] or None,
            ),
            structure,
        )
        for number, (line, structure) in enumerate(found.values(), 1)
    ]


_SITUATION = (
    "Code secteur d'activité",
    "Code mode exercice",
    "Code section tableau pharmaciens",
    "Code rôle",
    "Code genre activité",
)
"""What distinguishes the situations of a person in one structure."""


def _structure(line: FlatLine) -> Structure | None:
    column = "Ancien identifiant de la structure"
    struct_idnat = line[column]
    if not struct_idnat:
        column = "Identifiant technique de la structure"
        struct_idnat = _of_technical(line[column])
        if not struct_idnat:
            return None
    try:
        StructIdNat.parse(struct_idnat)
    except FormatError:
        raise line.refuse(column) from None
    return Structure(
        struct_idnat=struct_idnat,
        name=line["Raison sociale site"],
        department=line["Code Département (structure)"] or None,
        street=line[f"Libellé Voie{_PLACE}"] or None,
        postal_code=line[f"Code postal{_PLACE}"] or None,
        commune=line[f"Code commune{_PLACE}"] or None,
        city=line[f"Libellé commune{_PLACE}"] or None,
    )


def _of_technical(text: str) -> str:
    """Return the Struct_IdNat of a technical identifier: ``F0B0172805`` is ``10B0172805``."""
    kinds = {letter: kind for kind, letter in words.STRUCTURE_LETTERS.items()}
    return kinds[text[0]] + text[1:] if text[:1] in kinds else ""
