# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The sides from which cards are reached: which commands and algorithms each has."""

from caducee.virtualcard.faces.cps3_contact import CPS3_CONTACT
from caducee.virtualcard.faces.cps3_contactless import CPS3_CONTACTLESS
from caducee.virtualcard.faces.cps4 import CPS4
from caducee.virtualcard.faces.face import CommandSet, Face
from caducee.virtualcard.faces.identification import IDENTIFICATION

__all__ = ["FACES", "CommandSet", "Face"]

FACES = {
    "CPS3 contact": CPS3_CONTACT,
    "CPS3 contactless": CPS3_CONTACTLESS,
    "CPS4 contact": CPS4,
    "identification contactless": IDENTIFICATION,
}
"""By generation and way (`View.name`)."""
