# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is in the readers now, from the reports of the watch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from caducee.base.errors import CpsError

if TYPE_CHECKING:
    from caducee.cryptolib.model import CardIdentity
    from caducee.cryptolib.presence import PresenceEvent
    from caducee.reader.transport import ReaderStatus

__all__ = ["LiveReaders", "ReaderSnapshot", "SlotContent"]


@unique
class SlotContent(StrEnum):
    """What is in a reader."""

    EMPTY = "empty"
    LOOKING = "looking"
    """A card is there and was not looked at yet."""

    CARD = "card"
    """A card of the CPS family."""

    FOREIGN = "foreign"
    MUTE = "mute"
    UNREADABLE = "unreadable"


_INSIDE = {
    "inserted": SlotContent.CARD,
    "exchanged": SlotContent.CARD,
    "foreign": SlotContent.FOREIGN,
    "mute": SlotContent.MUTE,
    "unreadable": SlotContent.UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class ReaderSnapshot:
    """One reader, and what is in it."""

    name: str
    inside: SlotContent = SlotContent.EMPTY
    card: "CardIdentity | None" = None
    error: CpsError | None = None
    """Why a card cannot be used."""

    atr: bytes | None = None
    changes: int = 0
    """How often a card came or went; a page whose card has another number is out of date."""

    @property
    def present(self) -> bool:
        """Whether any card is in the reader."""
        return self.inside is not SlotContent.EMPTY


class LiveReaders:
    """The readers as they stand; fed by the watch, asked by the pages. One thread uses it."""

    def __init__(self) -> None:
        self._now: dict[str, ReaderSnapshot] = {}
        self._chosen = ""
        self.known = False
        """The watch has listed the readers at least once."""

    @property
    def all(self) -> tuple[ReaderSnapshot, ...]:
        """Every reader, in the order in which they came."""
        return tuple(self._now.values())

    def get(self, name: str) -> ReaderSnapshot | None:
        """Return a reader, None when there is none of this name."""
        return self._now.get(name)

    def choose(self, name: str) -> None:
        """Use a reader from now on; empty: whichever has a card."""
        self._chosen = name

    @property
    def wished(self) -> str:
        """The reader that was chosen; empty when nobody chose."""
        return self._chosen

    @property
    def current(self) -> ReaderSnapshot | None:
        """The reader in use: the chosen one, else one with a CPS, else one with a card, else any.

        A CPS with contacts goes before one without. None without a reader.
        """
        if self._chosen in self._now:
            return self._now[self._chosen]
        return min(self._now.values(), key=_rank, default=None)

    def seen(self, statuses: Mapping[str, "ReaderStatus"]) -> bool:
        """Take in which readers there are and where a card is; tell whether anything changed."""
        before, self.known = dict(self._now), True
        self._now = {name: self._after(name, item) for name, item in statuses.items()}
        return self._now != before

    def _after(self, name: str, status: "ReaderStatus") -> ReaderSnapshot:
        now = self._now.get(name, ReaderSnapshot(name))
        if not status.present:
            return ReaderSnapshot(name, changes=now.changes + (1 if now.present else 0))
        if now.present and now.atr == status.atr:
            return now
        return ReaderSnapshot(name, SlotContent.LOOKING, atr=status.atr, changes=now.changes + 1)

    def happened(self, events: Iterable["PresenceEvent"]) -> None:
        """Take in what happened to cards."""
        for event in events:
            now = self._now.get(event.reader)
            if now is None:
                continue
            inside = _INSIDE.get(event.kind.value)
            if inside is None:
                if not now.present:
                    continue
                inside = SlotContent.EMPTY
            self._now[event.reader] = replace(
                now,
                inside=inside,
                card=event.card if inside is SlotContent.CARD else None,
                error=event.error,
                changes=now.changes + 1,
            )


def _rank(now: ReaderSnapshot) -> tuple[bool, bool, bool]:
    contactless = now.card is not None and now.card.face.value == "cps3-contactless"
    return now.inside is not SlotContent.CARD, contactless, not now.present
