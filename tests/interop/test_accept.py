# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The files of the guide "Accept the card": each framework, alone, behind nginx and HAProxy."""

import base64
import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.cryptolib.origin_token import make_token
from caducee.issuance import CardPins, IssuedCard
from caducee.issuance.profiles import profile
from caducee.reader.memory import MemoryReader
from caducee.sandbox.export import SERVER_ROOT, export
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.xdist_group("fronts")

EXAMPLES = Path(__file__).parents[2] / "examples" / "accept"
FRONTS = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}


@dataclass(frozen=True)
class Cards:
    """What `caducee sandbox export` wrote, and two cards of one physician each."""

    trust: Path
    good: IssuedCard
    revoked: IssuedCard

    def pem(self, card: IssuedCard) -> Path:
        return self.trust.parent / f"{card.card.number}.pem"


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cards]:
    folder = tmp_path_factory.mktemp("accept")
    keys = SharedKeys(card_keys=1)
    with Sandbox.create(folder / "world", ca_keys=keys) as world:

        def issue() -> IssuedCard:
            order = profile("cps").order(world.registry)
            pins = CardPins.of_test_cards()
            issued = world.issue(replace(order, pins=pins), keys=keys)
            key = keys.card_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            certificate = issued.authentication.public_bytes(Encoding.PEM)
            (folder / f"{issued.card.number}.pem").write_bytes(certificate + key)
            return issued

        good, revoked = issue(), issue()
        world.revoke(revoked.card.number)
        export(world, folder / "trust", ["localhost"])
        yield Cards(folder / "trust", good, revoked)


@dataclass(frozen=True)
class Site:
    """An example that runs."""

    port: int
    cards: Cards
    front: str

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"


@pytest.fixture(scope="module", params=["alone", *FRONTS])
def front(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["starlette", "fastapi", "django"])
def site(
    request: pytest.FixtureRequest, front: str, cards: Cards, tmp_path_factory: Any
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp(front)
    port = _free_port()
    command = [sys.executable, str(EXAMPLES / f"{request.param}_app.py"), str(cards.trust)]
    command += ["--port", str(port)]
    with contextlib.ExitStack() as stack:
        if front != "alone":
            shutil.copytree(cards.trust, folder / "trust")
            behind = folder / "practice.sock"
            command += ["--socket", str(behind), "--front-user", str(os.getuid())]
            stack.enter_context(_running(command, folder / "app.log", behind.exists))
            command = _front(front, folder, port)
        stack.enter_context(_running(command, folder / "front.log", lambda: _answers(port)))
        yield Site(port, cards, front)


def _front(name: str, folder: Path, port: int) -> list[str]:
    """Put the configuration of the guide into a folder; only its place and port differ."""
    text = (EXAMPLES / FRONTS[name]).read_text()
    assert "/srv/practice/trust" in text
    text = text.replace("/srv/practice", str(folder)).replace(":8443", f":{port}")
    if name == "nginx" and os.getuid() == 0:
        text = f"user root;\n{text}"  # the pages of the tests belong to root
    path = folder / FRONTS[name]
    path.write_text(text)
    program = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert program, f"{name} is not installed"
    if name == "nginx":
        return [program, "-c", str(path), "-p", str(folder), "-e", "stderr"]
    return [program, "-db", "-f", str(path)]


@contextlib.contextmanager
def _running(command: list[str], log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            while not ready():
                assert process.poll() is None, log.read_text()
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.wait(60)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


class Browser:
    """One TLS connection at a time, and cookies."""

    def __init__(self, site: Site, card: IssuedCard | None = None) -> None:
        self._site = site
        self._context = ssl.create_default_context(cafile=str(site.cards.trust / SERVER_ROOT))
        if card is not None:
            self._context.load_cert_chain(site.cards.pem(card))
        self.cookies: dict[str, str] = {}
        self.http = http.client.HTTPSConnection(
            "localhost", site.port, context=self._context, timeout=60
        )

    def __call__(self, path: str, method: str = "GET", body: str = "", **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.http.request(method, path, body, sent | {"Origin": self._site.origin})
        found = self.http.getresponse()
        for line in found.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            assert {"secure", "httponly"} <= {part.strip().lower() for part in line.split(";")}
        named = {name.lower(): value for name, value in found.getheaders()}
        return Answer(found.status, named, found.read().decode())


@pytest.fixture
def browser(site: Site) -> Iterator[Callable[..., Browser]]:
    with contextlib.ExitStack() as stack:

        def opened(card: IssuedCard | None = None) -> Browser:
            made = Browser(site, card)
            stack.callback(made.http.close)
            return made

        yield opened


type Open = Callable[..., Browser]


def test_the_holder_comes_in_and_after_logout_neither_cookie_nor_connection_does(
    browser: Open, cards: Cards
) -> None:
    visitor = browser(cards.good)
    assert "Log in with my card" in visitor("/").text
    assert visitor("/login").headers["location"] == "/"
    assert cards.good.card.ps_idnat in visitor("/").text
    kept = dict(visitor.cookies)
    visitor("/logout", "POST")
    visitor.http.close()  # the next request begins with a handshake, which shows the card
    assert "Log in with my card" in visitor("/").text
    visitor.cookies = kept
    assert "Log in with my card" in visitor("/").text
    assert visitor("/login").headers["location"] == "/"  # a new handshake


def test_a_session_is_worth_nothing_beside_another_certificate_or_none(
    browser: Open, cards: Cards
) -> None:
    visitor = browser(cards.good)
    visitor("/login")
    for thief in (browser(), browser(cards.revoked)):
        thief.cookies = dict(visitor.cookies)
        assert "Log in with my card" in thief("/").text
    assert cards.good.card.ps_idnat in visitor("/").text


def test_a_revoked_card_is_refused_and_the_page_says_so(browser: Open, cards: Cards) -> None:
    answer = browser(cards.revoked)("/login")
    assert (answer.status, "trust.revoked" in answer.text) == (403, True)


def test_who_shows_no_card_learns_why_it_is_refused(browser: Open) -> None:
    answer = browser()("/login")
    assert (answer.status, "relying.certificate_absent" in answer.text) == (403, True)


def test_a_certificate_in_a_header_from_outside_is_not_believed(
    browser: Open, cards: Cards
) -> None:
    der = cards.good.authentication.public_bytes(Encoding.DER)
    forged = {
        "Client_Cert": f":{base64.b64encode(der).decode()}:",
        "Client_Cert_Verify": "0",
        "Client_Connection": "1-1",
    }
    answer = browser()("/login", **forged)
    assert (answer.status, "relying.certificate_absent" in answer.text) == (403, True)


def test_the_card_logs_in_by_token_too_and_a_token_once(
    browser: Open, cards: Cards, site: Site
) -> None:
    visitor = browser()
    nonce = json.loads(visitor("/nonce").text)["nonce"]
    reader = MemoryReader("CPS reader 00 00")
    reader.insert(VirtualCard(MemoryStore(cards.good.image)))
    with open_card(reader) as card:
        card.verify(Secret.of("1234"))
        token = make_token(card, site.origin, nonce).to_json()
    answer = visitor("/login/token", "POST", token)
    assert (answer.status, "name" in json.loads(answer.text)) == (200, True)
    assert cards.good.card.ps_idnat in visitor("/").text
    again = visitor("/login/token", "POST", token)
    assert json.loads(again.text)["code"] == "relying.nonce_used"


def test_the_test_of_the_guide_passes_with_each_framework() -> None:
    apart = ["-c", os.devnull, "--rootdir", str(EXAMPLES), "-p", "no:cacheprovider"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *apart, "-p", "no:schemathesis", str(EXAMPLES)],
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "6 passed" in done.stdout, done.stdout + done.stderr
