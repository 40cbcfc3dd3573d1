# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The RSA operations of a card: PKCS#1 v1.5, PSS and the bare power (RFC 8017)."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from caducee.virtualcard.crypto import pss

__all__ = ["PrivateKey", "WrongCryptogram"]

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 (the card has it)
    "sha256": hashes.SHA256(),
}
_SIZES = (1024, 2048)
_LEAST_PADDING = 8


class WrongCryptogram(Exception):
    """A cryptogram does not decrypt to a padded message."""


class PrivateKey:
    """A private key as the card uses it."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key
        numbers = key.private_numbers()
        self._numbers = numbers
        self.modulus = numbers.public_numbers.n
        self.exponent = numbers.public_numbers.e
        self.size = key.key_size // 8
        """Bytes of the modulus."""

    @classmethod
    def from_pem(cls, pem: bytes) -> "PrivateKey":
        """Read a PKCS#8 key that is not encrypted. Raises ``ValueError`` with a reason.

        The primality of the factors is not tested, which would take longer than a signature: a
        card with a bad key harms only its tester. All relations between the numbers are.
        """
        try:
            key = serialization.load_pem_private_key(
                pem, password=None, unsafe_skip_rsa_key_validation=True
            )
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ValueError("no PEM private key") from None
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size not in _SIZES:
            raise ValueError("no RSA key of 1024 or 2048 bits")
        if not _consistent(key.private_numbers()):
            raise ValueError("the numbers of the RSA key do not belong together")
        return cls(key)

    def sign(self, algorithm: str, digest: bytes) -> bytes:
        """Return the signature of a digest; the DigestInfo is added here."""
        return self._key.sign(digest, padding.PKCS1v15(), utils.Prehashed(_HASHES[algorithm]))

    def sign_pss(self, algorithm: str, digest: bytes, salt: bytes) -> bytes:
        """Return the PSS signature of a digest, with MGF1 of the same hash and this salt."""
        return self.raw(pss.encode(algorithm, digest, salt, self.modulus.bit_length() - 1))

    def authenticate(self, data: bytes) -> bytes:
        """Return ``00 01 FF ... FF 00 data`` raised to the private exponent.

        ``data`` is whatever the host sends, mostly a DigestInfo; it leaves room for the padding.
        """
        return self._key.sign(data, padding.PKCS1v15(), utils.NoDigestInfo())

    def raw(self, block: bytes) -> bytes:
        """Return a block raised to the private exponent, without regard to any padding.

        The block is as long as the modulus. Raises `WrongCryptogram` when it is not smaller.
        """
        value = int.from_bytes(block)
        if value >= self.modulus:
            raise WrongCryptogram
        return self._power(value).to_bytes(self.size)

    def decipher(self, cryptogram: bytes) -> bytes:
        """Return the message without its padding. Raises `WrongCryptogram`.

        The power is computed here and not by OpenSSL, which answers wrong padding with a random
        message instead of a refusal (implicit rejection); a card refuses. Not constant in time:
        it is a card for tests, and the PIN was verified before.
        """
        block = self.raw(cryptogram)
        start, _, message = block[2:].partition(b"\x00")
        if block[:2] != b"\x00\x02" or len(start) < _LEAST_PADDING:
            raise WrongCryptogram
        if len(start) == self.size - 2:
            raise WrongCryptogram
        return message

    def _power(self, value: int) -> int:
        """Return ``value ** d mod n`` by the Chinese remainder theorem (RFC 8017 5.1.2)."""
        numbers = self._numbers
        by_p = pow(value, numbers.dmp1, numbers.p)
        by_q = pow(value, numbers.dmq1, numbers.q)
        return by_q + numbers.q * ((by_p - by_q) * numbers.iqmp % numbers.p)


def _consistent(numbers: rsa.RSAPrivateNumbers) -> bool:
    p, q, d, public = numbers.p, numbers.q, numbers.d, numbers.public_numbers
    return (
        p > 1
        and q > 1
        and p * q == public.n
        and public.e * d % (p - 1) == 1
        and public.e * d % (q - 1) == 1
        and numbers.dmp1 == d % (p - 1)
        and numbers.dmq1 == d % (q - 1)
        and numbers.iqmp * q % p == 1
    )
