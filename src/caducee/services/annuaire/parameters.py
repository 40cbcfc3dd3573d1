# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Search parameters of the interface to conditions of a search in the registry.

An unknown parameter or a value that cannot be is refused. Some parameters ask for what a registry
does not keep (mailboxes, licences, types of structures): they are known, and nothing meets them.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caducee.directory import search
from caducee.directory.search import Condition, Subject
from caducee.services.annuaire import ids
from caducee.services.annuaire.outcomes import Refusal
from caducee.spec import annuaire

__all__ = ["PARAMETERS", "Parameters", "conditions"]

type Parameters = Sequence[tuple[str, str]]
type _Build = Callable[[list[str]], Condition]

_MOST_VALUES = 100
_LONGEST = 200
_REVINCLUDE = "PractitionerRole:practitioner"


@dataclass(frozen=True, slots=True)
class Search:
    """What a client asks for."""

    conditions: tuple[Condition, ...]
    count: int
    roles_too: bool
    """Whether the roles of each practitioner come with them."""


def conditions(
    kind: str, parameters: Parameters, now: dt.datetime, limits: tuple[int, int, int]
) -> Search:
    """Return what the parameters of a search for a kind of resource mean.

    ``limits``: usual page size, largest page, days that ``_lastUpdated`` may reach back (0: any).
    Raises `Refusal` (400).
    """
    usual, most, days = limits
    known = PARAMETERS[kind]
    found: list[Condition] = []
    count, roles_too = usual, False
    for name, text in parameters:
        plain, _, modifier = name.partition(":")
        if plain == "_count":
            count = min(_count(text), most)
        elif plain == "_format":
            _check_format(text)
        elif plain == "_lastUpdated":
            found.append(_last_updated(_SUBJECTS[kind], text, now, days))
        elif name == "_revinclude" and kind == "Practitioner":
            roles_too = _is_revinclude(text)
        elif plain in known and modifier in ("", "exact"):
            found.append(known[plain](_values(name, text)))
        else:
            raise Refusal(400, "not-supported", f"The parameter {name[:60]} is not known.")
    return Search(tuple(found), count, roles_too)


_SUBJECTS = {
    "Practitioner": Subject.PERSON,
    "PractitionerRole": Subject.ACTIVITY,
    "Organization": Subject.STRUCTURE,
}


def _values(name: str, text: str) -> list[str]:
    parts = text.split(",")
    if len(parts) > _MOST_VALUES or any(not one or len(one) > _LONGEST for one in parts):
        raise _wrong(name, text)
    if not text.isprintable():
        raise _wrong(name, text)
    return parts


def _wrong(name: str, text: str) -> Refusal:
    shown = "".join(one if one.isprintable() else "?" for one in text[:60])
    return Refusal(400, "value", f"The value “{shown}” of {name[:60]} cannot be used.")


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) == 0:
        raise _wrong("_count", text)
    return int(text)


def _check_format(text: str) -> None:
    if text not in ("json", "application/json", "application/fhir+json"):
        raise Refusal(406, "not-supported", "Only JSON is given.")


def _is_revinclude(text: str) -> bool:
    if text != _REVINCLUDE:
        raise _wrong("_revinclude", text)
    return True


# Dates


_DATE = re.compile(r"(eq|ge|gt|le|lt)?(\d{4}(?:-\d\d(?:-\d\d(?:T.{5,30})?)?)?)")


def _last_updated(subject: Subject, text: str, now: dt.datetime, days: int) -> Condition:
    match = _DATE.fullmatch(text)
    if match is None:
        raise _wrong("_lastUpdated", text)
    try:
        start, end = _span(match[2])
    except (ValueError, OverflowError):
        raise _wrong("_lastUpdated", text) from None
    prefix = match[1] or "eq"
    since = {"eq": start, "ge": start, "gt": end}.get(prefix)
    until = {"eq": end, "le": end, "lt": start}.get(prefix)
    if days and since is not None and since < now - dt.timedelta(days=days):
        raise Refusal(400, "too-costly", f"_lastUpdated may reach back {days} days at most.")
    return search.updated(subject, since, until)


def _span(text: str) -> tuple[dt.datetime, dt.datetime]:
    """Return from when until when a date is, by how exact it is."""
    if len(text) == 4:
        start = dt.datetime(int(text), 1, 1, tzinfo=dt.UTC)
        return start, start.replace(year=start.year + 1)
    if len(text) == 7:
        start = dt.datetime.fromisoformat(f"{text}-01T00:00:00+00:00")
        return start, (start + dt.timedelta(days=31)).replace(day=1)
    if len(text) == 10:
        start = dt.datetime.fromisoformat(f"{text}T00:00:00+00:00")
        return start, start + dt.timedelta(days=1)
    at = dt.datetime.fromisoformat(text)
    at = (at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at).astimezone(dt.UTC)
    exact = dt.timedelta(microseconds=1) if "." in text else dt.timedelta(seconds=1)
    return at, at + exact


# Tokens


def _codes(values: list[str]) -> list[str]:
    """Return the codes of ``system|code`` or ``code``."""
    return [one.rpartition("|")[2] for one in values]


def _active(subject: Subject) -> _Build:
    def build(values: list[str]) -> Condition:
        wanted = {"true": True, "false": False}
        codes = _codes(values)
        if any(one not in wanted for one in codes):
            raise _wrong("active", ",".join(values))
        return search.equals(subject, "active", [wanted[one] for one in codes])

    return build


def _person_identifiers(values: list[str]) -> Condition:
    numbers: list[tuple[str | None, str]] = []
    national: list[str] = []
    for one in values:
        system, _, number = one.rpartition("|")
        if system in ("", annuaire.IDNPS_SYSTEM):
            national.append(number)
        if system in ("", annuaire.RPPS_SYSTEM):
            numbers.append(("8", number))
    found = [search.equals(Subject.PERSON, "ps_idnat", national)] if national else []
    found += [search.known_by(numbers)] if numbers else []
    return search.any_of(found)


def _structure_identifiers(values: list[str]) -> Condition:
    keys: list[str] = []
    kinds = {annuaire.FINESS_SYSTEM: "1", annuaire.RPPS_RANK_SYSTEM: "4"}
    for one in values:
        system, _, number = one.rpartition("|")
        if system in ("", annuaire.IDNST_SYSTEM):
            keys.append(number)
        if system == "":
            keys += [f"{kind}{number}" for kind in "134"]
        elif system in kinds:
            keys.append(kinds[system] + number)
    return search.equals(Subject.STRUCTURE, "struct_idnat", keys)


def _kinds(subject: Subject, column: str, kinds: dict[str, tuple[str, ...]]) -> _Build:
    """Return the condition on the first character of an identifier, by a word."""

    def build(values: list[str]) -> Condition:
        wanted = [kind for one in _codes(values) for kind in kinds.get(one, ())]
        return search.starts(subject, column, wanted) if wanted else search.nothing()

    return build


def _references(kind: str, column: str) -> _Build:
    def build(values: list[str]) -> Condition:
        found = [one.removeprefix(f"{kind}/") for one in values]
        return search.equals(Subject.ACTIVITY, column, [ids.key(one) for one in found])

    return build


def _names(subject: Subject, *columns: str) -> _Build:
    return lambda values: search.name_starts(subject, columns, values)


def _ids(subject: Subject, column: str) -> _Build:
    return lambda values: search.equals(subject, column, [ids.key(one) for one in values])


def _role_ids(values: list[str]) -> Condition:
    return search.any_of([search.activity_is(ids.activity_key(one)) for one in values])


def _roles(values: list[str]) -> Condition:
    codes = _codes(values)
    modes = {"L": "00", "S": "01", "B": "07"}
    found = [search.equals(Subject.ACTIVITY, "sector", codes)]
    if wanted := [modes[one] for one in codes if one in modes]:
        found.append(search.equals(Subject.ACTIVITY, "mode", wanted))
    if functions := [one for one in codes if one.startswith("FON-")]:
        found.append(search.equals(Subject.ACTIVITY, "role", functions))
    return search.any_of(found)


def _nothing(values: list[str]) -> Condition:
    return search.nothing()


_ANYBODY = ("8", "0")
PARAMETERS: dict[str, dict[str, _Build]] = {
    "Practitioner": {
        "_id": _ids(Subject.PERSON, "ps_idnat"),
        "active": _active(Subject.PERSON),
        "data-information-system": _kinds(Subject.PERSON, "ps_idnat", {"RPPS": _ANYBODY}),
        "family": _names(Subject.PERSON, "family_key"),
        "given": _names(Subject.PERSON, "given_key"),
        "identifier": _person_identifiers,
        "identifier-type": _kinds(
            Subject.PERSON, "ps_idnat", {"RPPS": ("8",), "IDNPS": ("0", "1", "3", "5", "6", "8")}
        ),
        "mailbox-mss": _nothing,
        "name": _names(Subject.PERSON, "family_key", "given_key"),
        "number-smartcard": lambda values: search.with_card(_codes(values)),
        "qualification-code": lambda values: search.qualified(_codes(values)),
    },
    "PractitionerRole": {
        "_id": _role_ids,
        "active": _active(Subject.ACTIVITY),
        "data-information-system": _kinds(Subject.ACTIVITY, "ps_idnat", {"RPPS": _ANYBODY}),
        "data-registration-authority": _nothing,
        "identifier": _role_ids,
        "mailbox-mss": _nothing,
        "organization": _references("Organization", "struct_idnat"),
        "practitioner": _references("Practitioner", "ps_idnat"),
        "role": _roles,
    },
    "Organization": {
        "_id": _ids(Subject.STRUCTURE, "struct_idnat"),
        "active": _active(Subject.STRUCTURE),
        "address": lambda values: search.any_of([search.city(values), search.postal(values)]),
        "address-city": search.city,
        "address-postalcode": search.postal,
        "data-information-system": _kinds(
            Subject.STRUCTURE, "struct_idnat", {"FINESS": ("1",), "RPPS": ("4",)}
        ),
        "identifier": _structure_identifiers,
        "identifier-type": _kinds(
            Subject.STRUCTURE,
            "struct_idnat",
            {"FINEG": ("1",), "SIREN": ("2",), "SIRET": ("3",), "IDNST": ("0", "1", "2", "3", "4")},
        ),
        "mailbox-mss": _nothing,
        "name": _names(Subject.STRUCTURE, "name_key"),
        "partof": _nothing,
        "pharmacy-licence": _nothing,
        "type": _nothing,
    },
}
"""By kind of resource; those with `_nothing` ask for what a registry does not keep."""
