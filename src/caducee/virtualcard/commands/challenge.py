# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""GET CHALLENGE (ISO/IEC 7816-4 section 7.5.3)."""

from caducee.codec.apdu import CommandApdu
from caducee.spec.status import StatusWord
from caducee.virtualcard.core import Core
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = ["get_challenge"]


def get_challenge(core: Core, command: CommandApdu) -> Answer:
    """Return as many random bytes as Le says."""
    if (command.p1, command.p2) != (0, 0):
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    if command.data or command.le is None:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return Answer(core.random(command.le))
