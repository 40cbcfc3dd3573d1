# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The order form: the parts of form 414 (card-and-cryptolib 9), as JSON in and out.

A draft may have gaps: every field has an empty default, and `caducee.services.ordering.checks`
says what is missing. Lengths are bounded here, so that no draft grows beyond a page. What a person
reads about a field stands beside it: `caducee.services.ordering.fields` derives pages and checks.
"""

from enum import StrEnum, unique
from typing import Annotated, Final

import msgspec

from caducee.base.errors import FormatError
from caducee.base.i18n import N_

__all__ = [
    "LINE",
    "MOST_CARDS",
    "MOST_CERTIFICATES",
    "MOST_CSR",
    "MOST_LINES",
    "MOST_NAMES",
    "PARAGRAPH",
    "Applicant",
    "CardLine",
    "CardUsage",
    "CertificateLine",
    "CertificateUsage",
    "CodesChoice",
    "Delivery",
    "Environment",
    "OrderForm",
    "StructureKind",
    "StructurePart",
    "read_form",
    "write_form",
]

LINE: Final = 200
"""Characters of a line of text."""

PARAGRAPH: Final = 4000
"""Characters of some lines of text."""

MOST_LINES: Final = 100
"""Lines of parts 3 and 4."""

MOST_CARDS: Final = 100_000
"""Cards in one line of part 3; what is usual says the catalogue."""

MOST_CERTIFICATES: Final = 1000
"""Certificates in one line of part 4."""

MOST_NAMES: Final = 20
"""Names of services, or of a server."""

MOST_CSR: Final = 16_384
"""Characters of a signing request."""

type Line = Annotated[str, msgspec.Meta(max_length=LINE)]
"""One line of text."""

type Paragraph = Annotated[str, msgspec.Meta(max_length=PARAGRAPH)]
"""Some lines of text."""

type Names = Annotated[tuple[Line, ...], msgspec.Meta(max_length=MOST_NAMES)]
"""Some lines, a name each."""


def _asked(label: str, help: str = "", **page: object) -> msgspec.Meta:
    """Return what a person reads about a field; ``page``: what else a page must know."""
    return msgspec.Meta(title=label, description=help or None, extra=page)


_SIREN = 9
"""Digits of a SIREN, with which a SIRET begins."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of the parts: unknown members are refused."""


@unique
class StructureKind(StrEnum):
    """By which number a structure is known."""

    SIRET = "SIRET"
    SIREN = "SIREN"
    FINESS = "FINESS"


class StructurePart(_Part, frozen=True):
    """Part 1: who orders."""

    name: Annotated[
        Line,
        _asked(
            N_("Name of the structure"), N_("As it is registered."), autocomplete="organization"
        ),
    ] = ""
    kind: Annotated[StructureKind, _asked(N_("Kind of number"))] = StructureKind.SIRET
    number: Annotated[
        Line,
        _asked(
            N_("Number"),
            N_(
                "SIRET has 14 digits, SIREN 9, FINESS 9 characters; spaces do not matter. "
                "The last digit is checked."
            ),
            inputmode="numeric",
        ),
    ] = ""
    address: Annotated[
        Line, _asked(N_("Address"), N_("Number and street."), autocomplete="address-line1")
    ] = ""
    address_more: Annotated[
        Line, _asked(N_("Rest of the address"), autocomplete="address-line2", optional=True)
    ] = ""
    postal_code: Annotated[
        Line,
        _asked(
            N_("Postal code"),
            N_("Five digits, e.g. 75014."),
            autocomplete="postal-code",
            inputmode="numeric",
        ),
    ] = ""
    town: Annotated[Line, _asked(N_("Town"), autocomplete="address-level2")] = ""

    def same(self, other: "StructurePart") -> bool:
        """Tell whether two forms name the same structure: a SIRET is of the SIREN it begins with.

        >>> one = StructurePart(kind=StructureKind.SIRET, number="732 829 320 00074")
        >>> one.same(StructurePart(kind=StructureKind.SIREN, number="732829320"))
        True
        """
        return bool(self._key()[1]) and self._key() == other._key()

    def _key(self) -> tuple[bool, str]:
        digits = "".join(self.number.split()).upper()
        finess = self.kind is StructureKind.FINESS
        return finess, digits if finess else digits[:_SIREN]


class Applicant(_Part, frozen=True):
    """Part 2: the person who answers for the order. Date and signature are added at submission."""

    family_name: Annotated[Line, _asked(N_("Family name"), autocomplete="family-name")] = ""
    given_name: Annotated[Line, _asked(N_("Given name"), autocomplete="given-name")] = ""
    function: Annotated[
        Line,
        _asked(N_("Function"), N_("E.g. technical director."), autocomplete="organization-title"),
    ] = ""
    telephone: Annotated[
        Line,
        _asked(
            N_("Telephone"),
            N_("E.g. 01 23 45 67 89. The support calls back here when a card is lost."),
            autocomplete="tel",
            inputmode="tel",
        ),
    ] = ""
    email: Annotated[
        Line,
        _asked(
            N_("E-mail address"),
            N_("E.g. name@example.test."),
            autocomplete="email",
            inputmode="email",
        ),
    ] = ""


@unique
class Environment(StrEnum):
    """Where test cards are used."""

    DEVELOPMENT = "development"
    INTEGRATION = "integration"
    QUALIFICATION = "qualification"
    TRAINING = "training"
    DEMONSTRATION = "demonstration"


class CardUsage(_Part, frozen=True):
    """Part 3.1, "Usage des CPS de test": what the cards are for."""

    project: Annotated[
        Line, _asked(N_("Software or project"), N_("The name under which you speak of it."))
    ] = ""
    uses: Annotated[
        Paragraph,
        _asked(
            N_("Uses that are planned"),
            N_(
                "What the software does, who uses it, and what is to be tested with the "
                "cards; some sentences."
            ),
        ),
    ] = ""
    environments: Annotated[
        tuple[Environment, ...], _asked(N_("Where the cards are used"), N_("At least one."))
    ] = ()
    services: Annotated[
        Names,
        _asked(
            N_("National services concerned"),
            N_("One a line, e.g. Pro Santé Connect, DMP, INSi; nothing if there are none."),
            optional=True,
        ),
    ] = ()


@unique
class CodesChoice(StrEnum):
    """Which PINs a card leaves with."""

    RANDOM = "random"
    """As a real card: random, in a letter of their own."""

    TEST = "test"
    """The documented PINs of test cards, 1234 and 12345678."""


class CardLine(_Part, frozen=True):
    """One line of part 3."""

    product: Line
    """Name of a product of the catalogue."""

    quantity: Annotated[int, msgspec.Meta(ge=1, le=MOST_CARDS), _asked(N_("How many"))] = 1
    codes: Annotated[CodesChoice, _asked(N_("Codes"))] = CodesChoice.RANDOM


class CertificateUsage(_Part, frozen=True):
    """Part 4.1, "Usage des certificats de test et solution utilisée"."""

    uses: Annotated[
        Paragraph,
        _asked(
            N_("Uses that are planned"),
            N_("Which servers or programs, and what they reach; some sentences."),
        ),
    ] = ""
    solution: Annotated[
        Line,
        _asked(
            N_("Solution used"),
            N_("What keeps the keys: a program, a server, a hardware module."),
        ),
    ] = ""


class CertificateLine(_Part, frozen=True):
    """One line of part 4."""

    product: Line
    quantity: Annotated[int, msgspec.Meta(ge=1, le=MOST_CERTIFICATES), _asked(N_("How many"))] = 1
    hosts: Annotated[
        Names, _asked(N_("Names of the server"), N_("One a line, e.g. api.example.test."))
    ] = ()
    """Only for SSL."""

    csr: Annotated[
        str,
        msgspec.Meta(max_length=MOST_CSR),
        _asked(
            N_("Signing request"),
            N_(
                "PKCS#10 in PEM, when you made the key yourself. Without one the key is made "
                "here and handed over encrypted."
            ),
            optional=True,
            is_code=True,
        ),
    ] = ""


@unique
class Delivery(StrEnum):
    """How the cards come."""

    ARCHIVE = "archive"
    """An encrypted archive of card images."""

    READER = "reader"
    """Straight into the reader of the sandbox that runs the service."""


class OrderForm(_Part, frozen=True):
    """The whole form."""

    structure: StructurePart = StructurePart()
    applicant: Applicant = Applicant()
    card_usage: CardUsage = CardUsage()
    cards: Annotated[tuple[CardLine, ...], msgspec.Meta(max_length=MOST_LINES)] = ()
    certificate_usage: CertificateUsage = CertificateUsage()
    certificates: Annotated[tuple[CertificateLine, ...], msgspec.Meta(max_length=MOST_LINES)] = ()
    delivery: Annotated[Delivery, _asked(N_("How the cards come"))] = Delivery.ARCHIVE
    remark: Annotated[Paragraph, _asked(N_("Remark for the reviewer"), optional=True)] = ""


def read_form(data: bytes | str) -> OrderForm:
    """Read a form from JSON. Raises `FormatError` (``ordering.form_unreadable``)."""
    try:
        return msgspec.json.decode(data, type=OrderForm)
    except msgspec.DecodeError as error:
        raise FormatError("ordering.form_unreadable", reason=str(error)) from error


def write_form(form: OrderForm) -> str:
    """Return a form as JSON; equal forms give equal texts."""
    return msgspec.json.encode(form, order="deterministic").decode()
