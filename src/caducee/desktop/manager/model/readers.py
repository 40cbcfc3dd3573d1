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
from caducee.desktop.manager.model.live import Inside, LiveReaders, ReaderNow
from caducee.desktop.manager.model.words import inside_text
from caducee.spec.atrs import CardFace
from caducee.spec.virtual_reader import READER_NAME

if TYPE_CHECKING:
    from caducee.cryptolib.presence import CardEvent
    from caducee.reader.checkup import Checkup, CheckupStep

__all__ = [
    "Happened",
    "Happenings",
    "Place",
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
class Place(StrEnum):
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


def place_of(name: str) -> Place:
    """Return where a reader is, by its name."""
    if name.startswith(_SOCKET):
        return Place.SOCKET
    return Place.VIRTUAL if name.startswith(READER_NAME) else Place.PCSC


def place_text(name: str) -> str:
    """Return where a reader is, in words: service, number and slot, or the path of its socket."""
    if place_of(name) is Place.SOCKET:
        return _("local socket {path}").format(path=name.removeprefix(_SOCKET))
    found = _SLOT.search(name)
    number, slot = (int(group, 16) for group in found.groups()) if found else (0, 0)
    virtual = place_of(name) is Place.VIRTUAL
    text = _("PC/SC, virtual reader {number}, slot {slot}") if virtual else ""
    return (text or _("PC/SC, reader {number}, slot {slot}")).format(number=number, slot=slot)


def side_of(now: ReaderNow) -> Side:
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
    """A sign for what is in it, which is told by `inside` too."""


_MARKS: Final = {
    Inside.EMPTY: "○",
    Inside.LOOKING: "…",
    Inside.CARD: "●",
    Inside.FOREIGN: "◇",
    Inside.MUTE: "✗",
    Inside.UNREADABLE: "!",
}


def rows(readers: LiveReaders) -> tuple[ReaderRow, ...]:
    """Return one line for each reader, in the order in which they came."""
    current = readers.current
    return tuple(
        _row(reader, current is not None and reader.name == current.name) for reader in readers.all
    )


def _row(now: ReaderNow, used: bool) -> ReaderRow:
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
class Happened(StrEnum):
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
    Happened.PLUGGED: N_("The reader {reader} was plugged in."),
    Happened.UNPLUGGED: N_("The reader {reader} was unplugged."),
    Happened.INSERTED: N_("{reader}: the card {card} was inserted."),
    Happened.EXCHANGED: N_("{reader}: the card {previous} was exchanged for the card {card}."),
    Happened.REMOVED: N_("{reader}: the card was removed."),
    Happened.MUTE: N_("{reader}: the card does not answer."),
    Happened.FOREIGN: N_("{reader}: the card is no CPS."),
    Happened.UNREADABLE: N_("{reader}: the card cannot be read."),
}


def event_text(kind: Happened, reader: str, card: str = "", previous: str = "") -> str:
    """Return one sentence, which names the reader and, of a CPS, its number."""
    if kind is Happened.REMOVED and card:
        return _("{reader}: the card {card} was removed.").format(reader=reader, card=card)
    return _(_EVENTS[kind]).format(reader=reader, card=card, previous=previous)


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened, and when."""

    at: dt.datetime
    kind: Happened
    text: str


class Happenings:
    """The last things that happened, the newest first. One thread uses it."""

    def __init__(self, most: int = 200) -> None:
        self._all: deque[Happening] = deque(maxlen=most)
        self._names: frozenset[str] | None = None

    @property
    def all(self) -> tuple[Happening, ...]:
        """What happened, the newest first."""
        return tuple(self._all)

    def readers_now(self, names: Collection[str], at: dt.datetime) -> tuple[Happening, ...]:
        """Take in which readers there are; return those that came or went since.

        The readers of the first call were there before.
        """
        now, before = frozenset(names), self._names
        self._names = now
        if before is None:
            return ()
        gone = [(Happened.UNPLUGGED, item) for item in sorted(before - now)]
        came = [(Happened.PLUGGED, item) for item in sorted(now - before)]
        return tuple(self._add(Happening(at, k, event_text(k, item))) for k, item in gone + came)

    def card(self, event: "CardEvent", at: dt.datetime) -> Happening:
        """Take in what happened to a card."""
        kind = Happened(event.kind.value)
        serial = event.card.serial if event.card else ""
        previous = event.previous.serial if event.previous else ""
        return self._add(Happening(at, kind, event_text(kind, event.reader, serial, previous)))

    def _add(self, happening: Happening) -> Happening:
        self._all.appendleft(happening)
        return happening


# A test of a reader

_STEPS: Final = {
    "connect": N_("Connecting to the card in {reader}"),
    "restart": N_("Starting the card in {reader} anew"),
    "commands": N_("Timing commands to the card in {reader}"),
}


def step_text(step: "CheckupStep", reader: str) -> str:
    """Return what is being done."""
    return _(_STEPS[step.value]).format(reader=reader)


def checkup_lines(found: "Checkup") -> tuple[tuple[str, str], ...]:
    """Return the result of a test: names and values."""
    came_back = _("it came back as it was") if found.same else _("it came back as another card")
    return (
        (_("Reader"), found.reader),
        (_("Connection"), _("{time} ms").format(time=_ms(found.connected))),
        (_("Answer to reset"), found.atr.hex(" ").upper()),
        (_("Protocol"), found.protocol.value),
        (
            _("Started anew"),
            _("{time} ms, {how}").format(time=_ms(found.restarted), how=came_back),
        ),
        (
            _("{count} commands").format(count=len(found.commands)),
            _("half of them in {median} ms at most, the slowest in {longest} ms").format(
                median=_ms(found.median), longest=_ms(found.longest)
            ),
        ),
        (_("Last answer"), found.answer[-2:].hex(" ").upper()),
    )


def _ms(seconds: float) -> str:
    from caducee.base.i18n import language

    text = f"{1000 * seconds:.2f}" if seconds < 0.1 else f"{1000 * seconds:.0f}"
    return text.replace(".", ",") if language() == "fr" else text
