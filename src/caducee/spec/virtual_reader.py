# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The wire between a virtual reader and a virtual card (vsmartcard, virtual smart card protocol).

Every message is two bytes of length (big endian) and that many bytes. The reader sends a command
of one byte, or a command APDU; the card answers the request for its answer to reset and every
command APDU, and nothing else.
"""

from enum import IntEnum, unique

__all__ = [
    "FIRST_PORT",
    "LENGTH_SIZE",
    "MAX_MESSAGE",
    "PIN_PAD_SUFFIX",
    "READER_NAME",
    "SLOTS",
    "Control",
]

FIRST_PORT = 0x8C7B
"""The TCP port of the first slot (vpcd's reader.conf entry ``/dev/null:0x8C7B``)."""

SLOTS = 2
"""How many slots vpcd opens, each on the port after the one before."""

READER_NAME = "Virtual PCD"
"""How the readers of vpcd are named by PC/SC, before the numbers of reader and slot."""

PIN_PAD_SUFFIX = ".pinpad"
"""How the socket of a reader's PIN pad ends, beside that of the card (ours)."""

LENGTH_SIZE = 2
MAX_MESSAGE = 0xFFFF


@unique
class Control(IntEnum):
    """The one-byte commands of the reader."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    GET_ATR = 4
