# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Log out of everything as programs meet it: module, daemon, two cards, two programs' sessions."""

from collections.abc import Iterator

import pytest
from tests.interop.test_session_policy import PUBLIC, USER, Program, card

from caducee.middleware.daemon.logins import log_out
from caducee.spec.pkcs11 import Ckr
from caducee.testing.cryptolib import CryptolibPlace

pytestmark = pytest.mark.system


@pytest.fixture
def program(cryptolib_place: CryptolibPlace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    for name, value in cryptolib_place.variables.items():
        monkeypatch.setenv(name, value)
    cryptolib_place.insert(card(), "a")
    cryptolib_place.insert(card("cps4"), "b")
    made = Program(cryptolib_place)
    yield made
    made.facade.C_Finalize(None)


def test_logins_at_both_cards_end_and_sessions_stay(
    program: Program, cryptolib_place: CryptolibPlace
) -> None:
    sessions = [program.logged_in(slot) for slot in (0, 1)]
    assert [program.state(session) for session in sessions] == [USER, USER]
    assert log_out(cryptolib_place.socket) == 2
    assert [program.state(session) for session in sessions] == [PUBLIC, PUBLIC]
    assert log_out(cryptolib_place.socket) == 0


def test_a_key_signs_nothing_any_more_until_the_code_is_given_again(
    program: Program, cryptolib_place: CryptolibPlace
) -> None:
    session = program.logged_in()
    key = program.key(session)
    assert program.sign(session, key) == Ckr.OK
    assert log_out(cryptolib_place.socket) == 1
    assert program.sign(session, key) != Ckr.OK
    assert program.login(session) == Ckr.OK
    assert program.sign(session, program.key(session)) == Ckr.OK


def test_a_wrong_code_afterwards_is_refused_by_the_card(
    program: Program, cryptolib_place: CryptolibPlace
) -> None:
    session = program.logged_in()
    log_out(cryptolib_place.socket)
    assert program.login(session, b"9999") == Ckr.PIN_INCORRECT
