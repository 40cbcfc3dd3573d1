# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The session policy of a site: proofs, locks, touches, strong operations."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

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

from caducee.base.clock import FixedClock
from caducee.base.config import parse
from caducee.base.errors import ConfigError, LoginRefusedError
from caducee.relying.session_policy import (
    Proofs,
    SiteEvent,
    SiteSessionPolicy,
    SiteState,
    at_time,
    on_event,
    on_request,
)
from caducee.relying.sessions import LoginSessions
from caducee.relying.verdict import CheckName, Identity, Verdict, passed

SECOND = dt.timedelta(seconds=1)
MINUTE = 60 * SECOND


@pytest.fixture
def admitted(identity: Identity) -> Verdict:
    return Verdict(tuple(passed(name, "relying.not_checked") for name in CheckName), identity)


@pytest.fixture
def other(admitted: Verdict, identity: Identity) -> Verdict:
    return replace(admitted, identity=replace(identity, fingerprint="11" * 32))


def sessions(clock: FixedClock, **policy: object) -> LoginSessions:
    return LoginSessions(clock, policy=SiteSessionPolicy(**policy))  # type: ignore[arg-type]


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(LoginRefusedError) as caught:
        action()
    return caught.value.code


# --- Proofs by certificate ------------------------------------------------------------------------


def test_built_in_a_session_needs_no_new_proof(clock: FixedClock, admitted: Verdict) -> None:
    it = sessions(clock)
    cookie = it.open(admitted, fingerprint="aa", connection="c1")
    for _ in range(20):
        clock.advance(29 * MINUTE)
        assert it.find(cookie, fingerprint="aa", connection="c1").known.state is SiteState.PROVEN


def test_a_new_handshake_proves_the_card_and_an_old_one_does_not(
    clock: FixedClock, admitted: Verdict
) -> None:
    it = sessions(clock, certificate_proof_seconds=120)
    begun = clock.now()
    cookie = it.open(admitted, fingerprint="aa", connection="c1", handshake=begun)
    clock.advance(100 * SECOND)
    later = clock.now()
    it.find(cookie, fingerprint="aa", connection="c2", handshake=later)
    clock.advance(100 * SECOND)
    it.find(cookie, fingerprint="aa", connection="c1", handshake=begun)
    clock.advance(20 * SECOND)
    old = refused(lambda: it.find(cookie, fingerprint="aa", connection="c2", handshake=later))
    assert old == "relying.session_unproven"
    assert refused(lambda: it.look(cookie)) == "relying.session_unknown"


def test_grace_lets_a_session_go_on_without_strong_operations(
    clock: FixedClock, admitted: Verdict
) -> None:
    it = sessions(clock, token_proof_seconds=60, grace_seconds=30)
    cookie = it.open(admitted)
    it.demand_strong(it.find(cookie))
    clock.advance(MINUTE)
    session = it.find(cookie)
    assert session.known.state is SiteState.DUE
    assert refused(lambda: it.demand_strong(session)) == "relying.step_up_needed"
    clock.advance(30 * SECOND)
    assert refused(lambda: it.find(cookie)) == "relying.session_unproven"


def test_a_locked_session_waits_for_its_card_and_keeps_what_it_was(
    clock: FixedClock, admitted: Verdict, identity: Identity
) -> None:
    it = sessions(clock, token_proof_seconds=60, resume_seconds=600)
    cookie = it.open(admitted)
    it.choose(it.find(cookie), identity.activities[0].key)
    clock.advance(MINUTE)
    assert refused(lambda: it.find(cookie)) == "relying.session_locked"
    clock.advance(599 * SECOND)
    assert it.prove(cookie, admitted).activity == identity.activities[0].key
    assert it.find(cookie).known.state is SiteState.PROVEN


def test_nothing_resumes_after_the_time(clock: FixedClock, admitted: Verdict) -> None:
    it = sessions(clock, token_proof_seconds=60, resume_seconds=600)
    cookie = it.open(admitted)
    clock.advance(660 * SECOND)
    assert refused(lambda: it.prove(cookie, admitted)) == "relying.session_unproven"


def test_another_card_that_proves_itself_ends_the_session(
    clock: FixedClock, admitted: Verdict, other: Verdict
) -> None:
    it = sessions(clock, token_proof_seconds=60, resume_seconds=600)
    cookie = it.open(admitted)
    assert refused(lambda: it.prove(cookie, other)) == "relying.proof_other_card"
    assert refused(lambda: it.find(cookie)) == "relying.session_unknown"


# --- The page reports that the card left ----------------------------------------------------------


def test_built_in_a_removal_ends_the_session(clock: FixedClock, admitted: Verdict) -> None:
    it = sessions(clock)
    cookie = it.open(admitted, fingerprint="aa", connection="c1")
    assert it.removed(cookie, connection="c1")
    assert not it.connection_usable("c1")
    assert refused(lambda: it.look(cookie)) == "relying.session_unknown"


def test_a_removal_locks_and_only_a_later_handshake_brings_the_session_back(
    clock: FixedClock, admitted: Verdict
) -> None:
    it = sessions(clock, on_removal="lock", resume_seconds=600)
    before = clock.now()
    cookie = it.open(admitted, fingerprint="aa", connection="c1", handshake=before)
    clock.advance(5 * SECOND)
    opened_before = clock.now()
    clock.advance(5 * SECOND)
    assert not it.removed(cookie, connection="c1")
    clock.advance(5 * SECOND)
    used = refused(lambda: it.find(cookie, fingerprint="aa", connection="c1", handshake=before))
    assert used == "relying.connection_logged_out"
    kept_open = refused(
        lambda: it.find(cookie, fingerprint="aa", connection="c9", handshake=opened_before)
    )
    assert kept_open == "relying.session_locked"
    assert it.find(cookie, fingerprint="aa", connection="c3", handshake=clock.now()).known.usable


@pytest.mark.parametrize("how", ["prove", "touch"])
def test_a_token_that_may_be_older_than_the_removal_brings_nothing_back(
    clock: FixedClock, admitted: Verdict, identity: Identity, how: str
) -> None:
    it = sessions(clock, on_removal="lock", resume_seconds=600, roaming_seconds=3600)
    cookie = it.open(admitted)
    asked = clock.now()
    clock.advance(SECOND)
    it.removed(cookie)
    clock.advance(SECOND)
    proof: Callable[..., object] = {
        "prove": lambda at: it.prove(cookie, admitted, asked=at),
        "touch": lambda at: it.prove_contactless(cookie, identity.card_id, asked=at),
    }[how]
    assert refused(lambda: proof(asked)) == "relying.proof_old"
    assert it.look(cookie).known.state is SiteState.LOCKED
    proof(clock.now())
    assert it.find(cookie).known.usable


def test_a_removal_that_locks_needs_a_time_to_wait(clock: FixedClock, admitted: Verdict) -> None:
    it = sessions(clock, on_removal="lock")
    assert it.removed(it.open(admitted))


def test_a_look_is_no_use_of_a_session(clock: FixedClock, admitted: Verdict) -> None:
    it = sessions(clock)
    cookie = it.open(admitted)
    clock.advance(29 * MINUTE)
    it.look(cookie)
    clock.advance(MINUTE)
    assert refused(lambda: it.look(cookie)) == "relying.session_expired"


# --- Contactless ----------------------------------------------------------------------------------


def test_a_touch_brings_a_session_back_for_all_but_strong_operations(
    clock: FixedClock, admitted: Verdict, identity: Identity
) -> None:
    it = sessions(clock, token_proof_seconds=60, resume_seconds=600, roaming_seconds=3600)
    cookie = it.open(admitted)
    clock.advance(2 * MINUTE)
    it.prove_contactless(cookie, identity.card_id)
    session = it.find(cookie)
    assert session.known.state is SiteState.TOUCHED
    assert refused(lambda: it.demand_strong(session)) == "relying.step_up_contacts"
    it.prove(cookie, admitted)
    it.demand_strong(it.find(cookie))


def test_roaming_ends_at_its_time_after_the_login_with_contacts(
    clock: FixedClock, admitted: Verdict, identity: Identity
) -> None:
    it = sessions(clock, token_proof_seconds=60, resume_seconds=60, roaming_seconds=600)
    cookie = it.open(admitted)
    clock.advance(90 * SECOND)
    it.prove_contactless(cookie, identity.card_id)
    clock.advance(509 * SECOND)
    it.find(cookie)
    clock.advance(SECOND)
    assert refused(lambda: it.find(cookie)) == "relying.session_locked"
    assert (
        refused(lambda: it.prove_contactless(cookie, identity.card_id)) == "relying.touch_refused"
    )


def test_a_touch_of_another_card_changes_nothing(
    clock: FixedClock, admitted: Verdict, identity: Identity
) -> None:
    it = sessions(clock, token_proof_seconds=60, resume_seconds=600, roaming_seconds=3600)
    cookie = it.open(admitted)
    clock.advance(2 * MINUTE)
    assert (
        refused(lambda: it.prove_contactless(cookie, "8025000001/1")) == "relying.proof_other_card"
    )
    assert it.look(cookie).known.state is SiteState.LOCKED
    it.prove_contactless(cookie, identity.card_id)


def test_without_roaming_no_touch_counts(
    clock: FixedClock, admitted: Verdict, identity: Identity
) -> None:
    it = sessions(clock, token_proof_seconds=60, resume_seconds=600)
    cookie = it.open(admitted)
    clock.advance(2 * MINUTE)
    assert (
        refused(lambda: it.prove_contactless(cookie, identity.card_id)) == "relying.touch_refused"
    )


# --- Strong operations ----------------------------------------------------------------------------


def test_a_strong_operation_needs_a_fresh_proof(clock: FixedClock, admitted: Verdict) -> None:
    it = sessions(clock, strong_seconds=120)
    cookie = it.open(admitted)
    clock.advance(119 * SECOND)
    it.demand_strong(it.find(cookie))
    clock.advance(SECOND)
    assert refused(lambda: it.demand_strong(it.find(cookie))) == "relying.step_up_needed"
    it.prove(cookie, admitted)
    it.demand_strong(it.find(cookie))


@pytest.mark.parametrize(
    "text",
    [
        "grace_seconds = 3601",
        "resume_seconds = -1",
        "roaming_seconds = 43201",
        'on_removal = "ask"',
        "strong_seconds = 86401",
        "proof = 1",
    ],
)
def test_a_policy_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text, SiteSessionPolicy)


# --- Any order ------------------------------------------------------------------------------------

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Site(RuleBasedStateMachine):
    """One session, and what a site hears, in any order; the model knows when the card was there."""

    @initialize(
        proof=st.sampled_from([0, 60, 120]),
        grace=st.sampled_from([0, 30]),
        resume=st.sampled_from([0, 300]),
        roaming=st.sampled_from([0, 200]),
        removal=st.sampled_from(["end", "lock"]),
        by_token=st.booleans(),
    )
    def begin(
        self, proof: int, grace: int, resume: int, roaming: int, removal: str, by_token: bool
    ) -> None:
        self.policy = SiteSessionPolicy(
            certificate_proof_seconds=proof,
            token_proof_seconds=proof,
            grace_seconds=grace,
            resume_seconds=resume,
            roaming_seconds=roaming,
            on_removal=removal,  # type: ignore[arg-type]
        )
        self.now = self.strong = START
        self.removed: dt.datetime | None = None
        self.touched = False
        self.proofs = Proofs(START, by_token=by_token)

    def on_event(self, event: SiteEvent) -> None:
        self.proofs = on_event(self.policy, self.proofs, event, self.now)

    @rule(seconds=st.sampled_from([1, 29, 30, 59, 60, 61, 120, 300, 700]))
    def wait(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @rule()
    def prove(self) -> None:
        over = self.state is SiteState.ENDED
        self.on_event(SiteEvent.PROVED)
        assert over == (self.proofs.state is SiteState.ENDED)
        if not over:
            self.strong, self.removed, self.touched = self.now, None, False

    @rule(age=st.sampled_from([0, 1, 60, 400]))
    def show(self, age: int) -> None:
        handshake = self.now - age * SECOND
        before, usable = self.proofs, self.proofs.usable and self.state is not SiteState.LOCKED
        self.proofs = on_request(self.policy, self.proofs, handshake, self.now)
        if self.proofs.usable and not usable:
            assert handshake > before.proven
            assert self.removed is None or handshake > self.removed, "an old handshake unlocked"
        if self.proofs.proven == handshake:
            self.strong, self.touched = handshake, False

    @rule()
    def touch(self) -> None:
        usable = at_time(self.policy, self.proofs, self.now).usable
        self.on_event(SiteEvent.TOUCHED)
        if self.proofs.usable and not usable:
            assert self.now < self.strong + self.policy.roaming_seconds * SECOND
            self.touched = True

    @rule()
    def remove(self) -> None:
        self.on_event(SiteEvent.REMOVED)
        self.removed = self.now
        assert not self.proofs.usable

    @rule()
    def other(self) -> None:
        self.on_event(SiteEvent.OTHER_CARD)
        assert self.proofs.state is SiteState.ENDED

    @property
    def state(self) -> SiteState:
        return at_time(self.policy, self.proofs, self.now).state

    @invariant()
    def ended_is_final(self) -> None:
        if getattr(self, "over", False):
            assert self.state is SiteState.ENDED
        self.over = self.state is SiteState.ENDED

    @invariant()
    def no_session_is_used_after_its_proof_and_grace(self) -> None:
        proofs = at_time(self.policy, self.proofs, self.now)
        if proofs.state is SiteState.PROVEN and self.policy.token_proof_seconds:
            assert self.now < self.strong + self.policy.token_proof_seconds * SECOND
        if proofs.state is SiteState.DUE:
            last = self.policy.token_proof_seconds + self.policy.grace_seconds
            assert self.now < self.strong + last * SECOND
        if proofs.state is SiteState.TOUCHED:
            assert self.now < self.strong + self.policy.roaming_seconds * SECOND

    @invariant()
    def what_is_known_is_what_was_proven(self) -> None:
        assert self.proofs.proven == self.strong


def test_whatever_a_site_hears_no_rule_is_broken() -> None:
    run_state_machine_as_test(
        Site, settings=settings(max_examples=200, stateful_step_count=25, deadline=None)
    )
