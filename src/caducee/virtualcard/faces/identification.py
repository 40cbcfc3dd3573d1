# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A chip that gives its UID and nothing else: the contactless side of cards before R3V3.

It is no card of ISO/IEC 14443-4: whatever is not a command to the reader is refused.
"""

from caducee.virtualcard.commands.reader import get_uid
from caducee.virtualcard.faces.face import Dialogue, Face

__all__ = ["IDENTIFICATION", "READER", "READER_CLASS"]

READER_CLASS = 0xFF
"""Commands to the reader itself (PC/SC part 3, section 3.2)."""

READER = Dialogue(commands={0xCA: get_uid}, more=None)

IDENTIFICATION = Face({READER_CLASS: READER})
