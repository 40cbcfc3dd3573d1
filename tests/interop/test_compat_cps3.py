# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``compat = "cps3"`` against what the issuer's module answered to the same questions.

`tests.interop.answers` asks; the answers of the issuer's module 5.2.2 stand in
``tests/vectors/pkcs11-cps3.toml``. The laboratory asks it again, and writes them anew when
``CADUCEE_RECORD`` is set.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from tests.interop.answers import GROUPS

from caducee.testing.cryptolib import CryptolibPlace
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

MODULE = Path("/opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so")
CACHE = Path("/etc/opt/santesocial/CPS/cache")
ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"
RECORDED = VECTORS / "pkcs11-cps3.toml"
FACES: dict[str, tuple[str, Literal["contact", "contactless"]]] = {
    "cps3": ("cps3", "contact"),
    "cps3-contactless": ("cps3", "contactless"),
    "cps4": ("cps4", "contact"),
}
NOT_FOLLOWED = {"end with a pointer", "end"}
"""C_Finalize takes a pointer there; here it is refused in every mode, so a second call ends."""

pytestmark = pytest.mark.system

type Answers = dict[str, dict[str, str]]


def _chip(face: str) -> VirtualCard:
    image, side = FACES[face]
    store = MemoryStore(CardImage.load(VECTORS / "cards" / f"{image}.json"))
    return VirtualCard(store, face=side)


def _ask(module: Path, environment: Mapping[str, str]) -> Answers:
    found = {}
    for group in GROUPS:
        command = [sys.executable, "-m", "tests.interop.answers", str(module), group]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{group}: {done.stdout[-500:]}{done.stderr}"
        found[group] = dict(json.loads(line) for line in done.stdout.splitlines())
    return found


def _flat(answers: Answers) -> dict[str, str]:
    return {
        f"{group}: {question}": answer
        for group, those in answers.items()
        for question, answer in those.items()
        if group != "initialize" or question not in NOT_FOLLOWED
    }


def _recorded() -> dict[str, Answers]:
    return tomllib.loads(RECORDED.read_text("utf-8"))


@pytest.mark.parametrize("face", FACES)
def test_the_compatible_mode_answers_as_the_issuer_s_module_did(
    face: str, cryptolib_place: CryptolibPlace
) -> None:
    cryptolib_place.settings.write_text(
        '[readers]\npcsc = false\n[pkcs11]\ncompat = "cps3"\n', encoding="utf-8"
    )
    cryptolib_place.insert(_chip(face))
    found = _ask(cryptolib_place.module, cryptolib_place.environment)
    assert _flat(found) == _flat(_recorded()[face])


@pytest.mark.laboratory
@pytest.mark.xdist_group("issuer")
@pytest.mark.skipif(
    not MODULE.exists(),
    reason="the issuer's module is not installed; its recorded answers are compared instead",
)
@pytest.mark.parametrize("face", FACES)
def test_the_issuer_s_module_answers_as_recorded(face: str, inserted_card: InsertCard) -> None:
    for path in CACHE.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    inserted_card(_chip(face))
    found = _ask(MODULE, os.environ)
    if "CADUCEE_RECORD" in os.environ:
        _keep(face, found)
    assert found == _recorded()[face]


def _keep(face: str, answers: Answers) -> None:
    known = (_recorded() if RECORDED.exists() else {}) | {face: answers}
    lines = [
        # REUSE-IgnoreStart
        "# SPDX-FileCopyrightText: The caducee contributors",
        "# SPDX-License-Identifier: Apache-2.0",
        # REUSE-IgnoreEnd
        "# What the issuer's PKCS#11 module 5.2.2 (Linux) answered to tests/interop/answers.py",
        "# with our virtual cards; bytes in hexadecimal, long ones as length and begin of SHA-256.",
    ]
    for name in sorted(known):
        for group, those in known[name].items():
            lines += ["", f"[{name}.{group}]"]
            lines += [f"{json.dumps(item)} = {json.dumps(those[item])}" for item in those]
    RECORDED.write_text("\n".join([*lines, ""]), encoding="utf-8")
