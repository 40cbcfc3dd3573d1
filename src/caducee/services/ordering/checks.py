# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong or missing in a form: findings, each at its field, with a code of the catalogue.

The same checks serve the applicant (beside the field), the reviewer (as a list) and the API.
"""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Final

from caducee.authority.csr import read_request
from caducee.base.errors import CpsError
from caducee.codec.identifiers import Finess, Siren, Siret
from caducee.issuance.organisations import LONGEST_NAME, check_hosts
from caducee.services.ordering.catalogue import Product, ProductKind, product
from caducee.services.ordering.fields import fields
from caducee.services.ordering.form import (
    CardLine,
    CertificateLine,
    OrderForm,
    StructureKind,
)
from caducee.spec.igc import OrganisationUse

__all__ = ["STEERING", "Finding", "check_form", "is_email", "steers"]

_EMAIL = re.compile(r"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""One mailbox and nothing else, as browsers check it (HTML, "valid e-mail address"), and no encoded
word (RFC 2047), which a mail program would read as another address."""
_TELEPHONE = re.compile(r"\+?[0-9 .()-]{6,20}")
_POSTAL_CODE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")
_ENOUGH_WORDS = 8
"""Words that part 3.1 has at least: fewer cannot say which uses are planned. Ours."""

_PARSERS: dict[StructureKind, Callable[[str], object]] = {
    StructureKind.SIRET: Siret.parse,
    StructureKind.SIREN: Siren.parse,
    StructureKind.FINESS: Finess.parse,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend."""

    where: str
    """Path of the field in the form, e.g. ``structure.number`` or ``cards.0.quantity``."""

    code: str
    """Code of the catalogue."""

    facts: dict[str, object] = field(default_factory=dict)

    stops: bool = True
    """Whether the form cannot be submitted; otherwise a reviewer decides."""


def check_form(form: OrderForm) -> tuple[Finding, ...]:
    """Return everything that is wrong or missing, in the order of the form; nothing when it is fit.

    Characters that steer a terminal or turn the direction of writing are refused in every text.
    """
    return (
        *_signs(form),
        *_structure(form),
        *_applicant(form),
        *_cards(form),
        *_certificates(form),
    )


def is_email(text: str) -> bool:
    """Tell whether a text has the shape of one e-mail address, in ASCII."""
    return _EMAIL.fullmatch(text) is not None


STEERING: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""What steers a terminal or turns the direction of writing, as between brackets of a pattern."""

_STEERING = re.compile(f"[{STEERING}]")


def steers(text: str) -> bool:
    """Tell whether a text has characters that are not seen, and steer what shows it."""
    return _STEERING.search(text) is not None


def _signs(form: OrderForm) -> Iterator[Finding]:
    # What has an input mode has a syntax, which a check of its own reads.
    for item in fields():
        if not item.inputmode and steers(item.text(form)):
            yield Finding(item.name, "ordering.characters")


def _missing(form: OrderForm, part: str) -> Iterator[Finding]:
    for item in fields():
        if item.part == part and item.required and not item.text(form).strip():
            yield Finding(item.name, "ordering.missing")


def _structure(form: OrderForm) -> Iterator[Finding]:
    yield from _missing(form, "structure")
    item = form.structure
    if item.number.strip():
        try:
            _PARSERS[item.kind](re.sub(r"\s", "", item.number))
        except CpsError as error:
            yield Finding("structure.number", error.code, dict(error.facts))
    if item.postal_code.strip() and not _POSTAL_CODE.fullmatch(item.postal_code.strip()):
        yield Finding("structure.postal_code", "ordering.postal_code")


def _applicant(form: OrderForm) -> Iterator[Finding]:
    yield from _missing(form, "applicant")
    item = form.applicant
    if item.telephone.strip() and not _TELEPHONE.fullmatch(item.telephone.strip()):
        yield Finding("applicant.telephone", "ordering.telephone")
    if item.email.strip() and not is_email(item.email.strip()):
        yield Finding("applicant.email", "ordering.email")


def _cards(form: OrderForm) -> Iterator[Finding]:
    if not form.cards and not form.certificates:
        yield Finding("cards", "ordering.nothing_ordered")
    for place, line in enumerate(form.cards):
        yield from _line(f"cards.{place}", line, (ProductKind.CARD,))
    if form.cards:
        yield from _missing(form, "card_usage")
        yield from _long_enough("card_usage.uses", form.card_usage.uses)


def _certificates(form: OrderForm) -> Iterator[Finding]:
    kinds = (ProductKind.PERSON_CERTIFICATE, ProductKind.ORGANISATION_CERTIFICATE)
    for place, line in enumerate(form.certificates):
        found = yield from _line(f"certificates.{place}", line, kinds)
        yield from _request(f"certificates.{place}", line, found)
    if form.certificates:
        yield from _missing(form, "certificate_usage")
        yield from _long_enough("certificate_usage.uses", form.certificate_usage.uses)


def _line(
    where: str, line: CardLine | CertificateLine, kinds: tuple[ProductKind, ...]
) -> Generator[Finding, None, Product | None]:
    try:
        found = product(line.product)
    except CpsError as error:
        yield Finding(f"{where}.product", error.code, dict(error.facts))
        return None
    if found.kind not in kinds:
        yield Finding(f"{where}.product", "ordering.product_elsewhere", {"name": found.name})
    if line.quantity > found.limit:
        facts: dict[str, object] = {"quantity": line.quantity, "limit": found.limit}
        yield Finding(f"{where}.quantity", "ordering.quantity", facts, stops=False)
    return found


def _request(where: str, line: CertificateLine, found: Product | None) -> Iterator[Finding]:
    if line.csr and line.quantity != 1:
        yield Finding(f"{where}.quantity", "ordering.one_request_one_certificate")
    if line.csr:
        try:
            read_request(line.csr.encode())
        except CpsError as error:
            yield Finding(f"{where}.csr", error.code, dict(error.facts))
    if found is not None and found.use is OrganisationUse.SSL:
        yield from _hosts(where, line)


def _hosts(where: str, line: CertificateLine) -> Iterator[Finding]:
    names = tuple(host.strip() for host in line.hosts)
    if not names:
        yield Finding(f"{where}.hosts", "ordering.missing")
    elif len(names[0]) > LONGEST_NAME:
        facts: dict[str, object] = {"length": len(names[0]), "most": LONGEST_NAME}
        yield Finding(f"{where}.hosts", "issuance.application_name", facts)
    try:
        check_hosts(names)
    except CpsError as error:
        yield Finding(f"{where}.hosts", error.code, dict(error.facts))


def _long_enough(where: str, text: str) -> Iterator[Finding]:
    count = len(text.split())
    if 0 < count < _ENOUGH_WORDS:
        yield Finding(where, "ordering.too_short", {"count": count, "least": _ENOUGH_WORDS})
