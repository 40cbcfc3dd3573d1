# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""ASGI middleware: the client certificate of a request, for the application.

The certificate comes from our own TLS listener (`caducee.relying.uvicorn_tls` puts it into the
scope), or from a trusted front that ended TLS and forwards it in headers (RFC 9440, or nginx's
URL-escaped PEM). A front is trusted because the kernel names its user on an AF_UNIX socket, or
because it shows its own client certificate; never because it is on this machine. Whatever else
arrives under the names of those headers is removed before the application sees it.
"""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from caducee.base.errors import FormatError
from caducee.relying.client import (
    ClientCertificate,
    ClientConnection,
    TlsEndpoint,
)
from caducee.relying.headers import parse_certificate, parse_chain, parse_verify

__all__ = ["ClientCertificateMiddleware", "FrontPolicy", "client_connection"]

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

EXTENSION = "caducee"
"""The key in ``scope["extensions"]`` for what the ASGI extension ``tls`` has no place for."""

_CONNECTION = "caducee.relying.connection"


@dataclass(frozen=True, slots=True)
class FrontPolicy:
    """Which fronts are trusted, and under which names they forward.

    The default trusts none. Header names are lower case; the front must remove each of them from
    what the client sent, and set them itself.
    """

    uids: frozenset[int] = frozenset()
    """User ids that may be at the other end of an AF_UNIX connection (SO_PEERCRED)."""

    certificates: frozenset[str] = frozenset()
    """SHA-256 (hexadecimal) of the certificates by which fronts show themselves in mutual TLS."""

    certificate_header: str = "client-cert"
    """The holder's certificate: RFC 9440 section 2.2, or URL-escaped PEM (nginx)."""

    chain_header: str = "client-cert-chain"
    """Intermediate certificates, RFC 9440 section 2.3; may be absent."""

    verify_header: str = "client-cert-verify"
    """What the front's TLS found: OpenSSL's verify code (HAProxy ``ssl_c_verify``) or nginx's
    ``$ssl_client_verify``. Required beside a certificate."""

    connection_header: str = "client-connection"
    """What names the client's TLS connection at the front, so that a logout can close it (nginx
    ``$pid-$connection``, HAProxy ``%[ssl_fc_server_random,hex]``). Required beside a certificate.
    """

    address_header: str = "client-address"
    """The client's IP address at the front, by which services count (nginx ``$remote_addr``,
    HAProxy ``%[src]``). It becomes ``scope["client"]``; else clients are not distinguished."""

    @property
    def names(self) -> frozenset[bytes]:
        """The header names that only a trusted front may set."""
        return frozenset(
            name.encode("ascii")
            for name in (
                self.certificate_header,
                self.chain_header,
                self.verify_header,
                self.connection_header,
                self.address_header,
            )
        )


class ClientCertificateMiddleware:
    """Give every request a `ClientConnection`, to be read with `client_connection`."""

    def __init__(self, app: AsgiApp, fronts: FrontPolicy = FrontPolicy()) -> None:
        self._app = app
        self._fronts = fronts
        self._names = fronts.names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge where the request comes from, take the headers away, and pass it on."""
        if scope["type"] in ("http", "websocket"):
            headers = list(scope["headers"])
            scope = dict(scope)
            scope["headers"] = [header for header in headers if not self._reserved(header[0])]
            scope[_CONNECTION] = found = self._judge(scope, headers)
            if found.source is TlsEndpoint.FRONT:
                scope["client"] = self._client(headers)
        await self._app(scope, receive, send)

    def _reserved(self, name: bytes) -> bool:
        return name.lower().replace(b"_", b"-") in self._names

    def _judge(self, scope: Scope, headers: list[tuple[bytes, bytes]]) -> ClientConnection:
        extensions = scope.get("extensions") or {}
        tls = extensions.get("tls") or {}
        ours = extensions.get(EXTENSION) or {}
        listener = _from_listener(tls, ours)
        if self._is_front(listener, ours):
            return self._from_front(headers)
        return listener

    def _is_front(self, listener: ClientConnection, ours: Scope) -> bool:
        peer = ours.get("peer")
        if peer is not None and peer["uid"] in self._fronts.uids:
            return True
        shown = listener.certificate
        return shown is not None and shown.fingerprint in self._fronts.certificates

    def _from_front(self, headers: list[tuple[bytes, bytes]]) -> ClientConnection:
        try:
            return self._read_front(headers)
        except FormatError as error:
            return ClientConnection("", TlsEndpoint.FRONT, absence=error.code)

    def _client(self, headers: list[tuple[bytes, bytes]]) -> tuple[str, int] | None:
        try:
            text = _single(headers, self._fronts.address_header)
            return str(ipaddress.ip_address(text)), 0
        except (FormatError, ValueError):
            return None

    def _read_front(self, headers: list[tuple[bytes, bytes]]) -> ClientConnection:
        fronts = self._fronts
        connection = _single(headers, fronts.connection_header)
        name = f"front:{connection}" if connection else ""
        value = _single(headers, fronts.certificate_header)
        der = parse_certificate(value) if value else None
        if der is None:
            return ClientConnection(name, TlsEndpoint.FRONT, absence="relying.certificate_absent")
        if not connection:
            raise FormatError("relying.front_connection_missing")
        code, reason = parse_verify(_single(headers, fronts.verify_header))
        chain = parse_chain(_single(headers, fronts.chain_header))
        certificate = ClientCertificate(der, chain, verify_code=code, verify_reason=reason)
        return ClientConnection(name, TlsEndpoint.FRONT, certificate)


def client_connection(scope: Scope) -> ClientConnection:
    """Return the connection of a request, with its client certificate when there is one.

    Without the middleware there is none: the answer is a connection without a certificate.
    """
    found = scope.get(_CONNECTION)
    if isinstance(found, ClientConnection):
        return found
    return ClientConnection("", TlsEndpoint.LISTENER, absence="relying.certificate_absent")


def _from_listener(tls: Scope, ours: Scope) -> ClientConnection:
    name = str(ours.get("connection", ""))
    about: dict[str, Any] = {
        "tls_version": tls.get("tls_version"),
        "cipher": str(tls.get("cipher_name") or ""),
        "begun": ours.get("begun"),
    }
    if tls.get("session_reused"):
        absence = "relying.session_resumed"
        return ClientConnection(name, TlsEndpoint.LISTENER, absence=absence, **about)
    chain: tuple[bytes, ...] = tuple(tls.get("client_chain_der") or ())
    if not chain:
        absence = "relying.certificate_absent"
        return ClientConnection(name, TlsEndpoint.LISTENER, absence=absence, **about)
    certificate = ClientCertificate(chain[0], chain[1:], verify_code=tls.get("verify_code", -1))
    return ClientConnection(name, TlsEndpoint.LISTENER, certificate, **about)


def _single(headers: list[tuple[bytes, bytes]], name: str) -> str:
    found = [value for key, value in headers if key.lower() == name.encode("ascii")]
    if len(found) > 1:
        raise FormatError("relying.front_header_twice", header=name)
    return found[0].decode("latin-1").strip() if found else ""
