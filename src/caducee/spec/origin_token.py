# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names of the origin-bound token: the public Web eID authentication token, format version 1.

Source: Web eID system architecture document, "Authentication token format"; algorithm names of
RFC 7518 sections 3.3 to 3.5.
"""

import re
from enum import StrEnum, unique
from typing import Final

__all__ = ["FORMAT", "FORMATS", "MAX_SIZE", "TokenAlgorithm", "TokenField"]

FORMAT: Final = "web-eid:1.0"
"""What we write: version 1 with its minor number."""

FORMATS: Final = re.compile(r"web-eid:1(?:\.[0-9]{1,4})?")
"""What we read: minor versions are compatible among themselves."""

MAX_SIZE: Final = 10_000
"""Most characters of a token; the limit of the public libraries."""


@unique
class TokenField(StrEnum):
    """Members of the JSON object."""

    CERTIFICATE = "unverifiedCertificate"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    FORMAT = "format"
    APP_VERSION = "appVersion"


@unique
class TokenAlgorithm(StrEnum):
    """How the token is signed; ECDSA signatures are r and s, each of the size of the curve."""

    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"

    @property
    def hash_name(self) -> str:
        """The hash of the signature, which is also the one of origin and nonce: ``sha256``..."""
        return f"sha{self.value[2:]}"
