# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the card itself is asked to do; its answers are judged by `cryptography` alone.

The Cryptolib compares each signature with the certificate, too. Here everything is judged once
more, from the data that was signed and not from a digest of ours: an error in a digest, a padding
or a comparison of the Cryptolib is found.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from caducee.base.errors import CardError
from caducee.cryptolib import CpsCard, Hash, KeyUse
from caducee.cryptolib.certificates import public_key_of
from caducee.cryptolib.digest_info import digest_info

__all__ = ["Facts", "authenticate", "decipher", "random", "sign", "technical"]

type Facts = list[tuple[str, str | int]]

_RANDOM: Final = 32
_PKCS1: Final = "RSA PKCS#1 v1.5, SHA-256"
_PSS: Final = "RSA-PSS, SHA-256"


@dataclass(frozen=True, slots=True)
class _Proof:
    """A signature and what it must fit."""

    algorithm: str
    signature: bytes
    scheme: padding.PKCS1v15 | padding.PSS


def random(card: CpsCard) -> Facts:
    """Ask for random bytes twice. Raises `CardError` (``cryptolib.random_poor``)."""
    first, second = card.random(_RANDOM), card.random(_RANDOM)
    if first == second or len(set(first)) == 1 or len(first) != _RANDOM:
        raise CardError("cryptolib.random_poor", size=_RANDOM)
    return [("random", first.hex(" ", 4)), ("size", 2 * _RANDOM)]


def sign(card: CpsCard) -> Facts:
    """Sign with the signature key: PKCS#1 v1.5, and PSS where the card can."""

    def proofs(data: bytes) -> Iterator[_Proof]:
        yield _Proof(_PKCS1, card.sign(data, Hash.SHA256), padding.PKCS1v15())
        if card.supports_pss:
            digest = hashlib.sha256(data).digest()
            made = card.sign_pss(digest, "sha256", KeyUse.SIGNATURE)
            yield _Proof(_PSS, made, _pss())

    return _proved(card, KeyUse.SIGNATURE, proofs)


def authenticate(card: CpsCard) -> Facts:
    """Sign with the authentication key, as TLS and tokens do."""

    def proofs(data: bytes) -> Iterator[_Proof]:
        digest = hashlib.sha256(data).digest()
        made = card.authenticate(digest_info(digest, "sha256"))
        yield _Proof(_PKCS1, made, padding.PKCS1v15())
        if card.supports_pss:
            yield _Proof(_PSS, card.sign_pss(digest, "sha256"), _pss())

    return _proved(card, KeyUse.AUTHENTICATION, proofs)


def technical(card: CpsCard) -> Facts:
    """Sign with the technical key of the contactless side, which needs no PIN."""

    def proofs(data: bytes) -> Iterator[_Proof]:
        block = digest_info(hashlib.sha256(data).digest(), "sha256")
        yield _Proof(_PKCS1, card.authenticate(block, KeyUse.TECHNICAL), padding.PKCS1v15())

    return _proved(card, KeyUse.TECHNICAL, proofs)


def decipher(card: CpsCard) -> Facts:
    """Encrypt for the authentication certificate, and let the card decipher."""
    message = secrets.token_bytes(_RANDOM)
    key = _key(card, KeyUse.AUTHENTICATION)
    found = card.decipher(key.encrypt(message, padding.PKCS1v15()))
    if not secrets.compare_digest(found, message):
        raise CardError("cryptolib.proof_wrong", use="decipherment")
    return [("algorithm", "RSA PKCS#1 v1.5"), ("size", len(message))]


def _proved(card: CpsCard, use: KeyUse, proofs: Callable[[bytes], Iterator[_Proof]]) -> Facts:
    """Make signatures over fresh random data, and judge them.

    Raises `CardError` (``cryptolib.proof_wrong``).
    """
    data = b"caducee card test " + secrets.token_bytes(_RANDOM)
    key = _key(card, use)
    made = list(proofs(data))
    for item in made:
        if not _fits(key, item, data) or _fits(key, item, data + b"."):
            raise CardError("cryptolib.proof_wrong", use=use.value)
    return [
        ("algorithm", "; ".join(entry.algorithm for entry in made)),
        ("certificate", f"{card.certificate(use).serial_number:X}"),
        ("size", len(made[0].signature)),
    ]


def _fits(key: RSAPublicKey, proof: _Proof, data: bytes) -> bool:
    try:
        key.verify(proof.signature, data, proof.scheme, hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _key(card: CpsCard, use: KeyUse) -> RSAPublicKey:
    return public_key_of(card.certificate(use))


def _pss() -> padding.PSS:
    return padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
