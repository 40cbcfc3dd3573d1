# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Real TLS over loopback: what reaches the application, with both HTTP implementations."""

import datetime as dt
import hashlib
import json
import os
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from cryptography.hazmat.primitives import hashes

from caducee.base.clock import FixedClock
from caducee.relying.asgi import ClientCertificateMiddleware, FrontPolicy, client_connection
from caducee.relying.uvicorn_tls import server_config, server_context

if TYPE_CHECKING:
    from cryptography import x509
    from tests.unit.relying.conftest import Serve, World

TLS12 = ssl.TLSVersion.TLSv1_2
TLS13 = ssl.TLSVersion.TLSv1_3


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer what is known of the connection."""
    found = client_connection(scope)
    certificate = found.certificate
    body = json.dumps(
        {
            "id": found.id,
            "source": found.source,
            "fingerprint": found.fingerprint,
            "chain": len(certificate.chain) if certificate else None,
            "tls_version": found.tls_version,
            "begun": found.begun.isoformat() if found.begun else None,
            "absence": found.absence,
            "pem": (scope.get("extensions") or {}).get("tls", {}).get("client_cert_chain"),
        }
    ).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def ask(raw: socket.socket, *headers: str) -> dict[str, Any]:
    """Send one request over an open connection and read its answer."""
    answer: dict[str, Any] = json.loads(ask_raw(raw, *headers).partition(b"\r\n\r\n")[2])
    return answer


def ask_raw(raw: socket.socket, *headers: str) -> bytes:
    """Send one request over an open connection and read its answer with its headers."""
    lines = ["GET / HTTP/1.1", "Host: localhost", *headers, "", ""]
    raw.sendall("\r\n".join(lines).encode())
    data = b""
    while not data.endswith(b"}"):
        part = raw.recv(65536)
        assert part, "closed without an answer"
        data += part
    return data


def fingerprint(certificate: "x509.Certificate") -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


@pytest.fixture(params=["httptools", "h11"])
def implementation(request: pytest.FixtureRequest) -> Literal["httptools", "h11"]:
    found: Literal["httptools", "h11"] = request.param
    return found


class Listener:
    """A certificate listener, and browsers that connect to it."""

    def __init__(self, world: "World", port: int) -> None:
        self.world = world
        self.port = port

    def connect(
        self, context: ssl.SSLContext, session: ssl.SSLSession | None = None
    ) -> ssl.SSLSocket:
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return context.wrap_socket(raw, server_hostname="localhost", session=session)


@pytest.fixture
def listener(
    world: "World",
    serve: "Serve",
    implementation: Literal["httptools", "h11"],
    request: pytest.FixtureRequest,
) -> Iterator[Listener]:
    version = getattr(request, "param", TLS12)
    context = server_context(*world.server, authorities=world.authorities, version=version)
    app = ClientCertificateMiddleware(application)
    with serve(server_config(app, context=context, implementation=implementation)) as port:
        yield Listener(world, port)


both_versions = pytest.mark.parametrize(
    "listener", [TLS12, TLS13], indirect=True, ids=["TLS 1.2", "TLS 1.3"]
)


@both_versions
def test_the_certificate_reaches_the_application(listener: Listener) -> None:
    leaf = listener.world.issue()
    with listener.connect(listener.world.client(leaf)) as connection:
        answer = ask(connection)
        version = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}[connection.version() or ""]
    assert answer["fingerprint"] == fingerprint(leaf)
    assert answer["tls_version"] == version
    assert answer["source"] == "listener"
    assert answer["pem"][0].startswith("-----BEGIN CERTIFICATE-----")
    assert answer["chain"] == (2 if sys.version_info >= (3, 13) else 0)


@both_versions
def test_without_a_certificate_the_handshake_passes_and_says_so(listener: Listener) -> None:
    with listener.connect(listener.world.client()) as connection:
        answer = ask(connection)
    assert answer["fingerprint"] is None
    assert answer["absence"] == "relying.certificate_absent"


@both_versions
@pytest.mark.parametrize("year", [1990, 2090])
def test_dates_are_left_to_the_application(listener: Listener, year: int) -> None:
    leaf = listener.world.issue(
        not_before=dt.datetime(year, 1, 1, tzinfo=dt.UTC),
        not_after=dt.datetime(year + 3, 1, 1, tzinfo=dt.UTC),
    )
    with listener.connect(listener.world.client(leaf)) as connection:
        assert ask(connection)["fingerprint"] == fingerprint(leaf)


def refused(listener: Listener, leaf: "x509.Certificate") -> bool:
    """Tell whether TLS refuses a certificate (in TLS 1.3 the client learns it a little later)."""
    try:
        with listener.connect(listener.world.client(leaf)) as connection:
            ask(connection)
    except (ssl.SSLError, ConnectionError):
        return True
    return False


@both_versions
def test_a_signature_certificate_fails_in_tls_itself(listener: Listener) -> None:
    assert refused(listener, listener.world.issue(signature=True))


@both_versions
def test_an_unknown_issuer_fails_in_tls_itself(listener: Listener) -> None:
    assert refused(listener, listener.world.issue(listener.world.unknown_issuer))


def test_each_connection_has_a_name_of_its_own_for_all_its_requests(listener: Listener) -> None:
    context = listener.world.client()
    with listener.connect(context) as first, listener.connect(context) as second:
        names = [ask(item)["id"] for item in (first, second, first, second)]
    assert names[0] == names[2] != names[1] == names[3]
    assert all(names)


def test_no_step_of_the_clock_makes_a_handshake_newer(
    world: "World", serve: "Serve", clock: FixedClock
) -> None:
    app = ClientCertificateMiddleware(application)
    config = server_config(app, context=server_context(*world.server), clock=clock)
    begun = clock.now().isoformat()
    with serve(config) as port, Listener(world, port).connect(world.client()) as connection:
        assert ask(connection)["begun"] == begun
        clock.advance(dt.timedelta(hours=1))
        assert ask(connection)["begun"] == begun


def test_a_resumed_tls_1_2_session_counts_as_no_certificate_and_is_closed(
    listener: Listener,
) -> None:
    context = listener.world.client(listener.world.issue(), version=TLS12)
    with listener.connect(context) as first:
        assert ask(first)["fingerprint"]
        session = first.session
        with listener.connect(context, session) as second:
            assert second.session_reused, "OpenSSL resumed nothing: this test proves nothing"
            head, _, body = ask_raw(second).partition(b"\r\n\r\n")
            assert second.recv(1) == b""
    assert b"\r\nconnection: close" in head.lower()
    answer = json.loads(body)
    assert answer["fingerprint"] is None
    assert answer["absence"] == "relying.session_resumed"


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_resumed_connection_is_cut_only_when_its_answer_is_out(
    world: "World", serve: "Serve", loop: Literal["asyncio", "uvloop"]
) -> None:
    size = 8_000_000

    async def large(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(size)})

    context = server_context(*world.server, authorities=world.authorities, version=TLS12)
    config = server_config(large, context=context)
    config.loop = loop
    with serve(config) as port:
        listener = Listener(world, port)
        browser = world.client()
        with listener.connect(browser) as first:
            first.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            first.recv(1)
            with listener.connect(browser, first.session) as second:
                assert second.session_reused
                second.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                data = b""
                while part := second.recv(65536):
                    data += part
    assert len(data.partition(b"\r\n\r\n")[2]) == size


def test_tls_1_2_gives_no_ticket(listener: Listener) -> None:
    context = listener.world.client(listener.world.issue(), version=TLS12)
    with listener.connect(context) as connection:
        ask(connection)
        assert connection.session is not None
        assert not connection.session.has_ticket


def test_after_a_resumed_session_the_next_handshake_is_a_full_one(listener: Listener) -> None:
    context = listener.world.client(listener.world.issue(), version=TLS12)
    with listener.connect(context) as first:
        ask(first)
        session = first.session
        with listener.connect(context, session) as second:
            assert ask(second)["absence"] == "relying.session_resumed"
            assert second.recv(1) == b""
        with listener.connect(context, session) as third:
            assert not third.session_reused
            assert ask(third)["fingerprint"]


@pytest.mark.parametrize("listener", [TLS13], indirect=True, ids=["TLS 1.3"])
def test_tls_1_3_gives_no_ticket_and_resumes_nothing(listener: Listener) -> None:
    context = listener.world.client(listener.world.issue(), version=TLS13)
    with listener.connect(context) as first:
        ask(first)
        session = first.session
        assert session is None or not session.has_ticket
        with listener.connect(context, session) as second:
            assert not second.session_reused
            assert ask(second)["fingerprint"]


@pytest.mark.parametrize(("only", "other"), [(TLS12, TLS13), (TLS13, TLS12)])
def test_a_listener_speaks_only_its_own_version(
    world: "World", serve: "Serve", only: ssl.TLSVersion, other: ssl.TLSVersion
) -> None:
    context = server_context(*world.server, authorities=world.authorities, version=only)
    with serve(server_config(application, context=context)) as port:
        listener = Listener(world, port)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            listener.connect(world.client(version=other))
        listener.connect(world.client(version=only)).close()


def test_a_listener_without_authorities_asks_for_no_certificate(
    world: "World", serve: "Serve", implementation: Literal["httptools", "h11"]
) -> None:
    config = server_config(
        ClientCertificateMiddleware(application),
        context=server_context(*world.server),
        implementation=implementation,
    )
    with serve(config) as port:
        listener = Listener(world, port)
        with listener.connect(world.client(world.issue())) as connection:
            assert ask(connection)["absence"] == "relying.certificate_absent"


def test_an_idle_connection_is_closed_soon(world: "World", serve: "Serve") -> None:
    config = server_config(application, context=server_context(*world.server), keep_alive=0)
    with serve(config) as port, Listener(world, port).connect(world.client()) as connection:
        ask(connection)
        assert connection.recv(1) == b""


FORGED = (
    "Client-Cert: :AQID:",
    "Client-Cert-Verify: 0",
    "Client-Connection: 1",
)


def test_forged_headers_over_tls_or_loopback_are_removed(
    world: "World", serve: "Serve", listener: Listener
) -> None:
    with listener.connect(world.client()) as connection:
        assert ask(connection, *FORGED)["absence"] == "relying.certificate_absent"
    fronts = FrontPolicy(uids=frozenset({os.getuid()}))
    with serve(server_config(ClientCertificateMiddleware(application, fronts))) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
            assert ask(raw, *FORGED)["fingerprint"] is None


def ask_front(path: Path) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(10)
        raw.connect(str(path))
        return ask(raw, *FORGED)


@pytest.mark.parametrize("admitted", [True, False])
def test_a_front_on_a_unix_socket_is_known_by_its_user(
    serve: "Serve",
    tmp_path: Path,
    implementation: Literal["httptools", "h11"],
    admitted: bool,
) -> None:
    path = tmp_path / "front.sock"
    uid = os.getuid() if admitted else os.getuid() + 1
    app = ClientCertificateMiddleware(application, FrontPolicy(uids=frozenset({uid})))
    with serve(server_config(app, uds=path, implementation=implementation)):
        answer = ask_front(path)
    assert bool(answer["fingerprint"]) is admitted
    assert answer["source"] == ("front" if admitted else "listener")


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_both_event_loops_name_the_user_and_show_the_certificate(
    world: "World", serve: "Serve", tmp_path: Path, loop: Literal["asyncio", "uvloop"]
) -> None:
    app = ClientCertificateMiddleware(application, FrontPolicy(uids=frozenset({os.getuid()})))
    config = server_config(app, uds=tmp_path / "front.sock")
    config.loop = loop
    with serve(config):
        assert ask_front(tmp_path / "front.sock")["source"] == "front"
    context = server_context(*world.server, authorities=world.authorities, version=TLS12)
    config = server_config(app, context=context)
    config.loop = loop
    leaf = world.issue()
    with serve(config) as port, Listener(world, port).connect(world.client(leaf)) as connection:
        assert ask(connection)["fingerprint"] == fingerprint(leaf)


@pytest.mark.parametrize("named", [True, False])
def test_a_front_in_mutual_tls_is_known_by_its_certificate(
    world: "World", serve: "Serve", named: bool
) -> None:
    front = world.issue()
    admitted = fingerprint(front) if named else "00" * 32
    app = ClientCertificateMiddleware(application, FrontPolicy(certificates=frozenset({admitted})))
    context = server_context(*world.server, authorities=world.authorities, version=TLS13)
    with serve(server_config(app, context=context)) as port:
        with Listener(world, port).connect(world.client(front)) as connection:
            answer = ask(connection, *FORGED)
    if named:
        assert answer["source"] == "front"
        assert answer["fingerprint"] == hashlib.sha256(b"\x01\x02\x03").hexdigest()
    else:
        assert answer["source"] == "listener"
        assert answer["fingerprint"] == fingerprint(front)
