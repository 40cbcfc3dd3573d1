# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The probe of services against servers on this machine, each wrong in one way."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from caducee.base.clock import FixedClock
from caducee.diagnosis.machine import route
from caducee.diagnosis.machine.card import CardTracer, TrustFiles, judge
from caducee.diagnosis.machine.file_judge import FileJudge
from caducee.diagnosis.machine.network import ServiceAddresses, ServiceAnswer, reach
from caducee.diagnosis.machine.root import MachineRoot
from caducee.reader.memory import MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[2] / "vectors" / "cards"
NOW = dt.datetime(2026, 1, 16, 12, tzinfo=dt.UTC)

type Serve = Callable[..., str]


def certificate(folder: Path, name: str = "localhost", days: int = 3650) -> Path:
    """A self-signed certificate with its key, valid until so many days after 2026."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A server of tests")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(NOW + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}{days}.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + pem)
    return file


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that gives one status; returns its address."""
    servers: list[HTTPServer] = []

    def start(status: int = 200, pem: Path | None = None, **headers: str) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(status)
                self.send_header("Date", format_datetime(NOW, usegmt=True))
                self.send_header("Content-Length", "0")
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()

            def do_CONNECT(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                return

        class Quiet(HTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                return

            def get_request(self) -> tuple[socket.socket, object]:
                link, address = super().get_request()
                if pem is None:
                    return link, address
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(pem)
                try:
                    return context.wrap_socket(link, server_side=True), address
                except OSError:
                    link.close()
                    raise

        server = Quiet(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"{'https' if pem else 'http'}://localhost:{server.server_port}/"

    yield start
    for item in servers:
        with suppress(OSError):
            item.shutdown()
        item.server_close()


def ask(
    url: str, authorities: Path | None = None, clock: dt.datetime = NOW, **environ: str
) -> ServiceAnswer:
    place = MachineRoot(Path("/nowhere"), environ)
    named = ServiceAddresses(services={"portal": url}, authorities=authorities)
    return reach(place, named, FixedClock(clock))[0]


@pytest.mark.parametrize(
    ("status", "leads", "stage"),
    [
        (200, "", ""),
        (404, "", ""),
        (503, "", "answer"),
        (511, "", "captive"),
        (302, "http://guests.hotel.example/terms", "captive"),
        (302, "https://localhost/", ""),
        (301, "/elsewhere", ""),
    ],
)
def test_the_answer_of_a_service_is_judged(
    serve: Serve, status: int, leads: str, stage: str
) -> None:
    found = ask(serve(status, **({"Location": leads} if leads else {})))
    assert (found.facts.stage, found.facts.status) == (stage, status)


def test_the_service_reports_how_far_this_clock_is_off(serve: Serve) -> None:
    assert ask(serve(), clock=NOW + dt.timedelta(hours=1)).offset == 3600.0


def test_a_service_with_a_trusted_certificate_is_reached(serve: Serve, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    assert ask(serve(200, pem), pem).facts.stage == ""


def test_a_certificate_of_another_authority_is_reported_with_its_issuer(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    found = ask(serve(200, certificate(tmp_path)), certificate(tmp_path / "other")).facts
    assert (found.stage, found.issuer) == ("untrusted", "CN=A server of tests")


def test_inspection_whose_authority_the_system_trusts_is_reported(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    inspecting = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(inspecting))
    found = ask(serve(200, inspecting), certificate(tmp_path / "other")).facts
    assert (found.opened, found.issuer) == (True, "CN=A server of tests")


@pytest.mark.parametrize(
    ("name", "days", "stage"), [("localhost", -365, "expired"), ("other.test", 3650, "hostname")]
)
def test_a_wrong_certificate_is_reported(
    serve: Serve, tmp_path: Path, name: str, days: int, stage: str
) -> None:
    pem = certificate(tmp_path, name, days)
    assert ask(serve(200, pem), pem).facts.stage == stage


def test_a_server_that_speaks_no_tls_is_reported(serve: Serve) -> None:
    assert ask(serve().replace("http:", "https:")).facts.stage == "tls"


def test_a_port_that_nobody_listens_on_refuses() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert ask(f"http://localhost:{port}").facts.stage == "refused"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_service_that_takes_connections_and_says_nothing_is_silent(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setattr(route, "SECONDS", 0.2)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        address = f"{scheme}://localhost:{mute.getsockname()[1]}/"
        assert ask(address).facts.stage == "silent"


def test_a_proxy_that_is_down_or_needs_a_login_is_reported(serve: Serve) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert ask("https://portal.example/", https_proxy=dead).facts.proxy_state == "refused"
    found = ask("https://portal.example/", https_proxy=serve(407)).facts
    assert (found.proxy_state, found.stage) == ("login", "")


def proxy_of(address: str) -> str:
    return address.replace("localhost", "127.0.0.1")


@pytest.mark.parametrize(
    ("status", "stage"), [(403, "denied"), (405, "denied"), (502, "unreached"), (504, "unreached")]
)
def test_what_a_proxy_says_of_a_service_is_reported_apart(
    serve: Serve, status: int, stage: str
) -> None:
    proxy = proxy_of(serve(status))
    found = ask("https://portal.example/", https_proxy=proxy).facts
    assert (found.stage, found.status, found.proxy_state) == (stage, status, "")


def test_http_goes_through_a_proxy_without_a_tunnel(serve: Serve) -> None:
    assert ask("http://crl.example/x", http_proxy=proxy_of(serve(200))).facts.stage == ""
    login = ask("http://crl.example/x", http_proxy=proxy_of(serve(407))).facts
    assert login.proxy_state == "login"
    squid = proxy_of(serve(403, X_Squid_Error="ERR_ACCESS_DENIED 0"))
    assert ask("http://crl.example/x", http_proxy=squid).facts.stage == "denied"


def test_a_proxy_that_takes_connections_and_says_nothing_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(route, "SECONDS", 0.2)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        proxy = f"http://127.0.0.1:{mute.getsockname()[1]}"
        assert ask("https://portal.example/", https_proxy=proxy).facts.proxy_state == "refused"


@pytest.mark.parametrize(
    ("spared", "straight"),
    [
        ("portal.example", True),
        (" .example , other", True),
        ("*.example", True),
        ("portal.example:443", True),
        ("*", True),
        ("tal.example", False),
        ("portal.example:8443", False),
        ("", False),
    ],
)
def test_hosts_that_are_spared_from_the_proxy_are_reached_straight(
    spared: str, straight: bool
) -> None:
    environ = {"https_proxy": "http://p:8080", "no_proxy": spared}
    found = route.route_to(MachineRoot(Path("/"), environ), "https", "portal.example", 443)
    assert found.proxy == ("" if straight else "p:8080")


@pytest.fixture
def inspector(tmp_path: Path) -> Iterator[str]:
    """A proxy that opens TLS: behind each tunnel stands itself, with a certificate of its own."""
    (tmp_path / "inspector").mkdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path / "inspector"))

    def serve_one(link: socket.socket) -> None:
        with suppress(OSError), link:
            link.recv(4096)
            link.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            context.wrap_socket(link, server_side=True).close()

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                link, _ = listening.accept()
                threading.Thread(target=serve_one, args=(link,), daemon=True).start()

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def test_a_proxy_that_opens_tls_is_reported_with_who_issued_its_certificate(
    inspector: str, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    own = certificate(tmp_path / "own", "portal.example")
    found = ask("https://portal.example/", own, https_proxy=inspector).facts
    assert (found.stage, found.opened, found.issuer) == ("untrusted", True, "CN=A server of tests")


def test_a_chain_is_judged_by_the_authorities_that_were_named(tmp_path: Path) -> None:
    reader = MemoryReader()
    reader.insert(VirtualCard(MemoryStore(CardImage.load(CARDS / "cps3.json"))))
    assert judge(reader, CardTracer(), FileJudge(TrustFiles(), FixedClock(NOW))) == []
    third_party = TrustFiles.read([certificate(tmp_path)], [], [])
    judged = judge(reader, CardTracer(), FileJudge(third_party, FixedClock(NOW)))
    assert {(item.use, item.code) for item in judged} == {
        ("authentication", "trust.chain_not_found"),
        ("signature", "trust.chain_not_found"),
    }
