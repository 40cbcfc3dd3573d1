# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One line of the catalogue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What one code means to a person. Texts are English message ids of gettext."""

    code: str
    """``area.name``, stable for ever."""

    sentence: str
    """What happened; ``{fact}`` names a fact of the case."""

    advice: str
    """What to do next."""
