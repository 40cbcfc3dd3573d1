# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking an OCSP responder, and reading its answer strictly (RFC 6960).

Sans-I/O: `ask` makes the bytes of a request, `read` judges those of an answer. `OcspSource` puts
both behind a `RevocationSource`, with a fetch function that it is given.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from caducee.base.errors import FormatError, TrustError
from caducee.codec.tlv import Tlv
from caducee.spec import oids
from caducee.spec.hashes import HASHES
from caducee.trust.dates import day
from caducee.trust.names import UNREADABLE, same_name
from caducee.trust.revocation import SKEW, RevocationSource, RevocationState
from caducee.trust.strength import SAFE, Strength
from caducee.trust.x509 import ParsedCertificate, signature_is_right, view

__all__ = ["MAX_ANSWER", "USUAL", "OcspAnswer", "OcspRules", "ask", "read"]

MAX_ANSWER: Final = 65_536
"""Largest answer taken, in bytes; usual ones have about 2,000."""

_MOST_RESPONSES: Final = 32
_MOST_CERTIFICATES: Final = 8


@dataclass(frozen=True, slots=True)
class OcspRules:
    """What is demanded of an answer."""

    strength: Strength = SAFE
    most_age: dt.timedelta = dt.timedelta(days=1)
    """How long an answer that names no nextUpdate is believed after its thisUpdate."""

    nonce_needed: bool = False
    """Whether an answer without the nonce that was sent is refused. Responders that produce
    their answers beforehand send none (RFC 5019)."""


USUAL: Final = OcspRules()


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """What a responder says of one certificate. Verified."""

    state: RevocationState
    revoked_at: dt.datetime | None
    reason: str | None
    this_update: dt.datetime
    ends: dt.datetime
    """nextUpdate, or the end that the rules set where there is none."""

    produced_at: dt.datetime
    responder: str
    """Common name of who signed."""

    nonce: bool
    """Whether the nonce of the request came back."""


def ask(
    certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes | None = None
) -> bytes:
    """Return a request for one certificate, DER, with a nonce of 16 to 32 bytes or without.

    The issuer is named by SHA-1, which is what every responder understands (RFC 6960 4.3).
    Raises `TrustError` (``trust.extensions_unreadable``) for a certificate nobody can ask about.
    """
    try:
        builder = ocsp.OCSPRequestBuilder().add_certificate(
            certificate,
            issuer,
            hashes.SHA1(),  # noqa: S303
        )
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.build().public_bytes(Encoding.DER)
    except UNREADABLE:
        raise TrustError("trust.extensions_unreadable", certificate="?") from None


def read(  # noqa: PLR0913 (the answer, and all that it is judged by)
    data: bytes,
    certificate: ParsedCertificate,
    issuer: ParsedCertificate,
    at: dt.datetime,
    *,
    nonce: bytes | None = None,
    rules: OcspRules = USUAL,
    responders: RevocationSource | None = None,
) -> OcspAnswer:
    """Judge an answer, DER. ``at`` is aware; ``nonce`` is what was sent.

    ``responders`` knows whether the certificate of a responder was revoked, where it does not say
    that nobody need ask (ocsp-nocheck). Raises `TrustError`: ``trust.ocsp_too_large``,
    ``trust.ocsp_unreadable``, ``trust.ocsp_refused`` (tryLater, unauthorized...),
    ``trust.ocsp_other``, ``trust.ocsp_responder``, ``trust.ocsp_signature``,
    ``trust.signature_weak``, ``trust.key_weak``, ``trust.ocsp_nonce``, ``trust.ocsp_not_yet``,
    ``trust.ocsp_stale`` (of a certificate that was good).
    """
    if len(data) > MAX_ANSWER:
        raise TrustError("trust.ocsp_too_large", size=len(data), most=MAX_ANSWER)
    try:
        answer = ocsp.load_der_ocsp_response(bytes(data))
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise TrustError("trust.ocsp_refused", status=answer.response_status.name.lower())
        single = _concerning(answer, certificate, issuer)
        signer = _signed(answer, issuer, at, rules, responders)
        echoed = _nonce(answer, nonce, rules)
        return _timely(_said(answer, single, signer, echoed, rules), certificate, at)
    except (FormatError, *UNREADABLE):
        raise TrustError("trust.ocsp_unreadable") from None


def _concerning(
    answer: ocsp.OCSPResponse, certificate: ParsedCertificate, issuer: ParsedCertificate
) -> ocsp.OCSPSingleResponse:
    """Return the part of an answer that speaks of the certificate (RFC 6960 3.2, 1)."""
    for single in islice(answer.responses, _MOST_RESPONSES):
        if single.serial_number == certificate.serial_number and _names(
            single, certificate, issuer
        ):
            return single
    raise TrustError("trust.ocsp_other", certificate=certificate.label)


def _names(
    single: ocsp.OCSPSingleResponse, certificate: ParsedCertificate, issuer: ParsedCertificate
) -> bool:
    name = single.hash_algorithm.name
    if name not in HASHES:  # whichever: it only identifies, it protects nothing
        return False
    named = {hashlib.new(name, item).digest() for item in (certificate.issuer, issuer.subject)}
    key = hashlib.new(name, _key_bits(issuer)).digest()
    return single.issuer_name_hash in named and single.issuer_key_hash == key


def _key_bits(item: ParsedCertificate) -> bytes:
    """Return the content of subjectPublicKey without the count of unused bits."""
    return Tlv.from_bytes(item.spki).children()[1].value[1:]


def _signed(
    answer: ocsp.OCSPResponse,
    issuer: ParsedCertificate,
    at: dt.datetime,
    rules: OcspRules,
    responders: RevocationSource | None,
) -> ParsedCertificate:
    """Return who signed an answer: the issuer itself, or whom it lets sign (RFC 6960 4.2.2.2)."""
    digest = answer.signature_hash_algorithm
    if digest is None or digest.name not in rules.strength.hashes:
        name = "?" if digest is None else digest.name
        raise TrustError("trust.signature_weak", certificate=issuer.label, algorithm=name)
    refusal: TrustError | None = None
    for candidate in _candidates(answer, issuer):
        if not _verifies(answer, candidate, digest):
            continue
        refusal = _unfit(candidate, issuer, at, rules, responders)
        if refusal is None:
            return candidate
    raise refusal or TrustError("trust.ocsp_signature", issuer=issuer.label)


def _candidates(
    answer: ocsp.OCSPResponse, issuer: ParsedCertificate
) -> Iterator[ParsedCertificate]:
    """Yield the issuer and the certificates in the answer that bear the responder's name or key."""
    name, key = answer.responder_name, answer.responder_key_hash
    encoded = None if name is None else name.public_bytes()
    for item in (issuer, *map(view, islice(answer.certificates, _MOST_CERTIFICATES))):
        by_key = key is not None and hashlib.sha1(_key_bits(item)).digest() == key  # noqa: S324
        if by_key or (encoded is not None and same_name(encoded, item.subject)):
            yield item


def _verifies(
    answer: ocsp.OCSPResponse, item: ParsedCertificate, digest: hashes.HashAlgorithm
) -> bool:
    signed, signature = answer.tbs_response_bytes, answer.signature
    kind = answer.signature_algorithm_oid.dotted_string
    key = item.certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and kind in oids.RSA_SIGNATURES:
            key.verify(signature, signed, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and kind in oids.ECDSA_SIGNATURES:
            key.verify(signature, signed, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _unfit(
    item: ParsedCertificate,
    issuer: ParsedCertificate,
    at: dt.datetime,
    rules: OcspRules,
    responders: RevocationSource | None,
) -> TrustError | None:
    """Say why somebody whose signature is right may not answer, ``None`` if they may."""
    weak = rules.strength.weak_key(item)
    if weak is not None:
        return TrustError("trust.key_weak", certificate=item.label, key=weak)
    if item.spki == issuer.spki and same_name(item.subject, issuer.subject):
        return None
    why = _not_delegated(item, issuer, at, rules)
    if why is None and not _not_revoked(item, issuer, at, responders):
        why = "revocation"
    if why is None:
        return None
    return TrustError("trust.ocsp_responder", responder=item.label, reason=why)


def _not_delegated(
    item: ParsedCertificate, issuer: ParsedCertificate, at: dt.datetime, rules: OcspRules
) -> str | None:
    """Say what a responder's certificate lacks, ``None`` if nothing."""
    usage = item.extended_usage or frozenset()
    if item.problem is not None or item.critical_unknown:
        return "extensions"
    if oids.OCSP_SIGNING not in usage:
        return "OCSPSigning"
    if item.key_usage is not None and not item.key_usage & {
        "digital_signature",
        "content_commitment",
    }:
        return "keyUsage"
    if rules.strength.weak_hash(item) is not None:
        return "hash"
    if not same_name(item.issuer, issuer.subject) or not signature_is_right(item, issuer):
        return "issuer"
    # The clock of the authority may be ahead of ours, also when it renews its responder.
    return None if item.not_before - SKEW <= at <= item.not_after else "validity"


def _not_revoked(
    item: ParsedCertificate,
    issuer: ParsedCertificate,
    at: dt.datetime,
    responders: RevocationSource | None,
) -> bool:
    """Tell whether a responder's certificate is good: by its own word, or by a list."""
    try:
        item.certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        if responders is None:
            return False
        answer = responders.status(item.certificate, issuer.certificate, at)
        return answer.state is RevocationState.GOOD
    return True


def _nonce(answer: ocsp.OCSPResponse, sent: bytes | None, rules: OcspRules) -> bool:
    """Tell whether the nonce came back (RFC 9654); another one is refused."""
    found = None
    for extension in answer.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            found = extension.value.nonce
        elif extension.critical:
            raise TrustError("trust.ocsp_unreadable")
    if (found is None and rules.nonce_needed) or (
        found is not None and sent is not None and found != sent
    ):
        raise TrustError("trust.ocsp_nonce")
    return found is not None and found == sent


def _said(
    answer: ocsp.OCSPResponse,
    single: ocsp.OCSPSingleResponse,
    signer: ParsedCertificate,
    echoed: bool,
    rules: OcspRules,
) -> OcspAnswer:
    starts, ends = single.this_update_utc, single.next_update_utc
    reason = single.revocation_reason
    return OcspAnswer(
        _STATES[single.certificate_status],
        single.revocation_time_utc,
        None if reason is None else reason.value,
        starts,
        starts + rules.most_age if ends is None else ends,
        answer.produced_at_utc,
        signer.label,
        echoed,
    )


_STATES: Final = {
    ocsp.OCSPCertStatus.GOOD: RevocationState.GOOD,
    ocsp.OCSPCertStatus.REVOKED: RevocationState.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: RevocationState.UNKNOWN,
}


def _timely(found: OcspAnswer, certificate: ParsedCertificate, at: dt.datetime) -> OcspAnswer:
    """Refuse an answer of tomorrow, and a good one of yesterday (RFC 6960 4.2.2.1)."""
    latest = max(found.this_update, found.produced_at)
    if latest > at + SKEW:
        raise TrustError("trust.ocsp_not_yet", responder=found.responder, this_update=day(latest))
    if found.ends < at and found.state is not RevocationState.REVOKED:
        raise TrustError(
            "trust.ocsp_stale",
            responder=found.responder,
            certificate=certificate.label,
            next_update=day(found.ends),
        )
    return found
