# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Between a façade and its daemon: kinds of frames and limits. All of it is ours.

The C of the façade takes these numbers from here (``native/generate.py``); `caducee.codec.pkcs11`
documents what the frames hold.
"""

from enum import IntEnum, unique
from typing import Final

__all__ = [
    "APPLICATION_ID",
    "LONGEST",
    "MAX_ATTRIBUTES",
    "MAX_CONNECTIONS",
    "MAX_FRAME",
    "MAX_PIN",
    "MAX_TOKEN",
    "MAX_WAITING",
    "PARAMETER_WANTED",
    "PROTOCOL_VERSION",
    "RESTART",
    "SILENCE",
    "START",
    "SUSPECT",
    "SUSPECT_SILENCE",
    "WORKING_EVERY",
    "BufferForm",
    "DesktopKind",
    "FrameKind",
    "Lending",
    "MechanismForm",
]

PROTOCOL_VERSION: Final = 2
"""Grows with each change that one side alone cannot bear."""

MAX_FRAME: Final = 16 * 1024 * 1024
"""Bytes of a frame after its length, both ways."""

MAX_ATTRIBUTES: Final = 4096
"""Attributes of one template."""

MAX_PIN: Final = 255
"""Bytes of a PIN; the same for a user's name."""

MAX_TOKEN: Final = 64
"""Bytes of the token that lets a façade in where no credentials of the peer exist (tests)."""

MAX_CONNECTIONS: Final = 64
"""Connections that calls of one process share."""

MAX_WAITING: Final = 16
"""Further connections of one process, one for each C_WaitForSlotEvent that blocks."""

APPLICATION_ID: Final = 16
"""Bytes of the random name of an application, new at each C_Initialize."""

SILENCE: Final = 10
"""Seconds without any frame after which a façade takes the daemon for dead."""

LONGEST: Final = 600
"""Seconds that one call may take in all, C_WaitForSlotEvent apart."""

START: Final = 10
"""Seconds that a façade waits for a daemon that it has started."""

RESTART: Final = 3
"""Seconds before a façade starts a daemon once more."""

SUSPECT: Final = 30
"""Seconds during which a daemon that was silent or did not start is not waited for long."""

SUSPECT_SILENCE: Final = 1
"""Seconds that a façade then waits for a WELCOME, and for the end of C_Finalize."""

PARAMETER_WANTED: Final = 0xFFFF_FFFF
"""The code of a REPLY, without results, to a CALL whose mechanism has a parameter that the façade
has not read: session, state, key and mechanism are judged and nothing is done. The façade reads the
parameter and sends the CALL again, with it."""

WORKING_EVERY: Final = 2
"""Seconds between two WORKING frames of a daemon whose answer takes long."""


@unique
class FrameKind(IntEnum):
    """The byte after the length of a frame."""

    HELLO = 1
    WELCOME = 2
    CALL = 3
    REPLY = 4
    LEND = 5
    LENT = 6
    WORKING = 7


@unique
class DesktopKind(IntEnum):
    """Frames of a program of the desktop, e.g. the card manager; no façade knows them."""

    LOG_OUT = 64
    """End every login of this user. The first and only frame of its connection, without HELLO."""

    LOGGED_OUT = 65
    """The answer of the daemon; its code is the number of logins that were ended."""


@unique
class Lending(IntEnum):
    """What a daemon asks of a lent card."""

    TRANSMIT = 1


@unique
class MechanismForm(IntEnum):
    """How the parameter of a mechanism is written."""

    NONE = 0
    UNREAD = 1
    PSS = 2


@unique
class BufferForm(IntEnum):
    """What the caller offers for a result."""

    QUERY = 0
    CAPACITY = 1
    NOTHING = 2
