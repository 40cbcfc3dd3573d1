# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Distinguished names, laid out as the real certificates have them.

C is a PrintableString, every other attribute a UTF8String. CN, SN and GN of a person stand in one
RDN, a SET, whose order in the encoding follows from DER (decoded TEST certificates).
"""

from dataclasses import dataclass

from cryptography import x509

from caducee.spec import oids
from caducee.spec.cards import CARD_ISSUER
from caducee.spec.igc import CaFacts

__all__ = ["CardName", "OrganisationName", "PersonName", "StructureName", "ca_name"]

_COUNTRY = "FR"


def _attribute(oid: str, value: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(x509.ObjectIdentifier(oid), value)


def _single(oid: str, value: str) -> x509.RelativeDistinguishedName:
    return x509.RelativeDistinguishedName([_attribute(oid, value)])


def ca_name(facts: CaFacts) -> x509.Name:
    """Return the name of an authority of the hierarchy."""
    return x509.Name([_single(oid, value) for oid, value in facts.subject])


@dataclass(frozen=True, slots=True)
class StructureName:
    """The structure in the name of staff (CPE, CPA) and of organisations."""

    struct_idnat: str
    """Struct_IdNat, the OU."""

    name: str
    """Name of the structure, the O."""

    department: str
    """Label of table G09 with its code, the ST, e.g. ``Paris (75)``."""


@dataclass(frozen=True, slots=True)
class PersonName:
    """The subject of the certificates of a person, on a card or in software.

    A card that does not name its holder has neither family nor given name (IGC-Santé: SN and GN
    absent; the GIE SESAM-Vitale's note of 25 September 2024).
    """

    ps_idnat: str
    """PS_IdNat, the CN."""

    family_name: str
    """The SN, in upper case; empty on a card that names nobody."""

    given_name: str
    """The GN; empty on a card that names nobody."""

    title: str
    """The T: label of the profession (G15), or the general one of staff."""

    structure: StructureName | None = None
    """Only for staff."""

    def to_x509(self) -> x509.Name:
        """Return the name: C, [ST, O, OU,] T, {CN [+ SN + GN]}."""
        parts = [_single(oids.COUNTRY, _COUNTRY)]
        if self.structure is not None:
            parts += [
                _single(oids.STATE, self.structure.department),
                _single(oids.ORGANIZATION, self.structure.name),
                _single(oids.ORGANIZATIONAL_UNIT, self.structure.struct_idnat),
            ]
        person = [
            _attribute(oid, value)
            for oid, value in (
                (oids.COMMON_NAME, self.ps_idnat),
                (oids.SURNAME, self.family_name),
                (oids.GIVEN_NAME, self.given_name),
            )
            if value
        ]
        title = _single(oids.TITLE, self.title)
        return x509.Name([*parts, title, x509.RelativeDistinguishedName(person)])


@dataclass(frozen=True, slots=True)
class CardName:
    """The subject of a technical certificate: the card, not its holder.

    Ours: no technical certificate was published.
    """

    card_number: str
    """The 10 digits of the card number."""

    def to_x509(self) -> x509.Name:
        """Return the name: C, CN = issuer and card number."""
        card_id = f"{CARD_ISSUER}/{self.card_number}"
        return x509.Name([_single(oids.COUNTRY, _COUNTRY), _single(oids.COMMON_NAME, card_id)])


@dataclass(frozen=True, slots=True)
class OrganisationName:
    """The subject of the certificates of an organisation (decoded: a ministry's of 2019)."""

    structure: StructureName
    """Who: ST, O and OU."""

    name: str
    """The CN: host name of a server, else the name of the application, e.g. ``INSI-AUTO``."""

    def to_x509(self) -> x509.Name:
        """Return the name: C, ST, O, OU, CN."""
        values = (
            (oids.COUNTRY, _COUNTRY),
            (oids.STATE, self.structure.department),
            (oids.ORGANIZATION, self.structure.name),
            (oids.ORGANIZATIONAL_UNIT, self.structure.struct_idnat),
            (oids.COMMON_NAME, self.name),
        )
        return x509.Name([_single(oid, value) for oid, value in values])
