# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL and curl at the publication points, by the addresses that stand in certificates."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

pytestmark = pytest.mark.system

FORT = igc.ca(igc.Range.FORT)
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


@dataclass(frozen=True)
class Place:
    """A folder with a certificate and what is known of its chain, and where it is published."""

    folder: Path
    address: str
    world: Sandbox
    card: str


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    keys = SharedKeys(card_keys=1)
    with Sandbox.create(tmp_path / "world", ca_keys=keys) as world:
        issued = world.issue(CardOrder(person=identities.person(42788)), keys=keys)
        for name, item in (
            ("leaf.pem", issued.authentication),
            ("root.pem", world.authority.certificate(FORT)),
        ):
            (tmp_path / name).write_bytes(item.public_bytes(Encoding.PEM))
        with world.publication() as address:
            yield Place(tmp_path, address, world, issued.card.number)


def run(place: Place, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=place.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


def fetch(place: Place, url: str, name: str) -> None:
    """Let curl fetch a published address, with the publication points as its proxy."""
    said = run(place, "curl", "-sS", "--fail", "--proxy", place.address, "-o", name, url)
    assert said == ""


def test_everything_that_openssl_needs_is_at_the_addresses_in_the_certificate(
    place: Place,
) -> None:
    fetch(place, FORT_PP.certificate_url, "issuer.der")
    run(place, "openssl", "x509", "-in", "issuer.der", "-out", "issuer.pem")
    for ca in (FORT, FORT_PP):
        fetch(place, ca.crl_url, f"{ca.file}.der")
        run(place, "openssl", "crl", "-in", f"{ca.file}.der", "-out", f"{ca.file}.pem")
    lists = ((place.folder / f"{ca.file}.pem").read_bytes() for ca in (FORT, FORT_PP))
    (place.folder / "lists.pem").write_bytes(b"".join(lists))
    command = (
        *("openssl", "verify", "-CAfile", "root.pem", "-untrusted", "issuer.pem"),
        *("-crl_check_all", "-extended_crl", "-CRLfile", "lists.pem", "leaf.pem"),
    )
    assert "leaf.pem: OK" in run(place, *command)


@pytest.mark.parametrize("nonce", ["-nonce", "-no_nonce"])
def test_openssl_asks_the_responder_whose_address_stands_in_the_certificate(
    place: Place, nonce: str
) -> None:
    fetch(place, FORT_PP.certificate_url, "issuer.der")
    run(place, "openssl", "x509", "-in", "issuer.der", "-out", "issuer.pem")
    command = (
        *("openssl", "ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-CAfile", "root.pem"),
        *("-verify_other", "issuer.pem", "-url", igc.OCSP_URL),
        *("-proxy", place.address, nonce),
    )
    first = run(place, *command)
    assert "Response verify OK" in first
    assert "leaf.pem: good" in first
    place.world.revoke(place.card)
    # A prepared answer is forgotten at the next look at the records, a moment later.
    assert any("leaf.pem: revoked" in run(place, *command) for _ in range(500))


def test_the_chain_file_is_read_by_openssl(place: Place) -> None:
    fetch(
        place,
        f"{igc.HTTP_BASE}/AC%20TEST/Chaine_de_certification-IGC-Sante-TEST.p7b",
        "chain.p7b",
    )
    said = run(place, "openssl", "pkcs7", "-inform", "DER", "-in", "chain.p7b", "-print_certs")
    for ca in (FORT, FORT_PP):
        assert f"CN={ca.common_name}" in said.replace(" = ", "=")
