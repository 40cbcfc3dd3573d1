# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The session policy, rule by rule, as dialogues with a workstation."""

import pytest

from caducee.base.config import parse
from caducee.base.errors import ConfigError
from caducee.middleware.session_policy import (
    CardCame,
    CardLeft,
    CardRef,
    CardSession,
    Effect,
    ForeignCard,
    LoggedOut,
    PinEvent,
    PinPurpose,
    SessionEvent,
    SessionPolicy,
    SessionState,
    TimePassed,
    Workstation,
    WorkstationEvent,
)

A, B = CardRef(b"A" * 12, label="CPS3v3-A"), CardRef(b"B" * 12, label="CPS3v3-B")
A_TAPPED, B_TAPPED = CardRef(A.icc, contacts=False), CardRef(B.icc, contacts=False)
READ = PinPurpose("DMP", "read")
DESK, OTHER_DESK, PLATE = "desk", "other desk", "plate"


class Desk:
    """A workstation to which a test states what happens, and which states what comes of it."""

    def __init__(self, policy: SessionPolicy) -> None:
        self.station = Workstation(policy)
        self.at = 1000.0

    def tell(self, event: WorkstationEvent) -> list[Effect]:
        self.station, steps = self.station.take(event)
        return [effect for step in steps for effect in step.effects]

    def come(self, card: CardRef = A, reader: str = DESK) -> list[Effect]:
        return self.tell(CardCame(self.at, reader, card))

    def leave(self, reader: str = DESK) -> list[Effect]:
        return self.tell(CardLeft(self.at, reader))

    def need(self, card: CardRef = A, purpose: PinPurpose = READ) -> list[Effect]:
        return self.tell(PinEvent(self.at, card.icc, SessionEvent.PIN_NEEDED, purpose))

    def code(self, event: SessionEvent, card: CardRef = A) -> list[Effect]:
        return self.tell(PinEvent(self.at, card.icc, event))

    def right(self, card: CardRef = A) -> list[Effect]:
        return self.code(SessionEvent.PIN_VERIFIED, card)

    def wait(self, seconds: float) -> list[Effect]:
        self.at += seconds
        return self.tell(TimePassed(self.at))

    def log_in(self, card: CardRef = A, reader: str = DESK) -> None:
        self.come(card, reader)
        assert self.need(card)[-1:] == [Effect.ASK_PIN]
        assert Effect.OPEN_SESSION in self.right(card)

    def state(self, card: CardRef = A) -> SessionState:
        seat = self.station.seat(card.icc)
        return SessionState.ABSENT if seat is None else seat.state

    def seat(self, card: CardRef = A) -> CardSession:
        seat = self.station.seat(card.icc)
        assert seat is not None
        return seat


def desk(**settings: object) -> Desk:
    lines = (f"{name} = {_toml(value)}" for name, value in settings.items())
    return Desk(parse("\n".join(lines), SessionPolicy))


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


# --- A session and its code -----------------------------------------------------------------------


def test_what_is_public_is_there_before_anybody_is_asked() -> None:
    it = desk()
    assert it.come() == [Effect.SHOW_CERTIFICATES]
    assert it.state() is SessionState.PRESENT


def test_the_code_is_asked_at_the_first_operation_with_whom_and_why() -> None:
    it = desk()
    it.come()
    assert it.need(purpose=PinPurpose("DMP", "sign")) == [Effect.ASK_PIN]
    assert it.seat().purpose == PinPurpose("DMP", "sign")
    assert it.code(SessionEvent.WRONG_PIN) == [Effect.ASK_AGAIN]
    assert it.right() == [Effect.OPEN_SESSION, Effect.ALLOW]


def test_the_code_is_asked_once_for_a_session_whatever_program_needs_it() -> None:
    it = desk()
    it.log_in()
    for service in ("DMP", "MSSanté", "DMP"):
        assert it.need(purpose=PinPurpose(service, "")) == [Effect.ALLOW]


def test_one_question_at_a_time() -> None:
    it = desk()
    it.come()
    it.need()
    assert it.need(purpose=PinPurpose("MSSanté", "")) == []
    assert it.seat().purpose.service == "DMP"


def test_who_gives_up_has_no_session_and_is_asked_anew() -> None:
    it = desk()
    it.come()
    it.need()
    assert it.code(SessionEvent.GIVEN_UP) == [Effect.REFUSE]
    assert it.state() is SessionState.PRESENT
    assert it.need() == [Effect.ASK_PIN]


def test_a_card_that_leaves_takes_its_question_along() -> None:
    it = desk()
    it.come()
    it.need()
    assert it.leave() == [Effect.WITHDRAW_QUESTION, Effect.WITHDRAW_CERTIFICATES]
    assert it.right() == []
    assert it.state() is SessionState.ABSENT


def test_a_code_that_nobody_asked_for_opens_nothing() -> None:
    it = desk()
    it.come()
    assert it.right() == []
    assert it.state() is SessionState.PRESENT


def test_a_session_has_a_longest_time() -> None:
    it = desk(session_seconds=3600)
    it.log_in()
    assert it.wait(3599) == []
    assert it.wait(1) == [Effect.WIPE_PIN, Effect.END_SESSION]
    assert it.state() is SessionState.PRESENT
    assert it.need() == [Effect.ASK_PIN]


# --- Removal --------------------------------------------------------------------------------------


def test_built_in_removal_ends_the_session_at_once_and_nothing_resumes() -> None:
    it = desk()
    it.log_in()
    assert it.leave() == [Effect.WITHDRAW_CERTIFICATES, Effect.WIPE_PIN, Effect.END_SESSION]
    assert it.state() is SessionState.ABSENT
    it.come()
    assert it.need() == [Effect.ASK_PIN]


def test_grace_lets_the_session_go_on_without_what_needs_the_card() -> None:
    it = desk(grace_seconds=10)
    it.log_in()
    assert it.leave() == [Effect.WITHDRAW_CERTIFICATES, Effect.WIPE_PIN]
    assert it.seat().usable
    assert it.need() == [Effect.REFUSE]
    assert it.wait(9.9) == []
    assert it.wait(0.1) == [Effect.WIPE_PIN, Effect.END_SESSION]
    assert it.state() is SessionState.ABSENT


def test_grace_alone_resumes_nothing() -> None:
    it = desk(grace_seconds=10)
    it.log_in()
    it.leave()
    assert it.come() == [Effect.SHOW_CERTIFICATES, Effect.WIPE_PIN, Effect.END_SESSION]


def test_time_that_nobody_reported_of_is_over_all_the_same() -> None:
    it = desk(grace_seconds=10, resume="without-pin", resume_seconds=10)
    it.log_in()
    it.leave()
    it.at += 10
    assert it.come()[:3] == [Effect.LOCK_SESSION, Effect.WIPE_PIN, Effect.END_SESSION]
    assert it.state() is SessionState.PRESENT


# --- Reinsertion ----------------------------------------------------------------------------------


@pytest.mark.parametrize("grace", [0, 5])
def test_the_same_card_resumes_without_its_code_in_time(grace: float) -> None:
    it = desk(grace_seconds=grace, resume="without-pin", resume_seconds=60)
    it.log_in()
    assert Effect.WIPE_PIN not in it.leave()
    it.wait(59.9)
    assert it.come() == [Effect.SHOW_CERTIFICATES, Effect.RESUME_SESSION]
    assert it.need() == [Effect.ALLOW]


def test_the_same_card_resumes_with_its_code_in_time() -> None:
    it = desk(resume="with-pin", resume_seconds=60)
    it.log_in()
    assert it.leave() == [
        Effect.WITHDRAW_CERTIFICATES,
        Effect.WIPE_PIN,
        Effect.LOCK_SESSION,
    ]
    assert not it.seat().usable
    it.wait(30)
    assert it.come() == [Effect.SHOW_CERTIFICATES, Effect.ASK_PIN]
    assert not it.seat().usable
    assert it.right() == [Effect.RESUME_SESSION, Effect.ALLOW]
    assert it.need() == [Effect.ALLOW]


def test_a_card_that_comes_and_goes_gains_no_time() -> None:
    it = desk(resume="with-pin", resume_seconds=60)
    it.log_in()
    it.leave()
    for _ in range(5):
        it.wait(10)
        it.come()
        it.leave()
    assert it.wait(10) == [Effect.WIPE_PIN, Effect.END_SESSION]


def test_a_question_to_resume_ends_with_the_time() -> None:
    it = desk(resume="with-pin", resume_seconds=60)
    it.log_in()
    it.leave()
    it.wait(59)
    it.come()
    assert it.wait(1) == [Effect.WITHDRAW_QUESTION, Effect.WIPE_PIN, Effect.END_SESSION]
    assert it.right() == []


def test_a_session_stays_locked_when_its_holder_gives_the_question_up() -> None:
    it = desk(resume="with-pin", resume_seconds=60)
    it.log_in()
    it.leave()
    it.come()
    assert it.code(SessionEvent.GIVEN_UP) == [Effect.REFUSE]
    assert it.state() is SessionState.LOCKED
    assert it.need() == [Effect.ASK_PIN]
    assert Effect.RESUME_SESSION in it.right()


def test_the_card_resumes_in_another_reader_too() -> None:
    it = desk(resume="without-pin")
    it.log_in()
    it.leave()
    assert Effect.RESUME_SESSION in it.come(A, OTHER_DESK)
    assert Effect.LOCK_SESSION in it.leave(OTHER_DESK)


# --- Other cards ----------------------------------------------------------------------------------

GENEROUS = {
    "grace_seconds": 20,
    "resume": "without-pin",
    "resume_seconds": 60,
    "roaming_seconds": 600,
}


@pytest.mark.parametrize("pause", [0, 30])
def test_the_card_of_another_holder_in_the_reader_ends_what_was_left_there(pause: float) -> None:
    it = desk(**GENEROUS)
    it.log_in()
    it.leave()
    it.wait(pause)
    assert it.come(B) == [Effect.WIPE_PIN, Effect.END_SESSION, Effect.SHOW_CERTIFICATES]
    assert it.state(A) is SessionState.ABSENT
    assert it.state(B) is SessionState.PRESENT
    assert it.need(B) == [Effect.ASK_PIN]


def test_an_exchange_that_nobody_saw_ends_the_session_of_the_first_card() -> None:
    it = desk(**GENEROUS)
    it.log_in()
    assert Effect.END_SESSION in it.come(B)
    assert (it.state(A), it.state(B)) == (SessionState.ABSENT, SessionState.PRESENT)
    it.come(A)
    assert it.state(A) is SessionState.PRESENT


def test_two_cards_in_two_readers_know_nothing_of_each_other() -> None:
    it = desk()
    it.log_in(A, DESK)
    it.log_in(B, OTHER_DESK)
    assert Effect.END_SESSION in it.leave(DESK)
    assert it.state(B) is SessionState.OPEN
    assert it.need(B) == [Effect.ALLOW]
    it.tell(LoggedOut(it.at, A.icc))
    assert it.state(B) is SessionState.OPEN
    it.tell(LoggedOut(it.at))
    assert it.state(B) is SessionState.PRESENT


def test_a_second_card_with_the_number_of_the_first_is_passed_over() -> None:
    it = desk()
    it.log_in(A, DESK)
    assert it.come(A, OTHER_DESK) == []
    assert it.leave(OTHER_DESK) == []
    assert it.state() is SessionState.OPEN


@pytest.mark.parametrize("reader", [DESK, OTHER_DESK])
@pytest.mark.parametrize("state", [SessionState.OPEN, SessionState.AWAY, SessionState.LOCKED])
def test_a_vitale_card_ends_nothing_and_opens_nothing(reader: str, state: SessionState) -> None:
    it = desk(**GENEROUS)
    it.log_in()
    if state is not SessionState.OPEN:
        it.leave()
    if state is SessionState.LOCKED:
        it.wait(20)
    assert it.tell(ForeignCard(it.at, reader)) == []
    assert it.state() is state
    assert it.tell(ForeignCard(it.at, "a reader that was never seen")) == []
    assert len(it.station.seats) == 1


# --- Presence at the start only -------------------------------------------------------------------


def test_a_card_that_counts_at_the_start_may_leave() -> None:
    it = desk(presence="at-start")
    it.log_in()
    assert it.leave() == [Effect.WITHDRAW_CERTIFICATES, Effect.WIPE_PIN]
    it.wait(36_000)
    assert it.seat().usable
    assert it.need() == [Effect.REFUSE]
    assert it.come() == [Effect.SHOW_CERTIFICATES]
    assert Effect.ASK_PIN in it.need()
    assert Effect.ALLOW in it.right()
    assert it.state() is SessionState.OPEN


def test_a_session_without_its_card_ends_when_somebody_else_comes() -> None:
    it = desk(presence="at-start")
    it.log_in()
    it.leave()
    assert Effect.END_SESSION in it.come(B)


def test_a_question_given_up_ends_no_session_that_needs_no_card() -> None:
    it = desk(presence="at-start")
    it.log_in()
    it.leave()
    it.come()
    it.need()
    assert it.code(SessionEvent.GIVEN_UP) == [Effect.RESUME_SESSION, Effect.REFUSE]
    assert it.seat().usable


# --- Roaming --------------------------------------------------------------------------------------


def test_a_tap_resumes_for_the_time_after_a_login_with_contacts() -> None:
    it = desk(roaming_seconds=600)
    it.log_in()
    assert Effect.LOCK_SESSION in it.leave()
    it.wait(300)
    assert it.come(A_TAPPED, PLATE) == [Effect.WIPE_PIN, Effect.RESUME_SESSION]
    it.leave(PLATE)
    assert it.seat().usable
    assert it.wait(299.9) == []
    assert it.wait(0.1) == [Effect.WIPE_PIN, Effect.END_SESSION]
    assert it.come(A_TAPPED, PLATE) == []


def test_a_tap_alone_never_opens_a_session() -> None:
    it = desk(roaming_seconds=600)
    assert it.come(A_TAPPED, PLATE) == []
    assert it.station.seats == ()
    it.come()
    assert it.come(A_TAPPED, PLATE) == []
    assert it.state() is SessionState.PRESENT


def test_a_tap_of_another_card_resumes_nothing() -> None:
    it = desk(roaming_seconds=600)
    it.log_in()
    it.leave()
    assert it.come(B_TAPPED, PLATE) == []
    assert it.state() is SessionState.LOCKED


def test_after_a_tap_strong_operations_want_contacts_and_code() -> None:
    it = desk(roaming_seconds=600)
    it.log_in()
    it.leave()
    it.come(A_TAPPED, PLATE)
    assert it.need() == [Effect.REFUSE]
    assert it.come() == [Effect.SHOW_CERTIFICATES]
    assert it.need() == [Effect.LOCK_SESSION, Effect.ASK_PIN]
    it.wait(500)
    it.right()
    it.leave()
    it.wait(500)
    assert Effect.RESUME_SESSION in it.come(A_TAPPED, PLATE)  # counted from the new login


def test_a_code_kept_for_the_card_is_wiped_when_only_a_tap_may_resume() -> None:
    it = desk(resume="without-pin", resume_seconds=60, roaming_seconds=600)
    it.log_in()
    it.leave()
    assert it.wait(60) == [Effect.WIPE_PIN]
    assert it.state() is SessionState.LOCKED
    assert Effect.END_SESSION in it.come()


# --- The policy -----------------------------------------------------------------------------------


OUT_OF_BOUNDS = (
    "grace_seconds = 601",
    "grace_seconds = -1",
    'resume = "always"',
    "resume_seconds = 0",
    "resume_seconds = 3601",
    "roaming_seconds = 43201",
    "session_seconds = 86401",
    'presence = "sometimes"',
    "grace = 1",
    'grace_seconds = 60\nresume = "with-pin"\nresume_seconds = 30',
)


@pytest.mark.parametrize("text", OUT_OF_BOUNDS)
def test_a_policy_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, SessionPolicy)
    assert caught.value.code == "base.config_invalid"


def test_time_never_goes_back() -> None:
    it = desk(resume="without-pin", resume_seconds=60)
    it.log_in()
    it.leave()
    it.wait(59)
    it.at -= 50
    it.come()
    it.leave()
    assert it.seat().left == 1059
