# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.psc.conftest import LOGIN, NOW

from caducee.base.clock import FixedClock
from caducee.services.psc.logins import Login
from caducee.services.psc.sessions import Sessions
from caducee.store import MemoryStore, Store

MINUTE = 60


def later(clock: FixedClock, seconds: float) -> None:
    clock.advance(dt.timedelta(seconds=seconds))


def login(clock: FixedClock, ps_idnat: str = LOGIN.ps_idnat) -> Login:
    at = int(clock.now().timestamp())
    return msgspec.structs.replace(LOGIN, ps_idnat=ps_idnat, auth_time=at)


def test_a_cookie_leads_to_its_login(sessions: Sessions, clock: FixedClock) -> None:
    begun, cookie = sessions.begin(login(clock))
    assert sessions.of_cookie(cookie) == begun
    assert begun == msgspec.structs.replace(login(clock), sid=begun.sid)


def test_name_and_secret_are_new_each_time(sessions: Sessions, clock: FixedClock) -> None:
    first, second = (sessions.begin(login(clock)) for _ in range(2))
    assert LOGIN.sid != first[0].sid != second[0].sid
    assert first[1].partition(".")[2] != second[1].partition(".")[2]


def test_the_store_keeps_no_secret_of_a_browser(
    sessions: Sessions, store: Store, clock: FixedClock
) -> None:
    begun, cookie = sessions.begin(login(clock))
    kept = store.get(f"session:{begun.sid}")
    assert kept is not None and cookie.partition(".")[2].encode() not in kept


def test_the_name_alone_opens_nothing(sessions: Sessions, clock: FixedClock) -> None:
    begun, cookie = sessions.begin(login(clock))
    other = sessions.begin(login(clock))[1].partition(".")[2]
    for forged in (begun.sid, f"{begun.sid}.", f"{begun.sid}.x", f"{begun.sid}.{other}", ""):
        assert sessions.of_cookie(forged) is None
    assert sessions.of_cookie(cookie + "x") is None
    assert sessions.of_cookie(cookie) == begun


def test_a_session_ends_after_thirty_minutes_without_use(
    sessions: Sessions, clock: FixedClock
) -> None:
    begun, cookie = sessions.begin(login(clock))
    later(clock, 30 * MINUTE - 1)
    assert sessions.of_cookie(cookie) == begun
    later(clock, 30 * MINUTE - 1)
    assert sessions.use(begun.sid)
    later(clock, 30 * MINUTE - 1)
    assert sessions.goes_on(begun.sid)
    later(clock, 1)
    assert not sessions.goes_on(begun.sid)
    assert sessions.of_cookie(cookie) is None and not sessions.use(begun.sid)


def test_a_session_ends_after_four_hours_of_use(sessions: Sessions, clock: FixedClock) -> None:
    begun, cookie = sessions.begin(login(clock))
    for _ in range(9):
        later(clock, 25 * MINUTE)
        assert sessions.of_cookie(cookie) == begun
    later(clock, 15 * MINUTE - 1)
    assert sessions.of_cookie(cookie) == begun
    later(clock, 1)
    assert sessions.of_cookie(cookie) is None and not sessions.goes_on(begun.sid)


def test_an_ended_session_is_over_at_once(sessions: Sessions, clock: FixedClock) -> None:
    begun, cookie = sessions.begin(login(clock))
    sessions.end(begun.sid)
    assert sessions.of_cookie(cookie) is None and not sessions.use(begun.sid)
    sessions.end(begun.sid)


def test_a_holder_ends_every_session_of_theirs_alone(sessions: Sessions, clock: FixedClock) -> None:
    first, _ = sessions.begin(login(clock))
    second, _ = sessions.begin(login(clock))
    other, cookie = sessions.begin(login(clock, "899700000025"))
    assert sessions.of_holder(LOGIN.ps_idnat) == [first, second]
    assert sessions.end_all(LOGIN.ps_idnat) == 2
    assert sessions.of_holder(LOGIN.ps_idnat) == [] and sessions.end_all(LOGIN.ps_idnat) == 0
    assert sessions.of_cookie(cookie) == other


def test_the_list_of_a_holder_forgets_sessions_that_ended(
    sessions: Sessions, store: Store, clock: FixedClock
) -> None:
    for _ in range(5):
        sessions.begin(login(clock))
        later(clock, 30 * MINUTE)
    last, _ = sessions.begin(login(clock))
    assert store.get(f"sessions:{LOGIN.ps_idnat}") == msgspec.json.encode([last.sid])


def test_no_login_of_many_at_once_is_lost_from_the_list(
    sessions: Sessions, clock: FixedClock
) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda _: sessions.begin(login(clock))[0].sid, range(16)))
    assert {item.sid for item in sessions.of_holder(LOGIN.ps_idnat)} == set(begun)


@given(cookie=st.text())
def test_any_text_is_no_cookie(cookie: str) -> None:
    clock = FixedClock(NOW)
    assert Sessions(MemoryStore(clock), clock).of_cookie(cookie) is None
