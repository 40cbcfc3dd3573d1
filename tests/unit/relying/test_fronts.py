# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""nginx and HAProxy end TLS and forward the certificate: the same verdicts as without a front."""

import datetime as dt
import json
import os
import pwd
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from caducee.base.clock import FixedClock
from caducee.base.errors import LoginRefusedError
from caducee.relying.asgi import ClientCertificateMiddleware, FrontPolicy, client_connection
from caducee.relying.policy import CardPolicy
from caducee.relying.registry import MemoryHolders
from caducee.relying.sessions import LoginSessions
from caducee.relying.uvicorn_tls import server_config
from caducee.relying.verifier import Verifier
from caducee.trust.revocation import CrlSource

if TYPE_CHECKING:
    from tests.unit.relying.conftest import Serve, World

pytestmark = pytest.mark.system

DAY = dt.timedelta(days=1)
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FAR_AWAY = dt.datetime(2049, 12, 31, tzinfo=dt.UTC)

NGINX = """
daemon off; pid {folder}/pid; worker_processes 1; user {user}; error_log {folder}/log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
        ssl_protocols TLSv1.2;
        ssl_session_cache off; ssl_session_tickets off;
        ssl_client_certificate {folder}/authorities.pem;
        ssl_verify_client optional_no_ca; ssl_verify_depth 4;
        error_page 495 = @portal;
        location / {{ try_files /none @portal; }}
        location @portal {{
            proxy_pass http://unix:{socket};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Client-Cert $ssl_client_escaped_cert;
            proxy_set_header Client-Cert-Chain "";
            proxy_set_header Client-Cert-Verify $ssl_client_verify;
            proxy_set_header Client-Connection $pid-$connection;
        }}
    }}
}}
"""

HAPROXY = """
global
    tune.ssl.cachesize 0
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend https
    bind 127.0.0.1:{port} ssl crt {folder}/both.pem ca-file {folder}/authorities.pem verify \
optional crt-ignore-err all ca-ignore-err all no-tls-tickets ssl-max-ver TLSv1.2
    http-request del-header Client-Cert
    http-request del-header Client-Cert-Chain
    http-request del-header Client-Cert-Verify
    http-request del-header Client-Connection
    http-request set-header Client-Cert :%[ssl_c_der,base64]: if {{ ssl_c_used }}
    http-request set-header Client-Cert-Verify %[ssl_c_verify] if {{ ssl_c_used }}
    http-request set-header Client-Connection %[ssl_fc_server_random,hex]
    default_backend portal
backend portal
    server portal unix@{socket}
"""

COMMANDS = {
    "nginx": ("nginx", "-p", "{folder}", "-c", "{config}"),
    "haproxy": ("haproxy", "-db", "-f", "{config}"),
}


class Front:
    """A front, and browsers that connect to it."""

    def __init__(self, world: "World", port: int) -> None:
        self.world = world
        self.port = port

    def connect(
        self, leaf: x509.Certificate | None = None, session: ssl.SSLSession | None = None
    ) -> ssl.SSLSocket:
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        context = self.world.client(leaf)
        return context.wrap_socket(raw, server_hostname="localhost", session=session)

    def ask(self, leaf: x509.Certificate | None = None, *headers: str) -> dict[str, Any]:
        with self.connect(leaf) as connection:
            return ask(connection, *headers)


def ask(raw: socket.socket, *headers: str, path: str = "/") -> dict[str, Any]:
    """Send one request over an open connection and read its answer."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Length: 0", *headers, "", ""]
    raw.sendall("\r\n".join(lines).encode())
    data = b""
    while not data.endswith(b"}"):
        part = raw.recv(65536)
        assert part, data
        data += part
    answer: dict[str, Any] = json.loads(data.partition(b"\r\n\r\n")[2])
    return answer


@pytest.fixture
def crls(world: "World", clock: FixedClock) -> CrlSource:
    source = CrlSource([world.root.certificate, world.issuing.certificate])
    now = clock.now()
    source.load(world.root.crl(now - DAY, now + 40 * DAY))
    source.load(world.issuing.crl(now - DAY, now + 6 * DAY))
    return source


@pytest.fixture
def application(
    world: "World", crls: CrlSource, holders: MemoryHolders, clock: FixedClock
) -> Callable[..., Any]:
    """A service that answers the codes of its verdict; ``/out`` logs the connection out."""
    verifier = Verifier(
        [world.root.certificate],
        [world.issuing.certificate],
        crls,
        holders,
        CardPolicy.test_cards(),
        clock,
    )
    sessions = LoginSessions(clock)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found = client_connection(scope)
        verdict = verifier.verify_connection(found)
        if scope["path"] == "/out":
            sessions.end(None, connection=found.id)
        try:
            sessions.open(verdict, fingerprint=found.fingerprint, connection=found.id)
            code = "welcome"
        except LoginRefusedError as error:
            code = error.code
        answer = {
            "code": code,
            "failed": {str(failure.name): failure.code for failure in verdict.failures},
            "id": found.id,
            "source": found.source,
            "fingerprint": found.fingerprint,
            "verify": found.certificate.verify_code if found.certificate else None,
        }
        body = json.dumps(answer).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=["nginx", "haproxy"])
def front(
    request: pytest.FixtureRequest,
    world: "World",
    serve: "Serve",
    application: Callable[..., Any],
    tmp_path: Path,
) -> Iterator[Front]:
    server, key = world.server
    (tmp_path / "server.pem").write_bytes(server.read_bytes())
    (tmp_path / "server.key").write_bytes(key.read_bytes())
    (tmp_path / "both.pem").write_bytes(server.read_bytes() + key.read_bytes())
    (tmp_path / "authorities.pem").write_text(world.authorities)
    facts = {
        "folder": tmp_path,
        "socket": tmp_path / "app.sock",
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "port": free_port(),
        "config": tmp_path / "config",
    }
    template = NGINX if request.param == "nginx" else HAPROXY
    (tmp_path / "config").write_text(template.format(**facts))
    command = [part.format(**facts) for part in COMMANDS[request.param]]
    app = ClientCertificateMiddleware(application, FrontPolicy(uids=frozenset({os.getuid()})))
    with serve(server_config(app, uds=tmp_path / "app.sock")):
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            wait_for(int(str(facts["port"])), process)
            yield Front(world, int(str(facts["port"])))
        finally:
            process.terminate()
            process.communicate(timeout=10)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 10
    while time.monotonic() < limit and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(process.stderr.read() if process.stderr else "no answer")


@pytest.fixture
def good(world: "World") -> x509.Certificate:
    """A card that is valid by the clock of the service and by that of the machine."""
    return world.issue(not_before=LONG_AGO, not_after=FAR_AWAY)


def test_a_good_card_is_admitted_through_the_front(front: Front, good: x509.Certificate) -> None:
    answer = front.ask(good)
    assert answer["code"] == "welcome"
    assert answer["source"] == "front"
    assert answer["fingerprint"] == good.fingerprint(hashes.SHA256()).hex()
    assert answer["verify"] == 0


def test_an_absent_certificate_is_distinguished(front: Front) -> None:
    assert front.ask()["failed"] == {"transport": "relying.certificate_absent"}


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (2000, 2020, "relying.certificate_expired"),
        (2048, 2049, "relying.certificate_not_yet_valid"),
    ],
)
def test_dates_are_judged_by_the_service(front: Front, start: int, end: int, code: str) -> None:
    leaf = front.world.issue(
        not_before=dt.datetime(start, 1, 1, tzinfo=dt.UTC),
        not_after=dt.datetime(end, 1, 1, tzinfo=dt.UTC),
    )
    answer = front.ask(leaf)
    assert answer["failed"] == {"validity": code}
    assert answer["verify"] in (9, 10)


def test_a_card_that_the_front_takes_for_expired_is_admitted_when_the_clock_was_moved(
    front: Front, clock: FixedClock
) -> None:
    """The clock of a sandbox can be moved; the front only knows the machine's."""
    leaf = front.world.issue(
        not_before=LONG_AGO, not_after=clock.now() - dt.timedelta(microseconds=1)
    )
    assert front.ask(leaf)["failed"] == {"validity": "relying.certificate_expired"}
    clock.advance(dt.timedelta(hours=-1))
    assert front.ask(leaf)["code"] == "welcome"


def test_a_signature_certificate_is_explained_where_our_own_tls_could_not(front: Front) -> None:
    leaf = front.world.issue(signature=True, not_before=LONG_AGO, not_after=FAR_AWAY)
    answer = front.ask(leaf)
    assert answer["code"] == "relying.usage_refused"
    assert answer["failed"] == {
        "usage": "relying.usage_refused",
        "front": "relying.front_verify_failed",
    }


def test_a_revoked_card_is_refused_though_the_front_knows_no_list(
    front: Front, good: x509.Certificate, crls: CrlSource, clock: FixedClock
) -> None:
    issuing = front.world.issuing
    issuing.revoked[good.serial_number] = clock.now() - DAY
    crls.load(issuing.crl(clock.now() - DAY, clock.now() + 6 * DAY))
    assert front.ask(good)["failed"] == {"revocation": "trust.revoked"}


def test_an_unknown_issuer_is_refused(front: Front) -> None:
    leaf = front.world.issue(front.world.unknown_issuer, not_before=LONG_AGO, not_after=FAR_AWAY)
    answer = front.ask(leaf)
    assert answer["code"] == "trust.chain_not_found"
    assert answer["verify"] not in (0, None)


@pytest.mark.parametrize("spelling", ["Client-Cert: :{}:", "client-cert: :{}:"])
def test_forged_headers_do_not_pass_the_front(
    front: Front, good: x509.Certificate, spelling: str
) -> None:
    import base64

    from cryptography.hazmat.primitives.serialization import Encoding

    text = base64.b64encode(good.public_bytes(Encoding.DER)).decode()
    forged = (spelling.format(text), "Client-Cert-Verify: 0", "Client-Connection: 1")
    answer = front.ask(None, *forged)
    assert answer["failed"] == {"transport": "relying.certificate_absent"}
    assert answer["id"] != "front:1"


def test_a_logged_out_connection_stays_so_until_a_new_handshake(
    front: Front, good: x509.Certificate
) -> None:
    with front.connect(good) as connection, front.connect(good) as another:
        first = ask(connection)
        assert first["code"] == "welcome"
        assert ask(another)["id"] != first["id"]
        assert ask(connection, path="/out")["id"] == first["id"]
        assert ask(connection)["code"] == "relying.connection_logged_out"
        assert ask(another)["code"] == "welcome"
    assert front.ask(good)["code"] == "welcome"


def test_the_front_resumes_no_session(front: Front, good: x509.Certificate) -> None:
    context = front.world.client(good)

    def connect(session: ssl.SSLSession | None) -> ssl.SSLSocket:
        raw = socket.create_connection(("127.0.0.1", front.port), timeout=10)
        return context.wrap_socket(raw, server_hostname="localhost", session=session)

    with connect(None) as first:
        ask(first)
        with connect(first.session) as second:
            assert not second.session_reused
            assert ask(second)["code"] == "welcome"
