# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A key of a card where a private key of ``cryptography`` is expected.

Certificate, request, CRL and PKCS#7 builders take it, and every library that only calls
``sign()`` and ``public_key()``.
"""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as paddings
from cryptography.hazmat.primitives.asymmetric import rsa, utils

from caducee.base.errors import CardError
from caducee.base.keys import NonExportableKey
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.certificates import public_key_of
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.model import Hash, KeyUse
from caducee.spec.hashes import HASHES

__all__ = ["CardPrivateKey"]

type _Padding = paddings.AsymmetricPadding
type _Algorithm = utils.Prehashed | hashes.HashAlgorithm | utils.NoDigestInfo


class CardPrivateKey(NonExportableKey, rsa.RSAPrivateKey):
    """A private key of an open card. The card must know the PIN (`CpsCard.verify`)."""

    def __init__(self, card: CpsCard, use: KeyUse) -> None:
        self._card = card
        self._use = use
        self._public = public_key_of(card.certificate(use))

    @property
    def key_size(self) -> int:
        """The length of the modulus in bits."""
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """Return the public key, from the certificate on the card."""
        return self._public

    def sign(self, data: bytes, padding: _Padding, algorithm: _Algorithm) -> bytes:
        """Sign data by PKCS#1 v1.5 with SHA-1 or SHA-256, or a digest by ``Prehashed``.

        A CPS4 also takes PSS, with a salt as long as the digest. The authentication and the
        technical key also take the other SHA-2, and ``NoDigestInfo``. Raises `CardError`:
        ``cryptolib.padding_not_supported``, ``cryptolib.padding_unknown``,
        ``cryptolib.hash_not_supported``.
        """
        if isinstance(algorithm, utils.NoDigestInfo):
            _demand_pkcs1(padding)
            return self._sign_block(bytes(data))
        name = _hash_of(algorithm).name
        digest = bytes(data) if isinstance(algorithm, utils.Prehashed) else _digest(data, name)
        if isinstance(padding, paddings.PSS):
            return self._sign_pss(padding, digest, name)
        _demand_pkcs1(padding)
        if self._use is not KeyUse.SIGNATURE:
            return self._card.authenticate(digest_info(digest, name), self._use)
        if name not in set(Hash):
            raise CardError("cryptolib.hash_not_supported", hash=name)
        return self._card.sign_digest(digest, Hash(name))

    def _sign_block(self, block: bytes) -> bytes:
        if self._use is KeyUse.SIGNATURE:
            raise CardError("cryptolib.hash_not_supported", hash="NoDigestInfo")
        return self._card.authenticate(block, self._use)

    def _sign_pss(self, padding: paddings.PSS, digest: bytes, name: str) -> bytes:
        if not self._card.supports_pss:
            raise CardError("cryptolib.padding_not_supported", padding=padding.name)
        if padding.mgf._algorithm.name != name or padding._salt_length not in (
            len(digest),
            paddings.PSS.DIGEST_LENGTH,
        ):
            raise CardError("cryptolib.padding_unknown", padding=padding.name)
        return self._card.sign_pss(digest, name, self._use)

    def decrypt(self, ciphertext: bytes, padding: _Padding) -> bytes:
        """Decipher by PKCS#1 v1.5 with the authentication key; raises `CardError`."""
        _demand_pkcs1(padding)
        if self._use is not KeyUse.AUTHENTICATION:
            raise CardError("cryptolib.key_missing", use="decipherment")
        return self._card.decipher(bytes(ciphertext))


def _demand_pkcs1(padding: _Padding) -> None:
    if not isinstance(padding, paddings.PKCS1v15):
        raise CardError("cryptolib.padding_unknown", padding=padding.name)


def _hash_of(algorithm: utils.Prehashed | hashes.HashAlgorithm) -> hashes.HashAlgorithm:
    return algorithm._algorithm if isinstance(algorithm, utils.Prehashed) else algorithm


def _digest(data: bytes, name: str) -> bytes:
    if name not in HASHES:
        raise CardError("cryptolib.hash_not_supported", hash=name)
    return hashlib.new(name, data, usedforsecurity=False).digest()
