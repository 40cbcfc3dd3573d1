# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Detached signatures by CMS (RFC 5652), without signed attributes: made, and checked."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from caducee.authority.keys import SignedKey
from caducee.base.errors import FormatError, StateError
from caducee.codec.tlv import Tlv, parse_all

__all__ = ["sign", "signer"]

_OPTIONS = (
    pkcs7.PKCS7Options.DetachedSignature,
    pkcs7.PKCS7Options.Binary,
    pkcs7.PKCS7Options.NoAttributes,
)
_SEQUENCE, _SET, _OCTETS, _CONTENT = 0x30, 0x31, 0x04, 0xA0


def sign(data: bytes, by: SignedKey) -> bytes:
    """Return a SignedData (DER) over data, with the certificate of the signer."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    return builder.add_signer(by.certificate, by.key, SHA256()).sign(Encoding.DER, _OPTIONS)


def signer(data: bytes, signature: bytes) -> x509.Certificate:
    """Return whose signature over data this is, after checking it; not yet whether to trust them.

    One signer with an RSA key and SHA-256, as `sign` makes it. Raises `StateError`
    (``ordering.signature_wrong``).
    """
    try:
        certificates = pkcs7.load_der_pkcs7_certificates(signature)
        value = _value(signature)
        key = certificates[0].public_key()
        if len(certificates) != 1 or not isinstance(key, rsa.RSAPublicKey):
            raise StateError("ordering.signature_wrong")
        key.verify(value, data, padding.PKCS1v15(), SHA256())
    except (ValueError, IndexError, FormatError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise StateError("ordering.signature_wrong") from error
    return certificates[0]


def _value(signature: bytes) -> bytes:
    """Return the signature value of the only SignerInfo (RFC 5652 5.3)."""
    content = Tlv.from_bytes(signature).children()
    signed = next(item for item in content if item.tag == _CONTENT).children()[0]
    infos = [child for child in signed.children() if child.tag == _SET][-1]
    (info,) = parse_all(infos.value)
    return [child for child in info.children() if child.tag == _OCTETS][-1].value
