# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Policies of chains beyond what PKITS asks: what is returned, and chains made to explode."""

import time

import pytest
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from caducee.codec.tlv import Tlv
from caducee.testing.pki import LEAF, NOW, Extension, Issued, authority
from caducee.trust import CertificatePurpose, PathLimits, PolicyDemand, validate
from caducee.trust.policies import PolicyFinding, process
from caducee.trust.x509 import view

ANY = "2.5.29.32.0"
MAPPINGS = ObjectIdentifier("2.5.29.33")


def certified(*dotted: str) -> Extension:
    infos = [x509.PolicyInformation(ObjectIdentifier(item), None) for item in dotted]
    return x509.CertificatePolicies(infos), False


def oid(dotted: str) -> Tlv:
    whole = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(dotted), None)])
    return Tlv.from_bytes(whole.public_bytes()).children()[0].children()[0]


def mapped(*pairs: tuple[str, str]) -> Extension:
    inside = [Tlv.build(0x30, oid(ours), oid(theirs)) for ours, theirs in pairs]
    return x509.UnrecognizedExtension(MAPPINGS, Tlv.build(0x30, *inside).to_bytes()), True


def found(*chain: Issued, demand: PolicyDemand | None = None) -> PolicyFinding:
    return process([view(item.certificate) for item in chain], demand or PolicyDemand())


def test_the_policies_of_a_chain_are_named_as_the_anchor_knows_them() -> None:
    root = authority("ROOT")
    issuing = root.authority("ISSUING", more=[certified("1.2.3"), mapped(("1.2.3", "1.2.4"))])
    leaf = issuing.issue("LEAF", extensions=[*LEAF, certified("1.2.4")])
    assert found(leaf, issuing, root).policies == {"1.2.3"}
    assert found(leaf, issuing, root, demand=PolicyDemand(frozenset({"1.2.4"}))).policies == set()


def test_a_policy_below_any_policy_is_named_by_the_leaf() -> None:
    root = authority("ROOT")
    issuing = root.authority("ISSUING", more=[certified(ANY)])
    leaf = issuing.issue("LEAF", extensions=[*LEAF, certified("1.2.4")])
    assert found(leaf, issuing, root).policies == {"1.2.4"}
    open_leaf = issuing.issue("LEAF", extensions=[*LEAF, certified(ANY)])
    wanted = frozenset({"1.2.9"})
    assert found(open_leaf, issuing, root, demand=PolicyDemand(wanted)).policies == wanted
    assert found(open_leaf, issuing, root).policies == {ANY}


def test_what_the_anchor_demands_counts() -> None:
    root = authority("ROOT", more=[(x509.PolicyConstraints(0, None), True)])
    bare = root.issue("LEAF")
    finding = found(bare, root)
    assert finding.refused_by is view(bare.certificate)
    assert found(root.issue("LEAF", extensions=[*LEAF, certified("1.2")]), root).policies == {"1.2"}


def test_an_inhibited_any_policy_counts_for_nothing() -> None:
    root = authority("ROOT")
    issuing = root.authority("ISSUING", more=[certified(ANY)])
    leaf = issuing.issue("LEAF", extensions=[*LEAF, certified("1.2")])
    demand = PolicyDemand(explicit=True, inhibit_any=True)
    assert found(leaf, issuing, root, demand=demand).refused_by is view(issuing.certificate)


def test_a_short_form_asks_for_one_policy_of_a_set() -> None:
    assert PolicyDemand.of(frozenset({"1.2"})) == PolicyDemand(frozenset({"1.2"}), explicit=True)
    assert PolicyDemand.of(None) == PolicyDemand()
    assert PolicyDemand.of(PolicyDemand(inhibit_any=True)) == PolicyDemand(inhibit_any=True)


@pytest.mark.parametrize("policies", [8, 45])
def test_policies_that_all_map_to_each_other_cost_no_more_than_their_number(policies: int) -> None:
    names = [f"1.2.{index}" for index in range(policies)]
    every = mapped(*((name, other) for name in names for other in names))
    above = root = authority("ROOT")
    chain = [root]
    for level in range(6):
        above = above.authority(f"LEVEL {level}", more=[certified(*names), every], key_ids=False)
        chain.insert(0, above)
    leaf = above.issue("LEAF", extensions=[*LEAF, certified("9.9.9".replace("9.", "1."))])
    start = time.process_time()
    result = validate(
        leaf.certificate,
        [item.certificate for item in chain[:-1]],
        anchors=[root.certificate],
        at=NOW,
        purpose=CertificatePurpose.ANY,
        revocation=None,
        policies=frozenset(names),
        limits=PathLimits(seconds=60),  # on a busy machine the usual time would end it sooner
    )
    assert [failure.code for failure in result.failures()] == ["trust.policy_refused"]
    # A guard against a tree that grows as 45 to the sixth power: that would never end.
    assert time.process_time() - start < 30
