# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Delta and indirect lists, distribution points and reasons, lists by another key."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509 import ReasonFlags

from caducee.base.errors import TrustError
from caducee.testing.pki import LEAF, NOW, YEAR, Chain, Issued, authority, name
from caducee.trust import CertificatePurpose, CrlSource, RevocationAnswer, RevocationState, validate

DAY = dt.timedelta(days=1)
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN


def source(*known: Issued, lists: Iterable[bytes] = ()) -> CrlSource:
    made = CrlSource([entry.certificate for entry in known])
    for item in lists:
        made.load(item)
    return made


def ask(made: CrlSource, leaf: Issued, issuer: Issued, at: dt.datetime = NOW) -> RevocationAnswer:
    return made.status(leaf.certificate, issuer.certificate, at)


def delta(base: int) -> tuple[x509.ExtensionType, bool]:
    return x509.DeltaCRLIndicator(base), True


def serial(issued: Issued) -> int:
    return issued.certificate.serial_number


def test_a_delta_list_alone_answers_nothing(world: Chain) -> None:
    made = source(world.issuing, lists=[world.issuing.crl(number=5, more=[delta(1)])])
    answer = ask(made, world.leaf, world.issuing)
    assert (answer.state, answer.code) == (UNKNOWN, "trust.crl_delta")
    assert made.infos()[0].base == 1


def test_a_delta_list_adds_to_the_complete_one(world: Chain) -> None:
    complete = world.issuing.crl(number=3)
    made = source(world.issuing, lists=[complete])
    assert ask(made, world.leaf, world.issuing).state is GOOD
    made.load(world.issuing.crl(serial(world.leaf), number=5, more=[delta(2)]))
    assert ask(made, world.leaf, world.issuing).state is REVOKED
    assert len(made.infos()) == 2


def test_a_delta_list_takes_a_certificate_off_hold(world: Chain) -> None:
    hold = [(x509.CRLReason(ReasonFlags.certificate_hold), False)]
    off = [(x509.CRLReason(ReasonFlags.remove_from_crl), False)]
    made = source(
        world.issuing,
        lists=[
            world.issuing.crl(serial(world.leaf), number=3, entry=hold),
            world.issuing.crl(serial(world.leaf), number=4, entry=off, more=[delta(3)]),
        ],
    )
    answer = ask(made, world.leaf, world.issuing)
    assert answer.state is GOOD
    assert answer.facts["crl_number"] == 4


@pytest.mark.parametrize(("base", "number", "counts"), [(3, 4, True), (4, 5, False), (1, 3, False)])
def test_a_delta_list_is_laid_only_over_the_list_it_changes(
    world: Chain, base: int, number: int, counts: bool
) -> None:
    made = source(
        world.issuing,
        lists=[
            world.issuing.crl(number=3),
            world.issuing.crl(serial(world.leaf), number=number, more=[delta(base)]),
        ],
    )
    assert ask(made, world.leaf, world.issuing).state is (REVOKED if counts else GOOD)


def test_a_fresh_delta_list_keeps_an_old_complete_one_alive(world: Chain) -> None:
    made = source(
        world.issuing, lists=[world.issuing.crl(number=3, starts=NOW - 2 * DAY, ends=NOW - DAY)]
    )
    assert ask(made, world.leaf, world.issuing).code == "trust.crl_stale"
    made.load(world.issuing.crl(number=4, more=[delta(3)]))
    assert ask(made, world.leaf, world.issuing).state is GOOD
    assert ask(made, world.leaf, world.issuing, NOW + 7 * DAY).code == "trust.crl_stale"


def test_a_delta_list_that_ended_still_reports_the_revoked_and_shortens_no_life(
    world: Chain,
) -> None:
    made = source(world.issuing, lists=[world.issuing.crl(number=3)])
    made.load(
        world.issuing.crl(serial(world.leaf), number=4, more=[delta(3)], ends=NOW + DAY),
    )
    assert ask(made, world.leaf, world.issuing, NOW + 2 * DAY).state is REVOKED
    other = world.issuing.issue("OTHER")
    assert ask(made, other, world.issuing, NOW + 2 * DAY).code == "trust.not_revoked"
    assert ask(made, other, world.issuing, NOW + 7 * DAY).code == "trust.crl_stale"


def test_an_older_delta_list_is_refused(world: Chain) -> None:
    made = source(world.issuing, lists=[world.issuing.crl(number=9, more=[delta(3)])])
    with pytest.raises(TrustError) as caught:
        made.load(world.issuing.crl(number=8, more=[delta(3)]))
    assert caught.value.code == "trust.crl_older"


def scope(
    point: str | None = None, reasons: frozenset[ReasonFlags] | None = None, **flags: bool
) -> tuple[x509.ExtensionType, bool]:
    every = {
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    full = None if point is None else [x509.UniformResourceIdentifier(point)]
    return (
        x509.IssuingDistributionPoint(
            full_name=full, relative_name=None, only_some_reasons=reasons, **{**every, **flags}
        ),
        True,
    )


def pointing(
    *urls: str, issuer: str | None = None, reasons: frozenset[ReasonFlags] | None = None
) -> tuple[x509.ExtensionType, bool]:
    whose = None if issuer is None else [x509.DirectoryName(name(issuer))]
    full = [x509.UniformResourceIdentifier(url) for url in urls] or None
    return x509.CRLDistributionPoints([x509.DistributionPoint(full, None, reasons, whose)]), False


@pytest.mark.parametrize(
    ("flag", "for_leaf", "for_authority"),
    [
        ("only_contains_user_certs", GOOD, UNKNOWN),
        ("only_contains_ca_certs", UNKNOWN, GOOD),
        ("only_contains_attribute_certs", UNKNOWN, UNKNOWN),
    ],
)
def test_a_partial_list_answers_for_its_part(
    world: Chain, flag: str, for_leaf: RevocationState, for_authority: RevocationState
) -> None:
    flags: dict[str, Any] = {flag: True}
    made = source(world.root, lists=[world.root.crl(more=[scope(**flags)])])
    leaf = world.root.issue("LEAF")
    assert ask(made, leaf, world.root).state is for_leaf
    assert ask(made, world.issuing, world.root).state is for_authority


def test_a_list_of_one_distribution_point_answers_for_those_that_point_there(world: Chain) -> None:
    here, there = "http://crl.test/1", "http://crl.test/2"
    made = source(world.issuing, lists=[world.issuing.crl(more=[scope(here)])])
    right = world.issuing.issue("LEAF", extensions=[*LEAF, pointing(here, "ldap://x")])
    wrong = world.issuing.issue("LEAF", extensions=[*LEAF, pointing(there)])
    assert ask(made, right, world.issuing).state is GOOD
    assert ask(made, wrong, world.issuing).code == "trust.crl_missing"
    assert ask(made, world.leaf, world.issuing).code == "trust.crl_missing"


def test_lists_by_reason_must_cover_every_reason(world: Chain) -> None:
    some = frozenset({ReasonFlags.key_compromise, ReasonFlags.ca_compromise})
    rest = frozenset(ReasonFlags) - some - {ReasonFlags.unspecified, ReasonFlags.remove_from_crl}
    made = source(world.issuing, lists=[world.issuing.crl(more=[scope(reasons=some)])])
    assert ask(made, world.leaf, world.issuing).code == "trust.crl_partial"
    made.load(world.issuing.crl(more=[scope(reasons=rest)]))
    assert ask(made, world.leaf, world.issuing).state is GOOD
    made.load(world.issuing.crl(serial(world.leaf), number=2, more=[scope(reasons=rest)]))
    assert ask(made, world.leaf, world.issuing).state is REVOKED


def test_a_certificate_may_send_to_a_list_for_some_reasons_only(world: Chain) -> None:
    here, some = "http://crl.test/1", frozenset({ReasonFlags.key_compromise})
    made = source(world.issuing, lists=[world.issuing.crl(more=[scope(here)])])
    leaf = world.issuing.issue("LEAF", extensions=[*LEAF, pointing(here, reasons=some)])
    assert ask(made, leaf, world.issuing).code == "trust.crl_partial"


def indirect(world: Chain, whose: Issued, *serials: int) -> bytes:
    entry = x509.CertificateIssuer([x509.DirectoryName(whose.certificate.subject)])
    return world.root.crl(*serials, more=[scope(indirect_crl=True)], entry=[(entry, True)])


def test_an_indirect_list_answers_for_certificates_that_name_its_issuer(world: Chain) -> None:
    leaf = world.issuing.issue("LEAF", extensions=[*LEAF, pointing(issuer="ROOT")])
    other = world.issuing.issue("LEAF", extensions=[*LEAF, pointing(issuer="ELSE")])
    made = source(world.root, world.issuing, lists=[indirect(world, world.issuing, 1)])
    assert ask(made, leaf, world.issuing).state is GOOD
    assert ask(made, other, world.issuing).code == "trust.crl_missing"
    assert ask(made, world.leaf, world.issuing).code == "trust.crl_missing"
    made.load(indirect(world, world.issuing, 1, serial(leaf)))
    assert made.infos()[0].entries == 2
    assert ask(made, leaf, world.issuing).state is REVOKED


def test_the_same_serial_of_another_issuer_in_an_indirect_list_is_another(world: Chain) -> None:
    leaf = world.issuing.issue("LEAF", extensions=[*LEAF, pointing(issuer="ROOT")])
    unrelated = authority("UNRELATED")
    made = source(world.root, lists=[indirect(world, unrelated, serial(leaf))])
    assert ask(made, leaf, world.issuing).state is GOOD


def test_an_indirect_list_of_another_root_is_not_believed(world: Chain) -> None:
    unrelated = authority("UNRELATED")
    leaf = world.issuing.issue("LEAF", extensions=[*LEAF, pointing(issuer="UNRELATED")])
    made = source(
        world.root,
        world.issuing,
        unrelated,
        lists=[unrelated.crl(more=[scope(indirect_crl=True)])],
    )
    assert ask(made, leaf, world.issuing).code == "trust.crl_missing"


def test_an_indirect_list_of_an_issuer_that_is_revoked_is_not_believed(world: Chain) -> None:
    lister = world.root.authority("LISTER", bits=("crl_sign",))
    leaf = world.issuing.issue("LEAF", extensions=[*LEAF, pointing(issuer="LISTER")])
    lists = [lister.crl(more=[scope(indirect_crl=True)]), world.root.crl()]
    made = source(world.root, world.issuing, lister, lists=lists)
    assert ask(made, leaf, world.issuing).state is GOOD
    made.load(world.root.crl(serial(lister), number=2))
    assert ask(made, leaf, world.issuing).code == "trust.crl_missing"
    bare = source(world.root, world.issuing, lister, lists=lists[:1])
    assert ask(bare, leaf, world.issuing).code == "trust.crl_missing"


def pair(subject: str, above: tuple[Issued, Issued] | None) -> tuple[Issued, Issued]:
    """The two certificates of an authority of IGC-CPS2ter: for certificates, and for lists."""
    made = []
    for bits in ("key_cert_sign", "crl_sign"):
        issuer = above[0] if above else None
        key_name = f"{subject} {bits}"
        made.append(authority(subject, issuer=issuer, bits=(bits,), key_name=key_name))
    return made[0], made[1]


def test_two_keys_under_one_name_are_distinguished_by_key_usage() -> None:
    roots = pair("TEST PROFESSIONNEL", None)
    classes = pair("TEST CLASSE-1", roots)
    leaf = classes[0].issue("LEAF", key_ids=False)
    made = source(*roots, *classes, lists=[roots[1].crl(), classes[1].crl()])

    def judge() -> list[str]:
        result = validate(
            leaf.certificate,
            [classes[1].certificate, classes[0].certificate],
            anchors=[roots[1].certificate, roots[0].certificate],
            at=NOW,
            purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
            revocation=made,
        )
        return [failure.code for failure in result.failures()]

    assert judge() == []
    made.load(classes[1].crl(serial(leaf), number=2))
    assert judge() == ["trust.revoked"]


def test_the_key_for_certificates_does_not_sign_lists_nor_the_other_certificates() -> None:
    roots = pair("TEST PROFESSIONNEL", None)
    with pytest.raises(TrustError) as caught:
        source(*roots, lists=[roots[0].crl()])
    assert caught.value.code == "trust.crl_signature"
    leaf = roots[1].issue("LEAF")
    result = validate(
        leaf.certificate,
        [],
        anchors=[root.certificate for root in roots],
        at=NOW,
        purpose=CertificatePurpose.ANY,
        revocation=None,
    )
    assert [failure.code for failure in result.failures()] == ["trust.ca_not_allowed"]


def test_the_list_of_a_renewed_key_answers_for_certificates_of_the_old() -> None:
    root = authority("ROOT")
    old = root.authority("ROLLING", key_name="old")
    new = root.authority("ROLLING", key_name="new")
    leaf = old.issue("LEAF")
    made = source(root, old, new, lists=[root.crl(), new.crl(serial(leaf))])
    assert ask(made, leaf, old).state is REVOKED


def test_a_list_by_a_key_whose_certificate_ended_is_not_believed_for_another_key() -> None:
    root = authority("ROOT")
    old = root.authority("ROLLING", key_name="old")
    new = root.authority("ROLLING", key_name="new", ends=NOW - YEAR / 2)
    made = source(root, old, new, lists=[root.crl(), new.crl()])
    assert ask(made, old.issue("LEAF"), old).code == "trust.crl_missing"
