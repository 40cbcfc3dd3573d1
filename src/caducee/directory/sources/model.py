# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a directory knows of a person, whichever it is."""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from caducee.spec.igc import CaFacts

__all__ = ["DirectorySource", "FoundCard", "FoundPerson", "FoundPractice", "is_number"]


@dataclass(frozen=True, slots=True)
class FoundPractice:
    """A practice situation."""

    structure: str
    """Struct_IdNat."""

    name: str
    """Name of the structure; empty when the source does not tell."""

    sector: str
    """Code of TRE_R02."""

    active: bool


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card of the person."""

    number: str
    family: str
    """What the card is called: CPS, CPF, CPE, CDE, CPA or CDA."""

    issued_at: dt.datetime
    expires_at: dt.datetime
    opposed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person as a directory shows them; what it does not tell is empty."""

    ps_idnat: str
    family_name: str
    given_name: str
    profession: str | None = None
    """Code of TRE_G15; of G16 for a student."""

    specialties: tuple[str, ...] = ()
    """Codes of TRE_R01."""

    active: bool | None = None
    practices: tuple[FoundPractice, ...] = ()
    cards: tuple[FoundCard, ...] = ()
    certificates: tuple[bytes, ...] = ()
    """DER, of all uses."""


class DirectorySource(Protocol):
    """A directory that can be asked."""

    def find(self, text: str, most: int) -> list[FoundPerson]:
        """Return persons by a number or by beginnings of names, at most so many; no details."""

    def person(self, ps_idnat: str) -> FoundPerson | None:
        """Return a person with all details, or none."""

    def revocation_list(self, ca: CaFacts, *, delta: bool) -> bytes:
        """Return the newest list of a CA (DER). Raises `DirectoryError` when there is none."""


def is_number(text: str) -> bool:
    """Tell whether a text is meant as a number and not as names: it starts with a digit."""
    return text[:1].isdigit() and " " not in text
