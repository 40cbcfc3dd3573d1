# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL and pkilint judge renewed authorities, curves and organisations.

The authorities of persons (FORT) and of organisations (ELEMENTAIRE) have a first key of RSA and a
second one on P-384; certificates of both keys are verified from either root, with all lists, full
and delta. faketime moves OpenSSL's clock to where the world's is.
"""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.interop.test_pki_judges import FINDINGS
from tests.interop.test_pki_judges import LINT as LINT_FILES

from caducee.authority.authority import Authority
from caducee.authority.keys import FreshKeys, KeyKind
from caducee.authority.ocsp.responder import OcspResponder, cert_id
from caducee.base.clock import ShiftedClock, SystemClock
from caducee.codec.tlv import Tlv
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, identities, issue_card
from caducee.issuance.organisations import OrganisationOrder, issue_organisation
from caducee.issuance.software import issue_software
from caducee.spec import igc
from caducee.spec.igc import CaFacts, OrganisationUse, World
from caducee.spec.tags import Universal
from caducee.testing.keys import SharedKeys
from caducee.trust import CertificatePurpose, CrlSource, validate

pytestmark = pytest.mark.system

PERSONS = igc.ca(igc.Range.FORT), igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
SOFTWARE = igc.ca(igc.Range.ELEMENTAIRE), igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.PERSONNES)
TEST_ORG = SOFTWARE[0], igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.ORGANISATIONS)
SANDBOX_ORG = (
    igc.ca(igc.Range.ELEMENTAIRE, world=World.SANDBOX),
    igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.ORGANISATIONS, World.SANDBOX),
)
FAMILIES = {"card": PERSONS, "test": TEST_ORG, "sandbox": SANDBOX_ORG, "software": SOFTWARE}
PURPOSES = {"AUTH_CLI": "sslclient", "SIGN": "smimesign", "SSL": "sslserver"}
CURVE = FreshKeys(KeyKind.EC_P384)
KEYS = ("rsa", "ec")
GENERATIONS = ("old", "new")

ORGANISATIONS = [
    f"{world}-{use}-{kind}-{generation}"
    for world in ("test", "sandbox")
    for use in PURPOSES
    for kind in KEYS
    for generation in GENERATIONS
]
LEAVES = [
    *(f"card-{generation}" for generation in GENERATIONS),
    *(f"software-{kind}-{generation}" for kind in KEYS for generation in GENERATIONS),
    *ORGANISATIONS,
]


@dataclass
class Place:
    """A folder of certificates and lists, and the authorities that made them."""

    folder: Path
    registry: Registry
    authority: Authority
    clock: ShiftedClock
    keys: SharedKeys = field(default_factory=SharedKeys)

    def write(self, name: str, certificate: x509.Certificate) -> None:
        (self.folder / f"{name}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))

    def fill(self, generation: str) -> None:
        """Issue one certificate of each kind."""
        person = identities.person(42788)
        order = CardOrder(person=person, two_applications=False)
        card = issue_card(self.registry, self.authority, order, keys=self.keys)
        self.write(f"card-{generation}", card.authentication)
        for kind in KEYS:
            key = KeyKind.EC_P256.make() if kind == "ec" else self.keys.card_key()
            public = key.public_key()
            made = issue_software(self.registry, self.authority, person, public)
            self.write(f"software-{kind}-{generation}", made)
            for world in World:
                for use in OrganisationUse:
                    wanted = OrganisationOrder(
                        structure=identities.body(7708, department="21"),
                        name="portal.hopital.test",
                        use=use,
                        world=world,
                    )
                    made = issue_organisation(self.registry, self.authority, wanted, public)
                    self.write(f"{world.lower()}-{use}-{kind}-{generation}", made)

    def publish(self) -> None:
        """Write the lists that hold now, and every certificate of authorities and links."""
        for ca in self.authority.existing():
            self.write(ca.file, self.authority.certificate(ca))
            for number, link in enumerate(self.authority.links(ca)):
                self.write(f"{ca.file}-link-{number}", link)
            for name, der in (
                (ca.file, self.authority.crl(ca)),
                (f"{ca.file}-delta", self.authority.delta_crl(ca)),
            ):
                crl = x509.load_der_x509_crl(der)
                (self.folder / f"{name}.crl").write_bytes(crl.public_bytes(Encoding.PEM))

    def verify(self, leaf: str, root: CaFacts, *options: str) -> str:
        """Let OpenSSL verify a leaf, at the time of the world, trusting one root alone."""
        mine = [item for item in self.authority.existing() if item.world is root.world]
        others = self.authority.intermediates()
        pems = b"".join(other.public_bytes(Encoding.PEM) for other in others)
        (self.folder / "others.pem").write_bytes(pems)
        kinds = ("", "-delta") if "-use_deltas" in options else ("",)
        lists = [self.folder / f"{item.file}{kind}.crl" for item in mine for kind in kinds]
        (self.folder / "lists.pem").write_bytes(b"".join(item.read_bytes() for item in lists))
        now = f"{self.authority.now():%Y-%m-%d %H:%M:%S}"
        done = subprocess.run(
            [
                *("faketime", now, "openssl", "verify", "-x509_strict"),
                *("-CAfile", f"{root.file}.crt", "-untrusted", "others.pem"),
                *("-CRLfile", "lists.pem", "-crl_check_all", "-extended_crl"),
                *(*options, f"{leaf}.crt"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout.strip()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("rollover")
    clock = ShiftedClock(SystemClock())
    with Registry("sqlite://") as registry:
        keys = SharedKeys()
        records = RegistryRecords(registry)
        made = Place(folder, registry, Authority(folder / "ca", records, clock, keys=keys), clock)
        made.fill("old")
        clock.by = dt.timedelta(days=30)
        for ca in dict.fromkeys(item for both in FAMILIES.values() for item in both):
            made.authority.renew_key(ca, CURVE)
        made.fill("new")
        made.publish()
        yield made


def root_of(leaf: str, generation: int, place: Place) -> CaFacts:
    return place.authority.generations(FAMILIES[leaf.partition("-")[0]][0])[generation]


@pytest.mark.parametrize("leaf", LEAVES)
def test_openssl_reaches_either_root_from_every_certificate(place: Place, leaf: str) -> None:
    wanted = f"{leaf}.crt: OK"
    assert [place.verify(leaf, root_of(leaf, number, place)) for number in (0, 1)] == [
        wanted,
        wanted,
    ]


@pytest.mark.parametrize("leaf", ["card-old", "card-new", "test-SSL-ec-old", "sandbox-SIGN-ec-new"])
def test_openssl_lays_delta_lists_over_the_full_ones(place: Place, leaf: str) -> None:
    for number in (0, 1):
        said = place.verify(leaf, root_of(leaf, number, place), "-use_deltas")
        assert said == f"{leaf}.crt: OK"


@pytest.mark.parametrize("leaf", ORGANISATIONS)
def test_openssl_finds_each_certificate_of_an_organisation_fit_for_its_purpose_alone(
    place: Place, leaf: str
) -> None:
    world, use, _, _ = leaf.split("-")
    uses = {PURPOSES[use]} | ({"sslclient"} if use == "SSL" else set())
    policy = igc.TEST_POLICY
    if world == "sandbox":
        policy = igc.ORGANISATION_POLICIES[OrganisationUse(use)]
    root = root_of(leaf, 1, place)
    for purpose in PURPOSES.values():
        said = place.verify(leaf, root, "-purpose", purpose)
        assert (said == f"{leaf}.crt: OK") is (purpose in uses), said
    demand = ("-policy_check", "-explicit_policy", "-policy")
    assert place.verify(leaf, root, *demand, policy) == f"{leaf}.crt: OK"
    assert "no explicit policy" in place.verify(leaf, root, *demand, "1.2.3.4")


def test_openssl_refuses_what_either_key_signed_and_the_name_revoked(place: Place) -> None:
    for leaf in ("test-AUTH_CLI-rsa-old", "test-AUTH_CLI-rsa-new"):
        made = x509.load_pem_x509_certificate((place.folder / f"{leaf}.crt").read_bytes())
        copy = f"revoked-{leaf}"
        place.write(copy, made)
        place.authority.revoke(TEST_ORG[1], made.serial_number)
        # The full lists do not know yet; the delta lists do.
        for ca in place.authority.generations(TEST_ORG[1]):
            place.authority.new_delta_crl(ca)
        place.publish()
        for number in (0, 1):
            root = root_of(leaf, number, place)
            assert place.verify(copy, root) == f"{copy}.crt: OK"
            assert "certificate revoked" in place.verify(copy, root, "-use_deltas")
    place.authority.publish(TEST_ORG[1])
    place.publish()
    for leaf in ("test-AUTH_CLI-rsa-old", "test-AUTH_CLI-rsa-new"):
        assert "certificate revoked" in place.verify(leaf, root_of(leaf, 0, place))
        (place.folder / f"revoked-{leaf}.crt").unlink()


def ours(place: Place, leaf: str, root: CaFacts) -> list[str]:
    """Return what our validator finds, by the same lists as OpenSSL."""
    known = (*place.authority.anchors(), *place.authority.intermediates())
    lists = CrlSource(known)
    for item in place.authority.existing():
        lists.load((place.folder / f"{item.file}.crl").read_bytes())
    made = x509.load_pem_x509_certificate((place.folder / f"{leaf}.crt").read_bytes())
    result = validate(
        made,
        place.authority.intermediates(),
        anchors=[place.authority.certificate(root)],
        at=place.authority.now(),
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=lists,
    )
    return sorted({failure.code for failure in result.failures()})


MOVES = {
    "today": (0, False, "OK", []),
    "after the lists": (8, False, "CRL has expired", ["trust.crl_stale"]),
    "new lists": (8, True, "OK", []),
    "after the card": (1_100, True, "certificate has expired", ["trust.expired"]),
    "before the card": (-400, True, "certificate is not yet valid", ["trust.not_yet_valid"]),
}
"""Where the clock goes (days), whether new lists are published, what OpenSSL and we say then."""


@pytest.mark.parametrize("leaf", ["card-old", "card-new"])
@pytest.mark.parametrize("move", MOVES)
def test_openssl_and_we_agree_wherever_the_clock_of_the_world_is(
    place: Place, leaf: str, move: str
) -> None:
    days, publish, said, codes = MOVES[move]
    before = place.clock.by
    old, new = (root_of(leaf, number, place) for number in (0, 1))
    root = old if leaf == "card-old" else new
    try:
        place.publish()
        place.clock.by = before + dt.timedelta(days=days)
        if publish:
            place.publish()
        assert said in place.verify(leaf, root)
        assert [our for our in ours(place, leaf, root) if our in codes] == codes
        assert bool(ours(place, leaf, root)) is bool(codes)
    finally:
        place.clock.by = before
        place.publish()


def test_pkilint_finds_nothing_in_new_profiles_that_is_not_explained(place: Place) -> None:
    files = sorted(str(path) for path in place.folder.iterdir() if path.suffix in (".crt", ".crl"))
    assert len(files) >= len(LEAVES) + 14 * 3
    done = subprocess.run(
        [sys.executable, "-c", LINT_FILES, *files], stdout=subprocess.PIPE, text=True, check=True
    )
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) == len(files)
    found = {
        (finding["code"], finding["severity"])
        for report in reports
        for result in report["results"]
        for finding in result["finding_descriptions"]
    }
    assert found <= {(item.code, item.severity) for item in FINDINGS}


LINT_ANSWERS = """
import sys
from pkilint.bin import lint_ocsp_response
for path in sys.argv[1:]:
    lint_ocsp_response.main(["lint", "-s", "ALL", "-f", "JSON", path])
"""


def test_openssl_and_pkilint_accept_answers_of_each_key(place: Place) -> None:
    responder = OcspResponder(place.authority, RegistryRecords(place.registry))
    paths = []
    for generation, leaf in enumerate(("card-old", "card-new")):
        ca = place.authority.generations(PERSONS[1])[generation]
        issuer = place.authority.certificate(ca)
        made = x509.load_pem_x509_certificate((place.folder / f"{leaf}.crt").read_bytes())
        answer = responder.answer(_request(cert_id(issuer, made.serial_number).encoded))
        path = place.folder / f"{leaf}.ocsp"
        path.write_bytes(answer.der)
        paths.append(str(path))
        now = f"{place.authority.now():%Y-%m-%d %H:%M:%S}"
        done = subprocess.run(
            [
                *("faketime", now, "openssl", "ocsp", "-respin", path.name, "-no_nonce"),
                *("-issuer", f"{ca.file}.crt", "-cert", f"{leaf}.crt"),
                *("-CAfile", f"{root_of(leaf, generation, place).file}.crt"),
                *("-verify_other", f"{ca.file}.crt"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=place.folder,
            env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
            text=True,
            check=False,
            timeout=60,
        )
        assert "Response verify OK" in done.stdout
        assert f"{leaf}.crt: good" in done.stdout
        signer = place.authority.ocsp_signer(ca).certificate
        place.write(f"responder-{generation}", signer)
    done = subprocess.run(
        [sys.executable, "-c", LINT_ANSWERS, *paths], stdout=subprocess.PIPE, text=True, check=True
    )
    found = {
        finding["code"]
        for line in done.stdout.splitlines()
        for result in json.loads(line)["results"]
        for finding in result["finding_descriptions"]
    }
    assert found <= {item.code for item in FINDINGS}


def _request(cert: bytes) -> bytes:
    item = Tlv.build(Universal.SEQUENCE, Tlv.from_bytes(cert))
    listed = Tlv.build(Universal.SEQUENCE, item)
    return Tlv.build(Universal.SEQUENCE, Tlv.build(Universal.SEQUENCE, listed)).to_bytes()
