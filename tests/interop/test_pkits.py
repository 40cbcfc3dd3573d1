# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""NIST PKITS, every case of sections 4.1 to 4.16; what is expected stands in ``pkits.txt``."""

import datetime as dt
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from caducee.base.errors import TrustError
from caducee.trust import CertificatePurpose, CrlSource, PolicyDemand, Strength, validate
from caducee.trust.x509 import load_certificate

DATA = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
AT = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
POLICY = "2.16.840.1.101.3.2.1.48."

pytestmark = pytest.mark.filterwarnings("ignore:DSA is deprecated")

OLD = Strength(hashes=frozenset({"sha1", "sha256", "sha384", "sha512"}), dsa_bits=1024)
"""DSA with SHA-1 is refused by default; sections 4.1.4 and 4.1.6 ask what is done without that."""

SECTIONS = {1: 6, 2: 8, 3: 11, 4: 21, 5: 8, 6: 17, 7: 5, 8: 20}
SECTIONS |= {9: 8, 10: 14, 11: 11, 12: 10, 13: 38, 14: 35, 15: 10, 16: 2}

REFUSED_LISTS = {
    "BadCRLIssuerNameCACRL": "trust.crl_issuer_unknown",
    "BadCRLSignatureCACRL": "trust.crl_signature",
    "DSAParametersInheritedCACRL": "trust.crl_issuer_unknown",
    "TwoCRLsCABadCRL": "trust.crl_issuer_unknown",
    "UnknownCRLEntryExtensionCACRL": "trust.crl_unsupported",
    "UnknownCRLExtensionCACRL": "trust.crl_unsupported",
    "keyUsageCriticalcRLSignFalseCACRL": "trust.crl_signature",
    "keyUsageNotCriticalcRLSignFalseCACRL": "trust.crl_signature",
}


@dataclass(frozen=True)
class Case:
    section: str
    leaf: str
    between: tuple[str, ...]
    asked: tuple[str, ...]
    outcome: str

    @property
    def demand(self) -> PolicyDemand:
        wanted = frozenset(POLICY + item[1:] for item in self.asked if item[0] == "P")
        return PolicyDemand(
            wanted or None,
            explicit="explicit" in self.asked,
            inhibit_mapping="no-mapping" in self.asked,
            inhibit_any="no-any" in self.asked,
        )


def cases() -> Iterator[Case]:
    text = Path(__file__).with_name("pkits.txt").read_text()
    for line in text.splitlines():
        if not line.startswith("#"):
            section, leaf, between, asked, outcome = (part.strip() for part in line.split("|"))
            yield Case(section, leaf, tuple(between.split()), tuple(asked.split()), outcome)


CASES = tuple(cases())


def load(name: str) -> x509.Certificate:
    with warnings.catch_warnings():  # sections 4.4.14 and 4.4.15 have negative serial numbers
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return load_certificate((DATA / "certs" / f"{name}.crt").read_bytes())


@dataclass(frozen=True)
class Lists:
    source: CrlSource
    refused: dict[str, str]


@pytest.fixture(scope="module")
def lists() -> Lists:
    """All the lists of the suite at once, of all its authorities that can be read."""
    authorities = []
    for path in sorted((DATA / "certs").glob("*.crt")):
        if not path.stem.endswith("EE") and path.stem != "DSAParametersInheritedCACert":
            authorities.append(load(path.stem))
    source, refused = CrlSource(authorities, strength=OLD), {}
    for path in sorted((DATA / "crls").glob("*.crl")):
        try:
            source.load(path.read_bytes())
        except TrustError as error:
            refused[path.stem] = error.code
    return Lists(source, refused)


def test_every_case_of_every_section_is_there() -> None:
    found = Counter(int(section.split(".")[1]) for section in {case.section for case in CASES})
    assert found == SECTIONS


def test_the_broken_lists_are_refused_and_all_others_taken(lists: Lists) -> None:
    assert lists.refused == REFUSED_LISTS


@pytest.mark.parametrize(
    "case", CASES, ids=lambda item: "-".join((item.section, item.leaf, *item.asked))
)
def test_pkits(case: Case, lists: Lists) -> None:
    try:
        leaf = load(case.leaf)
        between = [load(f"{item}Cert") for item in case.between]
    except TrustError as error:
        assert error.code == f"trust.{case.outcome}"
        return
    result = validate(
        leaf,
        between,
        anchors=[load("TrustAnchorRootCertificate")],
        at=AT,
        purpose=CertificatePurpose.ANY,
        revocation=lists.source,
        policies=case.demand,
        strength=OLD,
    )
    expected = set() if case.outcome == "valid" else {f"trust.{case.outcome}"}
    assert {failure.code for failure in result.failures()} == expected
    assert result.ok is (case.outcome == "valid")
    for check in result.checks:
        assert "{" not in check.sentence()
