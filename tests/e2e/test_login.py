# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The main job: a card of the sandbox logs its holder in to the sandbox's portal."""

import datetime as dt
import ssl

import pytest
from tests.e2e.conftest import OpenCard, Place

from caducee.base.errors import WrongPinError
from caducee.base.secret import Secret
from caducee.cryptolib.origin_token import make_token
from caducee.cryptolib.portal import PortalClient
from caducee.cryptolib.tls import use_card
from caducee.spec.nomenclatures import CardFamily


@pytest.fixture(params=["in_memory", pytest.param("in_pcscd", marks=pytest.mark.system)])
def opened(request: pytest.FixtureRequest) -> OpenCard:
    """Opens a card, in memory and in a real pcscd."""
    found: OpenCard = request.getfixturevalue(request.param)
    return found


def test_the_key_in_the_card_logs_its_holder_in_over_tls(place: Place, opened: OpenCard) -> None:
    issued = place.issue()
    with opened(issued) as card:
        status, answer = place.log_in(card)
    assert status == 200, answer
    assert answer["ok"] and answer["way"] == "certificate"
    assert answer["identity"]["ps_idnat"] == issued.card.ps_idnat
    assert [item["sector"] for item in answer["identity"]["activities"]] == ["SA07"]
    assert all(item["outcome"] == "passed" for item in answer["verdict"]["checks"])


def test_the_key_in_the_card_logs_its_holder_in_by_token(place: Place, opened: OpenCard) -> None:
    issued = place.issue()
    with opened(issued) as card, PortalClient(place.addresses.open, place.context()) as client:
        nonce = client.get("/login/nonce")[1]["nonce"]
        token = make_token(card, place.addresses.open, nonce).to_json().encode()
        status, answer = client.post("/login/token", token)
        assert status == 200, answer
        assert answer["way"] == "token"
        assert answer["identity"]["ps_idnat"] == issued.card.ps_idnat
        again, replayed = client.post("/login/token", token)
    assert again >= 400
    assert replayed["refusal"]["code"].startswith("relying.nonce")


def test_a_token_for_another_origin_is_refused(place: Place, in_memory: OpenCard) -> None:
    with in_memory(place.issue()) as card:
        with PortalClient(place.addresses.open, place.context()) as client:
            nonce = client.get("/login/nonce")[1]["nonce"]
            token = make_token(card, "https://elsewhere.test", nonce).to_json().encode()
            status, answer = client.post("/login/token", token)
    assert status >= 400
    assert "origin" in {
        item["name"] for item in answer["verdict"]["checks"] if item["outcome"] == "failed"
    } or answer["refusal"]["code"].startswith("relying.token_signature")


def test_a_cps3_sends_no_certificate_on_the_tls13_listener_and_the_answer_names_the_cause(
    place: Place, in_memory: OpenCard
) -> None:
    with in_memory(place.issue()) as card:
        status, answer = place.log_in(card, place.addresses.tls13)
        assert status >= 400
        assert answer["refusal"]["code"] == "portal.certificate_absent_tls13"
        assert "PSS" in str(answer)
        with PortalClient(place.addresses.tls13, place.context()) as client:
            _, page = client.page("/login/certificate")
    assert place.addresses.tls12 in page


def test_a_revoked_card_is_refused_with_its_reason(place: Place, in_memory: OpenCard) -> None:
    issued = place.issue()
    place.world.revoke(issued.card.number)
    with in_memory(issued) as card:
        status, answer = place.log_in(card)
    assert status >= 400
    failed = {item["name"] for item in answer["verdict"]["checks"] if item["outcome"] == "failed"}
    assert failed == {"revocation", "card"}


def test_an_expired_card_reaches_the_page_that_says_so(place: Place, in_memory: OpenCard) -> None:
    issued = place.issue()
    place.world.clock.move(dt.timedelta(days=4 * 365))
    with in_memory(issued) as card:
        status, answer = place.log_in(card)
    assert status >= 400
    assert answer["refusal"]["code"] == "relying.certificate_expired"


def test_a_card_of_a_family_that_is_not_admitted_is_refused(
    place: Place, in_memory: OpenCard
) -> None:
    with in_memory(place.issue(CardFamily.CPE)) as card:
        status, answer = place.log_in(card)
    assert status >= 400
    assert answer["refusal"]["code"] == "relying.family_refused"


def test_after_a_logout_the_old_cookie_and_the_kept_connection_are_both_refused(
    place: Place, in_memory: OpenCard
) -> None:
    with in_memory(place.issue()) as card:
        context = place.context()
        use_card(context, card)
        with PortalClient(place.addresses.tls12, context) as client:
            assert client.get("/login/certificate")[0] == 200
            assert client.get("/session")[0] == 200
            cookies = dict(client.cookies)
            assert client.post("/logout")[0] < 400
        with PortalClient(place.addresses.tls12, place.context()) as other:
            other.cookies = cookies
            assert other.get("/session")[0] >= 400


def test_a_wrong_code_lets_nobody_in_and_costs_one_try(place: Place, in_memory: OpenCard) -> None:
    with in_memory(place.issue()) as card:
        with pytest.raises(WrongPinError) as refused:
            card.verify(Secret.of("9999"))
        assert refused.value.facts["tries_left"] == 2
        card.logout()
        with pytest.raises(ssl.SSLError, match="EVP"):
            place.log_in(card)
