# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The search parameters of each kind of resource, as conditions of a search in the registry.

Some parameters ask for what a registry does not keep (mailboxes, licences, equipment): they are
known, and nothing meets them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from caducee.directory import search
from caducee.directory.search import Condition, Match, SearchTarget
from caducee.services.annuaire import ids
from caducee.services.annuaire.outcomes import wrong
from caducee.spec import annuaire

__all__ = ["INCLUDES", "PARAMETERS", "SUBJECTS", "Parameter", "ParameterType"]

type _Tokens = Callable[[list[str]], Condition]


@unique
class ParameterType(StrEnum):
    """The types of search parameters (FHIR R4, 3.1.1.4)."""

    REFERENCE = "reference"
    STRING = "string"
    TOKEN = "token"  # noqa: S105 (a type of FHIR)
    URI = "uri"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter."""

    type: ParameterType
    build: Callable[[list[str], str], Condition]
    """Takes values, of which one must match, and the modifier or an empty text."""

    @property
    def modifiers(self) -> tuple[str, ...]:
        """The modifiers that may stand behind its name."""
        if self.type is ParameterType.STRING:
            return ("", Match.CONTAINS, Match.EXACT)
        return ("", "not") if self.type is ParameterType.TOKEN else ("",)


SUBJECTS: Final = {
    "Practitioner": SearchTarget.PERSON,
    "PractitionerRole": SearchTarget.ACTIVITY,
    "Organization": SearchTarget.STRUCTURE,
}
"""The kinds that the registry keeps; the other kinds have no resource."""

INCLUDES: Final = {
    ("PractitionerRole", "practitioner"): "Practitioner",
    ("PractitionerRole", "organization"): "Organization",
    ("Organization", "partof"): "Organization",
    ("HealthcareService", "organization"): "Organization",
    ("Device", "organization"): "Organization",
}
"""The references that can be followed, in both directions: kind and parameter, and where to."""


def _token(build: _Tokens) -> Parameter:
    def judged(values: list[str], modifier: str) -> Condition:
        return search.negated(build(values)) if modifier == "not" else build(values)

    return Parameter(ParameterType.TOKEN, judged)


def _reference(kind: str, column: str) -> Parameter:
    def build(values: list[str], modifier: str) -> Condition:
        found = [ids.key(value.removeprefix(f"{kind}/")) for value in values]
        return search.equals(SearchTarget.ACTIVITY, column, found)

    return Parameter(ParameterType.REFERENCE, build)


def _string(subject: SearchTarget, *columns: str) -> Parameter:
    def build(values: list[str], modifier: str) -> Condition:
        return search.text_matches(subject, columns, values, Match(modifier or Match.STARTS))

    return Parameter(ParameterType.STRING, build)


def _absent(kind: ParameterType) -> Parameter:
    def build(values: list[str], modifier: str) -> Condition:
        return search.everything() if modifier == "not" else search.nothing()

    return Parameter(kind, build)


def _profile(kind: str) -> Parameter:
    def build(values: list[str], modifier: str) -> Condition:
        own = annuaire.PROFILES.get(kind) in [value.partition("|")[0] for value in values]
        return search.everything() if own else search.nothing()

    return Parameter(ParameterType.URI, build)


def _codes(values: list[str]) -> list[str]:
    """Return the codes of ``system|code`` or ``code``."""
    return [value.rpartition("|")[2] for value in values]


def _active(subject: SearchTarget) -> _Tokens:
    def build(values: list[str]) -> Condition:
        wanted = {"true": True, "false": False}
        codes = _codes(values)
        if any(code not in wanted for code in codes):
            raise wrong("active", ",".join(values))
        return search.equals(subject, "active", [wanted[code] for code in codes])

    return build


def _person_identifiers(values: list[str]) -> Condition:
    numbers: list[tuple[str | None, str]] = []
    national: list[str] = []
    found: list[Condition] = []
    for value in values:
        system, _, number = value.rpartition("|")
        if system == annuaire.IDNPS_SYSTEM and not number:
            found.append(search.everything())
        elif system == annuaire.RPPS_SYSTEM and not number:
            found.append(search.starts(SearchTarget.PERSON, "ps_idnat", ["8"]))
        if system in ("", annuaire.IDNPS_SYSTEM):
            national.append(number)
        if system in ("", annuaire.RPPS_SYSTEM):
            numbers.append(("8", number))
    found += [search.equals(SearchTarget.PERSON, "ps_idnat", national)] if national else []
    found += [search.known_by(numbers)] if numbers else []
    return search.any_of(found)


def _structure_identifiers(values: list[str]) -> Condition:
    keys: list[str] = []
    found: list[Condition] = []
    kinds = {annuaire.FINESS_SYSTEM: "1", annuaire.RPPS_RANK_SYSTEM: "4"}
    for value in values:
        system, _, number = value.rpartition("|")
        if system and not number:
            first = [kinds[system]] if system in kinds else []
            first = [""] if system == annuaire.IDNST_SYSTEM else first
            found += [search.starts(SearchTarget.STRUCTURE, "struct_idnat", first)] if first else []
            continue
        if system in ("", annuaire.IDNST_SYSTEM):
            keys.append(number)
        if system == "":
            keys += [f"{kind}{number}" for kind in "134"]
        elif system in kinds:
            keys.append(kinds[system] + number)
    return search.any_of([*found, search.equals(SearchTarget.STRUCTURE, "struct_idnat", keys)])


def _kinds(subject: SearchTarget, column: str, kinds: Mapping[str, tuple[str, ...]]) -> _Tokens:
    """Return the condition on the first character of an identifier, by a word."""

    def build(values: list[str]) -> Condition:
        wanted = [kind for code in _codes(values) for kind in kinds.get(code, ())]
        return search.starts(subject, column, wanted) if wanted else search.nothing()

    return build


def _ids(subject: SearchTarget, column: str) -> _Tokens:
    return lambda values: search.equals(subject, column, [ids.key(value) for value in values])


def _role_ids(values: list[str]) -> Condition:
    return search.any_of([search.activity_is(ids.activity_key(value)) for value in values])


def _structure_types(values: list[str]) -> Condition:
    """Sectors (R02) of the activities in a structure, and whether it is a legal entity.

    Categories (R66), legal forms and APE codes are not in the registry.
    """
    codes = _codes(values)
    found = [search.with_sector([code for code in codes if code.startswith("SA")])]
    legal = search.starts(SearchTarget.STRUCTURE, "struct_idnat", ["2"])
    if annuaire.LEGAL_ENTITY in codes:
        found.append(legal)
    if annuaire.GEOGRAPHICAL_ENTITY in codes:
        found.append(search.negated(legal))
    return search.any_of(found)


def _roles(values: list[str]) -> Condition:
    codes = _codes(values)
    modes = {"L": "00", "S": "01", "B": "07"}
    found = [search.equals(SearchTarget.ACTIVITY, "sector", codes)]
    if wanted := [modes[code] for code in codes if code in modes]:
        found.append(search.equals(SearchTarget.ACTIVITY, "mode", wanted))
    if functions := [code for code in codes if code.startswith("FON-")]:
        found.append(search.equals(SearchTarget.ACTIVITY, "role", functions))
    return search.any_of(found)


_ANYBODY = ("8", "0")
_NO_TOKEN, _NO_STRING = _absent(ParameterType.TOKEN), _absent(ParameterType.STRING)
_NO_REFERENCE = _absent(ParameterType.REFERENCE)
_RPPS_PERSONS = {"RPPS": _ANYBODY}
PARAMETERS: Final[dict[str, dict[str, Parameter]]] = {
    "Practitioner": {
        "_id": _token(_ids(SearchTarget.PERSON, "ps_idnat")),
        "_profile": _profile("Practitioner"),
        "active": _token(_active(SearchTarget.PERSON)),
        "data-information-system": _token(_kinds(SearchTarget.PERSON, "ps_idnat", _RPPS_PERSONS)),
        "family": _string(SearchTarget.PERSON, "family"),
        "given": _string(SearchTarget.PERSON, "given"),
        "identifier": _token(_person_identifiers),
        "identifier-type": _token(
            _kinds(
                SearchTarget.PERSON,
                "ps_idnat",
                {"RPPS": ("8",), "IDNPS": ("0", "1", "3", "5", "6", "8")},
            )
        ),
        "mailbox-mss": _NO_STRING,
        "name": _string(SearchTarget.PERSON, "family", "given"),
        "number-smartcard": _token(lambda values: search.with_card(_codes(values))),
        "qualification-code": _token(lambda values: search.qualified(_codes(values))),
    },
    "PractitionerRole": {
        "_id": _token(_role_ids),
        "_profile": _profile("PractitionerRole"),
        "active": _token(_active(SearchTarget.ACTIVITY)),
        "data-information-system": _token(_kinds(SearchTarget.ACTIVITY, "ps_idnat", _RPPS_PERSONS)),
        "data-registration-authority": _NO_TOKEN,
        "identifier": _token(_role_ids),
        "mailbox-mss": _NO_STRING,
        "organization": _reference("Organization", "struct_idnat"),
        "practitioner": _reference("Practitioner", "ps_idnat"),
        "role": _token(_roles),
    },
    "Organization": {
        "_id": _token(_ids(SearchTarget.STRUCTURE, "struct_idnat")),
        "_profile": _profile("Organization"),
        "active": _token(_active(SearchTarget.STRUCTURE)),
        "address": _string(SearchTarget.STRUCTURE, "city", "postal_code"),
        "address-city": _string(SearchTarget.STRUCTURE, "city"),
        "address-postalcode": _string(SearchTarget.STRUCTURE, "postal_code"),
        "data-information-system": _token(
            _kinds(SearchTarget.STRUCTURE, "struct_idnat", {"FINESS": ("1",), "RPPS": ("4",)})
        ),
        "identifier": _token(_structure_identifiers),
        "identifier-type": _token(
            _kinds(
                SearchTarget.STRUCTURE,
                "struct_idnat",
                {
                    "FINEG": ("1",),
                    "SIREN": ("2",),
                    "SIRET": ("3",),
                    "IDNST": ("0", "1", "2", "3", "4"),
                },
            )
        ),
        "mailbox-mss": _NO_STRING,
        "name": _string(SearchTarget.STRUCTURE, "name"),
        "partof": _NO_REFERENCE,
        "pharmacy-licence": _NO_STRING,
        "type": _token(_structure_types),
    },
    "HealthcareService": {
        "_id": _NO_TOKEN,
        "_profile": _profile("HealthcareService"),
        "active": _NO_TOKEN,
        "as-sp-data-information-system": _NO_TOKEN,
        "characteristic": _NO_TOKEN,
        "identifier": _NO_TOKEN,
        "organization": _NO_REFERENCE,
        "service-category": _NO_TOKEN,
        "service-type": _NO_TOKEN,
    },
    "Device": {
        "_id": _NO_TOKEN,
        "_profile": _profile("Device"),
        "data-information-system": _NO_TOKEN,
        "identifier": _NO_TOKEN,
        "manufacturer": _NO_STRING,
        "model": _NO_STRING,
        "organization": _NO_REFERENCE,
        "status": _NO_TOKEN,
        "type": _NO_TOKEN,
    },
}
"""By kind of resource, as the documentation of the interface lists them."""
