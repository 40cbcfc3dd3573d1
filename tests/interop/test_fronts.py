# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""nginx and HAProxy, the real ones, in front of the portal: the same logins, the same refusals."""

import base64
import contextlib
import http.client
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from caducee.directory.model import Person, Structure
from caducee.issuance import CardOrder, Practice, identities
from caducee.relying.policy import CardPolicy
from caducee.sandbox.world import Sandbox
from caducee.services.portal.fronts import (
    FrontSettings,
    haproxy_configuration,
    nginx_configuration,
)
from caducee.services.portal.server import running
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.testing import pki
from caducee.testing.keys import SharedKeys

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("fronts")]


@dataclass
class World:
    """A sandbox with one card for each rule, its certificates and keys in PEM files."""

    sandbox: Sandbox
    folder: Path

    def pem(self, card: str) -> str:
        return str(self.folder / f"{card}.pem")

    def write(self, card: str, certificate: x509.Certificate, key: Any) -> None:
        text = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        Path(self.pem(card)).write_bytes(text)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("fronts")
    keys = SharedKeys(card_keys=1)
    key = keys.card_key()
    with Sandbox.create(folder / "world", ca_keys=keys) as sandbox:
        made = World(sandbox, folder)

        def issue(card: str, order: CardOrder) -> Any:
            issued = sandbox.issue(order, keys=keys)
            made.write(card, issued.authentication, key)
            made.write(f"{card}-signs", issued.signature, key)
            return issued

        sandbox.clock.move(-timedelta(days=4 * 365))
        issue("expired", _physician(1))
        sandbox.clock.reset()
        issue("good", _physician(2))
        stopped = issue("revoked", _physician(3))
        sandbox.revoke(stopped.card.number)
        issue("staff", _staff())
        run_tool = pki.authority("STRANGERS").issue("STRANGER")
        made.write("stranger", run_tool.certificate, run_tool.key)
        yield made


def _physician(order: int) -> CardOrder:
    person = identities.person(order)
    return CardOrder(person=person, practices=(Practice(identities.practice_of(person), "SA07"),))


def _staff() -> CardOrder:
    hospital = Structure("10B0057881", "HOPITAL DES 3 DAMES", "75")
    person = Person("30B0057881/CPET0002", "ADMINISTRATIF-CH057880002", "CHARLES")
    return CardOrder(person=person, family=CardFamily.CPE, practices=(Practice(hospital, "SA01"),))


@dataclass(frozen=True)
class Front:
    """A front that runs."""

    kind: str
    tls12: str
    tls13: str
    world: World


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [item.getsockname()[1] for item in taken]


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def front(request: pytest.FixtureRequest, world: World, tmp_path_factory: Any) -> Iterator[Front]:
    kind = str(request.param)
    folder = tmp_path_factory.mktemp(kind)
    port12, port13 = _free_ports(2)
    made = Front(kind, f"https://localhost:{port12}", f"https://localhost:{port13}", world)
    socket_path = folder / "portal.sock"
    policy = CardPolicy(
        families=frozenset({CardFamily.CPS}), categories=frozenset({ProductCategory.TEST_CARD})
    )
    verifier = world.sandbox.verifier(policy)
    settings = msgspec.structs.replace(
        world.sandbox.portal_settings(socket_path),
        front_origin=made.tls12,
        front_tls13_origin=made.tls13,
    )
    both = folder / "server.pem"
    parts = dict.fromkeys((settings.server_certificate, settings.server_key))
    both.write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    front_settings = FrontSettings(
        portal_socket=socket_path,
        origin=made.tls12,
        tls13_origin=made.tls13,
        certificate=both,
        key=Path(settings.server_key),
        client_authorities=Path(settings.client_authorities),
        folder=folder,
        user=pwd.getpwuid(os.getuid()).pw_name if os.getuid() == 0 else None,
    )
    with (
        running(settings, verifier, world.sandbox.holders, world.sandbox.clock),
        _program(_command(kind, front_settings), folder, (port12, port13)),
    ):
        yield made


def _command(kind: str, settings: FrontSettings) -> list[str]:
    program = shutil.which(kind, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert program, f"{kind} is not installed"
    if kind == "nginx":
        path = settings.folder / "nginx.conf"
        path.write_text(nginx_configuration(settings))
        return [program, "-c", str(path), "-p", str(settings.folder), "-e", "stderr"]
    files = haproxy_configuration(settings)
    for path, text in files.items():
        path.write_text(text)
    return [program, "-db", "-f", str(next(iter(files)))]


@contextlib.contextmanager
def _program(command: list[str], folder: Path, ports: tuple[int, ...]) -> Iterator[None]:
    log = folder / "front.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            for port in ports:
                _wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(400):
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def refusal(self) -> str:
        return str(self.json["refusal"]["code"])

    @property
    def cookie(self) -> str:
        return self.headers["set-cookie"].partition(";")[0]


class Client:
    """One TLS connection to a front, kept alive."""

    def __init__(self, front: Front, card: str | None = None, *, tls13: bool = False) -> None:
        context = ssl.create_default_context(cafile=str(front.world.sandbox.server_root()))
        if card is not None:
            context.load_cert_chain(front.world.pem(card))
        self.context = context
        port = urlsplit(front.tls13 if tls13 else front.tls12).port
        self.http = http.client.HTTPSConnection("localhost", port, context=context, timeout=20)

    def __call__(
        self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None
    ) -> Answer:
        self.http.request(method, path, headers={"Accept": "application/json"} | (headers or {}))
        found = self.http.getresponse()
        named = {name.lower(): value for name, value in reversed(found.getheaders())}
        return Answer(found.status, named, found.read())


type Connect = Callable[..., Client]


@pytest.fixture
def connect(front: Front) -> Iterator[Connect]:
    with contextlib.ExitStack() as stack:

        def opened(card: str | None = None, *, tls13: bool = False) -> Client:
            client = Client(front, card, tls13=tls13)
            stack.callback(client.http.close)
            return client

        yield opened


@pytest.mark.parametrize("tls13", [False, True])
def test_a_good_card_logs_in_over_each_version(connect: Connect, tls13: bool) -> None:
    client = connect("good", tls13=tls13)
    answer = client("/login/certificate")
    assert (answer.status, answer.json["ok"]) == (200, True)
    assert client.http.sock.version() == ("TLSv1.3" if tls13 else "TLSv1.2")
    assert answer.json["identity"]["family"] == "CPS"
    session = client("/session", headers={"Cookie": answer.cookie})
    assert session.json["identity"] == answer.json["identity"]


@pytest.mark.parametrize(
    ("card", "check", "code"),
    [
        ("expired", "validity", "relying.certificate_expired"),
        ("revoked", "revocation", "trust.revoked"),
        ("staff", "family", "relying.family_refused"),
        ("good-signs", "usage", "relying.usage_refused"),
        ("stranger", "certificate", "trust.not_a_card_certificate"),
    ],
)
@pytest.mark.parametrize("tls13", [False, True])
def test_a_card_that_is_refused_is_reported_so_by_the_portal(
    connect: Connect, card: str, check: str, code: str, tls13: bool
) -> None:
    answer = connect(card, tls13=tls13)("/login/certificate")
    assert answer.status == 403
    checks = {item["name"]: item for item in answer.json["verdict"]["checks"]}
    assert (checks[check]["outcome"], checks[check]["code"]) == ("failed", code)


def test_an_expired_card_fails_by_its_dates_alone(connect: Connect) -> None:
    answer = connect("expired")("/login/certificate")
    assert answer.refusal == "relying.certificate_expired"
    page = connect("expired")("/login/certificate", headers={"Accept": "text/html"})
    assert page.body.startswith(b"<!doctype html>")
    assert b"relying.certificate_expired" in page.body


def test_no_certificate_is_explained_for_each_version(connect: Connect, front: Front) -> None:
    assert connect()("/login/certificate").refusal == "relying.certificate_absent"
    over13 = connect(tls13=True)("/login/certificate")
    assert over13.refusal == "portal.certificate_absent_tls13"
    assert over13.json["links"][0]["href"] == f"{front.tls12}/login/certificate"


@pytest.mark.parametrize("form", ["rfc9440", "pem"])
@pytest.mark.parametrize("underscores", [False, True])
def test_forged_headers_log_nobody_in(
    connect: Connect, world: World, form: str, underscores: bool
) -> None:
    pem = Path(world.pem("good")).read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    encoded = certificate.public_bytes(serialization.Encoding.DER)
    value = f":{base64.b64encode(encoded).decode()}:"
    if form == "pem":
        value = quote(certificate.public_bytes(serialization.Encoding.PEM).decode())
    forged = {"Client-Cert": value, "Client-Cert-Verify": "0", "Client-Connection": "1"}
    if underscores:
        forged = {name.replace("-", "_"): value for name, value in forged.items()}
    answer = connect()("/login/certificate", headers=forged)
    assert answer.refusal == "relying.certificate_absent"


def test_forged_headers_beside_a_card_do_not_help_it(connect: Connect) -> None:
    forged = {"Client-Cert-Verify": "0", "Client-Cert-Chain": ":AQID:", "Client-Connection": "1"}
    answer = connect("expired")("/login/certificate", headers=forged)
    assert answer.refusal == "relying.certificate_expired"


def test_headers_of_a_client_do_not_disturb_a_good_card(connect: Connect) -> None:
    names = ("Client-Cert", "Client-Cert-Verify", "Client-Cert-Chain", "Client-Connection")
    answer = connect("good")("/login/certificate", headers=dict.fromkeys(names, "garbage"))
    assert answer.json["ok"] is True


def test_a_client_that_forges_its_address_is_counted_by_its_own(connect: Connect) -> None:
    client, statuses = connect(), []
    for number in range(200):
        forged = {"Client-Address": f"192.0.{number}.1", "Client_Address": f"192.0.{number}.1"}
        statuses.append(client("/login/nonce", headers=forged).status)
    assert (statuses[0], statuses[-1]) == (200, 429)


def test_after_the_logout_the_old_cookie_and_connection_are_refused(connect: Connect) -> None:
    client = connect("good")
    cookie = client("/login/certificate").cookie
    assert client("/session", headers={"Cookie": cookie}).status == 200
    answer = client("/logout", method="POST", headers={"Cookie": cookie})
    assert answer.json["logged_out"] is True
    assert client.http.sock is None  # the front closed it
    again = connect("good")("/session", headers={"Cookie": cookie})
    assert again.refusal == "relying.session_unknown"


def test_a_connection_kept_through_a_logout_is_refused(connect: Connect) -> None:
    kept = connect("good")
    cookie = kept("/login/certificate").cookie
    logout = connect("good")("/logout", method="POST", headers={"Cookie": cookie})
    assert logout.status == 200
    assert kept.http.sock is not None
    assert kept("/login/certificate").refusal == "relying.connection_logged_out"


def test_no_tls_session_is_resumed(connect: Connect) -> None:
    for tls13 in (False, True):
        first = connect("good", tls13=tls13)
        first("/")
        sock = first.http.sock
        assert isinstance(sock, ssl.SSLSocket)
        again = first.context.wrap_socket(
            socket.create_connection(sock.getpeername(), 20),
            server_hostname="localhost",
            session=sock.session,
        )
        with again:
            assert not again.session_reused


def test_a_foreign_host_name_is_not_answered(connect: Connect) -> None:
    assert connect("good")("/session", headers={"Host": "evil.test"}).status == 421
