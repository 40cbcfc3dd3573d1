# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the icon in the tray says: presence as a sign and a text, and what is worth a notice."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from caducee.base.errors import CpsError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.desktop.manager.model.dates import days_left
from caducee.desktop.manager.model.live import LiveReaders, SlotContent
from caducee.desktop.manager.model.readers import ReaderChange, event_text
from caducee.desktop.manager.model.requests import waiting_text

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard
    from caducee.cryptolib.presence import PresenceEvent
    from caducee.middleware.requests.pending import PendingRequest

__all__ = [
    "CardHealth",
    "Notice",
    "Presence",
    "event_notice",
    "health_notices",
    "health_of",
    "presence_of",
    "presence_text",
    "request_notice",
    "tooltip",
]


@unique
class Presence(StrEnum):
    """What the icon shows, the most pressing first."""

    WAITING = "waiting"
    """A login waits for the holder."""

    CARD = "card"
    """A CPS is in a reader."""

    TROUBLE = "trouble"
    """A card that cannot be used is in a reader."""

    LOOKING = "looking"
    EMPTY = "empty"
    """There is a reader, and no card."""

    NO_READER = "no-reader"


_TEXTS: Final = {
    Presence.WAITING: N_("A login is waiting for your confirmation"),
    Presence.CARD: N_("CPS card in the reader"),
    Presence.TROUBLE: N_("Unusable card in the reader"),
    Presence.LOOKING: N_("Reading the card"),
    Presence.EMPTY: N_("No card in the reader"),
    Presence.NO_READER: N_("No card reader"),
}
_UNUSABLE: Final = frozenset({SlotContent.FOREIGN, SlotContent.MUTE, SlotContent.UNREADABLE})


def presence_of(readers: LiveReaders, waiting: int = 0) -> Presence:
    """Return what the icon shows: of several readers, the one that matters most."""
    insides = {reader.inside for reader in readers.all}
    if waiting:
        return Presence.WAITING
    if SlotContent.CARD in insides:
        return Presence.CARD
    if insides & _UNUSABLE:
        return Presence.TROUBLE
    if SlotContent.LOOKING in insides:
        return Presence.LOOKING
    return Presence.EMPTY if insides else Presence.NO_READER


def presence_text(presence: Presence) -> str:
    """Return the presence in words."""
    return _(_TEXTS[presence])


def tooltip(readers: LiveReaders, waiting: int = 0) -> str:
    """Return what the icon says when it is asked: presence, readers with cards, requests."""
    lines = [presence_text(presence_of(readers))]
    lines += [
        _("{reader}: card {serial}").format(reader=reader.name, serial=reader.card.serial)
        for reader in readers.all
        if reader.card is not None
    ]
    note = waiting_text(waiting)
    return "\n".join([*lines, note] if note else lines)


# What is worth a notice


@dataclass(frozen=True, slots=True)
class Notice:
    """One message of the desktop."""

    title: str
    text: str
    urgent: bool = False
    page: str = "card"
    """The page that a click on it leads to."""


_TITLES: Final = {
    ReaderChange.INSERTED: N_("Card inserted"),
    ReaderChange.EXCHANGED: N_("Card replaced"),
    ReaderChange.REMOVED: N_("Card removed"),
    ReaderChange.MUTE: N_("The card does not respond"),
    ReaderChange.FOREIGN: N_("Not a CPS card"),
    ReaderChange.UNREADABLE: N_("The card cannot be read"),
}
_URGENT: Final = frozenset({ReaderChange.MUTE, ReaderChange.UNREADABLE})


def event_notice(event: "PresenceEvent") -> Notice:
    """Return the notice of a card that came or went."""
    kind = ReaderChange(event.kind.value)
    serial = event.card.serial if event.card else ""
    previous = event.previous.serial if event.previous else ""
    text = event_text(kind, event.reader, serial, previous)
    return Notice(_(_TITLES[kind]), text, kind in _URGENT, "readers")


def request_notice(waiting: "PendingRequest") -> Notice:
    """Return the notice of a login that waits; it shows the two digits."""
    text = _("{service} asks you to confirm a login. Digits: {digits}")
    return Notice(
        waiting_text(1),
        text.format(service=waiting.ask.service, digits=waiting.ask.binding_message),
        True,
        "requests",
    )


@dataclass(frozen=True, slots=True)
class CardHealth:
    """What is looked at when a card comes: how long it lives, where its codes stand."""

    serial: str
    days: int | None
    """Whole days until the certificate for logins ends, negative after; None: not known."""

    tries: int | None = None
    """Tries left for the PIN."""

    puk_tries: int | None = None
    """Tries left for the PUK."""


def health_of(card: "CpsCard", now: dt.datetime) -> CardHealth:
    """Ask a card; costs few commands, and no try. Raises as the card does."""
    from caducee.cryptolib.model import KeyUse

    days = None
    if KeyUse.AUTHENTICATION in card.uses:
        end = card.certificate(KeyUse.AUTHENTICATION).not_valid_after_utc
        days = (end - now) // dt.timedelta(days=1)
    try:
        pin, puk = card.pin_states()
    except CpsError:
        pin = puk = None
    tries = pin.tries_left if pin is not None else None
    return CardHealth(card.serial, days, tries, puk.tries_left if puk is not None else None)


def health_notices(health: CardHealth, warn_days: int) -> tuple[Notice, ...]:
    """Return what the holder should hear of their card: blocked, last try, expired, expiring."""
    found = []
    card = _("Card {serial}: {what}")
    if health.tries == 0:
        lost = health.puk_tries == 0
        text = _("permanently blocked; it must be replaced") if lost else ""
        text = text or _("PIN blocked; set a new PIN with the PUK")
        page = "card" if lost else "pin"
        notice = card.format(serial=health.serial, what=text)
        found.append(Notice(_("Card blocked"), notice, True, page))
    elif health.tries == 1:
        notice = card.format(serial=health.serial, what=_("one try left for the PIN"))
        found.append(Notice(_("Last try"), notice, True, "pin"))
    if health.days is not None and health.days < 0:
        notice = card.format(serial=health.serial, what=_("its certificate has expired"))
        found.append(Notice(_("Card expired"), notice, True))
    elif health.days is not None and health.days <= warn_days:
        notice = card.format(serial=health.serial, what=days_left(health.days))
        found.append(Notice(_("Card expires soon"), notice))
    return tuple(found)
