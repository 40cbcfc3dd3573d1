# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Tags of the business data objects of a card (CPS_ID_CARD, CPS_NAME_PS, ...).

The format paper of the issuer was never published. The tags of this module were found by watching
what the issuer's card manager shows (card bytes, found by trial) and what public software reads;
others exist. What the project writes beyond them stands in ``data/ours.toml``.
"""

from enum import IntEnum, unique

__all__ = ["ActivityTag", "Container", "IdCardTag", "InfoTag", "NameTag"]


@unique
class Container(IntEnum):
    """The outer tag of each object."""

    ID_CARD = 0xE3
    NAME = 0xE4
    ACTUA = 0xEC
    INFO = 0xED
    ACTIVITY = 0xEE


@unique
class IdCardTag(IntEnum):
    """Inside CPS_ID_CARD."""

    NUMBER = 0x81
    """5 bytes BCD: the ten-digit card number."""

    CATEGORY = 0x82
    """One byte, table G01: 80 prints "de test"."""

    ISSUED = 0x83
    """4 bytes BCD, YYYYMMDD."""

    EXPIRES = 0x84
    """4 bytes BCD, YYYYMMDD."""


@unique
class NameTag(IntEnum):
    """Inside CPS_NAME_PS."""

    SURNAME = 0x84


@unique
class InfoTag(IntEnum):
    """Inside CPS_INFO_PS."""

    CARD_TYPE = 0x80
    """One byte, table G02: 00 CPS, 01 CPF, 02 CPE, 03 CPA."""

    PS_IDNAT = 0x81
    """Text; the first character is the type of the identifier."""

    GIVEN_NAME = 0x84


@unique
class ActivityTag(IntEnum):
    """Inside CPS_ACTIVITY_nn_PS."""

    STRUCTURE_NAME = 0x84
    STRUCT_IDNAT = 0x85
    """Text; the first character is the type of the identifier."""

    SECTOR = 0x86
    """Four characters, table R02, e.g. ``SA07``; the last of the object."""
