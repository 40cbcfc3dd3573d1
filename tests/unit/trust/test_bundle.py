# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The status bundle: what it answers offline, until when, and that nothing forged is read."""

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from caducee.base.errors import TrustError
from caducee.testing.pki import NOW, Chain, Issued, issue, usage
from caducee.trust import RevocationAnswer, RevocationState
from caducee.trust.bundle import BundleSource, make
from caducee.trust.crl import CrlIndex
from caducee.trust.x509 import view

DAY = dt.timedelta(days=1)
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
SALT = bytes(16)


def maker(**options: object) -> Issued:
    return issue("BUNDLES", extensions=[(usage("digital_signature"), True)], **options)  # type: ignore[arg-type]


def listed(issuer: Issued, *serials: int, **options: object) -> tuple[x509.Certificate, CrlIndex]:
    index = CrlIndex.read(issuer.crl(*serials, **options), [view(issuer.certificate)])
    return issuer.certificate, index


def bundle(*lists: tuple[x509.Certificate, CrlIndex], by: Issued | None = None) -> bytes:
    key = (by or maker()).key
    return make(lists, key, created=NOW, expires=NOW + 10 * DAY, salt=SALT)


def ask(world: Chain, source: BundleSource, at: dt.datetime = NOW) -> RevocationAnswer:
    answer = source.status(world.leaf.certificate, world.issuing.certificate, at)
    return answer


def serial(issued: Issued) -> int:
    return issued.certificate.serial_number


def test_a_bundle_separates_the_revoked_from_the_good(world: Chain) -> None:
    good = BundleSource.read(bundle(listed(world.issuing, 1, 2, number=9)), maker().certificate)
    answer = ask(world, good)
    assert (answer.state, answer.code, answer.facts["crl_number"]) == (GOOD, "trust.not_revoked", 9)
    data = bundle(listed(world.root), listed(world.issuing, 1, serial(world.leaf)))
    answer = ask(world, BundleSource.read(data, maker().certificate), NOW + 99 * DAY)
    assert (answer.state, answer.code) == (REVOKED, "trust.revoked_by_bundle")


@settings(max_examples=40)
@given(st.sets(st.integers(1, 2**159 - 1), max_size=30), st.integers(1, 2**159 - 1))
def test_every_serial_of_the_list_and_no_other_is_revoked(
    world: Chain, serials: set[int], other: int
) -> None:
    data = bundle(listed(world.issuing, *serials))
    source = BundleSource.read(data, maker().certificate)
    for item in (*serials, other):
        leaf = world.issuing.issue("LEAF", serial=item).certificate
        found = source.status(leaf, world.issuing.certificate, NOW).state
        assert found is (REVOKED if item in serials else GOOD)


def test_seven_bytes_are_spent_on_each_revoked_certificate(world: Chain) -> None:
    some, more = (bundle(listed(world.issuing, *range(1, number))) for number in (101, 201))
    assert 690 <= len(more) - len(some) <= 710  # the size of a signature varies a little


def test_a_bundle_outlives_the_list_and_says_so_until_its_own_end(world: Chain) -> None:
    source = BundleSource.read(bundle(listed(world.issuing)), maker().certificate)
    assert ask(world, source, NOW + 6 * DAY).code == "trust.not_revoked"
    late = ask(world, source, NOW + 10 * DAY)
    assert (late.state, late.code) == (GOOD, "trust.not_revoked_late")
    ended = ask(world, source, NOW + 10 * DAY + dt.timedelta(seconds=1))
    assert (ended.state, ended.code) == (UNKNOWN, "trust.bundle_expired")
    assert ask(world, source, NOW - DAY).code == "trust.crl_not_yet"


def test_a_bundle_ends_with_the_certificate_of_its_maker(world: Chain) -> None:
    short = maker(ends=NOW + DAY)
    source = BundleSource.read(bundle(listed(world.issuing), by=short), short.certificate)
    assert ask(world, source, NOW + DAY).state is GOOD
    assert ask(world, source, NOW + 2 * DAY).code == "trust.bundle_expired"


def test_an_authority_that_the_bundle_does_not_name_stays_unknown(world: Chain) -> None:
    source = BundleSource.read(bundle(listed(world.root)), maker().certificate)
    assert ask(world, source).code == "trust.crl_missing"


def test_an_rsa_key_may_sign(world: Chain) -> None:
    signer = maker(key_name="rsa2048 maker")
    data = bundle(listed(world.issuing), by=signer)
    assert ask(world, BundleSource.read(data, signer.certificate)).state is GOOD


def refusal(data: bytes, signer: Issued) -> str:
    with pytest.raises(TrustError) as caught:
        BundleSource.read(data, signer.certificate)
    assert "{" not in caught.value.sentence()
    return caught.value.code


def test_only_the_maker_who_is_known_is_believed(world: Chain) -> None:
    data = bundle(listed(world.issuing))
    assert refusal(data, issue("OTHER")) == "trust.bundle_signature"
    weak = maker(key_name="rsa1024 maker")
    assert refusal(bundle(listed(world.issuing), by=weak), weak) == "trust.key_weak"
    silent = issue("BUNDLES", extensions=[(usage("key_agreement"), True)])
    assert refusal(data, silent) == "trust.bundle_signature"


def test_delta_lists_and_lists_of_a_part_make_no_bundle(world: Chain) -> None:
    part = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    for extension, code in (
        (x509.DeltaCRLIndicator(1), "trust.crl_delta"),
        (part, "trust.crl_unsupported"),
    ):
        with pytest.raises(TrustError) as caught:
            bundle(listed(world.issuing, number=2, more=[(extension, True)]))
        assert caught.value.code == code


def test_too_many_authorities_make_no_bundle(world: Chain) -> None:
    with pytest.raises(TrustError) as caught:
        bundle(*[listed(world.issuing)] * 65)
    assert caught.value.code == "trust.bundle_broken"


def resealed(body: bytes, signer: Issued) -> bytes:
    key = signer.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = key.sign(body, ec.ECDSA(hashes.SHA256()))
    return body + len(signature).to_bytes(2) + signature


def test_an_authority_twice_and_marks_out_of_order_are_refused_though_signed(world: Chain) -> None:
    signer = maker()
    twice = bundle(listed(world.issuing), listed(world.issuing))
    assert refusal(twice, signer) == "trust.bundle_broken"
    data = bundle(listed(world.issuing, 1, 2))
    end = 42 + 73 + 14
    body = data[: end - 14] + data[end - 7 : end] + data[end - 14 : end - 7]
    assert refusal(resealed(body, signer), signer) == "trust.bundle_broken"
    assert BundleSource.read(resealed(data[:end], signer), signer.certificate).infos[0].entries == 2


@pytest.fixture(scope="session")
def sample(world: Chain) -> bytes:
    return bundle(listed(world.issuing, 1, 2, 3))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 9_999), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_changed_bundle_is_refused(sample: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(sample)
    for place, value in changes:
        data[place * len(data) // 10_000] = value
    if bytes(data) != sample:
        assert refusal(bytes(data), maker()).startswith("trust.bundle_")


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 126), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_changed_bundle_signed_again_is_read_or_refused_with_a_code(
    world: Chain, sample: bytes, changes: list[tuple[int, int]]
) -> None:
    body = bytearray(sample[: 42 + 73 + 21])
    for place, value in changes:
        body[place] = value
    try:
        source = BundleSource.read(resealed(bytes(body), maker()), maker().certificate)
        ask(world, source)
    except TrustError as error:
        assert error.code == "trust.bundle_broken"


@given(st.binary(max_size=200))
def test_any_bytes_are_no_bundle(data: bytes) -> None:
    assert refusal(data, maker()) == "trust.bundle_broken"


def test_the_format_is_the_one_that_is_written_down(world: Chain) -> None:
    data = bundle(listed(world.issuing, 5, number=7))
    owner = hashlib.sha256(
        view(world.issuing.certificate).subject + view(world.issuing.certificate).spki
    ).digest()
    assert data[:8] == b"CPSBDL1\n"
    assert data[8:24] == SALT
    assert int.from_bytes(data[24:32]) == int(NOW.timestamp())
    assert int.from_bytes(data[32:40]) == int((NOW + 10 * DAY).timestamp())
    assert data[40:42] == b"\x00\x01"
    assert data[42:74] == owner
    assert data[90:111] == b"\x01" + (7).to_bytes(20)
    assert data[111:115] == b"\x00\x00\x00\x01"
    assert data[115:122] == hashlib.sha256(SALT + owner + b"\x05").digest()[:7]
    assert int.from_bytes(data[122:124]) == len(data) - 124
