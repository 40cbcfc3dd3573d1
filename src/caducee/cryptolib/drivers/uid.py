# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The identifier that a chip gives a contactless reader (ISO/IEC 14443-3), whatever chip it is."""

from caducee.codec.apdu import CommandApdu
from caducee.cryptolib.channel import Channel
from caducee.spec.instructions import Instruction

__all__ = ["read_uid"]

_TO_READER = 0xFF  # class: the reader answers
_SIZES = (4, 7, 10)


def read_uid(channel: Channel) -> bytes | None:
    """Ask the reader for the UID: 4 bytes, 7 (R3V3) or 10; None when it does not tell."""
    answer = channel.send(CommandApdu(_TO_READER, Instruction.READER_GET_DATA, 0, 0, le=0x100))
    return answer.data if answer.ok and len(answer.data) in _SIZES else None
