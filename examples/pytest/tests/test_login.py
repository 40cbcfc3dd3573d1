# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The login with a card: who comes in, and who does not."""

import pytest
from practice.app import create_app
from starlette.testclient import TestClient

from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.cryptolib.origin_token import make_token
from caducee.issuance import IssuedCard
from caducee.reader.memory import MemoryReader
from caducee.relying.nonces import Challenges
from caducee.sandbox.clock import SandboxClock
from caducee.sandbox.world import Sandbox
from caducee.testing.cps_portal import CpsPortal

ORIGIN = "https://practice.example.test"


@pytest.fixture
def client(cps_sandbox: Sandbox, cps_card: IssuedCard) -> TestClient:
    """A client of the application, which trusts the authorities of the sandbox."""
    challenges = Challenges(ORIGIN, cps_sandbox.clock)
    app = create_app(cps_sandbox.verifier(), challenges)
    return TestClient(app, base_url=ORIGIN, headers={"Origin": ORIGIN})


def log_in(client: TestClient, reader: MemoryReader, pin: str = "1234") -> dict[str, str]:
    """Do what a browser with a card does."""
    nonce = client.get("/nonce").json()["nonce"]
    with open_card(reader) as card:
        card.verify(Secret.of(pin))
        token = make_token(card, ORIGIN, nonce)
    return client.post("/login", content=token.to_json()).json()


def test_the_holder_comes_in(
    client: TestClient, cps_reader: MemoryReader, cps_card: IssuedCard
) -> None:
    assert log_in(client, cps_reader)["ps_idnat"] == cps_card.card.ps_idnat


def test_an_expired_card_is_refused(
    client: TestClient, cps_reader: MemoryReader, cps_clock: SandboxClock
) -> None:
    cps_clock.move_days(1100)  # a card lasts three years
    assert log_in(client, cps_reader)["code"] == "relying.certificate_expired"


def test_a_revoked_card_is_refused(
    client: TestClient, cps_reader: MemoryReader, cps_sandbox: Sandbox, cps_card: IssuedCard
) -> None:
    cps_sandbox.revoke(cps_card.card.number)
    assert log_in(client, cps_reader)["code"] == "trust.revoked"


@pytest.mark.cps_card("cpe")
def test_staff_come_in_with_their_card(client: TestClient, cps_reader: MemoryReader) -> None:
    assert log_in(client, cps_reader)["name"]


def test_the_same_card_logs_in_to_the_portal(
    cps_portal: CpsPortal, cps_reader: MemoryReader, cps_card: IssuedCard
) -> None:
    with open_card(cps_reader) as card, cps_portal.client() as client:
        card.verify(cps_card.pin)
        status, answer = cps_portal.log_in(card, client)
    assert (status, answer["ok"]) == (200, True)
