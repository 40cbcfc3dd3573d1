# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Numbers and codes of the cards that stand in no file of theirs."""

from enum import StrEnum, unique
from typing import Final

__all__ = [
    "CARD_EXPONENT",
    "CARD_ISSUER",
    "CARD_KEY_BITS",
    "CARD_NUMBER_SIZE",
    "CARD_YEARS",
    "MAX_ACTIVITIES",
    "MAX_NAME",
    "MAX_ORGANIZATION_NAME",
    "PIN_SIZE",
    "PUK_SIZE",
    "STAFF_TITLE",
    "TEST_PIN",
    "TEST_PUK",
    "CardGeneration",
]


@unique
class CardGeneration(StrEnum):
    """The generations that are in the field (issuer's library: drivers of CPS3 and CPS4)."""

    CPS3 = "CPS3"
    """From February 2011: IAS-ECC, with a contactless and a CPS2ter side."""

    CPS4 = "CPS4"
    """In the field from July 2025: ChipDoc, with a CPS2ter side."""


CARD_ISSUER: Final = "8025000001"
"""National identifier of the ANS as issuer of cards (EF.SN.ICC of real cards; ANS, MOS)."""

CARD_KEY_BITS: Final = 2048
"""Size of the RSA keys of a card (decoded TEST certificates)."""

CARD_EXPONENT: Final = 65537
"""Public exponent of the RSA keys of a card (decoded TEST certificates)."""

CARD_NUMBER_SIZE: Final = 10
"""Digits of a card number (ANS, MOS); no key digit among the known ones."""

CARD_YEARS: Final = 3
"""Validity of card certificates in years, to the second (decoded TEST certificates)."""

MAX_ACTIVITIES: Final = 16
"""Practice situations on a card: CPS_ACTIVITY_01_PS to _16_PS (Cryptolib v5)."""

MAX_NAME: Final = 27
"""Longest family or given name; the longest names of TEST cards, MAXIMAXI… and MUMUMU…, have 27
letters and look made to try this limit [inferred]."""

MAX_ORGANIZATION_NAME: Final = 64
"""Letters of the name of a structure in a certificate (RFC 5280 A.1, ub-organization-name)."""

PIN_SIZE: Final = 4
"""Digits of the PIN (ANS, terms of use of the card)."""

PUK_SIZE: Final = 8
"""Digits of the PUK."""

STAFF_TITLE: Final = "Personnel santé ou social"
"""The T of a CPE certificate (decoded TEST certificate of 2017); of a CPA by analogy."""

TEST_PIN: Final = "1234"
"""The PIN in the test program of the Cryptolib CPS v5."""

TEST_PUK: Final = "12345678"
"""The PUK in the same program."""
