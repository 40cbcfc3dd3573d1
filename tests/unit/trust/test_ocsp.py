# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OCSP answers: who may sign them, what they must say, and what stands in when there is none."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from caducee.base.errors import StateError, TrustError
from caducee.codec.tlv import Tlv
from caducee.testing.pki import (
    LEAF,
    NOW,
    YEAR,
    Chain,
    Digest,
    Issued,
    PrivateKey,
    authority,
    key,
    usage,
)
from caducee.trust import CrlSource, RevocationAnswer, RevocationState
from caducee.trust.ocsp import OcspAnswer, OcspRules, ask, read
from caducee.trust.sources import CombinedSource, OcspSettings, OcspSource
from caducee.trust.x509 import view

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
STATES = {
    GOOD: ocsp.OCSPCertStatus.GOOD,
    REVOKED: ocsp.OCSPCertStatus.REVOKED,
    UNKNOWN: ocsp.OCSPCertStatus.UNKNOWN,
}
MAY_ANSWER = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)
NO_CHECK = (x509.OCSPNoCheck(), False)
SIGNS = (usage("digital_signature"), True)
NONCE = bytes(range(32))


def responder(issuer: Issued, *, extensions: object = None, **options: object) -> Issued:
    chosen = (SIGNS, MAY_ANSWER, NO_CHECK) if extensions is None else extensions
    return issuer.issue("RESPONDER", extensions=chosen, **options)


def answer(
    world: Chain,
    signer: Issued | None = None,
    *,
    state: RevocationState = GOOD,
    starts: dt.datetime = NOW - HOUR,
    ends: dt.datetime | None = NOW + HOUR,
    digest: Digest | None = None,
    named: hashes.HashAlgorithm | None = None,
    nonce: bytes | None = None,
    leaf: Issued | None = None,
    issuer: Issued | None = None,
    with_certificate: bool = True,
    by_name: bool = False,
    private: PrivateKey | None = None,
    produced: dt.datetime = NOW - HOUR,
) -> bytes:
    signer = signer or world.issuing
    bad = state is REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        (leaf or world.leaf).certificate,
        (issuer or world.issuing).certificate,
        named or hashes.SHA1(),
        STATES[state],
        starts,
        ends,
        NOW - DAY if bad else None,
        x509.ReasonFlags.key_compromise if bad else None,
    )
    encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = builder.responder_id(encoding, signer.certificate)
    if with_certificate:
        builder = builder.certificates([signer.certificate])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    used = digest or hashes.SHA256()
    signed = builder.sign(signer.key, used)
    return dated(signed.public_bytes(Encoding.DER), produced, private or signer.key, used)


def dated(data: bytes, produced: dt.datetime, private: PrivateKey, digest: Digest) -> bytes:
    """Sign an answer again with another producedAt; the builder takes that of this machine."""
    status, wrapped = Tlv.from_bytes(data).children()
    kind, octets = wrapped.children()[0].children()
    said, algorithm, _, *rest = Tlv.from_bytes(octets.value).children()
    moment = Tlv(0x18, produced.strftime("%Y%m%d%H%M%SZ").encode())
    said = Tlv.build(0x30, *(moment if child.tag == 0x18 else child for child in said.children()))
    signed = said.to_bytes()
    if isinstance(private, rsa.RSAPrivateKey):
        signature = private.sign(signed, padding.PKCS1v15(), digest)
    else:
        signature = private.sign(signed, ec.ECDSA(digest))
    basic = Tlv.build(0x30, said, algorithm, Tlv(0x03, b"\0" + signature), *rest)
    body = Tlv.build(0x30, kind, Tlv(0x04, basic.to_bytes()))
    return Tlv.build(0x30, status, Tlv.build(0xA0, body)).to_bytes()


def judge(world: Chain, data: bytes, at: dt.datetime = NOW, **options: Any) -> OcspAnswer:
    leaf, issuer = view(world.leaf.certificate), view(world.issuing.certificate)
    return read(data, leaf, issuer, at, **options)


def refusal(world: Chain, data: bytes, **options: Any) -> TrustError:
    with pytest.raises(TrustError) as caught:
        judge(world, data, **options)
    assert "{" not in caught.value.sentence()
    return caught.value


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("named", [hashes.SHA1(), hashes.SHA256()])
def test_an_answer_by_the_issuer_itself_counts(
    world: Chain, by_name: bool, named: hashes.HashAlgorithm
) -> None:
    found = judge(world, answer(world, by_name=by_name, named=named, with_certificate=False))
    assert (found.state, found.responder, found.nonce) == (GOOD, "ISSUING", False)
    assert found.ends == NOW + HOUR


@pytest.mark.parametrize("by_name", [True, False])
def test_an_answer_by_whom_the_issuer_lets_answer_counts(world: Chain, by_name: bool) -> None:
    found = judge(world, answer(world, responder(world.issuing), by_name=by_name, state=REVOKED))
    assert (found.state, found.reason, found.responder) == (REVOKED, "keyCompromise", "RESPONDER")
    assert found.revoked_at == NOW - DAY


def test_rsa_responders_are_verified(world: Chain) -> None:
    signer = responder(world.issuing, key_name="rsa2048 responder")
    assert judge(world, answer(world, signer)).state is GOOD


@pytest.mark.parametrize(
    ("extensions", "options", "reason"),
    [
        ((SIGNS, NO_CHECK), {}, "OCSPSigning"),
        ((SIGNS, LEAF[2], NO_CHECK), {}, "OCSPSigning"),
        (((usage("key_agreement"), True), MAY_ANSWER, NO_CHECK), {}, "keyUsage"),
        (None, {"ends": NOW - HOUR}, "validity"),
        (None, {"starts": NOW + dt.timedelta(minutes=6)}, "validity"),
        (None, {"digest": hashes.SHA224()}, "hash"),
        ((SIGNS, MAY_ANSWER), {}, "revocation"),
    ],
)
def test_a_responder_needs_a_certificate_for_answering(
    world: Chain, extensions: object, options: dict[str, object], reason: str
) -> None:
    signer = responder(world.issuing, extensions=extensions, **options)
    error = refusal(world, answer(world, signer))
    assert (error.code, error.facts["reason"]) == ("trust.ocsp_responder", reason)


def test_a_responder_may_have_been_renewed_a_moment_ahead_of_our_clock(world: Chain) -> None:
    signer = responder(world.issuing, starts=NOW + dt.timedelta(minutes=5))
    assert judge(world, answer(world, signer)).state is GOOD


def test_a_responder_of_another_authority_is_refused(world: Chain) -> None:
    for above in (world.root, authority("ISSUING", key_name="forger")):
        error = refusal(world, answer(world, responder(above)))
        assert (error.code, error.facts["reason"]) == ("trust.ocsp_responder", "issuer")


def test_a_responder_without_nocheck_is_looked_up_in_a_list(world: Chain) -> None:
    signer = responder(world.issuing, extensions=(SIGNS, MAY_ANSWER))
    lists = CrlSource([world.root.certificate, world.issuing.certificate])
    lists.load(world.issuing.crl(number=1))
    assert judge(world, answer(world, signer), responders=lists).state is GOOD
    lists.load(world.issuing.crl(signer.certificate.serial_number, number=2))
    error = refusal(world, answer(world, signer), responders=lists)
    assert error.facts["reason"] == "revocation"


def test_a_forged_signature_is_refused(world: Chain) -> None:
    assert refusal(world, answer(world, private=key("forger"))).code == "trust.ocsp_signature"
    hidden = answer(world, responder(world.issuing), with_certificate=False)
    assert refusal(world, hidden).code == "trust.ocsp_signature"


def test_weak_hashes_and_keys_are_refused(world: Chain) -> None:
    assert refusal(world, answer(world, digest=hashes.SHA224())).code == "trust.signature_weak"
    signer = responder(world.issuing, key_name="rsa1024 responder")
    assert refusal(world, answer(world, signer)).code == "trust.key_weak"


def test_an_answer_about_another_certificate_is_refused(world: Chain) -> None:
    other = world.issuing.issue("OTHER")
    assert refusal(world, answer(world, leaf=other)).code == "trust.ocsp_other"
    assert refusal(world, answer(world, issuer=world.root)).code == "trust.ocsp_other"


def test_a_nonce_must_come_back_as_it_went(world: Chain) -> None:
    assert judge(world, answer(world, nonce=NONCE), nonce=NONCE).nonce
    assert not judge(world, answer(world), nonce=NONCE).nonce
    assert refusal(world, answer(world, nonce=bytes(32)), nonce=NONCE).code == "trust.ocsp_nonce"
    strict = OcspRules(nonce_needed=True)
    assert refusal(world, answer(world), nonce=NONCE, rules=strict).code == "trust.ocsp_nonce"


def test_an_answer_lives_until_its_end(world: Chain) -> None:
    data = answer(world)
    assert judge(world, data, NOW + HOUR).state is GOOD
    assert refusal(world, data, at=NOW + HOUR + dt.timedelta(seconds=1)).code == "trust.ocsp_stale"
    endless = answer(world, ends=None)
    assert judge(world, endless, NOW + 22 * HOUR).ends == NOW + 23 * HOUR
    assert refusal(world, endless, at=NOW + 24 * HOUR).code == "trust.ocsp_stale"


def test_an_old_answer_still_reports_the_revoked(world: Chain) -> None:
    assert judge(world, answer(world, state=REVOKED), NOW + 9 * DAY).state is REVOKED


def test_an_answer_from_the_future_is_refused(world: Chain) -> None:
    late = answer(world, starts=NOW + HOUR, ends=NOW + DAY)
    assert refusal(world, late, at=NOW).code == "trust.ocsp_not_yet"
    made_tomorrow = answer(world, produced=NOW + HOUR)
    assert refusal(world, made_tomorrow).code == "trust.ocsp_not_yet"


def test_a_responder_that_refuses_is_called_by_its_word(world: Chain) -> None:
    builder = ocsp.OCSPResponseBuilder
    data = builder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
    error = refusal(world, data)
    assert (error.code, error.facts["status"]) == ("trust.ocsp_refused", "try_later")


def test_what_is_too_large_is_refused_unread(world: Chain) -> None:
    assert refusal(world, bytes(65_537)).code == "trust.ocsp_too_large"


@given(st.binary(max_size=300))
def test_any_bytes_are_no_answer(world: Chain, data: bytes) -> None:
    assert refusal(world, data).code == "trust.ocsp_unreadable"


@pytest.fixture(scope="session")
def sample(world: Chain) -> bytes:
    return answer(world, responder(world.issuing))


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 9_999), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_changed_answer_says_the_same_or_is_refused(
    world: Chain, sample: bytes, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(sample)
    for place, value in changes:
        data[place * len(data) // 10_000] = value
    try:
        assert judge(world, bytes(data)) == judge(world, sample)
    except TrustError as error:
        assert error.code.startswith("trust.")


def test_a_request_names_one_certificate_and_the_nonce(world: Chain) -> None:
    data = ask(world.leaf.certificate, world.issuing.certificate, NONCE)
    request = ocsp.load_der_ocsp_request(data)
    assert request.serial_number == world.leaf.certificate.serial_number
    assert request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE
    plain = ocsp.load_der_ocsp_request(ask(world.leaf.certificate, world.issuing.certificate))
    assert not list(plain.extensions)


@dataclass
class Server:
    """A responder in memory; `reply` makes the answer, or raises."""

    reply: Callable[[bytes], bytes]
    asked: list[str] = field(default_factory=list)

    def __call__(self, address: str, request: bytes) -> bytes:
        self.asked.append(address)
        return self.reply(request)


def down(request: bytes) -> bytes:
    raise StateError("base.file_unwritable", path="x", reason="down")


def query(
    world: Chain, source: OcspSource | CombinedSource, at: dt.datetime = NOW
) -> RevocationAnswer:
    return source.status(world.leaf.certificate, world.issuing.certificate, at)


HERE = OcspSettings(address="http://ocsp.test")


def test_an_answer_is_remembered_until_its_end(world: Chain) -> None:
    server = Server(lambda _: answer(world))
    source = OcspSource(server, HERE)
    assert query(world, source).state is GOOD
    assert query(world, source, NOW + HOUR).state is GOOD
    assert server.asked == ["http://ocsp.test"]
    assert query(world, source, NOW + 2 * HOUR).code == "trust.ocsp_stale"
    assert len(server.asked) == 2


def test_a_nonce_is_sent_each_time_when_it_is_asked_for(world: Chain) -> None:
    def reply(request: bytes) -> bytes:
        sent = ocsp.load_der_ocsp_request(request).extensions
        return answer(world, nonce=sent.get_extension_for_class(x509.OCSPNonce).value.nonce)

    rules = OcspRules(nonce_needed=True)
    server = Server(reply)
    source = OcspSource(server, OcspSettings(rules, nonce=True, address="http://x"))
    assert query(world, source).state is query(world, source).state is GOOD
    assert len(server.asked) == 2


def test_the_address_stands_in_the_certificate(world: Chain) -> None:
    places = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier("http://ocsp.own.test"),
            )
        ]
    )
    leaf = world.issuing.issue("LEAF", extensions=[*LEAF, (places, False)])
    server = Server(lambda _: answer(world, leaf=leaf))
    found = OcspSource(server).status(leaf.certificate, world.issuing.certificate, NOW)
    assert (found.state, server.asked) == (GOOD, ["http://ocsp.own.test"])
    assert query(world, OcspSource(server)).code == "trust.ocsp_none"


def test_a_dead_responder_leaves_the_answer_unknown_and_is_left_alone(world: Chain) -> None:
    server = Server(down)
    source = OcspSource(server, HERE)
    for second in (0, 59):
        found = query(world, source, NOW + dt.timedelta(seconds=second))
        assert (found.state, found.code) == (UNKNOWN, "trust.ocsp_unreachable")
    assert len(server.asked) == 1
    query(world, source, NOW + dt.timedelta(seconds=60))
    assert len(server.asked) == 2


def test_a_good_answer_counts_a_bounded_time_after_its_end_and_says_so(world: Chain) -> None:
    server = Server(lambda _: answer(world))
    source = OcspSource(server, OcspSettings(late=DAY, address="http://x"))
    assert query(world, source).code == "trust.not_revoked"
    server.reply = down
    found = query(world, source, NOW + HOUR + DAY)
    assert (found.state, found.code, found.is_late) == (GOOD, "trust.not_revoked_late", True)
    after = query(world, source, NOW + HOUR + DAY + dt.timedelta(seconds=1))
    assert (after.state, after.code) == (UNKNOWN, "trust.ocsp_unreachable")


def test_an_old_answer_sent_again_does_not_undo_a_revocation(world: Chain) -> None:
    server = Server(lambda _: answer(world, state=REVOKED))
    source = OcspSource(server, OcspSettings(nonce=True, address="http://x"))
    assert query(world, source).state is REVOKED
    server.reply = lambda _: answer(world, starts=NOW - 2 * HOUR)
    assert query(world, source).state is REVOKED
    server.reply = down
    assert query(world, source, NOW + YEAR).state is REVOKED


def test_a_certificate_that_the_responder_does_not_know_is_asked_about_again(world: Chain) -> None:
    server = Server(lambda _: answer(world, state=UNKNOWN))
    source = OcspSource(server, HERE)
    assert query(world, source).code == "trust.ocsp_unknown"
    server.reply = lambda _: answer(world)
    assert query(world, source).state is GOOD


def lists(world: Chain, *serials: int, grace: dt.timedelta = dt.timedelta()) -> CrlSource:
    made = CrlSource([world.root.certificate, world.issuing.certificate], grace=grace)
    made.load(world.issuing.crl(*serials))
    return made


def test_sources_are_asked_in_order_until_one_knows(world: Chain) -> None:
    dead = OcspSource(Server(down), HERE)
    alive = OcspSource(Server(lambda _: answer(world)), HERE)
    revoked = lists(world, world.leaf.certificate.serial_number)
    assert query(world, CombinedSource(alive, revoked)).state is GOOD
    assert query(world, CombinedSource(dead, revoked)).state is REVOKED
    assert query(world, CombinedSource(dead, lists(world))).code == "trust.not_revoked"
    assert query(world, CombinedSource(dead)).code == "trust.ocsp_unreachable"
    assert query(world, CombinedSource()).state is UNKNOWN


def test_a_late_answer_counts_only_when_no_other_source_knows_more(world: Chain) -> None:
    late = lists(world, grace=30 * DAY)
    at = NOW + 7 * DAY
    assert query(world, CombinedSource(late), at).code == "trust.not_revoked_late"
    fresh = Server(lambda _: answer(world, starts=at - HOUR, ends=at + HOUR, state=REVOKED))
    assert query(world, CombinedSource(late, OcspSource(fresh, HERE)), at).state is REVOKED
    assert query(world, CombinedSource(OcspSource(Server(down), HERE), late), at).is_late
