# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From what was typed to a form and back, with what is wrong beside each field.

What was typed is shown again whatever it is; it is kept as a draft when it has the shape of one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from caducee.base import catalogue
from caducee.base.errors import IssueError
from caducee.base.i18n import gettext
from caducee.services.ordering.catalogue import Product, ProductKind, product
from caducee.services.ordering.checks import Finding, check_form
from caducee.services.ordering.form import (
    LINE,
    MOST_CARDS,
    MOST_CERTIFICATES,
    MOST_CSR,
    MOST_LINES,
    MOST_NAMES,
    PARAGRAPH,
    Applicant,
    CardLine,
    CardUsage,
    CertificateLine,
    CertificateUsage,
    CodesChoice,
    Delivery,
    Environment,
    OrderForm,
    StructureKind,
    StructurePart,
)
from caducee.services.ordering.site.fields import PARTS, Field, Part, fields
from caducee.services.ordering.site.posted import Posted

__all__ = ["FieldProblem", "FormView", "LineView", "findings_of", "problems"]


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


@dataclass(slots=True)
class LineView:
    """A line of part 3 or 4 as it was typed."""

    product: str
    quantity: str = "1"
    codes: str = CodesChoice.RANDOM.value
    csr: str = ""
    hosts: str = ""

    @property
    def known(self) -> Product | None:
        """The product, when there is one of that name."""
        try:
            return product(self.product)
        except IssueError:
            return None


@dataclass(slots=True)
class FormView:
    """A form as it stands on the page."""

    values: dict[str, str] = field(default_factory=dict)
    environments: tuple[str, ...] = ()
    cards: list[LineView] = field(default_factory=list)
    certificates: list[LineView] = field(default_factory=list)
    problems: dict[str, list[FieldProblem]] = field(default_factory=dict)

    @classmethod
    def of_form(cls, form: OrderForm) -> "FormView":
        """Show a form that is kept."""
        view = cls(
            environments=tuple(environment.value for environment in form.card_usage.environments)
        )
        for item in fields():
            view.values[item.name] = _shown(_reached(form, item.name))
        for card in form.cards:
            view.cards.append(LineView(card.product, str(card.quantity), card.codes.value))
        for line in form.certificates:
            hosts = "\n".join(line.hosts)
            view.certificates.append(
                LineView(line.product, str(line.quantity), csr=line.csr, hosts=hosts)
            )
        return view

    @classmethod
    def of_posted(cls, posted: Posted) -> "FormView":
        """Show what was typed; lines that were taken out are gone."""
        view = cls(environments=tuple(posted.all("card_usage.environments")))
        for item in fields():
            view.values[item.name] = posted.get(item.name)
        view.cards = list(_lines(posted, "cards"))
        view.certificates = list(_lines(posted, "certificates"))
        adding = posted.get("add_button")
        if adding in ("add_card", "add_certificate"):
            view.add(posted.get(adding))
        return view

    def add(self, name: str) -> None:
        """Add a line for a product of the catalogue. Raises `IssueError`."""
        card = product(name).kind is ProductKind.CARD
        (self.cards if card else self.certificates).append(LineView(name))

    def form(self) -> OrderForm | None:
        """Return the form, or none with problems when it has not even the shape of one."""
        self.note(_shape(self))
        if self.problems:
            return None
        texts = {name: value.strip() for name, value in self.values.items()}
        return OrderForm(
            structure=StructurePart(
                kind=StructureKind(texts["structure.kind"]), **_part(texts, "structure", "kind")
            ),
            applicant=Applicant(**_part(texts, "applicant")),
            card_usage=CardUsage(
                environments=tuple(Environment(environment) for environment in self.environments),
                services=_split(texts["card_usage.services"]),
                **_part(texts, "card_usage", "environments", "services"),
            ),
            cards=tuple(
                CardLine(
                    product=card.product, quantity=int(card.quantity), codes=CodesChoice(card.codes)
                )
                for card in self.cards
            ),
            certificate_usage=CertificateUsage(**_part(texts, "certificate_usage")),
            certificates=tuple(
                CertificateLine(
                    product=certificate.product,
                    quantity=int(certificate.quantity),
                    csr=certificate.csr.strip(),
                    hosts=_split(certificate.hosts),
                )
                for certificate in self.certificates
            ),
            delivery=Delivery(texts["delivery"]),
            remark=texts["remark"],
        )

    def note(self, findings: Iterable[Finding]) -> None:
        """Put findings beside their fields."""
        for problem in problems(findings):
            self.problems.setdefault(problem.where, []).append(problem)

    def at(self, where: str) -> list[FieldProblem]:
        """Return what is wrong with a field."""
        return self.problems.get(where, [])

    @property
    def all_problems(self) -> list[FieldProblem]:
        """Everything that is wrong, in the order of the form."""
        return [item for found in self.problems.values() for item in found]


def problems(findings: Iterable[Finding]) -> Iterator[FieldProblem]:
    """Say findings in the language in use, in the order in which the page asks."""
    labels = {item.name: item.label for item in fields()}
    asked = _asked()
    for finding in sorted(findings, key=lambda each: asked.get(_asked_for(each.where), 0)):
        entry = catalogue.entry(finding.code)
        facts = dict(finding.facts)
        yield FieldProblem(
            finding.where,
            catalogue.fill(gettext(entry.sentence), facts),
            catalogue.fill(gettext(entry.advice), facts),
            finding.stops,
            _label(finding.where, labels),
        )


def findings_of(form: OrderForm) -> tuple[FieldProblem, ...]:
    """Return what is wrong with a form, for people."""
    return tuple(problems(check_form(form)))


def _asked() -> dict[str, int]:
    """Return the places of the fields on the page; lines come before the fields of their part."""
    lines = {"card_usage": "cards", "certificate_usage": "certificates"}
    names = [
        name
        for part in PARTS
        for name in (*([lines[part.key]] if part.key in lines else []), *_names(part))
    ]
    return {name: place for place, name in enumerate(names)}


def _names(part: Part) -> list[str]:
    return [item.name for item in part.fields]


def _asked_for(where: str) -> str:
    part = where.partition(".")[0]
    return part if part in ("cards", "certificates") else where


def _label(where: str, labels: Mapping[str, str]) -> str:
    if where in labels:
        return gettext(labels[where])
    part, _, rest = where.partition(".")
    place = rest.partition(".")[0]
    named = {"cards": "3", "certificates": "4"}.get(part)
    if named is None:
        return where
    if not place.isdecimal():
        return gettext("Part {number}").format(number=named)
    text = gettext("Part {number}, line {line}")
    return text.format(number=named, line=int(place) + 1)


def _reached(form: OrderForm, name: str) -> object:
    found: object = form
    for word in name.split("."):
        found = getattr(found, word)
    return found


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(str(item) for item in value)
    return str(value.value) if isinstance(value, Enum) else str(value)


def _lines(posted: Posted, part: str) -> Iterator[LineView]:
    for place in range(MOST_LINES):
        where = f"{part}.{place}"
        if not posted.has(f"{where}.product"):
            continue
        if posted.has(f"{where}.remove"):
            continue
        yield LineView(
            posted.get(f"{where}.product"),
            posted.get(f"{where}.quantity", "1").strip(),
            posted.get(f"{where}.codes", CodesChoice.RANDOM.value),
            posted.get(f"{where}.csr"),
            posted.get(f"{where}.hosts"),
        )


def _part(texts: Mapping[str, str], part: str, *without: str) -> dict[str, str]:
    found = {}
    for name, value in texts.items():
        before, _, own = name.partition(".")
        if before == part and own and own not in without:
            found[own] = value
    return found


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("\n") if word.strip())


def _shape(view: FormView) -> Iterator[Finding]:
    for item in fields():
        yield from _field(view, item)
    for place, line in enumerate(view.cards):
        yield from _line(f"cards.{place}", line, MOST_CARDS)
        if line.codes not in set(CodesChoice):
            yield Finding(f"cards.{place}.codes", "ordering.choice_wrong")
    for place, line in enumerate(view.certificates):
        yield from _line(f"certificates.{place}", line, MOST_CERTIFICATES)
        if len(line.csr) > MOST_CSR:
            yield Finding(f"certificates.{place}.csr", "ordering.too_long", {"most": MOST_CSR})
        yield from _several(f"certificates.{place}.hosts", line.hosts)


def _field(view: FormView, item: Field) -> Iterator[Finding]:
    value = view.values[item.name].strip()
    if item.kind == "checks":
        if not set(view.environments) <= set(Environment):
            yield Finding(item.name, "ordering.choice_wrong")
    elif item.kind == "choice":
        if value not in {str(getattr(each, "value", each)) for each in item.choices}:
            yield Finding(item.name, "ordering.choice_wrong")
    elif item.kind == "lines":
        yield from _several(item.name, value)
    elif len(value) > item.most:
        yield Finding(item.name, "ordering.too_long", {"most": item.most})


def _several(where: str, text: str) -> Iterator[Finding]:
    found = _split(text)
    if len(found) > MOST_NAMES or len(text) > PARAGRAPH:
        yield Finding(where, "ordering.too_long", {"most": PARAGRAPH})
    elif any(len(item) > LINE for item in found):
        yield Finding(where, "ordering.too_long", {"most": LINE})


def _line(where: str, line: LineView, most: int) -> Iterator[Finding]:
    number = line.quantity
    if not (
        number.isascii() and number.isdecimal() and len(number) < 9 and 0 < int(number) <= most
    ):
        yield Finding(f"{where}.quantity", "ordering.no_number", {"most": most})
    if len(line.product) > LINE:
        yield Finding(f"{where}.product", "ordering.too_long", {"most": LINE})
