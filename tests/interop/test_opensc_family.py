# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenSC reads the contact card of every family, and, reported its ATR, the contactless face."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.issuance import CardPins
from caducee.issuance.profiles import profile
from caducee.sandbox.world import Sandbox
from caducee.spec.atrs import KNOWN, CardFace
from caducee.testing.keys import SharedKeys
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

type RunTool = Callable[..., subprocess.CompletedProcess[str]]

PKCS11 = ("pkcs11-tool", "--module", "opensc-pkcs11.so")
AUTHENTICATION = "e828bd080f8025000001ff001002"
TECHNICAL = "e828bd080f8025000001ff001003"
CARDS = Path(__file__).parents[1] / "vectors" / "cards"
KEYS = SharedKeys()


def done(result: subprocess.CompletedProcess[str]) -> str:
    """Return what a program said, after it succeeded."""
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize("name", ["cps", "cpf", "cpe", "cde", "cpa", "cda"])
def test_opensc_lists_and_reads_the_contact_card_of_every_family(
    name: str, run_tool: RunTool, inserted_card: InsertCard, tmp_path: Path
) -> None:
    with Sandbox.create(tmp_path / "world", ca_keys=KEYS) as world:
        order = profile(name).order(world.registry)
        issued = world.issue(replace(order, pins=CardPins.of_test_cards()), keys=KEYS)
    inserted_card(issued.image)
    token = f"CPS3v3-{issued.card.number}"
    assert token in done(run_tool(*PKCS11, "-L"))
    listed = done(run_tool(*PKCS11, "--token-label", token, "-O"))
    assert "Certificat d'Authentification CPS" in listed and "CPS_ID_CARD" in listed
    target = tmp_path / "certificate"
    read = ("--read-object", "--type", "cert", "--id", AUTHENTICATION, "-o", str(target))
    done(run_tool(*PKCS11, "--token-label", token, *read))
    assert target.read_bytes() == issued.authentication.public_bytes(Encoding.DER)


def test_opensc_reads_the_contactless_face_when_it_is_reported_the_atr(
    run_tool: RunTool, inserted_card: InsertCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = CardImage.load(CARDS / "cps3.json")
    inserted_card(VirtualCard(MemoryStore(image), face="contactless"))
    assert "CPS3v3_CL" not in run_tool(*PKCS11, "-L").stdout
    atr = next(item.atr for item in KNOWN if item.face is CardFace.CPS3_CONTACTLESS)
    reported = ":".join(re.findall("..", atr.hex()))
    settings = tmp_path / "opensc.conf"
    settings.write_text(
        f"app default {{ card_atr {reported} {{ driver = iasecc; type = 25007; name = CPS; }} }}\n"
    )
    monkeypatch.setenv("OPENSC_CONF", str(settings))
    assert "CPS3v3_CL" in done(run_tool(*PKCS11, "-L"))
    assert "Certificat Technique CPS" in done(run_tool(*PKCS11, "-O"))
    target = tmp_path / "certificate"
    read = ("--read-object", "--type", "cert", "--id", TECHNICAL, "-o", str(target))
    done(run_tool(*PKCS11, *read))
    (held,) = (file for file in image.files if str(file.path) == "3F00/0001/A003")
    assert target.read_bytes() == bytes(held.content)  # type: ignore[union-attr]
