# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a certificate of a card to what it says of its holder."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique
from typing import Final, Self

from cryptography import x509

from caducee.base.errors import FormatError, TrustError
from caducee.codec import card_extensions
from caducee.codec.ber import read_text
from caducee.codec.card_extensions import CardExtension
from caducee.spec import oids
from caducee.spec.nomenclatures import CardFamily, ProductCategory, StructureIdType
from caducee.spec.tags import Universal
from caducee.trust.loading import MAX_CERTIFICATE, heading, load_certificate
from caducee.trust.names import read_name
from caducee.trust.x509 import UNREADABLE, values_of, view

__all__ = ["CardCertificate", "CertificateUse", "PrivateExtension", "StructureInName"]


@unique
class CertificateUse(StrEnum):
    """What the key of a certificate is for."""

    AUTHENTICATION = "authentication"
    """keyUsage digitalSignature, extended usage clientAuth."""

    SIGNATURE = "signature"
    """keyUsage nonRepudiation, extended usage emailProtection."""

    OTHER = "other"


@dataclass(frozen=True, slots=True)
class StructureInName:
    """The structure that a CPE or CPA names in its subject."""

    idnat: str | None
    """Struct_IdNat (attribute OU), e.g. ``10B0057881``."""

    name: str | None
    """Name of the structure (attribute O)."""

    department: str | None
    """Department (attribute ST), e.g. ``Paris (75)``."""


@dataclass(frozen=True, slots=True)
class PrivateExtension:
    """An extension that this module does not read, kept as it is."""

    oid: str
    critical: bool
    value: bytes
    """Content of extnValue, DER."""


@dataclass(frozen=True, slots=True)
class CardCertificate:
    """What a certificate of a card of the CPS family says. Read, not verified."""

    certificate: x509.Certificate
    ps_idnat: str
    """Attribute CN, e.g. ``899700218896`` or ``30B0057881/CPET0002``."""

    family: CardFamily | int
    """CPS, CPF, CPE or CPA; a code nobody knows yet stays a number."""

    category: ProductCategory | int
    """Real or test card; a code nobody knows yet stays a number."""

    card_id: str
    """Issuer and serial of the card, e.g. ``8025000001/2800636234``."""

    use: CertificateUse
    surname: str | None
    given_name: str | None
    title: str | None
    """Label of the profession, or a general one on a CPE (attribute T)."""

    structure: StructureInName | None
    """Only on CPE and CPA."""

    professions: tuple[str, ...]
    """Codes of table G15, two digits, e.g. ``("10",)``; empty on a CPE."""

    future_professions: tuple[str, ...]
    """Codes of table G16; only on a CPF."""

    specialties: tuple[str, ...]
    """Codes of table R01, e.g. ``("SM26",)``."""

    upn: str | None
    """Name for Windows logon, e.g. ``8.99700041983@carte-cps.fr``."""

    unknown_extensions: tuple[PrivateExtension, ...]

    @classmethod
    def read(cls, source: bytes | x509.Certificate) -> Self:
        """Read a certificate, DER or loaded.

        Raises `TrustError`: ``trust.certificate_unreadable`` for bytes that are no certificate,
        ``trust.certificate_too_large``, ``trust.not_a_card_certificate`` for one that belongs to
        no card of the CPS family.
        """
        certificate = load_certificate(source) if isinstance(source, bytes) else source
        size = heading(certificate).size
        if size > MAX_CERTIFICATE:
            raise TrustError("trust.certificate_too_large", size=size, most=MAX_CERTIFICATE)
        try:
            return _read(cls, certificate)
        except (FormatError, *UNREADABLE):
            raise TrustError("trust.certificate_unreadable") from None

    @property
    def is_test(self) -> bool:
        """Whether the card belongs to the TEST world; an unknown category counts as test."""
        return not isinstance(self.category, ProductCategory) or self.category.is_test

    @property
    def card_number(self) -> str:
        """The serial of the card without its issuer, e.g. ``2800636234``."""
        return self.card_id.rpartition("/")[2]

    @property
    def common_name(self) -> str:
        """Given name and surname, as printed."""
        return " ".join(part for part in (self.given_name, self.surname) if part)


_CARD_EXTENSIONS: Final = frozenset({oids.PRODUCT_CATEGORY, oids.CARD_TYPE, oids.CARD_ID})
"""Without one of these a certificate belongs to no card."""

_READ_EXTENSIONS: Final = _CARD_EXTENSIONS | {
    oids.PROFESSION,
    oids.FUTURE_PROFESSION,
    oids.SPECIALTIES,
}
_UPN: Final = CardExtension(oids.USER_PRINCIPAL_NAME, Universal.UTF8_STRING, read_text, str.encode)


def _read[C: CardCertificate](kind: type[C], certificate: x509.Certificate) -> C:
    private, unknown = _private_extensions(certificate)
    missing = _CARD_EXTENSIONS - private.keys()
    subject = _subject(certificate)
    names = values_of(subject, oids.COMMON_NAME)
    if missing or not names:
        raise TrustError("trust.not_a_card_certificate", missing=min(missing, default="CN"))
    category = _known(ProductCategory, _value(card_extensions.PRODUCT_CATEGORY, private))
    if isinstance(category, ProductCategory) and not category.is_card:
        raise TrustError("trust.not_a_card_certificate", missing=oids.PRODUCT_CATEGORY)
    structure, unit = _structure(subject)
    return kind(
        certificate=certificate,
        ps_idnat=names[-1],
        family=_known(CardFamily, _value(card_extensions.CARD_TYPE, private)),
        category=category,
        card_id=_value(card_extensions.CARD_ID, private),
        use=_use(certificate),
        surname=_last(subject, oids.SURNAME),
        given_name=_last(subject, oids.GIVEN_NAME),
        title=_last(subject, oids.TITLE) or unit,
        structure=structure,
        professions=_codes(card_extensions.PROFESSION, private),
        future_professions=_codes(card_extensions.FUTURE_PROFESSION, private),
        specialties=_value(card_extensions.SPECIALTIES, private)
        if oids.SPECIALTIES in private
        else (),
        upn=_upn(certificate),
        unknown_extensions=unknown,
    )


def _subject(certificate: x509.Certificate) -> x509.Name:
    try:
        return certificate.subject
    except UNREADABLE:
        return read_name(view(certificate).subject)


def _private_extensions(
    certificate: x509.Certificate,
) -> tuple[dict[str, bytes], tuple[PrivateExtension, ...]]:
    private: dict[str, bytes] = {}
    unknown = []
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.UnrecognizedExtension):
            oid = extension.oid.dotted_string
            if oid in _READ_EXTENSIONS:
                private[oid] = value.value
            else:
                unknown.append(PrivateExtension(oid, extension.critical, value.value))
    return private, tuple(unknown)


def _last(name: x509.Name, oid: str) -> str | None:
    """Return the last value of an attribute: the one nearest to the holder."""
    found = values_of(name, oid)
    return found[-1] if found else None


def _structure(name: x509.Name) -> tuple[StructureInName | None, str | None]:
    """Return the structure that the name speaks of, and an OU that is none.

    In IGC-Santé, OU is the Struct_IdNat of a CPE or CPA; in the older IGC-CPS2ter it is the
    label of the profession.
    """
    unit = _last(name, oids.ORGANIZATIONAL_UNIT)
    if unit is not None and not _is_structure(unit):
        return None, unit
    organisation = _last(name, oids.ORGANIZATION)
    if unit is None and organisation is None:
        return None, None
    return StructureInName(unit, organisation, _last(name, oids.STATE)), None


def _is_structure(text: str) -> bool:
    """Tell a Struct_IdNat, also with a key that is wrong, from the label of a profession."""
    return text[:1] in StructureIdType and text.isalnum()


def _known[E: IntEnum](kind: type[E], code: int) -> E | int:
    return kind(code) if code in kind else code


def _value[T](extension: CardExtension[T], private: Mapping[str, bytes]) -> T:
    """Return what an extension holds. Raises `TrustError`."""
    try:
        return extension.read(private[extension.oid])
    except FormatError:
        raise TrustError("trust.private_extension", oid=extension.oid) from None


def _codes(extension: CardExtension[str], private: Mapping[str, bytes]) -> tuple[str, ...]:
    return (_value(extension, private),) if extension.oid in private else ()


def _use(certificate: x509.Certificate) -> CertificateUse:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return CertificateUse.OTHER
    if usage.content_commitment:
        return CertificateUse.SIGNATURE
    return CertificateUse.AUTHENTICATION if usage.digital_signature else CertificateUse.OTHER


def _upn(certificate: x509.Certificate) -> str | None:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    for name in names:
        if isinstance(name, x509.OtherName) and name.type_id.dotted_string == _UPN.oid:
            return _value(_UPN, {_UPN.oid: name.value})
    return None
