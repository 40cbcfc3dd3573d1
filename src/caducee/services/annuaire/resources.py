# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of the registry as FHIR resources."""

import base64
import datetime as dt
from collections.abc import Iterator, Sequence

from caducee.directory.model import Activity, Card, Certificate, Person, Structure
from caducee.services.annuaire import ids
from caducee.services.annuaire.outcomes import Resource
from caducee.spec import annuaire, extraction
from caducee.spec.nomenclatures import Table, label

__all__ = ["organization", "practitioner", "role"]


def practitioner(
    person: Person, cards: Sequence[Card], certificates: Sequence[Certificate], at: dt.datetime
) -> Resource:
    """Return a Practitioner: identifiers, name, qualifications, cards and certificates."""
    extensions = [*map(_smartcard, cards), *map(_certificate, certificates)]
    found = _start("Practitioner", ids.of(person.ps_idnat), at)
    if extensions:
        found["extension"] = extensions
    found["identifier"] = [*_person_identifiers(person)]
    found["active"] = person.active
    if name := _name(person):
        found["name"] = [name]
    if qualifications := [*_qualifications(person)]:
        found["qualification"] = qualifications
    return found


def role(activity: Activity, at: dt.datetime) -> Resource:
    """Return a PractitionerRole: who practises where, in which sector, mode and function."""
    found = _start("PractitionerRole", ids.of_activity(activity.ps_idnat, activity.number), at)
    mode = extraction.MODES.get(activity.mode or "")
    codings = [_coding("R02", activity.sector, label(Table.SECTORS, activity.sector))]
    if mode:
        codings.append(_coding("R23", mode, extraction.MODE_LABELS[mode]))
    more = ("G05", activity.section), ("R21", activity.role), ("R22", activity.kind)
    codings += [_coding(table, code, label(table, code)) for table, code in more if code]
    return found | {
        "active": activity.active,
        "practitioner": {"reference": f"Practitioner/{ids.of(activity.ps_idnat)}"},
        "organization": {"reference": f"Organization/{ids.of(activity.struct_idnat)}"},
        "code": [{"coding": [coding]} for coding in codings],
    }


def organization(structure: Structure, sectors: Sequence[str], at: dt.datetime) -> Resource:
    """Return an Organization: identifiers, types, name, address.

    ``sectors`` are the codes (R02) in which somebody practises there.
    """
    found = _start("Organization", ids.of(structure.struct_idnat), at)
    found["identifier"] = [*_structure_identifiers(structure.struct_idnat)]
    found["active"] = structure.active
    found["type"] = [{"coding": [kind]} for kind in _types(structure, sectors)]
    found["name"] = structure.name
    if address := _address(structure):
        found["address"] = [address]
    return found


def _types(structure: Structure, sectors: Sequence[str]) -> Iterator[Resource]:
    legal = structure.struct_idnat.startswith("2")
    kind = annuaire.LEGAL_ENTITY if legal else annuaire.GEOGRAPHICAL_ENTITY
    yield {"system": annuaire.ORGANIZATION_TYPES, "code": kind}
    for code in sectors:
        yield _coding("R02", code, label(Table.SECTORS, code))


def _start(kind: str, name: str, at: dt.datetime) -> Resource:
    meta = {"lastUpdated": _instant(at), "profile": [annuaire.PROFILES[kind]]}
    return {"resourceType": kind, "id": name, "meta": meta}


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds")


def _coding(table: str, code: str, display: str | None) -> Resource:
    found: Resource = {"system": annuaire.nomenclature(table), "code": code}
    return found | {"display": display} if display else found


def _identifier(kind: str, system: str, value: str) -> Resource:
    coding = {"system": annuaire.IDENTIFIER_TYPES, "code": kind}
    return {"use": "official", "type": {"coding": [coding]}, "system": system, "value": value}


def _person_identifiers(person: Person) -> Iterator[Resource]:
    yield _identifier("IDNPS", annuaire.IDNPS_SYSTEM, person.ps_idnat)
    for identifier in person.identifiers:
        if identifier.kind == "8":
            yield _identifier("RPPS", annuaire.RPPS_SYSTEM, identifier.value)


def _structure_identifiers(struct_idnat: str) -> Iterator[Resource]:
    yield _identifier("IDNST", annuaire.IDNST_SYSTEM, struct_idnat)
    kind, number = struct_idnat[0], struct_idnat[1:]
    if kind == "1":
        yield _identifier("FINEG", annuaire.FINESS_SYSTEM, number)
    elif kind == "4":
        yield _identifier("INTRN", annuaire.RPPS_RANK_SYSTEM, number)


def _name(person: Person) -> Resource:
    found: Resource = {}
    if person.family_name:
        found["family"] = person.family_name
    if person.given_name:
        found["given"] = [person.given_name]
    civility = extraction.CIVILITIES.get(person.civility or "")
    if found and civility:
        found["prefix"] = [civility]
    return found


def _qualifications(person: Person) -> Iterator[Resource]:
    category = _coding("R09", person.category, extraction.CATEGORY_LABELS.get(person.category))
    if person.profession:
        name = label(Table.PROFESSIONS, person.profession)
        yield {"code": {"coding": [category, _coding("G15", person.profession, name)]}}
    if person.future_profession:
        name = label(Table.FUTURE_PROFESSIONS, person.future_profession)
        yield {"code": {"coding": [category, _coding("G16", person.future_profession, name)]}}
    for qualification in person.qualifications:
        kind = _coding(
            "R04", qualification.kind, extraction.KNOW_HOW_LABELS.get(qualification.kind)
        )
        name = label(Table.SPECIALTIES, qualification.code)
        yield {"code": {"coding": [kind, _coding("R01", qualification.code, name)]}}


def _smartcard(card: Card) -> Resource:
    kind = _coding("R87", card.called, card.called)
    parts: list[Resource] = [
        {"url": "type", "valueCodeableConcept": {"coding": [kind]}},
        {"url": "number", "valueString": card.number},
        {"url": "period", "valuePeriod": _period(card.issued_at, card.expires_at)},
    ]
    if card.opposed_at is not None:
        parts.append({"url": "oppositionDate", "valueDateTime": _instant(card.opposed_at)})
    return {"url": annuaire.SMARTCARD_EXTENSION, "extension": parts}


def _certificate(certificate: Certificate) -> Resource:
    texts = {
        "serialNumber": f"{certificate.serial:X}",
        "issuer": certificate.issuer,
        "subject": certificate.subject,
        "keyUsage": certificate.use or "",
    }
    parts: list[Resource] = [
        {"url": name, "valueString": value} for name, value in texts.items() if value
    ]
    parts.append(
        {"url": "validity", "valuePeriod": _period(certificate.not_before, certificate.not_after)}
    )
    parts.append({"url": "value", "valueBase64Binary": base64.b64encode(certificate.der).decode()})
    return {"url": annuaire.CERTIFICATE_EXTENSION, "extension": parts}


def _period(start: dt.datetime, end: dt.datetime) -> Resource:
    return {"start": _instant(start), "end": _instant(end)}


def _address(structure: Structure) -> Resource:
    values: Resource = {
        "line": [structure.street] if structure.street else None,
        "city": structure.city,
        "postalCode": structure.postal_code,
    }
    return {name: value for name, value in values.items() if value}
