# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import ConfigError
from caducee.codec.oidc.credentials import ClientCredentials
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.services.psc.clients import Client, Clients, hash_of, new_secret

CALLBACK = "https://app.example.test/callback"
SECRET = "correct horse"
APP = Client(client_id="app", redirect_uris=(CALLBACK,), secret_sha256=hash_of(SECRET))


def test_a_file_of_clients_is_read(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(
        f'[[clients]]\nclient_id = "app"\nredirect_uris = ["{CALLBACK}"]\n'
        f'secret_sha256 = "{hash_of(SECRET).upper()}"\n'
    )
    clients = Clients.load(path)
    found = clients.find("app")
    assert found is not None and found.redirect_uris == (CALLBACK,)
    assert clients.authenticated(ClientCredentials("app", SECRET)) == found
    assert clients.find("App") is None


@pytest.mark.parametrize(
    "credentials",
    [
        ClientCredentials("app", "wrong"),
        ClientCredentials("app", ""),
        ClientCredentials("app", hash_of(SECRET)),
        ClientCredentials("public", ""),
        ClientCredentials("public", "-"),
        ClientCredentials("unknown", SECRET),
        ClientCredentials("app", "\udc80"),
    ],
)
def test_a_wrong_secret_and_an_unknown_client_get_one_answer(
    credentials: ClientCredentials,
) -> None:
    clients = Clients([APP, Client(client_id="public", redirect_uris=(CALLBACK,))])
    with pytest.raises(OidcError) as caught:
        clients.authenticated(credentials)
    assert caught.value.error is OidcErrorCode.INVALID_CLIENT
    assert caught.value.description == "unknown client or wrong secret"


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (Client(client_id="", redirect_uris=(CALLBACK,)), "visible ASCII"),
        (Client(client_id="my app", redirect_uris=(CALLBACK,)), "visible ASCII"),
        (Client(client_id="santé", redirect_uris=(CALLBACK,)), "visible ASCII"),
        (Client(client_id="app\n", redirect_uris=(CALLBACK,)), "visible ASCII"),
        (Client(client_id="app", redirect_uris=()), "redirect_uris is empty"),
        (Client(client_id="app", redirect_uris=("http://app.example.test/",)), "is not https"),
        (
            Client(
                client_id="app",
                redirect_uris=(CALLBACK,),
                post_logout_redirect_uris=("javascript:alert(1)",),
            ),
            "names no host",
        ),
        (
            Client(client_id="app", redirect_uris=(CALLBACK,), secret_sha256=SECRET),
            "64 hexadecimal digits",
        ),
    ],
)
def test_a_client_that_cannot_be_registered_is_refused_with_the_reason(
    client: Client, reason: str
) -> None:
    with pytest.raises(ConfigError, match=r"psc\.client_invalid") as caught:
        Clients([client])
    assert reason in str(caught.value.facts["reason"])
    assert SECRET not in str(caught.value)


def test_one_name_is_registered_once() -> None:
    with pytest.raises(ConfigError, match="twice"):
        Clients([APP, APP])


def test_a_secret_of_a_client_is_its_own() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(new_secret()) == 43


@given(secret=st.text())
def test_any_text_is_a_secret_and_only_itself_opens(secret: str) -> None:
    clients = Clients(
        [Client(client_id="app", redirect_uris=(CALLBACK,), secret_sha256=hash_of(secret))]
    )
    assert clients.authenticated(ClientCredentials("app", secret)).client_id == "app"
    with pytest.raises(OidcError):
        clients.authenticated(ClientCredentials("app", secret + "x"))
