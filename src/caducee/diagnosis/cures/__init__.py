# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cures that are safe: applied on request, and undone on request where something can be undone."""

from caducee.diagnosis.cures.journal import CureJournal
from caducee.diagnosis.cures.model import Cure, CureContext, command_line
from caducee.diagnosis.cures.table import CURES, applied, apply, changed, cure_named, undo
from caducee.diagnosis.cures.verification import CureResult, apply_and_verify

__all__ = [
    "CURES",
    "Cure",
    "CureContext",
    "CureJournal",
    "CureResult",
    "applied",
    "apply",
    "apply_and_verify",
    "changed",
    "command_line",
    "cure_named",
    "undo",
]
