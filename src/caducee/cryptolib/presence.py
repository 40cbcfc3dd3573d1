# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which card is in which reader, and when that changes.

A watch waits in the reader context (PC/SC events, or memory) and looks at a card only when
something changed. It compares serial numbers, not presence: a reader may receive another
holder's card. Only a card that could not be looked at (another program held it alone, or its
contacts bounced) is looked at again without an event, less and less often.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, unique

from caducee.base.errors import (
    CardError,
    CardRemovedError,
    CpsError,
    MuteCardError,
    NotACpsError,
    ReaderError,
)
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.drivers import recognise
from caducee.cryptolib.model import CardIdentity
from caducee.reader.transport import Ending, Reader, ReaderContext, ReaderStatus

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0
"""Seconds until a card that could not be looked at is looked at again, doubling in between."""

__all__ = ["CardWatch", "PresenceEvent", "PresenceEventKind", "identify"]


@unique
class PresenceEventKind(Enum):
    """What happened in a reader."""

    INSERTED = "inserted"
    """A CPS is in the reader; the first one, or the one that was there before."""

    EXCHANGED = "exchanged"
    """A CPS is in the reader, and it is another one than before."""

    REMOVED = "removed"
    """The card, or the whole reader, is gone."""

    MUTE = "mute"
    """A card is there and does not answer: upside down, dirty or broken."""

    FOREIGN = "foreign"
    """A card other than a CPS, e.g. a Vitale card."""

    UNREADABLE = "unreadable"
    """A card that cannot be read; the error of the event says why."""


@dataclass(frozen=True, slots=True)
class PresenceEvent:
    """One thing that happened in one reader."""

    kind: PresenceEventKind
    reader: str
    card: CardIdentity | None = None
    """The CPS that came; of `PresenceEventKind.REMOVED` the one that went."""

    previous: CardIdentity | None = None
    """Of `PresenceEventKind.EXCHANGED`: the card that was in the reader before."""

    error: CpsError | None = None
    """Why the card is foreign, mute or unreadable."""


def identify(reader: Reader) -> CardIdentity:
    """Return which CPS is in a reader; costs two commands, three for a CPS4.

    Raises `NotACpsError`, `CardError`, `CardRemovedError`, `MuteCardError`, `ReaderError`.
    """
    transport = reader.connect()
    try:
        with transport.transaction(Ending.LEAVE):
            return recognise(Channel(transport))[1]
    finally:
        transport.close()


class _NextLook:
    """When a card is looked at again."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self._due = time.monotonic() + pause

    def left(self) -> float:
        """Return the seconds until then."""
        return max(0.0, self._due - time.monotonic())


class CardWatch:
    """Reports card events in the readers of a context. One thread waits; any may `stop` it."""

    def __init__(self, context: ReaderContext) -> None:
        self._context = context
        self._known: Mapping[str, ReaderStatus] = {}
        self._present: dict[str, CardIdentity | None] = {}
        """The card in each reader that holds one; None for a card other than a CPS."""

        self._last: dict[str, CardIdentity] = {}
        """The CPS that was in each reader last."""

        self._unseen: dict[str, _NextLook] = {}
        """The readers whose card could not be looked at."""

        self._stopped = False
        self._woken = False

    def wait(self, timeout: float | None = None) -> tuple[PresenceEvent, ...]:
        """Wait until something happens and return it.

        Empty after ``timeout`` seconds, `wake` or `stop`.

        The first call returns what is there at once, if anything is.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            events = self._next(left)
            woken, self._woken = self._woken, False
            if events or woken or self._stopped or left == 0.0:
                return tuple(events)

    def _next(self, timeout: float | None) -> list[PresenceEvent]:
        pauses = [look.left() for look in self._unseen.values()]
        pauses += [] if timeout is None else [timeout]
        now = self._context.wait(self._known, min(pauses, default=None))
        before, self._known = self._known, now
        events: list[PresenceEvent] = []
        for name in before.keys() - now.keys():
            events += self._gone(name)
        for name, status in now.items():
            if status != before.get(name):
                events += self._changed(name, status)
            elif name in self._unseen and not self._unseen[name].left():
                events += self._again(name)
        return events

    def events(self) -> Iterator[PresenceEvent]:
        """Yield what happens until `stop`."""
        while not self._stopped:
            yield from self.wait()

    def wake(self) -> None:
        """End a `wait` that runs in another thread, or else the next one, without an event."""
        self._woken = True
        self._context.cancel()

    def stop(self) -> None:
        """End `events` and a `wait` that runs in another thread."""
        self._stopped = True
        self._context.cancel()

    def _changed(self, name: str, status: ReaderStatus) -> list[PresenceEvent]:
        events = self._gone(name)
        if status.present:
            came = self._look(name)
            events += [came] if came is not None else []
        exchanged = events[-1:] and events[-1].kind is PresenceEventKind.EXCHANGED
        # One card for another between two looks is one thing that happened, not two.
        return events[-1:] if exchanged else events

    def _again(self, name: str) -> list[PresenceEvent]:
        """Look once more at a card that could not be looked at; tell only what is new."""
        pause = self._unseen[name].pause
        came = self._look(name)
        if name in self._unseen:
            self._unseen[name] = _NextLook(min(2 * pause, _LONGEST_PAUSE))
            return []
        return [came] if came is not None else []

    def _gone(self, name: str) -> list[PresenceEvent]:
        self._unseen.pop(name, None)
        if name not in self._present:
            return []
        return [PresenceEvent(PresenceEventKind.REMOVED, name, self._present.pop(name))]

    def _look(self, name: str) -> PresenceEvent | None:
        reader = next((item for item in self._context.readers() if item.name == name), None)
        if reader is None:
            return None
        self._present[name] = None
        self._unseen.pop(name, None)
        try:
            card = identify(reader)
        except CardRemovedError:
            del self._present[name]
            self._unseen[name] = _NextLook(_FIRST_PAUSE)
            return None
        except (CardError, ReaderError) as error:
            trouble = _trouble(error)
            if trouble is PresenceEventKind.UNREADABLE:
                self._unseen[name] = _NextLook(_FIRST_PAUSE)
            return PresenceEvent(trouble, name, error=error)
        previous = self._last.get(name)
        self._present[name] = self._last[name] = card
        if previous is not None and previous.icc != card.icc:
            return PresenceEvent(PresenceEventKind.EXCHANGED, name, card, previous)
        return PresenceEvent(PresenceEventKind.INSERTED, name, card)


def _trouble(error: CpsError) -> PresenceEventKind:
    if isinstance(error, MuteCardError):
        return PresenceEventKind.MUTE
    return (
        PresenceEventKind.FOREIGN
        if isinstance(error, NotACpsError)
        else PresenceEventKind.UNREADABLE
    )
