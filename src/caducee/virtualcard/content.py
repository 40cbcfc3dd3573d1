# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What one card is to hold, as its issuer hands it over for personalisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.base.secret import Secret
from caducee.codec.carddata import (
    ActivityPs,
    EfActua,
    IdCard,
    InfoPs,
    LangPs,
    NamePs,
    SerialNumber,
)

__all__ = ["CardContent", "CardData"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardData:
    """The business data of a card."""

    id_card: IdCard
    name: NamePs
    lang: LangPs
    info: InfoPs

    activities: Mapping[int, ActivityPs] = field(default_factory=dict)
    """By number, 1 to 16; numbers may have gaps."""

    cps_data: bytes = b""
    """First bytes of CPS_DATA, the free area of applications."""

    actua: EfActua | None = None
    """None on a card whose data were never updated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """Everything that goes on a CPS3."""

    card_number: str
    """10 digits, the end of the token label: ``CPS3v3-2900995235``."""

    serial: SerialNumber
    """EF.SN.ICC; one serial for each card, because middlewares cache by it."""

    pin: Secret
    """Code porteur: 4 to 8 digits, 4 as delivered."""

    puk: Secret
    """Code de déblocage: 8 digits."""

    sign_key: rsa.RSAPrivateKey
    auth_key: rsa.RSAPrivateKey

    sign_certificate: bytes
    """DER."""

    auth_certificate: bytes
    """DER."""

    data: CardData

    technical_key: rsa.RSAPrivateKey | None = None
    """The key of the contactless application; needed for two applications."""

    technical_certificate: bytes | None = None
    """DER."""

    two_applications: bool = True
    """EF.DIR with the contact and the contactless application, as a real card has it, or with
    the contact application alone (OpenSC shows the contactless one first)."""

    pin_lengths: tuple[int, int] | None = None
    """Least and most digits of the PIN; None: as `spec.ours` says."""
