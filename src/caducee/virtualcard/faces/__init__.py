# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The sides from which cards are reached: which commands and algorithms each has."""

from caducee.virtualcard.faces.cps3_contact import CPS3_CONTACT
from caducee.virtualcard.faces.face import Face

__all__ = ["CONTACT", "Face"]

CONTACT = {"CPS3": CPS3_CONTACT}
"""The contact face of each generation."""
