# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs that do anything in any order, against a small model of what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from caducee.codec.pkcs11 import Mechanism, OutputBuffer
from caducee.spec.pkcs11 import Ckm, Ckr, Cks
from caducee.virtualcard.personalise import cps3, cps4

RSA = Mechanism(int(Ckm.RSA_PKCS))
PINS = st.sampled_from(["1234", "9999", "12", "4321"])


@dataclass
class Model:
    """What must be true of one program."""

    sessions: dict[int, bool] = field(default_factory=dict)
    """Open sessions, and whether they may write."""

    user: bool = False
    signing: set[int] = field(default_factory=set)
    searching: set[int] = field(default_factory=set)
    keys: set[int] = field(default_factory=set)

    def lose(self) -> None:
        """The card left."""
        self.sessions.clear()
        self.signing.clear()
        self.searching.clear()
        self.keys.clear()
        self.user = False

    def logout(self) -> None:
        self.user = False
        self.signing.clear()
        self.keys.clear()


class Programs(RuleBasedStateMachine):
    """Two programs, one reader, one card."""

    make: Callable[[], Any]  # set by the test

    @initialize()
    def begin(self) -> None:
        self.place = type(self).make()
        self.programs = [self.place.program() for _ in range(2)]
        self.models = [Model() for _ in range(2)]
        self.present = True
        self.left = 3

    def teardown(self) -> None:
        for item in getattr(self, "programs", ()):
            item.app.close()

    def pick(self, who: int, which: int) -> int:
        """A session of a program, or a handle that is none."""
        known = sorted(self.models[who].sessions)
        return known[which % len(known)] if known else 5

    @rule(who=st.integers(0, 1), write=st.booleans())
    def open(self, who: int, write: bool) -> None:
        reply = self.programs[who].call("C_OpenSession", slot=0, flags=6 if write else 4)
        assert reply.rv == (Ckr.OK if self.present else Ckr.TOKEN_NOT_PRESENT)
        if self.present:
            self.models[who].sessions[reply.results[0]] = write

    @rule(who=st.integers(0, 1), which=st.integers(0, 9))
    def close(self, who: int, which: int) -> None:
        model, session = self.models[who], self.pick(who, which)
        rv = self.programs[who].rv("C_CloseSession", session=session)
        assert rv == (Ckr.OK if session in model.sessions else Ckr.SESSION_HANDLE_INVALID)
        model.sessions.pop(session, None)
        model.signing.discard(session)
        model.searching.discard(session)
        if not model.sessions:
            model.logout()

    @rule(who=st.integers(0, 1), which=st.integers(0, 9), pin=PINS)
    def login(self, who: int, which: int, pin: str) -> None:
        model, session = self.models[who], self.pick(who, which)
        rv = Ckr(self.programs[who].login(session, pin))
        if session not in model.sessions:
            assert rv is Ckr.SESSION_HANDLE_INVALID
        elif model.user:
            assert rv is Ckr.USER_ALREADY_LOGGED_IN
        elif len(pin) < 4:
            assert rv is Ckr.PIN_INCORRECT
        elif self.left == 0:
            assert rv is Ckr.PIN_LOCKED
        elif pin == "1234":
            assert rv is Ckr.OK
            model.user, self.left = True, 3
        else:
            self.left -= 1
            assert rv is (Ckr.PIN_INCORRECT if self.left else Ckr.PIN_LOCKED)

    @rule(who=st.integers(0, 1), which=st.integers(0, 9))
    def logout(self, who: int, which: int) -> None:
        model, session = self.models[who], self.pick(who, which)
        rv = Ckr(self.programs[who].rv("C_Logout", session=session))
        if session not in model.sessions:
            assert rv is Ckr.SESSION_HANDLE_INVALID
        else:
            assert rv is (Ckr.OK if model.user else Ckr.USER_NOT_LOGGED_IN)
            model.logout()

    @rule(who=st.integers(0, 1), which=st.integers(0, 9))
    def find_key(self, who: int, which: int) -> None:
        model, session = self.models[who], self.pick(who, which)
        if session not in model.sessions or session in model.searching:
            return
        found = self.programs[who].find(session, LABEL="CPS_PRIV_AUT")
        assert len(found) == (1 if model.user else 0)
        model.keys |= set(found)

    @rule(who=st.integers(0, 1), which=st.integers(0, 9))
    def search(self, who: int, which: int) -> None:
        model, session = self.models[who], self.pick(who, which)
        rv = Ckr(self.programs[who].rv("C_FindObjectsInit", session=session, template=()))
        if session not in model.sessions:
            assert rv is Ckr.SESSION_HANDLE_INVALID
        else:
            assert rv is (Ckr.OPERATION_ACTIVE if session in model.searching else Ckr.OK)
            model.searching.add(session)

    @rule(who=st.integers(0, 1), which=st.integers(0, 9))
    def end_search(self, who: int, which: int) -> None:
        model, session = self.models[who], self.pick(who, which)
        rv = Ckr(self.programs[who].rv("C_FindObjectsFinal", session=session))
        if session not in model.sessions:
            assert rv is Ckr.SESSION_HANDLE_INVALID
        else:
            active = session in model.searching
            assert rv is (Ckr.OK if active else Ckr.OPERATION_NOT_INITIALIZED)
            model.searching.discard(session)

    @rule(who=st.integers(0, 1), which=st.integers(0, 9), foreign=st.booleans())
    def sign_init(self, who: int, which: int, foreign: bool) -> None:
        model, session = self.models[who], self.pick(who, which)
        keys = self.models[1 - who if foreign else who].keys
        key = max(keys, default=77)
        rv = Ckr(self.programs[who].rv("C_SignInit", session=session, mechanism=RSA, key=key))
        if session not in model.sessions:
            assert rv is Ckr.SESSION_HANDLE_INVALID
        elif session in model.signing:
            assert rv is Ckr.OPERATION_ACTIVE
        elif key in model.keys:
            assert rv is Ckr.OK
            model.signing.add(session)
        else:
            assert rv is Ckr.KEY_HANDLE_INVALID

    @rule(who=st.integers(0, 1), which=st.integers(0, 9))
    def sign(self, who: int, which: int) -> None:
        model, session = self.models[who], self.pick(who, which)
        reply = self.programs[who].call(
            "C_Sign", session=session, data=b"x", signature=OutputBuffer(256)
        )
        if session not in model.sessions:
            assert reply.rv == Ckr.SESSION_HANDLE_INVALID
        elif session not in model.signing:
            assert reply.rv == Ckr.OPERATION_NOT_INITIALIZED
        elif self.left == 0:  # somebody blocked the card meanwhile: the login ends
            assert reply.rv == Ckr.USER_NOT_LOGGED_IN
            model.logout()
        else:
            assert reply.rv == Ckr.OK and len(reply.results[0].value) == 256
            self.left = 3
        model.signing.discard(session)

    @precondition(lambda self: self.present)
    @rule()
    def remove(self) -> None:
        self.place.eject()
        self.present = False
        for model in self.models:
            model.lose()

    @precondition(lambda self: not self.present)
    @rule()
    def insert(self) -> None:
        self.place.insert(self.place.chips[0])
        self.present = True

    @invariant()
    def states_are_those_of_the_model(self) -> None:
        for program, model in zip(
            getattr(self, "programs", ()), getattr(self, "models", ()), strict=True
        ):
            assert set(program.app.sessions) == set(model.sessions)
            for session, write in model.sessions.items():
                state = program.ok("C_GetSessionInfo", session=session).state
                user = Cks.RW_USER_FUNCTIONS if write else Cks.RO_USER_FUNCTIONS
                public = Cks.RW_PUBLIC_SESSION if write else Cks.RO_PUBLIC_SESSION
                assert state == (user if model.user else public)


@pytest.mark.parametrize(("kind", "personalise"), [("content", cps3), ("cps4_content", cps4)])
def test_any_order_of_calls(
    request: pytest.FixtureRequest, make_place: Any, make_bench: Any, kind: str, personalise: Any
) -> None:
    image = personalise(request.getfixturevalue(kind))
    make = staticmethod(lambda: make_place(make_bench(image)))
    run_state_machine_as_test(
        type("Machine", (Programs,), {"make": make}),
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
