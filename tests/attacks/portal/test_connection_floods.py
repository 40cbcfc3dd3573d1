# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Clients that open many connections to a site, or ask it for many nonces."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from caducee.services.web import serving
from caducee.services.web.serving import running_app
from caducee.services.web.settings import PortalAddresses, PortalSettings
from caducee.testing import pki

MOST, EACH = 60, 20


async def answering(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


@pytest.fixture(scope="module")
def server_pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of a web server that issued its certificate itself."""
    extensions = (
        (x509.SubjectAlternativeName([x509.DNSName("localhost")]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    )
    issued = pki.authority("WEB").issue("SERVER", extensions=extensions)
    path = tmp_path_factory.mktemp("server") / "server.pem"
    key = issued.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(issued.certificate.public_bytes(serialization.Encoding.PEM) + key)
    return path


@pytest.fixture
def site(server_pem: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PortalAddresses]:
    """A site that keeps 60 connections, 20 of each client network, and gives none up by time."""
    monkeypatch.setattr(serving, "_HANDSHAKE_SECONDS", 600.0)
    settings = PortalSettings(
        server_certificate=str(server_pem),
        server_key=str(server_pem),
        client_authorities=str(server_pem),
        bind="127.0.0.1",
    )
    bounded = msgspec.structs.replace(settings, most_connections=MOST, most_connections_each=EACH)
    with running_app(bounded, lambda addresses: answering) as addresses:
        yield addresses


@pytest.fixture
def silent(site: PortalAddresses) -> Iterator[Any]:
    """Opens connections from an address of 127.0.0.0/8 and says nothing on them."""
    with contextlib.ExitStack() as stack:
        port = urlsplit(site.open).port

        def opened(source: str, number: int) -> list[socket.socket]:
            return [
                stack.enter_context(
                    socket.create_connection(
                        ("127.0.0.1", port), timeout=20, source_address=(source, 0)
                    )
                )
                for _ in range(number)
            ]

        yield opened


def ask(site: PortalAddresses) -> bytes:
    """Ask as an honest client of another network."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    parts = urlsplit(site.open)
    client = http.client.HTTPSConnection(
        "127.0.0.1", parts.port, context=context, timeout=60, source_address=("127.0.99.1", 0)
    )
    try:
        client.request("GET", "/", headers={"Host": parts.netloc})
        return client.getresponse().read()
    finally:
        client.close()


def is_closed(client: socket.socket) -> bool:
    """Tell whether the other end has closed; waits for that end."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_silent_connections_of_one_network_are_closed_beyond_its_bound(
    site: PortalAddresses, silent: Any
) -> None:
    flood = silent("127.0.5.1", 200)
    assert ask(site) == b"here"
    assert all(is_closed(client) for client in flood[EACH:])


def test_silent_connections_of_many_networks_keep_nobody_out(
    site: PortalAddresses, silent: Any
) -> None:
    flood = [client for net in range(10) for client in silent(f"127.0.{net + 1}.1", EACH)]
    for _ in range(3):
        assert ask(site) == b"here"
    assert is_closed(flood[0])
