# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A portal with a verifier that answers as a test sets it, in process and over real TLS."""

import asyncio
import datetime as dt
import http.client
import json
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from caducee.base.clock import FixedClock
from caducee.relying.client import ClientConnection
from caducee.relying.nonces import Challenge
from caducee.relying.registry import HolderActivity, MemoryHolders, StaticHolder
from caducee.relying.verdict import (
    Check,
    CheckName,
    CheckOutcome,
    Identity,
    Verdict,
    failed,
    passed,
    skipped,
)
from caducee.services.portal.app import create_app
from caducee.services.portal.server import running
from caducee.services.web.listeners import Listener
from caducee.services.web.settings import PortalAddresses, PortalSettings
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.testing import pki

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
PS = "899700218896"
CARD = "8025000001/2800636234"
ONE = (HolderActivity("a1", "10B0007712", "CABINET M DOC0007712", "SA07", "00"),)
TWO = (*ONE, HolderActivity("a2", "30B0057881", "HOPITAL GENERIQUE", "SA01", "01"))

_PASSED = {
    CheckName.TRANSPORT: ("relying.transport_proven", {}),
    CheckName.CERTIFICATE: ("relying.certificate_read", {"card_id": CARD}),
    CheckName.CHAIN: ("relying.chain_accepted", {}),
    CheckName.VALIDITY: (
        "relying.validity_current",
        {"not_before": "2025-01-01", "not_after": "2028-01-01"},
    ),
    CheckName.USAGE: ("relying.usage_authentication", {}),
    CheckName.REVOCATION: ("relying.revocation_good", {}),
    CheckName.FAMILY: ("relying.family_admitted", {"family": "CPS"}),
    CheckName.CATEGORY: ("relying.category_admitted", {}),
    CheckName.INDIVIDUAL: ("relying.individual", {}),
    CheckName.PROFESSION: ("relying.profession_admitted", {"profession": "Médecin"}),
    CheckName.HOLDER: ("relying.holder_active", {"ps_idnat": PS}),
    CheckName.CARD: ("relying.card_active", {"card_id": CARD}),
}


def identity(activities: tuple[HolderActivity, ...] = ONE) -> Identity:
    """Return a physician with these activities."""
    return Identity(
        ps_idnat=PS,
        family_name="DOC0021889",
        given_name="Ambre-Élise",
        title="Médecin",
        professions=("10",),
        specialties=("SM26", "ZZ99"),
        family=CardFamily.CPS,
        category=ProductCategory.TEST_CARD,
        test=True,
        card_id=CARD,
        activities=activities,
        fingerprint="00" * 32,
    )


def admitted(activities: tuple[HolderActivity, ...] = ONE) -> Verdict:
    """Return a verdict that admits."""
    checks = tuple(passed(name, code, **facts) for name, (code, facts) in _PASSED.items())
    return Verdict(checks, identity(activities))


def refused(name: CheckName, code: str, **facts: Any) -> Verdict:
    """Return a verdict in which one check failed, and those after it were not made."""
    checks: list[Check] = []
    for check in admitted().checks:
        if check.name == name:
            checks.append(failed(name, code, **facts))
        elif any(made.outcome is CheckOutcome.FAILED for made in checks):
            checks.append(skipped(CheckName(check.name), str(name)))
        else:
            checks.append(check)
    return Verdict(tuple(checks), None if name is CheckName.TRANSPORT else identity())


@dataclass
class ScriptedVerifier:
    """Answers a certificate or a token with the verdict that stands here."""

    verdict: Verdict = field(default_factory=admitted)
    challenges: list[Challenge] = field(default_factory=list)
    seen_origins: list[str | None] = field(default_factory=list)
    raises: Exception | None = None

    def verify_connection(self, connection: ClientConnection) -> Verdict:
        if self.raises:
            raise self.raises
        if connection.certificate is None:
            return refused(CheckName.TRANSPORT, connection.absence)
        return self.verdict

    def verify_token(
        self, token: bytes, challenge: Challenge, *, seen_origin: str | None = None
    ) -> Verdict:
        self.challenges.append(challenge)
        self.seen_origins.append(seen_origin)
        if challenge.refusal:
            return refused(CheckName.CERTIFICATE, challenge.refusal)
        return self.verdict


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def set_cookies(self) -> dict[str, str]:
        found = {}
        for key, value in self.headers:
            if key.lower() == "set-cookie":
                name, _, rest = value.partition("=")
                found[name] = rest
        return found

    @property
    def cookies(self) -> dict[str, str]:
        return {name: rest.partition(";")[0].strip('"') for name, rest in self.set_cookies.items()}


ADDRESSES = PortalAddresses(
    open="https://localhost:1",
    tls12="https://localhost:2",
    tls13="https://localhost:3",
    front="https://front.test",
    front_tls13="https://front13.test",
)


class InProcess:
    """Calls the application without a network, as if over one of the listeners."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.cookies: dict[str, str] = {}
        self.client: str | None = "127.0.0.1"

    def __call__(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        meanwhile: Callable[[], Awaitable[object]] | None = None,
        **how: Any,
    ) -> Answer:
        """Send a request as `scope` says; ``meanwhile`` runs before its body is there."""
        answer = asyncio.run(_call(self.app, self.scope(method, path, **how), body, meanwhile))
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        self.cookies = {key: value for key, value in self.cookies.items() if value}
        return answer

    async def send(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Send a request while another one is under way."""
        return await _call(self.app, self.scope(method, path, json=True), body, None)

    def scope(
        self,
        method: str,
        path: str,
        *,
        listener: Listener = Listener.TLS12,
        certificate: bytes | None = b"card",
        connection: str = "c1",
        reused: bool = False,
        headers: dict[str, str] | None = None,
        json: bool = False,
        language: str = "en",
    ) -> dict[str, Any]:
        origin = getattr(ADDRESSES, listener.value)
        sent = {"host": urlsplit(origin).netloc, "accept-language": language}
        if json:
            sent["accept"] = "application/json"
        if self.cookies:
            sent["cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        sent |= headers or {}
        tls = {
            "client_chain_der": (certificate,) if certificate else (),
            "verify_code": 0,
            "session_reused": reused,
            "tls_version": 0x0304 if listener is Listener.TLS13 else 0x0303,
        }
        target, _, query = path.partition("?")
        return {
            "type": "http",
            "method": method,
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "https",
            "http_version": "1.1",
            "headers": [(key.encode(), value.encode()) for key, value in sent.items()],
            "client": (self.client, 9) if self.client else None,
            "server": ("127.0.0.1", 1),
            "state": {"listener": listener},
            "extensions": {"tls": tls, "caducee": {"connection": connection, "peer": None}},
        }


async def _call(
    app: Any,
    scope: dict[str, Any],
    body: bytes,
    meanwhile: Callable[[], Awaitable[object]] | None,
) -> Answer:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if waiting and meanwhile is not None:
            await meanwhile()
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = [(key.decode(), value.decode()) for key, value in sent[0]["headers"]]
    content = b"".join(item.get("body", b"") for item in sent[1:])
    return Answer(sent[0]["status"], headers, content)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def verifier() -> ScriptedVerifier:
    return ScriptedVerifier()


@pytest.fixture
def holders() -> MemoryHolders:
    found = MemoryHolders([StaticHolder(PS, "DOC0021889", "Ambre-Élise", "10", (), TWO)])
    found.put_card(CARD)
    return found


@pytest.fixture
def portal(verifier: ScriptedVerifier, holders: MemoryHolders, clock: FixedClock) -> InProcess:
    """The application in process."""
    return make_portal(verifier, holders, clock)


def make_portal(
    verifier: ScriptedVerifier, holders: MemoryHolders, clock: FixedClock, **more: Any
) -> InProcess:
    """Return the application in process, with more settings."""
    settings = PortalSettings(
        server_certificate="-", server_key="-", client_authorities="-", **more
    )
    app = create_app(settings, verifier, holders, clock, ADDRESSES)  # type: ignore[arg-type]
    return InProcess(app)


@pytest.fixture
def refuse() -> Callable[..., Verdict]:
    """Makes verdicts in which one check failed."""
    return refused


@pytest.fixture
def two_activities(verifier: ScriptedVerifier) -> None:
    """The holder has two activities."""
    verifier.verdict = admitted(TWO)


# Over real TLS


@dataclass(frozen=True)
class Keys:
    """PEM files of a web server and of two cards."""

    folder: Path

    def path(self, name: str) -> str:
        return str(self.folder / name)


_ALWAYS: dict[str, Any] = {
    "starts": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    "ends": dt.datetime(2060, 1, 1, tzinfo=dt.UTC),
}
_PAST = _ALWAYS | {"ends": dt.datetime(2021, 1, 1, tzinfo=dt.UTC)}
_NOT_A_CA = (x509.BasicConstraints(ca=False, path_length=None), True)
_SERVER = (
    _NOT_A_CA,
    (x509.SubjectAlternativeName([x509.DNSName("localhost")]), False),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
)
_SIGNATURE = (
    _NOT_A_CA,
    (pki.usage("content_commitment"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Write the certificates of a web server and of cards, each with its key."""
    folder = tmp_path_factory.mktemp("keys")
    web, cards = pki.authority("WEB", **_ALWAYS), pki.authority("CARDS", **_ALWAYS)
    for name, issued in {
        "web": web,
        "cards": cards,
        "server": web.issue("SERVER", extensions=_SERVER, **_ALWAYS),
        "card": cards.issue("CARD", **_ALWAYS),
        "other": cards.issue("OTHER", **_ALWAYS),
        "expired": cards.issue("EXPIRED", **_PAST),
        "signature": cards.issue("SIGNATURE", extensions=_SIGNATURE, **_ALWAYS),
        "stranger": pki.authority("STRANGERS", **_ALWAYS).issue("STRANGER", **_ALWAYS),
    }.items():
        text = issued.certificate.public_bytes(serialization.Encoding.PEM)
        if issued not in (web, cards):
            text += issued.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        (folder / f"{name}.pem").write_bytes(text)
    return Keys(folder)


class Client:
    """One TLS connection to a listener, kept alive, with or without a card."""

    def __init__(self, keys: Keys, origin: str, card: str | None = None) -> None:
        parts = urlsplit(origin)
        context = ssl.create_default_context(cafile=keys.path("web.pem"))
        if card:
            context.load_cert_chain(keys.path(f"{card}.pem"))
        self.origin = origin
        self.http = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, context=context, timeout=20
        )

    def __call__(
        self, method: str, path: str, *, cookie: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        sent = {"Accept": "application/json"} | ({"Cookie": cookie} if cookie else {})
        self.http.request(method, path, headers=sent | (headers or {}))
        found = self.http.getresponse()
        return Answer(found.status, found.getheaders(), found.read())

    def close(self) -> None:
        self.http.close()


@pytest.fixture
def client_kind() -> type[Client]:
    """The class of TLS clients."""
    return Client


@pytest.fixture
def settings(keys: Keys) -> PortalSettings:
    """Settings without a front."""
    return PortalSettings(
        server_certificate=keys.path("server.pem"),
        server_key=keys.path("server.pem"),
        client_authorities=keys.path("cards.pem"),
    )


@pytest.fixture
def live(
    settings: PortalSettings,
    verifier: ScriptedVerifier,
    holders: MemoryHolders,
    clock: FixedClock,
    tmp_path: Path,
) -> Iterator[PortalAddresses]:
    """A portal on its real listeners, with a socket for a front."""
    path = str(tmp_path / "front.sock")
    fronted = msgspec.structs.replace(
        settings, front_socket=path, front_origin="https://front.test"
    )
    with running(fronted, verifier, holders, clock) as addresses:  # type: ignore[arg-type]
        yield addresses
