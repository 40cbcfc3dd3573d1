# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The endpoints for programs, judged by npm ``openid-client`` (certified by the OpenID Foundation).

The code is given here; how a browser gets it is not part of this test.
"""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from tests.interop.npm import installed

from caducee.base.clock import SystemClock
from caducee.codec.oidc.authorization import AuthorizationAnswer
from caducee.codec.oidc.pkce import challenge_of
from caducee.services.psc.api import Provider, create_app
from caducee.services.psc.clients import Client, Clients, hash_of, new_secret
from caducee.services.psc.grants import Grants, PendingCode
from caducee.services.psc.keys import SigningKeys
from caducee.services.psc.logins import Login
from caducee.services.psc.sessions import Sessions
from caducee.services.psc.tokens import Tokens
from caducee.services.web.plain import plain_config, running_plain
from caducee.spec import psc
from caducee.store import MemoryStore

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("psc")]

HERE = Path(__file__).parent / "psc"
CALLBACK = "https://app.example.test/callback"
VERIFIER = "v" * 43
SECRET = new_secret() + ":% é"
RPPS = "899700000017"


@dataclass(frozen=True)
class Server:
    """A provider that runs, and the folder of its client."""

    provider: Provider
    sessions: Sessions
    folder: Path

    def code(self, **changed: Any) -> str:
        now = int(SystemClock().now().timestamp())
        login = Login(
            ps_idnat=RPPS,
            given_name="CAMILLE",
            family_name="ESSAI0000001",
            auth_time=now,
            auth_mode=psc.AUTH_MODE_CARD,
            acr="eidas1",
            sid="",
        )
        login, _ = self.sessions.begin(login)
        pending = PendingCode(
            client_id="app",
            redirect_uri=CALLBACK,
            scope=("openid", "scope_all"),
            nonce="n",
            challenge=challenge_of(VERIFIER),
            login=login,
        )
        return self.provider.grants.new_code(msgspec.structs.replace(pending, **changed))

    def run(self, *, issuer: str = "", method: str = "basic", **changed: Any) -> dict[str, Any]:
        """Return what the client found, or why it refused."""
        answer = AuthorizationAnswer(
            code=self.code(**changed), issuer=issuer or self.provider.issuer, state="s"
        )
        given = {
            "discovery": self.provider.issuer + psc.DISCOVERY_PATHS[0],
            "client_id": "app",
            "secret": SECRET,
            "method": method,
            "answer": f"{CALLBACK}?{urlencode(answer.to_parameters())}",
            "checks": {
                "expectedNonce": "n",
                "expectedState": "s",
                "pkceCodeVerifier": VERIFIER,
                "idTokenExpected": True,
            },
        }
        done = subprocess.run(
            ["node", str(self.folder / "openid_client.mjs")],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = installed("psc", HERE / "package.json")
    shutil.copy(HERE / "openid_client.mjs", folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    clock, issuer = SystemClock(), f"http://127.0.0.1:{port}{psc.REALM_PATH}"
    keys = SigningKeys.open(tmp_path_factory.mktemp("keys"), clock)
    store = MemoryStore(clock)
    sessions = Sessions(store, clock)
    grants = Grants(store, clock, sessions)
    app = Client(client_id="app", redirect_uris=(CALLBACK,), secret_sha256=hash_of(SECRET))
    provider = Provider(
        issuer=issuer,
        authorization=f"http://127.0.0.1:{port}{psc.AUTHORIZATION_PATH}",
        clients=Clients([app]),
        grants=grants,
        keys=keys,
        tokens=Tokens(issuer, keys, grants, clock),
        holder=lambda _: None,
    )
    config = plain_config(create_app(provider))
    with running_plain(config, ("127.0.0.1", port), name="psc", taken="x"):
        yield Server(provider, sessions, folder)


@pytest.mark.parametrize("method", ["basic", "post"])
def test_it_accepts_code_tokens_userinfo_renewal_introspection_and_revocation(
    server: Server, method: str
) -> None:
    found = server.run(method=method)
    assert "refused" not in found, found
    assert found["claims"]["aud"] == "app" and found["claims"]["nonce"] == "n"
    assert found["userinfo"]["SubjectNameID"] == RPPS
    assert found["renewed"]["sub"] == found["claims"]["sub"]
    assert found["before"]["active"] is True and found["before"]["client_id"] == "app"
    assert found["after"] == {"active": False}


def test_it_accepts_tokens_after_the_keys_rolled(server: Server) -> None:
    server.provider.keys.roll()
    assert server.run()["claims"]["sub"] == psc.SUB_PREFIX + RPPS


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"nonce": "other"}, "OAUTH_JWT_CLAIM_COMPARISON_FAILED"),
        ({"nonce": ""}, "OAUTH_INVALID_RESPONSE"),
        ({"challenge": challenge_of("w" * 43)}, "invalid_grant"),
        ({"challenge": ""}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "2"}, "invalid_grant"),
    ],
)
def test_it_sees_or_is_given_a_refusal(
    server: Server, changed: dict[str, str], refusal: str
) -> None:
    assert server.run(**changed)["refused"] == refusal


def test_it_sees_that_another_provider_answers(server: Server) -> None:
    assert "refused" in server.run(issuer="https://evil.example.test/auth")
