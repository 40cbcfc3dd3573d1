# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names that are expected of a peer, compared as RFC 9525 has it."""

import ipaddress

import pytest
from cryptography import x509

from caducee.testing.pki import LEAF, NOW, Chain, name
from caducee.trust import CertificatePurpose, PathResult, validate

BEARS = x509.SubjectAlternativeName(
    [
        x509.DNSName("portail.example.fr"),
        x509.DNSName("*.sante.example.fr"),
        x509.DNSName("*.fr"),
        x509.DNSName("w*.partial.example.fr"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
        x509.RFC822Name("Alice@Example.fr"),
        x509.UniformResourceIdentifier("https://example.fr/id"),
    ]
)


def judged(world: Chain, *expected: x509.GeneralName) -> PathResult:
    leaf = world.issuing.issue(name("cn.example.fr"), extensions=[*LEAF, (BEARS, False)])
    return validate(
        leaf.certificate,
        [world.issuing.certificate],
        anchors=[world.root.certificate],
        at=NOW,
        purpose=CertificatePurpose.ANY,
        revocation=None,
        expected_names=expected,
    )


@pytest.mark.parametrize(
    "expected",
    [
        x509.DNSName("portail.example.fr"),
        x509.DNSName("PORTAIL.example.FR."),
        x509.DNSName("dmp.sante.example.fr"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
        x509.RFC822Name("Alice@EXAMPLE.fr"),
        x509.UniformResourceIdentifier("https://example.fr/id"),
        x509.DirectoryName(name("CN.example.fr")),
    ],
)
def test_a_name_that_the_certificate_bears_is_accepted(
    world: Chain, expected: x509.GeneralName
) -> None:
    result = judged(world, x509.DNSName("other.example.fr"), expected)
    assert result.ok
    assert result.checks[-1].code == "trust.peer_named"


@pytest.mark.parametrize(
    "expected",
    [
        x509.DNSName("example.fr"),
        x509.DNSName("a.b.sante.example.fr"),
        x509.DNSName("sante.example.fr"),
        x509.DNSName(".sante.example.fr"),
        x509.DNSName("anything.fr"),
        x509.DNSName("www.partial.example.fr"),
        x509.DNSName("cn.example.fr"),
        x509.DNSName("192.0.2.7"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.8")),
        x509.RFC822Name("alice@example.fr"),
        x509.UniformResourceIdentifier("https://example.fr/ID"),
        x509.DirectoryName(name("other")),
    ],
)
def test_any_other_name_is_refused_and_named(world: Chain, expected: x509.GeneralName) -> None:
    result = judged(world, expected)
    (failed,) = result.failures()
    assert (failed.name, failed.code) == ("peer", "trust.peer_not_named")
    assert failed.facts["expected"]
    assert "{" not in failed.sentence()


def test_expecting_one_of_no_names_accepts_nobody(world: Chain) -> None:
    assert [failure.code for failure in judged(world).failures()] == ["trust.peer_not_named"]
