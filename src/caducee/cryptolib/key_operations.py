# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The private keys of a card: signing, authentication, decryption, random numbers."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cryptography import x509

from caducee.base.errors import CardError
from caducee.codec.pkcs15 import PrivateKeyEntry
from caducee.cryptolib.certificates import matches, matches_pss
from caducee.cryptolib.connection import require_length
from caducee.cryptolib.contents import CardContents
from caducee.cryptolib.digest_info import check_digest
from caducee.cryptolib.model import Hash, KeyUse
from caducee.cryptolib.paddings import LEAST_PADDING
from caducee.reader.transport import Ending

__all__ = ["KeyOperations"]

_MAX_RANDOM = 4096


class KeyOperations(CardContents):
    """The operations of an open card with its keys."""

    @property
    def supports_pss(self) -> bool:
        """Whether the card signs with PSS, as TLS 1.3 demands."""
        return self._driver.supports_pss

    def sign(
        self, data: bytes, hash: Hash = Hash.SHA256, *, last_round_on_card: bool = False
    ) -> bytes:
        """Sign data with the signature key (PKCS#1 v1.5); needs the PIN.

        The digest is made here, or, with ``last_round_on_card``, its last block on the card, as
        qualified signature devices ask (slow for long data). The result is checked against the
        certificate of the card. Raises `CardError` and as `verify`.
        """
        digest = hashlib.new(hash.value, data, usedforsecurity=False).digest()
        if not last_round_on_card:
            return self.sign_digest(digest, hash)
        with self._using(KeyUse.SIGNATURE) as key:
            signature = self._driver.sign_last_round(key, hash, data, self._layout)
            return self._checked(
                KeyUse.SIGNATURE, signature, lambda it: matches(it, signature, digest, hash)
            )

    def sign_digest(self, digest: bytes, hash: Hash = Hash.SHA256) -> bytes:
        """Sign a digest with the signature key (PKCS#1 v1.5); needs the PIN.

        Raises `CardError` (``cryptolib.digest_invalid``) and as `sign`.
        """
        check_digest(digest, hash)
        with self._using(KeyUse.SIGNATURE) as key:
            signature = self._driver.sign(key, hash, digest, self._layout)
            return self._checked(
                KeyUse.SIGNATURE, signature, lambda it: matches(it, signature, digest, hash)
            )

    def sign_pss(
        self, digest: bytes, hash: str = "sha256", use: KeyUse = KeyUse.AUTHENTICATION
    ) -> bytes:
        """Sign a digest with PSS, MGF1 by the same hash, the salt as long; needs the PIN.

        The authentication key takes SHA-1 and all of SHA-2, the signature key SHA-1 and SHA-256;
        ``hash`` as hashlib spells it. Raises `CardError` (``cryptolib.padding_not_supported`` for
        a card where `supports_pss` is False) and as `sign_digest`.
        """
        if not self.supports_pss:
            raise CardError("cryptolib.padding_not_supported", padding="PSS")
        check_digest(digest, hash)
        with self._using(use) as key:
            signature = self._driver.sign_pss(key, hash, digest, self._layout)
            return self._checked(
                use, signature, lambda it: matches_pss(it, signature, digest, hash)
            )

    def authenticate(self, digest_info: bytes, use: KeyUse = KeyUse.AUTHENTICATION) -> bytes:
        """Sign a DigestInfo, or any block, with the authentication key; needs the PIN.

        Without contacts, ``use`` is the technical key, and no PIN is needed. The block has at
        most 40 % of the key's length on a CPS3 (102 bytes for 2048 bits), 245 bytes on a CPS4. The
        result is checked against the certificate of the card. Raises `CardError`
        (``cryptolib.data_too_long``, ``cryptolib.key_not_on_face``) and as `verify`.
        """
        if use is KeyUse.SIGNATURE:
            raise CardError("cryptolib.key_missing", use=KeyUse.AUTHENTICATION.value)
        with self._using(use) as key:
            require_length(digest_info, self._driver.block_limit(key), "authentication")
            signature = self._driver.authenticate(key, digest_info, self._layout)
            return self._checked(
                use, signature, lambda it: matches(it, signature, digest_info, None)
            )

    def decipher(self, cryptogram: bytes) -> bytes:
        """Decipher with the authentication key (PKCS#1 v1.5); needs the PIN.

        Returns the message without padding. Raises `CardError` (``cryptolib.data_too_long`` for
        anything but a cryptogram of the key's length, ``cryptolib.padding_wrong``) and as
        `verify`.
        """
        with self._using(KeyUse.AUTHENTICATION) as key:
            size = key.bits // 8
            if len(cryptogram) != size:
                raise CardError(
                    "cryptolib.data_too_long", size=len(cryptogram), limit=size, what="cryptogram"
                )
            message = self._driver.decipher(key, cryptogram, self._layout)
            require_length(message, size - LEAST_PADDING, "message")
            return message

    @contextmanager
    def _using(self, use: KeyUse) -> Iterator[PrivateKeyEntry]:
        """Hold the card with the PIN presented where the key is."""
        key = self._key(use)
        free = use is KeyUse.TECHNICAL
        with self._transaction(Ending.LEAVE if free else self._private):
            if not free:
                self._present(self._layout.absolute(key.path))
            yield key

    def _checked(
        self, use: KeyUse, signature: bytes, fits: Callable[[x509.Certificate], bool]
    ) -> bytes:
        """Return a signature that fits the certificate of the card.

        Raises `CardError` (``cryptolib.signature_wrong``; the fact ``fits`` names the certificate
        of this card that the signature fits instead, when its keys are exchanged).
        """
        if fits(self.certificate(use)):
            return signature
        others = (item for item in self.uses if item is not use)
        found = next((other.value for other in others if fits(self.certificate(other))), None)
        raise CardError("cryptolib.signature_wrong", use=use.value, fits=found)

    def random(self, size: int) -> bytes:
        """Return 0 to 4096 random bytes made by the card; one command for 8 bytes."""
        if not 0 <= size <= _MAX_RANDOM:
            raise CardError("cryptolib.data_too_long", size=size, limit=_MAX_RANDOM, what="random")
        with self._transaction():
            return self._driver.random(size)
