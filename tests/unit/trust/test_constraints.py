# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Name constraints: each form of name, what cannot be compared, and chains made to take long."""

import ipaddress

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from caducee.codec.tlv import Tlv
from caducee.testing.pki import LEAF, NOW, Issued, authority, name
from caducee.trust import CertificatePurpose, PathResult, validate

UPN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")


def judge(root: Issued, *between: Issued, leaf: Issued) -> list[str]:
    result: PathResult = validate(
        leaf.certificate,
        [item.certificate for item in between],
        anchors=[root.certificate],
        at=NOW,
        purpose=CertificatePurpose.ANY,
        revocation=None,
    )
    for check in result.checks:
        assert "{" not in check.sentence()
    return [failure.code for failure in result.failures()]


def limited(
    permitted: list[x509.GeneralName] | None, excluded: list[x509.GeneralName] | None
) -> tuple[Issued, Issued]:
    root = authority("ROOT")
    constraints = x509.NameConstraints(permitted, excluded)
    return root, root.authority("LIMITED", more=[(constraints, True)])


def named(issuer: Issued, *names: x509.GeneralName) -> Issued:
    return issuer.issue("LEAF", extensions=[*LEAF, (x509.SubjectAlternativeName(names), False)])


def upn(text: str) -> x509.OtherName:
    return x509.OtherName(UPN, Tlv(0x0C, text.encode()).to_bytes())


DNS, MAIL, URI = x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier
IP = x509.IPAddress


@pytest.mark.parametrize(
    ("subtree", "candidate", "inside"),
    [
        (DNS("esante.test"), DNS("esante.test"), True),
        (DNS("esante.test"), DNS("PORTAIL.Esante.test."), True),
        (DNS("esante.test"), DNS("mesante.test"), False),
        (DNS(".esante.test"), DNS("a.esante.test"), True),
        (DNS(".esante.test"), DNS("esante.test"), False),
        (DNS("esante.test"), DNS("*.esante.test"), True),
        (DNS(""), DNS("anything"), True),
        (MAIL("esante.test"), MAIL("a@esante.test"), True),
        (MAIL("esante.test"), MAIL("a@b.esante.test"), False),
        (MAIL(".esante.test"), MAIL("a@b.esante.test"), True),
        (MAIL("a@esante.test"), MAIL("a@ESANTE.test"), True),
        (MAIL("a@esante.test"), MAIL("b@esante.test"), False),
        (URI("esante.test"), URI("https://esante.test/x"), True),
        (URI("esante.test"), URI("https://x.esante.test/x"), False),
        (URI(".esante.test"), URI("https://x.esante.test:8/x"), True),
        (URI("esante.test"), URI("https://evil.test/esante.test"), False),
        (URI("esante.test"), URI("urn:oid:1.2.3"), False),
        (URI("0.1"), URI("http://127.0.0.1/"), False),
        (IP(ipaddress.ip_network("10.0.0.0/8")), IP(ipaddress.ip_address("10.1.2.3")), True),
        (IP(ipaddress.ip_network("10.0.0.0/8")), IP(ipaddress.ip_address("11.1.2.3")), False),
        (IP(ipaddress.ip_network("10.0.0.0/8")), IP(ipaddress.ip_address("::1")), False),
        (x509.DirectoryName(name("A")), x509.DirectoryName(name(" a ")), True),
        (x509.DirectoryName(name("A")), x509.DirectoryName(name("B")), False),
    ],
)
def test_a_name_must_lie_within_what_is_permitted(
    subtree: x509.GeneralName, candidate: x509.GeneralName, inside: bool
) -> None:
    permitted = [subtree]
    if isinstance(subtree, x509.DirectoryName):
        permitted.append(x509.DirectoryName(name("LEAF")))
    root, issuing = limited(permitted, None)
    assert judge(root, issuing, leaf=named(issuing, candidate)) == (
        [] if inside else ["trust.name_refused"]
    )


@pytest.mark.parametrize(
    ("subtree", "candidate", "refused"),
    [
        (DNS("esante.test"), DNS("a.esante.test"), True),
        (DNS("esante.test"), DNS("other.test"), False),
        (DNS("a.esante.test"), DNS("*.esante.test"), True),
        (DNS(".esante.test"), DNS("esante.test"), True),
        (MAIL("esante.test"), MAIL("a@esante.test"), True),
        (URI("esante.test"), URI("urn:oid:1.2.3"), True),
        (IP(ipaddress.ip_network("::/0")), IP(ipaddress.ip_address("10.1.2.3")), False),
        (DNS("esante.test"), MAIL("a@esante.test"), False),
        (upn("x@test"), upn("y@test"), True),
        (x509.RegisteredID(UPN), x509.RegisteredID(UPN), True),
    ],
)
def test_a_name_may_not_lie_within_what_is_excluded(
    subtree: x509.GeneralName, candidate: x509.GeneralName, refused: bool
) -> None:
    root, issuing = limited(None, [subtree])
    assert judge(root, issuing, leaf=named(issuing, candidate)) == (
        ["trust.name_refused"] if refused else []
    )


def test_a_form_that_is_not_compared_is_refused_only_where_it_is_limited() -> None:
    root, issuing = limited([upn("x@test")], None)
    assert judge(root, issuing, leaf=named(issuing, upn("x@test"))) == ["trust.name_refused"]
    assert judge(root, issuing, leaf=named(issuing, DNS("a.test"))) == []


def test_the_mail_address_in_a_subject_counts_without_an_alternative_name() -> None:
    root, issuing = limited([MAIL("esante.test")], None)
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@evil.test")])
    assert judge(root, issuing, leaf=issuing.issue(subject)) == ["trust.name_refused"]


def test_an_empty_subject_is_no_name() -> None:
    root, issuing = limited([x509.DirectoryName(name("A"))], None)
    assert judge(root, issuing, leaf=issuing.issue(x509.Name([]))) == []


def test_every_authority_narrows_further() -> None:
    root, upper = limited([DNS("test")], None)
    lower = upper.authority(
        "LOWER", more=[(x509.NameConstraints([DNS("esante.test")], None), True)]
    )
    assert judge(root, upper, lower, leaf=named(lower, DNS("a.esante.test"))) == []
    assert judge(root, upper, lower, leaf=named(lower, DNS("a.test"))) == ["trust.name_refused"]


def test_limits_of_the_anchor_count() -> None:
    root = authority("ROOT", more=[(x509.NameConstraints([DNS("test")], None), True)])
    assert judge(root, leaf=named(root, DNS("a.test"))) == []
    assert judge(root, leaf=named(root, DNS("a.fr"))) == ["trust.name_refused"]


def test_a_self_issued_authority_need_not_keep_the_limits() -> None:
    root, upper = limited([x509.DirectoryName(name("LEAF"))], None)
    renewed = upper.authority("LIMITED", key_name="renewed")
    assert judge(root, upper, renewed, leaf=renewed.issue("LEAF")) == []


def test_distances_in_a_subtree_are_not_overlooked() -> None:
    root = authority("ROOT")
    base = Tlv(0x82, b"test")
    minimum = Tlv(0x80, b"\x01")
    value = Tlv.build(0x30, Tlv.build(0xA0, Tlv.build(0x30, base, minimum)))
    odd = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.30"), value.to_bytes())
    issuing = root.authority("ODD", more=[(odd, True)])
    assert judge(root, issuing, leaf=named(issuing, DNS("a.test"))) == ["trust.chain_not_found"]


def test_many_names_and_many_limits_end_in_a_refusal() -> None:
    many = [DNS(f"a{index}.test") for index in range(1000)]
    root, issuing = limited(None, list(many))
    leaf = named(issuing, *(DNS(f"b{index}.test") for index in range(1000)))
    assert judge(root, issuing, leaf=leaf) == ["trust.name_constraints_many"]
