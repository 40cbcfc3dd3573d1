# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""curl logs in with the issuer's module and our card: laboratory only.

curl asks through OpenSSL's PKCS#11 engine (Debian: libengine-pkcs11-openssl). The card can sign
with PKCS#1 v1.5 only, so the client offers no other signature algorithm.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from caducee.issuance import CardOrder, CardPins, Practice
from caducee.issuance.identities import new_person, practice_of
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.testing.pcscd import InsertCard

MODULE = Path("/opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so")
CACHE = Path("/etc/opt/santesocial/CPS/cache")
ENGINE = next(iter(Path("/usr/lib").glob("*/engines-3/pkcs11.so")), None)
KEYS = SharedKeys()

pytestmark = [
    pytest.mark.system,
    pytest.mark.laboratory,
    pytest.mark.xdist_group("issuer"),  # the module keeps one cache for the whole machine
    pytest.mark.skipif(
        not MODULE.exists() or ENGINE is None,
        reason="the issuer's module or OpenSSL's PKCS#11 engine is not installed",
    ),
]

OPENSSL_CONF = """
openssl_conf = start
[start]
engines = engines
ssl_conf = ssl
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
dynamic_path = {engine}
MODULE_PATH = {module}
init = 0
[ssl]
system_default = tls
[tls]
ClientSignatureAlgorithms = RSA+SHA256
"""


def test_curl_logs_in_with_the_issuers_module(inserted_card: InsertCard, tmp_path: Path) -> None:
    for path in CACHE.iterdir():
        path.unlink(missing_ok=True)
    settings = tmp_path / "openssl.cnf"
    settings.write_text(OPENSSL_CONF.format(engine=ENGINE, module=MODULE))
    with Sandbox.create(tmp_path / "world", ca_keys=KEYS) as world:
        person = new_person(world.registry)
        practices = (Practice(practice_of(person), "SA07", "00"),)
        pins = CardPins.of_test_cards()
        order = CardOrder(person=person, practices=practices, pins=pins, two_applications=False)
        issued = world.issue(order, keys=KEYS)
        inserted_card(issued.image)
        object_name = "pkcs11:id=%E8%28%BD%08%0F%80%25%00%00%01%FF%00%10%02;pin-value=1234"
        with world.portal() as addresses:
            done = subprocess.run(
                [
                    *("curl", "--silent", "--show-error", "--max-time", "60"),
                    *("--cacert", str(world.server_root()), "--engine", "pkcs11"),
                    *("--cert-type", "ENG", "--cert", f"{object_name};type=cert"),
                    *("--key-type", "ENG", "--key", f"{object_name};type=private"),
                    *("--header", "Accept: application/json"),
                    f"{addresses.tls12}/login/certificate",
                ],
                env={"OPENSSL_CONF": str(settings), "PATH": "/usr/bin:/bin", **_pcsc()},
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["ok"], answer
    assert answer["identity"]["ps_idnat"] == issued.card.ps_idnat


def _pcsc() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("PCSCLITE_")}
