# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names as validation compares them: distinguished names and general names (RFC 5280 4.2.1.6)."""

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from caducee.base.errors import FormatError
from caducee.codec.stringprep import comparable, transcoded
from caducee.codec.tlv import Tlv
from caducee.spec.tags import Universal

__all__ = [
    "UNREADABLE",
    "Directory",
    "GeneralName",
    "directory",
    "general",
    "normal",
    "read_name",
    "relative",
    "same_name",
    "subject_names",
    "text",
]

UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    NotImplementedError,
    UnsupportedAlgorithm,
    x509.AttributeNotFound,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UserWarning,
)
"""What ``cryptography`` raises on odd certificates (warnings, where they count as errors)."""

type Directory = tuple[frozenset[tuple[str, str]], ...]
"""A distinguished name: for each RDN its attributes, in a form that compares as RFC 5280 7.1."""

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

type GeneralName = tuple[str, Directory | str | Network | Address | bytes]
"""A form (``directory``, ``mail``, ``dns``, ``uri``, ``ip``, or ``other`` with its OID) and the
name in it."""


def same_name(data: bytes, other: bytes) -> bool:
    """Tell whether two encoded names are the same (RFC 5280 7.1).

    Case, white space and the kind of string do not count.
    """
    return data == other or normal(data) == normal(other)


def read_name(name: bytes) -> x509.Name:
    """Read an encoded name, also one with T61String as IGC-CPS2ter wrote it: in Latin-1.

    ``cryptography`` takes a T61String for UTF-8, and no other. Raises one of `UNREADABLE` or
    `FormatError`.
    """
    try:
        return x509.Name.from_bytes(name)
    except UNREADABLE:
        if _T61 not in name:
            raise
    return x509.Name.from_bytes(_in_utf8(name))


def _in_utf8(name: bytes) -> bytes:
    """Return a name with each T61String as UTF8String."""
    rdns = []
    for rdn in Tlv.from_bytes(name).children():
        pairs = (child.children() for child in rdn.children())
        made = (Tlv.build(Universal.SEQUENCE, kind, _utf8(value)) for kind, value in pairs)
        rdns.append(Tlv.build(Universal.SET, *made))
    return Tlv.build(Universal.SEQUENCE, *rdns).to_bytes()


def _utf8(value: Tlv) -> Tlv:
    if value.tag != Universal.T61_STRING:
        return value
    return Tlv(Universal.UTF8_STRING, (transcoded(value.tag, value.value) or "").encode())


_T61: Final = bytes((Universal.T61_STRING,))


@lru_cache(maxsize=512)
def normal(name: bytes) -> Directory | bytes:
    """Return an encoded name in the form that is compared; as it is if it cannot be read."""
    try:
        return directory(read_name(name))
    except (FormatError, *UNREADABLE):
        return name


def directory(name: x509.Name) -> Directory:
    """Return a name in the form that is compared."""
    return tuple(_attributes(rdn) for rdn in name.rdns)


def _attributes(rdn: x509.RelativeDistinguishedName) -> frozenset[tuple[str, str]]:
    return frozenset((item.oid.dotted_string, _folded(item.value)) for item in rdn)


def _folded(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return f"\x00{value.hex()}"  # no text is compared in this form
    return comparable(value)


def general(name: x509.GeneralName) -> GeneralName:
    """Return a general name in the form that is compared; forms not compared become ``other``."""
    if isinstance(name, x509.DirectoryName):
        return "directory", directory(name.value)
    if isinstance(name, x509.OtherName):
        return f"other {name.type_id.dotted_string}", name.value
    if isinstance(name, x509.IPAddress):
        return "ip", name.value
    form = _TEXT_FORMS.get(type(name))
    if form is None:
        return "other", name.value.dotted_string
    return form, name.value


_TEXT_FORMS: Final[dict[type[x509.GeneralName], str]] = {
    x509.RFC822Name: "mail",
    x509.DNSName: "dns",
    x509.UniformResourceIdentifier: "uri",
}


def relative(base: Directory, rdn: x509.RelativeDistinguishedName) -> Directory:
    """Return the name that an RDN makes below another (nameRelativeToCRLIssuer)."""
    return (*base, _attributes(rdn))


def text(name: GeneralName) -> str:
    """Write a general name for a person."""
    form, value = name
    if isinstance(value, tuple):
        return ",".join("+".join(sorted(item for _, item in rdn)) for rdn in value)[:256]
    return f"{form.removeprefix('other ')}:{value!s}"[:256]


def subject_names(certificate: x509.Certificate, encoded: bytes) -> Iterator[GeneralName]:
    """Yield every name that a certificate gives its holder: the subject, the alternative names.

    ``encoded`` is the subject, DER.

    The mail address in a subject counts without an alternative name (RFC 5280 4.2.1.10).
    Raises one of `UNREADABLE` or `FormatError`.
    """
    subject = read_name(encoded)
    if subject.rdns:
        yield "directory", directory(subject)
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        for item in subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS):
            yield "mail", str(item.value)
        return
    for name in found.value:
        yield general(name)
