# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers OCSP requests (RFC 6960): live, or from answers that were prepared before.

A live answer is made from the records at the moment of the request. A prepared one is kept for
half of the period that it holds, and forgotten as soon as its authority revokes anything. A request
with a nonce is always answered live. Like the published lists, an answer has the date of a
revocation, not its reason.
"""

import datetime as dt
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from caducee.authority.authority import Authority
from caducee.authority.ocsp.answers import (
    ResponseStatus,
    ResponseWriter,
    SingleAnswer,
    failure,
)
from caducee.authority.ocsp.requests import CertId, OcspRequest, read_question
from caducee.authority.records import AuthorityRecords, StatusRecord
from caducee.base.errors import CpsError, FormatError
from caducee.codec.tlv import Tlv
from caducee.spec import igc
from caducee.spec.hashes import HASHES
from caducee.spec.igc import CaFacts
from caducee.spec.tags import Universal

__all__ = ["OcspResponder", "OcspResponse", "cert_id"]

_log = logging.getLogger(__name__)

_MOST_PREPARED = 50_000
_LONGEST_REMEMBERED = 200
"""Bytes of a request that is known when it comes again; one without extensions has about 100."""

_LOOK_SECONDS = 1.0
"""How long a revocation may stand in the records before the prepared answers know of it."""

_HASHES: Final = {item.oid: name for name, item in HASHES.items()}
"""The hash functions by which a request may name an issuer; they protect nothing."""


@dataclass(frozen=True, slots=True)
class OcspResponse:
    """An answer, and how long it may be kept."""

    der: bytes
    """The OCSPResponse."""

    produced_at: dt.datetime | None = None
    """producedAt, UTC; none when the request could not be answered."""

    next_update: dt.datetime | None = None
    """Until when it may be kept; none: not at all."""

    kept: bool = False
    """Whether the responder keeps it for those who ask the same again."""


class OcspResponder:
    """Answers for every authority that exists. It may be used by several threads.

    ``prepared``: whether answers are kept for those who ask again without a nonce. ``local``: the
    records are on this machine, so that a look-up need not leave the thread (`ready`).
    """

    def __init__(
        self,
        authority: Authority,
        records: AuthorityRecords,
        *,
        prepared: bool = True,
        local: bool = False,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authority = authority
        self._records = records
        self._keeps = prepared
        self._local = local
        self._seconds = seconds
        self._issuers: dict[tuple[bytes, bytes, bytes], CaFacts] = {}
        self._answers: OrderedDict[bytes, OcspResponse] = OrderedDict()
        self._of_ca: dict[str, set[bytes]] = {}
        self._requests: dict[bytes, tuple[bytes, CaFacts]] = {}
        self._marks: dict[str, int] = {}
        self._looked: dict[str, float] = {}
        self._writers: dict[str, ResponseWriter] = {}
        self._lock = threading.Lock()

    @property
    def prepared(self) -> int:
        """How many answers are kept."""
        return len(self._answers)

    def answer(self, request: bytes) -> OcspResponse:
        """Return the answer to a request, DER. Nothing is raised, whatever the bytes are."""
        try:
            question = read_question(request)
            issuers = (self._issuer(certificate) for certificate in question.certificates)
            ca = next((issuer for issuer in issuers if issuer is not None), None)
            if ca is None:
                # No responder certificate fits an authority that is not ours (RFC 6960 2.3).
                return _failure(ResponseStatus.UNAUTHORIZED)
            return self._made(request, question, ca, self._now())
        except FormatError:
            return _failure(ResponseStatus.MALFORMED_REQUEST)
        except CpsError as error:
            _log.error("OCSP cannot be answered: %s", error.code)
            return _failure(ResponseStatus.TRY_LATER)

    def ready(self, request: bytes) -> OcspResponse | None:
        """Return the answer to a request when it is there, or is signed here and now; else none.

        An answer that is there is known by its request, byte for byte. One is signed here when
        nothing is waited for: of one certificate, from local records, by a key of this process.
        """
        known = self._requests.get(request)
        try:
            now = self._now()
            kept = None if known is None else self._kept(*known, now)
            return kept or (self._signed(request, now) if self._local else None)
        except CpsError:
            return None

    def _signed(self, request: bytes, now: dt.datetime) -> OcspResponse | None:
        question = read_question(request)
        asked = question.certificates[0]
        ca = self._issuers.get((asked.algorithm, asked.issuer_name_hash, asked.issuer_key_hash))
        writer = None if ca is None else self._writers.get(ca.file)
        if ca is None or writer is None or not writer.in_process or len(question.certificates) > 1:
            return None
        if self._authority.known_ocsp_signer(ca, now) is not writer.signer:
            return None
        return self._made(request, question, ca, now)

    def prepare(self, ca: CaFacts, serials: Iterable[int]) -> int:
        """Make the answers for some certificates of an authority beforehand; return how many.

        They are named by SHA-1, as clients do by default.
        """
        issuer = self._authority.certificate(ca)
        count = 0
        for serial in serials:
            self._answer(OcspRequest((cert_id(issuer, serial),)), ca, self._now())
            count += 1
        return count

    def _made(
        self, request: bytes, question: OcspRequest, ca: CaFacts, now: dt.datetime
    ) -> OcspResponse:
        made = self._answer(question, ca, now)
        if made.kept and len(request) <= _LONGEST_REMEMBERED:
            self._remember(request, question.certificates[0].encoded, ca)
        return made

    def _answer(self, question: OcspRequest, ca: CaFacts, now: dt.datetime) -> OcspResponse:
        if question.nonce is not None or len(question.certificates) > 1 or not self._keeps:
            return self._live(question, ca, now)
        (asked,) = question.certificates
        kept = self._kept(asked.encoded, ca, now)
        if kept is not None:
            return kept
        mark = self._marks[ca.common_name]
        made = self._live(question, ca, now)
        with self._lock:
            # Serials that were never issued are not kept: anyone could fill the memory with them.
            if made.next_update is not None and self._marks[ca.common_name] == mark:
                made = replace(made, kept=True)
                self._answers[asked.encoded] = made
                self._of_ca.setdefault(ca.common_name, set()).add(asked.encoded)
                if len(self._answers) > _MOST_PREPARED:
                    oldest = self._answers.popitem(last=False)[0]
                    for ours in self._of_ca.values():
                        ours.discard(oldest)
        return made

    def _remember(self, request: bytes, asked: bytes, ca: CaFacts) -> None:
        """Know a request when it comes again: reading it takes longer than answering it."""
        with self._lock:
            if len(self._requests) >= _MOST_PREPARED:
                self._requests.clear()
            self._requests[request] = (asked, ca)

    def _kept(self, asked: bytes, ca: CaFacts, now: dt.datetime) -> OcspResponse | None:
        self._forget_when_revoked(ca)
        kept = self._answers.get(asked)
        return kept if kept is not None and _fresh(kept, now) else None

    def _now(self) -> dt.datetime:
        return self._authority.now().replace(microsecond=0)

    def _live(self, question: OcspRequest, ca: CaFacts, now: dt.datetime) -> OcspResponse:
        writer = self._writer(ca, now)
        until = min(now + igc.OCSP_ANSWER_PERIOD, writer.ends)
        answers = []
        known = self._statuses(question, ca)
        for certificate in question.certificates:
            found = known.get(certificate.encoded)
            revoked_at = found.revoked_at if found else None
            answers.append(
                SingleAnswer(certificate.encoded, found is not None, revoked_at, now, until)
            )
        der = writer.write(now, answers, question.nonce)
        keeps = question.nonce is None and all(answer.known for answer in answers)
        return OcspResponse(der, now, until if keeps else None)

    def _statuses(self, question: OcspRequest, ca: CaFacts) -> dict[bytes, StatusRecord]:
        """Return how it stands with the certificates of one authority, by their CertID.

        One responder signs an answer, and it may speak for its own authority only (RFC 6960
        4.2.2.2): certificates of another one are unknown to it (2.2).
        """
        own = [
            certificate for certificate in question.certificates if self._issuer(certificate) == ca
        ]
        if len(own) == 1:
            found = self._records.status(ca.common_name, own[0].serial)
            return {} if found is None else {own[0].encoded: found}
        listed = self._records.statuses(ca.common_name, [item.serial for item in own])
        return {item.encoded: listed[item.serial] for item in own if item.serial in listed}

    def _writer(self, ca: CaFacts, now: dt.datetime) -> ResponseWriter:
        """Return what writes answers of an authority, kept until its responder changes."""
        signer = self._authority.ocsp_signer(ca, now)
        known = self._writers.get(ca.file)
        if known is None or known.signer is not signer:
            known = self._writers[ca.file] = ResponseWriter(signer)
        return known

    def _issuer(self, asked: CertId) -> CaFacts | None:
        key = (asked.algorithm, asked.issuer_name_hash, asked.issuer_key_hash)
        if key not in self._issuers:
            self._issuers = {
                (item.algorithm, item.issuer_name_hash, item.issuer_key_hash): ca
                for ca in self._authority.existing()
                for item in (cert_id(self._authority.certificate(ca), 0, how) for how in _HASHES)
            }
        return self._issuers.get(key)

    def _forget_when_revoked(self, ca: CaFacts) -> None:
        """Drop an authority's prepared answers when it has revoked something since."""
        name, now = ca.common_name, self._seconds()
        if name in self._looked and now - self._looked[name] < _LOOK_SECONDS:
            return
        mark = self._records.revocations(name)
        with self._lock:
            self._looked[name] = now
            if self._marks.get(name) != mark:
                self._marks[name] = mark
                for item in self._of_ca.pop(name, ()):
                    self._answers.pop(item, None)


def _fresh(kept: OcspResponse, now: dt.datetime) -> bool:
    """Tell whether a prepared answer is in the first half of its life."""
    if kept.produced_at is None or kept.next_update is None:
        return False
    half = kept.produced_at + (kept.next_update - kept.produced_at) / 2
    return kept.produced_at <= now < half


def _failure(status: ResponseStatus) -> OcspResponse:
    return OcspResponse(failure(status))


def cert_id(issuer: x509.Certificate, serial: int, algorithm: bytes = HASHES["sha1"].oid) -> CertId:
    """Return how a request names a certificate; ``algorithm`` is the content of an OID."""
    key = issuer.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        bits = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    elif isinstance(key, rsa.RSAPublicKey):
        bits = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    else:
        raise TypeError(f"no authority has a key of the kind {type(key).__name__}")
    name_hash = _digest(algorithm, issuer.subject.public_bytes())
    key_hash = _digest(algorithm, bits)
    encoded = Tlv.build(
        Universal.SEQUENCE,
        Tlv.build(
            Universal.SEQUENCE, Tlv(Universal.OBJECT_IDENTIFIER, algorithm), Tlv(Universal.NULL)
        ),
        Tlv(Universal.OCTET_STRING, name_hash),
        Tlv(Universal.OCTET_STRING, key_hash),
        Tlv(Universal.INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1)),
    )
    return CertId(algorithm, name_hash, key_hash, serial, encoded.to_bytes())


def _digest(algorithm: bytes, data: bytes) -> bytes:
    return hashlib.new(_HASHES[algorithm], data, usedforsecurity=False).digest()
