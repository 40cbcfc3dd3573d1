# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Cryptolib: drivers, the card of an application, key adapters, presence and the cache."""

from caducee.cryptolib.cache import PublicDataCache
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.model import (
    Activity,
    CardIdentity,
    DataObject,
    Face,
    Hash,
    Holder,
    KeyUse,
    PinState,
)
from caducee.reader.transport import Reader

__all__ = [
    "Activity",
    "CardIdentity",
    "CpsCard",
    "DataObject",
    "Face",
    "Hash",
    "Holder",
    "KeyUse",
    "PinState",
    "PublicDataCache",
    "open_card",
]


def open_card(reader: Reader, *, cache: PublicDataCache | None = None) -> CpsCard:
    """Connect to the card in a reader, find its driver and open it."""
    raise NotImplementedError
