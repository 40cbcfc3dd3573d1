# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Parcels: card images and certificates on their way to the applicant."""

from dataclasses import dataclass
from typing import Protocol

__all__ = ["CardReceiver", "ParcelNote"]


class CardReceiver(Protocol):
    """Takes cards straight into a reader; the sandbox fills it."""

    def receive(self, card_number: str, image: bytes) -> str:
        """Keep a card image (the bytes of its file) and return where it is, for people.

        The same card given twice is kept once. Raises `StateError`.
        """


@dataclass(frozen=True, slots=True)
class ParcelNote:
    """What a parcel holds."""

    name: str
    """Name of the archive, e.g. ``T2026-000017.zip``."""

    cards: tuple[str, ...]
    """Numbers of the cards."""

    certificates: tuple[str, ...]
    """Serial numbers of the certificates, hexadecimal."""
