# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a card's content to its image: every file of the card, with its exact bytes."""

from caducee.virtualcard.content import CardContent, CardData
from caducee.virtualcard.personalise.contact import cps3

__all__ = ["CardContent", "CardData", "cps3"]
