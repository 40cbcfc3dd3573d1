# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the keys of authorities come from, and the files that keep them."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.base.secret import Secret
from caducee.spec import igc

__all__ = ["FreshKeys", "KeyFolder", "KeySource", "KeyStore", "SignedKey"]

_UNLOCKING = "passphrase"

type CaKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class KeySource(Protocol):
    """Gives the key of a new authority."""

    def ca_key(self, name: str) -> rsa.RSAPrivateKey:
        """Return a key for the CA of that common name. May be called from several threads."""


class FreshKeys:
    """Makes a new key for each authority: RSA 4096, as the hierarchy has them, by default."""

    def __init__(self, bits: int = igc.CA_KEY_BITS) -> None:
        self._bits = bits

    def ca_key(self, name: str) -> rsa.RSAPrivateKey:
        """Return a new key; at 4096 bits this takes from a tenth of a second to some seconds."""
        return rsa.generate_private_key(igc.CA_PUBLIC_EXPONENT, self._bits)


@dataclass(frozen=True, slots=True)
class SignedKey:
    """The private key of an authority with its certificate."""

    key: CaKey
    """The private key."""

    certificate: x509.Certificate
    """The certificate of its public key."""

    @property
    def key_id(self) -> x509.SubjectKeyIdentifier:
        """The subject key identifier of the certificate."""
        found = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return found.value


class KeyStore(Protocol):
    """Keeps authorities: each a key with its certificate, by the stem of its file name."""

    def load(self, stem: str) -> SignedKey | None:
        """Return an authority, or none when it was not made yet."""

    def save(self, stem: str, signed: SignedKey) -> None:
        """Keep an authority, whole or not at all."""

    def locked(self) -> AbstractContextManager[None]:
        """Let one process at a time make authorities."""


class KeyFolder:
    """Keeps each authority in one PEM file: certificate, then PKCS#8 key under a passphrase.

    One file for both, written whole or not at all, so that key and certificate always belong
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
            reason = error.strerror or str(error)
            raise StateError("authority.key_unreadable", path=str(path), reason=reason) from error
        passphrase = self._passphrase()
        if passphrase is None:
            missing = str(self._folder / _UNLOCKING)
            raise StateError("authority.key_unreadable", path=missing, reason="file missing")
        try:
            certificate = x509.load_pem_x509_certificate(text)
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
        return SignedKey(key, certificate)

    def save(self, stem: str, signed: SignedKey) -> None:
        """Keep an authority. Raises `StateError` when the disk refuses."""
        passphrase = self._passphrase() or self._new_passphrase()
        encryption = BestAvailableEncryption(passphrase.reveal())
        key = signed.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        write_atomic(self._path(stem), signed.certificate.public_bytes(Encoding.PEM) + key)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time make authorities in this folder."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StateError(
                "base.file_unwritable", path=str(self._folder), reason=reason
            ) from error
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
            path, reason = self._folder / _UNLOCKING, error.strerror or str(error)
            raise StateError("authority.key_unreadable", path=str(path), reason=reason) from error

    def _new_passphrase(self) -> Secret:
        write_atomic(self._folder / _UNLOCKING, secrets.token_hex(32).encode() + b"\n")
        return Secret((self._folder / _UNLOCKING).read_bytes().strip())
