# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The checks of an origin-bound token: format, algorithm, nonce, origin, signature.

A token names neither its origin nor its nonce: both stand only in what it signs. A wrong
signature is therefore tried against other origins and earlier tokens, to be able to say what
went wrong; nothing but the right origin with the right nonce ever passes.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from caducee.base.errors import CpsError, TrustError
from caducee.codec.origin_token import OriginToken, TokenAlgorithm, signed_bytes
from caducee.relying.nonces import Challenge
from caducee.relying.verdict import Check, CheckName, CheckOutcome, failed, passed, skipped
from caducee.trust.x509 import UNREADABLE, load_certificate

__all__ = ["ALGORITHMS", "TokenFindings", "TokenJudge"]

SMALLEST_RSA: Final = 2048
"""Bits; cards of IGC-CPS2ter (1024) cannot log in."""


@dataclass(frozen=True, slots=True)
class _Algorithm:
    """One algorithm of the token format (names of RFC 7518 section 3.1)."""

    digest: hashes.HashAlgorithm
    curve: type[ec.EllipticCurve] | None = None
    pss: bool = False

    def verify(self, key: CertificatePublicKeyTypes, signature: bytes, data: bytes) -> bool:
        """Tell whether a signature is that of the key."""
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, data, self._padding(), self.digest)
            elif isinstance(key, ec.EllipticCurvePublicKey):
                der = _ecdsa_der(signature, key.curve)
                key.verify(der, data, ec.ECDSA(self.digest))
            else:
                return False
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True

    def fits(self, key: CertificatePublicKeyTypes) -> bool:
        """Tell whether a key can be used with this algorithm."""
        if self.curve is None:
            return isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA
        return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, self.curve)

    def _padding(self) -> padding.AsymmetricPadding:
        if self.pss:
            return padding.PSS(padding.MGF1(self.digest), self.digest.digest_size)
        return padding.PKCS1v15()


ALGORITHMS: Final[Mapping[TokenAlgorithm, _Algorithm]] = {
    TokenAlgorithm.RS256: _Algorithm(hashes.SHA256()),
    TokenAlgorithm.RS384: _Algorithm(hashes.SHA384()),
    TokenAlgorithm.RS512: _Algorithm(hashes.SHA512()),
    TokenAlgorithm.PS256: _Algorithm(hashes.SHA256(), pss=True),
    TokenAlgorithm.PS384: _Algorithm(hashes.SHA384(), pss=True),
    TokenAlgorithm.PS512: _Algorithm(hashes.SHA512(), pss=True),
    TokenAlgorithm.ES256: _Algorithm(hashes.SHA256(), ec.SECP256R1),
    TokenAlgorithm.ES384: _Algorithm(hashes.SHA384(), ec.SECP384R1),
    TokenAlgorithm.ES512: _Algorithm(hashes.SHA512(), ec.SECP521R1),
}
"""The algorithms of the public Web eID format, as far as they can be verified here."""


def _ecdsa_der(signature: bytes, curve: ec.EllipticCurve) -> bytes:
    """Turn r and s of fixed length, one after the other (RFC 7518 section 3.4), into DER."""
    size = (curve.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise ValueError("wrong length")
    r, s = (int.from_bytes(part) for part in (signature[:size], signature[size:]))
    return encode_dss_signature(r, s)


@dataclass(frozen=True, slots=True)
class TokenFindings:
    """The checks of a token, and the certificate it brought, as DER."""

    checks: tuple[Check, ...]
    certificate: bytes | None


class TokenJudge:
    """Judges tokens, and remembers for a while which ones it has seen."""

    def __init__(
        self,
        algorithms: frozenset[TokenAlgorithm] = frozenset(ALGORITHMS),
        remembered: int = 10_000,
    ) -> None:
        self._admitted = algorithms & frozenset(ALGORITHMS)
        self._remembered = remembered
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def judge(
        self, token: str | bytes, challenge: Challenge, seen_origin: str | None
    ) -> TokenFindings:
        """Make every check of a token; never raises on any token."""
        nonce = _nonce(challenge)
        parsed = _parse(token)
        if isinstance(parsed, Check):
            because = CheckName.TOKEN
            origin = _origin(challenge, seen_origin) or skipped(CheckName.ORIGIN, because)
            checks = (parsed, nonce, origin, skipped(CheckName.SIGNATURE, because))
            return TokenFindings(checks, None)
        key = _public_key(parsed.certificate)
        admitted = self._algorithm(parsed, key)
        origin, signature = self._signature(parsed, key, challenge, seen_origin, admitted.ok)
        return TokenFindings((admitted, nonce, origin, signature), parsed.certificate)

    def _algorithm(self, token: OriginToken, key: CertificatePublicKeyTypes | None) -> Check:
        name = token.algorithm.value
        if token.algorithm not in self._admitted:
            return failed(CheckName.TOKEN, "relying.token_algorithm", algorithm=name)
        if key is not None and not ALGORITHMS[token.algorithm].fits(key):
            kind = _describe(key)
            return failed(CheckName.TOKEN, "relying.token_key_mismatch", algorithm=name, key=kind)
        return passed(CheckName.TOKEN, "relying.token_accepted", algorithm=name)

    def _signature(
        self,
        token: OriginToken,
        key: CertificatePublicKeyTypes | None,
        challenge: Challenge,
        seen_origin: str | None,
        usable: bool,
    ) -> tuple[Check, Check]:
        """Return the checks ORIGIN and SIGNATURE, which only the signature can decide."""
        wrong = _origin(challenge, seen_origin)
        obstacle = _obstacle(key, challenge, usable)
        if key is None or obstacle is not None:
            obstacle = obstacle or CheckName.CERTIFICATE
            origin = wrong or skipped(CheckName.ORIGIN, obstacle)
            return origin, skipped(CheckName.SIGNATURE, obstacle)
        if _signed(token, key, challenge.origin, challenge.nonce):
            self._remember(token.signature)
            right = passed(CheckName.ORIGIN, "relying.origin_right", origin=challenge.origin)
            return wrong or right, passed(CheckName.SIGNATURE, "relying.token_signature_valid")
        for other in _others(challenge, seen_origin):
            if _signed(token, key, other, challenge.nonce):
                self._remember(token.signature)
                facts = {"found": other, "origin": challenge.origin}
                origin = failed(CheckName.ORIGIN, "relying.origin_wrong", **facts)
                return origin, skipped(CheckName.SIGNATURE, CheckName.ORIGIN)
        code = "relying.token_signature_invalid"
        if self._was_seen(token.signature):
            code = "relying.token_replayed"
        origin = wrong or skipped(CheckName.ORIGIN, CheckName.SIGNATURE)
        return origin, failed(CheckName.SIGNATURE, code)

    def _remember(self, signature: bytes) -> None:
        with self._lock:
            self._seen[hashlib.sha256(signature).digest()] = None
            while len(self._seen) > self._remembered:
                self._seen.popitem(last=False)

    def _was_seen(self, signature: bytes) -> bool:
        with self._lock:
            return hashlib.sha256(signature).digest() in self._seen


def _parse(token: str | bytes) -> OriginToken | Check:
    try:
        return OriginToken.from_json(token)
    except CpsError as error:
        return Check(CheckName.TOKEN, CheckOutcome.FAILED, error.code, error.facts)


def _nonce(challenge: Challenge) -> Check:
    if challenge.refusal is not None:
        return failed(CheckName.NONCE, challenge.refusal)
    return passed(CheckName.NONCE, "relying.nonce_fresh")


def _origin(challenge: Challenge, seen_origin: str | None) -> Check | None:
    """Return the refusal when the request itself says that it comes from another site."""
    if seen_origin is None or seen_origin == challenge.origin:
        return None
    facts = {"found": seen_origin[:200], "origin": challenge.origin}
    return failed(CheckName.ORIGIN, "relying.origin_wrong", **facts)


def _obstacle(
    key: CertificatePublicKeyTypes | None, challenge: Challenge, usable: bool
) -> CheckName | None:
    if not usable:
        return CheckName.TOKEN
    if key is None:
        return CheckName.CERTIFICATE
    return None if challenge.nonce else CheckName.NONCE


def _others(challenge: Challenge, seen_origin: str | None) -> tuple[str, ...]:
    found = (*challenge.others, *((seen_origin,) if seen_origin else ()))
    return tuple(
        item for item in dict.fromkeys(found) if item.isascii() and item != challenge.origin
    )


def _signed(token: OriginToken, key: CertificatePublicKeyTypes, origin: str, nonce: str) -> bool:
    data = signed_bytes(token.algorithm, origin, nonce)
    return ALGORITHMS[token.algorithm].verify(key, token.signature, data)


def _public_key(certificate: bytes) -> CertificatePublicKeyTypes | None:
    try:
        return load_certificate(certificate).public_key()
    except (TrustError, *UNREADABLE):
        return None


def _describe(key: CertificatePublicKeyTypes) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name
    return "?"
