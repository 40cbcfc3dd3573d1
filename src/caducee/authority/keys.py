# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the keys of authorities come from, and the files that keep them."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from caducee.base.errors import StateError
from caducee.base.files import unwritable, write_atomic
from caducee.base.secret import Secret
from caducee.spec import igc

__all__ = [
    "CaKey",
    "FreshKeys",
    "KeyFolder",
    "KeyKind",
    "KeySource",
    "KeyStore",
    "PublicKey",
    "SignedKey",
    "signing_hash",
]

_UNLOCKING = "passphrase"

type CaKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

type PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@unique
class KeyKind(StrEnum):
    """Kinds of keys of authorities and of certificates in software."""

    RSA_2048 = "rsa-2048"
    """Every end-entity certificate that was seen."""

    RSA_4096 = "rsa-4096"
    """Every authority that was seen."""

    EC_P256 = "ec-p256"
    """Ours: no certificate of the hierarchy with an elliptic curve was seen."""

    EC_P384 = "ec-p384"
    """Ours, as P-256."""

    @property
    def curve(self) -> ec.EllipticCurve | None:
        """The curve; none for RSA."""
        return {"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1()}.get(self.value)

    @classmethod
    def of_responder(cls, issuer: CaKey) -> "KeyKind":
        """Return what a responder's key is: who reads the authority's certificates reads its."""
        if isinstance(issuer, ec.EllipticCurvePrivateKey):
            return cls.EC_P384 if issuer.curve.key_size > 256 else cls.EC_P256
        return cls(f"rsa-{igc.OCSP_KEY_BITS}")

    @property
    def bits(self) -> int:
        """Length of the modulus or of the curve's order."""
        return int(self.value.rpartition("-")[2].lstrip("p"))

    def make(self) -> CaKey:
        """Return a new key; RSA 4096 takes from a tenth of a second to some seconds."""
        curve = self.curve
        if curve is not None:
            return ec.generate_private_key(curve)
        return rsa.generate_private_key(igc.CA_PUBLIC_EXPONENT, self.bits)


def signing_hash(key: CaKey | PublicKey) -> hashes.SHA256 | hashes.SHA384:
    """Return the hash that a key signs with: SHA-256, and SHA-384 on a curve beyond 256 bits."""
    elliptic = isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey)
    return hashes.SHA384() if elliptic and key.key_size > 256 else hashes.SHA256()


class KeySource(Protocol):
    """Gives the key of a new authority."""

    def ca_key(self, name: str) -> CaKey:
        """Return a key for the CA of that name (`CaFacts.key_name`).

        May be called from several threads.
        """


class FreshKeys:
    """Makes a new key for each authority: RSA 4096, as the hierarchy has them, by default."""

    def __init__(self, kind: KeyKind = KeyKind.RSA_4096) -> None:
        self._kind = kind

    def ca_key(self, name: str) -> CaKey:
        """Return a new key."""
        return self._kind.make()


@dataclass(frozen=True, slots=True)
class SignedKey:
    """The private key of an authority with its certificate."""

    key: CaKey
    """The private key."""

    certificate: x509.Certificate
    """The certificate of its public key."""

    links: tuple[x509.Certificate, ...] = ()
    """Of a renewed key: the old key certified with the new one, and the new with the old one."""

    @property
    def key_id(self) -> x509.SubjectKeyIdentifier:
        """The subject key identifier of the certificate."""
        found = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return found.value

    def certificates_pem(self) -> bytes:
        """Return its certificate and its links, PEM."""
        return b"".join(item.public_bytes(Encoding.PEM) for item in (self.certificate, *self.links))


class KeyStore(Protocol):
    """Keeps authorities: each a key with its certificate, by the stem of its file name."""

    def load(self, stem: str) -> SignedKey | None:
        """Return an authority, or none when it was not made yet."""

    def save(self, stem: str, signed: SignedKey) -> None:
        """Keep an authority, whole or not at all."""

    def responder_key(self, stem: str, kind: KeyKind) -> CaKey:
        """Return a new key for the OCSP responder kept as ``stem``; `save` follows.

        The key of the responder that is kept now stays usable until the next call.
        """

    def locked(self) -> AbstractContextManager[None]:
        """Let one process at a time make authorities."""


class KeyFolder:
    """Keeps each authority in one PEM file: certificates, then PKCS#8 key under a passphrase.

    One file for all, written whole or not at all, so that key and certificate always belong
    together. Without a given passphrase the folder makes one, in the file ``passphrase`` (0600).
    Unusable files raise `StateError` (``authority.key_*``).
    """

    def __init__(self, folder: Path, passphrase: Secret | None = None) -> None:
        self._folder = folder
        self._given = passphrase

    def load(self, stem: str) -> SignedKey | None:
        """Return the authority of that file name, or none when it was not made yet."""
        path = self._path(stem)
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateError("authority.key_unreadable", path=str(path), reason=error) from error
        passphrase = self._passphrase()
        if passphrase is None:
            missing = str(self._folder / _UNLOCKING)
            raise StateError("authority.key_unreadable", path=missing, reason="file missing")
        try:
            certificate, *links = x509.load_pem_x509_certificates(text)
            # The checks of a 4096-bit key take a quarter of a second; the file is ours, and
            # comparing it with the certificate finds a mixed-up one.
            key = load_pem_private_key(
                text, passphrase.reveal(), unsafe_skip_rsa_key_validation=True
            )
        except (ValueError, TypeError) as error:
            reason = str(error).partition("(")[0].strip()
            raise StateError("authority.key_unreadable", path=str(path), reason=reason) from error
        if (
            not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
            or key.public_key() != certificate.public_key()
        ):
            raise StateError("authority.key_mismatch", path=str(path))
        return SignedKey(key, certificate, tuple(links))

    def save(self, stem: str, signed: SignedKey) -> None:
        """Keep an authority. Raises `StateError` when the disk refuses."""
        passphrase = self._passphrase() or self._new_passphrase()
        encryption = BestAvailableEncryption(passphrase.reveal())
        key = signed.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        write_atomic(self._path(stem), signed.certificates_pem() + key)

    def responder_key(self, stem: str, kind: KeyKind) -> CaKey:
        """Return a new key."""
        return kind.make()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time make authorities in this folder."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _path(self, stem: str) -> Path:
        return self._folder / f"{stem}.pem"

    def _passphrase(self) -> Secret | None:
        if self._given is not None:
            return self._given
        try:
            return Secret((self._folder / _UNLOCKING).read_bytes().strip())
        except FileNotFoundError:
            return None
        except OSError as error:
            path = str(self._folder / _UNLOCKING)
            raise StateError("authority.key_unreadable", path=path, reason=error) from error

    def _new_passphrase(self) -> Secret:
        write_atomic(self._folder / _UNLOCKING, secrets.token_hex(32).encode() + b"\n")
        return Secret((self._folder / _UNLOCKING).read_bytes().strip())
