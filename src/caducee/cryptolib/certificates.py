# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates as cards store them, and what a driver needs to know from them."""

import hmac

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from caducee.base.errors import CardError, FormatError
from caducee.codec import card_extensions, tlv
from caducee.codec.tlv import Tlv
from caducee.cryptolib.digest_info import hash_object
from caducee.cryptolib.model import Hash
from caducee.spec.tags import Universal

__all__ = [
    "load_certificate",
    "matches",
    "matches_pss",
    "profession_of",
    "public_key_of",
    "repaired",
    "specialties_of",
]

_MAX_KEY = 4096
_UNREADABLE = (
    FormatError,
    IndexError,
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What ``cryptography`` raises for malformed or unsupported certificates."""


def repaired(der: bytes) -> bytes:
    """Return a certificate in which the signature's BIT STRING has no unused bits.

    Some cards store a wrong number there, which OpenSSL refuses since 1.0.1k; the issuer's
    library sets it to 0. The signed part is not touched. Raises `FormatError`.
    """
    items = Tlv.from_bytes(der).children()
    if not items or items[-1].tag != Universal.BIT_STRING or not items[-1].value:
        raise FormatError("codec.tlv_missing", tag=f"{Universal.BIT_STRING:02X}")
    unused = items[-1].value[0]
    if not unused:
        return der
    tail = len(items[-1].value)
    return der[:-tail] + b"\x00" + der[-tail + 1 :]


def load_certificate(content: bytes, use: str) -> x509.Certificate:
    """Load the certificate of a file, repaired, with an RSA key that can be used.

    Raises `CardError` (``cryptolib.certificate_invalid``).
    """
    try:
        whole = tlv.parse_padded(content)[0].to_bytes()
        found = x509.load_der_x509_certificate(repaired(whole))
        key = found.public_key()
    except _UNREADABLE as error:
        raise CardError("cryptolib.certificate_invalid", use=use) from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size > _MAX_KEY:
        raise CardError("cryptolib.certificate_invalid", use=use)
    return found


def public_key_of(certificate: x509.Certificate) -> rsa.RSAPublicKey:
    """Return the RSA key of a certificate loaded here."""
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise CardError("cryptolib.certificate_invalid", use="RSA")
    return key


def profession_of(certificate: x509.Certificate) -> str | None:
    """Return the code of the profession (G15), or of the one in training (G16), if present."""
    code = _value(certificate, card_extensions.PROFESSION)
    return code or _value(certificate, card_extensions.FUTURE_PROFESSION)


def specialties_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the codes of the specialties (R01), in their order."""
    return _value(certificate, card_extensions.SPECIALTIES) or ()


def _value[T](
    certificate: x509.Certificate, extension: card_extensions.CardExtension[T]
) -> T | None:
    """Return what an extension holds; None where it is absent or makes no sense."""
    oid = x509.ObjectIdentifier(extension.oid)
    try:
        value = certificate.extensions.get_extension_for_oid(oid).value
        return extension.read(value.public_bytes(), strict=False)
    except (x509.ExtensionNotFound, *_UNREADABLE):
        return None


def matches(
    certificate: x509.Certificate, signature: bytes, signed: bytes, algorithm: Hash | None
) -> bool:
    """Tell whether a PKCS#1 v1.5 signature belongs to a certificate.

    ``signed`` is a digest by ``algorithm``, or without one the block that was padded.
    """
    key = public_key_of(certificate)
    scheme = padding.PKCS1v15()
    try:
        if algorithm is None:
            found = key.recover_data_from_signature(signature, scheme, None)
            return hmac.compare_digest(found, signed)
        key.verify(signature, signed, scheme, utils.Prehashed(hash_object(algorithm)))
    except (InvalidSignature, ValueError):
        return False
    return True


def matches_pss(certificate: x509.Certificate, signature: bytes, digest: bytes, hash: str) -> bool:
    """Tell whether a PSS signature with a salt as long as the digest belongs to a certificate."""
    algorithm = hash_object(hash)
    scheme = padding.PSS(padding.MGF1(algorithm), padding.PSS.DIGEST_LENGTH)
    try:
        public_key_of(certificate).verify(signature, digest, scheme, utils.Prehashed(algorithm))
    except (InvalidSignature, ValueError):
        return False
    return True
