# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Logins, refusals, the choice of an activity, sessions and the logout."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.portal.conftest import TWO, ScriptedVerifier, admitted, make_portal

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.relying.registry import MemoryHolders, StaticHolder
from caducee.relying.session_policy import SiteSessionPolicy
from caducee.relying.verdict import CheckName, passed
from caducee.services.web.listeners import Listener


def logged_in(portal: Any, **how: Any) -> None:
    assert portal("GET", "/login/certificate", **how).status == 303


def refusal(answer: Any) -> str:
    assert answer.json["ok"] is False
    return str(answer.json["refusal"]["code"])


# By certificate


def test_a_login_by_certificate_shows_who_the_holder_is(portal: Any) -> None:
    answer = portal("GET", "/login/certificate")
    assert (answer.status, answer.header("location")) == (303, "/session")
    page = portal("GET", "/session").text
    for text in (
        "Ambre-Élise DOC0021889",
        "899700218896",
        "Médecin",
        "SM26",
        "Médecine Générale",
        "ZZ99",
        "CABINET M DOC0007712",
        "8025000001/2800636234",
        "12 checks, all passed",
    ):
        assert text in page


def test_a_session_page_says_which_source_was_down(portal: Any, verifier: Any) -> None:
    facts = {
        "certificate": "DOC",
        "source": "http://ocsp.test",
        "why": "trust.ocsp_unreachable",
        "this_update": "2026-11-24 11:00 UTC",
        "age": "1 h 00 min",
        "until": "2026-12-01 12:00 UTC",
    }
    line = passed(CheckName.SOURCES, "trust.source_replaced", **facts)
    checks = (*verifier.verdict.checks, line)
    verifier.verdict = replace(verifier.verdict, checks=checks)
    logged_in(portal)
    page = portal("GET", "/session").text
    assert page.count("http://ocsp.test unavailable") == 2  # above the list, and in it
    assert "accepted until 2026-12-01 12:00 UTC" in page


def test_the_cookie_of_a_session_is_for_this_host_tls_and_no_script(portal: Any) -> None:
    answer = portal("GET", "/login/certificate")
    attributes = answer.set_cookies["__Host-session"].lower()
    for name in ("secure", "httponly", "samesite=lax", "path=/"):
        assert name in attributes
    assert "domain" not in attributes
    assert "max-age" not in attributes


def test_a_program_gets_the_same_as_json(portal: Any) -> None:
    answer = portal("GET", "/login/certificate", json=True)
    assert answer.status == 200
    assert answer.json["ok"] is True
    assert answer.json["way"] == "certificate"
    assert answer.json["identity"]["ps_idnat"] == "899700218896"
    assert answer.json["activity"] == "a1"
    assert [item["outcome"] for item in answer.json["verdict"]["checks"]] == ["passed"] * 12
    assert portal("GET", "/session", json=True).json == answer.json


@pytest.mark.parametrize(
    ("name", "code", "facts"),
    [
        (CheckName.VALIDITY, "relying.certificate_expired", {"not_after": "2026-01-01"}),
        (CheckName.VALIDITY, "relying.certificate_not_yet_valid", {"not_before": "2027-01-01"}),
        (CheckName.REVOCATION, "trust.revoked", {"certificate": "X", "revoked_at": "2026-02-02"}),
        (CheckName.REVOCATION, "trust.crl_stale", {"issuer": "X", "next_update": "2026-02-02"}),
        (CheckName.FAMILY, "relying.family_refused", {"family": "CPE", "admitted": "CPS"}),
        (CheckName.CATEGORY, "relying.category_test", {}),
        (CheckName.USAGE, "relying.usage_refused", {"use": "signature"}),
        (CheckName.HOLDER, "relying.holder_unknown", {"ps_idnat": "1"}),
        (CheckName.CARD, "relying.card_opposed", {"card_id": "1"}),
    ],
)
def test_a_refused_holder_is_reported_what_why_and_what_next_with_every_check(
    portal: Any, verifier: Any, refuse: Any, name: CheckName, code: str, facts: dict[str, str]
) -> None:
    verifier.verdict = refuse(name, code, **facts)
    answer = portal("GET", "/login/certificate")
    assert answer.status == 403
    assert "__Host-session" not in answer.cookies
    for text in (
        "If that does not help",
        "card no. 2800636234 of Ambre-Élise DOC0021889",
        "Details for the support",
        "What to do",
        code,
        "All checks of this login",
        *facts.values(),
    ):
        assert text in answer.text
    assert answer.text.count('class="sign"') == len(verifier.verdict.checks)
    twin = portal("GET", "/login/certificate", json=True)
    assert refusal(twin) == code
    assert set(twin.json["refusal"]) == {"code", "what", "why", "next", "person"}
    assert len(twin.json["verdict"]["checks"]) == len(verifier.verdict.checks)


def test_a_directory_that_does_not_answer_refuses_for_now(
    portal: Any, verifier: Any, refuse: Any
) -> None:
    verifier.verdict = refuse(CheckName.HOLDER, "relying.directory_unavailable")
    assert portal("GET", "/login/certificate").status == 503


def test_no_certificate_over_tls_1_3_names_rsa_pss_and_leads_to_tls_1_2(portal: Any) -> None:
    how = {"listener": Listener.TLS13, "certificate": None}
    answer = portal("GET", "/login/certificate", **how)
    assert answer.status == 403
    assert "RSA-PSS" in answer.text
    assert 'href="https://localhost:2/login/certificate"' in answer.text
    twin = portal("GET", "/login/certificate", json=True, **how)
    assert refusal(twin) == "portal.certificate_absent_tls13"
    assert twin.json["links"][0]["href"] == "https://localhost:2/login/certificate"


def test_no_certificate_over_tls_1_2_does_not_blame_rsa_pss(portal: Any) -> None:
    answer = portal("GET", "/login/certificate", certificate=None, json=True)
    assert refusal(answer) == "relying.certificate_absent"
    assert "PSS" not in answer.json["refusal"]["why"]


def test_a_resumed_tls_session_logs_nobody_in(portal: Any) -> None:
    assert refusal(portal("GET", "/login/certificate", reused=True, json=True)) == (
        "relying.session_resumed"
    )


def test_a_login_by_certificate_where_none_is_asked_for_goes_to_tls_1_2(portal: Any) -> None:
    answer = portal("GET", "/login/certificate", listener=Listener.OPEN, certificate=None)
    assert answer.header("location") == "https://localhost:2/login/certificate"


def test_a_fault_of_the_verifier_is_a_page_and_not_a_login(portal: Any, verifier: Any) -> None:
    verifier.raises = RuntimeError("secret detail")
    answer = portal("GET", "/login/certificate")
    assert answer.status == 500
    assert "portal.fault" in answer.text
    assert "secret detail" not in answer.text


# By token


def nonce_then_token(portal: Any, **how: Any) -> Any:
    how = {"listener": Listener.OPEN, "certificate": None} | how
    portal("GET", "/login/nonce", json=True, **how)
    return portal("POST", "/login/token", json=True, body=b"{}", **how)


def test_a_login_by_token_answers_the_nonce_of_its_own_cookie(portal: Any, verifier: Any) -> None:
    given = portal("GET", "/login/nonce", listener=Listener.OPEN, json=True)
    answer = portal("POST", "/login/token", listener=Listener.OPEN, json=True, body=b"{}")
    assert answer.status == 200
    assert answer.json["way"] == "token"
    assert given.json["origin"] == "https://localhost:1"
    assert verifier.challenges[0].nonce == given.json["nonce"]
    assert verifier.challenges[0].origin == "https://localhost:1"
    assert "__Host-login" not in portal.cookies


def test_the_origin_that_the_browser_names_is_judged_with_the_token(
    portal: Any, verifier: Any
) -> None:
    portal("GET", "/login/nonce", json=True)
    own = {"origin": "https://localhost:2"}
    portal("POST", "/login/token", json=True, headers=own)
    assert verifier.seen_origins == ["https://localhost:2"]


def test_a_token_without_its_cookie_is_refused(portal: Any) -> None:
    portal("GET", "/login/nonce", json=True)
    portal.cookies.clear()
    assert refusal(portal("POST", "/login/token", json=True)) == "relying.nonce_unknown"


def test_a_token_sent_twice_is_refused(portal: Any) -> None:
    portal("GET", "/login/nonce", json=True)
    kept = dict(portal.cookies)
    assert portal("POST", "/login/token", json=True).status == 200
    portal.cookies = kept
    assert refusal(portal("POST", "/login/token", json=True)) == "relying.nonce_used"


def test_a_network_that_asks_for_nonces_without_end_waits_and_others_log_in(portal: Any) -> None:
    answers = [portal("GET", "/login/nonce", json=True) for _ in range(200)]
    assert answers[0].status == 200
    assert (answers[-1].status, refusal(answers[-1])) == (429, "portal.too_many_requests")
    portal.client = "192.0.2.1"
    assert portal("GET", "/login/nonce", json=True).status == 200
    assert portal("POST", "/login/token", json=True, body=b"{}").status == 200


def test_a_front_that_names_no_addresses_is_not_counted_as_one_client(portal: Any) -> None:
    portal.client = None
    answers = [portal("GET", "/login/nonce", json=True) for _ in range(200)]
    assert {answer.status for answer in answers} == {200}


def test_a_token_after_five_minutes_is_refused(portal: Any, clock: FixedClock) -> None:
    portal("GET", "/login/nonce", json=True)
    clock.advance(dt.timedelta(minutes=5))
    assert refusal(portal("POST", "/login/token", json=True)) == "relying.nonce_expired"


def test_a_nonce_of_one_listener_serves_no_other(portal: Any) -> None:
    portal("GET", "/login/nonce", listener=Listener.OPEN, json=True)
    answer = portal("POST", "/login/token", listener=Listener.TLS12, json=True)
    assert refusal(answer) == "relying.nonce_unknown"


def test_a_huge_token_is_not_read(portal: Any, verifier: Any) -> None:
    answer = portal("POST", "/login/token", json=True, body=b"x" * 100_001)
    assert (answer.status, refusal(answer)) == (413, "portal.request_too_large")
    assert not verifier.challenges


def test_a_session_by_token_needs_no_certificate(portal: Any) -> None:
    nonce_then_token(portal)
    answer = portal("GET", "/session", listener=Listener.OPEN, certificate=None)
    assert "through the browser&#39;s extension" in answer.text


def test_the_page_for_tokens_says_the_origin_and_how_programs_do_it(portal: Any) -> None:
    page = portal("GET", "/login/token", listener=Listener.OPEN).text
    assert "https://localhost:1/login/nonce" in page
    assert "web-eid:1.0" in page


# Activities


def test_a_holder_of_several_activities_chooses_one_before_going_on(
    portal: Any, two_activities: None
) -> None:
    logged_in(portal)
    assert portal("GET", "/session").header("location") == "/session/activity"
    page = portal("GET", "/session/activity").text
    assert "CABINET M DOC0007712" in page
    assert "HOPITAL GENERIQUE" in page
    assert portal("GET", "/session", json=True).json["choose_activity"] is True
    answer = portal("POST", "/session/activity", body=b"activity=a2")
    assert answer.header("location") == "/session"
    assert portal("GET", "/session", json=True).json["activity"] == "a2"
    assert "in use" in portal("GET", "/session").text


def test_no_choice_asks_again(portal: Any, two_activities: None) -> None:
    logged_in(portal)
    answer = portal("POST", "/session/activity", body=b"")
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    twin = portal("POST", "/session/activity", body=b"", json=True)
    assert refusal(twin) == "portal.activity_missing"


@pytest.mark.parametrize("body", [b"activity=a3", b"activity=", b"activity=%ff", b"\xff\xfe"])
def test_an_activity_that_the_directory_does_not_have_is_not_taken(
    portal: Any, two_activities: None, body: bytes
) -> None:
    logged_in(portal)
    assert portal("POST", "/session/activity", body=body).status == 400
    assert portal("GET", "/session", json=True).json["activity"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"activity": "a2"}', 200), (b'{"activity": 1}', 400), (b"{", 400), (b"[]", 400)],
)
def test_a_program_chooses_by_json(
    portal: Any, two_activities: None, body: bytes, status: int
) -> None:
    logged_in(portal)
    kind = {"content-type": "application/json"}
    answer = portal("POST", "/session/activity", body=body, headers=kind, json=True)
    assert answer.status == status


# Sessions


def test_without_a_session_there_is_nothing_to_see(portal: Any) -> None:
    assert refusal(portal("GET", "/session", json=True)) == "portal.not_logged_in"
    assert refusal(portal("GET", "/session/activity", json=True)) == "portal.not_logged_in"


def test_a_session_lives_with_its_card_alone(portal: Any) -> None:
    logged_in(portal)
    other = portal("GET", "/session", certificate=b"other", connection="c2", json=True)
    assert refusal(other) == "relying.session_other_certificate"
    none = portal("GET", "/session", certificate=None, connection="c3", json=True)
    assert refusal(none) == "relying.session_other_certificate"
    assert portal("GET", "/session", connection="c4").status == 200


BROWSER = {"sec-fetch-mode": "navigate"}


def test_a_browser_asks_once_more_when_its_connection_shows_no_card(portal: Any) -> None:
    """Chromium now and then uses a connection that it opened before the PIN was entered."""
    logged_in(portal)
    asked = portal("GET", "/session", certificate=None, connection="c3", headers=BROWSER)
    assert (asked.status, asked.header("location")) == (307, "/session")
    assert portal("GET", "/session", connection="c4", headers=BROWSER).status == 200


def test_a_browser_may_meet_several_connections_without_a_card(portal: Any) -> None:
    """Each page and each fetch of it: Chromium opens more than one connection ahead of need."""
    logged_in(portal)
    for request in range(3):
        for attempt in range(3):
            shown = f"c{request}-{attempt}"
            asked = portal("GET", "/session", certificate=None, connection=shown, headers=BROWSER)
            assert asked.status == 307
        assert portal("GET", "/session", connection=f"c{request}", headers=BROWSER).status == 200


def test_a_browser_whose_card_has_left_is_reported_so_after_three_attempts(portal: Any) -> None:
    logged_in(portal)
    for connection, status in (("c3", 307), ("c4", 307), ("c5", 307), ("c6", 403)):
        answer = portal("GET", "/session", certificate=None, connection=connection, headers=BROWSER)
        assert answer.status == status


@pytest.mark.parametrize("count", ["", "-1", "3", "x", "1e9", "٠"])
def test_a_count_of_attempts_that_the_portal_did_not_write_allows_none(
    portal: Any, count: str
) -> None:
    logged_in(portal)
    portal.cookies["__Host-retry"] = count
    answer = portal("GET", "/session", certificate=None, connection="c3", headers=BROWSER)
    assert answer.status == 403


def test_nobody_asks_again_who_shows_another_card_or_changes_something(portal: Any) -> None:
    logged_in(portal)
    other = portal("GET", "/session", certificate=b"other", connection="c2", headers=BROWSER)
    assert other.status == 403
    choice = portal("POST", "/session/activity", certificate=None, connection="c3", headers=BROWSER)
    assert choice.status == 403


def test_a_session_ends_when_it_is_not_used(portal: Any, clock: FixedClock) -> None:
    logged_in(portal)
    clock.advance(dt.timedelta(minutes=29))
    assert portal("GET", "/session").status == 200
    clock.advance(dt.timedelta(minutes=30))
    assert refusal(portal("GET", "/session", json=True)) == "relying.session_expired"


def test_a_session_ends_when_the_directory_closes_the_holder(
    portal: Any, holders: MemoryHolders
) -> None:
    logged_in(portal)
    holders.put(StaticHolder("899700218896", "DOC", "A", active=False))
    assert refusal(portal("GET", "/session", json=True)) == "relying.holder_inactive"
    holders.put(StaticHolder("899700218896", "DOC", "A"))
    answer = portal("GET", "/session", connection="c2", json=True)
    assert refusal(answer) == "relying.session_unknown"


def test_a_session_ends_when_the_card_is_opposed(portal: Any, holders: MemoryHolders) -> None:
    logged_in(portal)
    holders.put_card("8025000001/2800636234", active=False)
    assert refusal(portal("GET", "/session", json=True)) == "relying.card_opposed"


def test_an_unreachable_directory_shows_nothing_and_ends_nothing(
    portal: Any, holders: MemoryHolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged_in(portal)
    with monkeypatch.context() as patch:

        def down(ps_idnat: str) -> None:
            raise StateError("base.file_unwritable", path="-", reason="-")

        patch.setattr(holders, "holder", down)
        assert refusal(portal("GET", "/session", json=True)) == "relying.directory_unavailable"
    assert portal("GET", "/session").status == 200


def test_a_login_while_logged_in_keeps_the_session(portal: Any) -> None:
    logged_in(portal)
    before = dict(portal.cookies)
    logged_in(portal)
    assert portal.cookies == before


def test_a_login_with_another_card_ends_the_session_of_the_first(portal: Any) -> None:
    logged_in(portal)
    old = dict(portal.cookies)
    logged_in(portal, certificate=b"other", connection="c2")
    portal.cookies = old
    answer = portal("GET", "/session", connection="c3", json=True)
    assert refusal(answer) == "relying.session_unknown"


def test_a_login_by_token_over_a_cards_connection_leaves_it_usable(portal: Any) -> None:
    logged_in(portal)
    portal("GET", "/login/nonce", json=True)
    assert portal("POST", "/login/token", json=True).json["way"] == "token"
    assert portal("GET", "/session", json=True).json["way"] == "token"


# The end of a connection


def test_a_connection_with_a_certificate_ends_at_its_age(portal: Any, clock: FixedClock) -> None:
    """Chromium goes on using a connection when the card has left: only a handshake can tell."""
    logged_in(portal)
    assert portal("GET", "/session").header("connection") is None
    clock.advance(dt.timedelta(seconds=59))
    assert portal("GET", "/session").header("connection") is None
    clock.advance(dt.timedelta(seconds=1))
    last = portal("GET", "/session")
    assert (last.status, last.header("connection")) == (200, "close")
    new = portal("GET", "/session", connection="c2")
    assert (new.status, new.header("connection")) == (200, None)


def test_a_connection_without_a_certificate_ends_at_once_where_one_is_asked_for(
    portal: Any,
) -> None:
    """Who puts the card in and tries again is asked for it."""
    assert portal("GET", "/", certificate=None).header("connection") == "close"


def test_a_connection_that_asks_for_no_certificate_has_no_age(
    portal: Any, clock: FixedClock
) -> None:
    how = {"certificate": None, "listener": Listener.OPEN}
    portal("GET", "/", **how)
    clock.advance(dt.timedelta(days=1))
    assert portal("GET", "/", **how).header("connection") is None


# Logout

_REASONS = (
    "The card left its reader, so the session was ended.",
    "The screen was locked, so the session was ended.",
    "You logged out of everything on your machine, so the session was ended.",
)


def test_after_the_logout_neither_cookie_nor_connection_is_worth_anything(portal: Any) -> None:
    logged_in(portal)
    old = dict(portal.cookies)
    answer = portal("POST", "/logout")
    assert answer.status == 200
    assert answer.header("connection") == "close"
    assert "__Host-session" not in portal.cookies
    portal.cookies = old
    same = portal("GET", "/session", json=True)
    assert refusal(same) == "relying.connection_logged_out"
    again = portal("GET", "/login/certificate", json=True)
    assert refusal(again) == "relying.connection_logged_out"
    new = portal("GET", "/session", connection="c2", json=True)
    assert refusal(new) == "relying.session_unknown"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"reason=card-removed", "The card left its reader, so the session was ended."),
        (b"reason=screen-locked", "The screen was locked, so the session was ended."),
        (
            b"reason=logged-out",
            "You logged out of everything on your machine, so the session was ended.",
        ),
        (b"reason=because", None),
        (b"\xff", None),
        (b"x" * 200_000, None),
    ],
)
def test_a_logout_says_why_the_page_ended_the_session_and_never_fails_for_it(
    portal: Any, body: bytes, said: str | None
) -> None:
    logged_in(portal)
    answer = portal("POST", "/logout", body=body)
    assert answer.status == 200
    assert [reason for reason in _REASONS if reason in answer.text] == ([said] if said else [])
    assert "__Host-session" not in portal.cookies


def test_a_logout_holds_for_the_connection_it_came_on_too(portal: Any) -> None:
    logged_in(portal, connection="c1")
    portal("POST", "/logout", connection="c2")
    for connection in ("c1", "c2"):
        answer = portal("GET", "/login/certificate", connection=connection, json=True)
        assert refusal(answer) == "relying.connection_logged_out"


def test_a_new_connection_can_log_in_after_a_logout(portal: Any) -> None:
    logged_in(portal)
    portal("POST", "/logout")
    logged_in(portal, connection="c2")


def test_a_choice_on_its_way_does_not_unlock_a_session_whose_card_left(
    verifier: ScriptedVerifier, holders: MemoryHolders, clock: FixedClock, two_activities: None
) -> None:
    policy = SiteSessionPolicy(on_removal="lock", resume_seconds=600)
    portal = make_portal(verifier, holders, clock, session_policy=policy)
    logged_in(portal)

    async def card_leaves() -> None:
        gone = await portal.send("POST", "/logout", b"reason=card-removed")
        assert refusal(gone) == "relying.session_locked"

    choice = portal(
        "POST", "/session/activity", body=b"activity=a2", json=True, meanwhile=card_leaves
    )
    assert refusal(choice) == "relying.session_locked"
    state = portal("GET", "/session/state", connection="c2", json=True)
    assert state.json["state"] == "locked"


def test_a_browser_asks_once_more_when_its_connection_is_older_than_the_logout(
    portal: Any, clock: FixedClock
) -> None:
    logged_in(portal)
    portal("POST", "/logout")
    for _ in range(3):
        asked = portal("GET", "/login/certificate", headers=BROWSER)
        assert (asked.status, asked.header("location")) == (307, "/login/certificate")
        assert asked.header("connection") == "close"
    again = portal("GET", "/login/certificate", headers=BROWSER, json=True)
    assert refusal(again) == "relying.connection_logged_out"
    assert again.header("connection") == "close"
    logged_in(portal, connection="c2", headers=BROWSER)


def test_a_portal_that_was_started_anew_knows_no_session_of_the_one_before(
    portal: Any, verifier: ScriptedVerifier, holders: MemoryHolders, clock: FixedClock
) -> None:
    logged_in(portal)
    anew = make_portal(verifier, holders, clock)
    anew.cookies = dict(portal.cookies)
    answer = anew("GET", "/session")
    assert answer.status == 403 and "Please log in again" in answer.text
    for method, path in (("POST", "/session/strong"), ("GET", "/session/state")):
        assert refusal(anew(method, path, json=True)) == "relying.session_unknown"
    assert anew("POST", "/logout", body=b"reason=card-removed").status == 200


def test_a_logout_is_not_done_by_a_link(portal: Any) -> None:
    logged_in(portal)
    assert portal("GET", "/logout").status == 405
    assert portal("GET", "/session").status == 200


# Requests from elsewhere


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": "https://localhost:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "/logout",
        "/login/token",
        "/session/activity",
        "/session/activity/forget",
        "/session/proof",
        "/session/touch",
        "/session/strong",
    ],
)
def test_nothing_is_done_for_a_page_of_another_site(
    portal: Any, path: str, headers: dict[str, str]
) -> None:
    logged_in(portal)
    answer = portal("POST", path, headers=headers, json=True)
    assert refusal(answer) == "portal.request_from_elsewhere"
    assert portal("GET", "/session").status == 200


def test_a_form_of_the_portal_itself_is_carried_out(portal: Any) -> None:
    logged_in(portal)
    own = {"origin": "https://localhost:2", "sec-fetch-site": "same-origin"}
    assert portal("POST", "/logout", headers=own).status == 200


def test_a_foreign_host_name_is_not_answered(portal: Any) -> None:
    answer = portal("GET", "/", headers={"host": "evil.test"}, json=True)
    assert (answer.status, refusal(answer)) == (421, "portal.wrong_host")


def test_certificate_headers_of_a_client_are_not_believed(portal: Any) -> None:
    forged = {"client-cert": ":AQID:", "client-cert-verify": "0", "client-connection": "x"}
    answer = portal("GET", "/login/certificate", certificate=None, headers=forged, json=True)
    assert refusal(answer) == "relying.certificate_absent"


def test_a_front_that_the_system_does_not_name_is_refused(portal: Any) -> None:
    answer = portal("GET", "/", listener=Listener.FRONT, certificate=None, json=True)
    assert refusal(answer) == "portal.front_not_trusted"


# The activity of the next time


def choose(portal: Any, body: bytes) -> None:
    assert portal("POST", "/session/activity", body=body).status == 303


def log_in_again(portal: Any, number: int) -> Any:
    """Log out, and in again over a new connection; return the answer of the session's page."""
    portal("POST", "/logout", connection=f"c{number - 1}")
    portal.cookies.pop("__Host-session", None)
    portal("GET", "/login/certificate", connection=f"c{number}")
    return portal("GET", "/session", connection=f"c{number}")


def test_an_activity_is_remembered_for_the_next_login_and_may_be_forgotten(
    portal: Any, verifier: Any
) -> None:
    verifier.verdict = admitted(TWO)
    portal("GET", "/login/certificate")
    choose(portal, b"activity=a2&remember=1")
    page = log_in_again(portal, 2)
    assert page.status == 200 and "Ask me next time" in page.text
    assert portal("GET", "/session", json=True, connection="c2").json["activity"] == "a2"
    assert portal("POST", "/session/activity/forget", connection="c2").status == 303
    assert log_in_again(portal, 3).header("location") == "/session/activity"


def test_an_activity_is_not_remembered_unless_the_holder_says_so(
    portal: Any, verifier: Any
) -> None:
    verifier.verdict = admitted(TWO)
    portal("GET", "/login/certificate")
    choose(portal, b"activity=a2")
    assert log_in_again(portal, 2).header("location") == "/session/activity"


def test_a_choice_without_the_word_forgets_the_one_before(portal: Any, verifier: Any) -> None:
    verifier.verdict = admitted(TWO)
    portal("GET", "/login/certificate")
    choose(portal, b"activity=a2&remember=1")
    choose(portal, b"activity=a1")
    assert log_in_again(portal, 2).header("location") == "/session/activity"


def test_a_remembered_activity_that_the_directory_has_no_more_is_asked_anew(
    portal: Any, verifier: Any
) -> None:
    verifier.verdict = admitted(TWO)
    portal("GET", "/login/certificate")
    choose(portal, b"activity=a2&remember=1")
    verifier.verdict = admitted((TWO[0], replace(TWO[1], key="a3")))
    assert log_in_again(portal, 2).header("location") == "/session/activity"


def test_another_holder_of_the_same_browser_is_asked_and_neither_forgets_the_other(
    portal: Any, verifier: Any
) -> None:
    verifier.verdict = admitted(TWO)
    portal("GET", "/login/certificate")
    choose(portal, b"activity=a2&remember=1")
    mine = portal.cookies["__Host-activity"]
    assert "899700218896" not in mine
    portal.cookies["__Host-activity"] = f"{'0' * 16}-a1~{mine}"
    choose(portal, b"activity=a1&remember=1")
    assert set(portal.cookies["__Host-activity"].split("~")) == {
        f"{'0' * 16}-a1",
        mine.replace("a2", "a1"),
    }


@pytest.mark.parametrize("value", ["~", "x", "-a1", "~~~-", "é", "a" * 4000])
def test_a_cookie_of_defaults_that_makes_no_sense_is_passed_over(
    portal: Any, verifier: Any, value: str
) -> None:
    verifier.verdict = admitted(TWO)
    portal("GET", "/login/certificate")
    portal.cookies["__Host-activity"] = value
    assert portal("GET", "/session").header("location") == "/session/activity"
