# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions: bound to a login, idle and absolute end, logout."""

import datetime as dt
import re
from collections.abc import Callable

import pytest

from caducee.base.clock import FixedClock
from caducee.base.errors import LoginRefused
from caducee.relying.sessions import MemorySessions, Session, Sessions
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
def sessions(clock: FixedClock) -> Sessions:
    return Sessions(clock, idle=30 * MINUTE, absolute=600 * MINUTE)


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(LoginRefused) as caught:
        action()
    return caught.value.code


def test_a_session_is_found_by_its_cookie(sessions: Sessions, admitted: Verdict) -> None:
    cookie = sessions.open(admitted)
    assert sessions.find(cookie).verdict.require().ps_idnat == "899700218896"


def test_cookies_are_opaque_long_and_different(sessions: Sessions, admitted: Verdict) -> None:
    cookies = [sessions.open(admitted) for _ in range(20)]
    assert len(set(cookies)) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in cookies)


def test_the_store_never_holds_the_cookie(clock: FixedClock, admitted: Verdict) -> None:
    store = MemorySessions()
    cookie = Sessions(clock, store).open(admitted)
    assert store.get(cookie) is None
    assert cookie not in repr(vars(store))


def test_no_session_opens_on_a_verdict_that_refuses(sessions: Sessions, admitted: Verdict) -> None:
    bad = failed(CheckName.FAMILY, "relying.family_refused", family="CPA", admitted="CPS")
    verdict = Verdict((*admitted.checks, bad), admitted.identity)
    assert refused(lambda: sessions.open(verdict)) == "relying.family_refused"


@pytest.mark.parametrize("cookie", ["", "x", "é" * 1000, "\ud800", "\x00"])
def test_a_wrong_cookie_finds_nothing(sessions: Sessions, cookie: str, admitted: Verdict) -> None:
    sessions.open(admitted)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"


def test_a_session_ends_when_it_is_idle(
    sessions: Sessions, clock: FixedClock, admitted: Verdict
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
    sessions: Sessions, clock: FixedClock, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted)
    for _ in range(29):
        clock.advance(20 * MINUTE)
        sessions.find(cookie)
    clock.advance(20 * MINUTE)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_expired"


@pytest.mark.parametrize("shown", [None, "cd" * 32])
def test_a_cookie_is_worth_nothing_beside_another_certificate(
    sessions: Sessions, shown: str | None, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted, fingerprint="ab" * 32, connection="c1")
    code = refused(lambda: sessions.find(cookie, fingerprint=shown, connection="c2"))
    assert code == "relying.session_other_certificate"
    sessions.find(cookie, fingerprint="ab" * 32, connection="c2")


def test_after_a_logout_the_old_cookie_is_refused(sessions: Sessions, admitted: Verdict) -> None:
    cookie = sessions.open(admitted)
    sessions.end(cookie)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"


def test_after_a_logout_the_connection_is_refused_until_a_new_handshake(
    sessions: Sessions, admitted: Verdict
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
    sessions: Sessions, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted, fingerprint="ab" * 32, connection="c1")
    sessions.find(cookie, fingerprint="ab" * 32, connection="c2")
    sessions.end(cookie, connection="c3")
    usable = [one for one in ("c1", "c2", "c3", "c4") if sessions.connection_usable(one)]
    assert usable == ["c4"]


def test_a_login_by_token_may_follow_a_logout_on_the_same_connection(
    sessions: Sessions, admitted: Verdict
) -> None:
    sessions.end(sessions.open(admitted), connection="c1")
    again = sessions.open(admitted)
    assert sessions.find(again, connection="c1").verdict.ok


def test_a_session_that_gives_way_to_another_leaves_the_present_connection_usable(
    sessions: Sessions, admitted: Verdict
) -> None:
    before = sessions.open(admitted, fingerprint="ab" * 32, connection="c1")
    sessions.find(before, fingerprint="ab" * 32, connection="c2")
    sessions.end(before)
    assert not sessions.connection_usable("c1")
    assert sessions.connection_usable("c2")


def test_ending_what_is_not_there_does_nothing(sessions: Sessions) -> None:
    sessions.end(None)
    sessions.end("never given", connection=None)


def test_a_logout_during_a_request_is_not_undone_by_it(
    clock: FixedClock, admitted: Verdict
) -> None:
    class Slow(MemorySessions):
        def get(self, key: str) -> Session | None:
            found = super().get(key)
            self.remove(key)
            return found

    sessions = Sessions(clock, Slow())
    cookie = sessions.open(admitted)
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"
    assert refused(lambda: sessions.find(cookie)) == "relying.session_unknown"


def test_only_an_activity_of_the_directory_can_be_chosen(
    sessions: Sessions, admitted: Verdict
) -> None:
    cookie = sessions.open(admitted)
    session = sessions.find(cookie)
    assert refused(lambda: sessions.choose(session, "99")) == "relying.activity_unknown"
    sessions.choose(session, "01")
    assert sessions.find(cookie).activity == "01"


def test_sessions_in_memory_are_bounded(clock: FixedClock, admitted: Verdict) -> None:
    sessions = Sessions(clock, MemorySessions(limit=2))
    first, second, third = (sessions.open(admitted) for _ in range(3))
    assert refused(lambda: sessions.find(first)) == "relying.session_unknown"
    sessions.find(second)
    sessions.find(third)


def test_closed_connections_in_memory_are_bounded(clock: FixedClock) -> None:
    sessions = Sessions(clock, MemorySessions(connections=2))
    for name in ("c1", "c2", "c3"):
        sessions.end(None, connection=name)
    assert [sessions.connection_usable(one) for one in ("c1", "c2", "c3")] == [True, False, False]
