# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One card from its order and its reserved numbers: keys, certificates, image. Nothing is kept."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.authority.names import CardName, PersonName
from caducee.authority.profiles import CardRequest
from caducee.codec import carddata
from caducee.directory.model import Card
from caducee.issuance.codes import CardCodes
from caducee.issuance.order import CardOrder, Practice, name_for
from caducee.spec import ours
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.trust.certificate import CertificateUse
from caducee.virtualcard.content import CardContent, CardData
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import cps3

__all__ = ["USES", "Made", "Reserved", "make"]

USES = (CertificateUse.AUTHENTICATION, CertificateUse.SIGNATURE, CertificateUse.OTHER)
"""The certificates of a card in the order of their keys and serials; the last is optional."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """The numbers of one card, given once for ever."""

    number: str
    """The card number, 10 digits."""

    serials: Sequence[int]
    """Serial numbers of the certificates, in the order of `USES`."""


@dataclass(frozen=True, slots=True)
class Made:
    """A card that is ready, before anybody knows of it."""

    card: Card
    """What the registry will keep."""

    image: CardImage
    """The card."""

    codes: CardCodes
    """Its codes."""

    issued: Sequence[tuple[CardRequest, x509.Certificate]]
    """Its certificates with their requests, in the order of `USES`."""


def make(
    authority: Authority,
    order: CardOrder,
    practices: dict[int, Practice],
    reserved: Reserved,
    keys: Sequence[rsa.RSAPrivateKey],
) -> Made:
    """Return the card of an order. ``keys`` stand in the order of `USES`, as many as serials.

    Raises `IssueError` when the CA does not live as long as the card.
    """
    at = authority.now()
    issued = [
        (request, authority.sign(request, serial))
        for request, serial in zip(
            _requests(order, reserved, keys, at), reserved.serials, strict=True
        )
    ]
    card = _card(order, reserved.number, issued[0][1])
    codes = order.codes or CardCodes.random()
    content = CardContent(
        card_number=reserved.number,
        serial=carddata.SerialNumber.make(reserved.number[: _serial_digits()]),
        pin=codes.pin,
        puk=codes.puk,
        auth_key=keys[0],
        sign_key=keys[1],
        technical_key=keys[2] if order.two_applications else None,
        auth_certificate=_der(issued[0][1]),
        sign_certificate=_der(issued[1][1]),
        technical_certificate=_der(issued[2][1]) if order.two_applications else None,
        data=_data(order, practices, card),
        two_applications=order.two_applications,
    )
    return Made(card, cps3(content), codes, issued)


def _requests(
    order: CardOrder, reserved: Reserved, keys: Sequence[rsa.RSAPrivateKey], at: dt.datetime
) -> list[CardRequest]:
    holder = name_for(order)
    return [
        CardRequest(
            family=order.family,
            use=use,
            subject=_subject(use, holder, reserved.number),
            card_number=reserved.number,
            public_key=key.public_key(),
            not_before=at,
            **_professions(order, use),
        )
        for use, key in zip(USES, keys, strict=False)
    ]


def _subject(use: CertificateUse, holder: PersonName, number: str) -> PersonName | CardName:
    return CardName(number) if use is CertificateUse.OTHER else holder


def _professions(order: CardOrder, use: CertificateUse) -> dict[str, str | None]:
    if use is CertificateUse.OTHER:
        return {}
    return {
        "profession": order.person.profession if order.family is CardFamily.CPS else None,
        "future_profession": (
            order.person.future_profession if order.family is CardFamily.CPF else None
        ),
    }


def _card(order: CardOrder, number: str, certificate: x509.Certificate) -> Card:
    return Card(
        number=number,
        family=order.family,
        category=ProductCategory.TEST_CARD,
        ps_idnat=order.person.ps_idnat,
        issued_at=certificate.not_valid_before_utc,
        expires_at=certificate.not_valid_after_utc,
    )


def _data(order: CardOrder, practices: dict[int, Practice], card: Card) -> CardData:
    person = order.person
    known = person.qualifications
    return CardData(
        id_card=carddata.IdCard.make(
            card.number, card.category, card.issued_at.date(), card.expires_at.date()
        ),
        name=carddata.NamePs.make(person.family_name),
        lang=carddata.LangPs.make(order.languages),
        info=carddata.InfoPs.make(
            order.family,
            person.ps_idnat,
            person.given_name,
            known[0].code if known else None,
        ),
        activities={
            number: carddata.ActivityPs.make(
                one.structure.name, one.structure.struct_idnat, one.sector
            )
            for number, one in practices.items()
        },
    )


def _serial_digits() -> int:
    return ours.table("serial").integer("digits")


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
