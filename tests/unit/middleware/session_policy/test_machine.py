# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Anything happens to cards in any order, under any policy; what must hold, holds.

The model knows what is in the readers and reads the effects; it never looks at the table.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from caducee.middleware.session_policy import (
    CardCame,
    CardLeft,
    CardRef,
    Effect,
    ForeignCard,
    LoggedOut,
    PinEvent,
    SessionEvent,
    SessionPolicy,
    SessionState,
    TimePassed,
    Transition,
    Workstation,
    WorkstationEvent,
)

CARDS = [b"A" * 12, b"B" * 12]
READERS = ["left", "right"]
CODES = [
    SessionEvent.PIN_NEEDED,
    SessionEvent.PIN_VERIFIED,
    SessionEvent.WRONG_PIN,
    SessionEvent.GIVEN_UP,
]
PAUSES = st.one_of(
    st.sampled_from([0.0, 5.0, 9.999, 10.0, 30.0, 60.0, 120.0, 600.0]),
    st.floats(0, 700, allow_nan=False),
)


def policies(presence: str, resume: str) -> st.SearchStrategy[SessionPolicy]:
    """Policies of one kind, with all the times that they may have."""
    return st.builds(
        SessionPolicy,
        presence=st.just(presence),
        grace_seconds=st.sampled_from([0.0, 10.0, 30.0]),
        resume=st.just(resume),
        resume_seconds=st.sampled_from([30.0, 60.0]),
        roaming_seconds=st.sampled_from([0.0, 0.0, 120.0]),
        session_seconds=st.sampled_from([0.0, 0.0, 300.0]),
    )


@dataclass
class Known:
    """What the model knows of one card's session, from effects and from the readers."""

    session: bool = False
    locked: bool = False
    opened: float = 0.0
    strong: float = 0.0
    removed: float | None = None
    """When it was first taken out since it was last in with the session in use."""

    asked: int = 0
    """Questions for the code since the session opened, or since the card last came back."""

    code_kept: bool = False
    taps: list[float] = field(default_factory=list)


class Cards(RuleBasedStateMachine):
    """Cards, readers, codes and time."""

    kind: tuple[str, str]  # set by the test

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.policy = policy = data.draw(policies(*self.kind))
        self.station = Workstation(policy)
        self.at = 0.0
        self.readers: dict[str, bytes | None] = {}
        self.known = {icc: Known() for icc in CARDS}

    def tell(self, event: WorkstationEvent) -> tuple[Transition, ...]:
        self.station, steps = self.station.take(event)
        for step in steps:
            self.judge(step)
        return steps

    def judge(self, step: Transition) -> None:
        """Take in one step; each effect must make sense to who only knows the readers."""
        known, at, effects = self.known[step.before.icc], step.at, set(step.effects)
        assert step.before.icc == step.after.icc, "a session changed its holder"
        if Effect.ASK_PIN in effects:
            known.asked += 1
            assert known.asked <= 1 or not known.session or known.locked
            assert self.there(step.before.icc), "asked for the code of a card that is not there"
        if Effect.OPEN_SESSION in effects:
            assert not known.session and step.event is SessionEvent.PIN_VERIFIED
            self.known[step.before.icc] = known = Known(session=True, opened=at, strong=at)
            known.asked = 1
        if Effect.LOCK_SESSION in effects:
            assert known.session and not known.locked
            known.locked = True
        if Effect.RESUME_SESSION in effects:
            self.judge_resumption(step, known)
        if Effect.ALLOW in effects:
            assert known.session and not known.locked
            assert self.there(step.before.icc), "the code of a card that is not there was used"
            known.code_kept = True
        if Effect.WIPE_PIN in effects:
            known.code_kept = False
        if Effect.END_SESSION in effects:
            assert known.session and Effect.WIPE_PIN in effects
            self.known[step.before.icc] = Known()

    def judge_resumption(self, step: Transition, known: Known) -> None:
        assert (known.session and known.locked) or step.before.state is SessionState.AWAY
        if step.event is SessionEvent.PIN_VERIFIED:
            known.strong, known.removed = step.at, None
        elif step.event is SessionEvent.TAPPED:
            assert step.at < known.strong + self.policy.roaming_seconds
        elif step.event is SessionEvent.INSERTED:
            assert self.policy.resume == "without-pin"
            assert known.removed is not None
            assert step.at < known.removed + self.policy.resume_seconds
            assert known.code_kept or self.policy.resume == "without-pin"
            known.removed, known.asked = None, 0
        else:
            assert self.policy.presence == "at-start"
        known.locked = False

    def there(self, icc: bytes) -> bool:
        return icc in self.readers.values()

    def out(self, reader: str) -> None:
        """Note a removal, as somebody sees it who stands beside the reader."""
        icc = self.readers.get(reader)
        if icc is not None:
            known = self.known[icc]
            if known.session and known.removed is None:
                known.removed = self.at
            if known.session:
                known.asked = 0
        self.readers[reader] = None

    # What happens

    @rule(reader=st.sampled_from(READERS), icc=st.sampled_from(CARDS))
    def insert(self, reader: str, icc: bytes) -> None:
        if self.there(icc) and self.readers.get(reader) != icc:
            return
        self.out(reader)
        self.readers[reader] = icc
        self.tell(CardCame(self.at, reader, CardRef(icc)))
        for seat in self.station.seats:
            assert seat.icc == icc or seat.reader != reader, "another card left something here"

    @rule(reader=st.sampled_from(READERS), icc=st.sampled_from(CARDS), pause=PAUSES)
    def work_and_leave(self, reader: str, icc: bytes, pause: float) -> None:
        """The common beginning of most stories: a login, and the card is taken out."""
        self.insert(reader, icc)
        self.log_in(icc)
        self.at += pause
        if self.readers.get(reader) == icc:
            self.remove(reader)

    @rule(reader=st.sampled_from(READERS), pause=PAUSES)
    def come_back(self, reader: str, pause: float) -> None:
        """The card that left something in this reader, after a while."""
        seats = [seat for seat in self.station.seats if seat.reader == reader and seat.has_session]
        if seats and not self.there(seats[0].icc):
            self.at += pause
            self.insert(reader, seats[0].icc)

    @rule(reader=st.sampled_from(READERS))
    def remove(self, reader: str) -> None:
        self.out(reader)
        self.tell(CardLeft(self.at, reader))

    @rule(icc=st.sampled_from(CARDS))
    def tap(self, icc: bytes) -> None:
        before = self.known[icc].session
        self.tell(CardCame(self.at, "plate", CardRef(icc, contacts=False)))
        assert self.known[icc].session <= before, "a tap opened a session"
        self.tell(CardLeft(self.at, "plate"))

    @rule(reader=st.sampled_from([*READERS, "plate", "new"]))
    def foreign(self, reader: str) -> None:
        self.tell(TimePassed(self.at))
        before = self.station
        assert self.tell(ForeignCard(self.at, reader)) == ()
        assert self.station == before

    @rule(icc=st.sampled_from(CARDS), event=st.sampled_from(CODES))
    def code(self, icc: bytes, event: SessionEvent) -> None:
        for step in self.tell(PinEvent(self.at, icc, event)):
            if step.event is event:
                assert step.before.icc == icc

    @rule(icc=st.sampled_from(CARDS))
    def log_in(self, icc: bytes) -> None:
        self.tell(PinEvent(self.at, icc, SessionEvent.PIN_NEEDED))
        self.tell(PinEvent(self.at, icc, SessionEvent.PIN_VERIFIED))
        assert self.known[icc].session or not self.there(icc)

    @rule(icc=st.sampled_from([*CARDS, None]))
    def log_out(self, icc: bytes | None) -> None:
        self.tell(LoggedOut(self.at, icc))
        assert not any(known.session for item, known in self.known.items() if icc in (None, item))

    @rule(seconds=PAUSES, reported=st.booleans())
    def wait(self, seconds: float, reported: bool) -> None:
        self.at += seconds
        if reported:
            self.tell(TimePassed(self.at))

    # What holds

    @invariant()
    def each_card_has_one_seat_at_most(self) -> None:
        seats = [seat.icc for seat in self.station.seats]
        assert len(seats) == len(set(seats))

    @invariant()
    def seats_and_effects_agree(self) -> None:
        for icc, known in self.known.items():
            seat = self.station.seat(icc)
            assert known.session == (seat is not None and seat.has_session)
            if seat is not None and seat.has_session:
                assert known.locked != seat.usable

    @invariant()
    def no_session_outlives_its_card_and_its_time(self) -> None:
        station, _ = self.station.take(TimePassed(self.at))
        for seat in station.seats:
            if not seat.has_session or self.policy.presence == "at-start":
                continue
            known = self.known[seat.icc]
            if self.there(seat.icc) and seat.state is SessionState.OPEN:
                continue
            assert known.removed is not None, "a session without its card, which never left"
            resumes = self.policy.resume_seconds if self.policy.resume != "never" else 0
            last = known.removed + max(self.policy.grace_seconds, resumes)
            assert self.at < max(last, known.strong + self.policy.roaming_seconds)
            if seat.usable and seat.state is not SessionState.ROAMING:
                assert self.at < known.removed + self.policy.grace_seconds

    @invariant()
    def no_session_is_older_than_may_be(self) -> None:
        station, _ = self.station.take(TimePassed(self.at))
        for seat in station.seats:
            if seat.has_session and self.policy.session_seconds:
                assert self.at < self.known[seat.icc].opened + self.policy.session_seconds

    @invariant()
    def no_code_is_kept_without_its_card_unless_the_policy_says_so(self) -> None:
        _, steps = self.station.take(TimePassed(self.at))
        wiped = {step.before.icc for step in steps if Effect.WIPE_PIN in step.effects}
        for icc, known in self.known.items():
            if known.code_kept and icc not in wiped and not self.there(icc):
                assert self.policy.resume == "without-pin"
                assert known.removed is not None
                assert self.at < known.removed + self.policy.resume_seconds

    @invariant()
    def time_that_is_due_is_reported(self) -> None:
        deadline = self.station.deadline
        assert deadline is None or deadline > self.station.now


@pytest.mark.parametrize(
    "kind",
    [
        ("throughout", "never"),
        ("throughout", "with-pin"),
        ("throughout", "without-pin"),
        ("at-start", "never"),
    ],
    ids="-".join,
)
def test_whatever_happens_no_rule_is_broken(kind: tuple[str, str]) -> None:
    run_state_machine_as_test(
        type("Machine", (Cards,), {"kind": kind}),
        settings=settings(max_examples=150, stateful_step_count=30, deadline=None),
    )
