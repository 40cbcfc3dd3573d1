# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A chip that gives its UID and nothing else: the contactless side of cards before R3V3.

Not a card of ISO/IEC 14443-4: only commands to the reader itself are answered.
"""

from caducee.virtualcard.commands.reader import get_uid
from caducee.virtualcard.faces.face import CommandSet, Face

__all__ = ["IDENTIFICATION", "READER", "READER_CLASS"]

READER_CLASS = 0xFF
"""Commands to the reader itself (PC/SC part 3, section 3.2)."""

READER = CommandSet(commands={0xCA: get_uid}, more=None)

IDENTIFICATION = Face({READER_CLASS: READER})
