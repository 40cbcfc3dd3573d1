# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The fields of the order form as the page shows them: label, help, and why each part is asked."""

from dataclasses import dataclass, field

from caducee.base.i18n import N_
from caducee.services.ordering.form import LINE, PARAGRAPH, Delivery, Environment, StructureKind

__all__ = ["PARTS", "Field", "Part", "fields"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field."""

    name: str
    """Its path in the form, e.g. ``structure.name``."""

    label: str
    help: str = ""
    kind: str = "line"
    """``line``, ``paragraph``, ``choice`` (one of), ``checks`` (any of) or ``lines``."""

    required: bool = True
    autocomplete: str = ""
    inputmode: str = ""
    choices: tuple[object, ...] = ()

    @property
    def most(self) -> int:
        """How many characters it takes."""
        return PARAGRAPH if self.kind in ("paragraph", "lines") else LINE

    @property
    def id(self) -> str:
        """Its id on the page."""
        return self.name.replace(".", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the form."""

    key: str
    number: str
    """As form 414 counts it."""

    title: str
    official: str = ""
    """The French name that form 414 gives it, when it has one of its own."""

    why: str
    fields: tuple[Field, ...] = field(default=())


PARTS = (
    Part(
        key="structure",
        number="1",
        title=N_("Structure"),
        why=N_(
            "The cards are handed to a structure that exists: its number shows which one it is."
        ),
        fields=(
            Field(
                name="structure.name",
                label=N_("Name of the structure"),
                help=N_("As it is registered."),
                autocomplete="organization",
            ),
            Field(
                name="structure.kind",
                label=N_("Kind of number"),
                kind="choice",
                choices=tuple(StructureKind),
            ),
            Field(
                name="structure.number",
                label=N_("Number"),
                help=N_(
                    "SIRET has 14 digits, SIREN 9, FINESS 9 characters; spaces do not matter. "
                    "The last digit is checked."
                ),
                inputmode="numeric",
            ),
            Field(
                name="structure.address",
                label=N_("Address"),
                help=N_("Number and street."),
                autocomplete="address-line1",
            ),
            Field(
                name="structure.address_more",
                label=N_("Rest of the address"),
                required=False,
                autocomplete="address-line2",
            ),
            Field(
                name="structure.postal_code",
                label=N_("Postal code"),
                help=N_("Five digits, e.g. 75014."),
                autocomplete="postal-code",
                inputmode="numeric",
            ),
            Field(name="structure.town", label=N_("Town"), autocomplete="address-level2"),
        ),
    ),
    Part(
        key="applicant",
        number="2",
        title=N_("Applicant"),
        why=N_(
            "The person who answers for the cards and signs. The reviewer may ask; nobody else "
            "is notified."
        ),
        fields=(
            Field(
                name="applicant.family_name", label=N_("Family name"), autocomplete="family-name"
            ),
            Field(name="applicant.given_name", label=N_("Given name"), autocomplete="given-name"),
            Field(
                name="applicant.function",
                label=N_("Function"),
                help=N_("E.g. technical director."),
                autocomplete="organization-title",
            ),
            Field(
                name="applicant.telephone",
                label=N_("Telephone"),
                help=N_("E.g. 01 23 45 67 89. The support calls back here when a card is lost."),
                autocomplete="tel",
                inputmode="tel",
            ),
            Field(
                name="applicant.email",
                label=N_("E-mail address"),
                help=N_("E.g. name@example.test."),
                autocomplete="email",
                inputmode="email",
            ),
        ),
    ),
    Part(
        key="card_usage",
        number="3.1",
        title=N_("Use of the test cards"),
        official="Usage des CPS de test",
        why=N_(
            "A test card opens test services as a real one would. The reviewer must see what it "
            "is for: an order that does not say it comes back with a question."
        ),
        fields=(
            Field(
                name="card_usage.project",
                label=N_("Software or project"),
                help=N_("The name under which you speak of it."),
            ),
            Field(
                name="card_usage.uses",
                label=N_("Uses that are planned"),
                help=N_(
                    "What the software does, who uses it, and what is to be tested with the "
                    "cards; some sentences."
                ),
                kind="paragraph",
            ),
            Field(
                name="card_usage.environments",
                label=N_("Where the cards are used"),
                help=N_("At least one."),
                kind="checks",
                choices=tuple(Environment),
            ),
            Field(
                name="card_usage.services",
                label=N_("National services concerned"),
                help=N_(
                    "One a line, e.g. Pro Santé Connect, DMP, INSi; nothing if there are none."
                ),
                kind="lines",
                required=False,
            ),
        ),
    ),
    Part(
        key="certificate_usage",
        number="4.1",
        title=N_("Use of the test certificates and solution used"),
        official="Usage des certificats de test et solution utilisée",
        why=N_(
            "A certificate in software is only as safe as what keeps its key: the reviewer looks "
            "at both."
        ),
        fields=(
            Field(
                name="certificate_usage.uses",
                label=N_("Uses that are planned"),
                help=N_("Which servers or programs, and what they reach; some sentences."),
                kind="paragraph",
            ),
            Field(
                name="certificate_usage.solution",
                label=N_("Solution used"),
                help=N_("What keeps the keys: a program, a server, a hardware module."),
            ),
        ),
    ),
    Part(
        key="end",
        number="5",
        title=N_("Delivery"),
        why=N_("The codes come apart from the cards, by a link that works once."),
        fields=(
            Field(
                name="delivery",
                label=N_("How the cards come"),
                kind="choice",
                choices=tuple(Delivery),
            ),
            Field(
                name="remark",
                label=N_("Remark for the reviewer"),
                kind="paragraph",
                required=False,
            ),
        ),
    ),
)


def fields() -> tuple[Field, ...]:
    """Return the fields of all parts."""
    return tuple(item for part in PARTS for item in part.fields)
