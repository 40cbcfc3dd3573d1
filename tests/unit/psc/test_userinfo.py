# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The shape is that of the answers of the test environment (services.md 1.5)."""

from typing import Any

from caducee.directory.model import Activity, Person, Qualification, Structure
from caducee.directory.person_records import PersonRecord
from caducee.services.psc.logins import Login
from caducee.services.psc.userinfo import userinfo_of

RPPS = "899700000017"
CABINET = Structure("499700427885006", "CABINET ESSAI0000001", "75", commune="75101")
HOSPITAL = Structure("10B0172805", "HOPITAL GENERIQUE", street="1 RUE DES ESSAIS")
COMPANY = Structure("373282932000074", "SOCIETE D'ESSAI")
DOCTOR = Person(
    RPPS, "ESSAI0000001", "CAMILLE", "10", "22", qualifications=(Qualification("SM26", "S"),)
)


def login(ps_idnat: str = RPPS) -> Login:
    return Login(
        ps_idnat=ps_idnat,
        given_name="CAMILLE",
        family_name="ESSAI0000001",
        auth_time=0,
        auth_mode="CARD",
        acr="eidas1",
        sid="s",
    )


def claims(*practices: tuple[Activity, Structure], person: Person = DOCTOR) -> dict[str, Any]:
    return userinfo_of(login(person.ps_idnat), PersonRecord(person, practices, ()))


def practice(
    number: int, structure: Structure, kind: str | None = None
) -> tuple[Activity, Structure]:
    return Activity(RPPS, number, structure.struct_idnat, "SA07", "00", kind=kind), structure


def test_a_doctor_with_one_practice_has_the_claims_of_the_published_answer() -> None:
    found = claims(practice(1, CABINET, kind="GENR01"))
    exercises = found.pop("SubjectRefPro")["exercices"]
    assert found == {
        "sub": "f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:899700000017",
        "preferred_username": RPPS,
        "SubjectNameID": RPPS,
        "given_name": "CAMILLE",
        "family_name": "ESSAI0000001",
        "email_verified": False,
        "codeCivilite": "MME",
        "otherIds": [{"identifiant": RPPS, "origine": "RPPS", "qualite": 1}],
        "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"],
        "Secteur_Activite": "SA07^1.2.250.1.71.4.2.4",
        "SubjectOrganization": "CABINET ESSAI0000001",
        "SubjectOrganizationID": "R99700427885006",
        "codeGenreActivite": "GENR01",
        "UITVersion": "1.0",
        "Mode_Acces_Raison": "",
        "Acces_Regulation_Medicale": "FAUX",
        "PSI_Locale": "1.2.250.1.213.1.3.1.1",
        "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
    }
    (exercise,) = exercises
    (activity,) = exercise.pop("activities")
    assert exercise == {
        "codeProfession": "10",
        "codeCategorieProfessionnelle": "C",
        "codeCiviliteDexercice": "MME",
        "nomDexercice": "ESSAI0000001",
        "prenomDexercice": "CAMILLE",
        "codeTypeSavoirFaire": "S",
        "codeSavoirFaire": "SM26",
    }
    assert len(activity) == 30
    assert {name: value for name, value in activity.items() if value} == {
        "codeModeExercice": "L",
        "codeSecteurDactivite": "SA07",
        "codeGenreActivite": "GENR01",
        "identifiantTechniqueDeLaStructure": "R99700427885006",
        "raisonSocialeSite": "CABINET ESSAI0000001",
        "codeCommune": "75101",
        "codeDepartement": "75",
        "ancienIdentifiantDeLaStructure": "499700427885006",
    }


def test_every_activity_is_there_and_of_several_none_is_chosen() -> None:
    found = claims(practice(1, CABINET), practice(2, HOSPITAL), practice(3, COMPANY))
    names = ("Secteur_Activite", "SubjectOrganization", "SubjectOrganizationID")
    assert [found[name] for name in (*names, "codeGenreActivite")] == [""] * 4
    activities = found["SubjectRefPro"]["exercices"][0]["activities"]
    assert [item["raisonSocialeSite"] for item in activities] == [
        CABINET.name,
        HOSPITAL.name,
        COMPANY.name,
    ]


def test_numbers_of_a_structure_stand_where_their_kind_does() -> None:
    found = claims(practice(1, HOSPITAL), practice(2, COMPANY))
    hospital, company = found["SubjectRefPro"]["exercices"][0]["activities"]
    assert hospital["numeroFinessSite"] == "0B0172805"
    assert hospital["numeroSiretSite"] == hospital["numeroSirenSite"] == ""
    assert hospital["ancienIdentifiantDeLaStructure"] == "10B0172805"
    assert company["numeroSiretSite"] == "73282932000074"
    assert company["numeroSirenSite"] == "732829320"
    assert company["numeroFinessSite"] == ""


def all_values(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in all_values(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in all_values(item)]
    return [value]


def test_what_is_absent_is_an_empty_text() -> None:
    staff = Person("500000001815646/CPAT00045", "ESSAI", "CAMILLE")
    found = claims(
        (Activity(staff.ps_idnat, 1, COMPANY.struct_idnat, "SA01"), COMPANY), person=staff
    )
    assert None not in all_values(found)
    assert found["codeCivilite"] == "" and found["SubjectRole"] == []
    assert found["otherIds"] == []
    assert found["SubjectNameID"] == "500000001815646/CPAT00045"


def test_a_holder_whom_the_directory_does_not_know_has_no_exercise() -> None:
    found = userinfo_of(login(), None)
    known = claims()
    assert found["SubjectRefPro"] == {"exercices": []}
    assert list(found) == list(known)
    assert found["SubjectNameID"] == RPPS and found["given_name"] == "CAMILLE"


def test_an_identifier_that_cannot_be_read_passes_through() -> None:
    odd = Structure("499700427885007", "CABINET")
    (activity,) = claims(practice(1, odd))["SubjectRefPro"]["exercices"][0]["activities"]
    assert activity["ancienIdentifiantDeLaStructure"] == "499700427885007"
    assert activity["numeroFinessSite"] == activity["numeroSiretSite"] == ""
