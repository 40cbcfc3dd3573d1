# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cures that are safe: applied on request, and undone on request where something can be undone."""

from caducee.diagnosis.cures.journal import CureJournal
from caducee.diagnosis.cures.model import Cure, Workshop, command_line
from caducee.diagnosis.cures.proof import Treated, treat
from caducee.diagnosis.cures.table import CURES, applied, apply, cure_named, undo

__all__ = [
    "CURES",
    "Cure",
    "CureJournal",
    "Treated",
    "Workshop",
    "applied",
    "apply",
    "command_line",
    "cure_named",
    "treat",
    "undo",
]
