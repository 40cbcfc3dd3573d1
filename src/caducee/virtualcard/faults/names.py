# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The faults that a virtual card can have. The value is the word of commands and image files."""

from enum import StrEnum, unique

__all__ = ["FaultName"]


@unique
class FaultName(StrEnum):
    """A fault of a card."""

    MUTE = "mute"
    SLOW = "slow"
    TORN = "torn"
    REMOVED = "removed"
    UNUSED_BITS = "unused-bits"
    UPDATE_INCOMPLETE = "update-incomplete"
    UPDATE_EMPTY = "update-empty"
    LAST_TRY = "last-try"
    BLOCKED = "blocked"
    BLOCKED_FOR_EVER = "blocked-for-ever"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    KEYS_EXCHANGED = "keys-exchanged"
    OTHER_HOLDER = "other-holder"
    VITALE = "vitale"
    PAYMENT = "payment"
