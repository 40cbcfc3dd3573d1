# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The login with a card, tested without a browser, a reader or a card: keep the line you use."""

import importlib
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.cryptolib.origin_token import make_token
from caducee.issuance import IssuedCard
from caducee.reader.memory import MemoryReader
from caducee.sandbox.world import Sandbox

ORIGIN = "https://localhost:8443"


@pytest.fixture(params=["starlette_app", "fastapi_app", "django_app"])
def client(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    cps_sandbox: Sandbox,
    cps_card: IssuedCard,
) -> TestClient:
    """A browser at the application, which trusts the authorities of the sandbox."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    create_app = importlib.import_module(request.param).create_app
    app = create_app(cps_sandbox.verifier(), ORIGIN)
    return TestClient(app, base_url=ORIGIN, headers={"Origin": ORIGIN})


def log_in(client: TestClient, reader: MemoryReader) -> dict[str, str]:
    """Do what the page does with the extension."""
    nonce = client.get("/nonce").json()["nonce"]
    with open_card(reader) as card:
        card.verify(Secret.of("1234"))
        token = make_token(card, ORIGIN, nonce)
    return client.post("/login/token", content=token.to_json()).json()


def test_the_holder_comes_in_and_out(
    client: TestClient, cps_reader: MemoryReader, cps_card: IssuedCard
) -> None:
    assert log_in(client, cps_reader)["name"]
    assert cps_card.card.ps_idnat in client.get("/").text
    assert "Log in with my card" in client.post("/logout").text


def test_a_revoked_card_stays_out(
    client: TestClient, cps_reader: MemoryReader, cps_sandbox: Sandbox, cps_card: IssuedCard
) -> None:
    cps_sandbox.revoke(cps_card.card.number)
    assert log_in(client, cps_reader)["code"] == "trust.revoked"
