# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The FHIR interface of the Annuaire Santé (version 2, implementation guide 1.1.0): its names.

Sources: documentation of the interface and its implementation guide (ANS); canonical addresses of
the nomenclatures: the ANS terminology server.
"""

from typing import Final

__all__ = [
    "API_KEY_HEADER",
    "CALLS_PER_SECOND",
    "CERTIFICATE_EXTENSION",
    "DELTA_DAYS",
    "FHIR_VERSION",
    "FINESS_SYSTEM",
    "GEOGRAPHICAL_ENTITY",
    "IDENTIFIER_TYPES",
    "IDNPS_SYSTEM",
    "IDNST_SYSTEM",
    "LEGAL_ENTITY",
    "MOST_ON_PAGE",
    "ORGANIZATION_TYPES",
    "PROFILES",
    "RPPS_RANK_SYSTEM",
    "RPPS_SYSTEM",
    "SMARTCARD_EXTENSION",
    "nomenclature",
]

FHIR_VERSION: Final = "4.0.1"
API_KEY_HEADER: Final = "ESANTE-API-KEY"
CALLS_PER_SECOND: Final = 17
"""For each application."""

DELTA_DAYS: Final = 30
"""How far back ``_lastUpdated`` may reach."""

MOST_ON_PAGE: Final = 10_000
"""The largest page that the documentation shows (``_count``); nothing says where it ends."""

IDNPS_SYSTEM: Final = "urn:oid:1.2.250.1.71.4.2.1"
RPPS_SYSTEM: Final = "https://rpps.esante.gouv.fr"
IDNST_SYSTEM: Final = "urn:oid:1.2.250.1.71.4.2.2"
FINESS_SYSTEM: Final = "https://finess.esante.gouv.fr"
RPPS_RANK_SYSTEM: Final = "https://rppsrang.esante.gouv.fr"
IDENTIFIER_TYPES: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
ORGANIZATION_TYPES: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
GEOGRAPHICAL_ENTITY: Final = "GEOGRAPHICAL-ENTITY"
LEGAL_ENTITY: Final = "LEGAL-ENTITY"

_GUIDE: Final = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition"
SMARTCARD_EXTENSION: Final = f"{_GUIDE}/as-ext-smartcard"
CERTIFICATE_EXTENSION: Final = f"{_GUIDE}/as-ext-digital-certificate"
PROFILES: Final = {
    "Practitioner": f"{_GUIDE}/as-dp-practitioner",
    "PractitionerRole": f"{_GUIDE}/as-dp-practitionerrole",
    "Organization": f"{_GUIDE}/as-dp-organization",
    "HealthcareService": f"{_GUIDE}/as-dp-healthcareservice-healthcare-activity",
    "Device": f"{_GUIDE}/as-dp-device",
}

_NAMES: Final = {
    "G05": "SousSectionTableauPharmacien",
    "G15": "ProfessionSante",
    "G16": "ProfessionFormation",
    "R01": "EnsembleSavoirFaire-CISIS",
    "R02": "SecteurActivite",
    "R04": "TypeSavoirFaire",
    "R09": "CategorieProfessionnelle",
    "R21": "Fonction",
    "R22": "GenreActivite",
    "R23": "ModeExercice",
    "R81": "Civilite",
    "R87": "TypeCarte",
}


def nomenclature(name: str) -> str:
    """Return the canonical address of a table.

    >>> nomenclature("G15")
    'https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante'
    """
    long = f"{name}-{_NAMES[name]}"
    return f"https://mos.esante.gouv.fr/NOS/TRE_{long}/FHIR/TRE-{long}"
