# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a certificate of a card to what it says of its holder."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Self

from cryptography import x509

from caducee.spec.nomenclatures import CardFamily, ProductCategory

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
        ``trust.not_a_card_certificate`` for one that belongs to no card of the CPS family.
        """
        raise NotImplementedError

    @property
    def is_test(self) -> bool:
        """Whether the card belongs to the TEST world; an unknown category counts as test."""
        raise NotImplementedError

    @property
    def card_number(self) -> str:
        """The serial of the card without its issuer, e.g. ``2800636234``."""
        return self.card_id.rpartition("/")[2]

    @property
    def common_name(self) -> str:
        """Given name and surname, as printed."""
        return " ".join(part for part in (self.given_name, self.surname) if part)
