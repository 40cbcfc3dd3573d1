# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The flat files of the Annuaire Santé: their columns, in order, and the code words in them.

Source of `ACTIVITY_COLUMNS`: the header of the published file ``PS_LibreAcces_Personne_activite``
of 8 October 2026. Which columns ``Porteurs_CPS_CPF`` has is known from the software that reads it;
their order stands in ``ours.toml`` (``extraction``).
"""

from typing import Final

__all__ = [
    "ACTIVITY_COLUMNS",
    "CARD_LABELS",
    "CATEGORY_LABELS",
    "CIVILITIES",
    "CIVILITY_LABELS",
    "KNOW_HOW_LABELS",
    "MODES",
    "MODE_LABELS",
    "SEPARATOR",
    "STRUCTURE_LETTERS",
]

SEPARATOR: Final = "|"
"""Between columns, and after the last one."""

_PERSON: Final = (
    "Type d'identifiant PP",
    "Identifiant PP",
    "Identification nationale PP",
    "Code civilité d'exercice",
    "Libellé civilité d'exercice",
    "Code civilité",
    "Libellé civilité",
    "Nom d'exercice",
    "Prénom d'exercice",
    "Code profession",
    "Libellé profession",
    "Code catégorie professionnelle",
    "Libellé catégorie professionnelle",
    "Code type savoir-faire",
    "Libellé type savoir-faire",
    "Code savoir-faire",
    "Libellé savoir-faire",
    "Code mode exercice",
    "Libellé mode exercice",
)
_SITE: Final = (
    "Numéro SIRET site",
    "Numéro SIREN site",
    "Numéro FINESS site",
    "Numéro FINESS établissement juridique",
    "Identifiant technique de la structure",
    "Raison sociale site",
    "Enseigne commerciale site",
)
_PLACE: Final = (
    "Complément destinataire",
    "Complément point géographique",
    "Numéro Voie",
    "Indice répétition voie",
    "Code type de voie",
    "Libellé type de voie",
    "Libellé Voie",
    "Mention distribution",
    "Bureau cedex",
    "Code postal",
    "Code commune",
    "Libellé commune",
    "Code pays",
    "Libellé pays",
    "Téléphone",
    "Téléphone 2",
    "Télécopie",
    "Adresse e-mail",
)
_PRACTICE: Final = (
    "Code Département (structure)",
    "Libellé Département (structure)",
    "Ancien identifiant de la structure",
    "Autorité d'enregistrement",
    "Code secteur d'activité",
    "Libellé secteur d'activité",
    "Code section tableau pharmaciens",
    "Libellé section tableau pharmaciens",
    "Code rôle",
    "Libellé rôle",
    "Code genre activité",
    "Libellé genre activité",
)

ACTIVITY_COLUMNS: Final = (
    *_PERSON,
    *_SITE,
    *(f"{item} (coord. structure)" for item in _PLACE),
    *_PRACTICE,
)
"""The 56 columns of ``PS_LibreAcces_Personne_activite``."""

CIVILITIES: Final = {"22": "MME", "31": "M"}
"""Civility: table G03 of the card dictionary to TRE_R81."""

CIVILITY_LABELS: Final = {"M": "Monsieur", "MME": "Madame"}
"""Labels of TRE_R81."""

CATEGORY_LABELS: Final = {"C": "Civil", "E": "Etudiant", "F": "Fonctionnaire", "M": "Agent public"}
"""Labels of TRE_R09."""

MODES: Final = {"00": "L", "01": "S", "07": "B"}
"""Mode of practice: table G17 of the card dictionary to TRE_R23, where both have the meaning."""

MODE_LABELS: Final = {"L": "Libéral", "S": "Salarié", "B": "Bénévole"}
"""Labels of TRE_R23, shortened."""

KNOW_HOW_LABELS: Final = {
    "S": "Spécialité ordinale",
    "C": "Compétence",
    "CAPA": "Capacité",
    "CEX": "Compétence exclusive",
    "DNQ": "DESC non qualifiant",
    "SH": "Spécialité de concours hospitalier",
}
"""Labels of TRE_R04, those that table G11 of the card dictionary has."""

CARD_LABELS: Final = {
    "CPS": "Carte de Professionnel de Santé",
    "CPF": "Carte de Professionnel en Formation",
}
"""Labels of TRE_R87, of the cards that the file of holders lists."""

STRUCTURE_LETTERS: Final = {"4": "R", "1": "F", "3": "C"}
"""First letter of the technical identifier of a structure, by type of its Struct_IdNat (G07)."""
