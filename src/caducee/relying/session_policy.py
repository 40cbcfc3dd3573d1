# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy of a site, which sees no card: one table, as for the
workstation (`caducee.middleware.session_policy`).

All that a site knows is when a card last proved itself: by a TLS handshake with its certificate, or
by a token. A proof with contacts counts for everything; a contactless one (the technical key, no
PIN) proves only that the card is there. A page may report that the card left.

As the policy stands built in, a session needs no new proof, and ends when the page reports that the
card left.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Annotated, Literal

import msgspec

from caducee.base.config import Settings

__all__ = [
    "SITE_RULES",
    "Proofs",
    "SiteEvent",
    "SiteGuard",
    "SiteRule",
    "SiteSessionPolicy",
    "SiteState",
    "at_time",
    "next_time",
    "on_event",
    "on_request",
]

type _Age = Annotated[int, msgspec.Meta(ge=0, le=86_400)]
type _Grace = Annotated[int, msgspec.Meta(ge=0, le=3600)]


class SiteSessionPolicy(Settings, frozen=True):
    """Session policy of a site: the table ``[session_policy]`` of its settings.

    Every time is in seconds; 0 switches a rule off.
    """

    certificate_proof_seconds: _Age = 0
    """How old the last handshake of a session by certificate may be, 0 to 86400. More than
    ``certificate_seconds``, after which a browser makes a new one."""

    token_proof_seconds: _Age = 0
    """How old the last token of a session by token may be, 0 to 86400; then the page asks for
    another one."""

    grace_seconds: _Grace = 0
    """How long a session whose proof is due goes on, 0 to 3600, without strong operations."""

    resume_seconds: _Grace = 0
    """How long a locked session waits for the same card, 0 to 3600; then it is over. 0: a session
    is over at once instead of being locked."""

    on_removal: Literal["end", "lock"] = "end"
    """What a page's word that the card left does to the session."""

    roaming_seconds: Annotated[int, msgspec.Meta(ge=0, le=43_200)] = 0
    """For how long after a proof with contacts a contactless one brings a session back, 0 to
    43200."""

    strong_seconds: _Age = 0
    """How old the last proof with contacts may be for a strong operation, 0 to 86400; 0: as old as
    the session, but contactless proof never counts."""


@unique
class SiteState(StrEnum):
    """Where a session stands."""

    PROVEN = "proven"
    """Its card has proven itself with contacts, recently enough."""

    DUE = "due"
    """A new proof is due; the session goes on for the grace time, without strong operations."""

    LOCKED = "locked"
    """It cannot be used until the same card proves itself."""

    TOUCHED = "touched"
    """A contactless proof brought it back, without strong operations."""

    ENDED = "ended"
    """It is over; final."""


@unique
class SiteEvent(StrEnum):
    """What may happen to a session."""

    PROVED = "proved"
    """The same card proved itself with contacts."""

    TOUCHED = "touched"
    """The same card proved itself without contacts."""

    OTHER_CARD = "other card"
    """Another card came where a proof of this one was due."""

    REMOVED = "card removed"
    """The page reported that the card left its reader, or that the screen was locked."""

    PROOF_OVER = "proof over"
    GRACE_OVER = "grace over"
    RESUME_OVER = "resume over"
    ROAMING_OVER = "roaming over"


@unique
class SiteGuard(StrEnum):
    """A condition of a row."""

    GRACE = "grace time"
    LOCKS = "may resume"
    REMOVAL_LOCKS = "removal locks"
    ROAMS = "roaming, in time"


@dataclass(frozen=True, slots=True)
class SiteRule:
    """One row: in a state, at an event, under conditions, to a state."""

    before: SiteState
    event: SiteEvent
    after: SiteState
    when: tuple[SiteGuard, ...] = ()


_S, _E, _G = SiteState, SiteEvent, SiteGuard
_LOCKS = (_G.LOCKS,)


def _locks(before: SiteState, event: SiteEvent) -> tuple[SiteRule, ...]:
    return (SiteRule(before, event, _S.LOCKED, _LOCKS), SiteRule(before, event, _S.ENDED))


def _removed(before: SiteState) -> tuple[SiteRule, ...]:
    guards = (_G.REMOVAL_LOCKS, _G.LOCKS)
    return (
        SiteRule(before, _E.REMOVED, _S.LOCKED, guards),
        SiteRule(before, _E.REMOVED, _S.ENDED),
    )


SITE_RULES: tuple[SiteRule, ...] = (
    SiteRule(_S.PROVEN, _E.PROVED, _S.PROVEN),
    SiteRule(_S.PROVEN, _E.PROOF_OVER, _S.DUE, (_G.GRACE,)),
    *_locks(_S.PROVEN, _E.PROOF_OVER),
    *_removed(_S.PROVEN),
    SiteRule(_S.PROVEN, _E.OTHER_CARD, _S.ENDED),
    SiteRule(_S.DUE, _E.PROVED, _S.PROVEN),
    SiteRule(_S.DUE, _E.TOUCHED, _S.TOUCHED, (_G.ROAMS,)),
    *_locks(_S.DUE, _E.GRACE_OVER),
    *_removed(_S.DUE),
    SiteRule(_S.DUE, _E.OTHER_CARD, _S.ENDED),
    SiteRule(_S.LOCKED, _E.PROVED, _S.PROVEN),
    SiteRule(_S.LOCKED, _E.TOUCHED, _S.TOUCHED, (_G.ROAMS,)),
    SiteRule(_S.LOCKED, _E.REMOVED, _S.LOCKED),
    SiteRule(_S.LOCKED, _E.RESUME_OVER, _S.ENDED),
    SiteRule(_S.LOCKED, _E.OTHER_CARD, _S.ENDED),
    SiteRule(_S.TOUCHED, _E.PROVED, _S.PROVEN),
    *_locks(_S.TOUCHED, _E.ROAMING_OVER),
    *_removed(_S.TOUCHED),
    SiteRule(_S.TOUCHED, _E.OTHER_CARD, _S.ENDED),
)
"""Every row there is; a row with conditions stands before the one without. The picture of the guide
is drawn from this table."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a site knows of the card of one session."""

    proven: dt.datetime
    """When the card last proved itself with contacts."""

    state: SiteState = SiteState.PROVEN
    since: dt.datetime | None = None
    """When it came into its state; none: with the proof."""

    by_token: bool = False
    """The session was opened by a token, so that only another one proves the card."""

    removed: dt.datetime | None = None
    """When a page last reported that the card had left, until it proved itself again: no earlier
    handshake does."""

    @property
    def usable(self) -> bool:
        """Whether the session can be used, if only for what is not strong."""
        return self.state in (SiteState.PROVEN, SiteState.DUE, SiteState.TOUCHED)


def _in_time(since: dt.datetime, seconds: int, at: dt.datetime) -> bool:
    return at < since + dt.timedelta(seconds=seconds)


_GUARDS: dict[SiteGuard, Callable[[SiteSessionPolicy, Proofs, dt.datetime], bool]] = {
    SiteGuard.GRACE: lambda policy, it, at: policy.grace_seconds > 0,
    SiteGuard.LOCKS: lambda policy, it, at: policy.resume_seconds > 0,
    SiteGuard.REMOVAL_LOCKS: lambda policy, it, at: policy.on_removal == "lock",
    SiteGuard.ROAMS: lambda policy, it, at: _in_time(it.proven, policy.roaming_seconds, at),
}


def on_request(
    policy: SiteSessionPolicy, proofs: Proofs, handshake: dt.datetime | None, at: dt.datetime
) -> Proofs:
    """Return what is known when a request comes on a connection with the session's certificate.

    ``handshake`` is when the card proved itself there; none if unknown. A handshake
    ahead of now (the clock was set back) proves nothing: it may precede a removal.
    """
    proofs = at_time(policy, proofs, at)
    if handshake is None or not (proofs.removed or proofs.proven) < handshake <= at:
        return proofs
    proven = _follow(policy, proofs, SiteEvent.PROVED, at)
    if proven.state is not SiteState.PROVEN:
        return proven
    return at_time(policy, replace(proven, proven=handshake), at)


def on_event(
    policy: SiteSessionPolicy, proofs: Proofs, event: SiteEvent, at: dt.datetime
) -> Proofs:
    """Return what is known after an event, after the time limits that passed before it."""
    proofs = at_time(policy, proofs, at)
    return _follow(policy, proofs, event, at)


def at_time(policy: SiteSessionPolicy, proofs: Proofs, at: dt.datetime) -> Proofs:
    """Return what is known at a moment, when nothing else happened."""
    while (due := next_time(policy, proofs)) is not None and due[0] <= at:
        proofs = _follow(policy, proofs, due[1], due[0])
    return proofs


def _follow(policy: SiteSessionPolicy, proofs: Proofs, event: SiteEvent, at: dt.datetime) -> Proofs:
    for rule in SITE_RULES:
        if (rule.before, rule.event) != (proofs.state, event):
            continue
        if all(_GUARDS[item](policy, proofs, at) for item in rule.when):
            proven = at if event is SiteEvent.PROVED else proofs.proven
            moved = rule.after is not proofs.state
            since = at if moved else proofs.since
            removed = None if event is SiteEvent.PROVED else proofs.removed
            removed = at if event is SiteEvent.REMOVED else removed
            return replace(proofs, state=rule.after, since=since, proven=proven, removed=removed)
    return proofs


def next_time(policy: SiteSessionPolicy, proofs: Proofs) -> tuple[dt.datetime, SiteEvent] | None:
    """Return when time next does something to a session, and what; none when it never does."""
    proof = policy.token_proof_seconds if proofs.by_token else policy.certificate_proof_seconds
    since = proofs.since or proofs.proven
    found: dict[SiteState, tuple[dt.datetime, int, SiteEvent]] = {
        SiteState.DUE: (since, policy.grace_seconds, SiteEvent.GRACE_OVER),
        SiteState.LOCKED: (since, policy.resume_seconds, SiteEvent.RESUME_OVER),
        SiteState.TOUCHED: (proofs.proven, policy.roaming_seconds, SiteEvent.ROAMING_OVER),
    }
    if proof:
        found[SiteState.PROVEN] = (proofs.proven, proof, SiteEvent.PROOF_OVER)
    if proofs.state not in found:
        return None
    begun, seconds, event = found[proofs.state]
    return begun + dt.timedelta(seconds=seconds), event
