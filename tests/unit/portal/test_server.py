# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The portal on its real listeners: TLS versions, certificates, sessions, logout, the front."""

import contextlib
import http.client
import socket
import ssl
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from caducee.base.clock import FixedClock
from caducee.base.errors import ConfigError
from caducee.services.portal.server import running
from caducee.services.web.listeners import Listener, tls_of
from caducee.services.web.settings import PortalAddresses, PortalSettings

type Connect = Callable[..., Any]


@pytest.fixture
def connect(keys: Any, client_kind: Any) -> Iterator[Connect]:
    with contextlib.ExitStack() as stack:

        def opened(origin: str, card: str | None = None) -> Any:
            client = client_kind(keys, origin, card)
            stack.callback(client.close)
            return client

        yield opened


def cookie_of(answer: Any) -> str:
    return f"__Host-session={answer.cookies['__Host-session']}"


def code_of(answer: Any) -> str:
    return str(answer.json["refusal"]["code"])


def test_both_certificate_listeners_log_a_card_in(live: PortalAddresses, connect: Connect) -> None:
    for origin, version in ((live.tls12, "TLSv1.2"), (live.tls13, "TLSv1.3")):
        client = connect(origin, "card")
        answer = client("GET", "/login/certificate")
        assert (answer.status, answer.json["ok"]) == (200, True)
        assert client.http.sock.version() == version


@pytest.mark.parametrize(
    ("listener", "version"),
    [("tls12", ssl.TLSVersion.TLSv1_3), ("tls13", ssl.TLSVersion.TLSv1_2)],
)
def test_a_certificate_listener_speaks_its_own_version_alone(
    live: PortalAddresses, keys: Any, listener: str, version: ssl.TLSVersion
) -> None:
    context = ssl.create_default_context(cafile=keys.path("web.pem"))
    context.minimum_version = context.maximum_version = version
    port = urlsplit(getattr(live, listener)).port
    with socket.create_connection(("localhost", port or 0), 20) as plain:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(plain, server_hostname="localhost")


def test_an_expired_card_passes_tls_and_is_judged_above_it(
    live: PortalAddresses, connect: Connect
) -> None:
    for origin in (live.tls12, live.tls13):
        assert connect(origin, "expired")("GET", "/login/certificate").status == 200


@pytest.mark.parametrize("card", ["signature", "stranger"])
def test_a_signature_certificate_or_a_others_fails_in_tls(
    live: PortalAddresses, connect: Connect, card: str
) -> None:
    for origin in (live.tls12, live.tls13):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connect(origin, card)("GET", "/login/certificate")


def test_no_certificate_is_explained_on_each_listener(
    live: PortalAddresses, connect: Connect
) -> None:
    assert code_of(connect(live.tls12)("GET", "/login/certificate")) == "relying.certificate_absent"
    over13 = connect(live.tls13)("GET", "/login/certificate")
    assert code_of(over13) == "portal.certificate_absent_tls13"
    assert over13.json["links"][0]["href"] == f"{live.tls12}/login/certificate"


def test_the_open_listener_asks_for_no_certificate(settings: PortalSettings) -> None:
    assert tls_of(Listener.OPEN, settings).verify_mode is ssl.CERT_NONE
    assert tls_of(Listener.TLS12, settings).verify_mode is ssl.CERT_OPTIONAL


def test_the_open_listener_sends_a_card_to_the_other(
    live: PortalAddresses, connect: Connect
) -> None:
    answer = connect(live.open, "card")("GET", "/login/certificate")
    assert (answer.status, answer.header("location")) == (303, f"{live.tls12}/login/certificate")


def test_a_session_cannot_be_used_without_its_card(live: PortalAddresses, connect: Connect) -> None:
    cookie = cookie_of(connect(live.tls12, "card")("GET", "/login/certificate"))
    assert connect(live.tls12, "card")("GET", "/session", cookie=cookie).status == 200
    for origin, card in ((live.tls12, "other"), (live.tls12, None), (live.open, None)):
        answer = connect(origin, card)("GET", "/session", cookie=cookie)
        assert code_of(answer) == "relying.session_other_certificate"


def test_the_logout_closes_the_connection_and_ends_the_cookie(
    live: PortalAddresses, connect: Connect
) -> None:
    client = connect(live.tls12, "card")
    cookie = cookie_of(client("GET", "/login/certificate"))
    kept = client.http.sock
    assert client("GET", "/session", cookie=cookie).status == 200
    assert client.http.sock is kept
    answer = client("POST", "/logout", cookie=cookie)
    assert (answer.status, answer.header("connection")) == (200, "close")
    assert client.http.sock is None
    again = connect(live.tls12, "card")("GET", "/session", cookie=cookie)
    assert code_of(again) == "relying.session_unknown"


def test_a_request_sent_behind_the_logout_is_not_served(
    live: PortalAddresses, keys: Any, connect: Connect
) -> None:
    login = connect(live.tls12, "card")
    cookie = cookie_of(login("GET", "/login/certificate"))
    host = urlsplit(live.tls12).netloc
    head = f"HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n"
    logout = f"POST /logout {head}Content-Length: 0\r\n\r\n"
    login.http.sock.sendall(
        f"{logout}GET /session {head}\r\nGET /login/certificate {head}\r\n".encode()
    )
    received = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while part := login.http.sock.recv(65536):
            received += part
    assert received.count(b"HTTP/1.1 ") == 1


def test_no_tls_session_can_be_resumed(live: PortalAddresses, keys: Any) -> None:
    context = ssl.create_default_context(cafile=keys.path("web.pem"))
    context.load_cert_chain(keys.path("card.pem"))
    for origin in (live.tls12, live.tls13):
        port = urlsplit(origin).port or 0
        with socket.create_connection(("localhost", port), 20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                while tls.recv(65536):
                    pass
                assert not (tls.session and tls.session.has_ticket)


def test_an_idle_connection_is_closed_after_a_few_seconds(
    keys: Any, verifier: Any, holders: Any, clock: FixedClock, connect: Connect, settings: Any
) -> None:
    short = msgspec.structs.replace(settings, keep_alive_seconds=1)
    with running(short, verifier, holders, clock) as addresses:
        client = connect(addresses.tls12, "card")
        client("GET", "/")
        assert client.http.sock.recv(1) == b""  # waits until the server closes


def test_the_socket_of_a_front_is_for_this_user_alone(live: PortalAddresses) -> None:
    assert live.front_socket is not None
    assert stat.S_IMODE(live.front_socket.stat().st_mode) == 0o600


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("front.test", timeout=20)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self._path)


def test_a_front_of_this_user_forwards_a_certificate(live: PortalAddresses) -> None:
    assert live.front_socket is not None
    front = _Unix(live.front_socket)
    headers = {
        "Accept": "application/json",
        "Client-Cert": ":AQID:",
        "Client-Cert-Verify": "0",
        "Client-Connection": "7",
    }
    front.request("GET", "/login/certificate", headers=headers)
    answer = front.getresponse()
    assert msgspec.json.decode(answer.read())["ok"] is True
    front.close()


def test_the_socket_of_a_front_is_removed_at_the_end(
    settings: PortalSettings, verifier: Any, holders: Any, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    with running(
        msgspec.structs.replace(settings, front_socket=str(path)), verifier, holders, clock
    ):
        assert path.exists()
    assert not path.exists()


def test_a_socket_left_behind_is_replaced_and_a_file_is_not(
    settings: PortalSettings, verifier: Any, holders: Any, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    chosen = msgspec.structs.replace(settings, front_socket=str(path))
    with running(chosen, verifier, holders, clock):
        pass
    path.write_text("mine")
    with pytest.raises(ConfigError) as caught, running(chosen, verifier, holders, clock):
        pass
    assert caught.value.code == "portal.address_taken"
    assert path.read_text() == "mine"


def test_a_taken_port_is_named(
    settings: PortalSettings, verifier: Any, holders: Any, clock: FixedClock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        chosen = msgspec.structs.replace(settings, tls13_port=port)
        with pytest.raises(ConfigError) as caught, running(chosen, verifier, holders, clock):
            pass
    assert (caught.value.code, caught.value.facts["address"]) == (
        "portal.address_taken",
        f"127.0.0.1:{port}",
    )


@pytest.mark.parametrize("key", ["server_certificate", "server_key", "client_authorities"])
def test_unusable_tls_material_is_named(
    settings: PortalSettings,
    verifier: Any,
    holders: Any,
    clock: FixedClock,
    tmp_path: Path,
    key: str,
) -> None:
    (tmp_path / "empty").write_text("nothing")
    for path in (tmp_path / "empty", tmp_path / "missing"):
        chosen = msgspec.structs.replace(settings, **{key: str(path)})
        with pytest.raises(ConfigError) as caught, running(chosen, verifier, holders, clock):
            pass
        assert caught.value.code == "portal.tls_material"


def test_an_unknown_user_of_the_front_is_named(
    settings: PortalSettings, verifier: Any, holders: Any, clock: FixedClock, tmp_path: Path
) -> None:
    path = str(tmp_path / "s")
    chosen = msgspec.structs.replace(settings, front_socket=path, front_user="no-such-user")
    with pytest.raises(ConfigError) as caught, running(chosen, verifier, holders, clock):
        pass
    assert caught.value.code == "portal.front_user_unknown"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\xff\xfe" * 100,
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /login/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /login/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"CONNECT x HTTP/1.1\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /static/../../app.py HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /static/%2e%2e/app.py HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
)
def test_hostile_requests_leave_the_portal_working(
    live: PortalAddresses, keys: Any, connect: Connect, sent: bytes
) -> None:
    context = ssl.create_default_context(cafile=keys.path("web.pem"))
    port = urlsplit(live.open).port or 0
    received = b""
    with (
        socket.create_connection(("localhost", port), 20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
        contextlib.suppress(ConnectionError, ssl.SSLError),
    ):
        tls.sendall(sent)
        while part := tls.recv(65536):
            received += part
    assert b"Traceback" not in received
    assert b"create_app" not in received
    assert not received or received.split(b" ", 2)[1][:1] == b"4"
    assert connect(live.open)("GET", "/").status == 200


@pytest.mark.parametrize("part", [b"x: y\r\n" * 2_000, b"y" * 12_000])
def test_a_head_without_end_is_cut_off_before_it_fills_the_memory(
    live: PortalAddresses, keys: Any, part: bytes
) -> None:
    context = ssl.create_default_context(cafile=keys.path("web.pem"))
    port = urlsplit(live.open).port or 0
    with (
        socket.create_connection(("localhost", port), 20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
        pytest.raises((ConnectionError, ssl.SSLError)),
    ):
        tls.sendall(b"GET / HTTP/1.1\r\nx: ")
        for _ in range(3_000):  # 36 MB, were they taken
            tls.sendall(part)


def test_a_stop_waits_for_no_silent_client(
    settings: PortalSettings, verifier: Any, holders: Any, clock: FixedClock, connect: Connect
) -> None:
    with contextlib.ExitStack() as clients:
        with running(settings, verifier, holders, clock) as addresses:
            for origin in (addresses.open, addresses.tls12, addresses.tls13):
                port = urlsplit(origin).port or 0
                silent = socket.create_connection(("localhost", port), 20)
                clients.enter_context(silent)
                idle = connect(origin)
                assert idle("GET", "/").status == 200
        assert silent.recv(1) == b""
