# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which hashes and keys count as safe, and how strictly rules for issuers are taken."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from caducee.trust.loading import DSAPublicKey
from caducee.trust.x509 import UNREADABLE, ParsedCertificate

__all__ = ["CPS2TER", "SAFE", "STRICT", "Strength"]


@dataclass(frozen=True, slots=True)
class Strength:
    """What counts as safe."""

    hashes: frozenset[str] = frozenset({"sha256", "sha384", "sha512"})
    """Hashes of signatures; without SHA-1, which only the CPS2ter generation used."""

    rsa_bits: tuple[int, int] = (2048, 8192)
    """Shortest and longest RSA modulus; longer ones only cost time."""

    curve_bits: int = 256

    dsa_bits: int | None = None
    """Shortest DSA modulus; ``None``: DSA is not taken, as nobody uses it any more."""

    strict: bool = False
    """Whether the rules of RFC 5280 for those who issue are enforced too: on every certificate of
    a chain, anchor included (`trust.conformity`), and on lists (CRLNumber, key identifier)."""

    def weak_hash(self, view: ParsedCertificate) -> str | None:
        """Return the hash of a signature when it is not safe, ``None`` if nothing is wrong."""
        try:
            digest = view.certificate.signature_hash_algorithm
        except UNREADABLE:
            return "?"
        # A scheme without a choice of hash (Ed25519) has none to judge.
        return None if digest is None or digest.name in self.hashes else digest.name

    def weak_key(self, view: ParsedCertificate) -> str | None:
        """Return what is wrong with a key, ``None`` if nothing."""
        try:
            key = view.certificate.public_key()
        except UNREADABLE:
            return "?"
        if isinstance(key, rsa.RSAPublicKey):
            least, most = self.rsa_bits
            return None if least <= key.key_size <= most else f"RSA {key.key_size}"
        if isinstance(key, ec.EllipticCurvePublicKey):
            return None if key.key_size >= self.curve_bits else key.curve.name
        if isinstance(key, DSAPublicKey):
            weak = self.dsa_bits is None or key.key_size < self.dsa_bits
            return f"DSA {key.key_size}" if weak else None
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            return None
        return type(key).__name__


SAFE: Final = Strength()
"""What counts as safe unless said otherwise."""

STRICT: Final = Strength(strict=True)
"""The same, with the rules for those who issue."""

CPS2TER: Final = Strength(hashes=SAFE.hashes | {"sha1"}, rsa_bits=(1024, 8192))
"""What IGC-CPS2ter used until the end of 2020: to read what is kept from then, not for logins."""
