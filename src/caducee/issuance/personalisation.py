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
from caducee.authority.requests import CardRequest
from caducee.codec.carddata import SerialNumber
from caducee.directory.model import Card
from caducee.issuance.objects import card_data, cps2ter_data
from caducee.issuance.order import STAFF, CardOrder, Practice, name_for
from caducee.issuance.pins import CardPins
from caducee.issuance.states import image_in, start_of
from caducee.spec import ours
from caducee.spec.cards import CardGeneration
from caducee.spec.nomenclatures import CardFamily
from caducee.trust.certificate import CertificateUse
from caducee.virtualcard.content import PersonalisationData
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import cps3, cps4

__all__ = ["USES", "PersonalisedCard", "ReservedNumbers", "personalise"]

USES = (CertificateUse.AUTHENTICATION, CertificateUse.SIGNATURE, CertificateUse.OTHER)
"""The certificates of a card in the order of their keys and serials; the last is optional."""


@dataclass(frozen=True, slots=True)
class ReservedNumbers:
    """The numbers of one card, given once for ever."""

    number: str
    """The card number, 10 digits."""

    serials: Sequence[int]
    """Serial numbers of the certificates, in the order of `USES`."""


@dataclass(frozen=True, slots=True)
class PersonalisedCard:
    """A card that is ready, before anybody knows of it."""

    card: Card
    """What the registry will keep."""

    image: CardImage
    """The card."""

    pins: CardPins
    """Its pins."""

    issued: Sequence[tuple[CardRequest, x509.Certificate]]
    """Its certificates with their requests, in the order of `USES`."""


def personalise(
    authority: Authority,
    order: CardOrder,
    practices: dict[int, Practice],
    reserved: ReservedNumbers,
    keys: Sequence[rsa.RSAPrivateKey],
) -> PersonalisedCard:
    """Return the card of an order. ``keys`` stand in the order of `USES`, as many as serials.

    Raises `IssueError` when the CA does not live as long as the card.
    """
    at = order.not_before or start_of(order.state, authority.now())
    issued = [
        (request, authority.sign(request, serial))
        for request, serial in zip(
            _requests(order, reserved, keys, at), reserved.serials, strict=True
        )
    ]
    card = _card(order, reserved.number, issued[0][1])
    pins = order.pins or CardPins.random()
    ders = [item.public_bytes(Encoding.DER) for _, item in issued]
    content = _content(order, practices, card, pins, (keys, ders))
    whole = cps4(content) if order.generation is CardGeneration.CPS4 else cps3(content)
    return PersonalisedCard(card, image_in(order.state, whole), pins, issued)


def _content(
    order: CardOrder,
    practices: dict[int, Practice],
    card: Card,
    pins: CardPins,
    parts: tuple[Sequence[rsa.RSAPrivateKey], Sequence[bytes]],
) -> PersonalisationData:
    keys, certificates = parts
    technical = order.has_technical_key
    serial = SerialNumber.make(card.number[: _serial_digits()])
    data = card_data(order, practices, card)
    return PersonalisationData(
        card_number=card.number,
        serial=serial,
        pin=pins.pin,
        puk=pins.puk,
        auth_key=keys[0],
        sign_key=keys[1],
        technical_key=keys[2] if technical else None,
        auth_certificate=certificates[0],
        sign_certificate=certificates[1],
        technical_certificate=certificates[2] if technical else None,
        data=data,
        two_applications=technical,
        contactless=order.contactless,
        cps2ter=cps2ter_data(order, practices, data, serial),
    )


def _requests(
    order: CardOrder, reserved: ReservedNumbers, keys: Sequence[rsa.RSAPrivateKey], at: dt.datetime
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
            category=order.category,
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
        category=order.category,
        ps_idnat=order.person.ps_idnat,
        issued_at=certificate.not_valid_before_utc,
        expires_at=certificate.not_valid_after_utc,
        responsibility=order.responsibility if order.family in STAFF else None,
    )


def _serial_digits() -> int:
    return ours.table("serial").integer("digits")
