# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page of the readers says: one line a reader, what happened, how a test went."""

import datetime as dt
import re
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.desktop.manager.model.live import LiveReaders, ReaderSnapshot, SlotContent
from caducee.desktop.manager.model.reader_texts import inside_text
from caducee.spec.atrs import CardFace
from caducee.spec.virtual_reader import READER_NAME

if TYPE_CHECKING:
    from caducee.cryptolib.presence import PresenceEvent
    from caducee.reader.checkup import Checkup, CheckupStep

__all__ = [
    "ReaderChange",
    "ReaderConnection",
    "ReaderHistory",
    "ReaderRow",
    "Side",
    "checkup_lines",
    "event_text",
    "place_of",
    "place_text",
    "rows",
    "side_of",
    "step_text",
]


@unique
class ReaderConnection(StrEnum):
    """Where a reader is."""

    PCSC = "pcsc"
    VIRTUAL = "virtual"
    SOCKET = "socket"


@unique
class Side(StrEnum):
    """How a reader reaches a card."""

    CONTACT = "contact"
    CONTACTLESS = "contactless"
    UNKNOWN = "unknown"


_SOCKET: Final = "socket:"
_SLOT: Final = re.compile(r" ([0-9A-Fa-f]{2}) ([0-9A-Fa-f]{2})$")
_WITHOUT: Final = re.compile(r"contactless|\bPICC\b|\bCL\b|-CL\b|\bNFC\b|\bRFID\b", re.IGNORECASE)
_WITH: Final = re.compile(r"\bICC\b|\bcontact\b|\bSAM\b", re.IGNORECASE)
_SIDES: Final = {
    Side.CONTACT: N_("with contacts"),
    Side.CONTACTLESS: N_("contactless"),
    Side.UNKNOWN: N_("not known"),
}


def place_of(name: str) -> ReaderConnection:
    """Return where a reader is, by its name."""
    if name.startswith(_SOCKET):
        return ReaderConnection.SOCKET
    return ReaderConnection.VIRTUAL if name.startswith(READER_NAME) else ReaderConnection.PCSC


def place_text(name: str) -> str:
    """Return where a reader is, in words: service, number and slot, or the path of its socket."""
    if place_of(name) is ReaderConnection.SOCKET:
        return _("local socket {path}").format(path=name.removeprefix(_SOCKET))
    found = _SLOT.search(name)
    number, slot = (int(group, 16) for group in found.groups()) if found else (0, 0)
    virtual = place_of(name) is ReaderConnection.VIRTUAL
    text = _("PC/SC, virtual reader {number}, slot {slot}") if virtual else ""
    return (text or _("PC/SC, reader {number}, slot {slot}")).format(number=number, slot=slot)


def side_of(now: ReaderSnapshot) -> Side:
    """Return how a reader reaches cards: by the card in it, else by its name."""
    if now.card is not None:
        without = now.card.face is CardFace.CPS3_CONTACTLESS
        return Side.CONTACTLESS if without else Side.CONTACT
    if _WITHOUT.search(now.name):
        return Side.CONTACTLESS
    return Side.CONTACT if _WITH.search(now.name) else Side.UNKNOWN


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One reader, as texts."""

    name: str
    used: str
    """Whether it is the reader in use, in a word."""

    side: str
    place: str
    inside: str
    in_use: bool
    mark: str
    """A sign for what is in it, which `inside` says, too."""


_MARKS: Final = {
    SlotContent.EMPTY: "○",
    SlotContent.LOOKING: "…",
    SlotContent.CARD: "●",
    SlotContent.FOREIGN: "◇",
    SlotContent.MUTE: "✗",
    SlotContent.UNREADABLE: "!",
}


def rows(readers: LiveReaders) -> tuple[ReaderRow, ...]:
    """Return one line for each reader, in the order in which they came."""
    current = readers.current
    return tuple(
        _row(reader, current is not None and reader.name == current.name) for reader in readers.all
    )


def _row(now: ReaderSnapshot, used: bool) -> ReaderRow:
    inside = inside_text(now)
    if now.card is not None:
        inside = _("{card}, number {serial}").format(card=inside, serial=now.card.serial)
    return ReaderRow(
        name=now.name,
        used=_("yes") if used else "",
        side=_(_SIDES[side_of(now)]),
        place=place_text(now.name),
        inside=inside,
        in_use=used,
        mark=_MARKS[now.inside],
    )


# What happened


@unique
class ReaderChange(StrEnum):
    """One thing that happened to readers and cards."""

    PLUGGED = "plugged"
    UNPLUGGED = "unplugged"
    INSERTED = "inserted"
    EXCHANGED = "exchanged"
    REMOVED = "removed"
    MUTE = "mute"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


_EVENTS: Final = {
    ReaderChange.PLUGGED: N_("The reader {reader} was connected."),
    ReaderChange.UNPLUGGED: N_("The reader {reader} was disconnected."),
    ReaderChange.INSERTED: N_("{reader}: the card {card} was inserted."),
    ReaderChange.EXCHANGED: N_("{reader}: the card {previous} was replaced by the card {card}."),
    ReaderChange.REMOVED: N_("{reader}: the card was removed."),
    ReaderChange.MUTE: N_("{reader}: the card does not respond."),
    ReaderChange.FOREIGN: N_("{reader}: the card is not a CPS."),
    ReaderChange.UNREADABLE: N_("{reader}: the card cannot be read."),
}


def event_text(kind: ReaderChange, reader: str, card: str = "", previous: str = "") -> str:
    """Return one sentence, which names the reader and, of a CPS, its number."""
    if kind is ReaderChange.REMOVED and card:
        return _("{reader}: the card {card} was removed.").format(reader=reader, card=card)
    return _(_EVENTS[kind]).format(reader=reader, card=card, previous=previous)


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """What happened, and when."""

    at: dt.datetime
    kind: ReaderChange
    text: str


class ReaderHistory:
    """The last things that happened, the newest first. One thread uses it."""

    def __init__(self, most: int = 200) -> None:
        self._all: deque[ReaderEvent] = deque(maxlen=most)
        self._names: frozenset[str] | None = None

    @property
    def all(self) -> tuple[ReaderEvent, ...]:
        """What happened, the newest first."""
        return tuple(self._all)

    def readers_now(self, names: Collection[str], at: dt.datetime) -> tuple[ReaderEvent, ...]:
        """Take in which readers there are; return those that came or went since.

        The readers of the first call were there before.
        """
        now, before = frozenset(names), self._names
        self._names = now
        if before is None:
            return ()
        gone = [(ReaderChange.UNPLUGGED, item) for item in sorted(before - now)]
        came = [(ReaderChange.PLUGGED, item) for item in sorted(now - before)]
        return tuple(self._add(ReaderEvent(at, k, event_text(k, item))) for k, item in gone + came)

    def card(self, event: "PresenceEvent", at: dt.datetime) -> ReaderEvent:
        """Take in what happened to a card."""
        kind = ReaderChange(event.kind.value)
        serial = event.card.serial if event.card else ""
        previous = event.previous.serial if event.previous else ""
        return self._add(ReaderEvent(at, kind, event_text(kind, event.reader, serial, previous)))

    def _add(self, event: ReaderEvent) -> ReaderEvent:
        self._all.appendleft(event)
        return event


# A test of a reader

_STEPS: Final = {
    "connect": N_("Connecting to the card in {reader}"),
    "restart": N_("Resetting the card in {reader}"),
    "commands": N_("Measuring the response times of the card in {reader}"),
}


def step_text(step: "CheckupStep", reader: str) -> str:
    """Return what is being done."""
    return _(_STEPS[step.value]).format(reader=reader)


def checkup_lines(found: "Checkup") -> tuple[tuple[str, str], ...]:
    """Return the result of a test: names and values."""
    came_back = _("same card after the reset") if found.same else _("another card after the reset")
    return (
        (_("Reader"), found.reader),
        (_("Connection"), _("{time} ms").format(time=_ms(found.connected))),
        (_("Answer to reset"), found.atr.hex(" ").upper()),
        (_("Protocol"), found.protocol.value),
        (
            _("Reset"),
            _("{time} ms, {how}").format(time=_ms(found.restarted), how=came_back),
        ),
        (
            _("{count} commands").format(count=len(found.commands)),
            _("median {median} ms, maximum {longest} ms").format(
                median=_ms(found.median), longest=_ms(found.longest)
            ),
        ),
        (_("Last response"), found.answer[-2:].hex(" ").upper()),
    )


def _ms(seconds: float) -> str:
    from caducee.base.i18n import language

    text = f"{1000 * seconds:.2f}" if seconds < 0.1 else f"{1000 * seconds:.0f}"
    return text.replace(".", ",") if language() == "fr" else text
