# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A certificate counts as an authority only with the fingerprint that was published for it."""

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from caducee.base.errors import TrustError
from caducee.spec import igc
from caducee.spec.igc_published import PublishedAuthority, published
from caducee.testing.pki import Issued, authority
from caducee.trust.published import compare, read_authorities

NAME = "AC RACINE IGC-SANTE FORT"


def facts(issued: Issued, **other: str | None) -> PublishedAuthority:
    """Return what would be published of a certificate, with other values."""
    values: dict[str, str | None] = {
        "sha1": hashlib.sha1(issued.der, usedforsecurity=False).hexdigest().upper(),
        "sha256": hashlib.sha256(issued.der).hexdigest().upper(),
    }
    return PublishedAuthority(name=NAME, root=True, **(values | other))  # type: ignore[arg-type]


def test_three_roots_and_six_authorities_were_published() -> None:
    assert [item.root for item in published()] == [True] * 3 + [False] * 6
    names = {ca.common_name.removeprefix("TEST ") for ca in igc.TEST_CAS}
    assert {item.name for item in published()} == names
    assert all(len(item.sha1) == 40 and len(item.sha256 or "0" * 64) == 64 for item in published())
    assert all(item.sha256 for item in published() if item.root)


def test_a_certificate_with_the_published_fingerprints_is_the_authority() -> None:
    root = authority(NAME)
    found = compare(root.certificate, known=[facts(root)])
    assert (found.name, found.by, found.root, found.der) == (NAME, "SHA-256", True, root.der)
    assert compare(root.certificate, known=[facts(root, sha256=None)]).by == "SHA-1"


@pytest.mark.parametrize("field", ["sha1", "sha256"])
def test_another_certificate_of_the_same_name_is_refused(field: str) -> None:
    root = authority(NAME)
    wrong = {field: "0" * (40 if field == "sha1" else 64)}
    with pytest.raises(TrustError) as refused:
        compare(root.certificate, known=[facts(root, **wrong)])
    assert refused.value.code == "trust.fingerprint_differs"
    with pytest.raises(TrustError):
        compare(root.certificate)  # the real one's fingerprint is another


def test_an_unknown_authority_counts_when_its_fingerprint_is_given() -> None:
    other = authority("OWN ROOT")
    with pytest.raises(TrustError) as refused:
        compare(other.certificate)
    assert refused.value.code == "trust.fingerprint_unknown"
    found = compare(other.certificate, [str(refused.value.facts["sha256"])])
    assert (found.name, found.root) == ("OWN ROOT", True)
    below = other.authority("OWN ISSUING")
    own = [hashlib.sha256(below.der).hexdigest().upper()]
    assert compare(below.certificate, own).root is False


@pytest.mark.parametrize("kind", [Encoding.PEM, Encoding.DER])
def test_a_chain_in_pkcs7_is_read(tmp_path: Path, kind: Encoding) -> None:
    root = authority("OWN ROOT")
    chain = [root.certificate, root.authority("OWN ISSUING").certificate]
    (tmp_path / "chain.p7b").write_bytes(pkcs7.serialize_certificates(chain, kind))
    assert set(read_authorities(tmp_path / "chain.p7b")) == set(chain)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    for content in (b"no certificate", b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n"):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(TrustError, match="certificate"):
            read_authorities(tmp_path / "file")
