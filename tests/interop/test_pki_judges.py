# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL and pkilint judge everything that the authorities issue.

Each finding of pkilint stands in `FINDINGS` with its reason; docs/guide/pki-findings.md is this
table: ``python tests/interop/test_pki_judges.py > docs/guide/pki-findings.md``.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.authority.servers import ServerAuthority
from caducee.base.clock import SystemClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.model import Person, Qualification, Structure
from caducee.directory.registry import Registry
from caducee.issuance import (
    CardOrder,
    IssuedCard,
    Practice,
    identities,
    issue_card,
    revoke_card,
)
from caducee.issuance.profiles import profile
from caducee.issuance.software import issue_software
from caducee.spec import igc
from caducee.spec.nomenclatures import CardFamily
from caducee.testing.keys import SharedKeys
from caducee.trust.certificate import CertificateUse

pytestmark = pytest.mark.system

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "pki-findings.md"
FORT = igc.ca(igc.Range.FORT)
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
STANDARD_PP = igc.ca(igc.Range.STANDARD, igc.Domain.PERSONNES)
ELEMENTAIRE_PP = igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.PERSONNES)
SANDBOX_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES, igc.World.SANDBOX)
PROFILES = {
    "cps4": FORT_PP,
    "cps-infirmier-adeli": FORT_PP,
    "cpf-sage-femme-cps4": FORT_PP,
    "long-names": FORT_PP,
    "accents": FORT_PP,
    "composed-names": FORT_PP,
    "identification-chip": FORT_PP,
    "cde": STANDARD_PP,
    "cpa": STANDARD_PP,
    "cda-cps4": STANDARD_PP,
    "cpe-non-nominative": STANDARD_PP,
    "cpa-non-nominative": STANDARD_PP,
    "real-category": SANDBOX_PP,
}
"""Ready profiles that are judged beside the cards of published persons, with their issuers."""

ISSUERS = {"cps": FORT_PP, "cpf": FORT_PP, "cpe": STANDARD_PP, **PROFILES}


@dataclass(frozen=True)
class Finding:
    """One finding of pkilint that stays."""

    code: str
    severity: str
    where: str
    reason: str
    real: str


FINDINGS = (
    Finding(
        "pkix.certificate_policies_policy_has_qualifier",
        "NOTICE",
        "CAs and cards",
        "The policies name the certification practice statement, as the real ones do.",
        "the nine CA files of Cryptolib 5.2.2 (http://igc-sante.esante.gouv.fr/PC) and the TEST "
        "certificates of ansforge/PSC-POC (…/PC%20TEST)",
    ),
    Finding(
        "pkix.ldap_uri_not_validated",
        "NOTICE",
        "issuing CAs and cards",
        "pkilint does not read LDAP URIs; ours are spelled as the real ones.",
        "every TEST certificate that was decoded, e.g. 2600301752-Auth.crt of ansforge/PSC-POC",
    ),
    Finding(
        "pkix.subject_key_identifier_method_1_identified",
        "INFO",
        "all certificates",
        "Key identifiers are the SHA-1 of the public key, RFC 5280 4.2.1.2 method 1: 20 bytes, "
        "as long as the real ones.",
        "key identifiers of 20 bytes in the CA files of Cryptolib 5.2.2",
    ),
    Finding(
        "pkix.invalid_domain_name_syntax",
        "ERROR",
        "web servers of a sandbox",
        "pkilint requires a name of at least two labels. These are the name constraints of the "
        "root, localhost and test, and the name localhost of a server.",
        "none: this root is apart from the twin",
    ),
)


def page() -> str:
    """Return the page of the guide."""
    lines = [
        "# What pkilint says of our certificates",
        "",
        "[pkilint](https://github.com/digicert/pkilint) checks certificates and revocation lists "
        "against RFC 5280. A test lets it read everything that a sandbox issues: the nine CAs of "
        "each hierarchy, cards of every family, generation and category, with and without a name, "
        "certificates in software, all lists, and the web servers. Another lets it read "
        "organisations, keys on curves, and authorities whose key was renewed. What was found and "
        "is not a "
        "fault was left as it is, since the real certificates have it too:",
        "",
        "| Finding | Severity | Where | Why it stays | The real ones |",
        "|---|---|---|---|---|",
    ]
    for finding in FINDINGS:
        cells = (f"`{finding.code}`", finding.severity, finding.where, finding.reason, finding.real)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class World:
    """A folder of everything that was issued, and the cards."""

    folder: Path
    registry: Registry
    authority: Authority
    cards: dict[str, IssuedCard]


def orders() -> dict[str, CardOrder]:
    kit = identities.person(42788)
    student = replace(identities.person(77), profession=None, future_profession="10")
    charles = Person("30B0057881/CPET0002", "ADMINISTRATIF-CH057880002", "CHARLES")
    hospital = Structure("10B0057881", "HOPITAL DES 3 DAMES", "75")
    practice = Practice(identities.practice_of(kit), "SA07")
    return {
        "cps": CardOrder(person=kit, practices=(practice,)),
        "cpf": CardOrder(person=student, family=CardFamily.CPF),
        "cpe": CardOrder(
            person=charles, family=CardFamily.CPE, practices=(Practice(hospital, "SA01"),)
        ),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("issued")
    registry = Registry("sqlite://")
    keys = SharedKeys()
    authority = Authority(folder / "ca", RegistryRecords(registry), SystemClock(), keys=keys)
    for ca in igc.ALL_CAS:
        certificate = authority.certificate(ca)
        (folder / f"{ca.file}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    cards = {}
    wanted = orders() | {name: profile(name).order(registry) for name in PROFILES}
    for name, order in wanted.items():
        cards[name] = issued = issue_card(registry, authority, order, keys=keys)
        for item in registry.certificates.of_card(issued.card.number):
            (folder / f"{name}-{item.use}.crt").write_bytes(pem(item.der, "CERTIFICATE"))
    for use in (CertificateUse.SIGNATURE, CertificateUse.AUTHENTICATION):
        public = keys.card_key().public_key()
        person = replace(identities.person(7506), qualifications=(Qualification("SM26"),))
        address = "kit@example.test" if use is CertificateUse.SIGNATURE else None
        made = issue_software(registry, authority, person, public, use=use, email=address)
        (folder / f"software-{use}.crt").write_bytes(made.public_bytes(Encoding.PEM))
    for ca in igc.ALL_CAS:
        (folder / f"{ca.file}.crl").write_bytes(pem(authority.crl(ca), "X509 CRL"))
        (folder / f"{ca.file}-delta.crl").write_bytes(pem(authority.delta_crl(ca), "X509 CRL"))
    servers = ServerAuthority(folder / "tls", SystemClock())
    server = servers.issue(["localhost", "portal.test", "127.0.0.1", "::1"])
    (folder / "tls-root.crt").write_bytes(server.root.public_bytes(Encoding.PEM))
    (folder / "tls-server.crt").write_bytes(server.chain_pem())
    yield World(folder, registry, authority, cards)
    registry.close()


def pem(der: bytes, label: str) -> bytes:
    done = subprocess.run(
        ["openssl", "base64", "-e"], input=der, stdout=subprocess.PIPE, check=True
    ).stdout
    return f"-----BEGIN {label}-----\n".encode() + done + f"-----END {label}-----\n".encode()


def openssl(world: World, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ["openssl", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=world.folder,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def verify(world: World, ca: igc.CaFacts, leaf: str, *more: str) -> tuple[int, str]:
    """Let OpenSSL build and check the chain of a leaf, with all lists."""
    root = igc.ca(ca.range, world=ca.world)
    lists = world.folder / "lists.pem"
    lists.write_bytes(
        b"".join((world.folder / f"{item.file}.crl").read_bytes() for item in (root, ca))
    )
    return openssl(
        world,
        *("verify", "-x509_strict", "-CAfile", f"{root.file}.crt"),
        *("-untrusted", f"{ca.file}.crt", "-CRLfile", "lists.pem"),
        *("-crl_check_all", "-extended_crl"),
        *(*more, leaf),
    )


LEAVES = [
    *((f"{name}-authentication", ca, "sslclient") for name, ca in ISSUERS.items()),
    *((f"{name}-signature", ca, "smimesign") for name, ca in ISSUERS.items()),
    ("software-authentication", ELEMENTAIRE_PP, "sslclient"),
    ("software-signature", ELEMENTAIRE_PP, "smimesign"),
]


@pytest.mark.parametrize(("leaf", "ca", "purpose"), LEAVES, ids=[item[0] for item in LEAVES])
def test_openssl_accepts_each_certificate_for_its_purpose_with_all_lists(
    world: World, leaf: str, ca: igc.CaFacts, purpose: str
) -> None:
    policy = ("-policy_check", "-explicit_policy", "-policy", igc.TEST_POLICY)
    status, said = verify(world, ca, f"{leaf}.crt", "-purpose", purpose, *policy)
    assert (status, said.splitlines()[-1]) == (0, f"{leaf}.crt: OK")


@pytest.mark.parametrize("name", [*ISSUERS, "software"])
def test_openssl_refuses_a_signature_certificate_for_tls(world: World, name: str) -> None:
    ca = ISSUERS.get(name, ELEMENTAIRE_PP)
    status, said = verify(world, ca, f"{name}-signature.crt", "-purpose", "sslclient")
    assert status
    assert "unsuitable certificate purpose" in said


def test_openssl_refuses_the_other_range_as_anchor(world: World) -> None:
    status, said = openssl(
        world,
        *("verify", "-CAfile", f"{igc.ca(igc.Range.STANDARD).file}.crt"),
        *("-untrusted", f"{FORT_PP.file}.crt", "cps-authentication.crt"),
    )
    assert status
    assert "unable to get local issuer certificate" in said


@pytest.mark.parametrize(
    ("leaf", "other"),
    [("real-category", FORT_PP), ("cps", SANDBOX_PP)],
    ids=lambda it: str(it)[:12],
)
def test_openssl_refuses_a_card_of_one_hierarchy_under_the_roots_of_the_other(
    world: World, leaf: str, other: igc.CaFacts
) -> None:
    root = igc.ca(other.range, world=other.world)
    status, said = openssl(
        world,
        *("verify", "-CAfile", f"{root.file}.crt", "-untrusted", f"{other.file}.crt"),
        f"{leaf}-authentication.crt",
    )
    assert status
    assert "unable to get local issuer certificate" in said


def test_openssl_finds_a_revoked_card_revoked_in_the_new_list(world: World) -> None:
    order = replace(orders()["cps"], person=identities.person(42789))
    issued = issue_card(world.registry, world.authority, order, keys=SharedKeys())
    leaf = world.folder / "revoked.pem"
    leaf.write_bytes(issued.authentication.public_bytes(Encoding.PEM))
    assert verify(world, FORT_PP, leaf.name)[0] == 0
    revoke_card(world.registry, world.authority, issued.card.number)
    new = pem(world.authority.crl(FORT_PP), "X509 CRL")
    (world.folder / f"{FORT_PP.file}.crl").write_bytes(new)
    status, said = verify(world, FORT_PP, leaf.name)
    assert status
    assert "certificate revoked" in said
    assert verify(world, FORT_PP, "cps-authentication.crt")[0] == 0


def test_openssl_finds_a_revoked_card_in_the_delta_list_alone(world: World) -> None:
    order = replace(orders()["cps"], person=identities.person(42790))
    issued = issue_card(world.registry, world.authority, order, keys=SharedKeys())
    leaf = world.folder / "in-delta.pem"
    leaf.write_bytes(issued.authentication.public_bytes(Encoding.PEM))
    world.authority.revoke(FORT_PP, issued.authentication.serial_number)
    # The delta lies beside the lists, and OpenSSL picks it by the number of its base.
    delta = pem(world.authority.new_delta_crl(FORT_PP), "X509 CRL")
    (world.folder / "delta.pem").write_bytes(delta)
    full = pem(world.authority.crl(FORT_PP), "X509 CRL")
    (world.folder / f"{FORT_PP.file}.crl").write_bytes(full)
    # Only the list of the leaf's issuer: no delta of the root is at hand.
    lists = world.folder / "leaf-lists.pem"
    for more, options, expected in (
        (b"", ("-crl_check",), "in-delta.pem: OK"),
        (delta, ("-crl_check", "-extended_crl", "-use_deltas"), "certificate revoked"),
    ):
        lists.write_bytes(full + more)
        _, said = openssl(
            world,
            *("verify", "-x509_strict", "-CAfile", f"{FORT.file}.crt"),
            *("-untrusted", f"{FORT_PP.file}.crt", "-CRLfile", lists.name, *options, leaf.name),
        )
        assert expected in said


@pytest.mark.parametrize("ca", igc.ALL_CAS, ids=lambda ca: ca.file)
def test_openssl_verifies_each_list(world: World, ca: igc.CaFacts) -> None:
    status, said = openssl(
        world,
        *("crl", "-in", f"{ca.file}.crl", "-verify", "-noout", "-CAfile", f"{ca.file}.crt"),
    )
    assert (status, said.strip()) == (0, "verify OK")


def test_openssl_shows_the_decoded_fields(world: World) -> None:
    status, said = openssl(world, "x509", "-in", "cps-authentication.crt", "-noout", "-text")
    assert not status
    for expected in (
        "Issuer: C=FR, O=ASIP-SANTE, OU=0002 187512751, OU=IGC-SANTE TEST, "
        "CN=TEST AC IGC-SANTE FORT PERSONNES",
        "title=Médecin, GN=KIT + SN=DOC0042788 + CN=899700427885",
        "63:da:ff:cf:c8:03:4b:dc:",
        "othername: UPN:8.99700427885@carte-cps.fr",
        "Policy: 1.2.250.1.213.1.7.2.1.1.1.1",
        "TLS Web Client Authentication, Microsoft Smartcard Login",
        "URI:http://igc-sante.esante.gouv.fr/CRL/ACI-FO-PP-TEST.crl",
        "OCSP - URI:http://ocsp.esante.gouv.fr",
        f"8025000001/{world.cards['cps'].card.number}",
    ):
        assert expected in said.replace(" = ", "=")


def test_openssl_reads_the_person_as_one_set_in_der_order(world: World) -> None:
    status, said = openssl(world, "asn1parse", "-in", "cps-authentication.crt")
    assert not status
    lines = [line.split(":")[-1].strip() for line in said.splitlines()]
    person = lines.index("KIT")
    assert [lines[person - 1], lines[person + 2], lines[person + 5]] == [
        "givenName",
        "surname",
        "commonName",
    ]
    assert "SET" in said.splitlines()[person - 3]
    assert [lines[person + 3], lines[person + 6]] == ["DOC0042788", "899700427885"]


@pytest.mark.parametrize(
    ("option", "name", "accepted"),
    [
        ("-verify_hostname", "localhost", True),
        ("-verify_hostname", "portal.test", True),
        ("-verify_ip", "127.0.0.1", True),
        ("-verify_ip", "::1", True),
        ("-verify_hostname", "example.org", False),
    ],
)
def test_openssl_accepts_a_web_server_for_its_names(
    world: World, option: str, name: str, accepted: bool
) -> None:
    status, said = openssl(
        world,
        *("verify", "-x509_strict", "-CAfile", "tls-root.crt", "-purpose", "sslserver"),
        *(option, name, "tls-server.crt"),
    )
    assert (status == 0) is accepted, said


LINT = """
import sys, warnings
warnings.simplefilter("ignore")
from pkilint.bin import lint_crl, lint_pkix_cert
for path in sys.argv[1:]:
    if path.endswith(".crt"):
        lint_pkix_cert.main(["lint", "-s", "ALL", "-f", "JSON", path])
    else:
        lint_crl.main(["lint", "-t", "CRL", "-p", "PKIX", "-s", "ALL", "-f", "JSON", path])
"""


def judged(world: World) -> list[IssuedCard]:
    """Return the cards whose certificates lie in the folder, and nothing else."""
    assert set(world.cards) == set(ISSUERS)
    return list(world.cards.values())


def test_pkilint_finds_nothing_that_the_table_does_not_explain(world: World) -> None:
    files = sorted(str(path) for path in world.folder.iterdir() if path.suffix in (".crt", ".crl"))
    leaves = sum(
        len(world.registry.certificates.of_card(item.card.number)) for item in judged(world)
    )
    assert len(files) == 18 + 18 + 18 + leaves + 2 + 2
    done = subprocess.run(
        [sys.executable, "-c", LINT, *files], stdout=subprocess.PIPE, text=True, check=True
    )
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) == len(files)
    assert all(report["results"] for report in reports)
    found = {
        (finding["code"], finding["severity"])
        for report in reports
        for result in report["results"]
        for finding in result["finding_descriptions"]
    }
    assert found == {(item.code, item.severity) for item in FINDINGS}


def test_pkilint_would_find_a_fault(tmp_path: Path, world: World) -> None:
    lines = (world.folder / "cps-authentication.crt").read_text().splitlines()
    spoiled = tmp_path / "spoiled.crt"
    spoiled.write_text("\n".join([*lines[:-2], lines[-1]]))
    done = subprocess.run(
        [sys.executable, "-c", LINT, str(spoiled)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert "results" not in done.stdout


def test_the_guide_shows_this_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    sys.stdout.write(page())
