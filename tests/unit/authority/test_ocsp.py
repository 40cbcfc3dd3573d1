# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The OCSP responder: what it answers, who signs it, and how long an answer is kept."""

import datetime as dt
from collections.abc import Callable
from itertools import count

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.authority.conftest import NOW, Issue, Requests
from tests.unit.authority.test_crl import AUTH, FORT, FORT_PP

from caducee.authority.authority import Authority
from caducee.authority.ocsp.requests import (
    LARGEST_REQUEST,
    MOST_CERTIFICATES,
    NONCE,
    CertId,
    _common,
    _question,
    read_question,
)
from caducee.authority.ocsp.responder import OcspResponder, OcspResponse, cert_id
from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError
from caducee.codec.tlv import Tlv
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.spec import igc
from caducee.spec.tags import Universal
from caducee.testing.pki import issue

START = NOW.replace(microsecond=0)
LATER = dt.timedelta(minutes=5)
GOOD, REVOKED, UNKNOWN = (
    ocsp.OCSPCertStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN,
)
Status = ocsp.OCSPResponseStatus


@pytest.fixture
def responder(authority: Authority, registry: Registry) -> OcspResponder:
    ticks = count()
    # Every look at the records counts as a second after the one before.
    return OcspResponder(authority, RegistryRecords(registry), seconds=lambda: float(next(ticks)))


type Ask = Callable[..., ocsp.OCSPResponse]


def request(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    nonce: bytes | None = None,
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    builder = ocsp.OCSPRequestBuilder()
    builder = builder.add_certificate(certificate, issuer, algorithm or hashes.SHA1())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


@pytest.fixture
def ask(authority: Authority, responder: OcspResponder) -> Ask:
    def run(certificate: x509.Certificate, *more: object) -> ocsp.OCSPResponse:
        issuer = authority.certificate(FORT_PP)
        answer = responder.answer(request(certificate, issuer, *more))  # type: ignore[arg-type]
        return ocsp.load_der_ocsp_response(answer.der)

    return run


@pytest.fixture
def made(issue: Issue, requests: Requests) -> x509.Certificate:
    return issue(requests("olivier", AUTH))


def test_a_certificate_that_was_issued_is_good(ask: Ask, made: x509.Certificate) -> None:
    answer = ask(made)
    assert answer.response_status is Status.SUCCESSFUL
    assert answer.certificate_status is GOOD
    assert answer.serial_number == made.serial_number
    assert answer.produced_at_utc == answer.this_update_utc == START
    assert answer.next_update_utc == START + igc.OCSP_ANSWER_PERIOD


def test_a_revoked_certificate_is_revoked_with_its_date_and_without_reason(
    ask: Ask, made: x509.Certificate, authority: Authority, clock: FixedClock
) -> None:
    authority.revoke(FORT_PP, made.serial_number, x509.ReasonFlags.key_compromise)
    clock.advance(LATER)
    answer = ask(made)
    assert answer.certificate_status is REVOKED
    assert answer.revocation_time_utc == START
    assert answer.revocation_reason is None


def test_a_revocation_is_answered_before_the_next_list_and_whatever_was_prepared(
    ask: Ask, made: x509.Certificate, authority: Authority, responder: OcspResponder
) -> None:
    assert ask(made).certificate_status is GOOD
    assert responder.prepared == 1
    authority.revoke(FORT_PP, made.serial_number)
    assert ask(made).certificate_status is REVOKED


def test_a_serial_that_was_never_issued_is_unknown_and_not_kept(
    authority: Authority, responder: OcspResponder
) -> None:
    issuer = authority.certificate(FORT_PP)
    asked = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        *_hashes_of(issuer), 0x63DA, hashes.SHA1()
    )
    answer = responder.answer(asked.build().public_bytes(Encoding.DER))
    assert ocsp.load_der_ocsp_response(answer.der).certificate_status is UNKNOWN
    assert answer.next_update is None
    assert responder.prepared == 0


def _hashes_of(issuer: x509.Certificate) -> tuple[bytes, bytes]:
    name = hashes.Hash(hashes.SHA1())
    name.update(issuer.subject.public_bytes())
    key = x509.SubjectKeyIdentifier.from_public_key(issuer.public_key()).digest
    return name.finalize(), key


def test_an_issuer_that_is_not_ours_gets_no_signed_answer(
    authority: Authority, responder: OcspResponder, made: x509.Certificate
) -> None:
    # The root is ours, but did not issue it: its serial is unknown there.
    root = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        *_hashes_of(authority.certificate(FORT)), made.serial_number, hashes.SHA1()
    )
    other = responder.answer(root.build().public_bytes(Encoding.DER))
    assert ocsp.load_der_ocsp_response(other.der).certificate_status is UNKNOWN
    foreign = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        bytes(20), bytes(20), made.serial_number, hashes.SHA1()
    )
    answer = responder.answer(foreign.build().public_bytes(Encoding.DER))
    assert ocsp.load_der_ocsp_response(answer.der).response_status is Status.UNAUTHORIZED


@pytest.mark.parametrize(
    "algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()]
)
def test_the_issuer_may_be_named_by_each_hash(
    ask: Ask, made: x509.Certificate, algorithm: hashes.HashAlgorithm
) -> None:
    answer = ask(made, None, algorithm)
    assert answer.certificate_status is GOOD
    assert answer.hash_algorithm.name == algorithm.name


def test_the_nonce_comes_back_and_the_answer_is_made_for_it_alone(
    ask: Ask, made: x509.Certificate, responder: OcspResponder
) -> None:
    for nonce in (b"\x01" * 16, b"\x02" * 32):
        answer = ask(made, nonce)
        assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce
    assert responder.prepared == 0


@pytest.mark.parametrize("length", [0, 129])
def test_a_nonce_of_a_length_that_is_not_allowed_is_refused(
    ask: Ask, made: x509.Certificate, length: int
) -> None:
    assert ask(made, bytes(length)).response_status is Status.MALFORMED_REQUEST


def test_a_delegated_certificate_signs_that_only_signs_answers(
    ask: Ask, made: x509.Certificate, authority: Authority
) -> None:
    answer = ask(made)
    (signer,) = answer.certificates
    key = signer.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256())
    signer.verify_directly_issued_by(authority.certificate(FORT_PP))
    usages = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(usages.value) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert not signer.extensions.get_extension_for_class(x509.OCSPNoCheck).critical
    assert signer.not_valid_after_utc - signer.not_valid_before_utc == igc.OCSP_RESPONDER_PERIOD
    assert answer.responder_key_hash == (
        x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest
    )


def test_each_authority_has_a_responder_of_its_own(
    authority: Authority, responder: OcspResponder
) -> None:
    issuing, root = authority.certificate(FORT_PP), authority.certificate(FORT)
    found = ocsp.load_der_ocsp_response(responder.answer(request(issuing, root)).der)
    assert found.certificate_status is GOOD
    found.certificates[0].verify_directly_issued_by(root)


def test_the_responder_certificate_is_recorded_and_kept_until_its_renewal(
    authority: Authority, registry: Registry, clock: FixedClock
) -> None:
    first = authority.ocsp_signer(FORT_PP).certificate
    kept = registry.certificates.get(FORT_PP.common_name, first.serial_number)
    assert kept is not None
    assert kept.use == "ocsp"
    clock.advance(igc.OCSP_RESPONDER_PERIOD - igc.OCSP_RESPONDER_RENEWAL - LATER)
    assert authority.ocsp_signer(FORT_PP).certificate == first
    clock.advance(2 * LATER)
    second = authority.ocsp_signer(FORT_PP).certificate
    assert second != first
    assert second.not_valid_before_utc > first.not_valid_before_utc


def test_a_clock_moved_back_gets_a_responder_of_that_time(
    authority: Authority, clock: FixedClock
) -> None:
    authority.ocsp_signer(FORT_PP)
    clock.advance(dt.timedelta(days=-100))
    assert authority.ocsp_signer(FORT_PP).certificate.not_valid_before_utc <= clock.now()


def test_after_the_end_of_the_authority_nothing_is_signed(
    ask: Ask, made: x509.Certificate, authority: Authority, clock: FixedClock
) -> None:
    clock.advance(FORT_PP.not_after - clock.now())
    with pytest.raises(IssueError) as caught:
        authority.ocsp_signer(FORT_PP)
    assert caught.value.code == "authority.beyond_ca"
    assert ask(made).response_status is Status.TRY_LATER


def test_a_prepared_answer_stays_for_half_of_its_life(
    ask: Ask, made: x509.Certificate, clock: FixedClock
) -> None:
    first = ask(made)
    clock.advance(igc.OCSP_ANSWER_PERIOD / 2 - LATER)
    assert ask(made).produced_at_utc == first.produced_at_utc
    clock.advance(LATER)
    assert ask(made).produced_at_utc == clock.now().replace(microsecond=0)
    clock.advance(dt.timedelta(days=-1))
    assert ask(made).produced_at_utc == clock.now().replace(microsecond=0)


def test_without_preparation_every_answer_is_made_anew(
    authority: Authority, registry: Registry, made: x509.Certificate, clock: FixedClock
) -> None:
    live = OcspResponder(authority, RegistryRecords(registry), prepared=False)
    asked = request(made, authority.certificate(FORT_PP))
    first = live.answer(asked)
    clock.advance(LATER)
    assert live.answer(asked).produced_at == clock.now().replace(microsecond=0)
    assert first.produced_at == START
    assert live.prepared == 0


def test_answers_can_be_prepared_before_anybody_asks(
    authority: Authority, responder: OcspResponder, ask: Ask, made: x509.Certificate
) -> None:
    assert responder.prepare(FORT_PP, [made.serial_number]) == 1
    before = responder.answer(request(made, authority.certificate(FORT_PP))).der
    assert responder.prepared == 1
    assert ocsp.load_der_ocsp_response(before).certificate_status is GOOD
    assert ask(made).certificate_status is GOOD


def several(*named: CertId) -> bytes:
    requests = (Tlv.build(Universal.SEQUENCE, Tlv.from_bytes(item.encoded)) for item in named)
    asked = Tlv.build(Universal.SEQUENCE, Tlv.build(Universal.SEQUENCE, *requests))
    return Tlv.build(Universal.SEQUENCE, asked).to_bytes()


def test_a_request_may_ask_about_several_certificates_of_one_issuer(
    authority: Authority, responder: OcspResponder, made: x509.Certificate
) -> None:
    issuer = authority.certificate(FORT_PP)
    authority.revoke(FORT_PP, made.serial_number)
    signer = authority.ocsp_signer(FORT_PP).certificate
    named = [cert_id(issuer, item) for item in (made.serial_number, signer.serial_number, 5)]
    found = ocsp.load_der_ocsp_response(responder.answer(several(*named)).der)
    assert [response.certificate_status for response in found.responses] == [REVOKED, GOOD, UNKNOWN]


def test_only_a_known_request_about_one_kept_answer_is_ready(
    authority: Authority, responder: OcspResponder, made: x509.Certificate, clock: FixedClock
) -> None:
    issuer = authority.certificate(FORT_PP)
    asked = request(made, issuer)
    assert responder.ready(asked) is None
    answer = responder.answer(asked)
    assert responder.ready(asked) == answer
    named = [cert_id(issuer, item) for item in (made.serial_number, 5)]
    for other in (several(*named), request(made, issuer, bytes(16)), several(named[1])):
        responder.answer(other)
        assert responder.ready(other) is None
    clock.advance(igc.OCSP_ANSWER_PERIOD / 2)
    assert responder.ready(asked) is None
    responder.answer(asked)
    assert responder.ready(asked) is not None
    authority.revoke(FORT_PP, made.serial_number)
    assert responder.ready(asked) is None


def states(answer: OcspResponse) -> list[ocsp.OCSPCertStatus]:
    found = ocsp.load_der_ocsp_response(answer.der)
    assert found.response_status is Status.SUCCESSFUL
    return [response.certificate_status for response in found.responses]


def test_a_responder_speaks_for_its_own_authority_and_calls_others_unknown(
    authority: Authority, responder: OcspResponder, made: x509.Certificate
) -> None:
    own, root = (authority.certificate(item) for item in (FORT_PP, FORT))
    ours, theirs = cert_id(own, made.serial_number), cert_id(root, own.serial_number)
    assert states(responder.answer(several(ours, theirs))) == [GOOD, UNKNOWN]
    assert states(responder.answer(several(theirs, ours))) == [GOOD, UNKNOWN]
    assert responder.prepared == 0


def test_an_authority_of_somebody_else_spoils_no_request(
    authority: Authority, responder: OcspResponder, made: x509.Certificate
) -> None:
    own = authority.certificate(FORT_PP)
    unknown_issuer = issue("STRANGER").certificate
    named = [cert_id(unknown_issuer, 1), cert_id(own, made.serial_number)]
    assert states(responder.answer(several(*named))) == [UNKNOWN, GOOD]
    alone = ocsp.load_der_ocsp_response(responder.answer(several(named[0])).der)
    assert alone.response_status is Status.UNAUTHORIZED


def test_two_hundred_certificates_are_answered_with_one_question_to_the_records(
    authority: Authority, responder: OcspResponder, made: x509.Certificate
) -> None:
    issuer = authority.certificate(FORT_PP)
    authority.revoke(FORT_PP, made.serial_number)
    named = [cert_id(issuer, item) for item in (*range(1, 200), made.serial_number)]
    assert states(responder.answer(several(*named))) == [UNKNOWN] * 199 + [REVOKED]


@pytest.mark.parametrize("count", [0, MOST_CERTIFICATES + 1])
def test_no_certificate_and_too_many_are_refused(
    authority: Authority, responder: OcspResponder, count: int
) -> None:
    named = [cert_id(authority.certificate(FORT_PP), index) for index in range(count)]
    answer = responder.answer(several(*named))
    assert ocsp.load_der_ocsp_response(answer.der).response_status is Status.MALFORMED_REQUEST


def test_an_unknown_critical_extension_refuses_the_request(
    ask: Ask, authority: Authority, responder: OcspResponder, made: x509.Certificate
) -> None:
    issuer = authority.certificate(FORT_PP)
    for critical, expected in ((False, Status.SUCCESSFUL), (True, Status.MALFORMED_REQUEST)):
        builder = ocsp.OCSPRequestBuilder().add_certificate(made, issuer, hashes.SHA1())
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.250.1.999"), b"\x05\x00")
        asked = builder.add_extension(unknown, critical).build().public_bytes(Encoding.DER)
        answer = ocsp.load_der_ocsp_response(responder.answer(asked).der)
        assert answer.response_status is expected


def test_extensions_that_are_not_one_list_are_refused(
    authority: Authority, responder: OcspResponder
) -> None:
    asked = Tlv.from_bytes(request(authority.certificate(FORT_PP), authority.certificate(FORT)))
    (inner,) = asked.children()
    extra = Tlv.build(Universal.SEQUENCE)
    nonce = Tlv(Universal.OCTET_STRING, Tlv(Universal.OCTET_STRING, b"1").to_bytes() * 2)
    two = Tlv.build(Universal.SEQUENCE, Tlv(Universal.OBJECT_IDENTIFIER, NONCE), nonce)
    for wrong in (
        Tlv.build(0xA2),
        Tlv.build(0xA2, extra, extra),
        Tlv.build(0xA2, Tlv.build(Universal.SEQUENCE, two)),
        Tlv.build(0xA2, Tlv.build(Universal.SEQUENCE, extra)),
    ):
        whole = Tlv.build(
            Universal.SEQUENCE, Tlv.build(Universal.SEQUENCE, *inner.children(), wrong)
        )
        answer = ocsp.load_der_ocsp_response(responder.answer(whole.to_bytes()).der)
        assert answer.response_status is Status.MALFORMED_REQUEST


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.tuples(st.integers(0, 120), st.integers(0, 255))))
def test_any_bytes_get_an_answer_and_nothing_is_raised(
    responder: OcspResponder, authority: Authority, damage: bytes | tuple[int, int]
) -> None:
    if isinstance(damage, bytes):
        asked = damage
    else:
        whole = bytearray(request(authority.certificate(FORT_PP), authority.certificate(FORT)))
        whole[damage[0] % len(whole)] = damage[1]
        asked = bytes(whole)
    ocsp.load_der_ocsp_response(responder.answer(asked).der)


def test_an_endless_request_is_not_even_read(responder: OcspResponder) -> None:
    answer = responder.answer(b"\x30" * (LARGEST_REQUEST + 1))
    found = ocsp.load_der_ocsp_response(answer.der)
    assert found.response_status is Status.MALFORMED_REQUEST


@pytest.mark.parametrize("nonce", [None, b"x", bytes(32), bytes(range(100)), bytes(128)])
def test_a_common_request_is_read_as_every_other_is(
    authority: Authority, made: x509.Certificate, nonce: bytes | None
) -> None:
    asked = request(made, authority.certificate(FORT_PP), nonce)
    assert read_question(asked) == _question(Tlv.from_bytes(asked))
    assert (_common(asked) is None) is (nonce is not None and len(nonce) > 106)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(place=st.integers(0, 200), byte=st.integers(0, 255), cut=st.integers(0, 3))
def test_what_is_nearly_a_common_request_is_read_as_every_other_is(
    authority: Authority, made: x509.Certificate, place: int, byte: int, cut: int
) -> None:
    whole = request(made, authority.certificate(FORT_PP), b"0123456789abcdef")
    asked = bytearray(whole[: len(whole) - cut])
    asked[place % len(asked)] = byte
    found = _common(bytes(asked))
    assert found is None or found == _question(Tlv.from_bytes(bytes(asked)))


def test_a_local_responder_signs_at_once_when_its_key_is_there(
    authority: Authority, registry: Registry, made: x509.Certificate
) -> None:
    responder = OcspResponder(authority, RegistryRecords(registry), local=True)
    asked = request(made, authority.certificate(FORT_PP), b"nonce")
    assert responder.ready(asked) is None  # nothing is there yet
    responder.answer(asked)
    answer = responder.ready(asked)
    assert answer is not None
    assert ocsp.load_der_ocsp_response(answer.der).certificate_status is GOOD
    assert responder.ready(b"\x30\x00") is None


def test_a_local_responder_makes_no_responder_certificate_at_once(
    authority: Authority, registry: Registry, clock: FixedClock, made: x509.Certificate
) -> None:
    responder = OcspResponder(authority, RegistryRecords(registry), local=True)
    asked = request(made, authority.certificate(FORT_PP), b"nonce")
    responder.answer(asked)
    clock.advance(igc.OCSP_RESPONDER_PERIOD)
    assert responder.ready(asked) is None
