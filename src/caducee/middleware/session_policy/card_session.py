# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One card at one workstation, and the step from one moment to the next.

Nothing here knows a clock or a reader: a moment is a number of seconds that comes with the event.
"""

from dataclasses import dataclass, replace

from caducee.middleware.session_policy.policy import SessionPolicy
from caducee.middleware.session_policy.states import (
    RULES,
    USABLE,
    WITH_SESSION,
    Effect,
    SessionEvent,
    SessionRule,
    SessionState,
    holds,
)

__all__ = [
    "UNSAID",
    "CardRef",
    "CardSession",
    "PinPurpose",
    "Transition",
    "due",
    "follow",
    "rule_for",
]


@dataclass(frozen=True, slots=True)
class CardRef:
    """Which card, as the engine distinguishes cards: by EF.SN.ICC, the same on both faces."""

    icc: bytes
    contacts: bool = True
    """It was seen by its contacts."""

    label: str = ""
    """What people see of it, e.g. the label of its token."""


@dataclass(frozen=True, slots=True)
class PinPurpose:
    """For whom and why a PIN is needed; shown to the holder before they enter it."""

    service: str = ""
    """The name of the program or of the site, as the system knows it."""

    why: str = ""
    """What it is about to do."""


UNSAID = PinPurpose()
"""Nobody said for whom or why."""


@dataclass(frozen=True, slots=True)
class CardSession:
    """Where one card stands. The card of a seat never changes."""

    icc: bytes
    reader: str
    """Where it has, or last had, contacts."""

    label: str = ""
    state: SessionState = SessionState.ABSENT
    card_in: bool = False
    since: float = 0.0
    """When it came into its state."""

    opened: float | None = None
    """When its session was opened; None without one."""

    left: float | None = None
    """When the card was first removed since the session was open with it."""

    strong: float | None = None
    """When its PIN was last entered with contacts, in this session."""

    resume_over: bool = False
    """The time in which the card itself may resume is over, or was used up by a tap."""

    purpose: PinPurpose = UNSAID
    """For whom and why its PIN is asked, or was asked last."""

    @property
    def usable(self) -> bool:
        """Whether its session can be used."""
        return self.state in USABLE

    @property
    def has_session(self) -> bool:
        """Whether it has a session, locked or not."""
        return self.state in WITH_SESSION


@dataclass(frozen=True, slots=True)
class Transition:
    """What one event did to one seat."""

    before: CardSession
    event: SessionEvent
    after: CardSession
    effects: tuple[Effect, ...]
    at: float
    purpose: PinPurpose = UNSAID
    """Of `SessionEvent.PIN_NEEDED`: who needs the PIN."""


def rule_for(
    policy: SessionPolicy, seat: CardSession, event: SessionEvent, at: float
) -> SessionRule | None:
    """Return the row that counts; None where nothing happens."""
    for rule in RULES:
        if (rule.before, rule.event) == (seat.state, event) and all(
            holds(item, policy, seat, at) for item in rule.when
        ):
            return rule
    return None


_CONTACTS = {SessionEvent.INSERTED: True, SessionEvent.REMOVED: False}


def follow(
    policy: SessionPolicy,
    seat: CardSession,
    event: SessionEvent,
    at: float,
    purpose: PinPurpose = UNSAID,
) -> Transition:
    """Return the step of an event, after the steps of time that is over by then (`due`)."""
    rule = rule_for(policy, seat, event, at)
    moved = replace(seat, card_in=_CONTACTS.get(event, seat.card_in))
    if rule is None:
        return Transition(seat, event, moved, (), at, purpose)
    if rule.after is not seat.state:
        moved = replace(moved, state=rule.after, since=at)
    if Effect.ASK_PIN in rule.effects:
        moved = replace(moved, purpose=purpose)
    return Transition(seat, event, _remembered(moved, seat, event, at), rule.effects, at, purpose)


def _remembered(
    moved: CardSession, before: CardSession, event: SessionEvent, at: float
) -> CardSession:
    """Bring the times up to date."""
    if moved.state not in WITH_SESSION:
        return replace(moved, opened=None, left=None, strong=None, resume_over=False)
    if event is SessionEvent.PIN_VERIFIED:
        opened = at if before.opened is None else before.opened
        return replace(moved, opened=opened, left=None, strong=at, resume_over=False)
    if moved.state is SessionState.OPEN and before.state is not SessionState.OPEN:
        return replace(moved, left=None, resume_over=False)
    if event is SessionEvent.REMOVED and before.state is SessionState.OPEN:
        return replace(moved, left=at)
    if event is SessionEvent.RESUME_OVER or moved.state is SessionState.ROAMING:
        return replace(moved, resume_over=True)
    return moved


_AWAY = (SessionState.AWAY, SessionState.LOCKED, SessionState.RESUMING)


def due(policy: SessionPolicy, seat: CardSession) -> tuple[float, SessionEvent] | None:
    """Return when time next does something to a seat, and what; None when it never does."""
    found: list[tuple[float, SessionEvent]] = []
    left, strong = seat.left, seat.strong
    throughout = policy.presence == "throughout"
    if seat.has_session and seat.opened is not None and policy.session_seconds:
        found.append((seat.opened + policy.session_seconds, SessionEvent.SESSION_OVER))
    if throughout and left is not None and seat.state is SessionState.AWAY:
        found.append((left + policy.grace_seconds, SessionEvent.GRACE_OVER))
    if throughout and left is not None and seat.state in _AWAY and not seat.resume_over:
        # Where the card may not resume, but a tap may, the time in which it may is none.
        seconds = policy.resume_seconds if policy.resume != "never" else policy.grace_seconds
        if seat.state is not SessionState.AWAY:
            found.append((left + seconds, SessionEvent.RESUME_OVER))
    if seat.state is SessionState.ROAMING or (
        throughout and seat.state in _AWAY and seat.resume_over
    ):
        found.append(((strong or 0.0) + policy.roaming_seconds, SessionEvent.ROAMING_OVER))
    return min(found, key=lambda item: item[0], default=None)
