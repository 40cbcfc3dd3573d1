# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What one card is to hold, as its issuer hands it over for personalisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

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
from caducee.spec.labels import Cps2terLabel

__all__ = ["BusinessData", "ContactlessChip", "Cps2terData", "PersonalisationData"]


@unique
class ContactlessChip(StrEnum):
    """What a CPS3 shows to a contactless reader."""

    APPLICATION = "application"
    """The contactless application with its technical key (R3V3, from December 2020)."""

    IDENTIFICATION = "identification"
    """A UID of 4 bytes and nothing else (before)."""

    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cps2terData:
    """What stands on the CPS2ter side, as bytes; a card without any of it has no such side."""

    sit_fact: bytes | None = None
    """CPS_SIT_FACT, the billing situation: 3F00/7F01/4000."""

    activities: Mapping[int, bytes] = field(default_factory=dict)
    """CPS2TER_ACTIVITY_nn_PS by number, 1 to 16: 3F00/4010 to 401F."""

    objects: Mapping[Cps2terLabel, bytes] = field(default_factory=dict)
    """The CPS2TER_* copies that a CPS4 alone has, read without PIN."""

    def __bool__(self) -> bool:
        return self.sit_fact is not None or bool(self.activities) or bool(self.objects)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessData:
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
class PersonalisationData:
    """Everything that goes on a card."""

    card_number: str
    """10 digits, the end of the token label: ``CPS3v3-2900995235``, ``CPS4v1-3100603746``."""

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

    data: BusinessData

    technical_key: rsa.RSAPrivateKey | None = None
    """The key of the contactless application; needed for two applications."""

    technical_certificate: bytes | None = None
    """DER."""

    two_applications: bool = True
    """EF.DIR with the contact and the contactless application, as a real card has it, or with
    the contact application alone (OpenSC shows the contactless one first)."""

    pin_lengths: tuple[int, int] | None = None
    """Least and most digits of the PIN; None: as `spec.ours` says."""

    contactless: ContactlessChip | None = None
    """The contactless chip of a CPS3; None: with the application when there are two
    applications, else none. A CPS4 has none."""

    uid: bytes | None = None
    """4 bytes to identify, 7 for R3V3; None: ours, made of the card number."""

    cps2ter: Cps2terData = field(default_factory=Cps2terData)

    atr: bytes | None = None
    """An answer to reset of the CPS4 other than the usual one (`spec.atrs`); None: the usual."""
