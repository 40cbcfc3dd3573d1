# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Words and bounds of requests that wait for the holder of a card. Ours: nobody published one.

The two digits and the words of the states follow CIBA (OpenID Connect Client-Initiated Backchannel
Authentication), the confirmation is a JSON Web Signature (RFC 7515) with its type in the header
(RFC 8725 section 3.11).
"""

import re
from enum import StrEnum, unique
from typing import Final

__all__ = [
    "ALGORITHM",
    "BINDING_MESSAGE",
    "CONFIRMATION_TYPE",
    "INVISIBLE",
    "LONGEST_SECONDS",
    "MAX_ANSWER",
    "MAX_ASK",
    "MAX_CONFIRMATION",
    "MAX_MARKS",
    "MAX_SERVICE",
    "NONCE",
    "PS_IDNAT",
    "SHORTEST_SECONDS",
    "SOCKET",
    "SOCKET_VARIABLE",
    "VERSION",
    "RequestState",
]

VERSION: Final = 1
"""Version of the interface; a later one that only adds members keeps the number."""

SOCKET: Final = "requests.sock"
"""Name of the socket in the user's run-time folder ``caducee``."""

SOCKET_VARIABLE: Final = "CADUCEE_REQUESTS_SOCKET"
"""Names another socket."""

MAX_ASK: Final = 2048
"""Bytes of a line that a service sends, its end counted."""

MAX_ANSWER: Final = 16384
"""Bytes of a line that the manager sends, its end counted."""

MAX_CONFIRMATION: Final = 12288
"""Characters of a confirmation."""

MAX_SERVICE: Final = 80
"""Characters of a service's name."""

MAX_MARKS: Final = 3
"""Marks (accents and the like) on one sign of a service's name; no writing needs more."""

INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""What counts as printable and shows nothing: Default_Ignorable_Code_Point (Unicode 16,
DerivedCoreProperties.txt) beyond the format characters, and the empty sign of Braille."""

BINDING_MESSAGE: Final = re.compile(r"[0-9]{2}")
"""What service and manager show at the same time."""

NONCE: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")
"""At least 128 bits, base64url without padding."""

PS_IDNAT: Final = re.compile(r"[0-9A-Za-z/.-]{1,40}")
"""The holder that a service expects, as in the name of the certificate."""

SHORTEST_SECONDS: Final = 5
LONGEST_SECONDS: Final = 600
"""How long a request may wait."""

CONFIRMATION_TYPE: Final = "card-confirmation+jwt"
"""``typ`` of the signed structure: no signature for another purpose can stand in for it."""

ALGORITHM: Final = "RS256"
"""What every card of the family makes with its authentication key."""


@unique
class RequestState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    """Others came before it."""

    SHOWN = "shown"
    """It is in front of the holder."""

    CONFIRMED = "confirmed"
    """The holder gave the code; the card signed."""

    REFUSED = "refused"
    """The holder does not want it."""

    EXPIRED = "expired"
    """Nobody answered in time."""

    WITHDRAWN = "withdrawn"
    """The service does not wait any more."""

    CLOSED = "closed"
    """The manager was ended; nothing was signed."""

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return self not in (RequestState.WAITING, RequestState.SHOWN)
