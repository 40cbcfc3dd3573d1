# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Logins by the PIN pad of the reader: nobody has the code, so the card stays open meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Mechanism
from caducee.cryptolib import open_card
from caducee.spec.pinpad import PadStatus
from caducee.spec.pkcs11 import Ckm, Ckr, Cks, Cku, TokenFlag
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.pinpad import Prompt, SimulatedPinPad

PIN, OTHER = "1234", "4321"
PATH = TokenFlag.PROTECTED_AUTHENTICATION_PATH


CARDS = Path(__file__).parents[3] / "vectors" / "cards"


class Hand:
    """The holder at the PIN pad."""

    def __init__(self) -> None:
        self.types: list[str | PadStatus] = []
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt) -> str | PadStatus:
        self.prompts.append(prompt)
        return self.types.pop(0)


class Seat:
    """A reader with a PIN pad, a card in it, and a program."""

    def __init__(self, place: Any, chip: Any) -> None:
        self.place, self.hand = place, Hand()
        self.chip = chip
        self.channel = 0
        """On which the card's application is spoken to."""

        place.reader().pin_pad = SimulatedPinPad(chip, self.hand)
        self.program = place.program()
        self.session = self.program.open()

    def login(self, *types: str | PadStatus, program: Any = None, session: int = 0) -> Ckr:
        self.hand.types = list(types)
        named = {"session": session or self.session, "user": int(Cku.USER), "pin": None}
        return Ckr((program or self.program).rv("C_Login", **named))

    def set_pin(self, *types: str | PadStatus) -> Ckr:
        self.hand.types = list(types)
        named = {"session": self.session, "old_pin": None, "new_pin": None}
        return Ckr(self.program.rv("C_SetPIN", **named))

    def sign(self, program: Any = None, session: int = 0) -> Ckr:
        who, where = program or self.program, session or self.session
        try:
            key = who.key(where, "CPS_PRIV_SIG")
        except ValueError:
            return Ckr.USER_NOT_LOGGED_IN  # a private key shows to nobody who is not logged in
        made = who.sign(where, key, Mechanism(int(Ckm.SHA256_RSA_PKCS)), b"letter")
        return Ckr(made.rv)

    @property
    def state(self) -> Any:
        return Cks(self.program.ok("C_GetSessionInfo", session=self.session).state)

    @property
    def is_open(self) -> bool:
        """Whether the code counts as presented, asked of the card by an empty VERIFY.

        Nothing is selected for it: a CPS4 forgets the code with its application.
        """
        transport = self.place.reader().connect()
        cla = self.channel
        return bool(transport.transmit(bytes((cla, 0x20, 0, 1))) == b"\x90\x00")


@pytest.fixture(params=["cps3", "cps4"])
def seat(request: pytest.FixtureRequest, make_place: Any, make_bench: Any) -> Seat:
    """Cards with codes of four digits, as they are issued."""
    bench = make_bench(CardImage.load(CARDS / f"{request.param}.json"))
    made = Seat(make_place(bench), bench.chip)
    made.channel = 1 if request.param == "cps4" else 0
    return made


def flags(program: Any) -> TokenFlag:
    return TokenFlag(program.ok("C_GetTokenInfo", slot=0).flags)


def test_a_reader_with_a_pin_pad_announces_a_protected_path(
    seat: Seat, make_place: Any, make_bench: Any, content: Any
) -> None:
    assert PATH in flags(seat.program)
    plain = make_place(make_bench(content)).program()
    assert PATH not in flags(plain)


def test_the_setting_leaves_the_pin_pad_alone(make_place: Any, bench: Any) -> None:
    place = make_place(bench)
    place.engine.pin_pad = False
    seat = Seat(place, bench.chip)
    assert PATH not in flags(seat.program)
    assert seat.login() == Ckr.ARGUMENTS_BAD


def test_a_code_entered_at_the_reader_logs_in_until_the_logout(seat: Seat) -> None:
    assert seat.login(PIN) == Ckr.OK
    assert seat.state == Cks.RW_USER_FUNCTIONS
    assert [seat.sign(), seat.sign()] == [Ckr.OK, Ckr.OK]  # once entered, used twice
    assert len(seat.hand.prompts) == 1
    assert seat.is_open
    seat.program.ok("C_Logout", session=seat.session)
    assert seat.state == Cks.RW_PUBLIC_SESSION
    assert not seat.is_open
    assert seat.sign() == Ckr.USER_NOT_LOGGED_IN


def test_a_code_that_the_program_gives_needs_no_pin_pad(seat: Seat) -> None:
    assert seat.program.login(seat.session, PIN) == Ckr.OK
    assert seat.sign() == Ckr.OK
    assert not seat.hand.prompts
    assert not seat.is_open


def test_a_card_that_was_read_from_the_cache_is_asked_once_too(seat: Seat) -> None:
    """Where the code is known is found out before anybody enters it."""
    with open_card(seat.place.reader()) as unrelated:
        unrelated.prove(Secret.of(PIN))  # ends with a reset: nothing is selected any more
    assert seat.login(PIN) == Ckr.OK
    assert len(seat.hand.prompts) == 1


def test_public_data_are_read_meanwhile_and_the_card_stays_open(seat: Seat) -> None:
    assert seat.login(PIN) == Ckr.OK
    other = seat.place.program()
    session = other.open()
    assert other.find(session)
    assert flags(other) & TokenFlag.USER_PIN_COUNT_LOW == TokenFlag(0)
    assert seat.sign(other, session) == Ckr.USER_NOT_LOGGED_IN  # its login is not the other's
    assert seat.sign() == Ckr.OK


@pytest.mark.parametrize("how", ["close session", "close all", "finalize", "log out"])
def test_the_end_of_the_login_closes_the_card(seat: Seat, how: str) -> None:
    assert seat.login(PIN) == Ckr.OK
    match how:
        case "close session":
            seat.program.ok("C_CloseSession", session=seat.session)
        case "close all":
            seat.program.ok("C_CloseAllSessions", slot=0)
        case "finalize":
            seat.program.app.close()
        case _:
            assert seat.place.engine.log_out() == 1
            assert seat.place.engine.awaited == ["Reader 0"]
            seat.place.engine.look("Reader 0")  # as the daemon does in the reader's thread
            assert seat.place.engine.awaited == []
    assert not seat.is_open


def test_an_end_that_nobody_followed_up_closes_the_card_at_its_next_use(seat: Seat) -> None:
    assert seat.login(PIN) == Ckr.OK
    seat.place.engine.log_out()
    assert seat.program.find(seat.session)
    seat.program.ok("C_GenerateRandom", session=seat.session, random=8)
    assert not seat.is_open


def test_of_two_logins_by_pin_pad_the_last_one_closes_the_card(seat: Seat) -> None:
    assert seat.login(PIN) == Ckr.OK
    other = seat.place.program()
    session = other.open()
    assert seat.login(PIN, program=other, session=session) == Ckr.OK
    assert len(seat.hand.prompts) == 2
    seat.program.ok("C_Logout", session=seat.session)
    assert seat.sign(other, session) == Ckr.OK
    other.ok("C_Logout", session=session)
    assert not seat.is_open


def test_a_login_with_a_code_beside_it_closes_the_card_and_ends_it(seat: Seat) -> None:
    assert seat.login(PIN) == Ckr.OK
    other = seat.place.program()
    session = other.open()
    assert other.login(session, PIN) == Ckr.OK  # it proves its code, and the card forgets it
    assert seat.state == Cks.RW_PUBLIC_SESSION
    assert seat.sign() == Ckr.USER_NOT_LOGGED_IN
    assert seat.sign(other, session) == Ckr.OK


def test_a_reset_by_another_program_ends_the_login_at_its_next_use(seat: Seat) -> None:
    assert seat.login(PIN) == Ckr.OK
    with open_card(seat.place.reader()) as unrelated:
        unrelated.prove(Secret.of(PIN))  # ends with a reset
    key = seat.program.key(seat.session, "CPS_PRIV_SIG")
    begun = seat.program.sign(seat.session, key, Mechanism(int(Ckm.SHA256_RSA_PKCS)), b"letter")
    assert begun.rv == Ckr.USER_NOT_LOGGED_IN
    assert seat.state == Cks.RW_PUBLIC_SESSION
    assert seat.login(PIN) == Ckr.OK
    assert seat.sign() == Ckr.OK


def test_a_card_that_leaves_takes_the_login_along(seat: Seat) -> None:
    assert seat.login(PIN) == Ckr.OK
    seat.place.eject()
    seat.place.insert(seat.chip)
    assert seat.program.rv("C_GetSessionInfo", session=seat.session) == Ckr.SESSION_HANDLE_INVALID
    assert not seat.is_open


@pytest.mark.parametrize(
    ("typed", "rv"),
    [
        (PadStatus.CANCELLED, Ckr.FUNCTION_CANCELED),
        (PadStatus.TIMEOUT, Ckr.FUNCTION_CANCELED),
        ("12345", Ckr.PIN_LEN_RANGE),
    ],
)
def test_nothing_entered_is_no_login_and_costs_no_try(
    seat: Seat, typed: str | PadStatus, rv: Ckr
) -> None:
    assert seat.login(typed) == rv
    assert seat.state == Cks.RW_PUBLIC_SESSION
    assert TokenFlag.USER_PIN_COUNT_LOW not in flags(seat.program)
    assert not seat.is_open


def test_wrong_codes_show_in_the_flags_and_lock(seat: Seat) -> None:
    assert seat.login("9999") == Ckr.PIN_INCORRECT
    assert TokenFlag.USER_PIN_COUNT_LOW in flags(seat.program)
    assert seat.login("9999") == Ckr.PIN_INCORRECT
    assert seat.login("9999") == Ckr.PIN_LOCKED
    asked = len(seat.hand.prompts)
    assert seat.login(PIN) == Ckr.PIN_LOCKED
    assert len(seat.hand.prompts) == asked  # nobody is asked for a code that is of no use


def test_a_code_is_changed_at_the_reader(seat: Seat) -> None:
    assert seat.set_pin(PIN, OTHER, OTHER) == Ckr.OK
    assert not seat.is_open
    assert seat.login(PIN) == Ckr.PIN_INCORRECT
    assert seat.login(OTHER) == Ckr.OK
    assert seat.set_pin(OTHER, PIN, PIN) == Ckr.OK  # and within a login
    assert seat.state == Cks.RW_USER_FUNCTIONS
    assert seat.sign() == Ckr.OK


def test_codes_of_any_length_are_entered_and_changed_where_the_pin_pad_can(
    make_place: Any, bench: Any, cps4_bench: Any
) -> None:
    """Two codes without padding in one command: where the second begins is known to nobody."""
    for item, rv in ((bench, Ckr.FUNCTION_FAILED), (cps4_bench, Ckr.OK)):
        seat = Seat(make_place(item), item.chip)
        assert seat.login(PIN) == Ckr.OK
        assert seat.set_pin(PIN, "987654", "987654") == rv
        seat.program.rv("C_Logout", session=seat.session)
        assert seat.login(PIN if rv else "987654") == Ckr.OK


def test_new_codes_that_differ_change_nothing(seat: Seat) -> None:
    assert seat.set_pin(PIN, OTHER, "4322") == Ckr.PIN_INVALID
    assert seat.login(PIN) == Ckr.OK


def test_a_change_at_the_reader_ends_a_login_with_the_old_code(seat: Seat) -> None:
    assert seat.program.login(seat.session, PIN) == Ckr.OK
    assert seat.set_pin(PIN, OTHER, OTHER) == Ckr.OK
    assert seat.state == Cks.RW_PUBLIC_SESSION


def test_no_code_reaches_this_side(seat: Seat) -> None:
    sent: list[bytes] = []
    connect = seat.place.reader().connect

    def spied() -> Any:
        transport = connect()
        transmit, control = transport.transmit, transport.control

        def noted(command: bytes) -> Any:
            sent.append(command)
            return transmit(command)

        def reported(code: int, data: bytes = b"", *, whole: bool = False) -> Any:
            answer = control(code, data, whole=whole)
            sent.extend((data, answer))
            return answer

        transport.transmit, transport.control = noted, reported
        return transport

    seat.place.reader().connect = spied
    seat.place.eject()
    seat.place.insert(seat.chip)
    seat.session = seat.program.open()
    assert seat.login(PIN) == Ckr.OK
    assert seat.sign() == Ckr.OK
    assert sent
    assert not any(PIN.encode() in item for item in sent)


def test_the_security_officer_has_no_pin_pad(seat: Seat) -> None:
    named = {"session": seat.session, "user": int(Cku.SO), "pin": None}
    assert seat.program.rv("C_Login", **named) == Ckr.ARGUMENTS_BAD
    assert not seat.hand.prompts


def test_a_card_pulled_while_somebody_types_is_reported(seat: Seat) -> None:
    def pulled(prompt: Prompt) -> str:
        seat.place.reader().eject()
        return PIN

    seat.place.reader().pin_pad = SimulatedPinPad(seat.chip, pulled)
    assert seat.login() in (Ckr.DEVICE_REMOVED, Ckr.DEVICE_ERROR)
