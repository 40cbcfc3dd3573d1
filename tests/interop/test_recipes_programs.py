# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Third-party programs use a card by our module, as docs/guide/recipes.md describes."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from caducee.spec.cards import TEST_PIN
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.image import CardImage

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("recipes")]

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
LABELS = {"cps3": "CPS3v3-2900995235", "cps4": "CPS4v1-3100603746"}
AUTHENTICATION = "Certificat d'Authentification CPS"
SIGNATURE = "Certificat de Signature CPS"
KEYS = ("CPS_PRIV_AUT", "CPS_PRIV_SIG")
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


@pytest.fixture(params=LABELS)
def card(request: pytest.FixtureRequest, cryptolib_place: CryptolibPlace) -> str:
    """Insert a card; return its label."""
    cryptolib_place.insert(CardImage.load(CARDS / f"{request.param}.json"))
    return LABELS[request.param]


@pytest.fixture
def both(cryptolib_place: CryptolibPlace) -> CryptolibPlace:
    """Insert both cards."""
    for name in LABELS:
        cryptolib_place.insert(CardImage.load(CARDS / f"{name}.json"), name)
    return cryptolib_place


def run(place: CryptolibPlace, *command: str, **variables: str) -> str:
    done = subprocess.run(
        command,
        env=place.environment | {"LC_ALL": "C.UTF-8"} | variables,
        cwd=place.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# --- OpenSSL --------------------------------------------------------------------------------------


def openssl(place: CryptolibPlace, *arguments: str) -> str:
    settings = place.folder / "openssl.cnf"
    settings.write_text(OPENSSL_CONF.format(module=place.module), encoding="utf-8")
    code = place.folder / "code"
    code.touch(mode=0o600)
    code.write_text(TEST_PIN, encoding="ascii")
    return run(place, "openssl", *arguments, OPENSSL_CONF=str(settings))


SCHEMES: dict[str, tuple[str, ...]] = {
    "pkcs1": (),
    "pss": ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"),
}


@pytest.mark.parametrize(
    ("name", "scheme"), [("cps3", "pkcs1"), ("cps4", "pkcs1"), ("cps4", "pss")]
)
def test_openssl_signs_with_the_card_and_verifies_without_it(
    cryptolib_place: CryptolibPlace, name: str, scheme: str
) -> None:
    cryptolib_place.insert(CardImage.load(CARDS / f"{name}.json"))
    (cryptolib_place.folder / "letter").write_text("a letter")
    key = "pkcs11:object=CPS_PRIV_SIG;type=private?pin-source=file:code"
    found = "pkcs11:object=Certificat%20de%20Signature%20CPS;type=cert"
    options = SCHEMES[scheme]
    sign = ["dgst", "-sha256", *options, "-sign", key, "-out", "signature", "letter"]
    openssl(cryptolib_place, *sign)
    openssl(cryptolib_place, "x509", "-in", found, "-noout", "-pubkey", "-out", "public.pem")
    verify = ["dgst", "-sha256", *options, "-verify", "public.pem", "-signature", "signature"]
    assert "Verified OK" in run(cryptolib_place, "openssl", *verify, "letter", OPENSSL_CONF="")


# --- p11-kit and GnuTLS ---------------------------------------------------------------------------


def as_a_user(*command: str) -> tuple[str, ...]:
    """Return a command seen as run by a user: p11-kit obeys no settings of root's home."""
    return ("unshare", "--user", "--map-user=1000", *command)


@pytest.fixture
def registered(both: CryptolibPlace) -> CryptolibPlace:
    """Register the module with p11-kit, for one user."""
    folder = both.folder / "home/.config/pkcs11/modules"
    folder.mkdir(parents=True)
    (folder / "caducee.module").write_text(f"module: {both.module}\n")
    return both


@pytest.mark.namespaces("user")
def test_p11_kit_lists_the_module_and_the_cards(registered: CryptolibPlace) -> None:
    found = run(registered, *as_a_user("p11-kit", "list-modules"))
    assert "module: caducee" in found
    for label in LABELS.values():
        assert f"token: {label}" in found


@pytest.mark.namespaces("user")
def test_every_program_that_uses_p11_kit_finds_the_cards(registered: CryptolibPlace) -> None:
    listed = run(registered, *as_a_user("p11tool", "--list-tokens"))
    proxied = run(registered, *as_a_user("pkcs11-tool", "--module", "p11-kit-proxy.so", "-L"))
    for label in LABELS.values():
        assert f"Label: {label}" in listed
        assert label in proxied


def p11tool(place: CryptolibPlace, *arguments: str) -> str:
    provider = ("--provider", str(place.module))
    return run(place, "p11tool", *provider, *arguments, GNUTLS_PIN=TEST_PIN)


def test_p11tool_sees_certificates_without_and_keys_with_the_code(
    cryptolib_place: CryptolibPlace, card: str
) -> None:
    open_to_all = p11tool(cryptolib_place, "--list-all-certs", f"pkcs11:token={card}")
    assert SIGNATURE in open_to_all and AUTHENTICATION in open_to_all
    assert KEYS[0] not in p11tool(cryptolib_place, "--list-all", f"pkcs11:token={card}")
    private = p11tool(cryptolib_place, "--login", "--list-privkeys", f"pkcs11:token={card}")
    assert all(f"Label: {name}" in private for name in KEYS)


def test_p11tool_signs_and_verifies_by_the_public_key_of_the_card(
    cryptolib_place: CryptolibPlace, card: str
) -> None:
    number = {"cps3": "%10%01", "cps4": "%10%10"}[card[:4].lower()]
    key = f"pkcs11:token={card};id=%E8%28%BD%08%0F%80%25%00%00%01%FF%00{number};type=private"
    reported = p11tool(cryptolib_place, "--login", "--test-sign", key)
    assert "Verifying against public key in the token... ok" in reported


# --- Java -----------------------------------------------------------------------------------------


def test_keytool_lists_both_keys(cryptolib_place: CryptolibPlace, card: str) -> None:
    settings = cryptolib_place.folder / "java.cfg"
    text = f"name = caducee\nlibrary = {cryptolib_place.module}\nslotListIndex = 0\n"
    settings.write_text(text, encoding="utf-8")
    store = ["-list", "-keystore", "NONE", "-storetype", "PKCS11", "-addprovider", "SunPKCS11"]
    given = ["-providerarg", str(settings), "-storepass", TEST_PIN]
    found = run(cryptolib_place, "keytool", *store, *given)
    for name in (SIGNATURE, AUTHENTICATION):
        assert f"{name}, PrivateKeyEntry" in found


# --- NSS ------------------------------------------------------------------------------------------


@pytest.fixture
def database(both: CryptolibPlace) -> str:
    """A database of NSS that knows the module."""
    name = f"sql:{both.folder}"
    run(both, "certutil", "-N", "-d", name, "--empty-password")
    modutil = ["modutil", "-force", "-dbdir", name]
    run(both, *modutil, "-add", "caducee", "-libfile", str(both.module))
    return name


def test_modutil_lists_the_module_with_both_cards(both: CryptolibPlace, database: str) -> None:
    found = run(both, "modutil", "-dbdir", database, "-list")
    assert "caducee" in found
    for label in LABELS.values():
        assert f"token: {label}" in found


def test_certutil_lists_the_certificates_of_all_cards(both: CryptolibPlace, database: str) -> None:
    codes = both.folder / "codes"
    codes.write_text("".join(f"{label}:{TEST_PIN}\n" for label in LABELS.values()))
    found = run(both, "certutil", "-L", "-d", database, "-h", "all", "-f", str(codes))
    keys = ("certutil", "-K", "-d", database, "-f", str(codes), "-h")
    for label in LABELS.values():
        assert f"{label}:{SIGNATURE}" in found
        assert f"{label}:{AUTHENTICATION}" in found
        assert all(name in run(both, *keys, label) for name in KEYS)


# --- ssh ------------------------------------------------------------------------------------------


@contextmanager
def sshd(folder: Path, authorized: str) -> Iterator[tuple[int, Path]]:
    """Run an SSH server on loopback that lets one key in; yield its port and its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host, keys, log = folder / "host", folder / "authorized", folder / "sshd.log"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(host)]
    subprocess.run(command, check=True, timeout=60)
    keys.write_text(authorized)
    known = (folder / "host.pub").read_text()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {known}")
    settings = folder / "sshd_config"
    settings.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {keys}\n"
        "PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nLogLevel VERBOSE\n"
    )
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", str(settings), "-E", str(log)])
    try:
        while not log.exists() or "Server listening" not in log.read_text():
            assert server.poll() is None
            time.sleep(0.02)
        yield port, log
    finally:
        server.terminate()
        server.wait(30)


def public_key(place: CryptolibPlace, label: str) -> tuple[str, str]:
    """Return the line of a key for authorized_keys, and its fingerprint."""
    lines = run(place, "ssh-keygen", "-D", str(place.module)).splitlines()
    line = next(item for item in lines if label in item) + "\n"
    path = place.folder / "key.pub"
    path.write_text(line)
    return line, run(place, "ssh-keygen", "-lf", str(path)).split()[1]


@pytest.mark.parametrize("code", [TEST_PIN, "9999"], ids=["right", "wrong"])
def test_ssh_logs_in_with_the_card_and_its_code_alone(
    cryptolib_place: CryptolibPlace, card: str, code: str
) -> None:
    place = cryptolib_place
    line, fingerprint = public_key(place, AUTHENTICATION)
    ask = place.folder / "ask"
    ask.write_text(f"#!/bin/sh\necho {code}\n")
    ask.chmod(0o700)
    with sshd(place.folder, line) as (port, log):
        options = ["-F", "none", "-o", f"UserKnownHostsFile={place.folder}/known"]
        options += ["-o", "NumberOfPasswordPrompts=1", "-p", str(port)]
        done = subprocess.run(
            ["ssh", "-I", str(place.module), *options, "root@127.0.0.1", "echo", "welcome"],
            env=place.environment | {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        accepted = "Accepted publickey for root from 127.0.0.1 port" in log.read_text()
        assert accepted == (code == TEST_PIN), done.stderr + log.read_text()
        if accepted:
            assert f"ssh2: RSA {fingerprint}" in log.read_text()
            assert done.stdout == "welcome\n"


# --- PDF ------------------------------------------------------------------------------------------


def test_pyhanko_signs_a_pdf_and_pdfsig_verifies_it(
    cryptolib_place: CryptolibPlace, card: str
) -> None:
    folder = cryptolib_place.folder
    example = Path(__file__).parents[2] / "examples/python/sign_pdf.py"
    blank = folder / "letter.pdf"
    blank.write_bytes(blank_pdf())
    done = subprocess.run(
        [sys.executable, str(example), str(cryptolib_place.module), str(blank), "signed.pdf"],
        input=f"{TEST_PIN}\n",
        env=cryptolib_place.environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    run(cryptolib_place, "certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
    judge = ("pdfsig", "-nssdir", f"sql:{folder}", "-nocert")
    assert "Signature is Valid" in run(cryptolib_place, *judge, "signed.pdf")
    signed = (folder / "signed.pdf").read_bytes()
    (folder / "signed.pdf").write_bytes(signed.replace(b"[0 0 200 300]", b"[0 0 200 301]"))
    assert "Signature is Valid" not in run(cryptolib_place, *judge, "signed.pdf")


def blank_pdf() -> bytes:
    """Return a document of one empty page."""
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]/Resources<<>>>>",
    )
    made, table = b"%PDF-1.7\n", b"xref\n0 4\n0000000000 65535 f \n"
    for number, body in enumerate(bodies, 1):
        table += b"%010d 00000 n \n" % len(made)
        made += b"%d 0 obj%sendobj\n" % (number, body)
    end = b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    return made + table + end
