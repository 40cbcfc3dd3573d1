# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an application learns from a card: plain frozen values."""

import datetime as dt
from dataclasses import dataclass, field
from enum import Enum, StrEnum, unique

from caducee.base.secret import Secret
from caducee.codec.billing import BillingSituation
from caducee.spec.atrs import CardFace
from caducee.spec.nomenclatures import CardFamily

__all__ = [
    "Billing",
    "BillingActivity",
    "CardActivity",
    "CardIdentity",
    "DataObject",
    "EnteredPins",
    "Hash",
    "Holder",
    "KeyUse",
    "PinState",
]


@unique
class KeyUse(Enum):
    """What a private key of the card is for; they are never mixed."""

    AUTHENTICATION = "authentication"
    """Logging in (TLS, tokens) and deciphering."""

    SIGNATURE = "signature"
    """Signing documents; carries non-repudiation."""

    TECHNICAL = "technical"
    """Proving the card, without contacts and without a PIN; no evidence of the holder's consent."""


@unique
class Hash(StrEnum):
    """A digest that every card can sign; the value is the name that hashlib uses."""

    SHA256 = "sha256"
    SHA1 = "sha1"


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """Which card this is, for a cache or a card watch."""

    icc: bytes
    """EF.SN.ICC whole, 12 bytes."""

    face: CardFace
    atr: bytes

    @property
    def serial(self) -> str:
        """The serial number: the decimal digits after the issuer number, without the last byte."""
        return self.icc[7:-1].hex()


@dataclass(frozen=True, slots=True)
class PinState:
    """State of the PIN or the PUK; None where the card does not report it."""

    tries_left: int | None
    tries_max: int | None
    verified: bool
    """The PIN was accepted in this session, and is presented again whenever it is needed."""

    min_length: int
    max_length: int

    @property
    def blocked(self) -> bool:
        """Whether no try is left."""
        return self.tries_left == 0

    def facts(self) -> dict[str, int | None]:
        """Return the state as facts for programs, by name."""
        return {
            "tries_left": self.tries_left,
            "tries_max": self.tries_max,
            "min_length": self.min_length,
            "max_length": self.max_length,
        }


@dataclass(frozen=True, slots=True)
class Holder:
    """Who the card says its holder is. Empty text and None: the card does not say.

    The card's data objects are not signed: a relying party takes identity from the certificate.
    """

    family_name: str
    given_name: str
    ps_idnat: str
    """PS_IdNat: the type digit (G08) and the national number, e.g. ``899700735741``."""

    profession: str | None
    """Code of table G15, or G16 for a professional in training; from the certificate."""

    specialties: tuple[str, ...]
    """Codes of table R01, e.g. ``SM26``."""

    family: CardFamily | int | None
    """CPS, CPF, CPE or CPA; an unknown code stays a number."""

    is_test: bool | None
    """A card of the test world (category 80 and above, table G01)."""

    card_number: str = ""
    """Ten digits, as printed on the card."""

    issued: dt.date | None = None
    expires: dt.date | None = None
    responsibility: str | None = None
    """Code of table G04: 01 or 02 make a CPE a CDE, a CPA a CDA; known of cards of ours alone."""


@dataclass(frozen=True, slots=True)
class CardActivity:
    """One practice situation of the holder (object CPS_ACTIVITY_nn_PS). Unsigned, too."""

    number: int
    """The number in the object's label, 1 to 16."""

    structure_name: str
    structure_idnat: str
    """Struct_IdNat: the type digit (G07) and the number, e.g. ``499700735741008``."""

    sector: str
    """Code of table R02, e.g. ``SA07``."""

    raw: bytes = field(default=b"", repr=False)
    """The object as stored."""


@dataclass(frozen=True, slots=True)
class BillingActivity:
    """One practice situation as the CPS2ter side holds it (object CPS2TER_ACTIVITY_nn_PS)."""

    number: int
    """The number in the object's label, 1 to 16."""

    raw: bytes = field(repr=False)
    """The object as stored."""

    situation: BillingSituation | None = None
    """What it says; None for a layout that is not understood."""


@dataclass(frozen=True, slots=True)
class Billing:
    """What the CPS2ter side says for billing; readable after the PIN, and unsigned."""

    situation: bytes | None = field(repr=False)
    """CPS_SIT_FACT as stored; None when the card has none."""

    activities: tuple[BillingActivity, ...]
    situations: tuple[BillingSituation, ...] = ()
    """What CPS_SIT_FACT says; empty for a layout that is not understood."""


@dataclass(frozen=True, slots=True)
class DataObject:
    """One data object of the card as stored."""

    label: str
    path: bytes
    private: bool
    """Readable only after the PIN."""

    modifiable: bool
    value: bytes | None = field(repr=False)
    """The bytes of the file; None when the PIN is needed and was not given."""


@dataclass(frozen=True, slots=True)
class EnteredPins:
    """The PINs that the holder entered."""

    old: Secret | None = None
    new: Secret | None = None

    def wipe(self) -> None:
        """Overwrite and forget the PINs."""
        for item in (self.old, self.new):
            if item is not None:
                item.wipe()
