# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The middleware: where a certificate may come from, and what is never believed."""

import asyncio
import hashlib
from collections.abc import MutableMapping
from typing import Any

import pytest

from caducee.relying.asgi import ClientCertificateMiddleware, FrontPolicy, client_connection
from caducee.relying.client import ClientConnection, TlsEndpoint

FRONT = FrontPolicy(uids=frozenset({33}))
HOLDER = [
    (b"client-cert", b":AQID:"),
    (b"client-cert-verify", b"0"),
    (b"client-connection", b"77"),
]
PLAIN = (b"accept", b"*/*")

type Headers = list[tuple[bytes, bytes]]


def run(
    headers: Headers, extensions: dict[str, Any] | None = None, fronts: FrontPolicy = FRONT
) -> tuple[ClientConnection, Headers]:
    """Send one request through the middleware; return what the application saw."""
    seen = scope_of(headers, extensions, fronts)
    return client_connection(seen), seen["headers"]


def scope_of(
    headers: Headers, extensions: dict[str, Any] | None = None, fronts: FrontPolicy = FRONT
) -> MutableMapping[str, Any]:
    """Send one request through the middleware; return the scope that the application saw."""
    seen: list[MutableMapping[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    scope: dict[str, Any] = {
        "type": "http",
        "headers": [PLAIN, *headers],
        "client": ("127.0.0.1", 1),
    }
    if extensions is not None:
        scope["extensions"] = extensions
    asyncio.run(ClientCertificateMiddleware(app, fronts)(scope, None, None))  # type: ignore[arg-type]
    return seen[0]


def socket_of(uid: int) -> dict[str, Any]:
    return {"caducee": {"connection": "c1", "peer": {"pid": 1, "uid": uid, "gid": uid}}}


def tls(*chain: bytes, **more: Any) -> dict[str, Any]:
    facts = {"client_chain_der": chain, "tls_version": 0x0303, "verify_code": 0, **more}
    return {"tls": facts, "caducee": {"connection": "c9", "peer": None}}


def test_a_front_on_a_unix_socket_of_an_admitted_user_is_believed() -> None:
    found, headers = run(HOLDER, socket_of(33))
    assert found.certificate is not None
    assert found.certificate.der == b"\x01\x02\x03"
    assert found.source is TlsEndpoint.FRONT
    assert found.id == "front:77"
    assert headers == [PLAIN]


@pytest.mark.parametrize(
    "extensions",
    [
        None,
        {},
        {"caducee": {"connection": "c1", "peer": None}},
        socket_of(1000),
        socket_of(0),
        tls(),
    ],
    ids=["no facts", "empty", "loopback TCP", "other user", "root", "TLS"],
)
def test_forged_headers_from_anybody_else_are_removed(extensions: dict[str, Any] | None) -> None:
    found, headers = run(HOLDER, extensions)
    assert found.certificate is None
    assert found.absence == "relying.certificate_absent"
    assert found.source is TlsEndpoint.LISTENER
    assert headers == [PLAIN]


@pytest.mark.parametrize(
    ("sent", "client"),
    [
        ([(b"client-address", b"192.0.2.7")], ("192.0.2.7", 0)),
        ([(b"client-address", b"2001:DB8::7")], ("2001:db8::7", 0)),
        ([], None),
        ([(b"client-address", b"somebody")], None),
        ([(b"client-address", b"192.0.2.7"), (b"client-address", b"192.0.2.8")], None),
    ],
)
def test_a_trusted_front_names_the_address_of_its_client(
    sent: Headers, client: tuple[str, int] | None
) -> None:
    assert scope_of([*HOLDER, *sent], socket_of(33))["client"] == client


def test_nobody_but_a_front_names_an_address() -> None:
    scope = scope_of([(b"client-address", b"192.0.2.7")], tls())
    assert (scope["client"], scope["headers"]) == (("127.0.0.1", 1), [PLAIN])


def test_loopback_is_no_reason_to_trust_even_when_no_front_is_named() -> None:
    found, headers = run(HOLDER, socket_of(33), FrontPolicy())
    assert found.certificate is None
    assert headers == [PLAIN]


@pytest.mark.parametrize("name", [b"Client-Cert", b"CLIENT_CERT", b"client_cert_verify"])
def test_headers_are_removed_however_they_are_spelt(name: bytes) -> None:
    _, headers = run([(name, b":AQID:")], tls())
    assert headers == [PLAIN]


def test_a_front_that_shows_a_named_certificate_is_believed() -> None:
    named = FrontPolicy(certificates=frozenset({hashlib.sha256(b"front").hexdigest()}))
    found, _ = run(HOLDER, tls(b"front", b"its CA"), named)
    assert found.certificate is not None
    assert found.certificate.der == b"\x01\x02\x03"
    other, headers = run(HOLDER, tls(b"another front"), named)
    assert other.certificate is not None
    assert other.certificate.der == b"another front"
    assert headers == [PLAIN]


def test_the_certificate_of_the_front_itself_logs_nobody_in() -> None:
    named = FrontPolicy(certificates=frozenset({hashlib.sha256(b"front").hexdigest()}))
    found, _ = run([], tls(b"front"), named)
    assert found.certificate is None
    assert found.absence == "relying.certificate_absent"


def without(name: bytes) -> Headers:
    return [item for item in HOLDER if item[0] != name]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "relying.certificate_absent"),
        ([(b"client-cert", b"::"), *HOLDER[1:]], "relying.certificate_absent"),
        ([(b"client-cert", b"nonsense"), *HOLDER[1:]], "relying.front_certificate_invalid"),
        ([*HOLDER, (b"client-cert", b":BBBB:")], "relying.front_header_twice"),
        ([*HOLDER, (b"Client-Cert-Verify", b"0")], "relying.front_header_twice"),
        (without(b"client-cert-verify"), "relying.front_verify_missing"),
        (without(b"client-connection"), "relying.front_connection_missing"),
        ([*HOLDER, (b"client-cert-chain", b"?")], "relying.front_certificate_invalid"),
    ],
)
def test_a_front_that_says_too_little_or_too_much_gives_no_certificate(
    headers: Headers, code: str
) -> None:
    found, _ = run(headers, socket_of(33))
    assert found.certificate is None
    assert found.absence == code


def test_the_chain_and_the_verify_code_of_a_front_are_passed_on() -> None:
    headers = [
        HOLDER[0],
        (b"client-cert-chain", b":BAUG:"),
        (b"client-cert-verify", b"FAILED:certificate has expired"),
        HOLDER[2],
    ]
    found, _ = run(headers, socket_of(33))
    assert found.certificate is not None
    assert found.certificate.chain == (b"\x04\x05\x06",)
    assert found.certificate.verify_code == 10
    assert found.certificate.verify_reason == "certificate has expired"


def test_header_names_of_the_front_can_be_chosen() -> None:
    fronts = FrontPolicy(uids=frozenset({33}), certificate_header="x-ssl-cert")
    headers = [(b"x-ssl-cert", b":AQID:"), *HOLDER[1:]]
    assert run(headers, socket_of(33), fronts)[0].certificate is not None
    assert run(headers, tls(), fronts)[1] == [PLAIN]


def test_the_certificate_of_our_own_listener_comes_with_its_chain() -> None:
    found, _ = run([], tls(b"leaf", b"issuer"))
    assert found.certificate is not None
    assert (found.certificate.der, found.certificate.chain) == (b"leaf", (b"issuer",))
    assert found.id == "c9"
    assert found.tls_version == 0x0303
    assert found.fingerprint == hashlib.sha256(b"leaf").hexdigest()


def test_a_resumed_session_counts_as_one_without_a_certificate() -> None:
    found, _ = run([], tls(b"leaf", session_reused=True))
    assert found.certificate is None
    assert found.absence == "relying.session_resumed"


def test_a_resumed_session_of_a_named_front_is_not_believed() -> None:
    named = FrontPolicy(certificates=frozenset({hashlib.sha256(b"front").hexdigest()}))
    found, _ = run(HOLDER, tls(b"front", session_reused=True), named)
    assert found.certificate is None


def test_the_application_finds_no_certificate_without_the_middleware() -> None:
    found = client_connection({"type": "http", "extensions": tls(b"leaf")})
    assert found.certificate is None
    assert found.fingerprint is None


def test_other_kinds_of_scope_pass_untouched() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    scope = {"type": "lifespan"}
    asyncio.run(ClientCertificateMiddleware(app)(scope, None, None))  # type: ignore[arg-type]
    assert seen == [{"type": "lifespan"}]
