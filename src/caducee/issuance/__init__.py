# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Personalisation: from a person in the directory to certificates and a card image.

`caducee.issuance.identities` makes test identities, `caducee.issuance.order` says what is wanted,
`caducee.issuance.profiles` has ready orders by name and `caducee.issuance.files` reads one from a
file; `caducee.issuance.cards` issues and revokes, `caducee.issuance.software` certifies keys that
are on no card.
"""

from caducee.issuance.cards import IssuedCard, issue_card, issue_cards, revoke_card
from caducee.issuance.keys import CardKeySource, FreshCardKeys, KeyPool
from caducee.issuance.order import CardOrder, Practice
from caducee.issuance.pins import CardPins
from caducee.issuance.states import CardState

__all__ = [
    "CardKeySource",
    "CardOrder",
    "CardPins",
    "CardState",
    "FreshCardKeys",
    "IssuedCard",
    "KeyPool",
    "Practice",
    "issue_card",
    "issue_cards",
    "revoke_card",
]
