# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which key of a card serves which purpose: the keys are never interchanged.

A document signed with the authentication key would not be binding, and a login signed with the
signature key would let a site obtain a signature under a document that the holder never saw.
"""

from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from caducee.base.errors import CardError
from caducee.cryptolib.model import KeyUse

__all__ = ["KEYS", "KeyPurpose", "require_key"]


@unique
class KeyPurpose(StrEnum):
    """What an operation uses a key for."""

    LOGIN = "login"
    """Authenticate the holder: TLS, an origin-bound token, any challenge."""

    DECIPHER = "decipherment"
    """Decrypt data encrypted for the holder."""

    DOCUMENT = "document"
    """Sign a document on behalf of the holder (non-repudiation)."""

    CONTACTLESS = "contactless"
    """Authenticate the card without contacts; no evidence of the holder's consent."""


KEYS: Final = MappingProxyType(
    {
        KeyPurpose.LOGIN: KeyUse.AUTHENTICATION,
        KeyPurpose.DECIPHER: KeyUse.AUTHENTICATION,
        KeyPurpose.DOCUMENT: KeyUse.SIGNATURE,
        KeyPurpose.CONTACTLESS: KeyUse.TECHNICAL,
    }
)
"""The key of each purpose."""


def require_key(purpose: KeyPurpose, use: KeyUse) -> None:
    """Raise `CardError` (``session_policy.key_wrong``) unless a key serves a purpose."""
    if KEYS[purpose] is not use:
        raise CardError("session_policy.key_wrong", purpose=purpose.value, use=use.value)
