# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""All cards of one workstation: events of the readers, and the card sessions that they concern.

A seat belongs to one card for ever, so that a session has one holder. Cards that are no CPS
concern no seat: a Vitale card beside a CPS, or in its place, ends nothing and opens nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from caducee.middleware.session_policy.card_session import (
    UNSAID,
    CardRef,
    CardSession,
    PinPurpose,
    Transition,
    due,
    follow,
)
from caducee.middleware.session_policy.policy import SessionPolicy
from caducee.middleware.session_policy.states import SessionEvent, SessionState

__all__ = [
    "CardCame",
    "CardLeft",
    "ForeignCard",
    "LoggedOut",
    "PinEvent",
    "TimePassed",
    "Workstation",
    "WorkstationEvent",
]


@dataclass(frozen=True, slots=True)
class WorkstationEvent:
    """Something at a moment, in seconds of any clock that does not go back."""

    at: float


@dataclass(frozen=True, slots=True)
class CardCame(WorkstationEvent):
    """A CPS is in a reader now, whichever was there before.

    Of what was seen at once, what left is reported first: a card is in one reader.
    """

    reader: str
    card: CardRef


@dataclass(frozen=True, slots=True)
class CardLeft(WorkstationEvent):
    """A reader is empty, or gone."""

    reader: str


@dataclass(frozen=True, slots=True)
class ForeignCard(WorkstationEvent):
    """A card that is not a CPS, or is mute, is in a reader."""

    reader: str


@dataclass(frozen=True, slots=True)
class PinEvent(WorkstationEvent):
    """Something about the PIN of a card: one of the events of the PIN."""

    icc: bytes
    event: SessionEvent
    purpose: PinPurpose = UNSAID


@dataclass(frozen=True, slots=True)
class LoggedOut(WorkstationEvent):
    """The holder of a card logged out; without a card, everybody."""

    icc: bytes | None = None


@dataclass(frozen=True, slots=True)
class TimePassed(WorkstationEvent):
    """Nothing but time."""


@dataclass(frozen=True, slots=True)
class Workstation:
    """The seats of a workstation; a value, of which `take` makes the next."""

    policy: SessionPolicy = field(default_factory=SessionPolicy)
    seats: tuple[CardSession, ...] = ()
    """Those of cards that are here or left something behind."""

    now: float = 0.0

    def take(self, event: WorkstationEvent) -> tuple["Workstation", tuple[Transition, ...]]:
        """Return the workstation afterwards, and the steps, in order.

        Time that is over by then is reported first: nothing happens after its time because somebody
        looked late. A moment before the last one counts as the last one.
        """
        at = max(self.now, event.at)
        moving = _Moving(self.policy, list(self.seats), at)
        moving.pass_time()
        match event:
            case CardCame():
                moving.came(event.reader, event.card)
            case CardLeft():
                moving.left(event.reader)
            case PinEvent():
                moving.tell(event.icc, event.event, event.purpose)
            case LoggedOut():
                moving.logged_out(event.icc)
            case _:
                pass
        moving.pass_time()
        left = tuple(seat for seat in moving.seats if seat.state is not SessionState.ABSENT)
        return replace(self, seats=left, now=at), tuple(moving.steps)

    def seat(self, icc: bytes) -> CardSession | None:
        """Return the seat of a card; None when it has left nothing behind."""
        return next((item for item in self.seats if item.icc == icc), None)

    @property
    def deadline(self) -> float | None:
        """When time next does something; None when it never does."""
        found = (due(self.policy, seat) for seat in self.seats)
        return min((item[0] for item in found if item is not None), default=None)


class _Moving:
    """The seats while one event is reported to them."""

    def __init__(self, policy: SessionPolicy, seats: list[CardSession], at: float) -> None:
        self._policy = policy
        self.seats = seats
        self._at = at
        self.steps: list[Transition] = []

    def pass_time(self) -> None:
        """Tell the card sessions, in order of time, what is over by now."""
        while (first := self._first_due()) is not None:
            at, place, event = first
            self._follow(place, event, at=at)

    def _first_due(self) -> tuple[float, int, SessionEvent] | None:
        found = []
        for place, item in enumerate(self.seats):
            next_due = due(self._policy, item)
            if next_due is not None and next_due[0] <= self._at:
                found.append((next_due[0], place, next_due[1]))
        return min(found, key=lambda entry: entry[:2], default=None)

    def came(self, reader: str, card: CardRef) -> None:
        if not card.contacts:
            self.tell(card.icc, SessionEvent.TAPPED)
            return
        for place in self._places(
            seat.reader == reader and seat.icc != card.icc for seat in self.seats
        ):
            self._exchanged(place)
        place = self._place_of(card, reader)
        if self.seats[place].card_in and self.seats[place].reader != reader:
            return  # two cards with one number: the second is not ours
        if self.seats[place].card_in:
            self._follow(place, SessionEvent.REMOVED)  # it was out and in again between two looks
            place = self._place_of(card, reader)
        self.seats[place] = replace(self.seats[place], reader=reader)
        self._follow(place, SessionEvent.INSERTED)

    def _exchanged(self, place: int) -> None:
        if self.seats[place].card_in:
            self._follow(place, SessionEvent.REMOVED)
        self._follow(place, SessionEvent.OTHER_CARD)

    def _place_of(self, card: CardRef, reader: str) -> int:
        for place, item in enumerate(self.seats):
            if item.icc == card.icc:
                return place
        self.seats.append(CardSession(card.icc, reader, card.label, since=self._at))
        return len(self.seats) - 1

    def left(self, reader: str) -> None:
        for place in self._places(seat.card_in and seat.reader == reader for seat in self.seats):
            self._follow(place, SessionEvent.REMOVED)

    def tell(self, icc: bytes, event: SessionEvent, purpose: PinPurpose = UNSAID) -> None:
        for place in self._places(seat.icc == icc for seat in self.seats):
            self._follow(place, event, purpose=purpose)

    def logged_out(self, icc: bytes | None) -> None:
        for place in self._places(icc in (None, seat.icc) for seat in self.seats):
            self._follow(place, SessionEvent.LOGOUT)

    def _places(self, chosen: Iterable[bool]) -> list[int]:
        return [place for place, item in enumerate(chosen) if item]

    def _follow(
        self,
        place: int,
        event: SessionEvent,
        *,
        at: float | None = None,
        purpose: PinPurpose = UNSAID,
    ) -> None:
        when = self._at if at is None else at
        step = follow(self._policy, self.seats[place], event, when, purpose)
        self.seats[place] = step.after
        self.steps.append(step)
