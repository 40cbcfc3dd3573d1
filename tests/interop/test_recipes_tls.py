# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs of others log in to the portal with a card, by our module; the portal judges.

What runs here is what docs/guide/recipes.md describes. A client's "established" counts for nothing:
each asks the portal who it is, and the portal answers after its own checks.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.e2e.conftest import Place, running_place

from caducee.spec.cards import TEST_PIN, CardGeneration
from caducee.testing.cryptolib import CryptolibPlace

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("recipes")]

EXAMPLES = Path(__file__).parents[2] / "examples"
CERTIFICATE = "pkcs11:object=Certificat%20d%27Authentification%20CPS;type=cert"
KEY = "pkcs11:object=CPS_PRIV_AUT;type=private"
WITHOUT_PSS = "RSA+SHA256:ECDSA+SHA256"
OPENSSL_CONF = """\
openssl_conf = openssl_init

[openssl_init]
providers = provider_list

[provider_list]
default = default_provider
pkcs11 = pkcs11_provider

[default_provider]
activate = 1

[pkcs11_provider]
pkcs11-module-path = {module}
activate = 1
"""


@dataclass(frozen=True)
class Way:
    """A card in a reader, and a listener of the portal."""

    cryptolib: CryptolibPlace
    root: Path
    origin: str
    pss: bool

    @property
    def url(self) -> str:
        return f"{self.origin}/login/certificate"

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc

    @property
    def port(self) -> str:
        return str(urlsplit(self.origin).port)

    @property
    def key(self) -> str:
        """The key, and the file with its code."""
        path = self.cryptolib.folder / "code"
        path.touch(mode=0o600)
        path.write_text(TEST_PIN, encoding="ascii")
        return f"{KEY}?pin-source=file:{path}"

    def talk(self, command: list[str], **variables: str) -> str:
        """Say an HTTP request to a program that carries lines; return all that it prints."""
        request = (
            f"GET /login/certificate HTTP/1.1\r\nHost: {self.host}\r\n"
            "Accept: application/json\r\nConnection: close\r\n\r\n"
        )
        environment = self.cryptolib.environment | variables
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT
        ) as program:
            assert program.stdin and program.stdout
            with suppress(BrokenPipeError):
                program.stdin.write(request.encode())
                program.stdin.flush()
            # Its input stays open: a program whose input ends leaves before the answer is there.
            return program.stdout.read().decode(errors="replace")


def with_openssl(way: Way) -> str:
    settings = way.cryptolib.folder / "openssl.cnf"
    settings.write_text(OPENSSL_CONF.format(module=way.cryptolib.module), encoding="utf-8")
    command = ["openssl", "s_client", "-quiet", "-connect", way.host, "-CAfile", str(way.root)]
    command += ["-servername", "localhost", "-verify_return_error"]
    command += ["-cert", CERTIFICATE, "-key", way.key]
    command += [] if way.pss else ["-sigalgs", WITHOUT_PSS]
    return way.talk(command, OPENSSL_CONF=str(settings))


def with_curl(way: Way) -> str:
    command = ["curl", "--silent", "--show-error", "--cacert", str(way.root)]
    command += ["--cert-type", "PROV", "--cert", CERTIFICATE, "--key-type", "PROV"]
    command += ["--key", way.key, "--header", "Accept: application/json"]
    command += [] if way.pss else ["--sigalgs", WITHOUT_PSS]
    environment = {"PKCS11_PROVIDER_MODULE": str(way.cryptolib.module)}
    return way.talk([*command, way.url], **environment)


def with_gnutls(way: Way) -> str:
    command = ["gnutls-cli", "--provider", str(way.cryptolib.module), "--port", way.port]
    command += ["--x509cafile", str(way.root), "--x509certfile", CERTIFICATE]
    return way.talk([*command, "--x509keyfile", KEY, "localhost"], GNUTLS_PIN=TEST_PIN)


def with_python(way: Way) -> str:
    example = str(EXAMPLES / "python/tls_login.py")
    done = subprocess.run(
        [sys.executable, example, str(way.cryptolib.module), way.url, str(way.root)],
        input=f"{TEST_PIN}\n",
        env=way.cryptolib.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


CLIENTS: dict[str, Callable[[Way], str]] = {
    "openssl": with_openssl,
    "curl": with_curl,
    "gnutls": with_gnutls,
    "sslcontext": with_python,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running_place(tmp_path_factory.mktemp("world") / "world") as made:
        yield made


@pytest.fixture
def cryptolib(cryptolib_place: CryptolibPlace, monkeypatch: pytest.MonkeyPatch) -> CryptolibPlace:
    for name in ("OPENSSL_CONF", "PKCS11_PROVIDER_MODULE"):
        monkeypatch.delenv(name, raising=False)
    return cryptolib_place


def answer(printed: str) -> dict[str, Any]:
    """Return the portal's answer among what a program printed."""
    start = printed.find('{"ok"')
    assert start >= 0, printed
    found = json.JSONDecoder().raw_decode(printed[start:])[0]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("generation", "listener"),
    [
        (CardGeneration.CPS3, "tls12"),
        (CardGeneration.CPS4, "tls12"),
        (CardGeneration.CPS4, "tls13"),
    ],
    ids=["cps3-tls12", "cps4-tls12", "cps4-tls13"],
)
def test_portal_knows_the_holder(
    place: Place, cryptolib: CryptolibPlace, client: str, generation: CardGeneration, listener: str
) -> None:
    issued = place.issue(generation=generation)
    cryptolib.insert(issued.image)
    origin = getattr(place.addresses, listener)
    pss = generation is CardGeneration.CPS4
    way = Way(cryptolib, place.world.server_root(), origin, pss)
    found = answer(CLIENTS[client](way))
    assert found["ok"], found
    assert found["identity"]["ps_idnat"] == issued.card.ps_idnat


@pytest.mark.parametrize("client", ["gnutls", "curl"])
def test_cps3_logs_nobody_in_over_tls_1_3(
    place: Place, cryptolib: CryptolibPlace, client: str
) -> None:
    cryptolib.insert(place.issue(generation=CardGeneration.CPS3).image)
    way = Way(cryptolib, place.world.server_root(), place.addresses.tls13, pss=False)
    assert '"ok":true' not in CLIENTS[client](way)


@pytest.mark.parametrize("client", ["curl", "gnutls"])
def test_a_program_with_a_wrong_code_is_not_logged_in(
    place: Place, cryptolib: CryptolibPlace, monkeypatch: pytest.MonkeyPatch, client: str
) -> None:
    monkeypatch.setattr(f"{__name__}.TEST_PIN", "9999")
    cryptolib.insert(place.issue(generation=CardGeneration.CPS4).image)
    way = Way(cryptolib, place.world.server_root(), place.addresses.tls12, pss=True)
    assert '"ok":true' not in CLIENTS[client](way)
