# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys of authorities and OCSP responders in a PKCS#11 token: made and used there.

It needs the package ``python-pkcs11`` and the module of the token (an HSM, SoftHSM).
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.asymmetric import padding as paddings

from caducee.authority.keys import KeyFolder, KeyKind, SignedKey
from caducee.base.closing import Closing
from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.base.keys import NonExportableKey
from caducee.base.secret import Secret
from caducee.codec.tlv import Tlv

__all__ = ["TokenEcKey", "TokenKeys", "TokenRsaKey"]

type TokenKey = TokenRsaKey | TokenEcKey

_CURVES = {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1()}


class TokenKeys(Closing):
    """The keys of authorities in one token, and their certificates in a folder.

    It is the source and the store of an `Authority`: ``Authority(folder, records, clock,
    keys=token, store=token)``. The label of a key is its name (`CaFacts.key_name`). Several
    threads may use it. A process logs in to a token once: it has one such object for it, until
    `close`. Raises `StateError` (``authority.token_*``).
    """

    def __init__(
        self,
        module: Path,
        token: str,
        pin: Secret,
        folder: Path,
        *,
        kind: KeyKind = KeyKind.RSA_4096,
    ) -> None:
        """Open the token of that label.

        ``module`` is the PKCS#11 library, ``folder`` where the certificates are kept, ``kind``
        what new keys are.
        """
        self._folder = folder
        self._kind = kind
        self._token = token
        self._lock = threading.Lock()
        with self._explained():
            self._session = _opened(module, token, pin)

    def close(self) -> None:
        """Close the token; its keys can no longer be used."""
        with self._lock, self._explained():
            session, self._session = self._session, None
            if session is not None:
                session.close()

    def ca_key(self, name: str) -> "TokenKey":
        """Make a key in the token for the CA of that name."""
        with self._lock, self._explained():
            return self._key(self._pair(name, self._kind))

    def responder_key(self, stem: str, kind: KeyKind) -> "TokenKey":
        """Make a key in the token; of those made for ``stem`` before, the one in use stays."""
        used = self._certificates(stem)
        with self._lock, self._explained():
            self._destroy(stem, used[0].public_key() if used else None)
            return self._key(self._pair(stem, kind))

    def _destroy(self, label: str, but: object) -> None:
        """Remove the keys of a label from the token, except the one of that public key."""
        from pkcs11 import Attribute, ObjectClass

        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: label}
        for handle in list(self._session.get_objects(wanted)):
            if self._key(handle).public_key() != but:
                for part in list(self._session.get_objects({Attribute.ID: handle[Attribute.ID]})):
                    part.destroy()

    def _pair(self, label: str, kind: KeyKind) -> Any:  # noqa: ANN401 (of a package without types)
        """Make a pair of keys, and return the private one."""
        from pkcs11 import Attribute, KeyType, MechanismFlag
        from pkcs11.util.ec import encode_named_curve_parameters

        options: dict[str, Any] = {
            "id": secrets.token_bytes(16),
            "store": True,
            "label": label,
            "capabilities": MechanismFlag.SIGN | MechanismFlag.VERIFY,
            "private_template": {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        }
        curve = kind.curve
        if curve is None:
            return self._session.generate_keypair(KeyType.RSA, kind.bits, **options)[1]
        named = {Attribute.EC_PARAMS: encode_named_curve_parameters(curve.name)}
        parameters = self._session.create_domain_parameters(KeyType.EC, named, local=True)
        return parameters.generate_keypair(**options)[1]

    def load(self, stem: str) -> SignedKey | None:
        """Return the authority of that file name, or none when it was not made yet."""
        found = self._certificates(stem)
        return SignedKey(self._find(found[0]), found[0], tuple(found[1:])) if found else None

    def _certificates(self, stem: str) -> list[x509.Certificate]:
        path = self._folder / f"{stem}.pem"
        try:
            return x509.load_pem_x509_certificates(path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise StateError(
                "authority.key_unreadable", path=str(path), reason=str(error)
            ) from error

    def save(self, stem: str, signed: SignedKey) -> None:
        """Keep the certificates of an authority; its key is in the token already."""
        write_atomic(self._folder / f"{stem}.pem", signed.certificates_pem())

    def locked(self) -> AbstractContextManager[None]:
        """Let one process at a time make authorities in this folder."""
        return KeyFolder(self._folder).locked()

    def sign(self, private: Any, data: bytes, mechanism: Any) -> bytes:  # noqa: ANN401
        """Sign with a key of the token; for `TokenRsaKey`."""
        with self._lock, self._explained():
            return bytes(private.sign(data, mechanism=mechanism))

    def _find(self, certificate: x509.Certificate) -> "TokenKey":
        """Return the key of a certificate; labels do not tell, since a kill leaves keys alone."""
        from pkcs11 import Attribute, ObjectClass

        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        with self._lock, self._explained():
            for handle in list(self._session.get_objects(wanted)):
                key = self._key(handle)
                if key.public_key() == certificate.public_key():
                    return key
        name = str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
        raise StateError("authority.token_key_missing", name=name, token=self._token)

    def _key(self, private: Any) -> "TokenKey":  # noqa: ANN401 (of a package without types)
        from pkcs11 import Attribute, KeyType, ObjectClass

        if private.key_type is not KeyType.EC:
            modulus = int.from_bytes(private[Attribute.MODULUS])
            exponent = int.from_bytes(private[Attribute.PUBLIC_EXPONENT])
            numbers = rsa.RSAPublicNumbers(exponent, modulus)
            return TokenRsaKey(self, private, numbers.public_key())
        # A private key on a curve does not tell its public one, which has the same id.
        same = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: private[Attribute.ID]}
        (public,) = self._session.get_objects(same)
        point = Tlv.from_bytes(bytes(public[Attribute.EC_POINT])).value
        curve = _curve(bytes(public[Attribute.EC_PARAMS]))
        known = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
        return TokenEcKey(self, private, known)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        import pkcs11

        try:
            yield
        except (
            pkcs11.PKCS11Error,
            pkcs11.NoSuchToken,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:
            reason = str(error) or type(error).__name__
            raise StateError("authority.token_failed", token=self._token, reason=reason) from error


def _opened(module: Path, token: str, pin: Secret) -> Any:  # noqa: ANN401
    import pkcs11

    found = pkcs11.lib(str(module)).get_token(token_label=token)
    return found.open(rw=True, user_pin=pin.reveal().decode())


def _curve(parameters: bytes) -> ec.EllipticCurve:
    from pkcs11.util.ec import encode_named_curve_parameters

    for name, curve in _CURVES.items():
        if encode_named_curve_parameters(name) == parameters:
            return curve
    raise ValueError("a key on another curve than P-256 and P-384")


class _TokenKey[P: (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)](NonExportableKey):
    """What both kinds of key in a token have in common."""

    def __init__(self, token: TokenKeys, private: Any, public: P) -> None:  # noqa: ANN401
        self._token = token
        self._private = private
        self._public: P = public

    @property
    def key_size(self) -> int:
        """The length in bits of the modulus, or of the curve's order."""
        return self._public.key_size

    def public_key(self) -> P:
        """Return the public key."""
        return self._public


class TokenRsaKey(_TokenKey[rsa.RSAPublicKey], rsa.RSAPrivateKey):
    """A key in a token, where a private key of ``cryptography`` is expected."""

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


class TokenEcKey(_TokenKey[ec.EllipticCurvePublicKey], ec.EllipticCurvePrivateKey):
    """A key on a curve in a token, where a private key of ``cryptography`` is expected."""

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve."""
        return self._public.curve

    def sign(
        self,
        data: bytes | bytearray | memoryview,
        signature_algorithm: ec.EllipticCurveSignatureAlgorithm,
    ) -> bytes:
        """Sign data by ECDSA; the token is given the hash, which every token can sign.

        Raises `StateError` (``authority.token_failed``).
        """
        from pkcs11 import Mechanism

        how = signature_algorithm.algorithm
        if isinstance(how, utils.Prehashed):
            raise TypeError("keys of authorities sign data, not hashes")
        digest = hashes.Hash(how)
        digest.update(bytes(data))
        both = self._token.sign(self._private, digest.finalize(), Mechanism.ECDSA)
        half = len(both) // 2
        return utils.encode_dss_signature(int.from_bytes(both[:half]), int.from_bytes(both[half:]))

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        """Refuse: keys of authorities only sign."""
        raise TypeError("keys of authorities only sign")
