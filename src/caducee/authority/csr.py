# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificate signing requests (PKCS#10, RFC 2986): read, and checked before a key is certified.

A request proves that who asks has the private key. Who they are is not taken from it: the name in a
certificate comes from the directory.
"""

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from caducee.authority.keys import PublicKey
from caducee.base.errors import IssueError
from caducee.spec import igc

__all__ = ["SignedRequest", "read_request"]

_LARGEST = 16_384
_PEM = b"-----BEGIN "
_CURVES = (ec.SECP256R1, ec.SECP384R1)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What is taken from a request that passed every check."""

    public_key: PublicKey
    """The key to certify."""

    email: str | None = None
    """The one address (rfc822Name) that the request asks for."""

    hosts: tuple[str, ...] = ()
    """The host names (dNSName) that it asks for."""


def read_request(data: bytes) -> SignedRequest:
    """Read a request, PEM or DER, and check it.

    Raises `IssueError`: ``authority.csr_unreadable``, ``authority.csr_key`` (neither an RSA key of
    2048 bits with the exponent 65537, as all end-entity certificates have that were seen, nor one
    on P-256 or P-384), ``authority.csr_signature`` (not made with that key, or with a hash
    function other than SHA-2).
    """
    request = _parsed(data)
    key = _key(request)
    try:
        request.public_key()
        algorithm = request.signature_hash_algorithm
        if not isinstance(algorithm, _HASHES) or not request.is_signature_valid:
            raise IssueError("authority.csr_signature")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise IssueError("authority.csr_signature") from error
    names = _alternative_names(request)
    addresses = names.get_values_for_type(x509.RFC822Name) if names else []
    hosts = names.get_values_for_type(x509.DNSName) if names else []
    return SignedRequest(key, addresses[0] if len(addresses) == 1 else None, tuple(hosts))


def _parsed(data: bytes) -> x509.CertificateSigningRequest:
    if len(data) > _LARGEST:
        raise IssueError("authority.csr_unreadable")
    try:
        if _PEM in data:
            return x509.load_pem_x509_csr(data)
        return x509.load_der_x509_csr(data)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise IssueError("authority.csr_unreadable") from error


def _key(request: x509.CertificateSigningRequest) -> PublicKey:
    try:
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise IssueError("authority.csr_key", bits=igc.ENTITY_KEY_BITS) from error
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    if (
        isinstance(key, rsa.RSAPublicKey)
        and key.key_size == igc.ENTITY_KEY_BITS
        and key.public_numbers().e == igc.CA_PUBLIC_EXPONENT
    ):
        return key
    raise IssueError("authority.csr_key", bits=igc.ENTITY_KEY_BITS)


def _alternative_names(
    request: x509.CertificateSigningRequest,
) -> x509.SubjectAlternativeName | None:
    try:
        found = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return None
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise IssueError("authority.csr_unreadable") from error
    return found.value
