# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which key of a card does what: the two are never mixed.

A signature by the authentication key under a document would bind nobody, and one by the signature
key in a login would let a site have a document signed unseen.
"""

from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from caducee.base.errors import CardError
from caducee.cryptolib.model import KeyUse

__all__ = ["KEYS", "Deed", "demand_key"]


@unique
class Deed(StrEnum):
    """What a key is used for."""

    LOGIN = "login"
    """Prove who is there: TLS, an origin-bound token, any challenge."""

    DECIPHER = "decipherment"
    """Read what was enciphered for the holder."""

    DOCUMENT = "document"
    """Sign what the holder has read and stands for."""

    TOUCH = "touch"
    """Prove the card without contacts; says nothing of the holder's will."""


KEYS: Final = MappingProxyType(
    {
        Deed.LOGIN: KeyUse.AUTHENTICATION,
        Deed.DECIPHER: KeyUse.AUTHENTICATION,
        Deed.DOCUMENT: KeyUse.SIGNATURE,
        Deed.TOUCH: KeyUse.TECHNICAL,
    }
)
"""The one key of each deed."""


def demand_key(deed: Deed, use: KeyUse) -> None:
    """Raise `CardError` (``session_policy.key_wrong``) unless a key is the one for a deed."""
    if KEYS[deed] is not use:
        raise CardError("session_policy.key_wrong", purpose=deed.value, use=use.value)
