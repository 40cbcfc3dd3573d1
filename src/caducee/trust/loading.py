# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Loading certificates, and the fields of one that stand outside its extensions.

Reading is bounded here, whoever calls: certificates and names beyond a size are never decoded, and
what was read of a large certificate is not kept.
"""

import hashlib
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from mmap import mmap
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning

from caducee.base.errors import ConfigError, FormatError, TrustError
from caducee.codec.ber import read_length
from caducee.codec.tlv import Tlv
from caducee.spec import oids
from caducee.spec.tags import Universal
from caducee.trust.names import UNREADABLE

with warnings.catch_warnings():
    # cryptography 51 warns whenever the name is read. Every signature asks whether its key is of
    # this type: where a program makes warnings errors, each would look wrong.
    warnings.simplefilter("ignore", CryptographyDeprecationWarning)
    from cryptography.hazmat.primitives.asymmetric.dsa import DSAPublicKey

__all__ = [
    "MAX_CERTIFICATE",
    "MAX_NAME",
    "TOO_LARGE",
    "USUAL",
    "CertificateHeading",
    "Certificates",
    "DSAPublicKey",
    "certificates",
    "elements",
    "header",
    "heading",
    "load_certificate",
    "load_certificates",
    "oid_of",
    "read_certificates",
    "remembered",
]

MAX_CERTIFICATE: Final = 32_768
"""Largest certificate that is read, in bytes; those of cards have about 2,300."""

MAX_NAME: Final = 4096
"""Largest subject or issuer name that is decoded, in bytes; those of cards have about 200."""

MAX_FILE: Final = 1 << 20
"""Largest file of certificates that is read, in bytes."""

USUAL: Final = 8192
"""Size up to which what was read of a certificate is remembered."""

TOO_LARGE: Final = frozenset({"trust.certificate_too_large", "trust.name_too_large"})
"""Problems of a certificate that is not read any further."""

_VERSION: Final = 0xA0
"""Tag of the version, which a version 1 certificate leaves out."""


type _Certificate = x509.Certificate | bytes | str | Path
type Certificates = _Certificate | Iterable[_Certificate]
"""Certificates as a program has them: objects, DER, PEM, or the files that hold them."""


def certificates(source: Certificates) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a source, in order.

    An object is taken as it is; bytes are DER or PEM; text is PEM, or the path of a file as a
    ``Path`` is. Raises `TrustError` as `load_certificate` does, and `ConfigError`
    (``verifier.certificates_unreadable``: a file; ``verifier.certificates_kind``: anything else).
    """
    if isinstance(source, x509.Certificate):
        return (source,)
    if isinstance(source, bytes):
        return tuple(load_certificates(source))
    if isinstance(source, str) and "-----BEGIN " in source:
        return tuple(load_certificates(source.encode()))
    if isinstance(source, str | Path):
        return _of_file(Path(source))
    if not isinstance(source, Iterable) or isinstance(source, bytearray | memoryview | dict):
        raise ConfigError("verifier.certificates_kind", kind=type(source).__name__)
    return tuple(found for item in source for found in certificates(item))


def _of_file(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(read_certificates(path))
    except (OSError, ValueError, TrustError) as error:
        text = error.sentence() if isinstance(error, TrustError) else str(error)
        reason = getattr(error, "strerror", None) or text
        raise ConfigError(
            "verifier.certificates_unreadable", path=str(path), reason=reason
        ) from None


def load_certificate(data: bytes) -> x509.Certificate:
    """Load a certificate, DER.

    Raises `TrustError` (``trust.certificate_too_large``, ``trust.certificate_unreadable``,
    ``trust.key_parameters_inherited``: a DSA key that leaves its parameters to its issuer).
    """
    if len(data) > MAX_CERTIFICATE:
        raise TrustError("trust.certificate_too_large", size=len(data), most=MAX_CERTIFICATE)
    try:
        return x509.load_der_x509_certificate(bytes(data))
    except UNREADABLE:
        code = "key_parameters_inherited" if _inherits(bytes(data)) else "certificate_unreadable"
        raise TrustError(f"trust.{code}") from None


def load_certificates(data: bytes) -> list[x509.Certificate]:
    """Load the content of a file: one certificate, DER, or any number of them, PEM.

    Raises `TrustError` as `load_certificate` does, also when the content is larger than a
    megabyte.
    """
    if b"-----BEGIN " not in data:
        return [load_certificate(data)]
    if len(data) > MAX_FILE:
        raise TrustError("trust.certificate_too_large", size=len(data), most=MAX_FILE)
    try:
        found = x509.load_pem_x509_certificates(data)
    except UNREADABLE:
        raise TrustError("trust.certificate_unreadable") from None
    for item in found:
        size = len(item.public_bytes(Encoding.DER))
        if size > MAX_CERTIFICATE:
            raise TrustError("trust.certificate_too_large", size=size, most=MAX_CERTIFICATE)
    return found


def read_certificates(file: Path) -> list[x509.Certificate]:
    """Read a file as `load_certificates` does, and no more of it than is needed to refuse it."""
    with file.open("rb") as stream:
        return load_certificates(stream.read(MAX_FILE + 1))


def _inherits(data: bytes) -> bool:
    """Tell whether a certificate is unreadable because its DSA key has no parameters.

    RFC 3279 2.3.2 lets a key take those of its issuer's; ``cryptography`` does not.
    """
    try:
        fields = Tlv.from_bytes(data).children()[0].children()
        key = fields[6 if fields[0].tag == _VERSION else 5]
        algorithm = key.children()[0].children()
        return [oid_of(item) for item in algorithm] == [oids.DSA]
    except (FormatError, ValueError, IndexError):
        return False


def oid_of(tlv: Tlv) -> str:
    """Return an OBJECT IDENTIFIER in dotted form. Raises ``ValueError``."""
    if tlv.tag != Universal.OBJECT_IDENTIFIER or not tlv.value or tlv.value[-1] & 0x80:
        raise ValueError("no object identifier")
    numbers = [0]
    for byte in tlv.value:
        numbers[-1] = numbers[-1] << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(0)
    head = min(numbers[0] // 40, 2)
    return ".".join(map(str, (head, numbers[0] - 40 * head, *numbers[1:-1])))


class _Sized(Protocol):
    @property
    def size(self) -> int:
        """Size of the certificate that was read, in bytes."""


class _LargeError(Exception):
    """Carries what was read of a large certificate past the cache, which keeps no errors."""

    def __init__(self, found: object) -> None:
        super().__init__()
        self.found = found


type _Reader[T: _Sized] = Callable[[x509.Certificate], T]


def remembered[T: _Sized](most: int) -> Callable[[_Reader[T]], _Reader[T]]:
    """Remember what a function reads of the last certificates, except of large ones.

    Decoded, a certificate takes a hundred times its size: a cache of hostile ones would fill the
    memory.
    """

    def decorate(reader: _Reader[T]) -> _Reader[T]:
        @lru_cache(maxsize=most)
        def usual(certificate: x509.Certificate) -> T:
            found = reader(certificate)
            if found.size > USUAL:
                raise _LargeError(found)
            return found

        @wraps(reader)
        def read(certificate: x509.Certificate) -> T:
            try:
                return usual(certificate)
            except _LargeError as large:
                return large.found  # type: ignore[return-value]

        return read

    return decorate


@dataclass(frozen=True, slots=True)
class CertificateHeading:
    """The fields of a certificate that stand outside its extensions, as they are encoded."""

    size: int
    """Size of the part that is signed and of the signature, in bytes."""

    serial: bytes = field(repr=False)
    """Content of the INTEGER."""

    issuer: bytes = field(repr=False)
    """Name, DER. In place of one that is too large stands its SHA-256, not a name, and
    compares as the name itself does."""

    subject: bytes = field(repr=False)
    spki: bytes = field(repr=False)
    problem: str | None
    """One of `TOO_LARGE`, or ``None``."""


@remembered(512)
def heading(certificate: x509.Certificate) -> CertificateHeading:
    """Read the fields outside the extensions. Never raises, and decodes no name."""
    tbs = certificate.tbs_certificate_bytes
    parts = _fields(tbs)
    serial, issuer, subject, spki = (tbs[parts[place]] for place in (0, 2, 4, 5))
    size = len(tbs) + len(certificate.signature)
    problem = None
    if size > MAX_CERTIFICATE:
        problem = "trust.certificate_too_large"
    elif max(len(issuer), len(subject)) > MAX_NAME:
        problem = "trust.name_too_large"
    content = serial[header(serial, 0)[0] :]
    return CertificateHeading(size, content, _bounded(issuer), _bounded(subject), spki, problem)


def _bounded(name: bytes) -> bytes:
    return name if len(name) <= MAX_NAME else hashlib.sha256(name).digest()


def elements(sequence: bytes) -> list[slice]:
    """Return where the elements of a DER SEQUENCE stand, once ``cryptography`` has read it."""
    found = []
    place = header(sequence, 0)[0]
    while place < len(sequence):
        start, size = header(sequence, place)
        found.append(slice(place, start + size))
        place = start + size
    return found


def _fields(tbs: bytes) -> list[slice]:
    """Return where serial, algorithm, issuer, validity, subject, key... of a tbs part stand."""
    parts = elements(tbs)
    return parts[1:] if tbs[parts[0].start] == _VERSION else parts


def header(data: bytes | mmap, place: int) -> tuple[int, int]:
    """Return where the value of the element at ``place`` starts, and its size."""
    size, start = read_length(data, place + 1)
    return start, size
