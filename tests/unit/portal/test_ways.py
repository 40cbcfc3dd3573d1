# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One button: where it leads, and how the portal finds the version of TLS that fits the card."""

from typing import Any

import pytest

from caducee.services.portal.ways import WAY_COOKIE
from caducee.services.web.listeners import Listener

TLS12, TLS13 = "https://localhost:2/login/certificate", "https://localhost:3/login/certificate"
NOBODY: dict[str, Any] = {"listener": Listener.OPEN, "certificate": None}


def pressed(portal: Any) -> str:
    """Follow the link of the button; return where it leads."""
    return str(portal("GET", "/login", **NOBODY).header("location"))


def test_the_start_page_has_one_button_and_hides_the_ways_behind_it(portal: Any) -> None:
    page = portal("GET", "/", **NOBODY).text
    assert page.count('class="button') == 1
    before, details = page.split('<details class="panel" id="ways">')
    assert not any(word in before for word in ("TLS", "Web eID", "PKCS"))
    assert TLS12 in details


def test_the_button_leads_to_tls_1_2_which_serves_every_card(portal: Any) -> None:
    assert pressed(portal) == TLS12


def test_a_browser_that_never_arrives_at_tls_1_2_is_sent_to_tls_1_3(portal: Any) -> None:
    pressed(portal)
    assert pressed(portal) == TLS13


def test_a_browser_that_arrived_at_tls_1_2_is_sent_there_again(portal: Any) -> None:
    pressed(portal)
    portal("GET", "/login/certificate", certificate=None)
    assert WAY_COOKIE not in portal.cookies
    assert pressed(portal) == TLS12


def test_a_card_that_proved_itself_over_tls_1_3_is_sent_there_first(portal: Any) -> None:
    portal("GET", "/login/certificate", listener=Listener.TLS13)
    portal("POST", "/logout", listener=Listener.TLS13)
    assert pressed(portal) == TLS13


def test_a_card_that_shows_nothing_over_tls_1_3_falls_back_to_tls_1_2(portal: Any) -> None:
    portal.cookies[WAY_COOKIE] = "tls13"
    assert pressed(portal) == TLS13
    fallen = portal("GET", "/login/certificate", listener=Listener.TLS13, certificate=None)
    assert fallen.header("location") == TLS12
    assert pressed(portal) == TLS12


def test_the_address_of_tls_1_3_taken_by_hand_explains_itself(portal: Any) -> None:
    answer = portal("GET", "/login/certificate", listener=Listener.TLS13, certificate=None)
    assert answer.status == 403


@pytest.mark.parametrize("value", ["", "tls12", "https://elsewhere.test", "tls13??"])
def test_a_cookie_that_is_not_ours_changes_nothing(portal: Any, value: str) -> None:
    portal.cookies[WAY_COOKIE] = value
    assert pressed(portal) == TLS12
