# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The services that are registered at the provider (RFC 6749 2), in TOML::

[[clients]]
client_id = "my-app"
secret_sha256 = "…"
redirect_uris = ["https://app.example.test/callback"]
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from caducee.base.config import Settings, load
from caducee.base.errors import ConfigError
from caducee.codec.oidc.credentials import ClientCredentials
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.redirects import check_redirect_uri

__all__ = ["Client", "Clients", "hash_of", "new_secret"]

_SECRET_BYTES = 32
_DIGEST_DIGITS = 64


class Client(Settings, frozen=True, kw_only=True):
    """One registered client."""

    client_id: str
    """What it calls itself, of visible ASCII characters (RFC 6749, appendix A.1)."""

    redirect_uris: tuple[str, ...]
    """Where answers may go; compared character by character."""

    secret_sha256: str = ""
    """SHA-256 of the secret, hexadecimal; empty for a client that has none. Secrets are random
    numbers of 256 bits, so that a slow hash would add nothing."""

    name: str = ""
    """What pages call the service; its identifier when empty."""

    post_logout_redirect_uris: tuple[str, ...] = ()
    """Where the browser may go after a logout."""

    introspects: tuple[str, ...] = ()
    """Other clients whose tokens it may ask about, as an authorization server does that exchanges
    them (services.md 1.7); ``*`` for all."""

    pkce_required: bool = False
    """Whether a request without a code challenge is refused; the true service does not."""


class _File(Settings, frozen=True):
    clients: tuple[Client, ...] = ()


class Clients:
    """Every registered client."""

    def __init__(self, clients: Iterable[Client] = ()) -> None:
        """Raises `ConfigError` (``psc.client_invalid``)."""
        self._clients: dict[str, Client] = {}
        for client in clients:
            _check(client)
            if client.client_id in self._clients:
                raise _invalid(client, "client_id is registered twice")
            self._clients[client.client_id] = client

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read clients from a TOML file.

        Raises `ConfigError`: ``base.config_*``, ``psc.client_invalid``.
        """
        return cls(load(path, _File).clients)

    def find(self, client_id: str) -> Client | None:
        """Return the client of that identifier, or none."""
        return self._clients.get(client_id)

    def authenticated(self, credentials: ClientCredentials) -> Client:
        """Return the client whose secret this is. Raises `OidcError` (``invalid_client``).

        An unknown client and a wrong secret get the same answer after the same work.
        """
        client = self._clients.get(credentials.client_id)
        expected = client.secret_sha256.lower() if client and client.secret_sha256 else "-"
        if client is None or not hmac.compare_digest(hash_of(credentials.secret), expected):
            raise OidcError(OidcErrorCode.INVALID_CLIENT, "unknown client or wrong secret")
        return client


def new_secret() -> str:
    """Make a secret for a client: 256 random bits in base64url."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def hash_of(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check(client: Client) -> None:
    name = client.client_id
    if not name or not name.isascii() or not name.isprintable() or " " in name:
        raise _invalid(client, "client_id must be visible ASCII characters")
    if not client.redirect_uris:
        raise _invalid(client, "redirect_uris is empty")
    if client.secret_sha256 and not _is_digest(client.secret_sha256):
        raise _invalid(client, "secret_sha256 must be 64 hexadecimal digits")
    for uri in (*client.redirect_uris, *client.post_logout_redirect_uris):
        try:
            check_redirect_uri(uri)
        except OidcError as error:
            raise _invalid(client, f"{error.description}: {uri}") from None


def _is_digest(text: str) -> bool:
    return len(text) == _DIGEST_DIGITS and all(digit in "0123456789abcdefABCDEF" for digit in text)


def _invalid(client: Client, reason: str) -> ConfigError:
    return ConfigError("psc.client_invalid", client=client.client_id[:64], reason=reason)
