# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How a browser extension speaks with a program beside the browser, and our names there.

Source: developer.mozilla.org, "Native messaging" and "Native manifests"; developer.chrome.com,
"Native messaging". Both browsers use one wire: a length of 32 bits in the machine's byte order,
then JSON in UTF-8.
"""

import re
from enum import StrEnum, unique
from typing import Final

__all__ = [
    "CHROMIUM_EXTENSION",
    "FIREFOX_EXTENSION",
    "HASHES",
    "HOST",
    "MOST_FROM_BROWSER",
    "MOST_TO_BROWSER",
    "NONCE",
    "ORIGIN",
    "Command",
    "Event",
]

HOST: Final = "org.caducee.host"
"""The name of our host: letters, digits, underscores and dots, as both browsers ask."""

FIREFOX_EXTENSION: Final = "extension@caducee.org"
"""What the extension is called in Firefox (``browser_specific_settings.gecko.id``)."""

CHROMIUM_EXTENSION: Final = "inpeenkhebpfoghfphcjbgdjgnogbikd"
"""What the extension is called in Chromium: it follows from ``key`` in the manifest."""

MOST_TO_BROWSER: Final = 1024 * 1024
"""Bytes of a message to the browser; Chromium and Firefox end a host that sends more."""

MOST_FROM_BROWSER: Final = 64 * 1024
"""Bytes of a message from the browser that we take. Browsers allow far more (4 GB in Firefox)."""

ORIGIN: Final = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
    r"|\[[0-9a-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?"
)
"""An origin as a browser writes it (RFC 6454, section 6.2): lower case, names in ASCII."""

NONCE: Final = re.compile(r"[A-Za-z0-9+/_=-]{44,128}")
"""A nonce of the Web eID protocol: at least 256 bits in base64; longer than 128 nobody sends."""

HASHES: Final = {"SHA-224": 28, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64}
"""Bytes of a digest, by the name that the public library gives the hash."""


@unique
class Command(StrEnum):
    """What the extension asks of the host."""

    STATUS = "status"
    AUTHENTICATE = "authenticate"
    SIGNING_CERTIFICATE = "signing-certificate"
    SIGN = "sign"
    WATCH = "watch"


@unique
class Event(StrEnum):
    """What the host sends without a request."""

    CARD_REMOVED = "card-removed"
    """The card that logged in left its reader, or another one took its place."""

    LOGGED_OUT = "logged-out"
    """The user logged out of everything on this machine."""
