# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes: logins, tries, change, unblocking, and codes that are asked by ourselves."""

from typing import Any

import pytest

from caducee.base.errors import WrongPinError
from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Call, Mechanism, OutputBuffer
from caducee.cryptolib import open_card
from caducee.middleware.pin_entry import EnteredPins, PinKind
from caducee.spec.pkcs11 import Ckm, Ckr, Cks, Cku, TokenFlag
from caducee.virtualcard.personalise import PersonalisationData

PIN, PUK, OTHER = "1234", "12345678", "4321"
LOW, FINAL, LOCKED = (
    TokenFlag.USER_PIN_COUNT_LOW,
    TokenFlag.USER_PIN_FINAL_TRY,
    TokenFlag.USER_PIN_LOCKED,
)
USER_FLAGS = LOW | FINAL | LOCKED
SO_LOW, SO_FINAL, SO_LOCKED = (
    TokenFlag.SO_PIN_COUNT_LOW,
    TokenFlag.SO_PIN_FINAL_TRY,
    TokenFlag.SO_PIN_LOCKED,
)
SO_FLAGS = SO_LOW | SO_FINAL | SO_LOCKED

faces = pytest.mark.parametrize("kind", ["place", "cps4_place"])


@pytest.fixture(autouse=True)
def tries_as_old_as_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is kept of the tries is wrong here only if nothing ends it."""
    monkeypatch.setattr("caducee.middleware.pkcs11.functions.slots._RECENT", 3600.0)


@pytest.fixture
def at(request: pytest.FixtureRequest, kind: str) -> Any:
    return request.getfixturevalue(kind)


def flags(program: Any) -> TokenFlag:
    return TokenFlag(program.ok("C_GetTokenInfo", slot=0).flags)


def state(program: Any, session: int) -> Cks:
    return Cks(program.ok("C_GetSessionInfo", session=session).state)


def set_pin(program: Any, session: int, old: str, new: str) -> Ckr:
    codes = {"old_pin": Secret.of(old), "new_pin": Secret.of(new)}
    return Ckr(program.rv("C_SetPIN", session=session, **codes))


# Login


@faces
def test_a_login_holds_for_all_sessions_of_the_program(at: Any) -> None:
    program = at.program()
    first, second = program.open(), program.open(flags=4)
    assert [state(program, item) for item in (first, second)] == [
        Cks.RW_PUBLIC_SESSION,
        Cks.RO_PUBLIC_SESSION,
    ]
    assert program.login(second) == Ckr.OK
    assert [state(program, item) for item in (first, second)] == [
        Cks.RW_USER_FUNCTIONS,
        Cks.RO_USER_FUNCTIONS,
    ]
    program.ok("C_Logout", session=first)
    assert state(program, second) is Cks.RO_PUBLIC_SESSION


@faces
def test_each_wrong_code_shows_in_the_flags_and_the_last_one_locks(at: Any) -> None:
    program = at.program()
    session = program.open()
    assert flags(program) & USER_FLAGS == TokenFlag(0)
    seen = []
    for _ in range(4):
        rv = program.login(session, "9999")
        seen.append((Ckr(rv), flags(program) & USER_FLAGS))
    assert seen == [
        (Ckr.PIN_INCORRECT, LOW),
        (Ckr.PIN_INCORRECT, LOW | FINAL),
        (Ckr.PIN_LOCKED, LOCKED),
        (Ckr.PIN_LOCKED, LOCKED),
    ]
    assert program.login(session) == Ckr.PIN_LOCKED


@faces
def test_the_flags_of_the_security_officer_follow_the_unblocking_code(at: Any) -> None:
    program = at.program()
    session = program.open()
    assert flags(program) & SO_FLAGS == TokenFlag(0)
    assert program.login(session, "99999999", Cku.SO) == Ckr.PIN_INCORRECT
    assert flags(program) & SO_FLAGS == SO_LOW
    assert program.login(session, PUK, Cku.SO) == Ckr.OK
    assert flags(program) & (SO_FLAGS | USER_FLAGS) == TokenFlag(0)
    assert state(program, session) is Cks.RW_SO_FUNCTIONS


@pytest.mark.parametrize("code", ["", "123", "123456789", "12a4", "1" * 200])
def test_a_code_that_the_card_cannot_have_costs_no_try(program: Any, code: str) -> None:
    session = program.open()
    assert program.login(session, code) == Ckr.PIN_INCORRECT
    assert flags(program) & USER_FLAGS == TokenFlag(0)


def test_logins_exclude_each_other(program: Any) -> None:
    session = program.open()
    assert program.login(session, user=7) == Ckr.USER_TYPE_INVALID
    assert program.login(session, user=Cku.CONTEXT_SPECIFIC) == Ckr.OPERATION_NOT_INITIALIZED
    assert program.login(session) == Ckr.OK
    assert program.login(session, PUK, Cku.SO) == Ckr.USER_ANOTHER_ALREADY_LOGGED_IN
    program.ok("C_Logout", session=session)
    assert program.login(session, PUK, Cku.SO) == Ckr.OK
    assert program.rv("C_OpenSession", slot=0, flags=4) == Ckr.SESSION_READ_WRITE_SO_EXISTS
    assert program.login(session, PUK, Cku.SO) == Ckr.USER_ALREADY_LOGGED_IN


def test_login_user_takes_no_names(program: Any) -> None:
    session = program.open()
    named = {"session": session, "user": 1, "pin": Secret.of(PIN)}
    assert program.rv("C_LoginUser", **named, username=b"me") == Ckr.USER_TYPE_INVALID
    assert program.rv("C_LoginUser", **named, username=None) == Ckr.OK


def test_the_last_session_takes_the_login_along(program: Any) -> None:
    session = program.logged_in()
    program.ok("C_CloseSession", session=session)
    assert state(program, program.open()) is Cks.RW_PUBLIC_SESSION


def test_a_null_code_is_refused_where_nobody_asks(program: Any) -> None:
    session = program.open()
    assert program.rv("C_Login", session=session, user=1, pin=None) == Ckr.ARGUMENTS_BAD


def test_a_third_wrong_code_as_the_original_says_it(
    make_place: Any, bench: Any, cps4_bench: Any
) -> None:
    seen = []
    for item in (bench, cps4_bench):
        program = make_place(item, compat="cps3").program()
        session = program.open()
        seen.append([Ckr(program.login(session, "9999")) for _ in range(4)][2:])
    assert seen == [[Ckr.PIN_INCORRECT, Ckr.PIN_LOCKED], [Ckr.PIN_LOCKED, Ckr.PIN_LOCKED]]


# Change


@faces
def test_a_changed_code_is_the_new_one_also_for_the_login_that_lasts(at: Any) -> None:
    program = at.program()
    session = program.logged_in()
    assert set_pin(program, session, PIN, OTHER) is Ckr.OK
    key = program.key(session, "CPS_PRIV_AUT")
    assert program.sign(session, key, Mechanism(int(Ckm.RSA_PKCS)), b"x").rv == Ckr.OK
    program.ok("C_Logout", session=session)
    assert program.login(session, PIN) == Ckr.PIN_INCORRECT
    assert program.login(session, OTHER) == Ckr.OK


@faces
def test_a_change_judges_both_codes(at: Any) -> None:
    program = at.program()
    session = program.open()
    assert set_pin(program, program.open(flags=4), PIN, OTHER) is Ckr.SESSION_READ_ONLY
    assert set_pin(program, session, PIN, "12") is Ckr.PIN_LEN_RANGE
    assert set_pin(program, session, PIN, "12345678999") is Ckr.PIN_LEN_RANGE
    assert set_pin(program, session, PIN, "abcd") is Ckr.PIN_INVALID
    assert set_pin(program, session, "12", OTHER) is Ckr.PIN_INCORRECT
    assert flags(program) & USER_FLAGS == TokenFlag(0)
    assert set_pin(program, session, "9999", OTHER) is Ckr.PIN_INCORRECT
    assert flags(program) & USER_FLAGS == LOW
    assert set_pin(program, session, PIN, OTHER) is Ckr.OK


def test_the_unblocking_code_is_not_changed(program: Any) -> None:
    session = program.open()
    assert program.login(session, PUK, Cku.SO) == Ckr.OK
    assert set_pin(program, session, PUK, "87654321") is Ckr.FUNCTION_NOT_SUPPORTED


def test_a_code_changed_elsewhere_costs_one_try_and_ends_the_login(place: Any, bench: Any) -> None:
    program = place.program()
    session = program.logged_in()
    key = program.key(session, "CPS_PRIV_AUT")
    with open_card(bench.reader) as card:
        card.change(Secret.of(PIN), Secret.of(OTHER))
    rsa = Mechanism(int(Ckm.RSA_PKCS))
    assert program.sign(session, key, rsa, b"x").rv == Ckr.USER_NOT_LOGGED_IN
    assert state(program, session) is Cks.RW_PUBLIC_SESSION
    assert flags(program) & USER_FLAGS == LOW
    assert program.sign(session, key, rsa, b"x").rv == Ckr.KEY_HANDLE_INVALID
    assert flags(program) & USER_FLAGS == LOW


# Unblocking


@faces
def test_the_security_officer_gives_a_new_code(at: Any) -> None:
    program = at.program()
    session = program.open()
    for _ in range(3):
        program.login(session, "9999")
    assert program.rv("C_InitPIN", session=session, pin=Secret.of(OTHER)) == (
        Ckr.USER_NOT_LOGGED_IN
    )
    assert program.login(session, PUK, Cku.SO) == Ckr.OK
    assert program.rv("C_InitPIN", session=session, pin=Secret.of("12")) == Ckr.PIN_LEN_RANGE
    assert program.rv("C_InitPIN", session=session, pin=Secret.of(OTHER)) == Ckr.OK
    assert flags(program) & USER_FLAGS == TokenFlag(0)
    program.ok("C_Logout", session=session)
    assert program.login(session, OTHER) == Ckr.OK


def test_the_login_of_others_ends_with_their_code(place: Any) -> None:
    program, other = place.program(), place.program()
    session, theirs = program.logged_in(), other.open()
    assert other.login(theirs, PUK, Cku.SO) == Ckr.OK
    other.ok("C_InitPIN", session=theirs, pin=Secret.of(OTHER))
    assert state(program, session) is Cks.RW_PUBLIC_SESSION
    assert flags(program) & USER_FLAGS == TokenFlag(0)


def test_an_unblocking_code_that_is_used_up_is_locked(
    make_place: Any, make_bench: Any, content: PersonalisationData
) -> None:
    program = make_place(make_bench(content)).program()
    session = program.open()
    seen = [Ckr(program.login(session, "99999999", Cku.SO)) for _ in range(6)]
    assert seen[0] is Ckr.PIN_INCORRECT and seen[-1] is Ckr.PIN_LOCKED
    assert flags(program) & SO_FLAGS == SO_LOCKED
    assert program.login(session) == Ckr.OK


# Asked by ourselves


@pytest.fixture
def asking(make_place: Any, bench: Any) -> Any:
    return make_place(bench, protected_path=True).program()


def request(program: Any, name: str, **named: Any) -> Any:
    return program.app.pin_request(Call.build(name, 1, **named))


def test_a_protected_path_is_reported_and_asks_for_what_a_call_lacks(asking: Any) -> None:
    assert flags(asking) & TokenFlag.PROTECTED_AUTHENTICATION_PATH
    session = asking.open()
    asked = request(asking, "C_Login", session=session, user=1, pin=None)
    assert (asked.kind, asked.card, asked.holder) == (
        PinKind.LOGIN,
        "CPS3v3-2900995235",
        "PRENOM DOC0000012",
    )
    assert (asked.reader, asked.tries_left, asked.min_length, asked.max_length) == (
        "Reader 0",
        3,
        4,
        8,
    )
    login = {"session": session, "user": 1, "pin": None}
    assert asking.rv("C_Login", **login, codes=EnteredPins(Secret.of("9999"))) == Ckr.PIN_INCORRECT
    assert request(asking, "C_Login", **login).tries_left == 2
    assert asking.rv("C_Login", **login, codes=EnteredPins(Secret.of(PIN))) == Ckr.OK
    assert request(asking, "C_Login", **login) is None
    assert asking.rv("C_Login", **login) == Ckr.USER_ALREADY_LOGGED_IN


def test_a_code_that_the_program_gives_is_not_asked(asking: Any) -> None:
    session = asking.open()
    login = {"session": session, "user": 1, "pin": Secret.of(PIN)}
    assert request(asking, "C_Login", **login) is None
    assert asking.rv("C_Login", **login) == Ckr.OK


def test_change_and_unblocking_are_asked_too(asking: Any) -> None:
    session = asking.open()
    change = {"session": session, "old_pin": None, "new_pin": None}
    assert request(asking, "C_SetPIN", **change).kind is PinKind.CHANGE
    both = EnteredPins(Secret.of(PIN), Secret.of(OTHER))
    assert asking.rv("C_SetPIN", **change, codes=both) == Ckr.OK
    so = {"session": session, "user": 0, "pin": None}
    asked = request(asking, "C_Login", **so)
    assert (asked.kind, asked.min_length) == (PinKind.UNBLOCK_LOGIN, 8)
    assert asking.rv("C_Login", **so, codes=EnteredPins(Secret.of(PUK))) == Ckr.OK
    new = {"session": session, "pin": None}
    assert request(asking, "C_InitPIN", **new).kind is PinKind.NEW
    assert asking.rv("C_InitPIN", **new, codes=EnteredPins(None, Secret.of(PIN))) == Ckr.OK


def test_nobody_is_asked_for_a_blocked_card_or_a_call_that_fails_anyway(asking: Any) -> None:
    session = asking.open()
    login = {"session": session, "user": 1, "pin": None}
    assert request(asking, "C_Login", **(login | {"session": 1})) is None
    assert asking.rv("C_Login", **login) == Ckr.FUNCTION_CANCELED  # nobody answered
    for _ in range(3):
        asking.login(session, "9999")
    assert request(asking, "C_Login", **login) is None
    assert asking.rv("C_Login", **login) == Ckr.PIN_LOCKED
    assert request(asking, "C_GetInfo") is None
    new = {"session": session, "pin": None}
    assert request(asking, "C_InitPIN", **new) is None


def test_without_a_code_on_the_face_nothing_is_asked(
    make_place: Any, contactless_bench: Any
) -> None:
    program = make_place(contactless_bench, protected_path=True).program()
    session = program.open()
    assert request(program, "C_Login", session=session, user=1, pin=None) is None
    assert not flags(program) & (TokenFlag.PROTECTED_AUTHENTICATION_PATH | TokenFlag.LOGIN_REQUIRED)
    assert program.rv("C_Login", session=session, user=1, pin=None) == (
        Ckr.USER_PIN_NOT_INITIALIZED
    )


def test_a_pulled_card_is_not_asked_for(asking: Any, bench: Any) -> None:
    session = asking.open()
    bench.reader.eject()
    assert request(asking, "C_Login", session=session, user=1, pin=None) is None
    assert asking.ok("C_GetSlotList", token_present=False, slots=OutputBuffer(4)).count == 1


# How often the card is asked


class Counted:
    """Token info as programs ask for it, and what it cost at the card."""

    def __init__(self, place: Any) -> None:
        self.place, self.program = place, place.program()
        self.session = self.program.open()

    def ask(self) -> tuple[TokenFlag, int]:
        before = sum(len(chip.commands) for chip in self.place.chips)
        found = flags(self.program)
        return found, sum(len(chip.commands) for chip in self.place.chips) - before


@faces
def test_tries_that_nothing_can_have_changed_are_not_asked_again(at: Any) -> None:
    counted = Counted(at)
    first, cost = counted.ask()
    assert cost
    assert [counted.ask() for _ in range(5)] == [(first, 0)] * 5
    assert at.program().ok("C_GetTokenInfo", slot=0).flags == first


@faces
def test_tries_are_asked_again_after_a_while(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(at)
    counted.ask()
    monkeypatch.setattr("caducee.middleware.pkcs11.functions.slots._RECENT", 0.0)
    assert counted.ask()[1]


@faces
@pytest.mark.parametrize(
    "done",
    [
        lambda program, session: program.login(session),
        lambda program, session: program.login(session, "9999"),
        lambda program, session: program.login(session, "99999999", Cku.SO),
        lambda program, session: set_pin(program, session, PIN, OTHER),
        lambda program, session: set_pin(program, session, "9999", OTHER),
    ],
    ids=["login", "wrong code", "wrong unblocking code", "change", "change by a wrong code"],
)
def test_tries_are_asked_again_after_each_code(at: Any, done: Any) -> None:
    counted = Counted(at)
    counted.ask()
    done(counted.program, counted.session)
    assert counted.ask()[1]
    assert counted.ask()[1] == 0


@faces
def test_tries_are_asked_again_after_another_connection_used_the_card(at: Any) -> None:
    counted = Counted(at)
    counted.ask()
    with open_card(at.reader()) as other, pytest.raises(WrongPinError):
        other.verify(Secret.of("9999"))
    found, _ = counted.ask()
    assert found & USER_FLAGS == LOW


@faces
def test_the_tries_that_are_left_are_reported_to_the_holder_as_they_are(
    make_place: Any, bench: Any, cps4_bench: Any, kind: str
) -> None:
    at = make_place(bench if kind == "place" else cps4_bench, protected_path=True)
    counted = Counted(at)
    counted.ask()
    with open_card(at.reader()) as other, pytest.raises(WrongPinError):
        other.verify(Secret.of("9999"))
    call = Call.build("C_Login", 1, session=counted.session, user=1, pin=None)
    request = counted.program.app.pin_request(call)
    assert request is not None
    assert request.tries_left == 2
