# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is ordered of an authority: certificates of cards, of persons in software, of organisations.

`caducee.authority.profiles` has the contents of each.
"""

import datetime as dt
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.authority.keys import PublicKey
from caducee.authority.names import CardName, OrganisationName, PersonName
from caducee.spec import igc
from caducee.spec.igc import CaFacts, OrganisationUse
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.trust.certificate import CertificateUse

__all__ = ["CardRequest", "OrganisationRequest", "Request", "SoftwareRequest", "issuer_of"]


@dataclass(frozen=True, slots=True)
class CardRequest:
    """The order of one certificate of a card."""

    family: CardFamily
    """CPS, CPF, CPE or CPA; it chooses the issuing CA."""

    use: CertificateUse
    """Authentication, signature, or other: the technical certificate of the contactless side."""

    subject: PersonName | CardName
    """Whose certificate; the card itself for a technical one."""

    card_number: str
    """The 10 digits of the card number."""

    public_key: rsa.RSAPublicKey
    """The key on the card, RSA 2048."""

    profession: str | None = None
    """Code of TRE_G15, e.g. ``10``; none for staff and for a professional in training."""

    future_profession: str | None = None
    """Code of TRE_G16 (CPF)."""

    not_before: dt.datetime | None = None
    """Start of validity; none: now. Both certificates of a card share one."""

    category: ProductCategory = ProductCategory.TEST_CARD
    """Test card or card; it chooses the hierarchy, and stands in the certificate."""

    @property
    def issuer(self) -> CaFacts:
        """The authority that issues it."""
        return issuer_of(self.family, self.category)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareRequest:
    """The order of a person's certificate whose key is kept by software (ELEMENTAIRE PERSONNES).

    A signature certificate is as decoded (two of 2018 to 2021); no certificate for authentication
    was seen: ours is by analogy with that of organisations, so that it opens no Windows session.
    """

    use: CertificateUse
    """Authentication or signature."""

    subject: PersonName
    """Whose certificate."""

    public_key: PublicKey
    """The person's key: RSA 2048, or on a curve."""

    profession: str | None
    """Code of TRE_G15."""

    specialties: tuple[str, ...] = ()
    """Codes of TRE_R01, e.g. ``SM26``; none: no extension."""

    email: str | None = None
    """Address of the person (rfc822Name)."""

    not_before: dt.datetime | None = None
    """Start of validity; none: now."""

    @property
    def issuer(self) -> CaFacts:
        """The authority that issues it."""
        return igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.PERSONNES)

    @property
    def card_number(self) -> None:
        """No card."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRequest:
    """The order of a certificate of an organisation (ELEMENTAIRE ORGANISATIONS).

    As decoded: an authentication one of 2021, signatures of 2019, servers of 2019.
    """

    use: OrganisationUse
    """AUTH_CLI, SIGN or SSL."""

    subject: OrganisationName
    """Whose certificate."""

    public_key: PublicKey
    """Its key: RSA 2048, or on a curve."""

    hosts: tuple[str, ...] = ()
    """Names of the server (dNSName); only for SSL."""

    not_before: dt.datetime | None = None
    """Start of validity; none: now."""

    world: igc.World = igc.World.TEST
    """Which hierarchy. The policies of the one marked SANDBOX are shaped as in production."""

    @property
    def issuer(self) -> CaFacts:
        """The authority that issues it."""
        return igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.ORGANISATIONS, self.world)

    @property
    def category(self) -> ProductCategory:
        """What stands in the certificate: software, of a test or not."""
        test = self.world is igc.World.TEST
        return ProductCategory.TEST_SOFTWARE if test else ProductCategory.SOFTWARE

    @property
    def card_number(self) -> None:
        """No card."""
        return None


type Request = CardRequest | SoftwareRequest | OrganisationRequest


def issuer_of(family: CardFamily, category: ProductCategory = ProductCategory.TEST_CARD) -> CaFacts:
    """Return the issuing CA of the cards of a family.

    CPS: FORT PERSONNES, CPE: STANDARD PERSONNES, as decoded. CPF stands with CPS and CPA with CPE
    by analogy; no certificate of theirs is known. Test cards come from the TEST hierarchy, others
    from the one of ours whose names say SANDBOX.
    """
    world = igc.World.TEST if category.is_test else igc.World.SANDBOX
    if family in (CardFamily.CPS, CardFamily.CPF):
        return igc.ca(igc.Range.FORT, igc.Domain.PERSONNES, world)
    return igc.ca(igc.Range.STANDARD, igc.Domain.PERSONNES, world)
