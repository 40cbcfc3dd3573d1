# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Revocation lists: what they answer, what is refused, and that the unknown is never "ok"."""

import datetime as dt
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from caducee.base.errors import TrustError
from caducee.testing.pki import NOW, Chain, authority, crl, key, resign, sequence
from caducee.trust import CrlSource, RevocationAnswer, RevocationState
from caducee.trust import crl as crl_module

DAY = dt.timedelta(days=1)


def source(world: Chain, *lists: bytes, grace: dt.timedelta = dt.timedelta()) -> CrlSource:
    made = CrlSource([world.root.certificate, world.issuing.certificate], grace=grace)
    for item in lists:
        made.load(item)
    return made


def ask(world: Chain, made: CrlSource, at: dt.datetime = NOW) -> RevocationAnswer:
    return made.status(world.leaf.certificate, world.issuing.certificate, at)


def test_a_certificate_that_a_fresh_list_does_not_name_is_good(world: Chain) -> None:
    answer = ask(world, source(world, world.issuing.crl(1, 2, 3)))
    assert answer.state is RevocationState.GOOD
    assert answer.code == "trust.not_revoked"
    assert answer.facts["crl_number"] == 1


def test_a_certificate_that_the_list_names_is_revoked(world: Chain) -> None:
    answer = ask(world, source(world, world.issuing.crl(1, world.leaf.certificate.serial_number)))
    assert answer.state is RevocationState.REVOKED
    assert answer.code == "trust.revoked"
    assert answer.facts == {"revoked_at": "2026-11-23 12:00 UTC", "reason": None}


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        (x509.ReasonFlags.key_compromise, "keyCompromise"),
        (x509.ReasonFlags.certificate_hold, "certificateHold"),
        (x509.ReasonFlags.cessation_of_operation, "cessationOfOperation"),
    ],
)
def test_the_reason_is_said_when_the_list_says_it(
    world: Chain, flag: x509.ReasonFlags, text: str
) -> None:
    invalid = x509.InvalidityDate(NOW.replace(tzinfo=None))
    serial = world.leaf.certificate.serial_number
    entry = [(invalid, False), (x509.CRLReason(flag), False)]
    answer = ask(world, source(world, world.issuing.crl(serial, entry=entry)))
    assert answer.facts["reason"] == text
    other = [(invalid, False)]
    assert ask(world, source(world, world.issuing.crl(serial, entry=other))).facts["reason"] is None


def test_without_a_list_the_answer_is_unknown(world: Chain) -> None:
    answer = ask(world, source(world))
    assert answer.state is RevocationState.UNKNOWN
    assert answer.code == "trust.crl_missing"
    assert answer.facts == {"issuer": "ISSUING"}


def test_the_list_of_another_authority_answers_nothing(world: Chain) -> None:
    made = source(world, world.root.crl(world.leaf.certificate.serial_number))
    assert ask(world, made).code == "trust.crl_missing"


def test_a_list_of_the_same_name_with_another_key_answers_nothing(world: Chain) -> None:
    twin = authority("ISSUING", key_name="twin")
    made = CrlSource([twin.certificate])
    made.load(twin.crl())
    assert ask(world, made).code == "trust.crl_missing"


def test_a_list_past_its_end_is_stale_and_the_answer_unknown(world: Chain) -> None:
    made = source(world, world.issuing.crl())
    assert ask(world, made, NOW + 6 * DAY).state is RevocationState.GOOD
    answer = ask(world, made, NOW + 6 * DAY + dt.timedelta(seconds=1))
    assert answer.state is RevocationState.UNKNOWN
    assert answer.code == "trust.crl_stale"
    assert answer.facts["next_update"] == "2026-11-30 12:00 UTC"


def test_grace_lets_a_list_live_longer_by_that_and_no_more(world: Chain) -> None:
    made = source(world, world.issuing.crl(), grace=DAY)
    assert ask(world, made, NOW + 6 * DAY).code == "trust.not_revoked"
    late = ask(world, made, NOW + 7 * DAY)
    assert (late.state, late.code) == (RevocationState.GOOD, "trust.not_revoked_late")
    assert late.is_late
    assert ask(world, made, NOW + 7 * DAY + dt.timedelta(seconds=1)).code == "trust.crl_stale"


def test_a_stale_list_still_reports_the_revoked(world: Chain) -> None:
    made = source(world, world.issuing.crl(world.leaf.certificate.serial_number))
    assert ask(world, made, NOW + 60 * DAY).state is RevocationState.REVOKED


def test_a_list_from_the_future_is_believed_within_five_minutes(world: Chain) -> None:
    made = source(world, world.issuing.crl(starts=NOW + dt.timedelta(minutes=5)))
    assert ask(world, made).state is RevocationState.GOOD
    later = source(world, world.issuing.crl(starts=NOW + dt.timedelta(minutes=5, seconds=1)))
    assert ask(world, later).state is RevocationState.UNKNOWN
    assert ask(world, later).code == "trust.crl_not_yet"


def test_what_was_taken_in_can_be_seen(world: Chain) -> None:
    made = source(world)
    info = made.load(world.issuing.crl(1, 2, number=7))
    assert (info.issuer, info.number, info.entries) == ("ISSUING", 7, 2)
    assert info.next_update == NOW + 6 * DAY
    assert made.infos() == (info,)


def test_a_list_may_come_as_pem(world: Chain) -> None:
    der = x509.load_der_x509_crl(world.issuing.crl())
    made = source(world, der.public_bytes(serialization.Encoding.PEM))
    assert ask(world, made).state is RevocationState.GOOD


def test_a_newer_list_takes_the_place_of_the_older(world: Chain) -> None:
    serial = world.leaf.certificate.serial_number
    made = source(world, world.issuing.crl(number=1), world.issuing.crl(serial, number=2))
    assert ask(world, made).state is RevocationState.REVOKED
    assert len(made.infos()) == 1


def test_an_older_list_is_refused_and_the_newer_stays(world: Chain) -> None:
    serial = world.leaf.certificate.serial_number
    made = source(world, world.issuing.crl(serial, number=2))
    with pytest.raises(TrustError) as caught:
        made.load(world.issuing.crl(number=1))
    assert caught.value.code == "trust.crl_older"
    assert caught.value.facts == {"issuer": "ISSUING", "number": 1, "known": 2}
    assert ask(world, made).state is RevocationState.REVOKED


def test_the_same_list_may_come_again(world: Chain) -> None:
    made = source(world, world.issuing.crl(number=2))
    assert made.load(world.issuing.crl(number=2)).number == 2


def test_lists_without_numbers_are_ordered_by_date(world: Chain) -> None:
    made = source(world, world.issuing.crl(number=None, starts=NOW))
    with pytest.raises(TrustError) as caught:
        made.load(world.issuing.crl(number=None, starts=NOW - DAY))
    assert caught.value.code == "trust.crl_older"


def refused(made: CrlSource, data: bytes) -> str:
    with pytest.raises(TrustError) as caught:
        made.load(data)
    assert made.infos() == ()
    assert "{" not in caught.value.sentence()
    return caught.value.code


def test_a_list_of_an_unknown_issuer_is_refused(world: Chain) -> None:
    assert refused(source(world), authority("STRANGER").crl()) == "trust.crl_issuer_unknown"


def test_a_list_of_another_key_of_the_same_name_is_refused(world: Chain) -> None:
    forged = authority("ISSUING", key_name="forger")
    assert refused(source(world), forged.crl()) == "trust.crl_issuer_unknown"
    assert refused(source(world), forged.crl(key_id=False)) == "trust.crl_signature"


def test_a_forged_signature_is_refused(world: Chain) -> None:
    assert refused(source(world), crl(world.issuing, signer=key("forger"))) == "trust.crl_signature"


def test_a_list_that_was_changed_is_refused(world: Chain) -> None:
    serial = 0x5A5A5A5A5A
    data = world.issuing.crl(serial)
    changed = data.replace(serial.to_bytes(5), (serial + 1).to_bytes(5))
    assert refused(source(world), changed) == "trust.crl_signature"


def test_an_authority_without_the_right_to_sign_lists_is_refused(world: Chain) -> None:
    silent = world.root.authority("SILENT", bits=("key_cert_sign",))
    assert refused(CrlSource([silent.certificate]), silent.crl()) == "trust.crl_signature"


def test_of_two_keys_of_one_name_the_one_that_signed_is_taken(world: Chain) -> None:
    other = authority("ISSUING", key_name="other")
    made = CrlSource([other.certificate, world.issuing.certificate])
    made.load(world.issuing.crl(key_id=False))
    assert ask(world, made).state is RevocationState.GOOD


def test_a_list_signed_with_a_weak_hash_is_refused(world: Chain) -> None:
    weak = world.issuing.crl(digest=hashes.SHA224())
    assert refused(source(world), weak) == "trust.signature_weak"


def test_lists_of_rsa_authorities_are_verified() -> None:
    issuing = authority("RSA", key_name="rsa2048 issuing")
    made = CrlSource([issuing.certificate])
    assert made.load(issuing.crl(5)).entries == 1


def test_an_unknown_critical_extension_refuses_the_list(world: Chain) -> None:
    odd = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3"), b"\x05\x00")
    data = world.issuing.crl(more=[(odd, True)])
    assert refused(source(world), data) == "trust.crl_unsupported"
    assert source(world, world.issuing.crl(more=[(odd, False)])).infos()


def test_a_critical_extension_of_an_entry_refuses_the_list(world: Chain) -> None:
    entry = x509.CertificateIssuer([x509.DirectoryName(world.root.certificate.subject)])
    data = world.issuing.crl(1, entry=[(entry, True)])
    assert refused(source(world), data) == "trust.crl_unsupported"


def test_a_list_without_an_end_is_refused(world: Chain) -> None:
    body = x509.load_der_x509_crl(world.issuing.crl()).tbs_certlist_bytes
    ends = (NOW + 6 * DAY).strftime("\x17\x0d%y%m%d%H%M%SZ").encode()
    assert ends in body
    shorter = resign(world.issuing, body.replace(ends, b""))
    assert refused(source(world), shorter) == "trust.crl_unsupported"


def test_the_algorithm_inside_must_be_the_one_outside(world: Chain) -> None:
    body = x509.load_der_x509_crl(world.issuing.crl()).tbs_certlist_bytes
    inside = bytes.fromhex("06082A8648CE3D040302")
    assert body.count(inside) == 1
    other = resign(world.issuing, body.replace(inside, bytes.fromhex("06082A8648CE3D040303")))
    assert refused(source(world), other) == "trust.crl_unreadable"
    assert source(world, resign(world.issuing, body)).infos()


def test_a_date_in_four_digits_is_read(world: Chain) -> None:
    serial = world.leaf.certificate.serial_number
    far = dt.datetime(2050, 1, 2, tzinfo=dt.UTC)
    answer = ask(world, source(world, world.issuing.crl(serial, revoked_at=far)))
    assert answer.facts["revoked_at"] == "2050-01-02 00:00 UTC"
    old = dt.datetime(1999, 1, 2, tzinfo=dt.UTC)
    answer = ask(world, source(world, world.issuing.crl(serial, revoked_at=old)))
    assert answer.facts["revoked_at"] == "1999-01-02 00:00 UTC"


def test_a_list_of_version_one_is_read(world: Chain) -> None:
    algorithm = bytes.fromhex("300A06082A8648CE3D040302")
    starts = (NOW - DAY).strftime("\x17\x0d%y%m%d%H%M%SZ").encode()
    ends = (NOW + DAY).strftime("\x17\x0d%y%m%d%H%M%SZ").encode()
    entry = sequence(b"\x02\x01\x05" + starts)
    body = world.issuing.certificate.subject.public_bytes() + starts + ends + sequence(entry)
    info = source(world).load(resign(world.issuing, sequence(algorithm + body)))
    assert (info.number, info.entries) == (None, 1)


def test_serials_of_every_size_are_found(world: Chain) -> None:
    serials = [1, 127, 128, 255, 256, 2**63, 2**127, int("63DAFFCFC8034BDC" * 2, 16), 2**158]
    made = source(world, world.issuing.crl(*serials))
    assert made.infos()[0].entries == len(serials)
    for serial in serials:
        listed = world.issuing.issue("LISTED", serial=serial).certificate
        near = world.issuing.issue("NEAR", serial=serial + 2).certificate
        above = world.issuing.certificate
        assert made.status(listed, above, NOW).state is RevocationState.REVOKED
        assert made.status(near, above, NOW).state is RevocationState.GOOD


def test_an_entry_with_much_to_say_is_found(world: Chain) -> None:
    names = [x509.DirectoryName(world.root.certificate.subject)] * 6
    serial = world.leaf.certificate.serial_number
    data = world.issuing.crl(1, serial, 2, entry=[(x509.CertificateIssuer(names), False)])
    made = source(world, data)
    assert made.infos()[0].entries == 3
    assert ask(world, made).state is RevocationState.REVOKED


def test_a_list_too_large_is_refused_unread(world: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crl_module, "MAX_CRL", 100)
    assert refused(source(world), bytes(101)) == "trust.crl_too_large"


@pytest.mark.parametrize("data", [b"", b"-----BEGIN X509 CRL-----\n", b"\x30\x80", bytes(200)])
def test_what_is_no_list_is_refused(world: Chain, data: bytes) -> None:
    assert refused(source(world), data) == "trust.crl_unreadable"


@pytest.fixture(scope="session")
def sample(world: Chain) -> bytes:
    reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
    return world.issuing.crl(*range(1, 40), entry=[(reason, False)])


type Load = Callable[[bytes], None]


@pytest.fixture(scope="session")
def load(world: Chain) -> Load:
    made = source(world)

    def take(data: bytes) -> None:
        try:
            made.load(data)
        except TrustError as error:
            assert error.code.startswith("trust.")

    return take


PLACES = st.integers(0, 9_999)


@settings(max_examples=400)
@given(st.lists(st.tuples(PLACES, st.integers(0, 255)), min_size=1, max_size=4))
def test_a_list_with_changed_bytes_is_refused(
    world: Chain, sample: bytes, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(sample)
    for place, value in changes:
        data[place * len(data) // 10_000] = value
    if bytes(data) != sample:
        refused(source(world), bytes(data))


@given(PLACES)
def test_a_truncated_list_is_refused(world: Chain, sample: bytes, place: int) -> None:
    cut = sample[: place * len(sample) // 10_000]
    assert refused(source(world), cut) == "trust.crl_unreadable"


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_code(load: Load, data: bytes) -> None:
    load(data)
