# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A small public key infrastructure that tests can bend in any way.

Keys are made once per name and process; nothing here belongs to the twin's hierarchy.

>>> root = authority("ROOT")
>>> leaf = root.authority("ISSUING", path_length=0).issue("LEAF")
>>> leaf.certificate.issuer == name("ISSUING")
True
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from caducee.codec.tlv import Tlv
from caducee.trust.x509 import KEY_USAGES, header

__all__ = [
    "LEAF",
    "NOW",
    "YEAR",
    "Chain",
    "Digest",
    "Extension",
    "Issued",
    "PrivateKey",
    "authority",
    "chain_of_three",
    "crl",
    "issue",
    "key",
    "name",
    "private",
    "resign",
    "sequence",
    "usage",
]

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)

type PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
type Digest = hashes.SHA224 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512
type Extension = tuple[x509.ExtensionType, bool]


@cache
def key(name: str) -> PrivateKey:
    """Return the key of that name; names that begin with ``rsa`` and a size give RSA keys."""
    if name.startswith("rsa"):
        return rsa.generate_private_key(65537, int(name[3:7]))
    return ec.generate_private_key(ec.SECP256R1())


def name(text: str) -> x509.Name:
    """Return a name of a country and a common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def usage(*names: str) -> x509.KeyUsage:
    """Return a keyUsage with these bits."""
    bits = (*KEY_USAGES, "encipher_only", "decipher_only")
    return x509.KeyUsage(**{bit: bit in names for bit in bits})


@dataclass(frozen=True)
class Issued:
    """A certificate with its key, able to issue others."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(Encoding.DER)

    def issue(self, subject: x509.Name | str, **options: object) -> "Issued":
        """Issue a certificate; options as of `issue`."""
        return issue(subject, issuer=self, **options)  # type: ignore[arg-type]

    def authority(self, subject: x509.Name | str, **options: object) -> "Issued":
        """Issue a certificate of an authority; options as of `authority`."""
        return authority(subject, issuer=self, **options)  # type: ignore[arg-type]

    def crl(self, *serials: int, **options: object) -> bytes:
        """Publish a list of these serials; options as of `crl`."""
        return crl(self, serials, **options)  # type: ignore[arg-type]


LEAF: tuple[Extension, ...] = (
    (x509.BasicConstraints(ca=False, path_length=None), False),
    (usage("digital_signature"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
)
"""Extensions of a certificate for client authentication."""


def issue(  # noqa: PLR0913 (everything that a test may want to bend)
    subject: x509.Name | str,
    *,
    issuer: Issued | None = None,
    key_name: str | None = None,
    extensions: Iterable[Extension] = LEAF,
    starts: dt.datetime = NOW - YEAR,
    ends: dt.datetime = NOW + YEAR,
    serial: int | None = None,
    key_ids: bool = True,
    digest: Digest | None = None,
    issuer_name: x509.Name | None = None,
) -> Issued:
    """Issue a certificate; without an issuer it signs itself."""
    subject = name(subject) if isinstance(subject, str) else subject
    own = key(key_name or subject.rfc4514_string())
    signer = issuer.key if issuer else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name or (issuer.certificate.subject if issuer else subject))
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
    )
    if key_ids:
        own_id = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(own_id, False).add_extension(above, False)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return Issued(builder.sign(signer, digest or hashes.SHA256()), own)


def authority(
    subject: x509.Name | str,
    *,
    issuer: Issued | None = None,
    path_length: int | None = None,
    bits: tuple[str, ...] = ("key_cert_sign", "crl_sign"),
    more: Iterable[Extension] = (),
    **options: object,
) -> Issued:
    """Issue a certificate of an authority."""
    extensions: list[Extension] = [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (usage(*bits), True),
        *more,
    ]
    return issue(subject, issuer=issuer, extensions=extensions, **options)  # type: ignore[arg-type]


def crl(  # noqa: PLR0913
    issuer: Issued,
    serials: Iterable[int] = (),
    *,
    number: int | None = 1,
    starts: dt.datetime = NOW - dt.timedelta(hours=1),
    ends: dt.datetime = NOW + dt.timedelta(days=6),
    revoked_at: dt.datetime = NOW - dt.timedelta(days=1),
    more: Iterable[Extension] = (),
    entry: Iterable[Extension] = (),
    key_id: bool = True,
    digest: Digest | None = None,
    signer: PrivateKey | None = None,
) -> bytes:
    """Publish a list, DER."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(starts)
        .next_update(ends)
    )
    if key_id:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(above, False)
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), False)
    for value, critical in more:
        builder = builder.add_extension(value, critical)
    for serial in serials:
        date = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked_at)
        for value, critical in entry:
            date = date.add_extension(value, critical)
        builder = builder.add_revoked_certificate(date.build())
    signed = builder.sign(signer or issuer.key, digest or hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def private(oid: str, value: str) -> Extension:
    """Return an extension of ours, its value in hex."""
    return x509.UnrecognizedExtension(ObjectIdentifier(oid), bytes.fromhex(value)), False


@dataclass(frozen=True)
class Chain:
    """A root, an issuing authority and a leaf."""

    root: Issued
    issuing: Issued
    leaf: Issued


def chain_of_three() -> Chain:
    """Return a chain like that of the twin."""
    root = authority("ROOT")
    issuing = root.authority("ISSUING", path_length=0)
    return Chain(root, issuing, issuing.issue("LEAF"))


def resign(issuer: Issued, tbs: bytes) -> bytes:
    """Sign the body of a certificate or list again after a change, its outer length corrected.

    The issuer's key is one on P-256; the algorithm outside says ECDSA with SHA-256.
    """
    body = sequence(tbs[header(tbs, 0)[0] :])
    if not isinstance(issuer.key, ec.EllipticCurvePrivateKey):
        raise TypeError("a key on P-256 is needed")
    signature = issuer.key.sign(body, ec.ECDSA(hashes.SHA256()))
    algorithm = bytes.fromhex("300A 0608 2A8648CE3D040302")
    return sequence(body + algorithm + Tlv(0x03, b"\x00" + signature).to_bytes())


def sequence(body: bytes) -> bytes:
    """Return a DER SEQUENCE of this content."""
    return Tlv(0x30, body).to_bytes()
