# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy of a workstation: one table, which the engine, the pictures and the tests
read.

A row states what one event does in one state. Rows with conditions (`SessionRule.when`) stand
before the row of the same state and event without any; the first whose conditions all hold counts.
Where no row counts, nothing happens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Protocol

from caducee.base.i18n import N_
from caducee.middleware.session_policy.policy import SessionPolicy

__all__ = [
    "RULES",
    "USABLE",
    "WITH_SESSION",
    "Effect",
    "Guard",
    "SessionEvent",
    "SessionRule",
    "SessionState",
    "SessionTimes",
    "holds",
]


@unique
class SessionState(StrEnum):
    """Where one card stands at one workstation."""

    ABSENT = N_("absent")
    """Not here, and it left nothing behind."""

    PRESENT = N_("present")
    """In a reader, its certificates listed; nobody has entered its PIN."""

    ASKING = N_("asking")
    """Its holder is asked for the PIN, for the first operation that needs it."""

    OPEN = N_("open")
    """A session is open and the card is there."""

    AWAY = N_("away")
    """The card left; the session goes on for the grace time, without what needs the card."""

    LOCKED = N_("locked")
    """The session cannot be used until the same card brings it back."""

    RESUMING = N_("resuming")
    """The same card is back; its holder is asked for the PIN."""

    ROAMING = N_("roaming")
    """A contactless tap brought the session back, without what needs the card's contacts."""

    DETACHED = N_("detached")
    """The session is open without its card, which counted only at the start."""


USABLE = frozenset(
    {SessionState.OPEN, SessionState.AWAY, SessionState.ROAMING, SessionState.DETACHED}
)
"""Where a session can be used."""

WITH_SESSION = USABLE | {SessionState.LOCKED, SessionState.RESUMING}
"""Where there is a session at all."""


@unique
class SessionEvent(StrEnum):
    """What may happen to a card. Whatever happens to others is none."""

    INSERTED = N_("inserted")
    """It came, with contacts."""

    TAPPED = N_("tapped")
    """It came, without contacts."""

    REMOVED = N_("removed")
    """It left the reader where it had contacts."""

    OTHER_CARD = N_("other card")
    """The card of another holder came to the reader where it was last."""

    PIN_NEEDED = N_("PIN needed")
    """An operation needs the PIN."""

    PIN_VERIFIED = N_("PIN verified")
    """The card took the PIN."""

    WRONG_PIN = N_("wrong PIN")
    """The card refused the PIN and takes another try."""

    GIVEN_UP = N_("given up")
    """The question for the PIN ended without: cancelled, out of time, or the card is blocked."""

    LOGOUT = N_("logout")
    """The holder, or all programs, logged out."""

    GRACE_OVER = N_("grace over")
    """The card was away for ``grace_seconds``."""

    RESUME_OVER = N_("resume over")
    """The card was away for ``resume_seconds``."""

    ROAMING_OVER = N_("roaming over")
    """The last login with contacts and PIN is ``roaming_seconds`` old."""

    SESSION_OVER = N_("session over")
    """The session is ``session_seconds`` old."""


@unique
class Effect(StrEnum):
    """What has to be done at a step, in this order."""

    WITHDRAW_QUESTION = N_("withdraw the question")
    """Take the question for the PIN from the screen."""

    WITHDRAW_CERTIFICATES = N_("withdraw certificates")
    """Take the card's certificates out of every list."""

    SHOW_CERTIFICATES = N_("show certificates")
    """Put the card's certificates into the lists."""

    WIPE_PIN = N_("wipe the PIN")
    """Forget the PIN wherever it is kept."""

    END_SESSION = N_("end the session")
    """Nothing of it may be used again."""

    OPEN_SESSION = N_("open a session")
    """A new one; nothing of an earlier one is in it."""

    LOCK_SESSION = N_("lock the session")
    """It may not be used until `RESUME_SESSION`."""

    RESUME_SESSION = N_("resume the session")
    """It goes on."""

    ASK_PIN = N_("ask for the PIN")
    """Show who is asked, for which service, and why."""

    ASK_AGAIN = N_("ask again")
    """The same question, with the tries that are left."""

    ALLOW = N_("allow")
    """The operation goes on, with the PIN of the session."""

    REFUSE = N_("refuse")
    """The operation is not done: the card's contacts or the PIN are missing."""


class SessionTimes(Protocol):
    """What conditions look at, beside the policy."""

    @property
    def card_in(self) -> bool:
        """The card is in a reader, with contacts."""

    @property
    def left(self) -> float | None:
        """When it was removed; None while it never was since the session was last open."""

    @property
    def strong(self) -> float | None:
        """When its PIN was last entered with contacts."""


@unique
class Guard(StrEnum):
    """A condition of a row."""

    AT_START = "presence at start only"
    GRACE = "grace time"
    KEEPS_PIN = "resumes without PIN"
    RESUMES = "resumes"
    WITHOUT_PIN = "without PIN, in time"
    WITH_PIN = "with PIN, in time"
    ROAMS = "roaming, in time"
    CARD_IN = "card in the reader"


def _in_time(since: float | None, seconds: float, at: float) -> bool:
    return since is not None and at < since + seconds


_GUARDS: dict[Guard, Callable[[SessionPolicy, SessionTimes, float], bool]] = {
    Guard.AT_START: lambda policy, it, at: policy.presence == "at-start",
    Guard.GRACE: lambda policy, it, at: policy.grace_seconds > 0,
    Guard.KEEPS_PIN: lambda policy, it, at: policy.resume == "without-pin",
    Guard.RESUMES: lambda policy, it, at: policy.resume != "never",
    Guard.WITHOUT_PIN: lambda policy, it, at: (
        policy.resume == "without-pin" and _in_time(it.left, policy.resume_seconds, at)
    ),
    Guard.WITH_PIN: lambda policy, it, at: (
        policy.resume == "with-pin" and _in_time(it.left, policy.resume_seconds, at)
    ),
    Guard.ROAMS: lambda policy, it, at: _in_time(it.strong, policy.roaming_seconds, at),
    Guard.CARD_IN: lambda policy, it, at: it.card_in,
}


def holds(guard: Guard, policy: SessionPolicy, standing: SessionTimes, at: float) -> bool:
    """Tell whether a condition holds at a moment."""
    return _GUARDS[guard](policy, standing, at)


@dataclass(frozen=True, slots=True)
class SessionRule:
    """One row: in a state, at an event, under conditions, to a state, with effects."""

    before: SessionState
    event: SessionEvent
    after: SessionState
    effects: tuple[Effect, ...] = ()
    when: tuple[Guard, ...] = ()


_S, _E, _G, _F = SessionState, SessionEvent, Guard, Effect
_GONE = (_F.WITHDRAW_CERTIFICATES,)
_BACK = (_F.SHOW_CERTIFICATES,)
_END = (_F.WIPE_PIN, _F.END_SESSION)


def _ends(before: SessionState, event: SessionEvent) -> tuple[SessionRule, ...]:
    """The session ends, and what is left depends on whether the card is there."""
    return (
        SessionRule(before, event, _S.PRESENT, _END, (_G.CARD_IN,)),
        SessionRule(before, event, _S.ABSENT, _END),
    )


RULES: tuple[SessionRule, ...] = (
    # A card comes: what is public is there at once, and nobody is asked anything.
    SessionRule(_S.ABSENT, _E.INSERTED, _S.PRESENT, _BACK),
    SessionRule(_S.PRESENT, _E.REMOVED, _S.ABSENT, _GONE),
    # The PIN is asked late and once.
    SessionRule(_S.PRESENT, _E.PIN_NEEDED, _S.ASKING, (_F.ASK_PIN,)),
    SessionRule(_S.ASKING, _E.WRONG_PIN, _S.ASKING, (_F.ASK_AGAIN,)),
    SessionRule(_S.ASKING, _E.PIN_VERIFIED, _S.OPEN, (_F.OPEN_SESSION, _F.ALLOW)),
    SessionRule(_S.ASKING, _E.GIVEN_UP, _S.PRESENT, (_F.REFUSE,)),
    SessionRule(_S.ASKING, _E.LOGOUT, _S.PRESENT, (_F.WITHDRAW_QUESTION,)),
    SessionRule(_S.ASKING, _E.REMOVED, _S.ABSENT, (_F.WITHDRAW_QUESTION, *_GONE)),
    SessionRule(_S.OPEN, _E.PIN_NEEDED, _S.OPEN, (_F.ALLOW,)),
    SessionRule(_S.OPEN, _E.LOGOUT, _S.PRESENT, _END),
    SessionRule(_S.OPEN, _E.SESSION_OVER, _S.PRESENT, _END),
    # The card leaves an open session.
    SessionRule(_S.OPEN, _E.REMOVED, _S.DETACHED, (*_GONE, _F.WIPE_PIN), (_G.AT_START,)),
    SessionRule(_S.OPEN, _E.REMOVED, _S.AWAY, _GONE, (_G.GRACE, _G.KEEPS_PIN)),
    SessionRule(_S.OPEN, _E.REMOVED, _S.AWAY, (*_GONE, _F.WIPE_PIN), (_G.GRACE,)),
    SessionRule(_S.OPEN, _E.REMOVED, _S.LOCKED, (*_GONE, _F.LOCK_SESSION), (_G.KEEPS_PIN,)),
    SessionRule(
        _S.OPEN, _E.REMOVED, _S.LOCKED, (*_GONE, _F.WIPE_PIN, _F.LOCK_SESSION), (_G.RESUMES,)
    ),
    SessionRule(
        _S.OPEN, _E.REMOVED, _S.LOCKED, (*_GONE, _F.WIPE_PIN, _F.LOCK_SESSION), (_G.ROAMS,)
    ),
    SessionRule(_S.OPEN, _E.REMOVED, _S.ABSENT, (*_GONE, *_END)),
    # It is away, and the session goes on for a while.
    SessionRule(_S.AWAY, _E.PIN_NEEDED, _S.AWAY, (_F.REFUSE,)),
    SessionRule(_S.AWAY, _E.INSERTED, _S.OPEN, (*_BACK, _F.RESUME_SESSION), (_G.WITHOUT_PIN,)),
    SessionRule(
        _S.AWAY,
        _E.INSERTED,
        _S.RESUMING,
        (*_BACK, _F.LOCK_SESSION, _F.ASK_PIN),
        (_G.WITH_PIN,),
    ),
    SessionRule(_S.AWAY, _E.INSERTED, _S.PRESENT, (*_BACK, *_END)),
    SessionRule(_S.AWAY, _E.TAPPED, _S.ROAMING, (_F.WIPE_PIN,), (_G.ROAMS,)),
    SessionRule(_S.AWAY, _E.GRACE_OVER, _S.LOCKED, (_F.LOCK_SESSION,), (_G.RESUMES,)),
    SessionRule(_S.AWAY, _E.GRACE_OVER, _S.LOCKED, (_F.LOCK_SESSION,), (_G.ROAMS,)),
    SessionRule(_S.AWAY, _E.GRACE_OVER, _S.ABSENT, _END),
    SessionRule(_S.AWAY, _E.OTHER_CARD, _S.ABSENT, _END),
    SessionRule(_S.AWAY, _E.LOGOUT, _S.ABSENT, _END),
    SessionRule(_S.AWAY, _E.SESSION_OVER, _S.ABSENT, _END),
    # The session waits for its card.
    SessionRule(_S.LOCKED, _E.PIN_NEEDED, _S.RESUMING, (_F.ASK_PIN,), (_G.CARD_IN,)),
    SessionRule(_S.LOCKED, _E.PIN_NEEDED, _S.LOCKED, (_F.REFUSE,)),
    SessionRule(_S.LOCKED, _E.INSERTED, _S.OPEN, (*_BACK, _F.RESUME_SESSION), (_G.WITHOUT_PIN,)),
    SessionRule(_S.LOCKED, _E.INSERTED, _S.RESUMING, (*_BACK, _F.ASK_PIN), (_G.WITH_PIN,)),
    SessionRule(_S.LOCKED, _E.INSERTED, _S.PRESENT, (*_BACK, *_END)),
    SessionRule(_S.LOCKED, _E.REMOVED, _S.LOCKED, _GONE),
    SessionRule(_S.LOCKED, _E.TAPPED, _S.ROAMING, (_F.WIPE_PIN, _F.RESUME_SESSION), (_G.ROAMS,)),
    SessionRule(_S.LOCKED, _E.RESUME_OVER, _S.PRESENT, _END, (_G.CARD_IN,)),
    SessionRule(_S.LOCKED, _E.RESUME_OVER, _S.LOCKED, (_F.WIPE_PIN,), (_G.ROAMS,)),
    SessionRule(_S.LOCKED, _E.RESUME_OVER, _S.ABSENT, _END),
    *_ends(_S.LOCKED, _E.ROAMING_OVER),
    SessionRule(_S.LOCKED, _E.OTHER_CARD, _S.ABSENT, _END),
    *_ends(_S.LOCKED, _E.LOGOUT),
    *_ends(_S.LOCKED, _E.SESSION_OVER),
    SessionRule(_S.RESUMING, _E.WRONG_PIN, _S.RESUMING, (_F.ASK_AGAIN,)),
    SessionRule(_S.RESUMING, _E.PIN_VERIFIED, _S.OPEN, (_F.RESUME_SESSION, _F.ALLOW)),
    SessionRule(
        _S.RESUMING, _E.GIVEN_UP, _S.DETACHED, (_F.RESUME_SESSION, _F.REFUSE), (_G.AT_START,)
    ),
    SessionRule(_S.RESUMING, _E.GIVEN_UP, _S.LOCKED, (_F.REFUSE,)),
    SessionRule(
        _S.RESUMING,
        _E.REMOVED,
        _S.DETACHED,
        (_F.WITHDRAW_QUESTION, *_GONE, _F.RESUME_SESSION),
        (_G.AT_START,),
    ),
    SessionRule(_S.RESUMING, _E.REMOVED, _S.LOCKED, (_F.WITHDRAW_QUESTION, *_GONE)),
    SessionRule(_S.RESUMING, _E.RESUME_OVER, _S.PRESENT, (_F.WITHDRAW_QUESTION, *_END)),
    SessionRule(_S.RESUMING, _E.ROAMING_OVER, _S.PRESENT, (_F.WITHDRAW_QUESTION, *_END)),
    SessionRule(_S.RESUMING, _E.LOGOUT, _S.PRESENT, (_F.WITHDRAW_QUESTION, *_END)),
    SessionRule(_S.RESUMING, _E.SESSION_OVER, _S.PRESENT, (_F.WITHDRAW_QUESTION, *_END)),
    # It came back by a tap.
    SessionRule(_S.ROAMING, _E.INSERTED, _S.ROAMING, _BACK),
    SessionRule(_S.ROAMING, _E.REMOVED, _S.ROAMING, _GONE),
    SessionRule(
        _S.ROAMING, _E.PIN_NEEDED, _S.RESUMING, (_F.LOCK_SESSION, _F.ASK_PIN), (_G.CARD_IN,)
    ),
    SessionRule(_S.ROAMING, _E.PIN_NEEDED, _S.ROAMING, (_F.REFUSE,)),
    *_ends(_S.ROAMING, _E.ROAMING_OVER),
    SessionRule(_S.ROAMING, _E.OTHER_CARD, _S.ABSENT, _END),
    *_ends(_S.ROAMING, _E.LOGOUT),
    *_ends(_S.ROAMING, _E.SESSION_OVER),
    # The card counted only at the start.
    SessionRule(_S.DETACHED, _E.INSERTED, _S.DETACHED, _BACK),
    SessionRule(_S.DETACHED, _E.REMOVED, _S.DETACHED, _GONE),
    SessionRule(
        _S.DETACHED, _E.PIN_NEEDED, _S.RESUMING, (_F.LOCK_SESSION, _F.ASK_PIN), (_G.CARD_IN,)
    ),
    SessionRule(_S.DETACHED, _E.PIN_NEEDED, _S.DETACHED, (_F.REFUSE,)),
    SessionRule(_S.DETACHED, _E.OTHER_CARD, _S.ABSENT, _END),
    *_ends(_S.DETACHED, _E.LOGOUT),
    *_ends(_S.DETACHED, _E.SESSION_OVER),
)
"""Every row there is. The pictures of the guide are drawn from this table."""
