# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Path building and validation: every step, and every way in which a chain may be wrong."""

import datetime as dt
from collections.abc import Iterable, Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from caducee.base.errors import ExpiredError, NotYetValidError, RevokedError, TrustError
from caducee.testing.pki import (
    LEAF,
    NOW,
    YEAR,
    Chain,
    Extension,
    Issued,
    authority,
    issue,
    key,
    name,
    private,
    resign,
    usage,
)
from caducee.trust import (
    CertificatePurpose,
    CheckOutcome,
    CrlSource,
    PathLimits,
    PathResult,
    RevocationAnswer,
    RevocationState,
    validate,
)
from caducee.trust.path import Strength
from caducee.trust.path_building import CertificatePool, SearchBudget, chains
from caducee.trust.x509 import view


def judge(
    leaf: Issued,
    intermediates: Iterable[Issued],
    anchors: Sequence[Issued],
    *,
    purpose: CertificatePurpose = CertificatePurpose.CLIENT_AUTHENTICATION,
    at: dt.datetime = NOW,
    policies: frozenset[str] | None = None,
    limits: PathLimits | None = None,
    strength: Strength | None = None,
) -> PathResult:
    return validate(
        leaf.certificate,
        [intermediate.certificate for intermediate in intermediates],
        anchors=[anchor.certificate for anchor in anchors],
        at=at,
        purpose=purpose,
        revocation=None,
        policies=policies,
        limits=limits or PathLimits(),
        strength=strength or Strength(),
    )


def codes(result: PathResult) -> list[str]:
    return [failure.code for failure in result.failures()]


def test_a_chain_of_three_passes_and_every_step_is_written_down(world: Chain) -> None:
    result = judge(world.leaf, [world.issuing], [world.root])
    assert result.ok
    result.require()
    assert [(check.name, check.outcome.value) for check in result.checks] == [
        ("chain", "passed"),
        ("validity", "passed"),
        ("signature", "passed"),
        ("validity", "passed"),
        ("extensions", "passed"),
        ("ca", "passed"),
        ("revocation", "skipped"),
        ("signature", "passed"),
        ("validity", "passed"),
        ("extensions", "passed"),
        ("revocation", "skipped"),
        ("ca", "passed"),
        ("names", "passed"),
        ("policies", "passed"),
        ("usage", "passed"),
    ]
    assert result.chain == tuple(
        item.certificate for item in (world.leaf, world.issuing, world.root)
    )


def test_every_step_can_be_read_by_a_person(world: Chain) -> None:
    for check in judge(world.leaf, [world.issuing], [world.root]).checks:
        assert "{" not in check.sentence()
        assert check.advice()
        assert check.ok is (check.outcome is CheckOutcome.PASSED)


def test_the_order_of_the_intermediates_does_not_matter(world: Chain) -> None:
    other = world.root.authority("OTHER")
    assert judge(world.leaf, [other, world.root, world.issuing], [world.root]).ok


def test_without_the_intermediate_there_is_no_chain(world: Chain) -> None:
    result = judge(world.leaf, [], [world.root])
    assert codes(result) == ["trust.chain_not_found"]
    assert result.chain == (world.leaf.certificate,)
    with pytest.raises(TrustError) as caught:
        result.require()
    assert caught.value.code == "trust.chain_not_found"


def test_a_root_that_is_not_an_anchor_is_worth_nothing(world: Chain) -> None:
    unrelated = authority("UNRELATED")
    assert codes(judge(world.leaf, [world.issuing, world.root], [unrelated])) == [
        "trust.chain_not_found"
    ]
    assert not judge(world.root, [world.root], [unrelated]).ok


def test_an_intermediate_may_itself_be_the_anchor(world: Chain) -> None:
    assert judge(world.leaf, [], [world.issuing]).ok


def test_a_look_alike_issuer_is_seen_through(world: Chain) -> None:
    forged = authority("ISSUING", key_name="forger")
    leaf = forged.issue("LEAF")
    result = judge(leaf, [world.issuing, forged], [world.root])
    assert codes(result) == ["trust.chain_not_found"]


def test_a_certificate_that_was_changed_is_called_by_its_name(world: Chain) -> None:
    der = bytearray(world.leaf.der)
    place = bytes(der).find(b"LEAF")
    der[place : place + 4] = b"EVIL"
    changed = Issued(x509.load_der_x509_certificate(bytes(der)), world.leaf.key)
    result = judge(changed, [world.issuing], [world.root])
    assert codes(result) == ["trust.signature_wrong"]
    assert result.checks[0].facts == {"certificate": "EVIL", "issuer": "ISSUING"}


@pytest.mark.parametrize("place", ["root", "issuing", "leaf"])
def test_an_expired_certificate_fails_wherever_it_stands(place: str) -> None:
    ends = {place: NOW - dt.timedelta(seconds=1)}
    root = authority("ROOT", ends=ends.get("root", NOW + YEAR))
    issuing = root.authority("ISSUING", ends=ends.get("issuing", NOW + YEAR))
    leaf = issuing.issue("LEAF", ends=ends.get("leaf", NOW + YEAR))
    result = judge(leaf, [issuing], [root])
    assert codes(result) == ["trust.expired"]
    assert result.failures()[0].facts["certificate"] == place.upper()
    assert result.failures()[0].facts["not_after"] == "2026-11-24 11:59 UTC"
    with pytest.raises(ExpiredError, match="2026-11-24 11:59 UTC"):
        result.require()


def test_a_certificate_of_tomorrow_is_not_valid_yet(world: Chain) -> None:
    leaf = world.issuing.issue("LEAF", starts=NOW + dt.timedelta(seconds=1))
    result = judge(leaf, [world.issuing], [world.root])
    assert codes(result) == ["trust.not_yet_valid"]
    with pytest.raises(NotYetValidError):
        result.require()


@pytest.mark.parametrize("seconds", [0, 1])
def test_validity_includes_both_its_ends(seconds: int) -> None:
    step = dt.timedelta(seconds=seconds)
    leaf = authority("ROOT").issue("LEAF", starts=NOW, ends=NOW)
    result = judge(leaf, [], [authority("ROOT")])
    assert result.chain  # the anchor is another certificate with the same key
    assert judge(leaf, [], [authority("ROOT")], at=NOW).ok
    assert judge(leaf, [], [authority("ROOT")], at=NOW + step).ok is (seconds == 0)
    assert judge(leaf, [], [authority("ROOT")], at=NOW - step).ok is (seconds == 0)


def test_a_leaf_cannot_issue(world: Chain) -> None:
    below = world.leaf.issue("BELOW")
    result = judge(below, [world.issuing, world.leaf], [world.root])
    assert "trust.ca_not_allowed" in codes(result)


def test_an_authority_without_the_right_to_sign_certificates_cannot_issue(world: Chain) -> None:
    crl_only = world.root.authority("CRLONLY", bits=("crl_sign",))
    leaf = crl_only.issue("LEAF")
    assert codes(judge(leaf, [crl_only], [world.root])) == ["trust.ca_not_allowed"]


def test_a_certificate_without_basic_constraints_cannot_issue(world: Chain) -> None:
    bare = world.root.issue("BARE", extensions=[(usage("key_cert_sign"), True)])
    assert "trust.ca_not_allowed" in codes(judge(bare.issue("LEAF"), [bare], [world.root]))


def test_the_length_of_a_path_is_kept(world: Chain) -> None:
    below = world.issuing.authority("BELOW")
    result = judge(below.issue("LEAF"), [below, world.issuing], [world.root])
    assert codes(result) == ["trust.ca_depth"]
    assert result.failures()[0].facts["certificate"] == "ISSUING"


def test_the_length_that_the_anchor_admits_is_kept_too() -> None:
    root = authority("SHORT", path_length=0)
    issuing = root.authority("ISSUING")
    assert codes(judge(issuing.issue("LEAF"), [issuing], [root])) == ["trust.ca_depth"]
    assert judge(root.issue("LEAF"), [], [root]).ok


def test_self_issued_certificates_do_not_count_for_the_length() -> None:
    root = authority("ROLLING", path_length=1, key_name="old")
    renewed = root.authority("ROLLING", key_name="new")
    issuing = renewed.authority("ISSUING", path_length=0)
    assert judge(issuing.issue("LEAF"), [renewed, issuing], [root]).ok


def test_a_critical_extension_that_is_not_understood_refuses_the_chain(world: Chain) -> None:
    odd = (private("1.2.3.4", "0500")[0], True)
    leaf = world.issuing.issue("LEAF", extensions=[*LEAF, odd])
    result = judge(leaf, [world.issuing], [world.root])
    assert codes(result) == ["trust.extension_critical"]
    assert result.failures()[0].facts["oid"] == "1.2.3.4"


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize(
    ("narrowing", "code"),
    [
        (x509.NameConstraints([x509.DNSName("test")], None), None),
        (x509.NameConstraints(None, [x509.DirectoryName(name("LEAF"))]), "trust.name_refused"),
        (x509.PolicyConstraints(0, None), "trust.policy_refused"),
        (x509.PolicyConstraints(None, 0), None),
        (x509.InhibitAnyPolicy(0), None),
        (private("2.5.29.33", "3000")[0], "trust.extensions_unreadable"),
        (private("2.5.29.33", "3009300706032A03040601")[0], "trust.extensions_unreadable"),
    ],
)
def test_what_narrows_a_chain_counts_whether_critical_or_not(
    world: Chain, narrowing: x509.ExtensionType, critical: bool, code: str | None
) -> None:
    narrow = world.root.authority("NARROW", more=[(narrowing, critical)])
    result = judge(narrow.issue("LEAF"), [narrow], [world.root])
    if code == "trust.extensions_unreadable":
        code = "trust.chain_not_found"  # such an authority is not even tried
    assert codes(result) == ([code] if code else [])


def test_an_extension_that_is_not_critical_may_be_unknown(world: Chain) -> None:
    leaf = world.issuing.issue("LEAF", extensions=[*LEAF, private("1.2.3.4", "0500")])
    assert judge(leaf, [world.issuing], [world.root]).ok


def test_extensions_that_cannot_be_read_refuse_the_chain(world: Chain) -> None:
    broken = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.37"), b"\x30\x05\x01")
    leaf = world.issuing.issue("LEAF", extensions=[(broken, False)])
    assert "trust.extensions_unreadable" in codes(judge(leaf, [world.issuing], [world.root]))


def test_an_authority_whose_extensions_cannot_be_read_issues_nothing(world: Chain) -> None:
    broken = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.37"), b"\x30\x05\x01")
    odd = world.root.authority("ODD", more=[(broken, False)])
    assert codes(judge(odd.issue("LEAF"), [odd], [world.root])) == ["trust.chain_not_found"]


SIGN = (
    (usage("content_commitment"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
)
SERVER = (
    (usage("digital_signature", "key_encipherment"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
)
ANYTHING = (
    (usage("digital_signature", "content_commitment"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), False),
)


@pytest.mark.parametrize(
    ("extensions", "fits"),
    [
        (LEAF, {CertificatePurpose.CLIENT_AUTHENTICATION}),
        (SIGN, {CertificatePurpose.SIGNATURE}),
        (SERVER, {CertificatePurpose.SERVER_AUTHENTICATION}),
        (ANYTHING, set(CertificatePurpose)),
        ([], set(CertificatePurpose) - {CertificatePurpose.SIGNATURE}),
        ([(usage("key_agreement"), True)], set()),
        ([SIGN[0], LEAF[2]], set()),
    ],
)
def test_a_leaf_serves_what_its_usages_say(
    world: Chain, extensions: Iterable[Extension], fits: set[CertificatePurpose]
) -> None:
    leaf = world.issuing.issue("LEAF", extensions=extensions)
    for purpose in CertificatePurpose:
        result = judge(leaf, [world.issuing], [world.root], purpose=purpose)
        assert result.ok is (purpose in fits or purpose is CertificatePurpose.ANY), purpose
        assert codes(result) in ([], ["trust.usage_refused"])


def test_an_authority_for_another_purpose_does_not_carry_the_leaf(world: Chain) -> None:
    mail = world.root.authority("MAIL", more=[SIGN[1]])
    assert codes(judge(mail.issue("LEAF"), [mail], [world.root])) == ["trust.ca_usage"]


def policy(*dotted: str) -> Extension:
    infos = [x509.PolicyInformation(ObjectIdentifier(item), None) for item in dotted]
    return x509.CertificatePolicies(infos), False


CPS = "1.2.250.1.213.1.7.2.1.1.1.1"
ANY = "2.5.29.32.0"


@pytest.mark.parametrize(
    ("above", "own", "asked", "fits"),
    [
        ([ANY], [CPS], {CPS}, True),
        ([ANY], [CPS], {"1.2.3"}, False),
        ([CPS], [CPS, "1.2.3"], {CPS}, True),
        ([CPS], ["1.2.3"], {"1.2.3"}, False),
        ([ANY], [ANY], {CPS}, True),
        ([CPS], [ANY], {CPS}, True),
        ([], [CPS], {CPS}, False),
        ([ANY], [], {CPS}, False),
    ],
)
def test_a_policy_counts_when_the_whole_chain_allows_it(
    world: Chain, above: list[str], own: list[str], asked: set[str], fits: bool
) -> None:
    issuing = world.root.authority("POLICY", more=[policy(*above)] if above else [])
    leaf = issuing.issue("LEAF", extensions=[*LEAF, *([policy(*own)] if own else [])])
    result = judge(leaf, [issuing], [world.root], policies=frozenset(asked))
    assert codes(result) == ([] if fits else ["trust.policy_refused"])
    assert judge(leaf, [issuing], [world.root]).ok


def test_a_weak_hash_is_refused(world: Chain) -> None:
    leaf = world.issuing.issue("LEAF", digest=hashes.SHA224())
    result = judge(leaf, [world.issuing], [world.root])
    assert codes(result) == ["trust.signature_weak"]
    assert result.failures()[0].facts["algorithm"] == "sha224"
    relaxed = Strength(hashes=frozenset({"sha224", "sha256"}))
    assert judge(leaf, [world.issuing], [world.root], strength=relaxed).ok


def test_a_short_rsa_key_is_refused_in_leaf_and_issuer(world: Chain) -> None:
    leaf = world.issuing.issue("LEAF", key_name="rsa1024 leaf")
    result = judge(leaf, [world.issuing], [world.root])
    assert codes(result) == ["trust.key_weak"]
    assert result.failures()[0].facts["key"] == "RSA 1024"
    weak = world.root.authority("WEAK", key_name="rsa1024 authority")
    assert codes(judge(weak.issue("LEAF"), [weak], [world.root])) == ["trust.key_weak"]


def test_rsa_keys_of_cards_pass(world: Chain) -> None:
    issuing = world.root.authority("RSA", key_name="rsa2048 issuing")
    leaf = issuing.issue("LEAF", key_name="rsa2048 leaf")
    assert judge(leaf, [issuing], [world.root]).ok


def test_keys_of_other_kinds_are_judged_by_kind(world: Chain) -> None:
    own = ed25519.Ed25519PrivateKey.generate()
    built = (
        x509.CertificateBuilder()
        .subject_name(name("ED"))
        .issuer_name(world.issuing.certificate.subject)
        .public_key(own.public_key())
        .serial_number(7)
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + YEAR)
        .sign(key("CN=ISSUING,C=FR"), hashes.SHA256())
    )
    result = judge(Issued(built, world.leaf.key), [world.issuing], [world.root])
    assert result.ok


def test_of_several_chains_the_one_that_passes_is_reported() -> None:
    old = authority("ROOT", ends=NOW - dt.timedelta(days=1))
    new = authority("ROOT")
    issuing = new.authority("ISSUING")
    result = judge(issuing.issue("LEAF"), [issuing], [old, new])
    assert result.ok
    assert result.chain[-1] == new.certificate


def test_a_cross_certificate_leads_to_the_other_root() -> None:
    ours, theirs = authority("OURS"), authority("THEIRS")
    issuing = theirs.authority("ISSUING")
    cross = ours.authority("THEIRS")
    result = judge(issuing.issue("LEAF"), [issuing, cross], [ours])
    assert result.ok
    assert len(result.chain) == 4


def test_certificates_that_issue_each_other_end_the_search() -> None:
    root = authority("ROOT")
    item, two = authority("ONE"), authority("TWO")
    loop = [item.authority("TWO"), two.authority("ONE")]
    assert codes(judge(item.issue("LEAF"), loop, [root])) == ["trust.chain_not_found"]


def test_names_are_compared_without_case_and_spaces() -> None:
    root = authority("Root  Of Trust")
    leaf = root.issue("LEAF", issuer_name=name("ROOT of trust"), key_ids=False)
    assert judge(leaf, [], [root]).ok
    wrong = root.issue("LEAF", issuer_name=name("ROOT of dust"), key_ids=False)
    assert codes(judge(wrong, [], [root])) == ["trust.chain_not_found"]


def test_rsa_signatures_are_verified_also_where_names_differ_in_case() -> None:
    root = authority("Rsa Root", key_name="rsa2048 issuing")
    leaf = root.issue("LEAF", issuer_name=name("RSA ROOT"))
    assert judge(leaf, [], [root]).ok
    other = authority("Rsa Root", key_name="rsa2048 leaf")
    assert not judge(leaf, [], [other]).ok


@pytest.mark.parametrize("issuer_name", ["ROOT", "Root"])
def test_the_algorithm_inside_must_be_the_one_outside(issuer_name: str) -> None:
    root = authority("ROOT")
    body = root.issue("LEAF", issuer_name=name(issuer_name)).certificate.tbs_certificate_bytes
    right = bytes.fromhex("06082A8648CE3D040302")
    assert body.count(right) == 1
    for inside, fits in ((right, True), (bytes.fromhex("06082A8648CE3D040303"), False)):
        der = resign(root, body.replace(right, inside))
        leaf = Issued(x509.load_der_x509_certificate(der), root.key)
        assert judge(leaf, [], [root]).ok is fits


def test_a_longer_chain_than_the_limit_is_not_searched() -> None:
    above = root = authority("ROOT")
    middle = []
    for place in range(8):
        above = above.authority(f"LEVEL {place}")
        middle.append(above)
    leaf = above.issue("LEAF")
    assert codes(judge(leaf, middle, [root])) == ["trust.chain_not_searched"]
    assert judge(leaf, middle, [root], limits=PathLimits(depth=10)).ok


def test_the_depth_counts_leaf_and_anchor(world: Chain) -> None:
    result = judge(world.leaf, [world.issuing], [world.root], limits=PathLimits(depth=3))
    assert result.ok
    result = judge(world.leaf, [world.issuing], [world.root], limits=PathLimits(depth=2))
    assert codes(result) == ["trust.chain_not_searched"]
    assert result.checks[0].facts["limit"] == "depth"


def test_candidates_are_limited_apart_from_signatures() -> None:
    root = authority("ROOT")
    alike = [authority("ISSUING", key_name=f"alike {index}", key_ids=False) for index in range(20)]
    leaf = alike[19].issue("LEAF", key_ids=False)
    few = PathLimits(candidates=19, signatures=1000)
    assert codes(judge(leaf, alike, [root], limits=few)) == ["trust.chain_not_searched"]
    anchors = [
        authority("ISSUING", key_name=f"alike {index}", key_ids=False) for index in range(20)
    ]
    assert codes(judge(leaf, [], anchors, limits=few)) == ["trust.chain_not_searched"]
    enough = PathLimits(candidates=20, signatures=1000)
    assert judge(leaf, [], anchors, limits=enough).ok


def test_the_same_name_and_key_stands_in_a_chain_once() -> None:
    item, two = authority("ONE"), authority("TWO")
    work = SearchBudget(PathLimits())
    loop = CertificatePool(
        [x.certificate for x in (item.authority("TWO"), two.authority("ONE"))], work
    )
    found = chains(view(item.issue("LEAF").certificate), loop, CertificatePool([], work), work)
    assert list(found) == []
    assert work.candidates == 3


def test_the_right_issuer_among_look_alikes_is_found_by_its_key_identifier(world: Chain) -> None:
    alike = [authority("ISSUING", key_name=f"alike {index}") for index in range(50)]
    assert judge(world.leaf, [*alike, world.issuing], [world.root]).ok


def test_when_the_time_is_over_nothing_more_is_searched_or_checked(world: Chain) -> None:
    none = PathLimits(seconds=-1.0)
    result = judge(world.leaf, [world.issuing], [world.root], limits=none)
    assert codes(result) == ["trust.chain_not_searched"]


class Asked:
    """A revocation source that remembers its questions."""

    def __init__(self, state: RevocationState) -> None:
        self.state = state
        self.asked: list[tuple[x509.Certificate, x509.Certificate]] = []

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        self.asked.append((certificate, issuer))
        code = "trust.revoked" if self.state is RevocationState.REVOKED else "trust.not_revoked"
        return RevocationAnswer(self.state, code)


def test_the_chains_that_are_checked_are_limited_too() -> None:
    roots = [authority("ROOT", serial=index + 1, ends=NOW - YEAR / 2) for index in range(20)]
    source = Asked(RevocationState.GOOD)
    result = validate(
        roots[0].issue("LEAF").certificate,
        [],
        anchors=[root.certificate for root in roots],
        at=NOW,
        purpose=CertificatePurpose.ANY,
        revocation=source,
    )
    assert codes(result) == ["trust.expired"]
    assert result.chain[-1] == roots[0].certificate
    assert len(source.asked) == PathLimits().chains


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (RevocationState.GOOD, CheckOutcome.PASSED),
        (RevocationState.REVOKED, CheckOutcome.FAILED),
        (RevocationState.UNKNOWN, CheckOutcome.UNKNOWN),
    ],
)
def test_every_certificate_below_the_anchor_is_asked_for(
    world: Chain, state: RevocationState, outcome: CheckOutcome
) -> None:
    source = Asked(state)
    result = validate(
        world.leaf.certificate,
        [world.issuing.certificate],
        anchors=[world.root.certificate],
        at=NOW,
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=source,
    )
    assert source.asked == [
        (world.issuing.certificate, world.root.certificate),
        (world.leaf.certificate, world.issuing.certificate),
    ]
    found = [check.outcome for check in result.checks if check.name == "revocation"]
    assert found == [outcome, outcome]
    assert result.ok is (state is RevocationState.GOOD)


def test_a_chain_with_fresh_lists_passes_and_one_with_a_revoked_leaf_fails(world: Chain) -> None:
    source = CrlSource([world.root.certificate, world.issuing.certificate])
    source.load(world.root.crl())
    source.load(world.issuing.crl(number=1))

    def result() -> PathResult:
        return validate(
            world.leaf.certificate,
            [world.issuing.certificate],
            anchors=[world.root.certificate],
            at=NOW,
            purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
            revocation=source,
        )

    assert result().ok
    source.load(world.issuing.crl(world.leaf.certificate.serial_number, number=2))
    assert codes(result()) == ["trust.revoked"]
    assert result().failures()[0].facts["certificate"] == "LEAF"
    with pytest.raises(RevokedError):
        result().require()


def test_a_subject_without_a_common_name_is_called_by_its_whole_name(world: Chain) -> None:
    plain = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")])
    result = judge(world.issuing.issue(plain), [world.issuing], [world.root])
    assert result.checks[0].facts["certificate"] == "C=FR"


def test_a_certificate_that_signs_itself_is_no_anchor_by_that() -> None:
    lone = issue("LONE")
    assert codes(judge(lone, [lone], [authority("ROOT")])) == ["trust.chain_not_found"]
