# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What tells one side of a card from another."""

from collections.abc import Mapping
from dataclasses import dataclass

from caducee.virtualcard.core import Handler

__all__ = ["Face"]


@dataclass(frozen=True, slots=True)
class Face:
    """The commands of one side of a card."""

    commands: Mapping[int, Handler]
    """By instruction byte; GET RESPONSE is not among them."""

    chained: frozenset[int]
    """Instructions that may come in several parts."""

    longest: int
    """Bytes of data of a command at most, all parts together."""
