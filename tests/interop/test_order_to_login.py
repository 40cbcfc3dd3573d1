# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From one order at the command line to a login at the portal, by curl, as in the guide."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from caducee.sandbox.world import Sandbox
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.image import CardImage

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("recipes")]

CERTIFICATE = "pkcs11:object=Certificat%20d%27Authentification%20CPS;type=cert"
KEY = "pkcs11:object=CPS_PRIV_AUT;type=private"


def ordered(folder: Path) -> dict[str, str]:
    """Order a card with random codes in a new process, and return what it prints."""
    command = [sys.executable, "-m", "caducee", "order", "quick", "cps-medecin"]
    done = subprocess.run(
        [*command, "--codes", "random", "--json"],
        env=os.environ | {"CADUCEE_SANDBOX": str(folder)},
        capture_output=True,
        check=True,
        timeout=120,
    )
    (card,) = json.loads(done.stdout)["cards"]
    return dict(card)


def test_an_ordered_card_logs_in(cryptolib_place: CryptolibPlace, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    Sandbox.create(folder).close()
    (folder / "sandbox.toml").write_text('[authority]\nkeys = "rsa-2048"\n')
    card = ordered(folder)
    code = tmp_path / "code"
    code.touch(mode=0o600)
    code.write_text(card["pin"], encoding="ascii")
    cryptolib_place.insert(CardImage.load(Path(card["image"])))
    with Sandbox(folder) as world, world.portal() as addresses:
        command = [
            *("curl", "--silent", "--show-error", "--cacert", str(world.server_root())),
            *("--cert-type", "PROV", "--cert", CERTIFICATE),
            *("--key-type", "PROV", "--key", f"{KEY}?pin-source=file:{code}"),
            *("--sigalgs", "RSA+SHA256:ECDSA+SHA256", "--header", "Accept: application/json"),
            f"{addresses.tls12}/login/certificate",
        ]
        module = {"PKCS11_PROVIDER_MODULE": str(cryptolib_place.module)}
        done = subprocess.run(
            command,
            env=cryptolib_place.environment | module,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    said = json.loads(done.stdout)
    assert said["ok"], done.stderr
    assert said["identity"]["ps_idnat"] == card["ps_idnat"]
    assert said["identity"]["card_id"].endswith(card["card"])
