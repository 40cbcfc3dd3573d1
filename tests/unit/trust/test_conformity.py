# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules of RFC 5280 for those who issue: enforced when asked for, each with its own code."""

from collections.abc import Iterable

import pytest
from cryptography import x509

from caducee.base.errors import TrustError
from caducee.codec.tlv import Tlv
from caducee.testing.pki import (
    LEAF,
    NOW,
    Chain,
    Extension,
    Issued,
    authority,
    issue,
    name,
    resign,
    usage,
)
from caducee.trust import STRICT, CertificatePurpose, CrlSource, PathResult, Strength, validate

CA = x509.BasicConstraints(ca=True, path_length=None)
ISSUES = usage("key_cert_sign", "crl_sign")


def judged(
    leaf: Issued, between: Iterable[Issued], root: Issued, strength: Strength = STRICT
) -> PathResult:
    return validate(
        leaf.certificate,
        [item.certificate for item in between],
        anchors=[root.certificate],
        at=NOW,
        purpose=CertificatePurpose.ANY,
        revocation=None,
        strength=strength,
    )


def codes(result: PathResult) -> list[str]:
    for check in result.checks:
        assert "{" not in check.sentence()
    return [failure.code for failure in result.failures()]


def with_ids(root: Issued, *extensions: Extension, ski: bool = True, aki: bool = True) -> Issued:
    """Issue an authority with these extensions and key identifiers."""
    made = root.issue("ISSUING", extensions=())
    own = x509.SubjectKeyIdentifier.from_public_key(made.key.public_key())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
    ids: list[Extension] = [(own, False)] * ski + [(above, False)] * aki
    return root.issue("ISSUING", extensions=[*ids, *extensions], key_ids=False)


def test_a_chain_that_keeps_the_rules_says_so_for_each_certificate(world: Chain) -> None:
    result = judged(world.leaf, [world.issuing], world.root)
    assert result.ok
    assert [check.code for check in result.checks if check.name == "rules"] == [
        "trust.rules_kept"
    ] * 3
    assert not any(
        check.name == "rules"
        for check in judged(world.leaf, [world.issuing], world.root, Strength()).checks
    )


@pytest.mark.parametrize(
    ("extensions", "ids", "code", "extension"),
    [
        ([(CA, True), (ISSUES, True)], {"ski": False}, "missing", "subjectKeyIdentifier"),
        ([(CA, True), (ISSUES, True)], {"aki": False}, "missing", "authorityKeyIdentifier"),
        ([(CA, False), (ISSUES, True)], {}, "not_critical", "basicConstraints"),
        ([(CA, True)], {}, "missing", "keyUsage"),
        (
            [
                (CA, True),
                (ISSUES, True),
                (x509.NameConstraints(None, [x509.DNSName("other.test")]), False),
            ],
            {},
            "not_critical",
            "nameConstraints",
        ),
        (
            [(CA, True), (ISSUES, True), (x509.PolicyConstraints(9, None), False)],
            {},
            "not_critical",
            "policyConstraints",
        ),
        (
            [(CA, True), (ISSUES, True), (x509.InhibitAnyPolicy(9), False)],
            {},
            "not_critical",
            "inhibitAnyPolicy",
        ),
    ],
)
def test_an_issuer_that_breaks_a_rule_is_refused_only_when_asked_for(
    extensions: list[Extension], ids: dict[str, bool], code: str, extension: str
) -> None:
    root = authority("ROOT")
    issuing = with_ids(root, *extensions, **ids)
    leaf = issuing.issue("LEAF")
    result = judged(leaf, [issuing], root)
    assert codes(result) == [f"trust.extension_{code}"]
    assert result.failures()[0].facts["extension"] == extension
    assert judged(leaf, [issuing], root, Strength()).ok


def test_an_anchor_is_held_to_the_rules_too() -> None:
    root = authority("ROOT", key_ids=False)
    result = judged(root.issue("LEAF"), [], root)
    assert codes(result) == ["trust.extension_missing"]
    assert result.failures()[0].facts["certificate"] == "ROOT"


def test_a_leaf_needs_the_key_identifier_of_its_issuer(world: Chain) -> None:
    leaf = world.issuing.issue("LEAF", key_ids=False)
    assert codes(judged(leaf, [world.issuing], world.root)) == ["trust.extension_missing"]
    other = x509.AuthorityKeyIdentifier(b"\1" * 20, None, None)
    leaf = world.issuing.issue("LEAF", key_ids=False, extensions=[*LEAF, (other, False)])
    assert codes(judged(leaf, [world.issuing], world.root)) == ["trust.key_identifier_differs"]
    assert judged(leaf, [world.issuing], world.root, Strength()).ok


def test_extensions_that_must_not_be_critical_are_refused(world: Chain) -> None:
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(world.issuing.key.public_key())
    leaf = world.issuing.issue("LEAF", key_ids=False, extensions=[*LEAF, (above, True)])
    result = judged(leaf, [world.issuing], world.root)
    assert codes(result) == ["trust.extension_wrongly_critical"]


def test_a_serial_number_of_more_than_twenty_bytes_is_refused(world: Chain) -> None:
    # cryptography itself takes serial numbers of up to 159 bits only: the 21st byte is the sign.
    assert judged(
        world.issuing.issue("LEAF", serial=(1 << 159) - 1), [world.issuing], world.root
    ).ok
    long = _with_serial(world, bytes.fromhex("01" * 21))
    result = judged(long, [world.issuing], world.root)
    assert codes(result) == ["trust.serial_too_long"]
    assert judged(long, [world.issuing], world.root, Strength()).ok


def _with_serial(world: Chain, content: bytes) -> Issued:
    made = world.issuing.issue("LEAF", serial=int.from_bytes(b"\x01" * 20))
    old = bytes.fromhex("02 14" + "01" * 20)
    tbs = Tlv.from_bytes(made.certificate.tbs_certificate_bytes)
    assert old in tbs.value
    body = tbs.value.replace(old, Tlv(0x02, content).to_bytes(), 1)
    der = resign(world.issuing, Tlv(0x30, body).to_bytes())
    return Issued(x509.load_der_x509_certificate(der), made.key)


def test_without_a_subject_the_alternative_name_must_be_critical(world: Chain) -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("host.test")])
    for critical in (True, False):
        leaf = world.issuing.issue(
            x509.Name([]), key_name="nameless", extensions=[*LEAF, (names, critical)]
        )
        assert judged(leaf, [world.issuing], world.root).ok is critical


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"number": None}, "CRLNumber missing"),
        ({"number": 1 << 160}, "CRLNumber"),
        ({"key_id": False}, "authorityKeyIdentifier"),
    ],
)
def test_a_list_that_breaks_a_rule_is_refused_only_when_asked_for(
    world: Chain, options: dict[str, object], reason: str
) -> None:
    data = world.issuing.crl(1, 2, **options)
    issuers = [world.root.certificate, world.issuing.certificate]
    CrlSource(issuers).load(data)
    with pytest.raises(TrustError) as caught:
        CrlSource(issuers, strength=STRICT).load(data)
    assert (caught.value.code, caught.value.facts["reason"]) == ("trust.crl_rules", reason)
    CrlSource(issuers, strength=STRICT).load(world.issuing.crl(1, 2))


def test_a_nameless_issuer_breaks_the_rules() -> None:
    root = authority("ROOT")
    nameless = root.authority(x509.Name([]), key_name="nameless issuer")
    leaf = issue("LEAF", issuer=nameless)
    assert "trust.issuer_nameless" in codes(judged(leaf, [nameless], root))
    assert name("LEAF") == leaf.certificate.subject
