# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions: bound to a login, idle and absolute end, logout."""

import datetime as dt
import re
from collections.abc import Callable

import pytest

from caducee.base.clock import FixedClock
from caducee.base.errors import LoginRefusedError
from caducee.relying.session_policy import SiteSessionPolicy, SiteState
from caducee.relying.sessions import LoginSession, LoginSessions, MemorySessions
from caducee.relying.verdict import (
    CheckName,
    Identity,
    Verdict,
    failed,
    passed,
)

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def admitted(identity: Identity) -> Verdict:
    return Verdict(tuple(passed(name, "relying.not_checked") for name in CheckName), identity)


@pytest.fixture
def sessions(clock: FixedClock) -> LoginSessions:
    return LoginSessions(clock, idle=30 * MINUTE, absolute=600 * MINUTE)


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(LoginRefusedError) as caught:
        action()
    return caught.value.code


def test_a_session_is_found_by_its_cookie(sessions: LoginSessions, admitted: Verdict) -> None:
    cookie = sessions.open(admitted)
    assert sessions.find(cookie).verdict.require().ps_idnat == "899700218896"


def test_cookies_are_opaque_long_and_different(sessions: LoginSessions, admitted: Verdict) -> None:
    cookies = [sessions.open(admitted) for _ in range(20)]
    assert len(set(cookies)) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", cooky) for cooky in cookies)


def test_the_store_never_holds_the_cookie(clock: FixedClock, admitted: Verdict) -> None:
    store = MemorySessions()
    cookie = LoginSessions(clock, store).open(admitted)
    assert store.get(cookie) is None
    assert cookie not in repr(vars(store))


def test_no_session_opens_on_a_verdict_that_refuses(
    sessions: LoginSessions, admitted: Verdict
) -> None:
    bad = failed(CheckName.FAMILY, "relying.family_refused", family="CPA", admitted="CPS")
    verdict = Verdict((*admitted.checks, bad), admitted.identity)
    assert refused(lambda: sessions.open(verdict)) == "relying.family_refused"


@pytest.mark.parametrize("cookie", ["", "x", "é" * 1000, "\ud800", "\x00"])
def test_a_wrong_cookie_finds_nothing(
    sessions: LoginSessions, cookie: str, admitted: Verdict
) -> None:
    sessions.open(admitted)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"


def test_a_session_ends_when_it_is_idle(
    sessions: LoginSessions, clock: FixedClock, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted)
    clock.advance(29 * MINUTE)
    sessions.find(cookie)
    clock.advance(29 * MINUTE)
    sessions.find(cookie)
    clock.advance(30 * MINUTE)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_expired"
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"


def test_a_session_ends_at_its_absolute_time_however_busy(
    sessions: LoginSessions, clock: FixedClock, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted)
    for _ in range(29):
        clock.advance(20 * MINUTE)
        sessions.find(cookie)
    clock.advance(20 * MINUTE)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_expired"


@pytest.mark.parametrize("shown", [None, "cd" * 32])
def test_a_cookie_is_worth_nothing_beside_another_certificate(
    sessions: LoginSessions, shown: str | None, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted, fingerprint="ab" * 32, connection="c1")
    code = refused(lambda: sessions.find(cookie, fingerprint=shown, connection="c2"))
    assert code == "relying.session_other_certificate"
    sessions.find(cookie, fingerprint="ab" * 32, connection="c2")


def test_after_a_logout_the_old_cookie_is_refused(
    sessions: LoginSessions, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted)
    sessions.end(cookie)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"


def test_after_a_logout_the_connection_is_refused_until_a_new_handshake(
    sessions: LoginSessions, admitted: Verdict
) -> None:
    print_ = "ab" * 32
    cookie = sessions.open(admitted, fingerprint=print_, connection="c1")
    sessions.end(cookie, connection="c1")
    again = refused(lambda: sessions.open(admitted, fingerprint=print_, connection="c1"))
    assert again == "relying.connection_logged_out"
    assert refused(lambda: sessions.find(cookie, fingerprint=print_, connection="c1")) == again
    assert not sessions.connection_usable("c1")
    assert sessions.connection_usable("c2")
    sessions.find(
        sessions.open(admitted, fingerprint=print_, connection="c2"),
        fingerprint=print_,
        connection="c2",
    )


def test_a_logout_closes_every_connection_of_the_session(
    sessions: LoginSessions, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted, fingerprint="ab" * 32, connection="c1")
    sessions.find(cookie, fingerprint="ab" * 32, connection="c2")
    sessions.end(cookie, connection="c3")
    usable = [name for name in ("c1", "c2", "c3", "c4") if sessions.connection_usable(name)]
    assert usable == ["c4"]


def test_a_logout_closes_the_last_connections_of_a_long_session(
    sessions: LoginSessions, admitted: Verdict
) -> None:
    """A browser makes a new connection every minute; those of hours ago are gone."""
    cookie = sessions.open(admitted, fingerprint="ab" * 32, connection="c0")
    names = [f"c{number}" for number in range(1, 200)]
    for name in names:
        sessions.find(cookie, fingerprint="ab" * 32, connection=name)
    sessions.end(cookie, connection="c0")
    assert not any(sessions.connection_usable(item) for item in names[-60:])


def test_a_clock_that_is_set_back_keeps_no_session_alive(
    sessions: LoginSessions, clock: FixedClock, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted)
    clock.advance(-29 * MINUTE)
    sessions.find(cookie)
    clock.advance(-30 * MINUTE)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_expired"


def test_a_login_by_token_may_follow_a_logout_on_the_same_connection(
    sessions: LoginSessions, admitted: Verdict
) -> None:
    sessions.end(sessions.open(admitted), connection="c1")
    again = sessions.open(admitted)
    assert sessions.find(again, connection="c1").verdict.ok


def test_a_session_that_gives_way_to_another_leaves_the_present_connection_usable(
    sessions: LoginSessions, admitted: Verdict
) -> None:
    before = sessions.open(admitted, fingerprint="ab" * 32, connection="c1")
    sessions.find(before, fingerprint="ab" * 32, connection="c2")
    sessions.end(before)
    assert not sessions.connection_usable("c1")
    assert sessions.connection_usable("c2")


def test_ending_what_is_not_there_does_nothing(sessions: LoginSessions) -> None:
    sessions.end(None)
    sessions.end("never given", connection=None)


def test_a_logout_during_a_request_is_not_undone_by_it(
    clock: FixedClock, admitted: Verdict
) -> None:
    class Slow(MemorySessions):
        def get(self, key: str) -> LoginSession | None:
            found = super().get(key)
            self.remove(key)
            return found

    sessions = LoginSessions(clock, Slow())
    cookie = sessions.open(admitted)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"


def test_only_an_activity_of_the_directory_can_be_chosen(
    sessions: LoginSessions, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted)
    session = sessions.find(cookie)
    assert refused(lambda: sessions.choose(session, "99")) == "relying.activity_unknown"
    sessions.choose(session, "01")
    assert sessions.find(cookie).activity == "01"


def test_sessions_in_memory_are_bounded(clock: FixedClock, admitted: Verdict) -> None:
    sessions = LoginSessions(clock, MemorySessions(limit=2))
    first, second, third = (sessions.open(admitted) for _ in range(3))
    assert refused(lambda: sessions.find(first)) == "relying.session_unknown"
    sessions.find(second)
    sessions.find(third)


def test_closed_connections_in_memory_are_bounded(clock: FixedClock) -> None:
    sessions = LoginSessions(clock, MemorySessions(connections=2))
    for name in ("c1", "c2", "c3"):
        sessions.end(None, connection=name)
    assert [sessions.connection_usable(item) for item in ("c1", "c2", "c3")] == [True, False, False]


# --- Requests of one session at the same time ---------------------------------------------------

LOCKS = SiteSessionPolicy(on_removal="lock", resume_seconds=600)


class Meanwhile(MemorySessions):
    """Lets something else happen between the look at a session and its change."""

    def __init__(self) -> None:
        super().__init__()
        self.happens: list[Callable[[], object]] = []

    def replace(self, before: LoginSession, after: LoginSession) -> bool:
        if self.happens:
            self.happens.pop()()
        return super().replace(before, after)


@pytest.fixture
def meanwhile() -> Meanwhile:
    return Meanwhile()


@pytest.fixture
def locking(clock: FixedClock, meanwhile: Meanwhile) -> LoginSessions:
    return LoginSessions(clock, meanwhile, policy=LOCKS)


def test_a_card_that_leaves_during_a_request_locks_its_session(
    locking: LoginSessions, meanwhile: Meanwhile, clock: FixedClock, admitted: Verdict
) -> None:
    cookie = locking.open(admitted)
    clock.advance(MINUTE)
    meanwhile.happens.append(lambda: locking.removed(cookie))
    assert refused(lambda: locking.find(cookie)) == "relying.session_locked"
    assert locking.look(cookie).known.state is SiteState.LOCKED


@pytest.mark.parametrize("what", ["choose", "strong", "current"])
def test_a_session_that_was_found_before_its_card_left_does_nothing_any_more(
    locking: LoginSessions, admitted: Verdict, what: str
) -> None:
    cookie = locking.open(admitted)
    session = locking.find(cookie)
    assert not locking.removed(cookie)
    late = {
        "choose": lambda: locking.choose(session, "01"),
        "strong": lambda: locking.demand_strong(session),
        "current": lambda: locking.current(session),
    }
    assert refused(late[what]) == "relying.session_locked"
    stays = locking.look(cookie)
    assert (stays.known.state, stays.activity) == (SiteState.LOCKED, None)
    locking.end(cookie)
    assert refused(late[what]) == "relying.session_unknown"


def test_a_card_that_leaves_brings_back_no_session_that_was_logged_out_meanwhile(
    locking: LoginSessions, meanwhile: Meanwhile, admitted: Verdict
) -> None:
    cookie = locking.open(admitted, fingerprint="ab" * 32, connection="c1")
    meanwhile.happens.append(lambda: locking.end(cookie, connection="c2"))
    assert locking.removed(cookie, connection="c3")
    assert refused(lambda: locking.look(cookie)) == "relying.session_unknown"
    assert not any(locking.connection_usable(name) for name in ("c1", "c2", "c3"))


def test_a_choice_and_a_use_at_the_same_time_are_both_kept(
    locking: LoginSessions, meanwhile: Meanwhile, clock: FixedClock, admitted: Verdict
) -> None:
    cookie = locking.open(admitted, fingerprint="ab" * 32, connection="c1")
    session = locking.find(cookie, fingerprint="ab" * 32, connection="c1")
    clock.advance(MINUTE)
    meanwhile.happens.append(lambda: locking.find(cookie, fingerprint="ab" * 32, connection="c2"))
    chosen = locking.choose(session, "01")
    assert (chosen.activity, chosen.used) == ("01", clock.now())
    assert chosen.others == ("c2",)


# --- Proofs that were kept for later ------------------------------------------------------------


@pytest.mark.parametrize("how", ["logout", "card left", "card left, session locked"])
def test_a_handshake_from_before_the_end_opens_no_session(
    clock: FixedClock, admitted: Verdict, how: str
) -> None:
    """Browsers make connections ahead of need; one that nobody used yet is not among those of
    the session."""
    locks = LOCKS if how.endswith("locked") else SiteSessionPolicy()
    it, print_ = LoginSessions(clock, policy=locks), "ab" * 32
    begun = clock.now()
    cookie = it.open(admitted, fingerprint=print_, connection="c1", handshake=begun)
    clock.advance(MINUTE)
    kept = clock.now()
    clock.advance(MINUTE)
    if how == "logout":
        it.end(cookie, connection="c1")
    else:
        it.removed(cookie, connection="c1")

    def open_(handshake: dt.datetime) -> str:
        return it.open(admitted, fingerprint=print_, connection="c2", handshake=handshake)

    assert refused(lambda: open_(kept)) == "relying.connection_logged_out"
    clock.advance(MINUTE)
    open_(clock.now())
    it.open(admitted, fingerprint="cd" * 32, connection="c3", handshake=kept)


def test_a_clock_that_is_set_back_makes_no_handshake_newer_than_the_end(
    clock: FixedClock, admitted: Verdict
) -> None:
    it, print_ = LoginSessions(clock, policy=LOCKS), "ab" * 32
    cookie = it.open(admitted, fingerprint=print_, connection="c1", handshake=clock.now())
    clock.advance(MINUTE)
    kept = clock.now()
    clock.advance(-20 * MINUTE)
    assert not it.removed(cookie, connection="c1")
    clock.advance(MINUTE)

    def use(handshake: dt.datetime) -> LoginSession:
        return it.find(cookie, fingerprint=print_, connection="c2", handshake=handshake)

    assert refused(lambda: use(kept)) == "relying.session_locked"
    late = refused(lambda: it.open(admitted, fingerprint=print_, connection="c2", handshake=kept))
    assert late == "relying.connection_logged_out"
    assert use(clock.now()).known.usable


def test_a_token_from_before_the_end_opens_no_session(clock: FixedClock, admitted: Verdict) -> None:
    it, asked = LoginSessions(clock), clock.now()
    clock.advance(MINUTE)
    it.end(it.open(admitted), connection="c1")
    assert refused(lambda: it.open(admitted, asked=asked)) == "relying.proof_old"
    it.open(admitted, asked=clock.now())


def test_what_is_remembered_of_ends_is_bounded(clock: FixedClock) -> None:
    store = MemorySessions(connections=2)
    for card in ("a", "b", "a", "c"):
        store.close_proofs(card, clock.now())
    assert [store.proofs_closed(name) is None for name in ("a", "b", "c")] == [False, True, False]
