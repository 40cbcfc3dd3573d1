# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards that leave: at any moment, for another card, with the reader."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Attribute, Mechanism, OutputBuffer
from caducee.cryptolib import open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.spec.pkcs11 import Cka, Ckm, Ckr

INFO = digest_info(hashlib.sha256(b"text").digest(), "sha256")
RSA = Mechanism(int(Ckm.RSA_PKCS))
GONE = {
    Ckr.TOKEN_NOT_PRESENT,
    Ckr.DEVICE_REMOVED,
    Ckr.SESSION_HANDLE_INVALID,
    Ckr.OBJECT_HANDLE_INVALID,
}


def use(program: Any) -> list[int]:
    """Everything that asks the card, with right codes; the codes of the calls."""
    opened = program.call("C_OpenSession", slot=0, flags=6)
    session = opened.results[0] if opened.results else 1
    made = [program.rv("C_GetTokenInfo", slot=0), opened.rv, program.login(session)]
    made.append(program.rv("C_FindObjectsInit", session=session, template=()))
    listed = program.call("C_FindObjects", session=session, objects=OutputBuffer(50))
    made += [listed.rv, program.rv("C_FindObjectsFinal", session=session)]
    for handle in listed.results[0].values if listed.results else ():
        content = (Attribute(int(Cka.VALUE), b"new"),)
        made.append(
            program.rv("C_SetAttributeValue", session=session, object=handle, template=content)
        )
        made.append(program.rv("C_GetObjectSize", session=session, object=handle))
        made.append(program.sign(session, handle, RSA, INFO).rv)
    made.append(program.rv("C_GenerateRandom", session=session, random=9))
    made.append(
        program.rv(
            "C_SetPIN", session=session, old_pin=Secret.of("1234"), new_pin=Secret.of("1234")
        )
    )
    return made


def pull_after(place: Any, chip: Any, count: int) -> None:
    """Pull the card out when so many more commands came, before the last one is answered."""
    end = len(chip.commands) + count

    def change(command: bytes, answer: bytes) -> bytes:
        if len(chip.commands) == end:
            place.reader().eject()
            return b""
        return answer

    chip.change = change


@pytest.mark.parametrize("kind", ["bench", "contactless_bench", "cps4_bench"])
def test_pulled_at_every_command_nothing_breaks_and_no_try_is_lost(
    request: pytest.FixtureRequest, make_place: Callable[..., Any], kind: str
) -> None:
    bench = request.getfixturevalue(kind)
    chip = bench.chip
    place = make_place(bench)
    use(place.program())
    total = len(chip.commands)
    assert total > 20
    for count in range(1, total + 1):
        place.look()
        program = place.program()
        pull_after(place, chip, count)
        codes = use(program)
        chip.change = None
        assert not bench.reader.status().present, count
        place.look()
        assert set(codes) & GONE, count
        assert Ckr.GENERAL_ERROR not in codes and Ckr.HOST_MEMORY not in codes
        assert not program.app.sessions
        program.app.close()
        place.insert(chip)
        card = open_card(bench.reader)
        if card.layout.pin is not None:
            assert card.pin_state().tries_left == 3, count
        card.close()
    assert use(place.program()).count(Ckr.OK) > 8


def test_sessions_end_with_the_card_and_handles_stay_void(place: Any) -> None:
    program = place.program()
    session = program.logged_in()
    key = program.key(session, "CPS_PRIV_AUT")
    chip = place.chips[0]
    place.eject()
    for name in ("C_GetSessionInfo", "C_Logout", "C_CloseSession"):
        assert program.rv(name, session=session) == Ckr.SESSION_HANDLE_INVALID
    assert program.rv("C_OpenSession", slot=0, flags=6) == Ckr.TOKEN_NOT_PRESENT
    assert program.rv("C_GetTokenInfo", slot=0) == Ckr.TOKEN_NOT_PRESENT
    place.insert(chip)
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.SESSION_HANDLE_INVALID
    again = program.open()
    assert program.rv("C_SignInit", session=again, mechanism=RSA, key=key) == Ckr.KEY_HANDLE_INVALID
    assert program.rv("C_Logout", session=again) == Ckr.USER_NOT_LOGGED_IN


def test_a_removal_that_nobody_reported_of_is_found_by_the_next_call(place: Any) -> None:
    program, other = place.program(), place.program()
    session, theirs = program.logged_in(), other.open()
    place.reader().eject()  # and the engine does not look
    assert program.rv("C_GenerateRandom", session=session, random=8) == Ckr.DEVICE_REMOVED
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.SESSION_HANDLE_INVALID
    assert other.rv("C_GetSessionInfo", session=theirs) == Ckr.SESSION_HANDLE_INVALID


def test_the_original_says_token_not_present(make_place: Callable[..., Any], bench: Any) -> None:
    place = make_place(bench, compat="cps3")
    program = place.program()
    session = program.logged_in()
    place.reader().eject()
    assert program.rv("C_GenerateRandom", session=session, random=8) == Ckr.TOKEN_NOT_PRESENT


def test_another_card_inherits_nothing(place: Any, cps4_bench: Any) -> None:
    program = place.program()
    session = program.logged_in()
    found = program.find(session)
    place.insert(cps4_bench.chip)  # in the place of the first, unseen in between
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.SESSION_HANDLE_INVALID
    again = program.open()
    assert program.ok("C_GetTokenInfo", slot=0).label.startswith(b"CPS4v1")
    assert program.ok("C_GetSessionInfo", session=again).state == 2
    assert not set(found) & set(program.find(again))
    assert program.find(again, CLASS=3) == []


def test_the_same_card_put_in_again_asks_for_the_code_again(place: Any) -> None:
    program = place.program()
    program.logged_in()
    chip = place.chips[0]
    place.eject()
    place.insert(chip)
    session = program.open()
    assert program.ok("C_GetSessionInfo", session=session).state == 2
    assert program.find(session, CLASS=3) == []


def test_an_unplugged_reader_leaves_the_list_and_comes_back_to_its_slot(
    make_place: Callable[..., Any], bench: Any, cps4_bench: Any
) -> None:
    place = make_place(bench, cps4_bench)
    program = place.program()
    session = program.open(1)
    first = place.reader(0)
    place.context.remove(first)
    place.look()
    listed = program.ok("C_GetSlotList", token_present=False, slots=OutputBuffer(9))
    assert listed.values == (1,)
    assert program.ok("C_GetSessionInfo", session=session).slot == 1
    assert program.rv("C_OpenSession", slot=0, flags=6) == Ckr.TOKEN_NOT_PRESENT
    place.context.add(first)
    place.look()
    listed = program.ok("C_GetSlotList", token_present=False, slots=OutputBuffer(9))
    assert listed.values == (0, 1)
    assert program.ok("C_GetTokenInfo", slot=0).label.startswith(b"CPS3v3")


def test_a_code_is_wiped_with_the_card(place: Any) -> None:
    program = place.program()
    session = program.app.session(program.logged_in())
    login = session.login
    code = login._pin
    assert code and code.reveal() == b"1234"
    place.eject()
    assert not code and login.user is None


@pytest.mark.parametrize("how", ["logout", "close", "all", "finalize", "end"])
def test_a_code_is_wiped_at_the_end_of_the_login(place: Any, how: str) -> None:
    program = place.program()
    session = program.logged_in()
    code = program.app.session(session).login._pin
    assert code
    match how:
        case "logout":
            program.ok("C_Logout", session=session)
        case "close":
            program.ok("C_CloseSession", session=session)
        case "all":
            program.ok("C_CloseAllSessions", slot=0)
        case "finalize":
            program.ok("C_Finalize")
        case _:
            program.app.close()
    assert not code


def test_no_verified_state_stays_on_the_card(place: Any) -> None:
    program = place.program()
    session = program.logged_in()
    program.sign(session, program.key(session, "CPS_PRIV_SIG"), RSA, INFO[-32:])
    visitor = place.reader().connect()
    visitor.transmit(bytes.fromhex("00A40904063F000001D120"))  # CPS_ACTIVITY_01_PS
    assert visitor.transmit(bytes.fromhex("00B0000010")) == bytes.fromhex("6982")


def test_a_card_that_falls_silent_ends_its_sessions_and_may_come_back(place: Any) -> None:
    program = place.program()
    session = program.logged_in()
    chip = place.chips[0]
    chip.change = lambda command, answer: b""
    assert program.rv("C_GenerateRandom", session=session, random=8) == Ckr.DEVICE_ERROR
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.SESSION_HANDLE_INVALID
    assert program.rv("C_OpenSession", slot=0, flags=6) == Ckr.TOKEN_NOT_RECOGNIZED
    chip.change = None
    place.eject()
    place.insert(chip)
    program.logged_in()


def test_a_card_that_refuses_to_be_read_is_no_token_yet_and_is_tried_again(place: Any) -> None:
    program = place.program()
    chip = place.chips[0]
    directory = bytes.fromhex("3F002F00")
    chip.change = lambda command, answer: b"\x6f\x00" if directory in command else answer
    for _ in range(2):
        assert program.rv("C_OpenSession", slot=0, flags=6) == Ckr.DEVICE_ERROR
    chip.change = None
    program.open()
