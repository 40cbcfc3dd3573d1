# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Labels that software looks for (issuer's specification of the module and its test program)."""

from collections.abc import Callable
from enum import StrEnum, unique
from typing import Final

from caducee.spec.files import ACTIVITIES

__all__ = [
    "AID_LABEL_CONTACT",
    "AID_LABEL_CONTACTLESS",
    "APPLICATION",
    "PUBLIC_KEY_PREFIX",
    "TOKEN_CPS3_CONTACTLESS",
    "CertificateLabel",
    "Cps2terLabel",
    "DataLabel",
    "KeyLabel",
    "TokenPrefix",
    "activity",
    "activity_number",
    "cps2ter_activity",
    "cps2ter_activity_number",
    "token",
]

AID_LABEL_CONTACT: Final = "ASIP CPS"
AID_LABEL_CONTACTLESS: Final = "ASIP CPS CL"

APPLICATION: Final = "CPS"
"""CKA_APPLICATION of the business data objects."""

PUBLIC_KEY_PREFIX: Final = "Cle publique - "
"""Before the certificate's label, where a public key comes from a certificate."""

TOKEN_CPS3_CONTACTLESS: Final = "CPS3v3_CL"  # noqa: S105 (a label)


@unique
class CertificateLabel(StrEnum):
    """Labels of certificates."""

    SIGNATURE = "Certificat de Signature CPS"
    AUTHENTICATION = "Certificat d'Authentification CPS"
    TECHNICAL = "Certificat Technique CPS"


@unique
class KeyLabel(StrEnum):
    """Labels of private keys."""

    SIGNATURE = "CPS_PRIV_SIG"
    AUTHENTICATION = "CPS_PRIV_AUT"
    TECHNICAL = "CPS_PRIV_TECH_AUT"


@unique
class DataLabel(StrEnum):
    """Labels of business data objects, the practice situations apart (see `activity`)."""

    CPS_DATA = "CPS_DATA"
    ID_CARD = "CPS_ID_CARD"
    NAME = "CPS_NAME_PS"
    LANGUAGE = "CPS_LANG_PS"
    INFO = "CPS_INFO_PS"
    SITUATION = "CPS_SIT_FACT"


@unique
class Cps2terLabel(StrEnum):
    """Labels of the copies of the CPS2ter side in the directory of a CPS4."""

    ATR = "CPS2TER_ATR"
    ID = "CPS2TER_ID"
    ICC = "CPS2TER_ICC"
    NAME = "CPS2TER_NAME"
    LANGUAGE = "CPS2TER_LANG"
    INFO = "CPS2TER_PSINFO"
    INSURANCE = "CPS2TER_DIRAMO"


@unique
class TokenPrefix(StrEnum):
    """What a token label begins with; the ten digits of the card number follow."""

    CPS3 = "CPS3v3"
    CPS4 = "CPS4v1"


def activity(number: int) -> str:
    """Return the label of a practice situation, 1 to 16."""
    return f"CPS_ACTIVITY_{number:02d}_PS"


def cps2ter_activity(number: int) -> str:
    """Return the label of a practice situation of the CPS2ter side, 1 to 16."""
    return f"CPS2TER_ACTIVITY_{number:02d}_PS"


def activity_number(label: str) -> int | None:
    """Return the number of the practice situation with this label; None for another label."""
    return _number(label, activity)


def cps2ter_activity_number(label: str) -> int | None:
    """Return the number of the CPS2ter practice situation with this label; None for another."""
    return _number(label, cps2ter_activity)


def _number(label: str, written: Callable[[int], str]) -> int | None:
    numbers = range(1, ACTIVITIES + 1)
    return next((number for number in numbers if label == written(number)), None)


def token(prefix: TokenPrefix, card_number: str) -> str:
    """Return a token label: ``CPS3v3-2900995235``."""
    return f"{prefix}-{card_number}"
