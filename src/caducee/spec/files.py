# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of the cards (issuer's library and its tests; roles of the 70xx: OpenSC's IAS profile).

The ids of the business data objects that no document gives are in ``data/ours.toml``.

>>> path(FileId.MF, FileId.CONTACT, FileId.ODF).hex()
'3f0000015031'
"""

from enum import IntEnum, unique
from typing import Final

__all__ = ["ACTIVITIES", "FileId", "path"]

ACTIVITIES: Final = 16
"""How many practice situations a card can hold."""


@unique
class FileId(IntEnum):
    """File ids whose place is known."""

    MF = 0x3F00
    SERIAL = 0xD003
    """EF.SN.ICC, the serial number."""

    ACTUA = 0xD010
    """EF_ACTUA, the last update; absent until the first one."""

    DIR = 0x2F00
    ATR = 0x2F01
    CONTACT = 0x0001
    """DF of the contact application."""

    CONTACTLESS = 0x0002
    """DF of the contactless application."""

    ODF = 0x5031
    TOKEN_INFO = 0x5032
    AODF = 0x7001
    PRIVATE_KEYS = 0x7002
    PUBLIC_KEYS = 0x7004
    CERTIFICATES = 0x7005
    DATA_OBJECTS = 0x7006
    CONTACTLESS_PRIVATE_KEYS = 0x7102
    CONTACTLESS_PUBLIC_KEYS = 0x7104
    CONTACTLESS_CERTIFICATES = 0x7105
    CONTACTLESS_DATA_OBJECTS = 0x7106
    SIGNATURE_CERTIFICATE = 0xA001
    AUTHENTICATION_CERTIFICATE = 0xA002
    TECHNICAL_CERTIFICATE = 0xA003
    CPS_DATA = 0xD107
    FIRST_ACTIVITY = 0xD120
    CPS2TER = 0x7F01
    """DF of the billing situation on the CPS2ter side."""

    CPS2TER_SITUATION = 0x4000
    CPS2TER_FIRST_ACTIVITY = 0x4010


def path(*ids: int) -> bytes:
    """Return the path made of file ids, two bytes each."""
    return b"".join(identifier.to_bytes(2) for identifier in ids)
