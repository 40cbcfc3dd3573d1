# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is read of one card, as values; what they say in words is in `card_view`."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum, unique

from cryptography import x509

from caducee.base.errors import CardError, CpsError, FormatError
from caducee.base.secret import Secret
from caducee.codec.carddata import EfActua
from caducee.cryptolib import (
    Billing,
    CardActivity,
    CardIdentity,
    CpsCard,
    DataObject,
    Holder,
    KeyUse,
    PinState,
)
from caducee.diagnosis.facts import CardFacts
from caducee.diagnosis.machine.card import card_facts
from caducee.trust.path import PathResult

__all__ = [
    "CardData",
    "CertificateData",
    "OnProgress",
    "ProtectedData",
    "ValidationState",
    "read_protected",
    "read_public",
]

type OnProgress = Callable[[str, float], None]
"""Gets what is being read (``holder``, ``certificates``, …), and the share that is done."""


@unique
class ValidationState(StrEnum):
    """Why a certificate has not been validated yet."""

    NOBODY = "nobody"
    """No trusted authority is known."""

    RUNNING = "running"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CertificateData:
    """One certificate of the card."""

    use: KeyUse
    certificate: x509.Certificate | None
    """None when it cannot be read; ``error`` then has the reason."""

    error: CpsError | None = None
    judged: PathResult | None = None
    """What the trusted authorities say of it; None while they said nothing, see `judging`."""

    judging: ValidationState = ValidationState.NOBODY


@dataclass(frozen=True, slots=True)
class ProtectedData:
    """What the card gives after PIN verification."""

    activities: tuple[CardActivity, ...]
    billing: Billing | None
    """None when this card has no such side."""

    objects: tuple[DataObject, ...]


@dataclass(frozen=True, slots=True)
class CardData:
    """One card as it was read."""

    reader: str
    read_at: dt.datetime
    identity: CardIdentity
    label: str
    """Of the token, e.g. ``CPS3v3-2900995235``."""

    number: str
    """The ten digits of the card number; empty when the card does not tell."""

    complete: bool
    updated: dt.datetime | None
    """When the last update of the data ended; None: never, or this card does not tell."""

    holder: Holder
    languages: tuple[str, ...]
    certificates: tuple[CertificateData, ...]
    pin: PinState | None
    puk: PinState | None
    facts: CardFacts
    """What the diagnosis knows of it."""

    rest: ProtectedData | None = None
    """None while the code was not given."""

    def with_judged(self, results: dict[KeyUse, PathResult]) -> "CardData":
        """Return the card with what the authorities say of its certificates."""
        certificates = tuple(
            replace(certificate, judged=results.get(certificate.use, certificate.judged))
            for certificate in self.certificates
        )
        return replace(self, certificates=certificates)

    def with_judging(self, judging: ValidationState) -> "CardData":
        """Return the card with how far judging its certificates is."""
        certificates = tuple(
            replace(certificate, judging=judging) for certificate in self.certificates
        )
        return replace(self, certificates=certificates)

    def certificate(self, use: KeyUse) -> x509.Certificate:
        """Return a certificate. Raises `CardError` as `CpsCard.certificate`."""
        for certificate in self.certificates:
            if certificate.use is use and certificate.certificate is not None:
                return certificate.certificate
            if certificate.use is use and certificate.error is not None:
                raise certificate.error
        raise CardError("cryptolib.certificate_missing", use=use.value)


def read_public(
    card: CpsCard, reader: str, at: dt.datetime, tell: OnProgress = lambda _what, _share: None
) -> CardData:
    """Read all that needs no code.

    ``tell`` may raise to end the reading. Raises `CardError`, `ReaderError`.
    """
    tell("holder", 0.1)
    holder = card.holder()
    tell("certificates", 0.4)
    certificates = tuple(_certificate(card, use) for use in card.uses)
    tell("codes", 0.7)
    pin, puk = card.pin_states()
    tell("files", 0.8)
    return CardData(
        reader=reader,
        read_at=at,
        identity=card.identity,
        label=card.token_label,
        number=holder.card_number or card.card_number,
        complete=card.complete,
        updated=_updated(card),
        holder=holder,
        languages=card.languages(),
        certificates=certificates,
        pin=pin,
        puk=puk,
        facts=card_facts(card, 0.0),
    )


def read_protected(
    card: CpsCard, data: CardData, code: Secret, tell: OnProgress = lambda _what, _share: None
) -> CardData:
    """Read what stands behind the code too; the code is forgotten at the end.

    Raises `WrongPinError`, `PinBlockedError`, `CardError` (``cryptolib.card_exchanged``
    without any code sent when another card is there), `ReaderError`.
    """
    try:
        with card.transaction():
            card.confirm(data.identity)
            tell("code", 0.1)
            card.verify(code)
        tell("activities", 0.3)
        activities = card.activities()
        tell("billing", 0.6)
        billing = _billing(card)
        tell("files", 0.8)
        rest = ProtectedData(activities, billing, card.data_objects())
        pin, puk = card.pin_states()
        return replace(data, rest=rest, pin=pin, puk=puk, facts=card_facts(card, 0.0))
    finally:
        card.logout()


def _certificate(card: CpsCard, use: KeyUse) -> CertificateData:
    try:
        return CertificateData(use, card.certificate(use))
    except CardError as error:
        return CertificateData(use, None, error)


def _updated(card: CpsCard) -> dt.datetime | None:
    if not card.actuality:
        return None
    try:
        return EfActua.from_file(card.actuality).end
    except FormatError:
        return None


_NO_BILLING = frozenset({"cryptolib.not_on_face", "cryptolib.application_missing"})


def _billing(card: CpsCard) -> Billing | None:
    try:
        return card.billing()
    except CardError as error:
        if error.code in _NO_BILLING:
            return None
        raise
