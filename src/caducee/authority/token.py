# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys of authorities in a PKCS#11 token: made there, used there, never outside.

It needs the package ``python-pkcs11`` and the module of the token (an HSM, SoftHSM).
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as paddings
from cryptography.hazmat.primitives.asymmetric import rsa, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    PrivateFormat,
)

from caducee.authority.keys import KeyFolder, SignedKey
from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.base.secret import Secret
from caducee.spec import igc

__all__ = ["TokenKeys", "TokenPrivateKey"]


class TokenKeys:
    """The keys of authorities in one token, and their certificates in a folder.

    It is the source and the store of an `Authority`: ``Authority(folder, records, clock,
    keys=token, store=token)``. A key has the common name of its authority as label. Several
    threads may use it. A process logs in to a token once: it has one such object for it, until
    `close`. The keys of OCSP responders, which live for days, stay in files. Raises `StateError`
    (``authority.token_*``).
    """

    def __init__(
        self, module: Path, token: str, pin: Secret, folder: Path, *, bits: int = igc.CA_KEY_BITS
    ) -> None:
        """Open the token of that label.

        ``module`` is the PKCS#11 library, ``folder`` where the certificates are kept, ``bits``
        the size of new RSA keys.
        """
        self._folder = folder
        self._bits = bits
        self._token = token
        self._lock = threading.Lock()
        with self._explained():
            self._session = _opened(module, token, pin)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the token; its keys can no longer be used."""
        with self._lock, self._explained():
            session, self._session = self._session, None
            if session is not None:
                session.close()

    def ca_key(self, name: str) -> rsa.RSAPrivateKey:
        """Make a key in the token for the CA of that common name."""
        from pkcs11 import Attribute, KeyType, MechanismFlag

        hidden = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        with self._lock, self._explained():
            _, private = self._session.generate_keypair(
                KeyType.RSA,
                self._bits,
                store=True,
                label=name,
                capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
                private_template=hidden,
            )
            return self._key(private)

    def load(self, stem: str) -> SignedKey | None:
        """Return the authority of that file name, or none when it was not made yet."""
        path = self._folder / f"{stem}.pem"
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StateError(
                "authority.key_unreadable", path=str(path), reason=str(error)
            ) from error
        name = str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
        return SignedKey(self._find(name, certificate), certificate)

    def save(self, stem: str, signed: SignedKey) -> None:
        """Keep the certificate of an authority; its key is in the token already."""
        pem = signed.certificate.public_bytes(Encoding.PEM)
        write_atomic(self._folder / f"{stem}.pem", pem)

    def locked(self) -> AbstractContextManager[None]:
        """Let one process at a time make authorities in this folder."""
        return KeyFolder(self._folder).locked()

    def sign(self, private: Any, data: bytes, mechanism: Any) -> bytes:  # noqa: ANN401
        """Sign with a key of the token; for `TokenPrivateKey`."""
        with self._lock, self._explained():
            return bytes(private.sign(data, mechanism=mechanism))

    def _find(self, name: str, certificate: x509.Certificate) -> rsa.RSAPrivateKey:
        from pkcs11 import Attribute, ObjectClass

        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: name}
        with self._lock, self._explained():
            # A key whose maker was killed has no certificate: the label alone does not tell.
            for one in list(self._session.get_objects(wanted)):
                key = self._key(one)
                if key.public_key() == certificate.public_key():
                    return key
        raise StateError("authority.token_key_missing", name=name, token=self._token)

    def _key(self, private: Any) -> "TokenPrivateKey":  # noqa: ANN401 (of a package without types)
        from pkcs11 import Attribute

        modulus = int.from_bytes(private[Attribute.MODULUS])
        exponent = int.from_bytes(private[Attribute.PUBLIC_EXPONENT])
        return TokenPrivateKey(self, private, rsa.RSAPublicNumbers(exponent, modulus).public_key())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        import pkcs11

        try:
            yield
        except (pkcs11.PKCS11Error, pkcs11.NoSuchToken, OSError, RuntimeError) as error:
            reason = str(error) or type(error).__name__
            raise StateError("authority.token_failed", token=self._token, reason=reason) from error


def _opened(module: Path, token: str, pin: Secret) -> Any:  # noqa: ANN401
    import pkcs11

    found = pkcs11.lib(str(module)).get_token(token_label=token)
    return found.open(rw=True, user_pin=pin.reveal().decode())


class TokenPrivateKey(rsa.RSAPrivateKey):
    """A key in a token, where a private key of ``cryptography`` is expected."""

    def __init__(self, token: TokenKeys, private: Any, public: rsa.RSAPublicKey) -> None:  # noqa: ANN401
        self._token = token
        self._private = private
        self._public = public

    @property
    def key_size(self) -> int:
        """The length of the modulus in bits."""
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """Return the public key."""
        return self._public

    def sign(
        self,
        data: bytes,
        padding: paddings.AsymmetricPadding,
        algorithm: utils.Prehashed | hashes.HashAlgorithm | utils.NoDigestInfo,
    ) -> bytes:
        """Sign data by PKCS#1 v1.5 with SHA-256: what certificates and lists are signed with.

        Raises `StateError` (``authority.token_failed``).
        """
        from pkcs11 import Mechanism

        if not isinstance(padding, paddings.PKCS1v15) or not isinstance(algorithm, hashes.SHA256):
            raise TypeError("keys of authorities sign by PKCS#1 v1.5 with SHA-256")
        return self._token.sign(self._private, bytes(data), Mechanism.SHA256_RSA_PKCS)

    def decrypt(self, ciphertext: bytes, padding: paddings.AsymmetricPadding) -> NoReturn:
        """Refuse: keys of authorities only sign."""
        raise TypeError("keys of authorities only sign")

    def private_numbers(self) -> NoReturn:
        """Refuse: the key stays in its token."""
        raise TypeError("the key stays in its token")

    def private_bytes(
        self,
        encoding: Encoding,
        format: PrivateFormat,
        encryption_algorithm: KeySerializationEncryption,
    ) -> NoReturn:
        """Refuse: the key stays in its token."""
        raise TypeError("the key stays in its token")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self
