# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a card's content to its image: every file of the card, with its exact bytes."""

from caducee.virtualcard.content import (
    BusinessData,
    ContactlessChip,
    Cps2terData,
    PersonalisationData,
)
from caducee.virtualcard.personalise.cps3 import cps3
from caducee.virtualcard.personalise.cps4 import cps4

__all__ = ["BusinessData", "ContactlessChip", "Cps2terData", "PersonalisationData", "cps3", "cps4"]
