# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Instruction bytes whose commands carry a PIN or an unblocking code (ISO 7816-4, section 11.6).

The numbers are the same in the CPS2ter class A0 (TS 51.011, section 9.2).
"""

from enum import IntEnum, unique

__all__ = ["CodeInstruction"]


@unique
class CodeInstruction(IntEnum):
    """Commands whose data are secret, whatever their class."""

    VERIFY = 0x20
    VERIFY_BER = 0x21
    CHANGE_REFERENCE_DATA = 0x24
    CHANGE_REFERENCE_DATA_BER = 0x25
    DISABLE_VERIFICATION = 0x26
    ENABLE_VERIFICATION = 0x28
    RESET_RETRY_COUNTER = 0x2C
    RESET_RETRY_COUNTER_BER = 0x2D
