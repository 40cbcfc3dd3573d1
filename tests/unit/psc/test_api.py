# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The endpoints for programs, on a real socket."""

import http.client
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.unit.psc.conftest import CALLBACK, NOW, PENDING, VERIFIER, grants_in

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.codec.oidc.credentials import ClientCredentials
from caducee.directory.model import Person
from caducee.directory.person_records import PersonRecord
from caducee.services.psc.api import Provider, create_app
from caducee.services.psc.clients import Client, Clients, hash_of
from caducee.services.psc.keys import SigningKeys
from caducee.services.psc.tokens import Tokens
from caducee.services.web.plain import plain_config, running_plain
from caducee.store import MemoryStore

REALM = "/auth/realms/esante-wallet"
ISSUER = f"https://auth.psc.example.test{REALM}"
BASE = "/protocol/openid-connect"
SECRET = "s:e%c r&t"
APP = ("app", SECRET)
OTHER = ("other", SECRET)
DOCTOR = Person("899700000017", "ESSAI0000001", "CAMILLE", "10", "22")


def client(name: str) -> Client:
    return Client(client_id=name, redirect_uris=(CALLBACK,), secret_sha256=hash_of(SECRET))


def find(ps_idnat: str) -> PersonRecord | None:
    return PersonRecord(DOCTOR, (), ()) if ps_idnat == DOCTOR.ps_idnat else None


class Api:
    """A provider that runs."""

    def __init__(self, provider: Provider, address: str) -> None:
        self.provider = provider
        self.address = address
        self.http = httpx2.Client(base_url=address + REALM)

    def post(self, path: str, who: tuple[str, str] | None = APP, **form: str) -> httpx2.Response:
        header = {"authorization": ClientCredentials(*who).to_header()} if who else {}
        return self.http.post(BASE + path, data=form, headers=header)

    def redeem(self, who: tuple[str, str] | None = APP, **changed: str) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": self.provider.grants.new_code(PENDING),
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return self.post("/token", who, **{**form, **changed})

    def tokens(self) -> dict[str, Any]:
        answer = self.redeem()
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def userinfo(self, token: str) -> httpx2.Response:
        return self.http.get(f"{BASE}/userinfo", headers={"authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Provider:
    clock = FixedClock(NOW)
    keys = SigningKeys.open(tmp_path_factory.mktemp("keys"), clock)
    grants = grants_in(MemoryStore(clock), clock)
    return Provider(
        issuer=ISSUER,
        authorization="https://wallet.psc.example.test/auth",
        clients=Clients([client("app"), client("other")]),
        grants=grants,
        keys=keys,
        tokens=Tokens(ISSUER, keys, grants, clock),
        holder=find,
    )


@contextmanager
def running(provider: Provider) -> Iterator[Api]:
    config = plain_config(create_app(provider))
    with running_plain(config, ("127.0.0.1", 0), name="psc", taken="x") as address:
        api = Api(provider, address)
        with api.http:
            yield api


@pytest.fixture(scope="module")
def api(provider: Provider) -> Iterator[Api]:
    with running(provider) as found:
        yield found


def refused(answer: httpx2.Response, status: int, error: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.json()["error"] == error
    assert answer.headers["cache-control"] == "no-store"


def test_both_names_of_the_discovery_document_give_one(api: Api) -> None:
    ours, standard = (
        api.http.get(f"/.well-known/{name}openid-configuration") for name in ("wallet-", "")
    )
    assert ours.json() == standard.json()
    assert ours.json()["issuer"] == ISSUER
    assert ours.headers["content-type"] == "application/json"


def test_a_code_becomes_tokens_that_verify_by_the_jwks(api: Api) -> None:
    answer = api.redeem()
    assert answer.headers["cache-control"] == "no-store" and answer.headers["pragma"] == "no-cache"
    tokens, keys = answer.json(), KeySet.import_key_set(api.http.get(f"{BASE}/certs").json())
    for name in ("access_token", "id_token"):
        claims = jwt.decode(tokens[name], keys, algorithms=["RS256"]).claims
        assert claims["iss"] == ISSUER and claims["nonce"] == "n"


def test_a_client_may_send_its_secret_in_the_form(api: Api) -> None:
    answer = api.redeem(None, client_id="app", client_secret=SECRET)
    assert answer.status_code == 200
    assert api.redeem(APP, client_id="app").status_code == 200


def test_a_refresh_token_gives_new_tokens_and_a_smaller_scope(api: Api) -> None:
    first = api.tokens()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    refused(api.post("/token", **form, scope="openid email"), 400, "invalid_scope")
    refused(api.post("/token", OTHER, **form), 400, "invalid_grant")
    second = api.post("/token", **form, scope="openid").json()
    assert second["scope"] == "openid"
    form["refresh_token"] = second["refresh_token"]
    assert api.post("/token", **form).json()["scope"] == "openid scope_all"


def test_a_code_that_comes_again_ends_its_tokens(api: Api) -> None:
    code = api.provider.grants.new_code(PENDING)
    tokens = api.redeem(code=code).json()
    assert api.userinfo(tokens["access_token"]).status_code == 200
    refused(api.redeem(code=code), 400, "invalid_grant")
    refused(api.userinfo(tokens["access_token"]), 401, "invalid_token")


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [
        ("implicit", "unauthorized_client"),
        ("password", "unauthorized_client"),
        ("client_credentials", "unauthorized_client"),
        ("urn:openid:params:grant-type:ciba", "unauthorized_client"),
        ("urn:ietf:params:oauth:grant-type:device_code", "unauthorized_client"),
        ("urn:ietf:params:oauth:grant-type:saml2-bearer", "unsupported_grant_type"),
        ("", "invalid_request"),
    ],
)
def test_a_grant_that_is_not_allowed_gets_the_error_of_the_standard(
    api: Api, grant_type: str, error: str
) -> None:
    refused(api.redeem(grant_type=grant_type), 400, error)


@pytest.mark.parametrize("path", ["/auth/device", "/ext/ciba/auth", "/ext/par/request"])
def test_an_endpoint_that_is_advertised_and_not_allowed_says_so(api: Api, path: str) -> None:
    refused(api.post(path, scope="openid"), 400, "unauthorized_client")
    refused(api.post(path, None, scope="openid"), 401, "invalid_client")


@pytest.mark.parametrize("path", ["/token", "/token/introspect", "/revoke"])
@pytest.mark.parametrize("who", [None, ("app", "wrong"), ("unknown", SECRET), ("app", "")])
def test_a_client_that_does_not_authenticate_is_refused(
    api: Api, path: str, who: tuple[str, str] | None
) -> None:
    answer = api.post(path, who, token="x", grant_type="refresh_token", refresh_token="x")
    refused(answer, 401, "invalid_client")
    assert answer.headers["www-authenticate"] == 'Basic realm="esante-wallet"'


def test_two_ways_to_authenticate_at_once_are_refused(api: Api) -> None:
    refused(api.redeem(client_secret=SECRET), 400, "invalid_request")
    refused(api.redeem(client_id="other"), 400, "invalid_request")
    refused(api.redeem(client_assertion="x.y.z"), 401, "invalid_client")
    header = ClientCredentials(*APP).to_header()
    twice = [("authorization", header), ("authorization", header)]
    form = {"grant_type": "password"}
    refused(api.http.post(f"{BASE}/token", data=form, headers=twice), 400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"&".join(b"p%d=1" % n for n in range(51)), "application/x-www-form-urlencoded"),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b'{"grant_type": "password"}', "application/json"),
        (b"grant_type=password", "text/plain"),
        (b"", ""),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(api: Api, body: bytes, kind: str) -> None:
    headers = {"content-type": kind, "authorization": ClientCredentials(*APP).to_header()}
    refused(api.http.post(f"{BASE}/token", content=body, headers=headers), 400, "invalid_request")


def test_userinfo_names_the_holder_by_header_or_form(api: Api) -> None:
    token = api.tokens()["access_token"]
    found = api.userinfo(token)
    assert found.status_code == 200 and found.headers["cache-control"] == "no-store"
    assert found.json()["SubjectNameID"] == "899700000017"
    assert found.json()["SubjectRefPro"]["exercices"][0]["codeProfession"] == "10"
    form = api.http.post(f"{BASE}/userinfo", data={"access_token": token})
    assert form.json() == found.json()


def test_userinfo_without_a_token_asks_for_one(api: Api) -> None:
    answer = api.http.get(f"{BASE}/userinfo")
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["id_token", "refresh_token"])
def test_userinfo_takes_no_other_token(api: Api, name: str) -> None:
    answer = api.userinfo(api.tokens()[name])
    refused(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_introspection_answers_the_client_of_a_token_alone(api: Api) -> None:
    token = api.tokens()["access_token"]
    assert api.post("/token/introspect", token=token).json()["active"] is True
    assert api.post("/token/introspect", OTHER, token=token).json() == {"active": False}
    refused(api.post("/token/introspect", a="b"), 400, "invalid_request")


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_client_revokes_its_own_tokens_alone(api: Api, name: str) -> None:
    tokens = api.tokens()
    assert api.post("/revoke", OTHER, token=tokens[name]).status_code == 200
    assert api.userinfo(tokens["access_token"]).status_code == 200
    answer = api.post("/revoke", token=tokens[name])
    assert (answer.status_code, answer.content) == (200, b"")
    refused(api.userinfo(tokens["access_token"]), 401, "invalid_token")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused(api.post("/token", **form), 400, "invalid_grant")
    assert api.post("/revoke", token="unknown").status_code == 200


def test_nothing_else_is_there(api: Api) -> None:
    assert api.http.get(f"{BASE}/token").status_code == 405
    assert api.http.post(f"{BASE}/certs").status_code == 405
    assert httpx2.get(f"{api.address}/").status_code == 404
    assert httpx2.get(f"{api.address}{BASE}/certs").status_code == 404


def test_a_store_that_is_down_is_said_to_be_temporary(provider: Provider) -> None:
    class Down(MemoryStore):
        def take(self, key: str) -> bytes | None:
            raise StateError("store.unavailable", reason="ConnectionError")

    clock = FixedClock(NOW)
    broken = replace(provider, grants=grants_in(Down(clock), clock))
    with running(broken) as api:
        answer = api.redeem()
        refused(answer, 503, "temporarily_unavailable")
        assert "ConnectionError" not in answer.text


def test_a_key_that_cannot_be_read_is_said_to_be_temporary_and_logged(
    provider: Provider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FixedClock(NOW)
    keys = SigningKeys.open(tmp_path / "keys", clock)
    (tmp_path / "keys" / "0002.json").write_bytes(b"")
    broken = replace(provider, tokens=Tokens(ISSUER, keys, provider.grants, clock))
    with running(broken) as api:
        refused(api.redeem(), 503, "temporarily_unavailable")
    assert "psc.key_unreadable" in caplog.text


def test_logs_hold_no_token_code_or_identity(
    api: Api, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        code = api.provider.grants.new_code(PENDING)
        tokens = api.redeem(code=code).json()
        api.userinfo(tokens["access_token"])
        api.redeem(code=code)
    written = caplog.text + "".join(capfd.readouterr())
    for secret in (code, tokens["access_token"], tokens["refresh_token"], "899700000017", SECRET):
        assert secret not in written


def test_a_body_that_is_too_large_ends_the_connection(api: Api) -> None:
    parts = urlsplit(api.address)
    with ExitStack() as stack:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
        stack.callback(connection.close)
        connection.putrequest("POST", f"{REALM}{BASE}/token")
        connection.putheader("content-length", "1000000")
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 400 and answer.getheader("connection") == "close"
        assert json.load(answer)["error"] == "invalid_request"
