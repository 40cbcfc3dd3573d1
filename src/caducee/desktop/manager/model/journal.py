# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The journal: what happened to readers and cards, and what went wrong, since the window opened."""

import datetime as dt
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from caducee.base.dates import local_time
from caducee.base.errors import CpsError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _

if TYPE_CHECKING:
    from caducee.cryptolib.presence import PresenceEvent

__all__ = ["Journal", "JournalEntry"]

_LINES: Final = 2000

_EVENTS: Final = {
    "inserted": N_("A card was inserted ({card})."),
    "exchanged": N_("Another card was inserted ({card})."),
    "removed": N_("The card was removed."),
    "mute": N_("The inserted card does not respond."),
    "foreign": N_("The inserted card is not a CPS."),
    "unreadable": N_("The inserted card cannot be read."),
}


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line. No code of a card and no name of a holder stands in it."""

    at: dt.datetime
    text: str
    reader: str = ""
    code: str = ""
    """Of the catalogue, for what went wrong."""

    advice: str = ""

    @property
    def line(self) -> str:
        """The line as people read it."""
        where = f" [{self.reader}]" if self.reader else ""
        code = f" [{self.code}]" if self.code else ""
        return f"{local_time(self.at)}{where} {self.text}{code}"


class Journal:
    """The last lines, oldest first. One thread uses it."""

    def __init__(self) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=_LINES)

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """Every line that is kept."""
        return tuple(self._entries)

    @property
    def incidents(self) -> tuple[JournalEntry, ...]:
        """The lines that tell what went wrong."""
        return tuple(entry for entry in self._entries if entry.code)

    def say(self, at: dt.datetime, text: str, reader: str = "") -> JournalEntry:
        """Write down what was done."""
        return self._add(JournalEntry(at, text, reader))

    def happened(self, at: dt.datetime, event: "PresenceEvent") -> JournalEntry:
        """Write down what happened to a card; the card is named by the serial of its chip."""
        card = event.card.serial if event.card is not None else ""
        text = _(_EVENTS[event.kind.value]).format(card=card)
        error = event.error
        if error is None:
            return self._add(JournalEntry(at, text, event.reader))
        return self._add(JournalEntry(at, text, event.reader, error.code, error.advice()))

    def failed(self, at: dt.datetime, error: CpsError, reader: str = "") -> JournalEntry | None:
        """Write down what went wrong; what a person cancelled is nothing wrong."""
        if error.code == "reader.cancelled":
            return None
        return self._add(JournalEntry(at, error.sentence(), reader, error.code, error.advice()))

    def _add(self, entry: JournalEntry) -> JournalEntry:
        self._entries.append(entry)
        return entry

    def as_text(self) -> str:
        """Return the whole journal, a line each."""
        return "".join(f"{entry.line}\n" for entry in self._entries)

    def incidents_as_text(self) -> str:
        """Return what went wrong, each with what to do."""
        return "".join(f"{incident.line}\n  -> {incident.advice}\n" for incident in self.incidents)
