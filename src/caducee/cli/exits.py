# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Exit statuses of every command."""

from enum import IntEnum, unique

__all__ = ["Exit"]


@unique
class Exit(IntEnum):
    """What a command ends with."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NO_CARD = 3
    WRONG_PIN = 4

    @staticmethod
    def no_card_codes() -> frozenset[str]:
        """Return the codes of the catalogue that mean that no card is there."""
        return frozenset({"reader.no_card", "reader.no_reader", "reader.card_removed"})
