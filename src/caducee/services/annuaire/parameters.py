# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the parameters of a search mean: conditions, what comes with the matches, and the form.

An unknown parameter or a value that cannot be is refused (400).
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from caducee.directory import search
from caducee.directory.search import Condition
from caducee.services.annuaire.outcomes import OutcomeError, wrong
from caducee.services.annuaire.tables import INCLUDES, PARAMETERS, SUBJECTS, ParameterType

__all__ = ["FORM_PARAMETERS", "Parameters", "Search", "Total", "conditions"]

type Parameters = Sequence[tuple[str, str]]

FORM_PARAMETERS: Final = ("_format", "_pretty")
"""Parameters of the form of an answer, which reads take too (`caducee.services.annuaire.forms`)."""

_MOST_VALUES = 300
_LONGEST = 200

_SPELLINGS = {("Practitioner", "name:family"): "family", ("Practitioner", "name:given"): "given"}
"""Names that the documentation of the interface writes in two ways."""


@unique
class Total(StrEnum):
    """Whether an answer says how many resources match (``_total``)."""

    NONE = "none"
    ESTIMATE = "estimate"
    ACCURATE = "accurate"


@dataclass(slots=True)
class Search:
    """What a client asks for."""

    count: int
    """Resources on a page."""
    conditions: list[Condition] = field(default_factory=list)
    include: list[str] = field(default_factory=list)
    """References of the matches to follow, by parameter."""
    revinclude: list[tuple[str, str]] = field(default_factory=list)
    """References to the matches to follow back: kind and parameter."""
    elements: tuple[str, ...] = ()
    """Elements to return; none: all."""
    total: Total | None = None
    """None: as it is cheap."""
    by_text: bool = False
    """Whether texts are compared, for which counting costs most."""


def conditions(
    kind: str, parameters: Parameters, now: dt.datetime, limits: tuple[int, int, int]
) -> Search:
    """Return what the parameters of a search for a kind of resource mean.

    ``limits``: usual page size, largest page, days that ``_lastUpdated`` may reach back (0: any).
    Raises `OutcomeError` (400).
    """
    usual, most, days = limits
    found = Search(usual)
    for name, text in parameters:
        if name == "_count":
            found.count = min(_count(text), most)
        elif name == "_lastUpdated":
            found.conditions.append(_last_updated(kind, text, now, days))
        elif name == "_total":
            found.total = _total(text)
        elif name == "_elements":
            found.elements = tuple(_values(name, text))
        elif name == "_include":
            found.include += _includes(kind, text)
        elif name == "_revinclude":
            found.revinclude += _revincludes(kind, text)
        elif name not in FORM_PARAMETERS:
            _condition(found, kind, name, text)
    return found


def _condition(found: Search, kind: str, name: str, text: str) -> None:
    plain, _, modifier = _SPELLINGS.get((kind, name), name).partition(":")
    parameter = PARAMETERS[kind].get(plain)
    if parameter is None or modifier not in parameter.modifiers:
        raise OutcomeError(400, "not-supported", f"The parameter {name[:60]} is not known.")
    found.conditions.append(parameter.build(_values(name, text), modifier))
    found.by_text |= parameter.type is ParameterType.STRING


def _values(name: str, text: str) -> list[str]:
    parts = text.split(",")
    if len(parts) > _MOST_VALUES or any(not part or len(part) > _LONGEST for part in parts):
        raise wrong(name, text)
    if not text.isprintable():
        raise wrong(name, text)
    return parts


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) == 0:
        raise wrong("_count", text)
    return int(text)


def _total(text: str) -> Total:
    try:
        return Total(text)
    except ValueError:
        raise wrong("_total", text) from None


# Resources that come with the matches (FHIR R4, 3.1.1.5.4)


def _includes(kind: str, text: str) -> list[str]:
    known = {f"{source}:{name}": name for source, name in INCLUDES if source == kind}
    if text == "*":
        return list(known.values())
    name = known.get(_without_target("_include", text))
    if name is None:
        raise wrong("_include", text)
    return [name]


def _revincludes(kind: str, text: str) -> list[tuple[str, str]]:
    known = {":".join(pair): pair for pair, target in INCLUDES.items() if target == kind}
    if text == "*":
        return list(known.values())
    pair = known.get(_without_target("_revinclude", text))
    if pair is None:
        raise wrong("_revinclude", text)
    return [pair]


def _without_target(name: str, text: str) -> str:
    """Return ``Kind:parameter`` of ``Kind:parameter[:Target]``."""
    parts = text.split(":")
    if len(parts) == 3 and INCLUDES.get((parts[0], parts[1])) != parts[2]:
        raise wrong(name, text)
    return ":".join(parts[:2])


# Dates (FHIR R4, 3.1.1.4.7)


_DATE = re.compile(r"(eq|ne|ge|gt|le|lt|sa|eb|ap)?(\d{4}(?:-\d\d(?:-\d\d(?:T.{5,30})?)?)?)")


def _last_updated(kind: str, text: str, now: dt.datetime, days: int) -> Condition:
    match = _DATE.fullmatch(text)
    if match is None:
        raise wrong("_lastUpdated", text)
    try:
        start, end = _span(match[2])
        if match[1] == "ap":
            start, end = _around(start, end, now)
    except (ValueError, OverflowError):
        raise wrong("_lastUpdated", text) from None
    prefix = match[1] or "eq"
    since = {"eq": start, "ap": start, "ge": start, "gt": end, "sa": end}.get(prefix)
    until = {"eq": end, "ap": end, "le": end, "lt": start, "eb": start}.get(prefix)
    if days and since is not None and since < now - dt.timedelta(days=days):
        raise OutcomeError(400, "too-costly", f"_lastUpdated may reach back {days} days at most.")
    if kind not in SUBJECTS:
        return search.nothing()
    subject = SUBJECTS[kind]
    if prefix == "ne":
        return search.negated(search.updated(subject, start, end))
    return search.updated(subject, since, until)


def _around(
    start: dt.datetime, end: dt.datetime, now: dt.datetime
) -> tuple[dt.datetime, dt.datetime]:
    """Widen a span by a tenth of its distance from now, as FHIR recommends for ``ap``."""
    margin = abs(now - start) / 10
    return start - margin, end + margin


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
