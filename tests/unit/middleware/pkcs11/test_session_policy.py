# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy in the sessions of programs: removal, reinsertion, code, keys."""

import hashlib
from typing import Any

import pytest
from tests.unit.cryptolib.conftest import Vitale

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import AttributeBuffer, Call, Mechanism, OutputBuffer
from caducee.cryptolib import open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.middleware.pin_entry import EnteredPins
from caducee.middleware.pkcs11.session_policy import SessionRetention
from caducee.middleware.session_policy import SessionPolicy
from caducee.spec.pkcs11 import Cka, Ckm, Ckr, Cks, Cku

DIGEST = hashlib.sha256(b"text").digest()
INFO = digest_info(DIGEST, "sha256")
RSA = Mechanism(int(Ckm.RSA_PKCS))
SHA256 = Mechanism(int(Ckm.SHA256_RSA_PKCS))
GONE = Ckr.SESSION_HANDLE_INVALID


class Time:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 5000.0
        self.woken = 0

    def __call__(self) -> float:
        return self.now

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture
def time() -> Time:
    return Time()


def mannered(place: Any, time: Time, **policy: Any) -> Any:
    """Give the engine of a place a policy and a time of its own."""
    engine = place.engine
    engine.stays = SessionRetention(
        SessionPolicy(**policy), engine._applications, now=time, wake=time.wake
    )
    engine.slots.on_opening = engine.stays.prepare
    engine.slots.on_opened = engine.stays.came
    return place


def signs(program: Any, session: int, key: int, info: bytes = INFO, rsa: Mechanism = RSA) -> int:
    rv: int = program.sign(session, key, rsa, info).rv
    return rv


# --- Removal and reinsertion ----------------------------------------------------------------------


def test_sessions_wait_for_their_card_and_go_on_without_code(place: Any, time: Time) -> None:
    mannered(place, time, grace_seconds=10, resume="without-pin", resume_seconds=60)
    program = place.program()
    session = program.logged_in()
    key = program.key(session, "CPS_PRIV_AUT")
    chip = place.chips[0]
    place.eject()
    for name in ("C_GetSessionInfo", "C_FindObjectsFinal"):
        assert program.rv(name, session=session) == Ckr.DEVICE_REMOVED
    assert signs(program, session, key) == Ckr.DEVICE_REMOVED
    time.now += 59
    place.insert(chip)
    assert signs(program, session, key) == Ckr.OK
    assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_USER_FUNCTIONS


def test_a_handle_that_is_kept_is_that_of_the_same_object(place: Any, time: Time) -> None:
    mannered(place, time, resume="without-pin")
    program = place.program()
    session = program.logged_in()
    before = {item: program.template(LABEL="") and item for item in program.find(session)}
    labels = {item: program.value(session, item, Cka.LABEL) for item in before}
    place.eject()
    place.insert(place.chips[0])
    assert {
        item: program.value(session, item, Cka.LABEL) for item in program.find(session)
    } == labels


def test_sessions_go_on_and_ask_for_the_code(place: Any, time: Time) -> None:
    mannered(place, time, resume="with-pin", resume_seconds=60)
    program = place.program()
    session = program.logged_in()
    key = program.key(session, "CPS_PRIV_AUT")
    code = program.app.session(session).login._pin
    assert code
    place.eject()
    assert not code, "the code was kept without its card"
    place.insert(place.chips[0])
    assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_PUBLIC_SESSION
    assert signs(program, session, key) == Ckr.KEY_HANDLE_INVALID
    assert program.login(session) == Ckr.OK
    assert signs(program, session, program.key(session, "CPS_PRIV_AUT")) == Ckr.OK


def test_sessions_that_wait_for_the_code_wait_on_when_the_card_leaves_again(
    place: Any, time: Time
) -> None:
    mannered(place, time, resume="with-pin", resume_seconds=60)
    program = place.program()
    session = program.logged_in()
    for _ in range(3):
        place.eject()
        assert program.rv("C_GetSessionInfo", session=session) == Ckr.DEVICE_REMOVED
        time.now += 15
        place.insert(place.chips[0])
        assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_PUBLIC_SESSION
    assert program.login(session) == Ckr.OK
    place.eject()
    place.insert(place.chips[0])
    place.eject()
    time.now += 60  # counted from the first removal
    assert program.rv("C_GetSessionInfo", session=session) == GONE


def test_a_session_whose_time_to_resume_is_over_waits_no_more(place: Any, time: Time) -> None:
    mannered(place, time, resume="with-pin", resume_seconds=60)
    program, other = place.program(), place.program()
    session = program.logged_in()
    place.eject()
    place.insert(place.chips[0])
    assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_PUBLIC_SESSION
    time.now += 60
    theirs = other.logged_in()
    place.eject()
    assert program.rv("C_GetSessionInfo", session=session) == GONE
    assert other.rv("C_GetSessionInfo", session=theirs) == Ckr.DEVICE_REMOVED


@pytest.mark.parametrize("resume", ["with-pin", "without-pin"])
def test_nothing_resumes_after_the_time(place: Any, time: Time, resume: str) -> None:
    mannered(place, time, resume=resume, resume_seconds=60)
    program = place.program()
    session = program.logged_in()
    code = program.app.session(session).login._pin
    place.eject()
    time.now += 60
    place.look()
    assert not code
    place.insert(place.chips[0])
    assert program.rv("C_GetSessionInfo", session=session) == GONE
    assert not program.app.sessions


def test_time_is_looked_at_by_each_call_though_the_readers_tell_nothing(
    place: Any, time: Time
) -> None:
    mannered(place, time, grace_seconds=10)
    program = place.program()
    session = program.logged_in()
    place.eject()
    time.now += 9.9
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.DEVICE_REMOVED
    assert place.engine.patience == pytest.approx(0.1)
    time.now += 0.1
    assert program.rv("C_GetSessionInfo", session=session) == GONE
    assert place.engine.patience is None
    assert time.woken == 1


def test_the_card_of_another_holder_inherits_nothing(
    place: Any, time: Time, cps4_bench: Any
) -> None:
    mannered(place, time, grace_seconds=60, resume="without-pin", resume_seconds=600)
    program = place.program()
    session = program.logged_in()
    code = program.app.session(session).login._pin
    place.insert(cps4_bench.chip)  # in the place of the first, unseen in between
    assert program.rv("C_GetSessionInfo", session=session) == GONE
    assert not code and not program.app.parked
    assert program.ok("C_GetSessionInfo", session=program.open()).state == Cks.RW_PUBLIC_SESSION


def test_a_foreign_card_neither_ends_nor_resumes(place: Any, time: Time) -> None:
    mannered(place, time, resume="without-pin", resume_seconds=600)
    program = place.program()
    session = program.logged_in()
    chip = place.chips[0]
    place.eject()
    place.insert(Vitale())
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.DEVICE_REMOVED
    assert program.rv("C_OpenSession", slot=0, flags=6) == Ckr.TOKEN_NOT_RECOGNIZED
    place.eject()
    place.insert(chip)
    assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_USER_FUNCTIONS


def test_two_cards_in_two_readers_are_kept_apart(
    make_place: Any, bench: Any, cps4_bench: Any, time: Time
) -> None:
    place = mannered(make_place(bench, cps4_bench), time, resume="with-pin")
    program = place.program()
    first, second = program.logged_in(0), program.logged_in(1)
    place.eject(0)
    assert program.rv("C_GetSessionInfo", session=first) == Ckr.DEVICE_REMOVED
    key = program.find_one(second, CLASS=3, SIGN=True, LABEL="CPS_PRIV_AUT")
    assert signs(program, second, key) == Ckr.OK
    place.insert(bench.chip, 0)
    assert program.ok("C_GetSessionInfo", session=first).state == Cks.RW_PUBLIC_SESSION
    assert program.ok("C_GetSessionInfo", session=second).state == Cks.RW_USER_FUNCTIONS


def test_programs_that_were_not_logged_in_lose_their_sessions_as_ever(
    place: Any, time: Time
) -> None:
    mannered(place, time, grace_seconds=60, resume="without-pin")
    program, other = place.program(), place.program()
    session, theirs = program.logged_in(), other.open()
    place.eject()
    assert other.rv("C_GetSessionInfo", session=theirs) == GONE
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.DEVICE_REMOVED


@pytest.mark.parametrize("how", ["logout", "close", "all", "end"])
def test_who_ends_it_while_the_card_is_away_has_ended_it(place: Any, time: Time, how: str) -> None:
    mannered(place, time, resume="without-pin", resume_seconds=600)
    program = place.program()
    session = program.logged_in()
    code = program.app.session(session).login._pin
    place.eject()
    match how:
        case "logout":
            program.ok("C_Logout", session=session)
        case "close":
            program.ok("C_CloseSession", session=session)
        case "all":
            program.ok("C_CloseAllSessions", slot=0)
        case _:
            program.app.close()
    assert not code and place.engine.patience is None
    assert not place.engine.stays._station.seats
    place.insert(place.chips[0])
    if how != "end":
        assert program.rv("C_GetSessionInfo", session=session) == GONE


def test_a_session_of_a_card_lasts_no_longer_than_may_be(place: Any, time: Time) -> None:
    mannered(place, time, session_seconds=3600)
    program = place.program()
    session = program.logged_in()
    time.now += 3600
    assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_PUBLIC_SESSION
    assert program.login(session) == Ckr.OK


def test_a_card_that_counts_at_the_start_asks_for_its_code_when_it_is_back(
    place: Any, time: Time
) -> None:
    mannered(place, time, presence="at-start")
    program = place.program()
    session = program.logged_in()
    place.eject()
    time.now += 40_000
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.DEVICE_REMOVED
    place.insert(place.chips[0])
    assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_PUBLIC_SESSION
    assert program.login(session) == Ckr.OK


def test_pulled_at_every_command_of_a_signature_sessions_resume_and_no_try_is_lost(
    place: Any, time: Time
) -> None:
    mannered(place, time, resume="without-pin", resume_seconds=600)
    program = place.program()
    session = program.logged_in()
    key = program.key(session, "CPS_PRIV_AUT")
    chip = place.chips[0]
    before = len(chip.commands)
    assert signs(program, session, key) == Ckr.OK
    for count in range(1, len(chip.commands) - before + 1):
        end = len(chip.commands) + count

        def change(command: bytes, answer: bytes, end: int = end) -> bytes:
            if len(chip.commands) == end:
                place.reader().eject()
                return b""
            return answer

        chip.change = change
        assert signs(program, session, key) == Ckr.DEVICE_REMOVED, count
        chip.change = None
        place.look()
        place.insert(chip)
        assert signs(program, session, key) == Ckr.OK, count
    place.engine.close()
    card = open_card(place.reader())
    assert card.pin_state().tries_left == 3
    card.close()


# --- The code -------------------------------------------------------------------------------------


def ask(program: Any, session: int) -> Any:
    return program.app.pin_request(
        Call.build("C_Login", 1, session=session, user=int(Cku.USER), pin=None)
    )


def test_the_code_is_asked_once_for_all_programs(make_place: Any, bench: Any, time: Time) -> None:
    place = mannered(make_place(bench, protected_path=True), time, share_pin=True)
    first, second = place.program(), place.program()
    item, two = first.open(), second.open()
    assert ask(first, item) is not None and ask(second, two) is not None
    codes = EnteredPins(Secret.of("1234"))
    assert first.call("C_Login", session=item, user=1, pin=None, codes=codes).rv == Ckr.OK
    assert ask(second, two) is None
    assert second.rv("C_Login", session=two, user=1, pin=None) == Ckr.OK
    assert signs(second, two, second.key(two, "CPS_PRIV_AUT")) == Ckr.OK
    first.ok("C_Logout", session=item)
    assert signs(second, two, second.key(two, "CPS_PRIV_AUT")) == Ckr.OK
    second.ok("C_Logout", session=two)
    assert ask(first, item) is not None
    assert first.rv("C_Login", session=item, user=1, pin=None) == Ckr.FUNCTION_CANCELED


def test_built_in_each_program_asks_for_itself(make_place: Any, bench: Any, time: Time) -> None:
    place = mannered(make_place(bench, protected_path=True), time)
    first, second = place.program(), place.program()
    item, two = first.open(), second.open()
    codes = EnteredPins(Secret.of("1234"))
    assert first.call("C_Login", session=item, user=1, pin=None, codes=codes).rv == Ckr.OK
    assert ask(second, two) is not None
    assert second.rv("C_Login", session=two, user=1, pin=None) == Ckr.FUNCTION_CANCELED


def test_a_program_that_asks_for_the_code_itself_shares_none(place: Any, time: Time) -> None:
    mannered(place, time, share_pin=True)
    first, second = place.program(), place.program()
    first.logged_in()
    session = second.open()
    assert second.rv("C_Login", session=session, user=1, pin=None) == Ckr.ARGUMENTS_BAD
    assert second.login(session, "9999") == Ckr.PIN_INCORRECT


def late_place(make_place: Any, bench: Any, time: Time, **policy: Any) -> Any:
    return mannered(make_place(bench, protected_path=True), time, ask="at-use", **policy)


def begun(program: Any, session: int, label: str = "CPS_PRIV_AUT") -> Call:
    """Begin a signature; return the call that ends it."""
    program.ok("C_SignInit", session=session, mechanism=RSA, key=program.key(session, label))
    data = INFO if label == "CPS_PRIV_AUT" else DIGEST
    return Call.build("C_Sign", 1, session=session, data=data, signature=OutputBuffer(512))


def test_the_code_is_asked_by_the_first_operation_that_needs_it_and_says_why(
    make_place: Any, bench: Any, time: Time
) -> None:
    place = late_place(make_place, bench, time)
    program = place.program()
    session = program.open()
    assert ask(program, session) is None
    assert program.rv("C_Login", session=session, user=1, pin=None) == Ckr.OK
    assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_USER_FUNCTIONS
    verified = sum(command[1] == 0x20 and len(command) > 5 for command in bench.chip.commands)
    call = begun(program, session, "CPS_PRIV_SIG")
    assert verified == 0 and program.app.asks(call)
    request = program.app.pin_request(call)
    assert request.for_what == "to sign a document, with the signature key"
    assert request.holder and request.tries_left == 3
    assert program.app.answer(call, EnteredPins(Secret.of("9999"))).rv == Ckr.PIN_INCORRECT
    assert program.app.pin_request(call).tries_left == 2
    assert program.app.answer(call, EnteredPins(Secret.of("1234"))).rv == Ckr.OK
    again = begun(program, session)
    assert not program.app.asks(again) and program.app.pin_request(again) is None
    assert program.app.answer(again).rv == Ckr.OK


def test_a_length_is_reported_without_the_code(make_place: Any, bench: Any, time: Time) -> None:
    program = late_place(make_place, bench, time).program()
    session = program.open()
    program.rv("C_Login", session=session, user=1, pin=None)
    begun(program, session)
    length = Call.build("C_Sign", 1, session=session, data=INFO, signature=OutputBuffer(None))
    assert not program.app.asks(length)
    assert program.app.answer(length).rv == Ckr.OK


def test_what_is_behind_the_code_asks_for_it_too(make_place: Any, bench: Any, time: Time) -> None:
    program = late_place(make_place, bench, time).program()
    session = program.open()
    program.rv("C_Login", session=session, user=1, pin=None)
    (private, *_) = program.find(session, CLASS=0, PRIVATE=True, LABEL="CPS_ACTIVITY_01_PS")
    label, value = (
        Call.build(
            "C_GetAttributeValue",
            1,
            session=session,
            object=private,
            template=(AttributeBuffer(int(cka), 512),),
        )
        for cka in (Cka.LABEL, Cka.VALUE)
    )
    assert not program.app.asks(label)
    assert program.app.asks(value)
    assert program.app.answer(value).rv == Ckr.USER_NOT_LOGGED_IN
    assert program.app.answer(value, EnteredPins(Secret.of("1234"))).rv == Ckr.OK


def test_who_gives_no_code_ends_the_operation_and_may_be_asked_again(
    make_place: Any, bench: Any, time: Time
) -> None:
    program = late_place(make_place, bench, time).program()
    session = program.open()
    program.rv("C_Login", session=session, user=1, pin=None)
    program.app.given_up(begun(program, session))
    call = begun(program, session)  # no CKR_OPERATION_ACTIVE
    assert program.app.answer(call, EnteredPins(Secret.of("1234"))).rv == Ckr.OK


def test_the_code_that_blocks_the_card_ends_a_login_that_was_believed(
    make_place: Any, bench: Any, time: Time
) -> None:
    program = late_place(make_place, bench, time).program()
    session = program.open()
    program.rv("C_Login", session=session, user=1, pin=None)
    call = begun(program, session)
    codes = [program.app.answer(call, EnteredPins(Secret.of("9999"))).rv for _ in range(3)]
    assert codes == [Ckr.PIN_INCORRECT, Ckr.PIN_INCORRECT, Ckr.USER_NOT_LOGGED_IN]
    assert program.ok("C_GetSessionInfo", session=session).state == Cks.RW_PUBLIC_SESSION
    assert program.rv("C_Login", session=session, user=1, pin=None) == Ckr.PIN_LOCKED


def test_a_login_that_was_believed_waits_for_no_card(
    make_place: Any, bench: Any, time: Time
) -> None:
    place = late_place(make_place, bench, time, resume="without-pin")
    program = place.program()
    session = program.open()
    program.rv("C_Login", session=session, user=1, pin=None)
    place.eject()
    assert program.rv("C_GetSessionInfo", session=session) == GONE


def test_a_shared_code_is_not_asked_late_either(make_place: Any, bench: Any, time: Time) -> None:
    place = late_place(make_place, bench, time, share_pin=True)
    first, second = place.program(), place.program()
    item, two = first.open(), second.open()
    for program, session in ((first, item), (second, two)):
        assert program.rv("C_Login", session=session, user=1, pin=None) == Ckr.OK
    assert first.app.answer(begun(first, item), EnteredPins(Secret.of("1234"))).rv == Ckr.OK
    call = begun(second, two)
    assert not second.app.asks(call) and second.app.answer(call).rv == Ckr.OK
    third = place.program()
    three = third.open()
    assert third.rv("C_Login", session=three, user=1, pin=None) == Ckr.OK
    call = begun(third, three)
    assert not third.app.asks(call) and third.app.answer(call).rv == Ckr.OK


# --- The keys -------------------------------------------------------------------------------------


def test_keys_that_are_kept_apart(place: Any, time: Time) -> None:
    mannered(place, time, separate_keys=True)
    program = place.program()
    session = program.logged_in()
    login = program.key(session, "CPS_PRIV_AUT")
    document = program.key(session, "CPS_PRIV_SIG")
    assert signs(program, session, login, b"text", SHA256) == Ckr.KEY_FUNCTION_NOT_PERMITTED
    assert signs(program, session, document, b"text", SHA256) == Ckr.OK
    assert signs(program, session, login, INFO) == Ckr.OK


def test_the_signature_key_answers_no_challenge_and_deciphers_nothing(place: Any) -> None:
    program = place.program()
    session = program.logged_in()
    document = program.key(session, "CPS_PRIV_SIG")
    for challenge in (b"challenge", bytes(36), b"\x30" + INFO):
        assert signs(program, session, document, challenge) == Ckr.DATA_LEN_RANGE
    begun = program.rv("C_DecryptInit", session=session, mechanism=RSA, key=document)
    assert begun == Ckr.KEY_FUNCTION_NOT_PERMITTED
