# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The answers to reset of the CPS family (issuer's library, ``card-cps.c``).

>>> face_of(bytes.fromhex("3BAC00402A001225006480000310009000"))
<CardFace.CPS3_CONTACT: 'cps3-contact'>
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

__all__ = [
    "KNOWN",
    "STORAGE_CARD",
    "CardFace",
    "KnownAtr",
    "face_of",
    "is_storage_card",
    "resembles",
]


@unique
class CardFace(StrEnum):
    """A generation of cards and the way it is reached."""

    CPS3_CONTACT = "cps3-contact"
    CPS3_CONTACTLESS = "cps3-contactless"
    CPS4 = "cps4"


@dataclass(frozen=True, slots=True)
class KnownAtr:
    """An answer to reset, with the bits of it that have to match."""

    name: str
    face: CardFace
    atr: bytes
    mask: bytes

    def matches(self, atr: bytes) -> bool:
        """Tell whether an answer to reset is this one under the mask."""
        pairs = zip(atr, self.atr, self.mask, strict=False)
        return len(atr) == len(self.atr) and all((a ^ b) & m == 0 for a, b, m in pairs)


def _known(name: str, face: CardFace, atr: str, mask: str = "") -> KnownAtr:
    written = bytes.fromhex(atr)
    return KnownAtr(name, face, written, bytes.fromhex(mask) or b"\xff" * len(written))


KNOWN: Final = (
    _known(
        "CPS3 contact",
        CardFace.CPS3_CONTACT,
        "3B AC 00 40 2A 00 12 25 00 64 80 00 03 10 00 90 00",
        "FF 00 00 00 00 FF FF FF FF FF FF 00 00 00 FF FF FF",
    ),
    _known(
        "CPS3 contactless",
        CardFace.CPS3_CONTACTLESS,
        "3B 8F 80 01 00 31 B8 64 04 B0 EC C1 73 94 01 80 82 90 00 0E",
        "FF FF FF FF FF FF FF FF 00 00 FF C0 FF FF FF FF FF FF FF FF",
    ),
    _known("CPS4", CardFace.CPS4, "3B 9B 18 80 01 00 12 25 00 64 80 04 01 00 00 90 44"),
    _known(
        "CPS4 release candidate",
        CardFace.CPS4,
        "3B 9B 18 80 01 00 12 25 00 64 80 00 04 01 00 90 44",
    ),
    _known("CPS4 T=0", CardFace.CPS4, "3B DC 18 FF 00 00 12 25 00 64 80 00 04 01 00 90 00"),
)
"""Every published answer to reset; the first one of each face is the one to present."""


STORAGE_CARD: Final = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
"""What a reader shows for a chip with a 4-byte UID outside ISO/IEC 14443-4: a storage card
of ISO/IEC 14443 A part 3, Mifare Classic 1K (PC/SC part 3, section 3.1.3.2.3). That the CPx before
R3V3 are seen so is inferred from the Mifare Classic that later cards dropped."""

_STORAGE_CARD_HEAD: Final = STORAGE_CARD[:12]
"""The same for every storage card; which kind it is follows."""


def is_storage_card(atr: bytes) -> bool:
    """Return whether a reader shows a chip outside ISO/IEC 14443-4, such as a badge."""
    return atr.startswith(_STORAGE_CARD_HEAD)


def face_of(atr: bytes) -> CardFace | None:
    """Return the face that gives exactly this answer to reset, as the issuer's library decides."""
    return next((item.face for item in KNOWN if item.atr == atr), None)


def resembles(atr: bytes) -> CardFace | None:
    """Return the face whose answer to reset this is, exactly or else under its mask.

    A CPS4 that offers T=0 alone also lies under the mask of the CPS3.
    """
    return face_of(atr) or next((item.face for item in KNOWN if item.matches(atr)), None)
