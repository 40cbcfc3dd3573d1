# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The claims of userinfo: who the holder is, with every activity of the directory.

The members and their spelling (``numeroFinessetablissementJuridique``) are those of published
answers; what the directory does not have is an empty string there, and here.
"""

from typing import Final

from caducee.base.errors import FormatError
from caducee.codec.identifiers import Finess, Siret, StructIdNat
from caducee.directory.model import Activity, Person, Structure
from caducee.directory.person_records import PersonRecord
from caducee.services.psc.logins import Login
from caducee.spec import extraction, psc
from caducee.spec.nomenclatures import PersonIdType

__all__ = ["other_ids", "userinfo_of"]

_ACTIVITY: Final = tuple(
    "codeModeExercice codeSecteurDactivite codeSectionPharmacien codeRole codeGenreActivite "
    "numeroSiretSite numeroSirenSite numeroFinessSite numeroFinessetablissementJuridique "
    "identifiantTechniqueDeLaStructure raisonSocialeSite enseigneCommercialeSite "
    "complementDestinataire complementPointGeographique numeroVoie indiceRepetitionVoie "
    "codeTypeDeVoie libelleVoie mentionDistribution bureauCedex codePostal codeCommune codePays "
    "telephone telephone2 telecopie adresseEMail codeDepartement ancienIdentifiantDeLaStructure "
    "autoriteDenregistrement".split()
)
"""Members of an activity, in the order of the published answers."""


def userinfo_of(login: Login, record: PersonRecord | None) -> dict[str, object]:
    """Return the claims of a holder; one whom the directory does not know has no exercise.

    Where the holder has one activity, it is the one that the claims at the top name; of several,
    none is (ours: nobody published how the true service chooses).
    """
    activities = record.activities if record else ()
    only = activities[0] if len(activities) == 1 else None
    person = record.person if record else None
    return {
        "sub": psc.SUB_PREFIX + login.ps_idnat,
        "preferred_username": login.ps_idnat,
        "SubjectNameID": login.ps_idnat,
        "given_name": login.given_name,
        "family_name": login.family_name,
        "email_verified": False,
        "codeCivilite": _civility(person),
        "otherIds": other_ids(login.ps_idnat),
        "SubjectRole": _roles(person),
        **_organization(only),
        **psc.CONSTANT_CLAIMS,
        "SubjectRefPro": {"exercices": [_exercise(record)] if record else []},
    }


def other_ids(ps_idnat: str) -> list[dict[str, object]]:
    """Return ``otherIds``: the RPPS number; for other numbers no origin was published."""
    if not ps_idnat.startswith(PersonIdType.RPPS):
        return []
    return [{"identifiant": ps_idnat, "origine": "RPPS", "qualite": 1}]


def _civility(person: Person | None) -> str:
    return extraction.CIVILITIES.get((person and person.civility) or "", "")


def _roles(person: Person | None) -> list[str]:
    profession = person.profession if person else None
    return [f"{profession}^{psc.PROFESSION_SYSTEM}"] if profession else []


def _organization(only: tuple[Activity, Structure] | None) -> dict[str, str]:
    if only is None:
        names = ("Secteur_Activite", "SubjectOrganization", "SubjectOrganizationID")
        return dict.fromkeys((*names, "codeGenreActivite"), "")
    activity, structure = only
    return {
        "Secteur_Activite": f"{activity.sector}^{psc.SECTOR_SYSTEM}",
        "SubjectOrganization": structure.name,
        "SubjectOrganizationID": _technical_id(structure),
        "codeGenreActivite": activity.kind or "",
    }


def _exercise(record: PersonRecord) -> dict[str, object]:
    """Return the exercise of a person, with the know-how that the directory names first."""
    person = record.person
    know_how = person.qualifications[0] if person.qualifications else None
    return {
        "codeProfession": person.profession or "",
        "codeCategorieProfessionnelle": person.category,
        "codeCiviliteDexercice": _civility(person),
        "nomDexercice": person.family_name,
        "prenomDexercice": person.given_name,
        "codeTypeSavoirFaire": know_how.kind if know_how else "",
        "codeSavoirFaire": know_how.code if know_how else "",
        "activities": [_activity(*practice) for practice in record.activities],
    }


def _activity(activity: Activity, structure: Structure) -> dict[str, str]:
    return (
        dict.fromkeys(_ACTIVITY, "")
        | _numbers(structure)
        | {
            "codeModeExercice": extraction.MODES.get(activity.mode or "", ""),
            "codeSecteurDactivite": activity.sector,
            "codeSectionPharmacien": activity.section or "",
            "codeRole": activity.role or "",
            "codeGenreActivite": activity.kind or "",
            "identifiantTechniqueDeLaStructure": _technical_id(structure),
            "raisonSocialeSite": structure.name,
            "libelleVoie": structure.street or "",
            "codePostal": structure.postal_code or "",
            "codeCommune": structure.commune or "",
            "codeDepartement": structure.department or "",
            "ancienIdentifiantDeLaStructure": structure.struct_idnat,
        }
    )


def _numbers(structure: Structure) -> dict[str, str]:
    number = structure.struct_idnat[1:]
    try:
        identifier = StructIdNat.parse(structure.struct_idnat).identifier
    except FormatError:
        return {}
    match identifier:
        case Finess():
            return {"numeroFinessSite": number}
        case Siret() as siret:
            return {"numeroSiretSite": number, "numeroSirenSite": str(siret.siren)}
        case _:
            return {}


def _technical_id(structure: Structure) -> str:
    kind, number = structure.struct_idnat[0], structure.struct_idnat[1:]
    letter = extraction.STRUCTURE_LETTERS.get(kind)
    return f"{letter}{number}" if letter else ""
