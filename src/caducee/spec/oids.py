# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Object identifiers of the French health PKI and of the standards it uses, dotted.

The private extensions of a card certificate bear the OIDs of the nomenclatures whose values they
hold (decoded from published test certificates; meanings from the ANS nomenclatures, NOS).
"""

from typing import Final

__all__ = [
    "ACTIVITY_KIND",
    "ADDITIONAL_ATTRIBUTION",
    "ANY_POLICY",
    "AUTHORITY_INFORMATION_ACCESS",
    "AUTHORITY_KEY_IDENTIFIER",
    "BASIC_CONSTRAINTS",
    "CARD_ID",
    "CARD_KIND",
    "CARD_TYPE",
    "CARE_ROLE",
    "CERTIFICATE_POLICIES",
    "CIVILITY",
    "CLIENT_AUTH",
    "COMMON_NAME",
    "COUNTRY",
    "CRL_DISTRIBUTION_POINTS",
    "CRL_NUMBER",
    "DELTA_CRL_INDICATOR",
    "DEPARTMENT",
    "DSA",
    "ECDSA_SIGNATURES",
    "ECDSA_WITH_SHA1",
    "EMAIL_PROTECTION",
    "EXTENDED_KEY_USAGE",
    "EXTENDED_KEY_USAGE_ANY",
    "EXTENSION_NAMES",
    "FRESHEST_CRL",
    "FUNCTION",
    "FUTURE_PROFESSION",
    "GIVEN_NAME",
    "IDNPS",
    "IDNST",
    "INHIBIT_ANY_POLICY",
    "INSCRIPTION_STATUS",
    "INSURANCE_SPECIALTY",
    "ISSUING_DISTRIBUTION_POINT",
    "KEY_USAGE",
    "KNOW_HOW_TYPE",
    "LANGUAGE",
    "NAMES",
    "NAME_CONSTRAINTS",
    "NETSCAPE_CERT_TYPE",
    "OCSP_NO_CHECK",
    "OCSP_SIGNING",
    "ORDINAL_SPECIALTY",
    "ORGANIZATION",
    "ORGANIZATIONAL_UNIT",
    "PERSON_ID_TYPE",
    "POLICY_CONSTRAINTS",
    "POLICY_MAPPINGS",
    "PRACTICE_CIVILITY",
    "PRACTICE_MODE",
    "PRIVATE_KEY_USAGE_PERIOD",
    "PRODUCT_CATEGORY",
    "PROFESSION",
    "PROFESSIONAL_CATEGORY",
    "REGISTRATION_AUTHORITY",
    "RESPONSIBILITY_LEVEL",
    "RSA_SIGNATURES",
    "SECTOR",
    "SERVER_AUTH",
    "SMARTCARD_LOGON",
    "SOCIAL_PROFESSION",
    "SPECIALTIES",
    "STATE",
    "STRUCTURE_ID_TYPE",
    "SUBJECT_ALTERNATIVE_NAME",
    "SUBJECT_KEY_IDENTIFIER",
    "SURNAME",
    "TIME_STAMPING",
    "TITLE",
    "TITLE_USER",
    "USER_PRINCIPAL_NAME",
]

# Private extensions: decoded from published test certificates (the issuer's own bytes).

CARD_TYPE: Final = "1.2.250.1.71.1.2.2"
"""TRE_G02 TypeProduit; extension value INTEGER: 0 CPS, 1 CPF, 2 CPE, 3 CPA."""

CARD_ID: Final = "1.2.250.1.71.1.2.3"
"""Identity of the card; PrintableString ``issuer/serial``, e.g. ``8025000001/2800636234``."""

PRODUCT_CATEGORY: Final = "1.2.250.1.71.1.2.5"
"""TRE_G01 CategorieProduit; OCTET STRING of one byte: 00 card, 80 test card, ..."""

PROFESSION: Final = "1.2.250.1.71.1.2.7"
"""TRE_G15 ProfessionSante; INTEGER, e.g. 10; absent on a CPE."""

FUTURE_PROFESSION: Final = "1.2.250.1.71.1.2.8"
"""TRE_G16 ProfessionFormation (CPF); INTEGER, by analogy with G15: none was seen."""

SPECIALTIES: Final = "1.2.250.1.71.4.2.5"
"""TRE_R01 EnsembleSavoirFaire; SEQUENCE OF UTF8String, e.g. ``SM26``."""

# Nomenclatures of the same arcs that were not seen as extensions.

RESPONSIBILITY_LEVEL: Final = "1.2.250.1.71.1.2.12"
"""TRE_G04 NiveauResponsabiliteCPx."""

STRUCTURE_ID_TYPE: Final = "1.2.250.1.71.1.2.14"
"""TRE_G07 TypeIdentifiantStructure."""

PERSON_ID_TYPE: Final = "1.2.250.1.71.1.2.15"
"""TRE_G08 TypeIdentifiantPersonne."""

DEPARTMENT: Final = "1.2.250.1.71.1.2.16"
"""TRE_G09 Departement, by inference from samples."""

ADDITIONAL_ATTRIBUTION: Final = "1.2.250.1.71.1.2.22"
"""TRE_G18 AttributionComplementaire."""

INSURANCE_SPECIALTY: Final = "1.2.250.1.71.1.2.38"
"""TRE_G100 SpecialiteAssuranceMaladie."""

LANGUAGE: Final = "1.2.250.1.71.2.10"
"""Languages (table G00), in old samples."""

REGISTRATION_AUTHORITY: Final = "1.2.250.1.213.1.6.1.57"
"""TRE_R60, by inference from samples."""

INSCRIPTION_STATUS: Final = "1.2.250.1.213.1.6.1.12"
"""TRE_R33, by inference from samples."""

SOCIAL_PROFESSION: Final = "1.2.250.1.213.1.6.1.4"
"""TRE_R94 ProfessionSocial."""

PROFESSIONAL_CATEGORY: Final = "1.2.250.1.213.1.6.1.10"
"""TRE_R09 CategorieProfessionnelle."""

PRACTICE_CIVILITY: Final = "1.2.250.1.213.1.6.1.11"
"""TRE_R11 CiviliteExercice."""

KNOW_HOW_TYPE: Final = "1.2.250.1.213.1.6.1.16"
"""TRE_R04 TypeSavoirFaire."""

FUNCTION: Final = "1.2.250.1.213.1.6.1.17"
"""TRE_R21 Fonction."""

PRACTICE_MODE: Final = "1.2.250.1.213.1.6.1.18"
"""TRE_R23 ModeExercice."""

ACTIVITY_KIND: Final = "1.2.250.1.213.1.6.1.19"
"""TRE_R22 GenreActivite."""

CIVILITY: Final = "1.2.250.1.213.1.6.1.69"
"""TRE_R81 Civilite."""

CARD_KIND: Final = "1.2.250.1.213.1.6.1.106"
"""TRE_R87 TypeCarte."""

CARE_ROLE: Final = "1.2.250.1.213.1.6.1.107"
"""TRE_R85 RolePriseCharge."""

TITLE_USER: Final = "1.2.250.1.213.1.6.1.109"
"""TRE_R95 UsagerTitre."""

ORDINAL_SPECIALTY: Final = "1.2.250.1.213.2.28"
"""TRE_R38 SpecialiteOrdinale."""

IDNPS: Final = "1.2.250.1.71.4.2.1"
"""National identifier of a professional (PS_IdNat)."""

IDNST: Final = "1.2.250.1.71.4.2.2"
"""National identifier of a structure (Struct_IdNat)."""

SECTOR: Final = "1.2.250.1.71.4.2.4"
"""TRE_R02 SecteurActivite."""

# Names: X.520.

COMMON_NAME: Final = "2.5.4.3"
SURNAME: Final = "2.5.4.4"
COUNTRY: Final = "2.5.4.6"
STATE: Final = "2.5.4.8"
ORGANIZATION: Final = "2.5.4.10"
ORGANIZATIONAL_UNIT: Final = "2.5.4.11"
TITLE: Final = "2.5.4.12"
GIVEN_NAME: Final = "2.5.4.42"

USER_PRINCIPAL_NAME: Final = "1.3.6.1.4.1.311.20.2.3"
"""otherName of the subjectAltName that Windows logon reads; UTF8String."""

# Extended key usages: RFC 5280 4.2.1.12; smart card logon by Microsoft.

SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
EMAIL_PROTECTION: Final = "1.3.6.1.5.5.7.3.4"
TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
EXTENDED_KEY_USAGE_ANY: Final = "2.5.29.37.0"
SMARTCARD_LOGON: Final = "1.3.6.1.4.1.311.20.2.2"

# Extensions: RFC 5280 4.2 and 5.2.

SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
PRIVATE_KEY_USAGE_PERIOD: Final = "2.5.29.16"
SUBJECT_ALTERNATIVE_NAME: Final = "2.5.29.17"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
CRL_NUMBER: Final = "2.5.29.20"
DELTA_CRL_INDICATOR: Final = "2.5.29.27"
ISSUING_DISTRIBUTION_POINT: Final = "2.5.29.28"
NAME_CONSTRAINTS: Final = "2.5.29.30"
CRL_DISTRIBUTION_POINTS: Final = "2.5.29.31"
CERTIFICATE_POLICIES: Final = "2.5.29.32"
ANY_POLICY: Final = "2.5.29.32.0"
POLICY_MAPPINGS: Final = "2.5.29.33"
AUTHORITY_KEY_IDENTIFIER: Final = "2.5.29.35"
POLICY_CONSTRAINTS: Final = "2.5.29.36"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
FRESHEST_CRL: Final = "2.5.29.46"
INHIBIT_ANY_POLICY: Final = "2.5.29.54"
AUTHORITY_INFORMATION_ACCESS: Final = "1.3.6.1.5.5.7.1.1"
OCSP_NO_CHECK: Final = "1.3.6.1.5.5.7.48.1.5"
"""id-pkix-ocsp-nocheck: whoever answers for others need not be asked about (RFC 6960 4.2.2.2.1)."""
NETSCAPE_CERT_TYPE: Final = "2.16.840.1.113730.1.1"

DSA: Final = "1.2.840.10040.4.1"
"""Algorithm of a DSA key (RFC 3279 2.3.2)."""

RSA_SIGNATURES: Final = frozenset(
    {
        "1.2.840.113549.1.1.5",
        "1.2.840.113549.1.1.11",
        "1.2.840.113549.1.1.12",
        "1.2.840.113549.1.1.13",
    }
)
"""PKCS#1 v1.5 with SHA-1, SHA-256, SHA-384, SHA-512 (RFC 8017 appendix A.2.4)."""

ECDSA_WITH_SHA1: Final = "1.2.840.10045.4.1"
ECDSA_SIGNATURES: Final = frozenset(
    {
        ECDSA_WITH_SHA1,
        "1.2.840.10045.4.3.2",
        "1.2.840.10045.4.3.3",
        "1.2.840.10045.4.3.4",
    }
)
"""ECDSA with SHA-1, SHA-256, SHA-384, SHA-512 (RFC 5758 section 3.2)."""

EXTENSION_NAMES: Final = {
    AUTHORITY_INFORMATION_ACCESS: "authorityInfoAccess",
    AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
    BASIC_CONSTRAINTS: "basicConstraints",
    FRESHEST_CRL: "freshestCRL",
    INHIBIT_ANY_POLICY: "inhibitAnyPolicy",
    KEY_USAGE: "keyUsage",
    NAME_CONSTRAINTS: "nameConstraints",
    POLICY_CONSTRAINTS: "policyConstraints",
    SUBJECT_ALTERNATIVE_NAME: "subjectAltName",
    SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
}
"""Names of extensions of certificates (RFC 5280 4.2)."""

NAMES: Final = {
    ECDSA_WITH_SHA1: "ecdsa-with-SHA1",
    CARD_TYPE: "G02 TypeProduit",
    CARD_ID: "card id",
    PRODUCT_CATEGORY: "G01 CategorieProduit",
    PROFESSION: "G15 ProfessionSante",
    FUTURE_PROFESSION: "G16 ProfessionFormation",
    SPECIALTIES: "R01 EnsembleSavoirFaire",
    RESPONSIBILITY_LEVEL: "G04 NiveauResponsabiliteCPx",
    STRUCTURE_ID_TYPE: "G07 TypeIdentifiantStructure",
    PERSON_ID_TYPE: "G08 TypeIdentifiantPersonne",
    DEPARTMENT: "G09 Departement",
    ADDITIONAL_ATTRIBUTION: "G18 AttributionComplementaire",
    INSURANCE_SPECIALTY: "G100 SpecialiteAssuranceMaladie",
    LANGUAGE: "G00 languages",
    REGISTRATION_AUTHORITY: "R60 registration authority",
    INSCRIPTION_STATUS: "R33 inscription status",
    SOCIAL_PROFESSION: "R94 ProfessionSocial",
    PROFESSIONAL_CATEGORY: "R09 CategorieProfessionnelle",
    PRACTICE_CIVILITY: "R11 CiviliteExercice",
    KNOW_HOW_TYPE: "R04 TypeSavoirFaire",
    FUNCTION: "R21 Fonction",
    PRACTICE_MODE: "R23 ModeExercice",
    ACTIVITY_KIND: "R22 GenreActivite",
    CIVILITY: "R81 Civilite",
    CARD_KIND: "R87 TypeCarte",
    CARE_ROLE: "R85 RolePriseCharge",
    TITLE_USER: "R95 UsagerTitre",
    ORDINAL_SPECIALTY: "R38 SpecialiteOrdinale",
    IDNPS: "PS_IdNat",
    IDNST: "Struct_IdNat",
    SECTOR: "R02 SecteurActivite",
    USER_PRINCIPAL_NAME: "userPrincipalName",
    SERVER_AUTH: "serverAuth",
    CLIENT_AUTH: "clientAuth",
    EMAIL_PROTECTION: "emailProtection",
    TIME_STAMPING: "timeStamping",
    OCSP_SIGNING: "OCSPSigning",
    EXTENDED_KEY_USAGE_ANY: "anyExtendedKeyUsage",
    SMARTCARD_LOGON: "smartcardLogon",
    SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
    KEY_USAGE: "keyUsage",
    PRIVATE_KEY_USAGE_PERIOD: "privateKeyUsagePeriod",
    SUBJECT_ALTERNATIVE_NAME: "subjectAltName",
    BASIC_CONSTRAINTS: "basicConstraints",
    CRL_NUMBER: "cRLNumber",
    DELTA_CRL_INDICATOR: "deltaCRLIndicator",
    ISSUING_DISTRIBUTION_POINT: "issuingDistributionPoint",
    NAME_CONSTRAINTS: "nameConstraints",
    CRL_DISTRIBUTION_POINTS: "cRLDistributionPoints",
    CERTIFICATE_POLICIES: "certificatePolicies",
    ANY_POLICY: "anyPolicy",
    POLICY_MAPPINGS: "policyMappings",
    AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
    POLICY_CONSTRAINTS: "policyConstraints",
    EXTENDED_KEY_USAGE: "extKeyUsage",
    FRESHEST_CRL: "freshestCRL",
    INHIBIT_ANY_POLICY: "inhibitAnyPolicy",
    AUTHORITY_INFORMATION_ACCESS: "authorityInfoAccess",
    OCSP_NO_CHECK: "ocspNoCheck",
    DSA: "dsa",
    NETSCAPE_CERT_TYPE: "netscapeCertType",
}
"""A name a person knows for each OID of this module."""
