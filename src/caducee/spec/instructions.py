# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Instruction bytes (ISO/IEC 7816-4 section 5.1.2 and 11, ISO/IEC 7816-8, IAS-ECC 1.0.1).

The numbers are the same in the CPS2ter class A0 (TS 51.011, section 9.2).
"""

from enum import IntEnum, unique

__all__ = ["Instruction", "PinInstruction", "SecurityOperation"]


@unique
class PinInstruction(IntEnum):
    """Commands whose data are secret, whatever their class."""

    VERIFY = 0x20
    VERIFY_BER = 0x21
    CHANGE_REFERENCE_DATA = 0x24
    CHANGE_REFERENCE_DATA_BER = 0x25
    DISABLE_VERIFICATION = 0x26
    ENABLE_VERIFICATION = 0x28
    RESET_RETRY_COUNTER = 0x2C
    RESET_RETRY_COUNTER_BER = 0x2D


@unique
class Instruction(IntEnum):
    """The commands that cards of the family know."""

    VERIFY = 0x20
    MANAGE_SECURITY_ENVIRONMENT = 0x22
    CHANGE_REFERENCE_DATA = 0x24
    PERFORM_SECURITY_OPERATION = 0x2A
    RESET_RETRY_COUNTER = 0x2C
    GET_CHALLENGE = 0x84
    INTERNAL_AUTHENTICATE = 0x88
    SELECT = 0xA4
    READ_BINARY = 0xB0
    GET_RESPONSE = 0xC0
    READER_GET_DATA = 0xCA
    """In class FF: asks the reader, not the card (PC/SC part 3, section 3.2.2.1.3)."""

    GET_DATA = 0xCB
    UPDATE_BINARY = 0xD6


@unique
class SecurityOperation(IntEnum):
    """P1 and P2 of PERFORM SECURITY OPERATION (ISO/IEC 7816-8 section 11; IAS-ECC 1.0.1)."""

    DECIPHER = 0x8086
    HASH_LAST_ROUND = 0x90A0
    """The card computes the last round of a hash that was begun outside."""

    COMPUTE_SIGNATURE = 0x9E9A
