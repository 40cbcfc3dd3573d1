# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The values that the registry keeps. All are frozen; codes are those of the nomenclatures."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum, unique

from caducee.spec.cards import CARD_ISSUER
from caducee.spec.nomenclatures import (
    NO_RESPONSIBILITY,
    CardFamily,
    ProductCategory,
    card_name,
)

__all__ = [
    "Activity",
    "Card",
    "CardStatus",
    "Certificate",
    "CertificateStatus",
    "DeltaList",
    "Person",
    "PersonIdentifier",
    "Population",
    "PublicationConsent",
    "Qualification",
    "Revocation",
    "RevocationList",
    "Structure",
]


@unique
class CardStatus(StrEnum):
    """Where a card stands in its life. Expiry is a date, not a status."""

    ACTIVE = "active"
    """Issued, and not opposed."""

    OPPOSED = "opposed"
    """Stopped for good (lost, stolen, renounced); its certificates are revoked with it."""


@dataclass(frozen=True, slots=True)
class PersonIdentifier:
    """Another number that a person is known by, beside the PS_IdNat."""

    kind: str
    """Type code of TRE_G08, e.g. ``8`` RPPS, ``0`` ADELI."""

    value: str
    """The number without its type digit."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """A know-how of a person (savoir-faire)."""

    code: str
    """Code of TRE_R01, e.g. ``SM26``."""

    kind: str = "S"
    """Code of TRE_R04 TypeSavoirFaire, e.g. ``S`` specialty, ``CAPA`` capacity."""


@dataclass(frozen=True, slots=True)
class Person:
    """A professional, known by the PS_IdNat."""

    ps_idnat: str
    """Type digit of TRE_G08, then the identifier, e.g. ``899700427885``."""

    family_name: str
    """Name of practice, in upper case."""

    given_name: str
    """Given name of practice, in upper case."""

    profession: str | None = None
    """Code of TRE_G15, e.g. ``10``; ``None`` for staff without a health profession."""

    civility: str | None = None
    """Code of table G03 of the card dictionary: ``22`` Madame, ``31`` Monsieur."""

    category: str = "C"
    """Code of TRE_R09 CategorieProfessionnelle: ``C`` civil, ``M`` military, ``E`` student."""

    future_profession: str | None = None
    """Code of TRE_G16, for a professional in training."""

    qualifications: tuple[Qualification, ...] = ()
    """The know-how, in the order of the register."""

    identifiers: tuple[PersonIdentifier, ...] = ()
    """Other numbers of the same person."""

    active: bool = True
    """Whether the person is entitled to practise today."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A place of practice, known by the Struct_IdNat."""

    struct_idnat: str
    """Type digit of TRE_G07, then the identifier, e.g. ``499700427885006``."""

    name: str
    """Name of the structure, e.g. ``CABINET M DOC0042788``."""

    department: str | None = None
    """Code of table G09, e.g. ``75``; shown in certificates of a CPE or CPA."""

    active: bool = True
    """Whether the structure is open."""

    street: str | None = None
    """Number, kind and name of the street."""

    postal_code: str | None = None
    """Postal code, 5 characters."""

    commune: str | None = None
    """INSEE code of the commune."""

    city: str | None = None
    """Name of the commune."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One practice situation of a person in a structure."""

    ps_idnat: str
    """Who practises."""

    number: int
    """Place of the situation on the card, 1 to 16; numbers may have gaps."""

    struct_idnat: str
    """Where."""

    sector: str
    """Code of TRE_R02 SecteurActivite, e.g. ``SA07``."""

    mode: str | None = None
    """Code of table G17 of the card dictionary: ``00`` self-employed, ``01`` salaried."""

    active: bool = True
    """Whether the situation is current."""

    section: str | None = None
    """Section of the pharmacists' order, code of table G05, e.g. ``A``."""

    role: str | None = None
    """Code of TRE_R21 Fonction, e.g. ``FON-01``."""

    kind: str | None = None
    """Code of TRE_R22 GenreActivite, e.g. ``GENR01``."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that was issued."""

    number: str
    """The 10 digits of the card number."""

    family: CardFamily
    """CPS, CPF, CPE or CPA."""

    category: ProductCategory
    """Real or test."""

    ps_idnat: str
    """Whose card."""

    issued_at: dt.datetime
    """Moment of issue, UTC."""

    expires_at: dt.datetime
    """End of validity, UTC."""

    status: CardStatus = CardStatus.ACTIVE
    """Where the card stands."""

    opposed_at: dt.datetime | None = None
    """Moment of the opposition, UTC."""

    reason: str | None = None
    """Why it was opposed, a name of ``x509.ReasonFlags``."""

    responsibility: str | None = None
    """Of a CPE or CPA: the code of table G04; none where nobody said it."""

    @property
    def card_id(self) -> str:
        """Issuer and number, as in the certificates, e.g. ``8025000001/2800636234``."""
        return f"{CARD_ISSUER}/{self.number}"

    def state(self, now: dt.datetime) -> str:
        """Return how the card stands at a moment: its status, or ``expired`` when it has ended.

        A card that was opposed stays so.
        """
        ended = self.status is CardStatus.ACTIVE and now >= self.expires_at
        return "expired" if ended else self.status.value

    @property
    def called(self) -> str:
        """What the card is called: CPS, CPF, CPE or CPA; CDE or CDA for who is responsible."""
        return card_name(self.family, self.responsibility or NO_RESPONSIBILITY)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was issued, on a card or not."""

    issuer: str
    """Name (CN) of the issuing CA."""

    serial: int
    """Serial number; unique with the issuer."""

    subject: str
    """Subject name as RFC 4514 text."""

    not_before: dt.datetime
    """Start of validity, UTC."""

    not_after: dt.datetime
    """End of validity, UTC."""

    der: bytes
    """The certificate itself."""

    card_number: str | None = None
    """The card that carries it."""

    use: str | None = None
    """``authentication`` or ``signature``."""

    revoked_at: dt.datetime | None = None
    """Moment of revocation, UTC."""

    reason: str | None = None
    """Why it was revoked, a name of ``x509.ReasonFlags``."""


@dataclass(frozen=True, slots=True)
class PublicationConsent:
    """Whether a person lets directories publish their certificates.

    The object model of the ANS keeps it with each certificate (``statutPublication``); it is the
    holder's will, and here it stands for all certificates of the holder.
    """

    ps_idnat: str
    """Whose consent."""

    given: bool
    """Given, or refused."""

    at: dt.datetime
    """Moment at which the person said so, UTC."""


@dataclass(frozen=True, slots=True)
class Population:
    """What a population was made of."""

    seed: int
    first: int
    """Place of the first person."""

    count: int
    """How many persons."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """One line of a revocation list."""

    serial: int
    """Serial number of the certificate."""

    at: dt.datetime
    """Moment of revocation, UTC."""

    reason: str
    """Why, a name of ``x509.ReasonFlags``; not written into the lists."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """The newest revocation list of one issuer."""

    issuer: str
    """Name (CN) of the issuing CA."""

    number: int
    """CRL number."""

    this_update: dt.datetime
    """Moment from which the list speaks, UTC."""

    next_update: dt.datetime
    """Moment before which the next list comes, UTC."""

    der: bytes
    """The list."""


@dataclass(frozen=True, slots=True)
class DeltaList:
    """The newest delta list of one issuer: what was revoked since a full list."""

    issuer: str
    """Name (CN) of the issuing CA."""

    number: int
    """CRL number."""

    base: int
    """Number of the full list that it goes beyond."""

    this_update: dt.datetime
    """Moment from which the list speaks, UTC."""

    next_update: dt.datetime
    """Moment before which the next list comes, UTC."""

    der: bytes
    """The list."""


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """How it stands with a certificate that was issued."""

    revoked_at: dt.datetime | None
    """Moment of revocation, UTC; none while it is not revoked."""
