# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Proof Key for Code Exchange (RFC 7636), method S256.

>>> challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")  # RFC 7636, appendix B
'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
"""

import base64
import hashlib
import hmac
import re
from typing import Final

__all__ = ["S256", "challenge_of", "is_challenge", "is_verifier", "verifier_fits"]

S256: Final = "S256"
"""The method; ``plain`` protects from nobody who sees the request."""

_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def challenge_of(verifier: str) -> str:
    """Return the challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_verifier(text: str) -> bool:
    """Tell whether a text has the form of a verifier (RFC 7636 4.1)."""
    return _VERIFIER.fullmatch(text) is not None


def is_challenge(text: str) -> bool:
    """Tell whether a text has the form of a challenge by S256."""
    return _CHALLENGE.fullmatch(text) is not None


def verifier_fits(verifier: str, challenge: str) -> bool:
    """Tell whether a verifier is the one of a challenge."""
    return is_verifier(verifier) and hmac.compare_digest(challenge_of(verifier), challenge)
