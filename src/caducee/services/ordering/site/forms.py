# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From what was typed to a form and back, with what is wrong beside each field.

What was typed is shown again whatever it is; it is kept as a draft when it has the shape of one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from caducee.base import catalogue
from caducee.base.i18n import gettext
from caducee.services.ordering.catalogue import ProductKind, product
from caducee.services.ordering.checks import Finding, check_form
from caducee.services.ordering.fields import LINES, Field, fields, line_fields
from caducee.services.ordering.form import MOST_LINES, OrderForm
from caducee.services.ordering.site import texts
from caducee.services.ordering.site.form_parts import PARTS
from caducee.services.ordering.site.posted import Posted

__all__ = ["FieldProblem", "FormView", "findings_of", "problems"]


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with a field, for people."""

    where: str
    sentence: str
    advice: str
    stops: bool
    label: str = ""

    @property
    def id(self) -> str:
        """The id of its field on the page."""
        return self.where.replace(".", "-")


type Line = dict[str, str]
"""A line of part 3 or 4 as it was typed, by the names of its fields."""


@dataclass(slots=True)
class FormView:
    """A form as it stands on the page."""

    values: dict[str, str] = field(default_factory=dict)
    """By the name of the field; several values one a line."""

    lines: dict[str, list[Line]] = field(default_factory=lambda: {part: [] for part in LINES})
    problems: dict[str, list[FieldProblem]] = field(default_factory=dict)

    @classmethod
    def of_form(cls, form: OrderForm) -> "FormView":
        """Show a form that is kept."""
        view = cls({item.name: item.text(form) for item in fields()})
        for part in LINES:
            view.lines[part] = [
                {item.name: item.text(line) for item in line_fields(part)}
                for line in getattr(form, part)
            ]
        return view

    @classmethod
    def of_posted(cls, posted: Posted) -> "FormView":
        """Show what was typed; lines that were taken out are gone."""
        view = cls({item.name: "\n".join(posted.all(item.name)) for item in fields()})
        for part in LINES:
            view.lines[part] = list(_lines(posted, part))
        adding = posted.get("add_button")
        if adding in ("add_card", "add_certificate"):
            view.add(posted.get(adding))
        return view

    def add(self, name: str) -> None:
        """Add a line for a product of the catalogue. Raises `IssueError`."""
        part = "cards" if product(name).kind is ProductKind.CARD else "certificates"
        fresh = {item.name: item.text(LINES[part](product=name)) for item in line_fields(part)}
        self.lines[part].append(fresh)

    def form(self) -> OrderForm | None:
        """Return the form, or none with problems when it has not even the shape of one."""
        values = {item.name: self._read(item, item.name, self.values) for item in fields()}
        lines = {
            part: [
                {
                    item.name: self._read(item, f"{part}.{place}.{item.name}", line)
                    for item in line_fields(part)
                }
                for place, line in enumerate(typed)
            ]
            for part, typed in self.lines.items()
        }
        return None if self.problems else msgspec.convert(_tree(values) | lines, OrderForm)

    def _read(self, item: Field, where: str, typed: Line) -> object:
        """Return the value of a field; what has not its shape is noted, and is none."""
        try:
            return item.value(typed[item.name])
        except (ValueError, msgspec.ValidationError):
            code = _WRONG.get(item.kind, "ordering.too_long")
            facts: dict[str, object] = {"most": item.most} if item.most else {}
            self.note([Finding(where, code, facts)])
            return None

    def note(self, findings: Iterable[Finding]) -> None:
        """Put findings beside their fields."""
        for problem in problems(findings):
            self.problems.setdefault(problem.where, []).append(problem)

    def at(self, where: str) -> list[FieldProblem]:
        """Return what is wrong with a field."""
        return self.problems.get(where, [])

    def said(self, item: Field) -> str:
        """Return the value of a field in words, for reading."""
        typed = self.values[item.name]
        if not item.choices:
            return typed
        chosen = typed.split("\n")
        return ", ".join(texts.word(each) for each in item.choices if each.value in chosen)

    @property
    def all_problems(self) -> list[FieldProblem]:
        """Everything that is wrong, in the order of the form."""
        return [item for found in self.problems.values() for item in found]


_WRONG = {
    "choice": "ordering.choice_wrong",
    "checks": "ordering.choice_wrong",
    "number": "ordering.no_number",
}
"""What is said of a field that has not the shape of its kind; of others, that they are too long."""


def problems(findings: Iterable[Finding]) -> Iterator[FieldProblem]:
    """Say findings in the language in use, in the order in which the page asks."""
    asked = _asked()
    for finding in sorted(findings, key=lambda each: asked.get(_asked_for(each.where), 0)):
        entry = catalogue.entry(finding.code)
        facts = dict(finding.facts)
        yield FieldProblem(
            finding.where,
            catalogue.fill(gettext(entry.sentence), facts),
            catalogue.fill(gettext(entry.advice), facts),
            finding.stops,
            _label(finding.where),
        )


def findings_of(form: OrderForm) -> tuple[FieldProblem, ...]:
    """Return what is wrong with a form, for people."""
    return tuple(problems(check_form(form)))


def _asked() -> dict[str, int]:
    """Return the places of the fields on the page; lines come before the fields of their part."""
    names = [name for part in PARTS for name in (part.lines, *(item.name for item in part.fields))]
    return {name: place for place, name in enumerate(names)}


def _asked_for(where: str) -> str:
    part = where.partition(".")[0]
    return part if part in LINES else where


def _label(where: str) -> str:
    for item in fields():
        if item.name == where:
            return gettext(item.label)
    part, _, rest = where.partition(".")
    place = rest.partition(".")[0]
    named = {"cards": "3", "certificates": "4"}.get(part)
    if named is None:
        return where
    if not place.isdecimal():
        return gettext("Part {number}").format(number=named)
    text = gettext("Part {number}, line {line}")
    return text.format(number=named, line=int(place) + 1)


def _lines(posted: Posted, part: str) -> Iterator[Line]:
    for place in range(MOST_LINES):
        where = f"{part}.{place}"
        if posted.has(f"{where}.product") and not posted.has(f"{where}.remove"):
            fresh = LINES[part](product="")
            yield {
                item.name: posted.get(f"{where}.{item.name}", item.text(fresh))
                for item in line_fields(part)
            }


def _tree(values: dict[str, object]) -> dict[str, Any]:
    """Return values by the paths of their fields as a form has them, part in part."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        part, _, own = name.rpartition(".")
        (tree.setdefault(part, {}) if part else tree)[own] = value
    return tree
