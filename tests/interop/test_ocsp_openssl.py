# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``openssl ocsp`` answers our requests; we judge its answers."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from caducee.base.clock import SystemClock
from caducee.base.errors import TrustError
from caducee.testing.pki import Chain, Issued, chain_of_three, usage
from caducee.trust import RevocationState
from caducee.trust.ocsp import OcspRules, ask, read
from caducee.trust.x509 import view

pytestmark = pytest.mark.system

NONCE = bytes(range(32))
DELEGATED = (
    (usage("digital_signature"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
    (x509.OCSPNoCheck(), False),
)


def pem(issued: Issued, path: Path) -> tuple[Path, Path]:
    certificate, key = path.with_suffix(".pem"), path.with_suffix(".key")
    certificate.write_bytes(issued.certificate.public_bytes(Encoding.PEM))
    key.write_bytes(issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key


def respond(folder: Path, world: Chain, signer: Issued, status: str, request: bytes) -> bytes:
    """Let openssl answer a request from an index that knows the leaf."""
    serial = f"{world.leaf.certificate.serial_number:X}"
    serial = serial.zfill(len(serial) + len(serial) % 2)
    revoked = "261123120000Z,keyCompromise" if status == "R" else ""
    (folder / "index").write_text(
        f"{status}\t301231235959Z\t{revoked}\t{serial}\tunknown\t/CN=LEAF\n"
    )
    authority, _ = pem(world.issuing, folder / "issuing")
    certificate, key = pem(signer, folder / "signer")
    (folder / "request").write_bytes(request)
    program = shutil.which("openssl") or "openssl"
    command = [program, "ocsp", "-index", "index", "-CA", str(authority), "-rsigner"]
    command += [str(certificate), "-rkey", str(key), "-reqin", "request", "-respout", "answer"]
    subprocess.run(
        [*command, "-ndays", "1"], cwd=folder, check=True, capture_output=True, timeout=60
    )
    return (folder / "answer").read_bytes()


@pytest.mark.parametrize("delegated", [True, False])
@pytest.mark.parametrize(
    ("status", "state"), [("V", RevocationState.GOOD), ("R", RevocationState.REVOKED)]
)
def test_openssl_answers_what_we_ask(
    tmp_path: Path, delegated: bool, status: str, state: RevocationState
) -> None:
    world = chain_of_three()
    signer = world.issuing.issue("RESPONDER", extensions=DELEGATED) if delegated else world.issuing
    request = ask(world.leaf.certificate, world.issuing.certificate, NONCE)
    data = respond(tmp_path, world, signer, status, request)
    leaf, issuer = view(world.leaf.certificate), view(world.issuing.certificate)
    rules = OcspRules(nonce_needed=True)
    found = read(data, leaf, issuer, SystemClock().now(), nonce=NONCE, rules=rules)
    assert (found.state, found.nonce) == (state, True)
    assert found.reason == ("keyCompromise" if status == "R" else None)
    with pytest.raises(TrustError) as caught:
        read(data, leaf, issuer, SystemClock().now(), nonce=bytes(32), rules=rules)
    assert caught.value.code == "trust.ocsp_nonce"
