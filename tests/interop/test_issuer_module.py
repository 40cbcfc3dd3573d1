# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The issuer's own PKCS#11 module (Linux, 5.2.2) on each face of our cards: laboratory only.

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
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding
from msgspec.structs import replace

from caducee.reader.transport import protocol_of
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Hex
from caducee.virtualcard.store import MemoryStore

MODULE = Path("/opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so")
CACHE = Path("/etc/opt/santesocial/CPS/cache")
VECTORS = Path(__file__).parents[1] / "vectors"
SIGNATURE = "e828bd080f8025000001ff001001"
AUTHENTICATION = "e828bd080f8025000001ff001002"
TECHNICAL = "e828bd080f8025000001ff001003"
SIGNATURE_CPS4 = "e828bd080f8025000001ff001010"
AUTHENTICATION_CPS4 = "e828bd080f8025000001ff001020"
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
    store: MemoryStore
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

    def sign(self, key: str, mechanism: str, data: bytes, *login: str) -> bytes:
        given, made = self.folder / "data", self.folder / "signature"
        given.write_bytes(data)
        self.done(
            *(login or LOGIN),
            *("--sign", "--id", key, "--mechanism", mechanism),
            *("--input-file", str(given), "--output-file", str(made)),
        )
        return made.read_bytes()

    def python(self, program: str, *arguments: str) -> bytes:
        """Run a program with the token in ``token``, in a process of its own; return its hex.

        It asks for the length of an answer first, as few programs do: with the authentication key
        of a CPS4 the module refuses any longer place for it.
        """
        start = (
            "import sys, pkcs11\n"
            "from pkcs11 import *\n"
            "token = pkcs11.lib(sys.argv[1]).get_slots(token_present=True)[0].get_token()\n"
        )
        command = [sys.executable, "-c", start + program, str(MODULE), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return bytes.fromhex(done.stdout)

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
        """Write CPS_DATA by C_SetAttributeValue."""
        self.python(
            "with token.open(rw=True, user_pin='1234') as session:\n"
            "    wanted = {Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: 'CPS_DATA'}\n"
            "    found = next(iter(session.get_objects(wanted)))\n"
            "    found[Attribute.VALUE] = bytes.fromhex(sys.argv[2])\n",
            value.hex(),
        )

    def use_key(self, act: str, key: str, data: bytes) -> bytes:
        """Sign or decrypt with a private key; ``act`` is Python that uses ``key`` and ``data``."""
        return self.python(
            "with token.open(user_pin='1234') as session:\n"
            "    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}\n"
            "    wanted[Attribute.ID] = bytes.fromhex(sys.argv[2])\n"
            "    key = next(iter(session.get_objects(wanted)))\n"
            "    data = bytes.fromhex(sys.argv[3])\n"
            f"    print(({act}).hex())\n",
            key,
            data.hex(),
        )

    def certificate(self, path: str) -> x509.Certificate:
        found = next(file for file in self.image.files if str(file.path) == path)
        return x509.load_der_x509_certificate(bytes(found.content))  # type: ignore[union-attr]

    def openssl_accepts(
        self, path: str, digest: str, data: bytes, signature: bytes, *options: str
    ) -> None:
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
            [
                *("openssl", "dgst", f"-{digest}", *options),
                *("-verify", files[0], "-signature", *files[1:]),
            ],
            check=True,
            capture_output=True,
        )


@dataclass(frozen=True)
class Inserted:
    """Which card of the vectors is in the reader, how, and what its transcripts are called."""

    card: str = "cps3"
    face: str = "contact"
    prefix: str = ""
    atr: str = ""
    """Another answer to reset than that of the image."""

    answers: Literal["61xx", "direct", ""] = ""
    """Another way of answering than that of the image."""


@pytest.fixture
def lab(inserted_card: InsertCard, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A fresh card of the vectors in a reader, and a module that never saw it."""
    for path in CACHE.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    inserted: Inserted = getattr(request.cls, "INSERTED", Inserted())
    image = CardImage.load(VECTORS / "cards" / f"{inserted.card}.json")
    if inserted.atr:
        atr = Hex(bytes.fromhex(inserted.atr))
        image = replace(image, contact=replace(image.contact, atr=atr))
    if inserted.answers:
        image = replace(image, contact=replace(image.contact, answers=inserted.answers))
    store = MemoryStore(image)
    card = VirtualCard(store, face=inserted.face, random=lambda size: bytes(range(size)))
    chip = Recorded(card)
    inserted_card(chip)
    yield Lab(image, chip, store, tmp_path)
    if "CADUCEE_RECORD" in os.environ:
        name = request.node.name.removeprefix("test_module_").rstrip("]")
        name = name.replace("_", "-").replace("[", "-")
        _keep(inserted, name, card.reset(), chip.lines)


def _keep(inserted: Inserted, name: str, atr: bytes, lines: list[str]) -> None:
    header = [
        "# caducee transcript",
        # REUSE-IgnoreStart
        "# SPDX-FileCopyrightText: The caducee contributors",
        "# SPDX-License-Identifier: Apache-2.0",
        # REUSE-IgnoreEnd
        f"atr: {atr.hex().upper()}",
        f"protocol: {protocol_of(atr).value if inserted.face == 'contact' else 'T=1'}",
        f"title: the issuer's module {name.replace('-', ' ')}",
        "origin: recorded from the issuer's module 5.2.2; content, keys and codes are ours",
        f"card: {inserted.card}",
        *([f"face: {inserted.face}"] if inserted.face != "contact" else []),
        *([f"answers: {inserted.answers}"] if inserted.answers else []),
        "",
    ]
    text = "\n".join([*header, *_without_idle_resets(lines)]) + "\n"
    (VECTORS / f"card-issuer-{inserted.prefix}{name}.txt").write_text(text, encoding="utf-8")


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
    contents = {str(file.path): file for file in lab.image.files}
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


class TestContactless:
    """The contactless application: a technical key, no code."""

    INSERTED = Inserted(face="contactless", prefix="cl-")

    def test_module_lists_token_and_objects(self, lab: Lab) -> None:
        slots = lab.done("-L")
        assert "CPS3v3_CL" in slots
        assert "login required" not in slots
        listed = lab.done("-O")
        for label in ("Certificat Technique CPS", "CPS_PRIV_TECH_AUT", "CPS_DATA"):
            assert label in listed
        for label in ("Certificat de Signature CPS", "CPS_NAME_PS", "CPS_ACTIVITY_01_PS"):
            assert label not in listed

    @pytest.mark.parametrize("digest", ["sha256", "sha1"])
    def test_module_signs_with_the_technical_key(self, lab: Lab, digest: str) -> None:
        data = b"a challenge"
        hashed = hashlib.new(digest, data).digest()
        made = lab.sign(TECHNICAL, "RSA-PKCS", DIGEST_INFO[digest] + hashed, "--slot-index", "0")
        lab.openssl_accepts("3F00/0001/A003", digest, data, made)

    def test_module_refuses_the_mechanisms_of_the_contacts(self, lab: Lab) -> None:
        (lab.folder / "data").write_bytes(b"a message")
        refused = lab.run(
            *("--sign", "--id", TECHNICAL, "--mechanism", "SHA256-RSA-PKCS"),
            *("--input-file", str(lab.folder / "data")),
        )
        assert refused.returncode != 0
        assert "MECHANISM" in refused.stdout + refused.stderr

    def test_module_refuses_login(self, lab: Lab) -> None:
        refused = lab.run(*LOGIN, "-O")
        assert "CKR_USER_PIN_NOT_INITIALIZED" in refused.stdout + refused.stderr

    def test_module_reads_cps_data(self, lab: Lab) -> None:
        held = next(file for file in lab.image.files if file.name == "CPS_DATA")
        assert lab.read("CPS_DATA") == bytes(held.content)  # type: ignore[union-attr]

    def test_module_takes_random_bytes(self, lab: Lab) -> None:
        target = lab.folder / "random"
        lab.done("--generate-random", "16", "--output-file", str(target))
        assert len(target.read_bytes()) == 16


class TestCps4:
    """A CPS4: ChipDoc on channel 1."""

    INSERTED = Inserted(card="cps4", prefix="cps4-")

    def test_module_lists_token_and_public_objects(self, lab: Lab) -> None:
        slots = lab.done("-L")
        assert "CPS4v1-3100603746" in slots
        assert "login required" in slots
        listed = lab.done("-O")
        for label in (
            "Certificat de Signature CPS",
            "Certificat d'Authentification CPS",
            "CPS_DATA",
            "CPS2TER_DIRAMO",
        ):
            assert label in listed
        assert "CPS_PRIV" not in listed

    def test_module_logs_in_and_reads_every_object(self, lab: Lab) -> None:
        listed = lab.done(*LOGIN, "-O")
        for label in ("CPS_PRIV_AUT", "CPS_PRIV_SIG", "CPS_SIT_FACT", "CPS2TER_ACTIVITY_03_PS"):
            assert label in listed
        contents = {str(file.path): file for file in lab.image.files}
        for label, path in (
            ("CPS_ID_CARD", "0001/D100"),
            ("CPS_NAME_PS", "0001/D101"),
            ("CPS_INFO_PS", "0001/D103"),
            ("CPS_ACTIVITY_01_PS", "0001/D120"),
            ("CPS_SIT_FACT", "7F01/4000"),
            ("CPS2TER_ACTIVITY_01_PS", "4010"),
            ("CPS2TER_ATR", "4001"),
        ):
            held = contents[f"3F00/{path}"]
            assert lab.read(label, *LOGIN) == bytes(held.content)  # type: ignore[union-attr]

    @pytest.mark.parametrize("digest", ["sha256", "sha1"])
    def test_module_signs_with_the_signature_key(self, lab: Lab, digest: str) -> None:
        data = b"a message that is longer than one block of the hash " * 3
        made = lab.sign(SIGNATURE_CPS4, f"{digest.upper()}-RSA-PKCS", data)
        lab.openssl_accepts("3F00/0001/A001", digest, data, made)

    @pytest.mark.parametrize("digest", ["sha256", "sha1"])
    @pytest.mark.parametrize("key", ["signature", "authentication"])
    def test_module_signs_with_pss(self, lab: Lab, key: str, digest: str) -> None:
        name = digest.upper()
        act = (
            f"key.sign(data, mechanism=Mechanism.{name}_RSA_PKCS_PSS, mechanism_param="
            f"(Mechanism.{'SHA_1' if digest == 'sha1' else name}, MGF.{name},"
            f" {hashlib.new(digest).digest_size}))"
        )
        ident, path = {
            "signature": (SIGNATURE_CPS4, "A001"),
            "authentication": (AUTHENTICATION_CPS4, "A002"),
        }[key]
        data = b"a message"
        made = lab.use_key(act, ident, data)
        options = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
        lab.openssl_accepts(f"3F00/0001/{path}", digest, data, made, *options)

    @pytest.mark.parametrize("digest", ["sha256", "sha1"])
    def test_module_signs_with_the_authentication_key(self, lab: Lab, digest: str) -> None:
        data = b"a challenge"
        block = DIGEST_INFO[digest] + hashlib.new(digest, data).digest()
        act = "key.sign(data, mechanism=Mechanism.RSA_PKCS)"
        made = lab.use_key(act, AUTHENTICATION_CPS4, block)
        lab.openssl_accepts("3F00/0001/A002", digest, data, made)

    def test_module_deciphers_with_the_authentication_key(self, lab: Lab) -> None:
        key = lab.certificate("3F00/0001/A002").public_key()
        secret = b"a key that was wrapped"
        wrapped = key.encrypt(secret, padding.PKCS1v15())  # type: ignore[union-attr]
        act = "key.decrypt(data, mechanism=Mechanism.RSA_PKCS)"
        assert lab.use_key(act, AUTHENTICATION_CPS4, wrapped) == secret

    def test_module_takes_random_bytes(self, lab: Lab) -> None:
        target = lab.folder / "random"
        lab.done("--generate-random", "16", "--output-file", str(target))
        assert len(target.read_bytes()) == 16

    def test_module_counts_wrong_codes_blocks_and_unblocks(self, lab: Lab) -> None:
        for _ in range(2):
            refused = lab.run("--login", "--pin", "9999", "-O")
            assert "CKR_PIN_INCORRECT" in refused.stdout + refused.stderr
        for _ in range(2):
            refused = lab.run("--login", "--pin", "9999", "-O")
            assert "CKR_PIN_LOCKED" in refused.stdout + refused.stderr
        assert "user PIN locked" in lab.done("-L")
        lab.done(
            *("--login", "--login-type", "so", "--so-pin", "12345678"),
            *("--init-pin", "--new-pin", "4321"),
        )
        assert "CPS_PRIV_AUT" in lab.done("--login", "--pin", "4321", "-O")

    def test_module_changes_the_code(self, lab: Lab) -> None:
        lab.done("--change-pin", "--pin", "1234", "--new-pin", "4321")
        assert "CPS_PRIV_AUT" in lab.done("--login", "--pin", "4321", "-O")
        refused = lab.run(*LOGIN, "-O")
        assert "CKR_PIN_INCORRECT" in refused.stdout + refused.stderr

    def test_module_writes_cps_data(self, lab: Lab) -> None:
        lab.write_data(b"written by a program")
        assert lab.read("CPS_DATA", *LOGIN).rstrip(b"\0") == b"written by a program"


class TestCps4ReleaseCandidate:
    """A CPS4 with the answer to reset of the release candidate."""

    INSERTED = Inserted(card="cps4", prefix="cps4-rc-", atr="3B9B188001001225006480000401009044")

    def test_module_logs_in(self, lab: Lab) -> None:
        assert "CPS_PRIV_AUT" in lab.done(*LOGIN, "-O")


class TestCps4WithT0Alone:
    """A CPS4 that offers T=0 alone."""

    INSERTED = Inserted(
        card="cps4",
        prefix="cps4-t0-",
        atr="3BDC18FF00001225006480000401009000",
        answers="61xx",
    )

    def test_module_logs_in_and_signs(self, lab: Lab) -> None:
        assert "CPS_PRIV_AUT" in lab.done(*LOGIN, "-O")
        data = b"a message"
        made = lab.sign(SIGNATURE_CPS4, "SHA256-RSA-PKCS", data)
        lab.openssl_accepts("3F00/0001/A001", "sha256", data, made)


class TestCps2ter:
    """The CPS2ter side of a CPS3, which the module adds to the objects of the directory."""

    INSERTED = Inserted(card="cps3-cps2ter", prefix="cps2ter-")

    def test_module_reads_the_situations(self, lab: Lab) -> None:
        contents = {str(file.path): file for file in lab.image.files}
        for label, path in (
            ("CPS_SIT_FACT", "7F01/4000"),
            ("CPS2TER_ACTIVITY_01_PS", "4010"),
            ("CPS2TER_ACTIVITY_03_PS", "4012"),
        ):
            held = contents[f"3F00/{path}"]
            assert lab.read(label, *LOGIN) == bytes(held.content)  # type: ignore[union-attr]


def test_module_sees_both_faces_of_one_card(lab: Lab, inserted_card: InsertCard) -> None:
    """What it writes through the contacts it reads without them: one card in two readers."""
    inserted_card(VirtualCard(lab.store, face="contactless"))
    slots = lab.done("-L")
    assert "CPS3v3-2900995235" in slots
    assert "CPS3v3_CL" in slots
    lab.write_data(b"written through the contacts")
    target = lab.folder / "object"
    lab.done(
        *("--token-label", "CPS3v3_CL", "--read-object", "--type", "data"),
        *("--label", "CPS_DATA", "--output-file", str(target)),
    )
    assert target.read_bytes().rstrip(b"\0") == b"written through the contacts"
