# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates of authorities compared with fingerprints that were published, before they count."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from caducee.base.errors import TrustError
from caducee.spec.igc_published import PublishedAuthority, published
from caducee.trust.loading import MAX_FILE, load_certificates
from caducee.trust.names import UNREADABLE

__all__ = ["ComparedAuthority", "compare", "name_of", "read_authorities"]


@dataclass(frozen=True, slots=True)
class ComparedAuthority:
    """A certificate whose fingerprint is the published one."""

    certificate: x509.Certificate
    name: str
    """Common name, else the whole subject."""

    sha256: str
    """In capital hexadecimal digits."""

    by: str
    """What was compared: ``SHA-256``, or ``SHA-1`` where no other fingerprint was published."""

    root: bool
    """Whether it signs itself: a trust anchor."""

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(Encoding.DER)


def compare(
    certificate: x509.Certificate,
    own: Collection[str] = (),
    known: Collection[PublishedAuthority] | None = None,
) -> ComparedAuthority:
    """Compare a certificate with the fingerprints of IGC-Santé.

    ``own``: further SHA-256 fingerprints, in capital hexadecimal digits; ``known``: in place of
    what is published (tests). Raises `TrustError`: ``trust.fingerprint_differs`` when an authority
    of that name has another one, ``trust.fingerprint_unknown`` when none was published.
    """
    sha256, sha1 = (
        certificate.fingerprint(kind).hex().upper()
        for kind in (hashes.SHA256(), hashes.SHA1())  # noqa: S303 (some have no other)
    )
    name, itself = name_of(certificate), certificate.subject == certificate.issuer
    if sha256 in own:
        return ComparedAuthority(certificate, name, sha256, "SHA-256", itself)
    found = next((item for item in known or published() if item.name == name), None)
    if found is None:
        raise TrustError("trust.fingerprint_unknown", name=name, sha256=sha256)
    if found.sha1 != sha1 or (found.sha256 or sha256) != sha256:
        raise TrustError("trust.fingerprint_differs", name=name, sha256=sha256)
    by = "SHA-256" if found.sha256 else "SHA-1"
    return ComparedAuthority(certificate, name, sha256, by, found.root)


def name_of(certificate: x509.Certificate) -> str:
    """Return the common name of a certificate, else its whole subject."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def read_authorities(file: Path) -> list[x509.Certificate]:
    """Read a file of certificates: PEM, DER, or the chain in PKCS#7 (``.p7b``) of the ANS.

    Raises `TrustError` (``trust.certificate_*``).
    """
    with file.open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise TrustError("trust.certificate_too_large", size=len(data), most=MAX_FILE)
    loads = pkcs7.load_der_pkcs7_certificates
    if data.startswith(b"-----BEGIN PKCS7"):
        loads = pkcs7.load_pem_pkcs7_certificates
    try:
        return loads(data)
    except UNREADABLE:
        return load_certificates(data)
