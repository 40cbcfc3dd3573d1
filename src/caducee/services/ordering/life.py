# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of a card behind its order."""

import datetime as dt
from dataclasses import dataclass

from caducee.services.ordering.pieces import Piece

__all__ = ["CardLife", "HolderChange", "LifeLine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderChange:
    """What changed about a holder; empty: as before."""

    family_name: str = ""
    given_name: str = ""
    specialty: str = ""
    """Code of table R01, e.g. ``SM04``."""


@dataclass(frozen=True, slots=True)
class LifeLine:
    """One event in the life of a card."""

    at: dt.datetime
    action: str
    """E.g. ``card.made``, ``card.activate``, ``card.stop``."""

    actor: str
    role: str
    facts: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class CardLife:
    """A card with everything that happened to it."""

    piece: Piece
    holder: str
    """PS_IdNat of the holder."""

    issued_at: dt.datetime
    expires_at: dt.datetime
    replaced_by: str | None
    """Number of the card that takes its place; none, or not made yet: none."""

    history: tuple[LifeLine, ...]
    """Oldest first."""
