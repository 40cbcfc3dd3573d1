# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""All checks, in the order in which things depend on each other."""

from typing import Final

from caducee.diagnosis.checks import (
    card,
    certificates,
    machine,
    network,
    programs,
    readers,
)
from caducee.diagnosis.model import Check

__all__ = ["CHECKS"]

CHECKS: Final[tuple[Check, ...]] = (
    *machine.CHECKS,
    *readers.CHECKS,
    *card.CHECKS,
    *certificates.CHECKS,
    *programs.CHECKS,
    *network.CHECKS,
)
"""A check stands after every check that it needs; a test looks."""
