# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The examples in five languages run, and what they signed is judged by a library of nobody's."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.interop.npm import installed

from caducee.spec.cards import TEST_PIN
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.image import CardImage

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("recipes")]

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CARDS = Path(__file__).parents[1] / "vectors" / "cards"
SIGNATURE = "e828bd080f8025000001ff001001"
SIGNATURE_CPS4 = "e828bd080f8025000001ff001010"
HOLDERS = {"cps3.json": SIGNATURE, "cps4.json": SIGNATURE_CPS4}


def built(*command: str, folder: Path) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def python(_: Path) -> list[str]:
    return [sys.executable, str(EXAMPLES / "python/sign.py")]


def pykcs11(_: Path) -> list[str]:
    return [sys.executable, str(EXAMPLES / "python/sign_pykcs11.py")]


def c(folder: Path) -> list[str]:
    flags = subprocess.run(
        ["pkg-config", "--cflags", "p11-kit-1"], capture_output=True, text=True, check=True
    ).stdout.split()
    source = str(EXAMPLES / "c/sign.c")
    built("gcc", "-Wall", "-Wextra", "-Werror", "-o", "sign", source, *flags, folder=folder)
    return [str(folder / "sign")]


def java(_: Path) -> list[str]:
    return ["java", str(EXAMPLES / "java/Sign.java")]


def csharp(folder: Path) -> list[str]:
    built("mcs", "-out:Sign.exe", str(EXAMPLES / "csharp/Sign.cs"), folder=folder)
    return ["mono", str(folder / "Sign.exe")]


def javascript(_: Path) -> list[str]:
    folder = installed("pkcs11js", EXAMPLES / "javascript/package.json")
    shutil.copy(EXAMPLES / "javascript/sign.mjs", folder)
    return ["node", str(folder / "sign.mjs")]


EXAMPLE: dict[str, Callable[[Path], list[str]]] = {
    "python-pkcs11": python,
    "PyKCS11": pykcs11,
    "C": c,
    "Java": java,
    "C#": csharp,
    "JavaScript": javascript,
}


def run(
    command: list[str], place: CryptolibPlace, *arguments: str, code: str = TEST_PIN
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, str(place.module), *arguments],
        input=f"{code}\n",
        env=place.environment | {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def certificate(place: CryptolibPlace, key: str) -> x509.Certificate:
    path = place.folder / "certificate"
    done = place.run(
        "pkcs11-tool", "--module", str(place.module), "-r", "-y", "cert", "-d", key, "-o", str(path)
    )
    assert done.returncode == 0, done.stderr
    return x509.load_der_x509_certificate(path.read_bytes())


@pytest.mark.parametrize("example", EXAMPLE)
def test_example_says_the_holder_and_signs(
    example: str, cryptolib_place: CryptolibPlace, tmp_path: Path
) -> None:
    command = EXAMPLE[example](tmp_path)
    letter, made = tmp_path / "letter", tmp_path / "signature"
    letter.write_bytes(b"Lettre au confr\xc3\xa8re\n")
    for image, key in HOLDERS.items():
        cryptolib_place.insert(CardImage.load(CARDS / image))
        made.unlink(missing_ok=True)
        done = run(command, cryptolib_place, str(letter), str(made))
        assert done.returncode == 0, done.stdout + done.stderr
        found = certificate(cryptolib_place, key)
        public = found.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        public.verify(made.read_bytes(), letter.read_bytes(), padding.PKCS1v15(), hashes.SHA256())
        assert "Signed: 256 bytes, verified" in done.stdout
        reported = next(line for line in done.stdout.splitlines() if line.startswith("Holder: "))
        for part in found.subject:
            if part.oid in (x509.NameOID.COMMON_NAME, x509.NameOID.SURNAME):
                assert str(part.value) in reported
        cryptolib_place.remove()


@pytest.mark.parametrize("example", EXAMPLE)
def test_example_with_a_wrong_code_signs_nothing(
    example: str, cryptolib_place: CryptolibPlace, tmp_path: Path
) -> None:
    command = EXAMPLE[example](tmp_path)
    letter, made = tmp_path / "letter", tmp_path / "signature"
    letter.write_bytes(b"letter")
    cryptolib_place.insert(CardImage.load(CARDS / "cps3.json"))
    done = run(command, cryptolib_place, str(letter), str(made), code="9999")
    assert done.returncode != 0
    assert not made.exists()
