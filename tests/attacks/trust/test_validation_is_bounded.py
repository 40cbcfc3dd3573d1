# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates that cost a verifier more than they cost whoever sends them.

No test looks at a clock of the machine: what is read, compared and verified is counted, and the
time is a clock of the test.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import TrustError
from caducee.cli.trust import trust
from caducee.testing.pki import LEAF, NOW, Chain, Issued, authority, chain_of_three, issue
from caducee.trust import (
    CardCertificate,
    CertificatePurpose,
    CheckOutcome,
    CrlSource,
    PathLimits,
    PathResult,
    RevocationAnswer,
    RevocationState,
    validate,
)
from caducee.trust import names as trust_names
from caducee.trust import x509 as trust_x509
from caducee.trust.loading import MAX_CERTIFICATE, MAX_NAME, load_certificates, read_certificates
from caducee.trust.x509 import view

UNLIMITED_TIME = PathLimits(seconds=3600)
"""So that a busy machine changes nothing in what is counted."""


@pytest.fixture(scope="module")
def world() -> Chain:
    return chain_of_three()


def parts(number: int, text: str = "x") -> x509.Name:
    kind = x509.NameOID.ORGANIZATIONAL_UNIT_NAME
    return x509.Name([x509.NameAttribute(kind, text) for _ in range(number)])


def validated(
    leaf: Issued,
    between: list[Issued],
    anchor: Issued,
    limits: PathLimits = UNLIMITED_TIME,
) -> PathResult:
    return validate(
        leaf.certificate,
        [item.certificate for item in between],
        anchors=[anchor.certificate],
        at=NOW,
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=None,
        limits=limits,
    )


def first(result: PathResult) -> tuple[str, object]:
    found = result.failures()[0]
    return found.code, found.facts.get("limit")


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the names that were decoded."""
    sizes: list[int] = []
    read = trust_names.read_name

    def counting(name: bytes) -> x509.Name:
        sizes.append(len(name))
        return read(name)

    for module in (trust_names, trust_x509):
        monkeypatch.setattr(module, "read_name", counting)
    return sizes


def test_a_leaf_beyond_the_size_is_refused_before_its_names_are_decoded(
    decoded: list[int], world: Chain
) -> None:
    huge = authority(parts(60_000), key_name="huge")
    result = validated(huge, [world.issuing], world.root)
    assert [failure.code for failure in result.failures()] == ["trust.certificate_too_large"]
    assert result.checks[0].facts["most"] == MAX_CERTIFICATE
    assert "{" not in result.checks[0].sentence()
    assert decoded == []


@pytest.mark.parametrize("place", ["subject", "issuer"])
def test_a_leaf_with_a_large_name_is_refused_before_it_is_decoded(
    decoded: list[int], world: Chain, place: str
) -> None:
    name = parts(1000)
    if place == "subject":
        leaf = world.issuing.issue(name)
    else:
        leaf = issue("LEAF", issuer=world.issuing, issuer_name=name)
    result = validated(leaf, [world.issuing], world.root)
    assert [failure.code for failure in result.failures()] == ["trust.name_too_large"]
    assert "{" not in result.checks[0].sentence()
    assert decoded == []


def test_names_of_intermediates_beyond_the_size_are_not_decoded(
    decoded: list[int], world: Chain
) -> None:
    # The key of each differs, so that nothing read before is remembered.
    long = [authority(parts(1000), key_name=f"long {index}") for index in range(20)]
    huge = authority(parts(60_000), key_name="huge intermediate")
    assert validated(world.leaf, [*long, huge, world.issuing], world.root).ok
    assert all(item <= MAX_NAME for item in decoded)
    code = first(validated(world.leaf, [*long, huge], world.root))
    assert code == ("trust.chain_not_searched", "size")
    assert all(item <= MAX_NAME for item in decoded)


def test_a_revocation_source_does_not_decode_what_validation_refuses(
    decoded: list[int], world: Chain
) -> None:
    source = CrlSource([world.root.certificate, world.issuing.certificate])
    source.load(world.issuing.crl())
    decoded.clear()
    huge = authority(parts(60_000), key_name="huge for lists").certificate
    answer = source.status(huge, world.issuing.certificate, NOW)
    assert answer.state is RevocationState.UNKNOWN
    assert source.status(world.leaf.certificate, huge, NOW).state is not RevocationState.GOOD
    assert all(item <= MAX_NAME for item in decoded)


def test_names_too_large_to_read_compare_as_the_names_themselves() -> None:
    item = view(authority(parts(1000), key_name="one").certificate)
    same = view(authority(parts(1000), key_name="two").certificate)
    other = view(authority(parts(1001), key_name="one").certificate)
    assert item.subject == same.subject != other.subject
    assert item.self_issued


def test_what_was_read_of_a_large_certificate_is_not_kept() -> None:
    large = authority("LARGE", more=[(x509.SubjectAlternativeName(_names(1500)), False)])
    usual = authority("USUAL")
    assert view(large.certificate) is not view(large.certificate)
    assert view(usual.certificate) is view(usual.certificate)


def _names(number: int) -> list[x509.GeneralName]:
    return [x509.DNSName(f"n{index}.test") for index in range(number)]


def test_the_right_issuer_behind_hundreds_of_others_is_found(world: Chain) -> None:
    others = [authority(f"STRANGER {index}", key_name="stranger") for index in range(300)]
    assert validated(world.leaf, [*others, world.issuing], world.root).ok


def test_only_candidates_of_a_fitting_name_are_read(
    monkeypatch: pytest.MonkeyPatch, world: Chain
) -> None:
    read: list[x509.Certificate] = []

    def counting(certificate: x509.Certificate) -> trust_x509.ParsedCertificate:
        read.append(certificate)
        return view(certificate)

    monkeypatch.setattr("caducee.trust.path_building.view", counting)
    others = [authority(f"STRANGER {index}", key_name="stranger") for index in range(100)]
    assert validated(world.leaf, [*others, world.issuing], world.root).ok
    assert read == [world.issuing.certificate, world.root.certificate]


def test_the_65th_look_alike_says_that_the_search_was_not_complete(world: Chain) -> None:
    alike = [authority("ISSUING", key_name="alike", serial=index + 1) for index in range(65)]
    assert first(
        validated(world.leaf, alike, world.root, PathLimits(seconds=3600, signatures=99))
    ) == (
        "trust.chain_not_searched",
        "candidates",
    )
    enough = alike[:64]
    found = validated(world.leaf, enough, world.root, PathLimits(seconds=3600, signatures=99))
    assert found.failures()[0].code != "trust.chain_not_searched"


def test_more_certificates_than_names_are_compared_are_not_even_taken(world: Chain) -> None:
    taken = []

    def endless() -> Iterator[x509.Certificate]:
        for item in count():
            taken.append(item)
            yield world.root.certificate

    result = validate(
        world.leaf.certificate,
        endless(),
        anchors=[world.root.certificate],
        at=NOW,
        purpose=CertificatePurpose.ANY,
        revocation=None,
        limits=PathLimits(names=30, seconds=3600),
    )
    assert first(result) == ("trust.chain_not_searched", "names")
    assert len(taken) == 31


def test_a_chain_beyond_the_depth_says_so() -> None:
    above = root = authority("ROOT")
    between = []
    for level in range(7):
        above = above.authority(f"LEVEL {level}")
        between.append(above)
    leaf = above.issue("LEAF")
    assert first(validated(leaf, between, root)) == ("trust.chain_not_searched", "depth")
    assert validated(between[-1].issue("LEAF"), between, root, PathLimits(depth=9)).ok


def test_a_chain_that_merely_ends_is_not_found(world: Chain) -> None:
    assert first(validated(world.leaf, [world.issuing], authority("OTHER"))) == (
        "trust.chain_not_found",
        None,
    )


def test_signatures_are_limited_and_said(world: Chain) -> None:
    alike = [authority("ISSUING", key_name="alike", serial=index + 1) for index in range(30)]
    assert first(validated(world.leaf, alike, world.root)) == (
        "trust.chain_not_searched",
        "signatures",
    )


class Ticks:
    """A clock that goes on by one second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.mark.parametrize("seconds", range(1, 40))
def test_whenever_the_time_ends_the_result_is_whole_or_says_so(world: Chain, seconds: int) -> None:
    limits = PathLimits(seconds=seconds, clock=Ticks())
    result = validated(world.leaf, [world.issuing], world.root, limits)
    if not result.ok:
        codes = {failure.code for failure in result.failures()}
        assert codes <= {"trust.chain_not_searched", "trust.checks_not_finished"}
        stopped = result.failures()[0]
        assert stopped.facts.get("limit", "time") == "time"
        assert "{" not in stopped.sentence()


def test_a_time_that_ends_amid_the_checks_leaves_them_unknown(world: Chain) -> None:
    found: set[tuple[str, CheckOutcome]] = set()
    for seconds in range(1, 40):
        limits = PathLimits(seconds=seconds, clock=Ticks())
        result = validated(world.leaf, [world.issuing], world.root, limits)
        found.update((failure.name, failure.outcome) for failure in result.failures())
    assert ("time", CheckOutcome.UNKNOWN) in found


def test_comparing_names_with_constraints_ends_with_the_time() -> None:
    root = authority("ROOT")
    limits = x509.NameConstraints([x509.DNSName("test")], None)
    issuing = root.authority("ISSUING", more=[(limits, True)])
    leaf = issuing.issue(
        "LEAF", extensions=(*LEAF, (x509.SubjectAlternativeName(_names(500)), False))
    )
    assert validated(leaf, [issuing], root).ok
    result = validated(leaf, [issuing], root, PathLimits(seconds=100, clock=Ticks()))
    assert [failure.code for failure in result.failures()] == ["trust.checks_not_finished"]


def test_a_long_constraint_counts_for_each_of_its_parts() -> None:
    root = authority("ROOT")
    subtree = x509.DirectoryName(parts(300))
    issuing = root.authority(
        "ISSUING", more=[(x509.NameConstraints(None, [subtree] * 6), True)], key_name="counted"
    )
    names = x509.SubjectAlternativeName([x509.DirectoryName(parts(2))] * 20)
    leaf = issuing.issue("LEAF", extensions=(*LEAF, (names, False)))
    result = validated(leaf, [issuing], root)
    assert [failure.code for failure in result.failures()] == ["trust.name_constraints_many"]


class Slow:
    """A revocation source whose responder takes its time."""

    def __init__(self, wait: Callable[[], object]) -> None:
        self.wait = wait

    def status(self, *_: object) -> RevocationAnswer:
        self.wait()
        return RevocationAnswer(RevocationState.GOOD, "trust.not_revoked")


def test_waiting_for_a_responder_does_not_spend_the_time_of_the_checks(world: Chain) -> None:
    clock = Ticks()

    def wait() -> None:
        clock.now += 1000

    result = validate(
        world.leaf.certificate,
        [world.issuing.certificate],
        anchors=[world.root.certificate],
        at=NOW,
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=Slow(wait),
        limits=PathLimits(seconds=100, clock=clock),
    )
    assert result.ok


def test_pem_files_are_held_to_the_same_size_as_der(world: Chain, tmp_path: Path) -> None:
    large = authority(parts(4000), key_name="large pem").certificate.public_bytes(Encoding.PEM)
    good = world.root.certificate.public_bytes(Encoding.PEM)
    assert load_certificates(good + good) == [world.root.certificate] * 2
    file = tmp_path / "authorities.pem"
    for content in (good + large, good * 3000):
        file.write_bytes(content)
        with pytest.raises(TrustError) as caught:
            read_certificates(file)
        assert caught.value.code == "trust.certificate_too_large"


def test_the_command_line_holds_pem_files_to_the_size(world: Chain, tmp_path: Path) -> None:
    root, leaf = tmp_path / "root.pem", tmp_path / "leaf.pem"
    root.write_bytes(world.root.certificate.public_bytes(Encoding.PEM))
    large = authority(parts(4000), key_name="large pem").certificate
    leaf.write_bytes(large.public_bytes(Encoding.PEM))
    words = ["check", str(leaf), "--anchors", str(root), "--authorities", str(root)]
    found = CliRunner().invoke(trust, words)
    assert isinstance(found.exception, TrustError)
    assert found.exception.code == "trust.certificate_too_large"


def test_a_list_with_a_large_issuer_is_refused_before_it_is_decoded(decoded: list[int]) -> None:
    issuer = authority(parts(1000), key_name="lists")
    source = CrlSource([issuer.certificate])
    with pytest.raises(TrustError) as caught:
        source.load(issuer.crl())
    assert caught.value.code == "trust.crl_unreadable"
    assert decoded == []


def test_a_list_with_large_extensions_is_refused_before_they_are_decoded(world: Chain) -> None:
    source = CrlSource([world.root.certificate])
    point = x509.IssuingDistributionPoint(_names(6000), None, False, False, None, False, False)
    with pytest.raises(TrustError) as caught:
        source.load(world.root.crl(more=[(point, True)]))
    assert caught.value.code == "trust.crl_unreadable"


def test_a_loaded_certificate_beyond_the_size_is_not_read_as_that_of_a_card() -> None:
    huge = authority(parts(60_000), key_name="huge card").certificate
    with pytest.raises(TrustError) as caught:
        CardCertificate.read(huge)
    assert caught.value.code == "trust.certificate_too_large"
