# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The order form: the parts of form 414 (card-and-cryptolib 9), as JSON in and out.

A draft may have gaps: every field has an empty default, and `caducee.services.ordering.checks`
says what is missing. Lengths are bounded here, so that no draft grows beyond a page.
"""

from enum import StrEnum, unique
from typing import Annotated, Final

import msgspec

from caducee.base.errors import FormatError

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

    name: Line = ""
    kind: StructureKind = StructureKind.SIRET
    number: Line = ""
    address: Line = ""
    address_more: Line = ""
    postal_code: Line = ""
    town: Line = ""

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

    family_name: Line = ""
    given_name: Line = ""
    function: Line = ""
    telephone: Line = ""
    email: Line = ""


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

    project: Line = ""
    """Name of the software or project."""

    uses: Paragraph = ""
    """The uses that are planned, in the applicant's words."""

    environments: tuple[Environment, ...] = ()

    services: Names = ()
    """National services that the software reaches, e.g. ``Pro Santé Connect``, ``DMP``."""


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

    quantity: Annotated[int, msgspec.Meta(ge=1, le=MOST_CARDS)] = 1
    codes: CodesChoice = CodesChoice.RANDOM


class CertificateUsage(_Part, frozen=True):
    """Part 4.1, "Usage des certificats de test et solution utilisée"."""

    uses: Paragraph = ""
    solution: Line = ""
    """What keeps the keys: a program, a server, a hardware module."""


class CertificateLine(_Part, frozen=True):
    """One line of part 4."""

    product: Line
    quantity: Annotated[int, msgspec.Meta(ge=1, le=MOST_CERTIFICATES)] = 1
    csr: Annotated[str, msgspec.Meta(max_length=MOST_CSR)] = ""
    """A request (PKCS#10, PEM); none: the key is made here, and handed over encrypted."""

    hosts: Names = ()
    """Names of the server; only for SSL."""


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
    delivery: Delivery = Delivery.ARCHIVE
    remark: Paragraph = ""


def read_form(data: bytes | str) -> OrderForm:
    """Read a form from JSON. Raises `FormatError` (``ordering.form_unreadable``)."""
    try:
        return msgspec.json.decode(data, type=OrderForm)
    except msgspec.DecodeError as error:
        raise FormatError("ordering.form_unreadable", reason=str(error)) from error


def write_form(form: OrderForm) -> str:
    """Return a form as JSON; equal forms give equal texts."""
    return msgspec.json.encode(form, order="deterministic").decode()
