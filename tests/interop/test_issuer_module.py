# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The issuer's own PKCS#11 module (Linux, 5.2.2) on a virtual CPS3: laboratory only.

The module cannot be installed from a registry; where it is absent these tests are skipped, and
the dialogues it led with the card stand under ``tests/vectors/card-issuer-*.txt``, which every
run replays. They are written anew when ``CADUCEE_RECORD`` is set.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding

from caducee.spec.atrs import KNOWN
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

MODULE = Path("/opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so")
CACHE = Path("/etc/opt/santesocial/CPS/cache")
VECTORS = Path(__file__).parents[1] / "vectors"
SIGNATURE = "e828bd080f8025000001ff001001"
AUTHENTICATION = "e828bd080f8025000001ff001002"
DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300D060960864801650304020105000420"),
    "sha1": bytes.fromhex("3021300906052B0E03021A05000414"),
}

pytestmark = [
    pytest.mark.system,
    pytest.mark.laboratory,
    pytest.mark.xdist_group("issuer"),  # the module keeps one cache for the whole machine
    pytest.mark.skipif(
        not MODULE.exists(),
        reason="the issuer's module is not installed; its recorded dialogues are replayed instead",
    ),
]


@dataclass
class Recorded:
    """A chip whose dialogue is noted as a transcript. The codes are the documented test codes."""

    card: VirtualCard
    lines: list[str] = field(default_factory=list)

    def power_on(self) -> bytes:
        if self.lines and self.lines[-1] != "! reset":
            self.lines.append("! reset")
        return self.card.power_on()

    def power_off(self) -> None:
        self.card.power_off()

    def reset(self) -> bytes:
        if self.lines and self.lines[-1] != "! reset":
            self.lines.append("! reset")
        return self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        answer = self.card.transmit(command)
        self.lines.append(f"> {command.hex().upper()}")
        body, status = answer[:-2].hex().upper(), answer[-2:].hex().upper()
        self.lines.append(f"< {body} {status}".replace("<  ", "< "))
        return answer


@dataclass
class Lab:
    """The module, and the card it speaks to."""

    image: CardImage
    chip: Recorded
    folder: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pkcs11-tool", "--module", str(MODULE), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=120,
        )

    def done(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def sign(self, key: str, mechanism: str, data: bytes, pin: str = "1234") -> bytes:
        given, made = self.folder / "data", self.folder / "signature"
        given.write_bytes(data)
        self.done(
            *("--login", "--pin", pin, "--sign", "--id", key, "--mechanism", mechanism),
            *("--input-file", str(given), "--output-file", str(made)),
        )
        return made.read_bytes()

    def read(self, label: str, *login: str) -> bytes:
        target = self.folder / "object"
        target.unlink(missing_ok=True)
        self.done(
            *login,
            "--read-object",
            "--type",
            "data",
            "--label",
            label,
            "--output-file",
            str(target),
        )
        return target.read_bytes()

    def write_data(self, value: bytes) -> None:
        """Write CPS_DATA by C_SetAttributeValue, in a process of its own."""
        program = (
            "import sys, pkcs11\n"
            "from pkcs11 import Attribute, ObjectClass\n"
            "token = next(s for s in pkcs11.lib(sys.argv[1]).get_slots(token_present=True))\n"
            "with token.get_token().open(rw=True, user_pin='1234') as session:\n"
            "    wanted = {Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: 'CPS_DATA'}\n"
            "    found = next(iter(session.get_objects(wanted)))\n"
            "    found[Attribute.VALUE] = bytes.fromhex(sys.argv[2])\n"
        )
        command = [sys.executable, "-c", program, str(MODULE), value.hex()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr

    def certificate(self, path: str) -> x509.Certificate:
        found = next(one for one in self.image.files if str(one.path) == path)
        return x509.load_der_x509_certificate(bytes(found.content))  # type: ignore[union-attr]

    def openssl_accepts(self, path: str, digest: str, data: bytes, signature: bytes) -> None:
        """Let openssl verify a signature by the key of a certificate of the card."""
        key = self.certificate(path).public_key()
        (self.folder / "key.pem").write_bytes(
            key.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        (self.folder / "signed").write_bytes(data)
        (self.folder / "made").write_bytes(signature)
        files = [str(self.folder / name) for name in ("key.pem", "made", "signed")]
        subprocess.run(
            ["openssl", "dgst", f"-{digest}", "-verify", *files[:1], "-signature", *files[1:]],
            check=True,
            capture_output=True,
        )


@pytest.fixture
def lab(inserted_card: InsertCard, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A fresh card of the vectors in a reader, and a module that never saw it."""
    for one in CACHE.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    image = CardImage.load(VECTORS / "cards" / "cps3.json")
    card = VirtualCard(MemoryStore(image), random=lambda size: bytes(range(size)))
    chip = Recorded(card)
    inserted_card(chip)
    yield Lab(image, chip, tmp_path)
    if "CADUCEE_RECORD" in os.environ:
        name = request.node.name.removeprefix("test_module_").rstrip("]")
        name = name.replace("_", "-").replace("[", "-")
        _keep(name, chip.lines)


def _keep(name: str, lines: list[str]) -> None:
    header = [
        "# caducee transcript",
        "# SPDX-FileCopyrightText: The caducee contributors",
        "# SPDX-License-Identifier: Apache-2.0",
        f"atr: {KNOWN[0].atr.hex().upper()}",
        "protocol: T=0",
        f"title: the issuer's module {name.replace('-', ' ')}",
        "origin: recorded from the issuer's module 5.2.2; content, keys and codes are ours",
        "card: cps3",
        "",
    ]
    text = "\n".join([*header, *_without_idle_resets(lines)]) + "\n"
    (VECTORS / f"card-issuer-{name}.txt").write_text(text, encoding="utf-8")


def _without_idle_resets(lines: list[str]) -> list[str]:
    while lines and lines[-1] == "! reset":
        lines = lines[:-1]
    return lines


LOGIN = ("--login", "--pin", "1234")


def test_module_lists_token_and_public_objects(lab: Lab) -> None:
    slots = lab.done("-L")
    assert "CPS3v3-2900995235" in slots
    assert "IAS ECC" in slots
    listed = lab.done("-O")
    for label in ("Certificat de Signature CPS", "Certificat d'Authentification CPS", "CPS_DATA"):
        assert label in listed
    assert "CPS_PRIV" not in listed


def test_module_logs_in_and_reads_every_object(lab: Lab) -> None:
    listed = lab.done(*LOGIN, "-O")
    for label in ("CPS_PRIV_AUT", "CPS_PRIV_SIG", "CPS_ACTIVITY_01_PS", "CPS_ACTIVITY_03_PS"):
        assert label in listed
    contents = {str(one.path): one for one in lab.image.files}
    for label, path in (
        ("CPS_ID_CARD", "D100"),
        ("CPS_NAME_PS", "D101"),
        ("CPS_INFO_PS", "D103"),
        ("CPS_ACTIVITY_01_PS", "D120"),
    ):
        held = contents[f"3F00/0001/{path}"]
        assert lab.read(label, *LOGIN) == bytes(held.content)  # type: ignore[union-attr]


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_module_signs_with_the_signature_key(lab: Lab, digest: str) -> None:
    mechanism = f"{digest.upper()}-RSA-PKCS"
    for data in (b"short", b"a message that is longer than one block of the hash " * 3):
        made = lab.sign(SIGNATURE, mechanism, data)
        lab.openssl_accepts("3F00/0001/A001", digest, data, made)


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_module_signs_a_hash_with_the_signature_key(lab: Lab, digest: str) -> None:
    data = b"hashed by the program"
    made = lab.sign(SIGNATURE, "RSA-PKCS", hashlib.new(digest, data).digest())
    lab.openssl_accepts("3F00/0001/A001", digest, data, made)


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_module_signs_with_the_authentication_key(lab: Lab, digest: str) -> None:
    data = b"a challenge"
    hashed = hashlib.new(digest, data).digest()
    made = lab.sign(AUTHENTICATION, "RSA-PKCS", DIGEST_INFO[digest] + hashed)
    lab.openssl_accepts("3F00/0001/A002", digest, data, made)


def test_module_deciphers_with_the_authentication_key(lab: Lab) -> None:
    key = lab.certificate("3F00/0001/A002").public_key()
    secret = b"a key that was wrapped"
    given, made = lab.folder / "wrapped", lab.folder / "opened"
    given.write_bytes(key.encrypt(secret, padding.PKCS1v15()))  # type: ignore[union-attr]
    lab.done(
        *LOGIN,
        *("--decrypt", "--id", AUTHENTICATION, "--mechanism", "RSA-PKCS"),
        *("--input-file", str(given), "--output-file", str(made)),
    )
    assert made.read_bytes() == secret


def test_module_takes_random_bytes(lab: Lab) -> None:
    target = lab.folder / "random"
    lab.done("--generate-random", "16", "--output-file", str(target))
    assert len(target.read_bytes()) == 16


def test_module_counts_wrong_codes_blocks_and_unblocks(lab: Lab) -> None:
    for _ in range(3):
        refused = lab.run("--login", "--pin", "9999", "-O")
        assert "CKR_PIN_INCORRECT" in refused.stdout + refused.stderr
    blocked = lab.run(*LOGIN, "-O")
    assert "CKR_PIN_LOCKED" in blocked.stdout + blocked.stderr
    assert "user PIN locked" in lab.done("-L")
    lab.done(
        "--login", "--login-type", "so", "--so-pin", "12345678", "--init-pin", "--new-pin", "4321"
    )
    assert "CPS_PRIV_AUT" in lab.done("--login", "--pin", "4321", "-O")


def test_module_changes_the_code(lab: Lab) -> None:
    lab.done("--change-pin", "--pin", "1234", "--new-pin", "4321")
    assert "CPS_PRIV_AUT" in lab.done("--login", "--pin", "4321", "-O")
    refused = lab.run(*LOGIN, "-O")
    assert "CKR_PIN_INCORRECT" in refused.stdout + refused.stderr


def test_module_writes_cps_data(lab: Lab) -> None:
    lab.write_data(b"written by a program")
    assert lab.read("CPS_DATA", *LOGIN).rstrip(b"\0") == b"written by a program"
